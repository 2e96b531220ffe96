"""Text with wildcards, compared without case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from nora_core.wire.names import fold


class Wildcard(Enum):
    """What stands for characters."""

    ANY = "*"
    """Any run of characters, the empty one too."""
    ONE = "_"
    """Exactly one character."""


Piece = str | Wildcard


@dataclass(frozen=True, slots=True)
class Glob:
    """Folded text and wildcards in their order; matches whole folded texts."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, pieces: list[Piece], *, open_end: bool = False) -> Glob:
        """Join neighboring texts, fold them, and drop doubled ``*``.

        With ``open_end`` a ``*`` is added at the end.
        """
        joined: list[Piece] = []
        for piece in [*pieces, Wildcard.ANY] if open_end else pieces:
            last = joined[-1] if joined else None
            if isinstance(piece, str) and isinstance(last, str):
                joined[-1] = last + piece
            elif not (piece is Wildcard.ANY and last is Wildcard.ANY):
                joined.append(piece)
        return cls(
            tuple(fold(piece) if isinstance(piece, str) else piece for piece in joined)
        )

    @property
    def matches_all(self) -> bool:
        """True for ``*`` alone."""
        return self.pieces == (Wildcard.ANY,)

    @property
    def prefix(self) -> str:
        """The text before the first wildcard."""
        first = self.pieces[0] if self.pieces else ""
        return first if isinstance(first, str) else ""

    @property
    def is_prefix(self) -> bool:
        """True where any text matches that starts with :attr:`prefix`."""
        return self.matches_all or (
            len(self.pieces) == 2
            and isinstance(self.pieces[0], str)
            and self.pieces[1] is Wildcard.ANY
        )

    @property
    def longest_text(self) -> str:
        """The longest text that every match contains."""
        texts = [piece for piece in self.pieces if isinstance(piece, str)]
        return max(texts, key=len, default="")

    @property
    def regex(self) -> re.Pattern[str]:
        """An anchored regular expression for ``match``, made once.

        Each run after a ``*`` is an atomic group that takes its first place, so
        matching never goes back: no pattern takes longer than its length times
        the text's length.
        """
        return _compile(self.pieces)

    def matches(self, folded: str) -> bool:
        """Return whether the whole of a folded text matches."""
        return self.regex.match(folded) is not None


@lru_cache(maxsize=1024)
def _compile(pieces: tuple[Piece, ...]) -> re.Pattern[str]:
    runs = [""]
    for piece in pieces:
        if piece is Wildcard.ANY:
            runs.append("")
        elif piece is Wildcard.ONE:
            runs[-1] += "."
        else:
            runs[-1] += re.escape(str(piece))
    first, *middle = runs
    last = f".*{middle.pop()}" if middle else ""
    inner = "".join(f"(?>.*?{run})" for run in middle if run)
    return re.compile(f"{first}{inner}{last}\\Z", re.DOTALL)
