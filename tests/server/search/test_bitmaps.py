"""Bitmaps made of flags hold what the flags say; prefixes find all their texts."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from nora_server.search.bitmaps import bitmap_of_flags
from nora_server.search.texts import prefix_range


@pytest.mark.parametrize("size", [0, 1, 7, 4097, 65_535, 65_536, 65_537, 200_001])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 1])
def test_a_bitmap_of_flags_holds_the_flagged_ids(size: int, share: float) -> None:
    flags = np.random.default_rng(3).random(size) < share

    assert bitmap_of_flags(flags) == BitMap(np.flatnonzero(flags).tolist())


def test_containers_without_ids_are_left_out() -> None:
    flags = np.zeros(300_000, dtype=bool)
    flags[[70_000, 299_999]] = True

    assert list(bitmap_of_flags(flags)) == [70_000, 299_999]


_TEXTS = st.text(st.sampled_from(["a", "b", "\ud7ff", "\ue000", chr(sys.maxunicode)]))


@given(texts=st.lists(_TEXTS), prefix=_TEXTS)
def test_a_prefix_finds_all_texts_that_begin_with_it(
    texts: list[str], prefix: str
) -> None:
    ordered = sorted(texts)
    begin, end = prefix_range(ordered, prefix)

    assert ordered[begin:end] == [t for t in ordered if t.startswith(prefix)]
