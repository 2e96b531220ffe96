"""Where the camera stands, and the axes in the corner."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from napari_nora.viewports.three_d.orientation_mark import arms_of
from napari_nora.viewports.three_d.views import View, fitted, turn_from, turn_to
from nora_core.errors import BadInput
from tests.strategies import rotations

RIGHT_OF = {"A": "L", "P": "R", "R": "A", "L": "P", "S": "R", "I": "L"}
"""What is on the right of the screen, looked at from each side."""
TOP_OF = {"A": "S", "P": "S", "R": "S", "L": "S", "S": "A", "I": "A"}


@given(rotations())
def test_a_turn_leads_to_its_directions_and_back(matrix: Any) -> None:
    sight, up = matrix[:, 0], matrix[:, 1]
    view = View(turn_to(sight, up))
    np.testing.assert_allclose(view.directions, [sight, up], atol=1e-9)
    np.testing.assert_allclose(turn_to(*view.directions), view.turn, atol=1e-9)


@pytest.mark.parametrize("side", "APRLSI")
def test_axes_are_seen_as_from_each_side(side: str) -> None:
    arms = arms_of(*View(turn_from(side)).directions)
    assert arms[-1].letter == side
    assert max(arms, key=lambda arm: arm.x).letter == RIGHT_OF[side]
    assert min(arms, key=lambda arm: arm.y).letter == TOP_OF[side]


def test_first_one_looks_from_the_front() -> None:
    assert View().turn == pytest.approx(turn_from("A"))


def test_an_unknown_side_is_named() -> None:
    with pytest.raises(BadInput, match="no side 'X' to look from; known: A, P"):
        turn_from("X")


def test_everything_fits() -> None:
    corners = np.array([[-50.0, -80, -20], [70, 80, 100]])
    (x, y, z), mm_per_pixel = fitted(corners, (300, 600), View())
    assert (x, y, z) == (10, 0, 40)
    assert mm_per_pixel == pytest.approx(120 / 300, rel=0.1)
