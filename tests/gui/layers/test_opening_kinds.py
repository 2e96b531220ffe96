"""Each kind of file becomes a layer whose place is what other packages say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import nrrd
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Layer, Surface
from nibabel.streamlines import Tractogram

from napari_nora.opening.placed import placed_of, shown_affine_of
from napari_nora.opening.plan import plan_file
from napari_nora.opening.show import show_plan
from napari_nora.readers import read_file, reader_of
from nora_core.errors import ImageFileError
from nora_core.geometry.grid import Grid
from nora_core.geometry.orientation import turn_to
from nora_core.images import Components, Volume, write_volume
from tests.core.dicom.make_dicom import SeriesToMake

AFFINE = np.array(
    [[-0.9, 0.3, 0.6, 12], [0.4, 0.8, 0.9, -30], [0.1, -0.5, 2.4, 8], [0, 0, 0, 1]]
)
SHAPE = (6, 5, 4)
RAMP = np.linspace(-500, 900, 120).reshape(SHAPE)


def opened(path: Path) -> Any:
    """Return the layer that napari makes of a file."""
    ((data, options, kind),) = read_file(str(path))
    return Layer.create(data, options, kind)


def check_place(layer: Any, affine: np.ndarray, shape: tuple[int, ...]) -> None:
    """Compare with the file's affine: a layer's axes may be turned and flipped."""
    turned, _ = turn_to(affine, shape[:3], "RAS")
    assert np.allclose(shown_affine_of(layer), turned, atol=1e-5)
    zooms = np.sqrt((turned[:3, :3] ** 2).sum(axis=0))
    assert np.allclose(layer.scale[-3:], zooms, rtol=1e-5)
    assert np.allclose(placed_of(layer).grid.affine, affine, atol=1e-5)


@pytest.mark.parametrize("dtype", ["u1", "i2", ">i2", "u2", "i4", "f4", ">f4", "f8"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_nifti(tmp_path: Path, dtype: str, ending: str) -> None:
    image = nib.Nifti1Image(np.abs(RAMP).astype(dtype), AFFINE)
    nib.save(image, tmp_path / f"a{ending}")

    layer = opened(tmp_path / f"a{ending}")

    check_place(layer, nib.load(tmp_path / f"a{ending}").affine, SHAPE)
    assert layer.data.dtype == np.dtype(dtype).newbyteorder("=")


@pytest.mark.parametrize("ending", [".mgh", ".mgz"])
def test_mgh(tmp_path: Path, ending: str) -> None:
    nib.save(nib.MGHImage(RAMP.astype("f4"), AFFINE), tmp_path / f"a{ending}")

    check_place(
        opened(tmp_path / f"a{ending}"), nib.load(tmp_path / f"a{ending}").affine, SHAPE
    )


def test_nrrd(tmp_path: Path) -> None:
    header = {
        "space": "left-posterior-superior",
        "space directions": (AFFINE[:3, :3] * [[-1], [-1], [1]]).T,
        "space origin": AFFINE[:3, 3] * [-1, -1, 1],
    }
    nrrd.write(str(tmp_path / "a.nrrd"), RAMP, header)

    check_place(opened(tmp_path / "a.nrrd"), AFFINE, SHAPE)


def test_a_folder_of_dicom_slices(tmp_path: Path) -> None:
    turn = np.linalg.qr(AFFINE[:3, :3])[0]
    turn *= np.linalg.det(turn)  # no mirror
    affine = np.eye(4)
    affine[:3] = np.column_stack([turn * (0.7, 0.8, 2.5), AFFINE[:3, 3]])
    SeriesToMake(RAMP.astype("i2"), affine).write(tmp_path / "ct")

    layer = opened(tmp_path / "ct")

    assert isinstance(layer, Image)
    check_place(layer, affine, SHAPE)
    assert reader_of(str(tmp_path / "ct")) is read_file
    assert reader_of(str(tmp_path)) is None


def test_a_gifti_surface(tmp_path: Path) -> None:
    corners = np.array([[0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 4]], np.float32)
    faces = np.array([[0, 1, 2], [0, 1, 3]], np.int32)
    arrays = [
        nib.gifti.GiftiDataArray(corners, intent="NIFTI_INTENT_POINTSET"),
        nib.gifti.GiftiDataArray(faces, intent="NIFTI_INTENT_TRIANGLE"),
    ]
    nib.save(nib.gifti.GiftiImage(darrays=arrays), tmp_path / "a.surf.gii")

    layer = opened(tmp_path / "a.surf.gii")

    assert isinstance(layer, Surface)
    assert np.array_equal(layer.data[0], corners)


def test_one_slice(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(RAMP[:, :, 0], AFFINE), tmp_path / "a.nii")

    layer = opened(tmp_path / "a.nii")

    check_place(layer, AFFINE, (6, 5, 1))
    assert layer.data.size == 30


def test_a_time_series_gets_a_slider(tmp_path: Path) -> None:
    frames = np.stack([RAMP, RAMP + 1], axis=3)
    nib.save(nib.Nifti1Image(frames, AFFINE), tmp_path / "a.nii")

    layer, viewer = opened(tmp_path / "a.nii"), ViewerModel()
    viewer.add_layer(layer)

    check_place(layer, AFFINE, SHAPE)
    assert viewer.dims.ndim == 4
    assert viewer.dims.nsteps[0] == 2


def test_colors(tmp_path: Path) -> None:
    dtype = np.dtype([(name, "u1") for name in "RGB"])
    colors = np.arange(360, dtype=np.uint8).reshape(*SHAPE, 3)
    nib.save(nib.Nifti1Image(colors.view(dtype)[..., 0], AFFINE), tmp_path / "a.nii")

    layer = opened(tmp_path / "a.nii")

    check_place(layer, AFFINE, SHAPE)
    assert layer.rgb
    assert placed_of(layer).components is Components.COLORS
    voxel = layer.world_to_data(AFFINE[:3] @ (4, 3, 2, 1))
    assert np.array_equal(
        layer.data[tuple(np.round(voxel).astype(int))], colors[4, 3, 2]
    )


@pytest.mark.parametrize("intent", [1006, 1007])
def test_vectors_of_the_standard(tmp_path: Path, intent: int) -> None:
    image = nib.Nifti1Image(np.stack([RAMP] * 3, axis=3)[:, :, :, None], AFFINE)
    image.header.set_intent(intent)
    nib.save(image, tmp_path / "a.nii")

    layer = opened(tmp_path / "a.nii")

    check_place(layer, AFFINE, SHAPE)
    assert placed_of(layer).components is Components.VECTORS
    assert layer.data.shape[0] == 3


@pytest.mark.parametrize(
    ("lowest", "components"),
    [(-1.0, Components.VECTORS), (0.0, Components.DIRECTION_COLORS), (-9.0, None)],
)
def test_directions_are_known_by_their_length(
    tmp_path: Path, lowest: float, components: Components | None
) -> None:
    values = np.zeros((*SHAPE, 3), np.float32)
    values[..., 0] = np.linspace(lowest, 1, 120).reshape(SHAPE)
    nib.save(nib.Nifti1Image(values, AFFINE), tmp_path / "V1.nii")

    assert placed_of(opened(tmp_path / "V1.nii")).components is components


def test_complex_voxels_are_shown_by_their_size(tmp_path: Path) -> None:
    values = np.full(SHAPE, 3 + 4j, dtype=np.complex64)
    nib.save(nib.Nifti1Image(values, AFFINE), tmp_path / "a.nii")

    layer = opened(tmp_path / "a.nii")

    assert layer.data.dtype == np.float32
    assert np.unique(layer.data) == [5.0]


@pytest.mark.parametrize(
    ("dtype", "values", "labels"),
    [
        ("u1", [0, 1, 7], [0, 1, 7]),
        ("f4", [0, 1, 300], [0, 1, 300]),
        ("f4", [0, 0.2, 1], [0, 1]),
        ("f4", [0, np.nan, 2], [0, 2]),
        ("i2", [0, 5, 900], [0, 5, 900]),
    ],
)
def test_masks_and_atlases_can_be_painted_on(
    tmp_path: Path, dtype: str, values: list[float], labels: list[int]
) -> None:
    data = np.resize(np.array(values, dtype=dtype), SHAPE)
    write_volume(tmp_path / "a.nii.gz", Volume(data, Grid(SHAPE, AFFINE)))
    plan = plan_file(tmp_path / "a.nii.gz", name="a", tags=("mask",))
    layer = show_plan(ViewerModel(), plan)
    assert sorted(np.unique(plan.data)) == labels

    layer.paint((1, 1, 1), 9)

    assert plan.data[1, 1, 1] == 9


@pytest.mark.parametrize("ending", ["tck", "trk"])
def test_fibers_are_recognized_and_named(tmp_path: Path, ending: str) -> None:
    lines = Tractogram([RAMP[0, :, :3]], affine_to_rasmm=np.eye(4))
    nib.streamlines.save(lines, str(tmp_path / f"cst.{ending}"))

    with pytest.raises(ImageFileError, match=r"cst: holds fibers.*not show yet"):
        read_file(str(tmp_path / f"cst.{ending}"))
