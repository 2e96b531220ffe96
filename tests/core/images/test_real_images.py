"""Real images of many programs: nibabel's own files, and a data folder if present."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nora_core.errors import ImageFileError
from nora_core.images import (
    Components,
    kind_of,
    read_surface,
    read_volume,
    write_volume,
)
from nora_core.images.formats.streamlines import read_streamlines_header
from tests.data.folder import data_folder

PACKAGED = Path(nib.__file__).parent / "tests" / "data"


def check_like_nibabel(path):
    reference, volume = nib.load(path), read_volume(path)
    values = np.asarray(reference.dataobj).reshape(volume.shape)

    np.testing.assert_allclose(volume.grid.affine, reference.affine, atol=1e-4)
    np.testing.assert_allclose(
        volume.data, values, rtol=1e-5, atol=1e-5 * np.nanmax(np.abs(values))
    )


@pytest.mark.parametrize(
    "name",
    [
        "anatomical.nii",
        "example4d.nii.gz",
        "example_nifti2.nii.gz",
        "functional.nii",
        "reoriented_anat_moved.nii",
        "resampled_anat_moved.nii",
        "standard.nii.gz",
        "test.mgz",
    ],
)
def test_packaged_images_hold_what_nibabel_finds(name):
    check_like_nibabel(PACKAGED / name)


@pytest.mark.parametrize("name", ["standard.trk", "standard.LPS.trk", "standard.tck"])
def test_packaged_tracts_are_recognized(name):
    assert kind_of(PACKAGED / name) == "streamlines"
    assert read_streamlines_header(PACKAGED / name).count == 120


@pytest.mark.parametrize(
    "name",
    [
        "dwi/small_101D.nii.gz",
        "fs/wm.mgz",
        "orient/IRP.nii.gz",
        "other/FA.nii.gz",
        "other/V1.nii.gz",
        "other/complex.nii.gz",
        "template/ch2bet.nii.gz",
    ],
)
def test_images_of_many_programs_hold_what_nibabel_finds(name):
    check_like_nibabel(data_folder("nifti", *name.split("/")))


def test_one_head_in_many_orientations_is_one_head_in_space():
    heads = [read_volume(path) for path in data_folder("nifti", "orient").glob("*.gz")]

    first = heads[0].turned_to("RAS")
    for head in heads[1:]:
        turned = head.turned_to("RAS")
        assert turned.grid.is_close(first.grid, tolerance_mm=0.5)
        difference = np.abs(turned.data - first.data)
        assert np.median(difference) < 0.02 * np.ptp(first.data)


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mgz"])
def test_a_slicer_image_passes_through_every_format(tmp_path, ending):
    volume = read_volume(data_folder("nifti", "other", "FLAIR.nrrd"))

    write_volume(tmp_path / f"a{ending}", volume)
    back = read_volume(tmp_path / f"a{ending}")

    assert back.grid.is_close(volume.grid)
    np.testing.assert_array_equal(back.data, volume.data)


def test_a_map_in_color_holds_what_nibabel_finds():
    path = data_folder("nifti", "other", "ct_perfusion.nii.gz")
    colors = np.asanyarray(nib.load(path).dataobj)

    volume = read_volume(path)

    assert volume.header.components is Components.COLORS
    for n, name in enumerate("RGB"):
        np.testing.assert_array_equal(volume.data[..., n], colors[name])


def test_surface_data_is_refused():
    name = "fs_LR.32k.LR.curvature.dscalar.nii"
    with pytest.raises(ImageFileError, match="CIFTI"):
        read_volume(data_folder("nifti", "surf", name))


@pytest.mark.parametrize(
    ("name", "vertices"),
    [
        ("fsaverage5_pial_left.gii.gz", 10242),
        ("ColumnMajorOrder.gii", 5124),
        ("fs_LR.32k.L.inflated.surf.gii", 32492),
    ],
)
def test_surfaces_of_many_programs_are_read(name, vertices):
    surface = read_surface(data_folder("nifti", "surf", name))

    assert len(surface.vertices_mm) == vertices
