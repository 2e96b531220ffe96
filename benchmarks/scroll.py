"""Whether the window stays quick while a table of 100,000 studies is used.

``python benchmarks/scroll.py [--quick | --full]``

The browser widget, with napari's looks, on the real embedded server: it is scrolled
steadily and in jumps, filtered key by key, sorted, its rows are chosen and opened.
A timer of 5 ms in Qt's event loop notes how much longer than that each tick took.
The goal is on the processor time of the window's thread between two ticks, since
the time on the wall would also measure the neighbors; both are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

GOAL_MS = 50.0
TICK_MS = 5


class Watch:
    """Notes the longest time that Qt's event loop was away, by what was done."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self.longest: dict[str, tuple[float, float]] = {}
        self.gaps: list[float] = []
        self._what = ""
        self._wall, self._cpu = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def during(self, what: str) -> None:
        """Say what is done from now on; empty for nothing that counts."""
        self._what = what
        self._wall, self._cpu = time.perf_counter(), time.thread_time()
        self._timer.start()

    def _tick(self) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        gap = max((wall - self._wall) * 1000 - TICK_MS, 0.0)
        work = (cpu - self._cpu) * 1000
        self._wall, self._cpu = wall, cpu
        if self._what:
            self.gaps.append(gap)
            most_gap, most_work = self.longest.get(self._what, (0.0, 0.0))
            self.longest[self._what] = (max(most_gap, gap), max(most_work, work))


@contextmanager
def big_archive(files: int) -> Iterator[Path]:
    """Make the data folder of an embedded server with 100,000 studies."""
    from benchmarks.archive_shape import Shape, fill
    from nora_server.database.engine import Database
    from nora_server.database.migrate import migrate

    folder = Path(tempfile.mkdtemp(prefix="nora-scroll-"))
    try:
        database = Database(f"sqlite:///{folder / 'nora.sqlite'}")
        migrate(database)
        fill(database, Shape(files=files), with_flat=False)
        database.engine.dispose()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def use(panel, watch, seconds):  # type: ignore[no-untyped-def]
    """Use the table in every way that could block; a tour."""
    from napari_nora.desktop.tour import pause
    from nora_core.wire.archive import SortKey

    table, state = panel.page.table, panel.state
    bar = table.verticalScrollBar()
    chance = random.Random(5)
    yield lambda: _is_filled(panel)
    yield pause(1.0)
    watch.during("steady scrolling")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        bar.setValue(bar.value() + 3)
        yield pause(0)
    watch.during("jumps")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        bar.setValue(chance.randrange(bar.maximum()))
        yield pause(0.12)
    for what, name, text in (
        ("filter typing", "name", "Müller"),
        ("filter typing", "tags", "control"),
        ("file search", "files", "t1_tri*/s0*.nii & STAG:control"),
    ):
        for length in range(1, len(text) + 1):
            watch.during(what)
            edit = panel.page.search if name == "files" else table.header.bars[name]
            edit.setText(text[:length])
            edit.settled.emit(text[:length])
            yield pause(0.1)
        yield pause(0.7)
        watch.during("clearing filters")
        state.clear_bars()
        yield pause(0.7)
    watch.during("sorting")
    state.set_sort(SortKey.DATE, True)
    yield pause(0.7)
    watch.during("choosing all rows")
    table.selectAll()
    yield pause(0.5)
    table.clearSelection()
    watch.during("opening rows")
    for row in range(0, 40, 2):
        panel.loader.toggle(row)
        yield pause(0.05)
    yield pause(0.5)
    watch.during("")


def _is_filled(panel):  # type: ignore[no-untyped-def]
    if panel.page.error.text:
        raise RuntimeError(panel.page.error.text)
    return panel.page.table.verticalScrollBar().maximum() > 90_000


def measure(folder: Path, seconds: float) -> Watch:
    """Run the window on the archive and return what the watch has seen."""
    from napari.components import ViewerModel
    from napari.qt import get_current_stylesheet, get_qapp

    from napari_nora.desktop.tour import Tour
    from napari_nora.remembered import Remembered
    from napari_nora.session import Session, set_session
    from napari_nora.widgets.browser.connect import connect_with_token
    from napari_nora.widgets.browser.panel import BrowserPanel
    from nora_core.client import start_embedded

    app = get_qapp()
    with start_embedded(folder) as server:
        viewer = ViewerModel()
        session = Session(Remembered(folder / "window.ini"))
        set_session(viewer, session)
        panel = BrowserPanel(viewer)
        panel.setStyleSheet(get_current_stylesheet())
        panel.resize(620, 900)
        panel.show()
        session.remembered.set("project", "big")
        session.connect(connect_with_token(server.url, server.token))
        watch, errors = Watch(), []

        def ended(error: Exception | None) -> None:
            errors.extend([error] if error is not None else [])
            app.quit()

        tour = Tour(use(panel, watch, seconds), ended)
        app.exec()
        session.close()
        panel.close()
        tour.deleteLater()
        if errors:
            raise errors[0]
    return watch


def main() -> int:
    """Measure, print a table and the figures; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="within a minute")
    size.add_argument("--full", action="store_true", help="a million files, longer")
    options = parser.parse_args()
    seconds = 20.0 if options.full else 4.0
    files = 1_000_000 if options.full else 200_000
    with tempfile.TemporaryDirectory(prefix="nora-scroll-home-") as home:
        os.environ["NAPARI_CONFIG"] = str(Path(home) / "napari.yaml")
        with big_archive(files) as folder:
            watch = measure(folder, seconds)
    print(f"100,000 studies, {files:,} files; longest block of Qt's event loop")
    print(f"{'what':24}{'thread ms':>12}{'wall ms':>12}")
    for what, (wall, work) in watch.longest.items():
        print(f"{what:24}{work:12.1f}{wall:12.1f}")
    walls = sorted(watch.gaps)
    print(
        f"99.9 % of {len(walls):,} ticks: {walls[int(len(walls) * 0.999)]:.1f} ms wall"
    )
    worst = max(work for _, work in watch.longest.values())
    met = worst < GOAL_MS
    figures = [
        {
            "name": "longest block of the event loop, thread time (ms)",
            "ours": round(worst, 1),
            "peer": None,
            "ratio": None,
            "goal": f"< {GOAL_MS:.0f}",
            "met": met,
        },
    ]
    print(json.dumps({"figures": figures}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
