"""Storing 1 GiB through the server, against ``cp`` and ``sha256sum`` of the same files.

``python benchmarks/upload.py [--quick | --full]``

Ours is all that makes an upload safe: checksum on both sides, HTTP, fsync of file
and folder, a row in the database, an event. The peer copies and checks only. Both
see the same files in the same run, in turns; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from nora_core.client import Client, start_embedded
from nora_core.wire.archive import NewStudy
from nora_core.wire.project import NewProject

MIB = 1 << 20
ONE_FILE_GOAL = 3.0
MEMORY_GOAL_MIB = 64.0
PROJECT = "upload"


@dataclass(frozen=True)
class Plan:
    """How much is stored, and how often."""

    megabytes: int
    files: int
    rounds: int


PLANS = {"quick": Plan(192, 100, 3), "default": Plan(1024, 2000, 3)}
PLANS["full"] = PLANS["default"]


@dataclass
class Cost:
    """What one run took."""

    cpu_seconds: float
    wall_seconds: float


@dataclass
class Costs:
    """Runs of ours and of the peer, in turns."""

    ours: list[Cost] = field(default_factory=list)
    peer: list[Cost] = field(default_factory=list)

    def median(self, of: Callable[[Cost], float]) -> tuple[float, float]:
        """Return the medians of ours and of the peer."""
        return (
            statistics.median(map(of, self.ours)),
            statistics.median(map(of, self.peer)),
        )


class Memory:
    """The largest resident memory of a process while it is watched."""

    def __init__(self, process: psutil.Process) -> None:
        self.process = process
        self.before = self.largest = process.memory_info().rss
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.largest = max(self.largest, self.process.memory_info().rss)

    def growth_mib(self) -> float:
        """Stop watching; return how much it grew."""
        self._stop.set()
        self._thread.join()
        return (self.largest - self.before) / MIB


class Bench:
    """A server on an empty folder, and the files to store."""

    def __init__(self, folder: Path, client: Client, server: psutil.Process) -> None:
        self.folder = folder
        self.client = client
        self.server = server
        self.number = 0

    def store(self, files: list[Path]) -> Cost:
        """Upload ``files`` into a study of its own."""
        self.number += 1
        new = NewStudy(patients_id="P", studies_id=f"S{self.number}")
        study = self.client.create_study(PROJECT, new).study_id
        server_before, ours_before = self._server_seconds(), time.process_time()
        begin = time.perf_counter()
        for path in files:
            self.client.upload(PROJECT, path, study, path.name)
        wall = time.perf_counter() - begin
        cpu = self._server_seconds() - server_before + time.process_time() - ours_before
        return Cost(cpu, wall)

    def copy(self, files: list[Path]) -> Cost:
        """Do what the peer does: ``cp``, then ``sha256sum`` of the copies."""
        target = self.folder / "copies"
        target.mkdir()
        cpu_before, begin = _children_seconds(), time.perf_counter()
        subprocess.run(["cp", *map(str, files), str(target)], check=True)
        subprocess.run(
            ["sha256sum", *(str(target / path.name) for path in files)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        cost = Cost(_children_seconds() - cpu_before, time.perf_counter() - begin)
        shutil.rmtree(target)
        return cost

    def compare(self, files: list[Path], rounds: int) -> Costs:
        """Run both in turns."""
        costs = Costs()
        for _ in range(rounds):
            costs.peer.append(self.copy(files))
            costs.ours.append(self.store(files))
        return costs

    def _server_seconds(self) -> float:
        times = self.server.cpu_times()
        return times.user + times.system


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def make_files(folder: Path, count: int, size_bytes: int) -> list[Path]:
    """Write ``count`` files of random bytes, all different."""
    folder.mkdir()
    paths = []
    for number in range(count):
        path = folder / f"{number:05d}.bin"
        with path.open("wb") as stream:
            left = size_bytes
            while left > 0:
                left -= stream.write(os.urandom(min(left, 8 * MIB)))
        paths.append(path)
    return paths


@contextmanager
def bench() -> Iterator[Bench]:
    """Start a server and warm it up."""
    with tempfile.TemporaryDirectory(prefix="nora-upload-") as name:
        folder = Path(name)
        with start_embedded(folder / "data") as server:
            client = Client(server.url, server.token, cache=folder / "cache")
            client.create_project(NewProject(name=PROJECT))
            ours = Bench(folder, client, psutil.Process(server.pid))
            ours.store(make_files(folder / "warm", 2, 12 * MIB))
            ours.store(make_files(folder / "warm small", 20, MIB // 2))
            yield ours
            client.close()


def figures_of(name: str, costs: Costs, goal: float | None) -> list[dict[str, Any]]:
    """Return the figures of one comparison, by CPU time and by the clock."""
    figures = []
    for unit, of in (("CPU s", _cpu), ("wall s", _wall)):
        ours, peer = costs.median(of)
        ratio = ours / peer
        figures.append(
            {
                "name": f"{name}, {unit}",
                "ours": round(ours, 2),
                "peer": round(peer, 2),
                "ratio": round(ratio, 2),
                "goal": None if goal is None else f"ratio <= {goal:g}",
                "met": goal is None or ratio <= goal,
            }
        )
    return figures


def _cpu(cost: Cost) -> float:
    return cost.cpu_seconds


def _wall(cost: Cost) -> float:
    return cost.wall_seconds


def run(plan: Plan) -> list[dict[str, Any]]:
    """Measure everything."""
    size = plan.megabytes * MIB
    with bench() as ours:
        large = make_files(ours.folder / "large", 1, size)
        small = make_files(ours.folder / "small", plan.files, size // plan.files)
        memory = Memory(ours.server)
        one = ours.compare(large, plan.rounds)
        many = ours.compare(small, 1)
        growth = memory.growth_mib()
    return [
        *figures_of(f"{plan.megabytes} MiB in one file", one, ONE_FILE_GOAL),
        *figures_of(f"{plan.megabytes} MiB in {plan.files} files", many, None),
        {
            "name": "growth of the server's memory, MiB",
            "ours": round(growth, 1),
            "peer": None,
            "ratio": None,
            "goal": f"< {MEMORY_GOAL_MIB:g}",
            "met": growth < MEMORY_GOAL_MIB,
        },
    ]


def main() -> int:
    """Print the table and the figures; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", const="quick", dest="plan")
    size.add_argument("--full", action="store_const", const="full", dest="plan")
    plan = PLANS[parser.parse_args().plan or "default"]
    figures = run(plan)
    print(f"{'':42} {'ours':>8} {'peer':>8} {'ratio':>7}  goal")
    for figure in figures:
        peer, ratio = figure["peer"] or "", figure["ratio"] or ""
        verdict = figure["goal"] or "none"
        missed = "" if figure["met"] else "  MISSED"
        print(
            f"{figure['name']:42} {figure['ours']:>8} {peer:>8} {ratio:>7}  "
            f"{verdict}{missed}"
        )
    print(json.dumps({"figures": figures}))
    return 0 if all(figure["met"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
