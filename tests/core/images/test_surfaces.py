"""Meshes are read; tract files are recognized."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from nibabel.gifti import GiftiDataArray, GiftiImage
from nibabel.streamlines import Tractogram

from nora_core.errors import ImageFileError
from nora_core.images import read_surface
from nora_core.images.formats.streamlines import read_streamlines_header

CORNERS = np.array([[0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 4]], np.float32)
TRIANGLES = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]], np.int32)
STL = np.dtype([("n", "<f4", (3,)), ("v", "<f4", (3, 3)), ("a", "<u2")])


def gifti(path, **kwargs):
    points = GiftiDataArray(CORNERS, intent="NIFTI_INTENT_POINTSET", **kwargs)
    faces = GiftiDataArray(TRIANGLES, intent="NIFTI_INTENT_TRIANGLE", **kwargs)
    nib.save(GiftiImage(darrays=[points, faces]), path)
    return path


def binary_stl(path, header=b"made by a test"):
    records = np.zeros(4, STL)
    records["v"] = CORNERS[TRIANGLES]
    count = len(records).to_bytes(4, "little")
    path.write_bytes(header.ljust(80, b" ") + count + records.tobytes())
    return path


def text_stl(path):
    lines = ["solid liver"]
    for triangle in TRIANGLES:
        lines += ["facet normal 0 0 0", "outer loop"]
        lines += ["vertex {} {} {}".format(*CORNERS[n]) for n in triangle]
        lines += ["endloop", "endfacet"]
    path.write_text("\n".join([*lines, "endsolid liver"]))
    return path


@pytest.mark.parametrize("encoding", ["GIFTI_ENCODING_ASCII", "GIFTI_ENCODING_B64GZ"])
def test_a_gifti_surface_is_read(tmp_path, encoding):
    surface = read_surface(gifti(tmp_path / "a.surf.gii", encoding=encoding))

    np.testing.assert_array_equal(surface.vertices_mm, CORNERS)
    np.testing.assert_array_equal(surface.triangles, TRIANGLES)


@pytest.mark.parametrize("write", [binary_stl, text_stl])
def test_an_stl_surface_is_read_with_shared_corners(tmp_path, write):
    surface = read_surface(write(tmp_path / "a.stl"))

    assert surface.vertices_mm.shape == (4, 3)
    np.testing.assert_array_equal(
        surface.vertices_mm[surface.triangles], CORNERS[TRIANGLES]
    )


def test_an_stl_surface_in_lps_becomes_ras(tmp_path):
    surface = read_surface(binary_stl(tmp_path / "a.stl", b"3D Slicer SPACE=LPS"))

    np.testing.assert_array_equal(
        surface.vertices_mm[surface.triangles], CORNERS[TRIANGLES] * (-1, -1, 1)
    )


@pytest.mark.parametrize("write", [gifti, binary_stl, text_stl])
def test_truncated_surfaces_raise_image_file_errors(tmp_path, write):
    path = write(tmp_path / ("a.gii" if write is gifti else "a.stl"))
    content = path.read_bytes()

    for length in range(0, len(content) - 12, 37):
        path.write_bytes(content[:length])
        with pytest.raises(ImageFileError, match=path.name):
            read_surface(path)


def test_values_on_a_surface_are_no_surface(tmp_path):
    values = GiftiDataArray(CORNERS[:, 0], intent="NIFTI_INTENT_SHAPE")
    nib.save(GiftiImage(darrays=[values]), tmp_path / "a.gii")

    with pytest.raises(ImageFileError, match="holds no surface"):
        read_surface(tmp_path / "a.gii")


def test_a_surface_with_missing_corners_is_named(tmp_path):
    points = GiftiDataArray(CORNERS[:2], intent="NIFTI_INTENT_POINTSET")
    faces = GiftiDataArray(TRIANGLES, intent="NIFTI_INTENT_TRIANGLE")
    nib.save(GiftiImage(darrays=[points, faces]), tmp_path / "a.gii")

    with pytest.raises(ImageFileError, match="names vertex 3"):
        read_surface(tmp_path / "a.gii")


def test_unknown_endings_are_named(tmp_path):
    with pytest.raises(ImageFileError, match=r"known: \.gii"):
        read_surface(tmp_path / "a.obj")


@pytest.mark.parametrize("ending", ["tck", "trk"])
def test_tract_files_tell_their_count(tmp_path, ending):
    lines = [CORNERS, CORNERS[:2], CORNERS[1:]]
    path = tmp_path / f"a.{ending}"
    nib.streamlines.save(Tractogram(lines, affine_to_rasmm=np.eye(4)), str(path))

    header = read_streamlines_header(path)

    assert (header.format, header.count) == (ending, 3)


@pytest.mark.parametrize("content", [b"", b"TRACK\0" + b"x" * 90, b"mrtrix tracks\nco"])
def test_what_is_no_tract_file_is_named(tmp_path, content):
    path = tmp_path / "a.trk"
    path.write_bytes(content)

    with pytest.raises(ImageFileError, match=r"a\.trk"):
        read_streamlines_header(path)
