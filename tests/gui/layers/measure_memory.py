"""Open and close images in a process of its own, and print what that costs.

``python measure_memory.py LARGE SMALL ROUNDS``: opens every file of the first folder
once, then all of the second one together so many times. Prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from napari.components import ViewerModel

from napari_nora.opening.memory import close_all, settle
from napari_nora.opening.plan import plan_file
from napari_nora.opening.show import show_plan

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def status_bytes(key: str) -> int:
    """Return ``VmRSS`` (now) or ``VmHWM`` (highest) of this process."""
    line = next(line for line in STATUS.read_text().splitlines() if key in line)
    return int(line.split()[1]) * 1024


def open_file(viewer: ViewerModel, path: Path) -> int:
    tags = ("mask",) if path.name.startswith("mask") else ()
    plan = plan_file(path, name=path.name, tags=tags)
    show_plan(viewer, plan)
    return plan.size_bytes


def cost_of(viewer: ViewerModel, path: Path) -> dict[str, float]:
    """Return bytes held, reached and left, in parts of the voxels' own size."""
    before = status_bytes("VmRSS")
    CLEAR.write_text("5")
    size = open_file(viewer, path)
    held, peak = status_bytes("VmRSS") - before, status_bytes("VmHWM") - before
    close_all(viewer)
    left = status_bytes("VmRSS") - before
    return {"held": held / size, "peak": peak / size, "left": left / size}


def walk(viewer: ViewerModel, paths: list[Path], rounds: int) -> list[int]:
    """Return the bytes held after each case was closed."""
    held = []
    for _ in range(rounds):
        for path in paths:
            open_file(viewer, path)
        close_all(viewer)
        held.append(status_bytes("VmRSS"))
    return held


def main(large: Path, small: Path, rounds: int) -> None:
    viewer, case = ViewerModel(), sorted(small.iterdir())
    walk(viewer, case, 2)  # imports and caches
    settle()
    costs = {path.name: cost_of(viewer, path) for path in sorted(large.iterdir())}
    walked = walk(viewer, case, rounds)
    sys.stdout.write(json.dumps({"costs": costs, "walked": walked}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
