"""How fast planes are sampled, beside scipy and SimpleITK.

``python benchmarks/planes.py [--quick | --full]``

Three planes of 512 x 512 pixels through a volume of 512 x 512 x 512 int16 under an
oblique affine, as three linked viewports ask for at once; then with four overlays of
other grids. The volume lies in memory as nibabel reads it. All three are given planes,
find the voxels of their points, and give float32. The peers get their best form:
scipy's planes are sampled in threads, SimpleITK's image is made beforehand; all may
use all cores. They take turns, and medians count. The goals are on the wall of a
machine that does nothing else, and for CPU time; the least of all rounds is printed
beside, for busy machines.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nora_core.geometry.affine import affine_of, apply_affine
from nora_core.geometry.plane import Plane, turn_of
from nora_core.geometry.planes import PlaneSource, sample_planes

GOAL_MS, GOAL_CPU_MS, GOAL_OVERLAYS_MS = 16.0, 25.0, 50.0
GOAL_SCIPY, GOAL_ITK = 5.0, 1.5
WIDTH_MM = 256.0
TURN = (0.9, 0.2, 0.3, -0.25)


def volume(shape: tuple[int, ...], dtype: str, turn: Any, seed: int) -> PlaneSource:
    """Return smooth noise over the whole field, turned about its middle."""
    random = np.random.default_rng(seed)
    voxels = random.integers(0, 1000 if dtype != "u1" else 200, shape, dtype=np.int16)
    voxels = np.asfortranarray(voxels.astype(dtype, copy=False))
    axes = turn_of(turn) * (WIDTH_MM / np.array(shape))
    origin = -axes @ ((np.array(shape) - 1) / 2)
    return PlaneSource(voxels, affine_of(axes, origin), is_nearest=dtype == "u1")


def three_planes(pixels: int) -> list[Plane]:
    """Return an axial, a coronal and a sagittal plane through one point."""
    x, y, z = np.eye(3)
    spacing = WIDTH_MM / pixels
    pairs = ((x, -y), (x, -z), (y, -z))
    return [
        Plane(np.array([3.0, 2.0, 1.0]), right, down, spacing, (pixels, pixels))
        for right, down in pairs
    ]


def overlays(size: int) -> list[PlaneSource]:
    """Return a PET, a statistical map, another contrast and labels."""
    return [
        volume((size // 2, size // 2, size // 3), "f4", (1, 0, 0, 0.02), 1),
        volume((size // 3, size // 3, size // 3), "f4", (1, 0.1, 0, 0), 2),
        volume((size, size // 2, size // 4), "i2", (0.7, 0.7, 0, 0.1), 3),
        volume((size, size, size // 2), "u1", TURN, 4),
    ]


def scipy_form(source: PlaneSource, planes: list[Plane]) -> Callable[[], Any]:
    """Return scipy's work for the same points, in threads."""
    from scipy.ndimage import map_coordinates

    pool = ThreadPoolExecutor(os.cpu_count())

    def sample(points_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        voxels = np.moveaxis(apply_affine(source.inverse, points_mm), -1, 0)
        values: NDArray[np.float32] = map_coordinates(
            source.data, voxels, np.float32, order=1, mode="nearest", prefilter=False
        )
        return values

    def work() -> list[NDArray[np.float32]]:
        blocks = [
            rows for plane in planes for rows in np.array_split(plane.points_mm(), 4)
        ]
        parts = list(pool.map(sample, blocks))
        return [np.concatenate(parts[n : n + 4]) for n in range(0, len(parts), 4)]

    return work


def itk_form(source: PlaneSource, planes: list[Plane]) -> Callable[[], Any]:
    """Return SimpleITK's work for the same planes."""
    import SimpleITK as sitk  # noqa: N813  # its own word

    to_lps = np.diag([-1.0, -1.0, 1.0])
    image = sitk.GetImageFromArray(np.ascontiguousarray(source.data.T))
    axes = source.affine[:3, :3]
    zooms = np.linalg.norm(axes, axis=0)
    image.SetSpacing(zooms.tolist())
    image.SetDirection((to_lps @ (axes / zooms)).ravel().tolist())
    image.SetOrigin((to_lps @ source.affine[:3, 3]).tolist())

    def sample(plane: Plane) -> NDArray[Any]:
        rows, cols = plane.shape
        turn = np.stack([plane.right, plane.down, plane.normal], axis=1)
        wanted = sitk.ResampleImageFilter()
        wanted.SetInterpolator(sitk.sitkLinear)
        wanted.SetSize((cols, rows, 1))
        wanted.SetOutputSpacing([plane.spacing_mm] * 3)
        wanted.SetOutputOrigin((to_lps @ plane.to_world(0, 0)).tolist())
        wanted.SetOutputDirection((to_lps @ turn).ravel().tolist())
        wanted.SetOutputPixelType(sitk.sitkFloat32)
        return sitk.GetArrayFromImage(wanted.Execute(image))[0]

    return lambda: [sample(plane) for plane in planes]


def check(ours: list[Any], scipys: list[Any], itks: list[Any]) -> None:
    """Fail unless all three sampled the same."""
    for a, b, c in zip(ours, scipys, itks, strict=True):
        known = ~np.isnan(a)
        assert np.abs(a - b)[known].max() <= 1e-5 * np.abs(b).max()
        inner = known & (c != 0)
        assert np.abs(a - c)[inner].max() <= 1e-5 * np.abs(b).max()


def timed(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Any]:
    """Return the wall and CPU ms of each, taken in turns: (2, rounds) arrays."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            spent = time.perf_counter() - wall, time.process_time() - cpu
            taken[name].append(spent)
    return {name: 1000 * np.array(pairs).T for name, pairs in taken.items()}


def figure(
    name: str, ours: float, peer: float | None, goal: float | None = None
) -> dict[str, Any]:
    """Return one line of the report."""
    line: dict[str, Any] = {"name": name, "ours": round(float(ours), 2)}
    if peer is not None:
        line |= {"peer": round(float(peer), 2), "ratio": round(float(peer / ours), 2)}
    if goal is not None:
        is_met = ours < goal if peer is None else line["ratio"] >= goal
        sign = "< {:g} ms" if peer is None else ">= {:g} times"
        line |= {"goal": sign.format(goal), "met": bool(is_met)}
    return line


def main() -> int:
    """Measure, print the figures, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true")
    sizes.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    rounds = 15 if asked.quick else 41

    background, planes = volume((512, 512, 512), "i2", TURN, 0), three_planes(512)
    works = {
        "ours": lambda: [found[0] for found in sample_planes([background], planes)],
        "scipy": scipy_form(background, planes),
        "SimpleITK": itk_form(background, planes),
    }
    check(*(work() for work in works.values()))
    layers = [background, *overlays(512)]
    works["overlays"] = lambda: sample_planes(layers, planes)
    works["overlays"]()
    taken = timed(works, rounds)
    print(f"{rounds} rounds; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"{'ms':12}{'wall':>8}{'least':>8}{'CPU':>8}{'least':>8}")
    for name, times in taken.items():
        columns = np.stack([np.median(times, axis=1), times.min(axis=1)], axis=1)
        print(f"{name:12}" + "".join(f"{time:8.1f}" for time in columns.ravel()))
    spent = {name: np.median(times, axis=1) for name, times in taken.items()}
    (wall, cpu), scipys, itks = (spent[key] for key in ("ours", "scipy", "SimpleITK"))
    figures = [
        figure("three planes, wall (ms)", wall, None, GOAL_MS),
        figure("three planes, CPU (ms)", cpu, None, GOAL_CPU_MS),
        figure("beside scipy, wall (ms)", wall, scipys[0], GOAL_SCIPY),
        figure("beside scipy, CPU (ms)", cpu, scipys[1]),
        figure("beside SimpleITK, wall (ms)", wall, itks[0], GOAL_ITK),
        figure("beside SimpleITK, CPU (ms)", cpu, itks[1]),
        figure(
            "with four overlays, wall (ms)",
            spent["overlays"][0],
            None,
            GOAL_OVERLAYS_MS,
        ),
    ]
    print(json.dumps({"figures": figures}))
    return 0 if all(line.get("met", True) for line in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
