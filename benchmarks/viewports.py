"""Wheel through slices: three linked viewports, beside three canvases of napari.

An image of 256^3 int16 and a mask, in three viewports of 540 x 400 pixels, under
whatever OpenGL there is. A step is one notch of the wheel in the axial viewport, and
the crosshair that all three show moves with it. The peer are three
``napari.qt.QtViewer``, each slicing the same two 3D layers, the first of them stepped
the same way and the others told the new point, as linked canvases are.

Prints CPU per step of both, their ratio, and the longest block of the event loop.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("NAPARI_CONFIG", f"{tempfile.mkdtemp()}/settings.yaml")

import numpy as np

SIZE = (540, 400)
SHAPE = (256, 256, 256)
STEPS = 200


def make_data() -> tuple[Any, Any, Any]:
    """Return an image, a mask and their affine, slightly oblique as scanners do."""
    i, j, k = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    waves = np.sin(i / 9) + np.cos(j / 11) + np.sin(k / 7)
    image = (waves * 300 + 900).astype(np.int16)
    center = (np.array(SHAPE) - 1) / 2
    distance = sum((x - c) ** 2 for x, c in zip((i, j, k), center, strict=True))
    mask = (distance < 70**2).astype(np.uint8)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = -center
    return image, mask, affine


class Meter:
    """CPU of the process and blocks of the event loop over some steps."""

    def __init__(self, app: Any, is_idle: Callable[[], bool]) -> None:
        self._app = app
        self._is_idle = is_idle
        self.cpu_ms: list[float] = []
        self.wall_ms: list[float] = []
        self.block_ms = 0.0

    def step(self, act: Callable[[], None]) -> None:
        """Do one step until everything is on the screen."""
        cpu, wall = time.process_time(), time.perf_counter()
        self._timed(act)
        self._timed(self._app.processEvents)
        while not self._is_idle():
            self._timed(self._app.processEvents)
            time.sleep(0.0005)
        self._timed(self._app.processEvents)
        self.cpu_ms.append((time.process_time() - cpu) * 1000)
        self.wall_ms.append((time.perf_counter() - wall) * 1000)

    def _timed(self, act: Callable[[], Any]) -> None:
        start = time.perf_counter()
        act()
        self.block_ms = max(self.block_ms, (time.perf_counter() - start) * 1000)


def settle(app: Any, seconds: float = 0.5) -> None:
    """Let the window come to rest."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        app.processEvents()
        time.sleep(0.005)


def measure_ours(app: Any, steps: int) -> Meter:
    """Wheel through our viewports by real events."""
    from napari.components import ViewerModel
    from qtpy.QtCore import QPoint, QPointF, Qt
    from qtpy.QtGui import QWheelEvent

    from napari_nora.tasks import Tasks
    from napari_nora.viewports.grid import ViewportGrid
    from napari_nora.viewports.state import Desk, Layout

    image, mask, affine = make_data()
    viewer = ViewerModel()
    desk = Desk(Layout(1, 3, 0))
    grid = ViewportGrid(viewer, desk, Tasks(lambda function: function()))
    viewer.add_image(image, affine=affine, contrast_limits=(0, 1800))
    viewer.add_labels(mask, affine=affine, opacity=0.4)
    grid.resize(SIZE[0] * 3 + 4, SIZE[1])
    grid.show()
    settle(app, 3)
    desk.move_crosshair((0.0, 0.0, -STEPS / 2))
    settle(app)
    canvas = grid.viewport("0").canvas
    at = QPointF(canvas.width() / 2, canvas.height() / 2)

    def wheel() -> None:
        event = QWheelEvent(
            at,
            QPointF(canvas.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        app.sendEvent(canvas, event)

    meter = Meter(app, lambda: grid.is_idle)
    for _ in range(steps):
        meter.step(wheel)
    assert abs(desk.crosshair_mm[2] + STEPS / 2 - steps) < 2, "the wheel must move it"
    grid.close_down()
    grid.close()
    return meter


def measure_napari(app: Any, steps: int) -> Meter:
    """Move three canvases of napari through the same slices."""
    from napari.components import ViewerModel
    from napari.layers import Image, Labels
    from napari.qt import QtViewer
    from qtpy.QtWidgets import QHBoxLayout, QWidget

    image, mask, affine = make_data()
    window = QWidget()
    layout = QHBoxLayout(window)
    models, views = [], []
    for order in ((2, 1, 0), (1, 2, 0), (0, 2, 1)):
        model = ViewerModel(order=order)
        model.layers.append(Image(image, affine=affine, contrast_limits=(0, 1800)))
        model.layers.append(Labels(mask, affine=affine, opacity=0.4))
        view = QtViewer(model)
        view.setFixedSize(*SIZE)
        layout.addWidget(view)
        models.append(model)
        views.append(view)
    window.show()
    settle(app, 3)
    for model in models:
        model.reset_view()
    settle(app)
    height = -STEPS / 2

    def step() -> None:
        nonlocal height
        height += 1.0
        for model in models:
            model.dims.point = (0.0, 0.0, height)

    meter = Meter(app, lambda: True)
    for _ in range(steps):
        meter.step(step)
    for view in views:
        view.close()
    window.close()
    return meter


def main() -> None:
    """Measure both in one run and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    steps = parser.parse_args().steps
    from napari.qt import get_qapp

    app = get_qapp()
    ours = measure_ours(app, steps)
    gc.collect()
    peer = measure_napari(app, steps)
    figures = {
        "steps": steps,
        "ours_cpu_ms": round(statistics.median(ours.cpu_ms), 1),
        "ours_mean_cpu_ms": round(statistics.fmean(ours.cpu_ms), 1),
        "ours_wall_ms": round(statistics.median(ours.wall_ms), 1),
        "ours_longest_block_ms": round(ours.block_ms, 1),
        "napari_cpu_ms": round(statistics.median(peer.cpu_ms), 1),
        "ratio": round(
            statistics.fmean(ours.cpu_ms) / statistics.fmean(peer.cpu_ms), 3
        ),
    }
    print(f"a step of three viewports: {figures['ours_mean_cpu_ms']} ms of CPU (mean);")
    print(f"three QtViewers: {figures['napari_cpu_ms']} ms; ratio {figures['ratio']}")
    print(f"longest block of the event loop: {figures['ours_longest_block_ms']} ms")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
