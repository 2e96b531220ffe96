"""Which case is shown, and which files of it the autoloaders ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nora_core.errors import PatternError
from nora_core.patterns import bind_pattern
from nora_core.wire.preset import Autoloader, AutoloaderLevel

NO_STUDY = "these images are chosen by study; choose a study of this patient"


@dataclass(frozen=True)
class Case:
    """A study, or a subject with ``study_id`` None."""

    project: str
    subject_id: int
    study_id: int | None
    patients_id: str
    studies_id: str | None
    user: str = ""

    def at(self, level: AutoloaderLevel) -> Case:
        """Return what the autoloaders of ``level`` take as one case."""
        if level is AutoloaderLevel.PATIENT and self.study_id is not None:
            return Case(
                self.project, self.subject_id, None, self.patients_id, None, self.user
            )
        return self

    @property
    def psid(self) -> str:
        """``patients_id#studies_id``, or ``patients_id`` alone."""
        parts = (self.patients_id, self.studies_id)
        return "#".join(part for part in parts if part is not None)


@dataclass(frozen=True)
class Questions:
    """The patterns to ask for a case, and why some cannot be asked."""

    indices: tuple[int, ...] = ()
    """Which autoloader each pattern is of."""
    patterns: tuple[str, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()


def questions_for(
    case: Case, autoloaders: Sequence[Autoloader], level: AutoloaderLevel
) -> Questions:
    """Bind the patterns of the autoloaders that are on to a case."""
    case = case.at(level)
    indices, patterns, problems = [], [], []
    for index, autoloader in enumerate(autoloaders):
        if not autoloader.enabled:
            continue
        if level is AutoloaderLevel.STUDY and case.study_id is None:
            problems.append((index, NO_STUDY))
            continue
        try:
            bound = bind_pattern(
                autoloader.pattern, case.patients_id, case.studies_id, case.user
            )
        except PatternError as error:
            problems.append((index, str(error)))
            continue
        indices.append(index)
        patterns.append(bound)
    return Questions(tuple(indices), tuple(patterns), tuple(problems))
