"""Which case or file stands in which row while rows are opened and closed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from napari_nora.widgets.browser.rows import Node, NodeKind, OpenRows

CASES = 30


def nodes(count: int) -> list[Node]:
    return [Node(NodeKind.NOTE, str(number)) for number in range(count)]


@given(st.dictionaries(st.integers(0, CASES - 1), st.integers(0, 5), max_size=8))
def test_places_are_those_of_a_plain_list(below: dict[int, int]) -> None:
    opened, plain = OpenRows(), []
    for case, count in below.items():
        opened.set_below(case, nodes(count))
    for case in range(CASES):
        plain.append((case, None))
        plain.extend((case, node) for node in opened.below(case))

    places = [opened.place(row) for row in range(len(plain))]

    assert [(place.case, place.node) for place in places] == plain
    assert [opened.row_of(case) for case in range(CASES)] == [
        plain.index((case, None)) for case in range(CASES)
    ]


def test_nested_rows_follow_their_study() -> None:
    study = Node(NodeKind.STUDY, "S1")
    opened = OpenRows()
    opened.set_below(0, [study, Node(NodeKind.STUDY, "S2")])

    study.is_open, study.children = True, nodes(2)
    opened.refresh()

    assert [node.item for node in opened.below(0)] == ["S1", "0", "1", "S2"]


def test_closing_forgets_the_rows() -> None:
    opened = OpenRows()
    opened.set_below(3, nodes(4))

    opened.set_below(3, None)

    assert opened.extra == 0
    assert opened.place(4).case == 4
