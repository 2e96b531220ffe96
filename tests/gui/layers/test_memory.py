"""An open image costs its own size, a closed one nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.images.formats.nifti import read_nifti
from tests.gui.layers import measure_memory

MEGABYTE = 1 << 20

pytestmark = pytest.mark.skipif(
    not measure_memory.CLEAR.exists(), reason="the peak of memory is read on Linux only"
)


def write(path: Path, size: int, dtype: str, slope: float = 1.0) -> None:
    shape = (size,) * 3
    data = np.zeros(shape, dtype=dtype)
    data[::3, ::5] = np.arange(size) % (2 if path.name.startswith("mask") else 99)
    write_volume(path, Volume(data, Grid(shape, np.diag([1.0, -1.0, 2.0, 1.0]))))
    if slope != 1.0:
        content = bytearray(path.read_bytes())
        content[112:116] = np.float32(slope).tobytes()  # scl_slope, nifti1.h
        path.write_bytes(content)
        assert read_nifti(path).stored.is_scaled


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory, rounds: Callable[[int], int]
) -> dict[str, Any]:
    large, small = tmp_path_factory.mktemp("large"), tmp_path_factory.mktemp("small")
    write(large / "packed.nii.gz", 256, "i2")
    write(large / "plain.nii", 256, "i2")
    write(large / "float.nii", 256, "f4")
    write(large / "scaled.nii", 256, "i2", slope=0.5)
    write(large / "mask.nii.gz", 256, "u1")
    write(small / "t1.nii.gz", 64, "i2")
    write(small / "flair.nii", 64, "f4")
    write(small / "mask.nii.gz", 64, "u1")
    arguments = [str(large), str(small), str(rounds(200))]
    command = [sys.executable, measure_memory.__file__, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def test_opening_costs_the_size_of_the_voxels(measured: dict[str, Any]) -> None:
    for name, cost in measured["costs"].items():
        assert 0.95 < cost["held"] <= 1.15, (name, cost)
        assert cost["peak"] <= 1.15, (name, cost)


def test_closing_gives_the_memory_back(measured: dict[str, Any]) -> None:
    for name, cost in measured["costs"].items():
        assert cost["left"] <= 0.05, (name, cost)


def test_walking_through_cases_leaves_no_growth(measured: dict[str, Any]) -> None:
    walked = measured["walked"]
    settled = walked[len(walked) // 10]

    assert walked[-1] - settled < 2 * MEGABYTE, walked
