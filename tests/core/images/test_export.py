"""Another affine without touching voxels, another grid, and headers in words."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import BadInput, ImageFileError
from nora_core.geometry.grid import Grid
from nora_core.images import Components, ImageHeader, Volume, read_volume, write_volume
from nora_core.images.export import burn_affine, reformat
from nora_core.images.header_text import description_line, header_lines
from tests.strategies import affines, grids, volumes

SHAPE = (5, 4, 3)
VOXELS = np.arange(60, dtype=np.int16).reshape(SHAPE)
THERE = np.array(
    [[-0.9, 0.3, 0.6, 12], [0.4, 0.8, 0.9, -30], [0.1, -0.5, 2.4, 8], [0, 0, 0, 1]]
)


def scaled_file(path, kind=nib.Nifti1Image, endian="<"):
    """Write stored integers with a scaling, an extension and a unit of time."""
    header = kind.header_class(endianness=endian)
    image = kind(VOXELS, np.diag([2.0, 2, 3, 1]), header)
    image.header.set_xyzt_units("micron", "msec")
    image.header.set_slope_inter(0.5, -7)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"kept"))
    image.header["descrip"] = b"made by a test"
    nib.save(image, path)
    return path


def content(path):
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("endings", [(".nii", ".nii.gz"), (".nii.gz", ".nii")])
def test_a_burnt_affine_changes_nothing_else_in_the_file(
    tmp_path, kind, endian, endings
):
    source = scaled_file(tmp_path / f"a{endings[0]}", kind, endian)
    target = tmp_path / f"b{endings[1]}"

    burn_affine(source, target, THERE)

    size = kind.header_class.sizeof_hdr
    assert content(target)[size:] == content(source)[size:]
    old, new = (kind.header_class(content(path)[:size]) for path in (source, target))
    moved = {"srow_x", "srow_y", "srow_z", "sform_code", "qform_code", "pixdim"}
    for name in set(old) - moved - {"xyzt_units"}:
        np.testing.assert_array_equal(old[name], new[name])
    assert new.get_xyzt_units() == ("mm", "msec")
    for affine in (nib.load(target).affine, read_volume(target).grid.affine):
        np.testing.assert_allclose(affine, THERE, atol=1e-5)


@given(volume=volumes(), affine=affines())
def test_voxels_survive_a_burnt_affine(tmp_path_factory, volume, affine):
    folder = tmp_path_factory.mktemp("burn")
    write_volume(folder / "a.nii", volume)

    burn_affine(folder / "a.nii", folder / "b.nii", affine)

    back = read_volume(folder / "b.nii")
    np.testing.assert_array_equal(back.data, volume.data)
    assert back.grid.is_close(Grid(volume.grid.shape, affine))


def test_an_image_of_another_format_becomes_nifti_with_its_voxels(tmp_path):
    write_volume(tmp_path / "a.nrrd", Volume(VOXELS, Grid(SHAPE, np.eye(4))))

    burn_affine(tmp_path / "a.nrrd", tmp_path / "b.nii.gz", THERE)

    back = read_volume(tmp_path / "b.nii.gz")
    assert back.dtype == VOXELS.dtype
    np.testing.assert_array_equal(back.data, VOXELS)
    np.testing.assert_allclose(back.grid.affine, THERE, atol=1e-5)


def test_what_cannot_be_burnt_is_named_and_writes_nothing(tmp_path):
    source, target = scaled_file(tmp_path / "a.nii"), tmp_path / "b.nii"

    with pytest.raises(ImageFileError, match=r"b\.nrrd.*\.nii"):
        burn_affine(source, tmp_path / "b.nrrd", THERE)
    with pytest.raises(BadInput, match="singular"):
        burn_affine(source, target, np.diag([1.0, 1, 0, 1]))
    source.write_bytes(source.read_bytes()[:-9])
    with pytest.raises(ImageFileError, match=r"a\.nii.*truncated"):
        burn_affine(source, target, THERE)
    assert not target.exists()


@given(volume=volumes(), code=st.sampled_from(("RAS", "LPI", "SLA")))
def test_an_image_cut_on_its_own_turned_grid_keeps_its_values(volume, code):
    turned = volume.turned_to(code)

    for is_nearest in (True, False):
        cut = reformat(volume, turned.grid, is_nearest=is_nearest)
        np.testing.assert_allclose(cut.data, turned.data, rtol=1e-4, atol=1e-2)


@given(volume=volumes(), onto=grids())
def test_a_mask_cut_elsewhere_has_no_new_values(volume, onto):
    cut = reformat(volume, onto, is_nearest=True)

    assert (cut.grid, cut.data.dtype) == (onto, volume.dtype)
    assert set(np.unique(cut.data)) <= {0, *np.unique(volume.data)}


def test_colors_stay_colors_when_cut():
    data = np.full((*SHAPE, 3), 200, np.uint8)
    header = ImageHeader(components=Components.COLORS)
    onto = Grid((4, 4, 2), np.diag([0.7, 0.7, 0.7, 1]))

    cut = reformat(Volume(data, Grid(SHAPE, np.eye(4)), header), onto)

    assert cut.header.components is Components.COLORS
    assert cut.dtype == np.uint8
    assert np.unique(cut.data).tolist() == [200]


def test_a_header_in_words_says_place_and_scaling_but_no_free_text(tmp_path):
    path = scaled_file(tmp_path / "a.nii.gz")
    lines = {line.name: line for line in header_lines(path)}

    assert lines["Size"].value == "5 × 4 × 3"
    assert (lines["Voxel size"].value, lines["Voxel size"].unit) == (
        "0.002 × 0.002 × 0.003",
        "mm",
    )
    assert lines["Slope"].value == "0.5"
    assert lines["sform code"].value == "2 (aligned to another image)"
    assert "made by a test" not in str(lines)
    assert description_line(read_volume(path)).value == "made by a test"
