"""The small frozen tree that a pattern is parsed into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from nora_core.patterns.glob import Glob


class Mode(Enum):
    """Where a pattern stands, and so how it is read."""

    BAR = "bar"
    """File search above the table. Every word has a wildcard at its end, and each
    file word asks by itself: does this row have such a file?"""
    COLUMN = "column"
    """Filter bar of a column (name, date, tags ...): words are plain text with
    wildcards at their ends; neither ``/`` nor attributes."""
    EXACT = "exact"
    """FILE arguments and ``--select``: no wildcard at the end; all words of one
    ``&`` chain speak of the same file."""
    AUTOLOADER = "autoloader"
    """As EXACT, with `` OR `` between alternatives and ``PPIZ:``, ``SStudyID:``,
    which hold for their whole alternative."""

    @property
    def has_open_end(self) -> bool:
        """True where every word has a wildcard at its end."""
        return self in {Mode.BAR, Mode.COLUMN}


class Attribute(StrEnum):
    """What a word with ``:`` asks for."""

    STAG = "STAG"
    """A tag of the study."""
    PTAG = "PTAG"
    """A tag of the patient (subject)."""
    FTAG = "FTAG"
    """A tag of the file."""
    JOB = "JOB"
    """A job's state."""
    SDESC = "SDESC"
    """The study's description."""
    PPIZ = "PPIZ"
    """The patient's id; autoloaders only."""
    SSTUDYID = "SStudyID"
    """The study's id; autoloaders only."""

    @property
    def is_scope(self) -> bool:
        """True for ``PPIZ`` and ``SStudyID``, which narrow a whole alternative."""
        return self in {Attribute.PPIZ, Attribute.SSTUDYID}


class JobMark(StrEnum):
    """The marks for jobs in the table, by their letters in ``JOB:``."""

    QUEUED = "queued"
    RUNNING = "running"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class FileWord:
    """A file by its name, and by its folder where that is given."""

    folder: Glob | None
    """Of the part before the last ``/``; ``None``: any folder."""
    name: Glob
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AttributeWord:
    """A tag, description or id with wildcards, or states of jobs."""

    attribute: Attribute
    value: Glob
    marks: frozenset[JobMark] = frozenset()
    """For ``JOB:``, which states are meant."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TextWord:
    """A word in a column's bar."""

    value: Glob
    negated: bool = False


Word = FileWord | AttributeWord | TextWord


@dataclass(frozen=True, slots=True)
class Chain:
    """Groups joined by ``&`` (AND); the words of a group are alternatives (OR)."""

    groups: tuple[tuple[Word, ...], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern: chains of which one must hold; no chain lets all through."""

    mode: Mode
    alternatives: tuple[Chain, ...]
    text: str
    """As it was written."""

    @property
    def lets_all_through(self) -> bool:
        """True for an empty bar."""
        return not self.alternatives
