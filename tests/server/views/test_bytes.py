"""Pictures and masks of strangers: checked to the last byte, without a decoder."""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import ImageFileError
from nora_server.security.masks import check_mask, check_masks
from nora_server.security.pictures import clean_png
from tests.server.views.conftest import chunk, mask, png


def test_a_picture_keeps_its_pixels_and_nothing_else() -> None:
    assert clean_png(png(text="Comment\0a patient") + b"tail") == png()


@given(st.integers(0, len(png()) - 1), st.integers(1, 255))
def test_a_picture_with_one_wrong_byte_is_refused(place: int, change: int) -> None:
    broken = bytearray(png())
    broken[place] ^= change

    with pytest.raises(ImageFileError):
        clean_png(bytes(broken))


@pytest.mark.parametrize("header", [(9999, 2, 8, 0), (3, 2, 16, 0), (3, 2, 8, 5)])
def test_a_picture_of_another_kind_is_refused(header: tuple[int, ...]) -> None:
    other = struct.pack(">IIBBBBB", *header, 0, 0, 0)
    content = png().replace(png()[8:33], chunk(b"IHDR", other))

    with pytest.raises(ImageFileError):
        clean_png(content)


def test_a_picture_that_unpacks_to_more_than_it_says_is_refused() -> None:
    bomb = chunk(b"IDAT", zlib.compress(bytes(10**7)))
    content = png()[:33] + bomb + chunk(b"IEND", b"")

    with pytest.raises(ImageFileError, match="more or fewer"):
        clean_png(content)


def test_bytes_hidden_behind_the_pixels_are_refused() -> None:
    pixels = zlib.compress(bytes(2 * (1 + 3))) + b"a patient's name"
    content = png()[:33] + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")

    with pytest.raises(ImageFileError, match="more or fewer"):
        clean_png(content)


def test_a_part_that_stands_twice_in_a_picture_is_refused() -> None:
    content = png()[:33] + 2 * chunk(b"PLTE", b"a patient's name") + png()[33:]

    with pytest.raises(ImageFileError, match="repeated"):
        clean_png(content)


def test_a_mask_is_let_through() -> None:
    check_mask("a.nii.gz", mask(20))


def typed(kind: int, bits: int) -> bytes:
    """Return a mask whose header names another type than its voxels have."""
    content = bytearray(gzip.decompress(mask(8)))
    struct.pack_into("<2h", content, 70, kind, bits)
    return gzip.compress(bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        mask() + gzip.compress(bytes(1000)),
        typed(64, 1),
        typed(1, 1),
        mask()[:-9],
        gzip.compress(b"too short"),
        gzip.compress(gzip.decompress(mask())[:-1]),
        gzip.compress(bytes(400)),
    ],
)
def test_what_is_no_whole_mask_is_refused(content: bytes) -> None:
    with pytest.raises(ImageFileError, match="save it again"):
        check_mask("a.nii.gz", content)


def test_a_mask_that_unpacks_without_end_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nora_server.security.masks.MAX_UNPACKED_BYTES", 10**6)

    with pytest.raises(ImageFileError, match="larger than"):
        check_masks([("a.nii.gz", gzip.compress(bytes(10**7)))])


def test_masks_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nora_server.security.masks.MAX_UNPACKED_BYTES", 10_000)
    check_masks([("a.nii.gz", mask(20))])

    with pytest.raises(ImageFileError, match="the masks are larger"):
        check_masks([("a.nii.gz", mask(20)), ("b.nii.gz", mask(20))])
