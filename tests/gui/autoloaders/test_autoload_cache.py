"""Images fetched ahead take no more memory than allowed, and are decoded once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nora.autoloaders.prefetch import Key, PlanCache, key_of
from napari_nora.opening.placed import Placed
from napari_nora.opening.plan import LayerKind, LayerPlan
from nora_core.errors import Cancelled
from tests.gui.fake_client import file_row


class Patience:
    """Somebody who waits, until told to stop."""

    is_stopped = False

    def cancelled(self) -> bool:
        return self.is_stopped

    def check(self) -> None:
        if self.is_stopped:
            raise Cancelled("stopped")

    def progress(self, done: float, total: float, text: str = "") -> None:
        pass


def plan(megabytes: int) -> LayerPlan:
    data = np.zeros(megabytes * 1_000_000, dtype=np.uint8)
    return LayerPlan(LayerKind.IMAGE, data, "x", Placed(None))


def key(number: int) -> Key:
    return ("https://nora.test", "demo", ((number, "0" * 64),), False)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=30))
def test_no_more_is_held_than_allowed_and_the_last_used_stay(wishes) -> None:
    cache, sizes = PlanCache(megabytes=6), {}
    for number, megabytes in wishes:
        sizes.setdefault(number, megabytes)
        size = sizes[number]
        assert cache.get(key(number), lambda size=size: plan(size), Patience())
        held = [one for one in sizes if key(one) in cache]
        assert cache.held_bytes == sum(sizes[one] for one in held) * 1_000_000 <= 6e6
        assert number in held


def test_a_smaller_limit_drops_the_least_recently_used() -> None:
    cache = PlanCache(megabytes=6)
    for number in (1, 2, 3, 1):
        cache.get(key(number), lambda: plan(2), Patience())
    cache.set_limit(4)
    assert [key(number) in cache for number in (1, 2, 3)] == [True, False, True]


def test_two_threads_decode_an_image_once() -> None:
    cache, made, gate = PlanCache(), [], threading.Event()

    def make() -> LayerPlan:
        made.append(1)
        gate.wait(5)
        return plan(1)

    with ThreadPoolExecutor(4) as pool:
        wishes = [pool.submit(cache.get, key(1), make, Patience()) for _ in range(4)]
        gate.set()
        plans = [wish.result(5) for wish in wishes]
    assert len(made) == 1
    assert all(one is plans[0] for one in plans)


def test_one_that_waits_goes_on_where_the_other_was_stopped() -> None:
    cache, started, gate = PlanCache(), threading.Event(), threading.Event()

    def stopped() -> LayerPlan:
        started.set()
        gate.wait(5)
        raise Cancelled("stopped")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, key(1), stopped, Patience())
        started.wait(5)
        second = pool.submit(cache.get, key(1), lambda: plan(1), Patience())
        gate.set()
        assert second.result(5).size_bytes == 1_000_000
        with pytest.raises(Cancelled):
            first.result(5)


def test_one_that_waits_can_be_stopped() -> None:
    cache, started, gate = PlanCache(), threading.Event(), threading.Event()
    waiting = Patience()

    def slow() -> LayerPlan:
        started.set()
        gate.wait(5)
        return plan(1)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, key(1), slow, Patience())
        started.wait(5)
        second = pool.submit(cache.get, key(1), slow, waiting)
        waiting.is_stopped = True
        with pytest.raises(Cancelled):
            second.result(5)
        gate.set()
        assert first.result(5)


def test_what_was_under_way_when_all_was_dropped_is_not_kept() -> None:
    cache = PlanCache()

    def make() -> LayerPlan:
        cache.clear()  # the user logs out meanwhile
        return plan(1)

    assert cache.get(key(1), make, Patience())
    assert key(1) not in cache
    assert cache.held_bytes == 0


def test_an_error_is_told_and_not_kept() -> None:
    cache = PlanCache()

    def broken() -> LayerPlan:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        cache.get(key(1), broken, Patience())
    assert cache.get(key(1), lambda: plan(1), Patience())


def test_files_are_told_apart_by_their_bytes_and_how_they_are_read() -> None:
    def of(**changes: Any) -> Key | None:
        return key_of("u", "p", [file_row(1, "a.nii", **changes)], False)

    assert of() != of(sha256="1" * 64)
    assert of() != key_of("u", "p", [file_row(1, "a.nii")], True)
    assert of() != key_of("u", "other", [file_row(1, "a.nii")], False)
    assert of(sha256=None) is None
