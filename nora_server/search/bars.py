"""Reads the filter bars of a table into patterns, and joins what their words say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from nora_core.errors import PatternError
from nora_core.patterns import Mode, Pattern, TextWord, Word, parse_pattern
from nora_core.wire.archive import CaseFilter

Result = TypeVar("Result")


class Column(StrEnum):
    """The columns with a bar of plain words."""

    NAME = "name"
    PATIENTS_ID = "patients_id"
    STUDIES_ID = "studies_id"
    DATE = "date"
    DESCRIPTION = "description"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars that hold something."""

    columns: dict[Column, Pattern] = field(default_factory=dict)
    files: Pattern | None = None

    @property
    def are_empty(self) -> bool:
        """True where every row passes."""
        return not self.columns and self.files is None


def parse_bars(case_filter: CaseFilter) -> Bars:
    """Read all bars.

    Raises
    ------
    PatternError
        Names the bar and what is wrong in it.
    """
    columns = {
        column: _parse(column.value, text, Mode.COLUMN)
        for column in Column
        if (text := getattr(case_filter, column.value)).strip()
    }
    has_files = bool(case_filter.files.strip())
    files = _parse("files", case_filter.files, Mode.BAR) if has_files else None
    return Bars(columns, files)


def _parse(bar: str, text: str, mode: Mode) -> Pattern:
    try:
        return _parse_once(text, mode)
    except PatternError as error:
        raise PatternError(f"bar '{bar}': {error.message}") from error


@lru_cache(maxsize=256)
def _parse_once(text: str, mode: Mode) -> Pattern:
    """Keep the last trees: each is asked for by the page, the count and more pages."""
    return parse_pattern(text, mode)


def join_bars(
    bars: Bars,
    of_text: Callable[[Column, TextWord], Result],
    of_file_search: Callable[[Word], Result],
    join: Callable[[Pattern, Callable[[Word], Result]], Result],
) -> list[Result]:
    """Evaluate each bar with ``join``; a row passes if it passes all of them."""

    def in_column(column: Column) -> Callable[[Word], Result]:
        def of_word(word: Word) -> Result:
            if not isinstance(word, TextWord):
                raise TypeError(f"{word} stands in the bar of {column}")
            return of_text(column, word)

        return of_word

    results = [join(pattern, in_column(c)) for c, pattern in bars.columns.items()]
    if bars.files is not None:
        results.append(join(bars.files, of_file_search))
    return results
