"""What a check of ``nora doctor`` finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    name: str
    is_good: bool
    detail: str
    mend: str = ""
    """How to mend it, where it is not good."""


class Trouble(Exception):
    """Something is out of order: what, and how to mend it."""

    def __init__(self, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.mend = mend
