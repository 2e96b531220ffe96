"""Which tags a key or a menu entry sets on the chosen items; no window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nora_core.wire.archive import TagChange, TagLevel
from nora_core.wire.names import fold

CLEAR_DIGIT = "0"


def key_change(
    digit: str,
    keys: Mapping[str, str],
    level: TagLevel,
    items: Sequence[tuple[int, Sequence[str]]],
) -> TagChange | None:
    """Return what pressing a digit changes.

    ``1`` to ``9`` set their tag on every item, or take it off where every item has
    it; ``0`` takes the tags of all nine keys off. Other tags stay as they are.

    Parameters
    ----------
    digit : str
        ``0`` to ``9``.
    keys : mapping
        Tags by digit.
    level : TagLevel
        What the items are.
    items : sequence
        Id and present tags of each item.

    Returns
    -------
    TagChange or None
        ``None`` where the digit has no tag.
    """
    ids = [item_id for item_id, _ in items]
    if digit == CLEAR_DIGIT:
        tags = sorted(set(keys.values()))
        return TagChange(level=level, ids=ids, remove=tags) if tags else None
    tag = keys.get(digit)
    if tag is None:
        return None
    if items and all(_has(tags, tag) for _, tags in items):
        return TagChange(level=level, ids=ids, remove=[tag])
    return TagChange(level=level, ids=ids, add=[tag])


def keys_in_words(keys: Mapping[str, str]) -> str:
    """Return such as ``1 control, 2 lesion``."""
    return ", ".join(f"{digit} {tag}" for digit, tag in sorted(keys.items()))


def tags_in_words(change: TagChange, what: str) -> str:
    """Return such as ``3 studies tagged control``."""
    parts = []
    if change.add:
        parts.append(f"tagged {', '.join(change.add)}")
    if change.remove:
        parts.append(f"without {', '.join(change.remove)} now")
    return f"{what} {' and '.join(parts)}"


def _has(tags: Sequence[str], tag: str) -> bool:
    return fold(tag) in {fold(other) for other in tags}
