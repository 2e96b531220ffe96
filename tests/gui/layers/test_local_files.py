"""Files of this computer become the same layers, and no server hears of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest

from napari_nora.opening.placed import placed_of
from napari_nora.opening.plan import plan_file
from napari_nora.opening.show import MASK_COLORS, show_plan
from napari_nora.readers import read_file
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from tests.gui.fake_client import FakeArchive

GRID = Grid((4, 5, 6), np.diag([-1.0, 2.0, 3.0, 1.0]))


@pytest.fixture
def current(viewer: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The viewer as napari's reader finds it."""
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    return viewer


def write(path: Path, data: np.ndarray) -> Path:
    write_volume(path, Volume(data, GRID))
    return path


def read(viewer: Any, path: Path) -> Any:
    """Open a file as File > Open does."""
    ((data, options, kind),) = read_file(str(path))
    return getattr(viewer, f"add_{kind}")(data, **options)


def test_no_server_is_asked_about_a_local_file(
    current: Any,
    archive: FakeArchive,
    connect: Callable[[FakeArchive], None],
    tmp_path: Path,
) -> None:
    connect(archive)
    before = len(archive.client.mock_calls)

    layer = read(current, write(tmp_path / "a.nii.gz", np.ones(GRID.shape, "f4")))

    assert placed_of(layer).source is None
    assert len(archive.client.mock_calls) == before


@pytest.mark.parametrize("dtype", ["f4", "u1"])
def test_a_local_file_gives_the_layer_that_a_study_s_file_gives(
    current: Any, tmp_path: Path, dtype: str
) -> None:
    data = np.resize(np.arange(3), GRID.shape).astype(dtype)
    path = write(tmp_path / "s003.T1.nii.gz", data)
    shown = show_plan(current, plan_file(path, name="s003.T1"))
    current.layers.clear()

    layer = read(current, path)

    assert (type(layer), layer.name) == (type(shown), shown.name)
    assert np.array_equal(layer.data, shown.data)
    assert np.array_equal(layer.affine.affine_matrix, shown.affine.affine_matrix)
    if dtype == "u1":
        assert len(layer.colormap.colors) == len(MASK_COLORS) + 1
    else:
        assert layer.contrast_limits == shown.contrast_limits
        assert layer.contrast_limits_range == shown.contrast_limits_range


def test_the_next_layer_is_left_alone(current: Any, tmp_path: Path) -> None:
    read(current, write(tmp_path / "a.nii", np.ones(GRID.shape, "f4")))

    other = current.add_image(np.arange(60.0).reshape(3, 4, 5))

    assert placed_of(other) is None
    assert len(current.layers) == 2
