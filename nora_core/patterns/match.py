"""Evaluates a pattern in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nora_core.patterns.glob import Glob
from nora_core.patterns.tree import (
    Attribute,
    AttributeWord,
    FileWord,
    JobMark,
    Pattern,
    Word,
)
from nora_core.wire.names import fold


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a pattern can ask about a file."""

    path: str
    """Inside its study, such as ``t1_mprage/s003.nii``."""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a pattern can ask about a study, or a subject with its studies."""

    study_tags: Sequence[str] = ()
    subject_tags: Sequence[str] = ()
    job_marks: frozenset[JobMark] = frozenset()
    descriptions: Sequence[str] = ()
    """One for a study; one per study for a subject."""
    patients_id: str = ""
    studies_ids: Sequence[str] = ()


_NOTHING_KNOWN = CaseFacts()


def matches_file(
    pattern: Pattern,
    path: str,
    *,
    tags: Sequence[str] = (),
    case: CaseFacts = _NOTHING_KNOWN,
) -> bool:
    """Return whether a file is one of those that the pattern picks.

    Examples
    --------
    >>> from nora_core.patterns import parse_pattern
    >>> pattern = parse_pattern("t1*/s0__.nii", Mode.EXACT)
    >>> matches_file(pattern, "T1_mprage/s003.nii")
    True
    >>> matches_file(pattern, "t1_mprage/s0003.nii")
    False
    """
    file = FileFacts(path, tags)
    return holds(pattern, lambda word: _fits_file(word, file, case))


def matches_row(
    pattern: Pattern, files: Sequence[FileFacts], case: CaseFacts = _NOTHING_KNOWN
) -> bool:
    """Return whether a row of the table passes the file search (:attr:`Mode.BAR`)."""
    return holds(pattern, lambda word: _fits_row(word, files, case))


def matches_text(pattern: Pattern, texts: Iterable[str]) -> bool:
    """Return whether a row passes a column's bar (:attr:`Mode.COLUMN`).

    A word holds if one of ``texts`` (the row's tags, say) matches it.
    """
    folded = [fold(text) for text in texts]
    return holds(pattern, lambda word: any(map(_value(word).matches, folded)))


def holds(pattern: Pattern, is_true: Callable[[Word], bool]) -> bool:
    """Evaluate the tree; ``is_true`` decides each word without its ``!``."""
    return pattern.lets_all_through or any(
        all(
            any(is_true(word) is not word.negated for word in group)
            for group in chain.groups
        )
        for chain in pattern.alternatives
    )


def _value(word: Word) -> Glob:
    return word.name if isinstance(word, FileWord) else word.value


def _fits_file(word: Word, file: FileFacts, case: CaseFacts) -> bool:
    if isinstance(word, FileWord):
        folder, _, name = fold(file.path).rpartition("/")
        fits_folder = word.folder is None or word.folder.matches(folder)
        return fits_folder and word.name.matches(name)
    if isinstance(word, AttributeWord) and word.attribute is Attribute.FTAG:
        return _any_fits(word.value, file.tags)
    return _fits_case(word, case)


def _fits_row(word: Word, files: Sequence[FileFacts], case: CaseFacts) -> bool:
    if isinstance(word, FileWord) or (
        isinstance(word, AttributeWord) and word.attribute is Attribute.FTAG
    ):
        return any(_fits_file(word, file, case) for file in files)
    return _fits_case(word, case)


def _fits_case(word: Word, case: CaseFacts) -> bool:
    if not isinstance(word, AttributeWord):
        raise TypeError(f"a column's word {word} has no meaning for files")
    if word.attribute is Attribute.JOB:
        return bool(word.marks & case.job_marks)
    texts: dict[Attribute, Sequence[str]] = {
        Attribute.STAG: case.study_tags,
        Attribute.PTAG: case.subject_tags,
        Attribute.SDESC: case.descriptions,
        Attribute.PPIZ: (case.patients_id,),
        Attribute.SSTUDYID: case.studies_ids,
    }
    return _any_fits(word.value, texts[word.attribute])


def _any_fits(value: Glob, texts: Iterable[str]) -> bool:
    return any(value.matches(fold(text)) for text in texts)
