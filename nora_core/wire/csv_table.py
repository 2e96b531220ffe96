"""Tables as comma-separated text that spreadsheets open safely and pandas losslessly.

Texts are quoted and numbers are bare, lines end as RFC 4180 says. A text that a
spreadsheet would run as a formula gets a ``'`` before it, as OWASP advises
(https://owasp.org/www-community/attacks/CSV_Injection); so does a text that begins
with ``'`` itself. Taking one leading ``'`` away (:func:`undefuse`) thus gives every
text back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Cell = str | int | float | date | Iterable[str] | None
"""Several texts, such as tags, stand in one cell with blanks between."""

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_SIGN = "'"


class CsvDialect(StrEnum):
    """How numbers and columns are told apart, as spreadsheets of a language expect."""

    ENGLISH = "english"
    """``,`` between columns, decimal point."""
    GERMAN = "german"
    """``;`` between columns, decimal comma; the file begins with a byte order mark,
    without which Excel takes UTF-8 for another encoding."""

    @property
    def separator(self) -> str:
        """What stands between columns."""
        return ";" if self is CsvDialect.GERMAN else ","

    @property
    def decimal(self) -> str:
        """What stands before the fraction of a number."""
        return "," if self is CsvDialect.GERMAN else "."

    @property
    def encoding(self) -> str:
        """Python's name of the file's encoding."""
        return "utf-8-sig" if self is CsvDialect.GERMAN else "utf-8"


def csv_line(cells: Iterable[Cell], dialect: CsvDialect) -> str:
    r"""Return one line with its end.

    Examples
    --------
    >>> csv_line(["007", 1.5, None, ["a", "b"]], CsvDialect.GERMAN)
    '"007";1,5;;"a b"\r\n'
    """
    return dialect.separator.join(_cell(cell, dialect) for cell in cells) + "\r\n"


def defuse(text: str) -> str:
    """Return ``text`` so that no spreadsheet runs it.

    Examples
    --------
    >>> defuse("=1+1"), defuse("a=1"), defuse("'quoted'")
    ("'=1+1", 'a=1', "''quoted'")
    """
    is_risky = text[:1] == _SIGN or text[:1] in _STARTS_A_FORMULA
    return _SIGN + text if text and is_risky else text


def undefuse(text: str) -> str:
    """Return the text that :func:`defuse` was given."""
    return text.removeprefix(_SIGN)


def _cell(cell: Cell, dialect: CsvDialect) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        plain = format(Decimal(repr(cell)), "f")  # all digits, and no exponent
        return plain.replace(".", dialect.decimal)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    text = cell if isinstance(cell, str) else " ".join(cell)
    return '"' + defuse(text).replace('"', '""') + '"'
