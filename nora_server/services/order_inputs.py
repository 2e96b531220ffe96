"""Finds the files that an order's FILE arguments pick, for all cases at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue
from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.patterns import Mode, Pattern, parse_pattern
from nora_core.wire.case import Level
from nora_core.wire.tool import ArgumentDescription
from nora_server.database.archive import File, RelativeName, Study
from nora_server.database.chunks import in_chunks
from nora_server.search.conditions import Conditions

_SHOWN = 3


@dataclass(frozen=True)
class FileArgument:
    """A FILE argument with the patterns that were given for it."""

    description: ArgumentDescription
    texts: list[str]
    patterns: list[Pattern]


@dataclass
class CaseInputs:
    """What was found for one case."""

    files: dict[str, list[int]] = field(default_factory=dict)
    problem: str = ""
    """Why the case cannot be run."""


def read_file_arguments(
    descriptions: Sequence[ArgumentDescription], values: Mapping[str, JsonValue]
) -> list[FileArgument]:
    """Read the patterns of all FILE arguments that have a value.

    Raises
    ------
    PatternError
        If one cannot be read.
    """
    found = []
    for description in descriptions:
        value = values.get(description.name)
        if not description.kind.is_file or value is None:
            continue
        texts = [str(text) for text in (value if isinstance(value, list) else [value])]
        patterns = [parse_pattern(text, Mode.EXACT) for text in texts]
        found.append(FileArgument(description, texts, patterns))
    return found


def find_inputs(
    session: Session,
    level: Level,
    case_ids: Sequence[int],
    arguments: Sequence[FileArgument],
) -> dict[int, CaseInputs]:
    """Return the files of each case, in a few queries however many cases there are.

    On the subject level, a pattern is asked of all studies of the subject. Files of
    one argument come in the order of their names.
    """
    found = {case_id: CaseInputs() for case_id in case_ids}
    for argument in arguments:
        matches = _matches(session, level, case_ids, argument)
        for case_id, inputs in found.items():
            files = matches.get(case_id, {})
            ids = sorted(files, key=lambda file_id: (files[file_id], file_id))
            inputs.files[argument.description.name] = ids
            problem = _problem(argument, [files[file_id] for file_id in ids])
            inputs.problem = inputs.problem or problem
    return found


def _matches(
    session: Session, level: Level, case_ids: Sequence[int], argument: FileArgument
) -> dict[int, dict[int, str]]:
    """Return file ids and their names by case."""
    column: Any = col(Study.id) if level is Level.STUDY else col(Study.subject_id)
    conditions = Conditions(session)
    matches: dict[int, dict[int, str]] = defaultdict(dict)
    for pattern in argument.patterns:
        condition = conditions.on_file(pattern)
        for chunk in in_chunks(case_ids):
            query = (
                select(column, col(File.id), col(RelativeName.path))
                .select_from(File)
                .join(Study, col(Study.id) == col(File.study_id))
                .join(RelativeName, col(RelativeName.id) == col(File.relative_name_id))
                .where(
                    column.in_(chunk),
                    col(File.deleted_at).is_(None),
                    col(Study.deleted_at).is_(None),
                    condition,
                )
            )
            for case_id, file_id, path in session.execute(query):
                matches[case_id][file_id] = path
    return matches


def _problem(argument: FileArgument, names: Sequence[str]) -> str:
    description = argument.description
    shown = " ".join(repr(text) for text in argument.texts)
    if not names and description.required:
        return f"{description.name}: no file matches {shown}; change the pattern"
    if len(names) > 1 and not description.many:
        listed = ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
        return (
            f"{description.name}: {len(names)} files match {shown} ({listed}), but "
            "the tool takes one; make the pattern narrower"
        )
    return ""
