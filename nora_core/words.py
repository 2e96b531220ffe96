"""Numbers as they are written in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "job"), counted(2000, "job"), counted(0, "study", "studies")
    ('1 job', '2,000 jobs', '0 studies')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
