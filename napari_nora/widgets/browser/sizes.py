"""Sizes of files as the table shows them."""

from __future__ import annotations


def size_in_words(size_bytes: int) -> str:
    """Return ``size_bytes`` with a unit, such as ``1.2 MB``."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")
