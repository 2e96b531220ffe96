"""Whether the window stays quick while a table of 100,000 studies is used.

``python benchmarks/scroll.py [--quick | --full]``

The browser widget, with napari's looks, on the real embedded server: it is scrolled
steadily and in jumps, filtered key by key, sorted, its rows are chosen and opened.
A timer of 5 ms in Qt's event loop notes how much longer than that each tick took, on
the wall, how much of it the window's thread worked, and how much it was ready to work
but got no processor (Linux tells). Beside it a bare Qt loop runs in a process of its
own as a control: what that one is late by is the machine's doing.
The goal is on the wall. A neighbor can spoil a run, so a run that misses the goal is
repeated, three in all, and the one whose worst block is shortest counts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

_SCHEDULE = Path("/proc/thread-self/schedstat")
GOAL_MS = 50.0
RUNS = 3
TICK_MS = 5


@dataclass
class Blocks:
    """The longest blocks while one thing was done, in ms."""

    wall: float = 0.0
    work: float = 0.0
    own: float = 0.0
    """On the wall, without the time in which the thread got no processor."""
    control: float = 0.0


def no_processor_s() -> float:
    """Return how long this thread was ready to run and did not; 0 if unknown."""
    try:
        text = _SCHEDULE.read_text()
    except OSError:
        return 0.0
    return int(text.split()[1]) / 1e9


class Watch:
    """Notes the longest time that Qt's event loop was away, by what was done."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self.longest: dict[str, Blocks] = {}
        self.gaps: list[float] = []
        self._what, self._begin = "", 0.0
        self._spans: list[tuple[str, float, float]] = []
        self._wall, self._cpu = time.perf_counter(), time.thread_time()
        self._waited = no_processor_s()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def worst(self) -> float:
        """The longest block of all, in ms on the wall."""
        return max(blocks.wall for blocks in self.longest.values())

    def during(self, what: str) -> None:
        """Say what is done from now on; empty for nothing that counts."""
        self._tick()  # what went on till now counts for what was done before
        self._spans.append((self._what, self._begin, self._wall))
        self._what, self._begin = what, self._wall
        self._timer.start()

    def compare(self, late: list[tuple[float, float]]) -> None:
        """Take in when the control was late, and by how many ms."""
        for what, begin, end in self._spans:
            if what:
                gaps = [gap for moment, gap in late if begin <= moment <= end + 0.01]
                blocks = self.longest[what]
                blocks.control = max([blocks.control, *gaps])

    def _tick(self) -> None:
        wall, cpu, waited = time.perf_counter(), time.thread_time(), no_processor_s()
        gap = max((wall - self._wall) * 1000 - TICK_MS, 0.0)
        work = (cpu - self._cpu) * 1000
        own = max(gap - (waited - self._waited) * 1000, 0.0)
        self._wall, self._cpu, self._waited = wall, cpu, waited
        if self._what:
            self.gaps.append(gap)
            blocks = self.longest.setdefault(self._what, Blocks())
            blocks.wall = max(blocks.wall, gap)
            blocks.work = max(blocks.work, work)
            blocks.own = max(blocks.own, own)


def run_control() -> None:
    """Run a bare Qt loop until stdin ends; print when it was late, and by how much."""
    from qtpy.QtCore import QCoreApplication, Qt, QTimer

    app = QCoreApplication([])
    timer, before = QTimer(), time.perf_counter()
    threading.Thread(target=lambda: (sys.stdin.read(), app.quit()), daemon=True).start()

    def tick() -> None:
        nonlocal before
        now = time.perf_counter()  # one clock for all processes
        gap = (now - before) * 1000 - TICK_MS
        if gap > 0.5:
            print(now, gap)
        before = now

    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(TICK_MS)
    timer.timeout.connect(tick)
    timer.start()
    app.exec()


@contextmanager
def control(watch: Watch) -> Iterator[None]:
    """Run a control beside, and tell the watch what it has seen."""
    command = [sys.executable, __file__, "--control"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
    reader.start()
    try:
        yield
    finally:
        if process.stdin is not None:
            process.stdin.close()
        reader.join(10)
        process.kill()
        process.wait()
    pairs = (line.split() for line in lines)
    watch.compare([(float(moment), float(gap)) for moment, gap in pairs])


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
        with control(watch):
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
    parser.add_argument("--control", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.control:
        run_control()
        return 0
    seconds = 20.0 if options.full else 4.0
    files = 1_000_000 if options.full else 200_000
    runs: list[Watch] = []
    with tempfile.TemporaryDirectory(prefix="nora-scroll-home-") as home:
        os.environ["NAPARI_CONFIG"] = str(Path(home) / "napari.yaml")
        with big_archive(files) as folder:
            while len(runs) < RUNS and not any(run.worst < GOAL_MS for run in runs):
                runs.append(measure(folder, seconds))
    return report(runs, files)


def report(runs: list[Watch], files: int) -> int:
    """Print the best run, the worst of the others, and the figures."""
    best = min(runs, key=lambda run: run.worst)
    print(f"100,000 studies, {files:,} files; longest block of Qt's event loop in ms")
    print(
        f"{'what':20}{'wall':>8}{'with a processor':>18}{'thread':>8}{'idle loop':>11}"
    )
    for what, blocks in best.longest.items():
        times = f"{blocks.wall:8.1f}{blocks.own:18.1f}{blocks.work:8.1f}"
        print(f"{what:20}{times}{blocks.control:11.1f}")
    gaps = sorted(best.gaps)
    print(f"99.9 % of {len(gaps):,} ticks: {gaps[int(len(gaps) * 0.999)]:.1f} ms wall")
    print("worst of each run: " + ", ".join(f"{run.worst:.1f} ms" for run in runs))
    met = best.worst < GOAL_MS
    figure = {
        "name": f"longest block of the event loop, wall, best of {len(runs)} (ms)",
        "ours": round(best.worst, 1),
        "peer": None,
        "ratio": None,
        "goal": f"< {GOAL_MS:.0f}",
        "met": met,
    }
    print(json.dumps({"figures": [figure]}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
