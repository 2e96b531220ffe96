"""Rows are walked in their order, forwards and backwards, from any place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from nora_server.search import tables
from nora_server.search.tables import Part, SortedColumn


@pytest.mark.parametrize("steps", [0, 3, 1000])
@given(
    texts=st.lists(st.sampled_from(["", "a", "b", "ä"]), min_size=1, max_size=60),
    data=st.data(),
    backwards=st.booleans(),
    skipped=st.integers(0, 10),
    limit=st.integers(1, 10),
)
def test_a_walk_gives_the_found_rows_in_order(
    steps, texts, data, backwards, skipped, limit
) -> None:
    pairs = [(text, row_id) for row_id, text in enumerate(texts, start=1)]
    column = SortedColumn()
    column.change((), pairs)
    found = data.draw(st.sets(st.integers(1, len(texts))))
    begin = data.draw(st.integers(0, len(texts)))
    end = data.draw(st.integers(begin, len(texts)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_STEPS_ONE_BY_ONE", steps)
        part = Part(begin, end, backwards)
        walked = column.walk(BitMap(found), part, skipped, limit)

    expected = [row_id for _, row_id in sorted(pairs)[begin:end] if row_id in found]
    if backwards:
        expected.reverse()
    assert walked == expected[skipped : skipped + limit]
