"""Tags find room in a cell or are counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from napari_nora.parts.spacing import SMALL_GAP
from napari_nora.widgets.browser.chips import fitting


def width_of(text: str) -> int:
    return 7 * len(text)


tags = st.lists(st.text("abc", min_size=1, max_size=20), min_size=1, max_size=6)


@given(tags, st.integers(0, 400))
def test_every_tag_is_shown_or_counted_within_the_room(
    names: list[str], room: int
) -> None:
    shown, rest = fitting(names, room, width_of)

    assert [tag for tag, _ in shown] == names[: len(shown)]
    if shown:
        hidden = len(names) - len(shown)
        assert rest == (f"+{hidden}" if hidden else "")
        taken = sum(width for _, width in shown) + SMALL_GAP * (len(shown) - 1)
        taken += width_of(rest) + SMALL_GAP if rest else 0
        assert taken <= max(room, 0)
    else:
        assert rest.split()[0] == str(len(names))


def test_a_long_first_tag_is_shortened_and_leaves_room_for_the_number() -> None:
    shown, rest = fitting(["a" * 40, "b"], 120, width_of)

    assert (shown, rest) == ([("a" * 40, 120 - 14 - SMALL_GAP)], "+1")


def test_in_a_very_narrow_cell_stands_the_number() -> None:
    assert fitting(["abc", "abd"], 40, width_of) == ([], "2")
    assert fitting(["abc", "abd"], 45, width_of) == ([], "2 tags")
