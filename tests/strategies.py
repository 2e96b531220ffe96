"""Hypothesis strategies: grids, planes, images, masks and names as we meet them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.typing import DTypeLike, NDArray

from nora_core.geometry.grid import Grid
from nora_core.geometry.plane import Plane
from nora_core.images.mask import Mask
from nora_core.images.volume import Volume

STORED_DTYPES = ("u1", "i2", "u2", "i4", "f4", "f8")
"""Types that images have in files."""


@st.composite
def shapes(draw: st.DrawFn, max_size: int = 8) -> tuple[int, int, int]:
    """Sizes along i, j, k, single slices included."""
    size = st.integers(1, max_size)
    return draw(size), draw(size), draw(size)


@st.composite
def rotations(draw: st.DrawFn) -> NDArray[np.float64]:
    """Any rotation, as a (3, 3) matrix, by a unit quaternion."""
    parts = st.floats(-1, 1).map(lambda x: round(x, 3))
    vector = np.array([draw(parts) for _ in range(4)])
    length = np.linalg.norm(vector)
    w, x, y, z = vector / length if length > 0.1 else (1.0, 0.0, 0.0, 0.0)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@st.composite
def affines(draw: st.DrawFn) -> NDArray[np.float64]:
    """Oblique, flipped, anisotropic, 0.4 to 6 mm, some way off the origin."""
    zooms = [draw(st.floats(0.4, 6.0).map(lambda x: round(x, 3))) for _ in range(3)]
    flips = [draw(st.sampled_from((-1.0, 1.0))) for _ in range(3)]
    order = draw(st.permutations(range(3)))
    origin = [draw(st.floats(-300, 300).map(lambda x: round(x, 2))) for _ in range(3)]
    affine = np.eye(4)
    affine[:3, :3] = draw(rotations())[:, order] * flips * zooms
    affine[:3, 3] = origin
    return affine


def grids(max_size: int = 8) -> st.SearchStrategy[Grid]:
    """Small grids with any affine."""
    return st.builds(Grid, shapes(max_size), affines())


@st.composite
def sheared_affines(draw: st.DrawFn) -> NDArray[np.float64]:
    """Any affine, its axes at angles other than right ones."""
    affine = draw(affines())
    slant = [draw(st.floats(-0.5, 0.5).map(lambda x: round(x, 2))) for _ in range(3)]
    shear = np.eye(3)
    shear[np.triu_indices(3, 1)] = slant
    affine[:3, :3] = affine[:3, :3] @ shear
    return affine


@st.composite
def planes(
    draw: st.DrawFn, around_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> Plane:
    """Small planes in any direction, the main ones often, near a point."""
    turn = draw(st.one_of(st.just(np.eye(3)), rotations()))
    right, down = draw(st.permutations(range(3)))[:2]
    away = [draw(st.floats(-12, 12).map(lambda x: round(x, 2))) for _ in range(3)]
    spacing_mm = draw(st.floats(0.2, 4.0).map(lambda x: round(x, 2)))
    shape = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    center = np.array(around_mm) + away
    return Plane(center, turn[:, right], -turn[:, down], spacing_mm, shape)


def voxels(shape: tuple[int, ...], dtype: DTypeLike) -> st.SearchStrategy[NDArray[Any]]:
    """Finite values of one type."""
    kind = np.dtype(dtype)
    numbers = (
        st.floats(-1000, 1000, width=32)
        if kind.kind == "f"
        else st_numpy.from_dtype(kind)
    )
    return st_numpy.arrays(kind, shape, elements=numbers)


@st.composite
def volumes(
    draw: st.DrawFn,
    dtypes: tuple[str, ...] = STORED_DTYPES,
    max_size: int = 6,
    max_frames: int = 3,
) -> Volume:
    """3D images and short 4D ones."""
    grid = draw(grids(max_size))
    frames = draw(st.integers(1, max_frames))
    shape = (*grid.shape, frames) if frames > 1 else grid.shape
    return Volume(draw(voxels(shape, draw(st.sampled_from(dtypes)))), grid)


@st.composite
def masks(draw: st.DrawFn, max_size: int = 8) -> Mask:
    """Regions, the empty and the full one included."""
    grid = draw(grids(max_size))
    return Mask(draw(st_numpy.arrays(np.bool_, grid.shape)), grid)


def identifiers() -> st.SearchStrategy[str]:
    """Names of subjects, studies and tags that are allowed."""
    return st.text(
        alphabet=st.sampled_from("abcXYZ019_-.äßÉ李é"), min_size=1, max_size=20
    ).filter(lambda text: text not in {".", ".."})


@st.composite
def relative_names(draw: st.DrawFn) -> str:
    """Names of files inside a study, in up to three folders, that are allowed."""
    word = st.text(alphabet="abcxyz019_-", min_size=1, max_size=12)
    folders = draw(st.lists(word, max_size=2))
    ending = draw(st.sampled_from((".nii.gz", ".nii", ".json", ".mgz", "")))
    name = "/".join([*folders, draw(word) + ending])
    reserved = {"con", "prn", "aux", "nul"}
    return (
        name if not reserved & set(name.split("/")) else f"x{name.replace('/', '/x')}"
    )


def hostile_names() -> st.SearchStrategy[str]:
    """Names that try to leave their folder or to trick the eye or the disk."""
    return st.sampled_from(
        (
            "../secret",
            "a/../../b",
            "/etc/passwd",
            "a\\..\\b",
            "nul\x00byte",
            "x" * 300,
            "right\u202eexe.iin",
            "😀" * 60,
            " blank",
            "dot.",
            "con.nii",
            "c:/x",
            "",
            "a//b",
            "./a",
        )
    )
