"""A second user sees in a fresh process what the first one has shared, to the pixel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nora.opening.fetch import fetch_plan
from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.show import show_plan
from napari_nora.scenes.collecting import scene_of
from napari_nora.scenes.sharing import ShareRequest, masks_of, share
from napari_nora.viewports.state import Kind
from nora_core.client import Client
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from tests.integration.links.conftest import Lab
from tests.integration.links.looking import Quiet, new_board, seen

ROOT = Path(__file__).parents[3]
OBLIQUE = np.array(
    [[-1.8, 0.3, 0.2, 30], [0.3, 1.9, -0.4, -40], [0.2, 0.4, 2.4, -30], [0, 0, 0, 1.0]]
)


@pytest.fixture
def shared(
    lab: Lab, tmp_path: Path, client_of: Callable[[str], Client], qapp: Any
) -> tuple[str, dict[str, Any]]:
    """Anna's link to an oblique view with a mask of hers, and what she sees."""
    voxels = np.random.default_rng(1).integers(0, 900, (40, 44, 30)).astype(np.int16)
    path = tmp_path / "head.nii.gz"
    write_volume(path, Volume(voxels, Grid((40, 44, 30), OBLIQUE)))
    with Client(lab.server.url, lab.server.token) as admin:
        row = admin.upload("liver", path, lab.image.study_id, "t1/head.nii.gz")
    board, anna = new_board(), client_of("anna")
    image = show_plan(board.viewer, fetch_plan(anna, "liver", [row], Quiet()))
    image.contrast_limits = (100, 700)
    mask = add_empty_mask(board.viewer, "mine", image)
    mask.data[10:20, 12:25, 8:20] = 1
    mask.refresh()
    desk = board.desk
    desk.move_crosshair((3.0, -6.5, 4.25))
    board.controller("0").turn_by(np.array([1.0, 0.2, 0.0]), 0.4)
    board.controller("1").zoom(3, 120, 100)
    board.controller("2").set_look(image, "contrast_limits", (0, 300), only_here=True)
    desk.change("2", slab_mm=6.0)
    desk.change("b0", kind=Kind.MOSAIC)
    sight = seen(board)
    collected = scene_of(board.viewer, desk, is_unsaved=lambda layer: layer is mask)
    request = ShareRequest(collected.scene, masks_of(collected))
    link = share(anna, "liver", request, Quiet())
    board.close()
    return f"{lab.server.url}/l/{link.id}", sight


def look(url: str, token: str, target: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.integration.links.looking", url, token, target],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_second_user_sees_the_same_pixels_a_third_one_nothing(
    shared: tuple[str, dict[str, Any]], lab: Lab, tmp_path: Path
) -> None:
    url, sight = shared
    target = tmp_path / "seen.npz"

    done = look(url, lab.token_of("bert"), target)

    assert done.returncode == 0, done.stderr
    with np.load(target) as found:
        assert set(found) == set(sight)
        for key, pixels in sight.items():
            assert pixels.any()
            np.testing.assert_array_equal(found[key], pixels, err_msg=key)

    refused = look(url, lab.token_of("cleo"), tmp_path / "nothing.npz")
    assert refused.returncode != 0
    assert "no such link, or no right" in refused.stderr
    assert "head" not in refused.stderr.replace("ahead", "")
    assert not (tmp_path / "nothing.npz").exists()
