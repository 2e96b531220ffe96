"""What a digit does to the tags of the chosen items."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from napari_nora.widgets.browser.tag_rules import key_change, tags_in_words
from nora_core.wire.archive import TagChange, TagLevel

Items = list[tuple[int, list[str]]]

KEYS = {"1": "pilot", "2": "lesion"}
items = st.lists(
    st.tuples(
        st.integers(1, 99),
        st.lists(st.sampled_from(["pilot", "Pilot", "lesion", "other"]), unique=True),
    ),
    min_size=1,
    unique_by=lambda item: item[0],
)


def pressed(chosen: Items) -> Items:
    """Return the items after key 1; their tags without case."""
    change = key_change("1", KEYS, TagLevel.STUDY, chosen)
    assert change is not None
    return [
        (item, sorted({t.casefold() for t in tags} - {*change.remove} | {*change.add}))
        for item, tags in chosen
    ]


@given(items)
def test_a_digit_sets_its_tag_unless_all_have_it(chosen: Items) -> None:
    had_all = all("pilot" in map(str.casefold, tags) for _, tags in chosen)

    once = pressed(chosen)

    assert all(("pilot" in tags) is not had_all for _, tags in once)
    assert all(("pilot" in tags) is had_all for _, tags in pressed(once))


@given(items)
def test_zero_takes_off_the_tags_of_the_keys_only(
    chosen: Items,
) -> None:
    change = key_change("0", KEYS, TagLevel.STUDY, chosen)

    assert change is not None
    assert (change.add, change.remove) == ([], ["lesion", "pilot"])
    assert change.ids == [item for item, _ in chosen]


def test_a_digit_without_a_tag_changes_nothing() -> None:
    assert key_change("3", KEYS, TagLevel.STUDY, [(1, [])]) is None
    assert key_change("0", {}, TagLevel.STUDY, [(1, [])]) is None


def test_a_change_is_told_in_words() -> None:
    change = TagChange(level=TagLevel.STUDY, ids=[1, 2], add=["a", "b"])

    assert tags_in_words(change, "2 studies") == "2 studies tagged a, b"
