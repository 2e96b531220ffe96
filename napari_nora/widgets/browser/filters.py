"""What a filter bar means in words, by the one grammar of patterns."""

from __future__ import annotations

from nora_core.patterns import Mode, explain, parse_pattern


def check_bar(name: str, text: str) -> str:
    """Return what ``text`` in the bar ``name`` means.

    Raises
    ------
    PatternError
        The text is no pattern; the message says what is wrong.
    """
    if not text:
        return ""
    mode = Mode.BAR if name == "files" else Mode.COLUMN
    return explain(parse_pattern(text, mode))
