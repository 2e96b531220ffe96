"""Turns scenes into pictures in a thread; the newest scene of a viewport wins."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from napari_nora.viewports.compositing import (
    Blending,
    blend_labels,
    blend_rgb,
    blend_values,
    new_canvas,
)
from napari_nora.viewports.looks import LabelsLook, RgbLook
from napari_nora.viewports.scene import Pixels, PlaneScene, SceneLayer
from napari_nora.viewports.vectors import colors_of
from nora_core.errors import Cancelled
from nora_core.geometry.planes import sample_planes

Cancel = Callable[[], bool]


def render(
    scene: PlaneScene, executor: Executor | None = None, cancelled: Cancel | None = None
) -> Pixels:
    """Return the picture of a scene, (rows, columns, 4) on black.

    Raises
    ------
    Cancelled
        ``cancelled`` said so.
    """
    canvas = new_canvas(scene.size)
    sources = [layer.source for layer in scene.layers]
    planes = [tile.plane for tile in scene.tiles]
    sampled = sample_planes(
        sources, planes, scene.slab, cancelled=cancelled, executor=executor
    )
    for tile, values in zip(scene.tiles, sampled, strict=True):
        rows, columns = tile.plane.shape
        part = canvas[tile.row : tile.row + rows, tile.column : tile.column + columns]
        for number, (layer, pixels) in enumerate(
            zip(scene.layers, values, strict=True)
        ):
            blending = Blending(layer.look.blending)
            mode = blending if number else blending.of_first_layer
            _blend(part, pixels, layer, mode)
    return canvas


def _blend(
    part: Pixels, values: NDArray[Any], layer: SceneLayer, mode: Blending
) -> None:
    look = layer.look
    if isinstance(look, LabelsLook):
        blend_labels(part, values, look.colors, look.opacity, look.contour_px, mode)
    elif isinstance(look, RgbLook):
        colors, white = colors_of(values, look)
        blend_rgb(part, colors, look.opacity, mode, white)
    else:
        blend_values(part, values, look.coloring, look.opacity, mode)


class Renderer:
    """One thread that renders, and a few that sample for it.

    Parameters
    ----------
    deliver : callable
        Runs a function in the main thread, soon.
    """

    def __init__(self, deliver: Callable[[Callable[[], None]], None]) -> None:
        self._deliver = deliver
        self._lock = threading.Condition()
        self._waiting: dict[str, tuple[PlaneScene, Callable[[Pixels], None]]] = {}
        self._newest: dict[str, PlaneScene] = {}
        self._failed: Callable[[str, Exception], None] | None = None
        self._closed = self._held = False
        count = min(os.cpu_count() or 1, 8)
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="nora-planes")
        self._thread: threading.Thread | None = None

    def on_failure(self, failed: Callable[[str, Exception], None]) -> None:
        """Tell errors to ``failed(key, error)``, in the main thread."""
        self._failed = failed

    def render(
        self, key: str, scene: PlaneScene, done: Callable[[Pixels], None]
    ) -> None:
        """Render a viewport's scene; what is asked for it before is dropped."""
        with self._lock:
            if self._closed:
                return
            self._waiting[key] = (scene, done)
            self._newest[key] = scene
            self._wake()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Begin with what is asked for inside only at the end.

        Threads that compute meanwhile would make the main one wait for its turn more
        than twice as long as it works.
        """
        self._held = True
        try:
            yield
        finally:
            with self._lock:
                self._held = False
                if self._waiting:
                    self._wake()

    def _wake(self) -> None:
        if self._held or self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="nora-render", daemon=True
            )
            self._thread.start()
        self._lock.notify()

    @property
    def is_idle(self) -> bool:
        """Whether every scene was rendered and told."""
        with self._lock:
            return not self._newest

    def close(self) -> None:
        """End the threads; nothing is told any more."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._newest.clear()
            self._lock.notify()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._lock:
                while (self._held or not self._waiting) and not self._closed:
                    self._lock.wait()
                if self._closed:
                    return
                key = next(iter(self._waiting))
                scene, done = self._waiting.pop(key)
            self._render_one(key, scene, done)

    def _render_one(
        self, key: str, scene: PlaneScene, done: Callable[[Pixels], None]
    ) -> None:
        def is_stale() -> bool:
            return self._newest.get(key) is not scene

        try:
            pixels = render(scene, self._executor, lambda: self._closed)
        except Cancelled:
            return
        except Exception as problem:  # noqa: BLE001  # the edge: the viewport shows it
            error = problem  # `problem` is gone when the main thread comes to it
            self._deliver(lambda: self._tell_failure(key, scene, error))
            return

        def tell() -> None:
            if self._closed:
                return
            done(pixels)
            if not is_stale():
                self._newest.pop(key, None)

        self._deliver(tell)

    def _tell_failure(self, key: str, scene: PlaneScene, error: Exception) -> None:
        if self._newest.get(key) is not scene:
            return  # a newer picture is on its way
        self._newest.pop(key, None)
        if self._failed is not None and not self._closed:
            self._failed(key, error)
