"""Images with several values per voxel that are no time series: colors, vectors."""

from __future__ import annotations

import nibabel as nib
import nrrd
import numpy as np
import pytest

from nora_core.errors import ImageFileError
from nora_core.geometry.grid import Grid
from nora_core.images import (
    Components,
    ImageHeader,
    Volume,
    read_volume,
    write_volume,
)

OBLIQUE = np.array(
    [[-0.9, 0.3, 0.6, 12], [0.4, 0.8, 0.9, -30], [0.1, -0.5, 2.4, 8], [0, 0, 0, 1]]
)
SHAPE = (5, 4, 3)
COLORS = np.arange(5 * 4 * 3 * 4, dtype=np.uint8).reshape(*SHAPE, 4)
VECTORS = np.linspace(-1, 1, 5 * 4 * 3 * 3, dtype=np.float32).reshape(*SHAPE, 3)


def color_file(path, channels, ending):
    """Write colors with the reference package of a format."""
    if ending == ".nrrd":
        axes = np.vstack([np.full(3, np.nan), OBLIQUE[:3, :3].T])
        header = {"space": "RAS", "space directions": axes, "encoding": "gzip"}
        header |= {"kinds": [f"{'RGBA'[:channels]}-color", *["domain"] * 3]}
        data = np.moveaxis(COLORS[..., :channels], 3, 0)
        nrrd.write(str(path), data, {**header, "space origin": OBLIQUE[:3, 3]})
        return
    dtype = np.dtype([(name, "u1") for name in "RGBA"[:channels]])
    packed = np.ascontiguousarray(COLORS[..., :channels]).view(dtype)[..., 0]
    nib.save(nib.Nifti1Image(packed, OBLIQUE), path)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd"])
@pytest.mark.parametrize("channels", [3, 4])
def test_colors_are_read_and_survive_a_copy(tmp_path, ending, channels):
    color_file(tmp_path / f"a{ending}", channels, ending)

    write_volume(tmp_path / f"b{ending}", read_volume(tmp_path / f"a{ending}"))

    for name in "ab":
        volume = read_volume(tmp_path / f"{name}{ending}")
        assert volume.header.components is Components.COLORS
        np.testing.assert_array_equal(volume.data, COLORS[..., :channels])
        np.testing.assert_allclose(volume.grid.affine, OBLIQUE, atol=1e-5)


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd"])
def test_vectors_are_told_from_time_series_after_a_copy_too(tmp_path, ending):
    header = ImageHeader(components=Components.VECTORS)
    path = tmp_path / f"a{ending}"

    write_volume(path, Volume(VECTORS, Grid(SHAPE, OBLIQUE), header))

    volume = read_volume(path)
    assert volume.header.components is Components.VECTORS
    np.testing.assert_array_equal(volume.data, VECTORS)


def test_vectors_of_the_standard_have_five_axes(tmp_path):
    image = nib.Nifti1Image(VECTORS[..., None, :], OBLIQUE)
    image.header.set_intent(1007)
    nib.save(image, tmp_path / "a.nii")

    volume = read_volume(tmp_path / "a.nii")

    assert volume.header.components is Components.VECTORS
    np.testing.assert_array_equal(volume.data, VECTORS)


def test_three_frames_are_a_time_series_where_the_file_says_nothing(tmp_path):
    nib.save(nib.Nifti1Image(VECTORS, OBLIQUE), tmp_path / "a.nii")

    assert read_volume(tmp_path / "a.nii").header.components is None


def test_a_film_in_color_is_refused(tmp_path):
    film = np.zeros((2, 3, 4, 5), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(film, np.eye(4)), tmp_path / "a.nii")

    with pytest.raises(ImageFileError, match="5 frames in color"):
        read_volume(tmp_path / "a.nii")
