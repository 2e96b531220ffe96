"""Images that were fetched and decoded ahead, in a bounded memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout

from napari_nora.opening.fetch import Watch
from napari_nora.opening.plan import LayerPlan
from nora_core.errors import Cancelled
from nora_core.wire.archive import FileRow

DEFAULT_MEGABYTES = 2000
_LOOK_AGAIN_S = 0.02

Key = tuple[str, str, tuple[tuple[int, str], ...], bool]
"""Server, project, files with their checksums, and whether read as regions."""


def key_of(
    url: str, project: str, files: Sequence[FileRow], as_regions: bool
) -> Key | None:
    """Return under what an image is kept; ``None`` where a checksum is not known."""
    sums = [(file.id, file.sha256) for file in files]
    known = tuple((number, text) for number, text in sums if text is not None)
    if len(known) < len(sums):
        return None
    return url, project, known, as_regions


class PlanCache:
    """Plans of layers, the least recently used ones dropped first.

    Safe in threads. Two threads that want the same image decode it once.

    Parameters
    ----------
    megabytes : int
        Voxels that are kept at most, together.
    """

    def __init__(self, megabytes: int = DEFAULT_MEGABYTES) -> None:
        self._limit_bytes = megabytes * 1_000_000
        self._plans: OrderedDict[Key, LayerPlan] = OrderedDict()
        self._under_way: dict[Key, Future[LayerPlan]] = {}
        self._held_bytes = 0
        self._generation = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """Memory that the plans take."""
        return self._held_bytes

    def __contains__(self, key: object) -> bool:
        return key in self._plans

    def __len__(self) -> int:
        return len(self._plans)

    def set_limit(self, megabytes: int) -> None:
        """Keep no more than this from now on."""
        with self._lock:
            self._limit_bytes = megabytes * 1_000_000
            self._make_room()

    def clear(self) -> None:
        """Drop everything, and what is being decoded once it is there."""
        with self._lock:
            self._plans.clear()
            self._held_bytes = 0
            self._generation += 1

    def get(
        self, key: Key | None, make: Callable[[], LayerPlan], watch: Watch
    ) -> LayerPlan:
        """Return the plan of ``key``, made by ``make`` or by another thread.

        Raises
        ------
        Cancelled
            ``watch`` was asked to stop.
        """
        if key is None:
            return make()
        while True:
            watch.check()
            with self._lock:
                plan = self._plans.get(key)
                if plan is not None:
                    self._plans.move_to_end(key)
                    return plan
                other = self._under_way.get(key)
                if other is None:
                    own: Future[LayerPlan] = Future()
                    self._under_way[key] = own
                    generation = self._generation
            if other is None:
                return self._make(key, make, own, generation)
            if (found := _wait(other, watch)) is not None:
                return found

    def _make(
        self,
        key: Key,
        make: Callable[[], LayerPlan],
        future: Future[LayerPlan],
        generation: int,
    ) -> LayerPlan:
        try:
            plan = make()
        except BaseException as error:
            with self._lock:
                del self._under_way[key]
            future.set_exception(error)
            raise
        with self._lock:
            del self._under_way[key]
            if generation == self._generation:
                self._keep(key, plan)
        future.set_result(plan)
        return plan

    def _keep(self, key: Key, plan: LayerPlan) -> None:
        self._plans[key] = plan
        self._held_bytes += plan.size_bytes
        self._make_room()

    def _make_room(self) -> None:
        while self._held_bytes > self._limit_bytes and self._plans:
            _, dropped = self._plans.popitem(last=False)
            self._held_bytes -= dropped.size_bytes


def _wait(other: Future[LayerPlan], watch: Watch) -> LayerPlan | None:
    """Wait for another thread's image; ``None`` where that was stopped."""
    while True:
        watch.check()
        try:
            return other.result(timeout=_LOOK_AGAIN_S)
        except FutureTimeout:
            continue
        except Cancelled:
            return None
