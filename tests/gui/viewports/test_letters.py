"""Letters against the picture: a bright marker at the patient's left, rendered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nora.viewports.annotations import Letters, letters_at
from napari_nora.viewports.background import Background
from napari_nora.viewports.conventions import letters_of
from napari_nora.viewports.planning import Planner
from napari_nora.viewports.rendering import render
from napari_nora.viewports.scene import scene_of
from napari_nora.viewports.state import Convention, Orientation, ViewportState
from nora_core.geometry.affine import apply_affine

# the voxel axes of the phantom: as stored by a scanner, flipped and permuted
STORED = {
    "RAS": np.diag([2.0, 2.0, 2.0]),
    "LPS": np.diag([-2.0, -2.0, 2.0]),
    "PIR": np.array([[0, 0, 2.0], [-2.0, 0, 0], [0, -2.0, 0]]),
}
ENDS = {"L": (0, -1), "R": (0, 1), "P": (1, -1), "A": (1, 1), "I": (2, -1), "S": (2, 1)}
SIZE = 31


def phantom(stored: str) -> tuple[np.ndarray, np.ndarray]:
    """Return voxels and affine; brighter to L, A and S, each by another part."""
    affine = np.eye(4)
    affine[:3, :3] = STORED[stored]
    affine[:3, 3] = -STORED[stored] @ np.full(3, (SIZE - 1) / 2)
    points = apply_affine(affine, np.indices((SIZE,) * 3).reshape(3, -1).T)
    voxels = np.full((SIZE,) * 3, 20, np.uint8)
    for letter, value in (("L", 250), ("A", 170), ("S", 90)):
        axis, sign = ENDS[letter]
        others = [other for other in range(3) if other != axis]
        is_there = (points[:, axis] * sign > 18) & (
            np.abs(points[:, others]).max(axis=1) < 6
        )
        voxels.reshape(-1)[is_there] = value
    return voxels, affine


def edge_with(picture: Any, value: int) -> str | None:
    """Return at which edge of the picture a value is found."""
    rows, columns = np.nonzero(np.abs(picture.astype(int) - value) < 12)
    if len(rows) < 20:
        return None
    down = rows.mean() / picture.shape[0] - 0.5
    right = columns.mean() / picture.shape[1] - 0.5
    if abs(right) > abs(down):
        return "right" if right > 0 else "left"
    return "bottom" if down > 0 else "top"


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("orientation", Orientation)
@pytest.mark.parametrize("convention", Convention)
def test_markers_are_where_the_letters_say(
    convention: Convention, orientation: Orientation, stored: str
) -> None:
    from napari.layers import Image

    voxels, affine = phantom(stored)
    layer = Image(voxels, affine=affine, contrast_limits=(0, 255), gamma=1)
    state = ViewportState("0", orientation=orientation, items=("it",))
    planner = Planner(
        state, convention, (0.0, 0.0, 0.0), (90, 110), Background(voxels.shape, affine)
    )
    picture = render(scene_of(state, planner, {"it": layer}, lambda _: 0))[..., 0]
    letters = letters_at(planner.plane())
    seen = {
        letter: edge_with(picture, value)
        for letter, value in (("L", 250), ("A", 170), ("S", 90))
    }
    found = 0
    for letter, edge in seen.items():
        if edge is not None:
            assert getattr(letters, edge) == letter
            found += 1
    across = [letters.left + letters.right, letters.top + letters.bottom]
    assert found == 2 == len({"".join(sorted(pair)) for pair in across})


def test_radiological_and_neurological_are_as_everybody_has_them() -> None:
    seen = {}
    for convention in (Convention.RADIOLOGICAL, Convention.NEUROLOGICAL):
        for orientation in Orientation:
            state = ViewportState("0", orientation=orientation)
            plane = Planner(state, convention, (0.0, 0.0, 0.0), (9, 9)).plane()
            seen[convention.value, orientation.value] = letters_at(plane)
    assert seen == {
        ("radiological", "axial"): Letters("A", "P", "R", "L"),
        ("radiological", "coronal"): Letters("S", "I", "R", "L"),
        ("radiological", "sagittal"): Letters("S", "I", "A", "P"),
        ("neurological", "axial"): Letters("A", "P", "L", "R"),
        ("neurological", "coronal"): Letters("S", "I", "L", "R"),
        ("neurological", "sagittal"): Letters("S", "I", "P", "A"),
    }


@given(st.tuples(*(st.floats(-1, 1),) * 3).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_letters_name_the_nearest_end_first_and_its_opposite(direction: Any) -> None:
    letters = letters_of(np.array(direction))
    axis, sign = ENDS[letters[0]]
    assert abs(direction[axis]) == max(abs(part) for part in direction)
    assert direction[axis] * sign > 0
    opposite = dict(zip("LRAPSI", "RLPAIS", strict=True))
    back = letters_of(-np.array(direction))
    assert back == "".join(opposite[letter] for letter in letters)
