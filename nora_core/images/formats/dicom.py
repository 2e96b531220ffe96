"""A folder of DICOM slices as one image."""

from __future__ import annotations

from pathlib import Path

from nora_core.images.formats.raw import naming
from nora_core.images.volume import Volume


def read_dicom(path: Path) -> Volume:
    """Open a folder of slices, or one file; voxels are decoded when asked for.

    Raises
    ------
    ImageFileError
        No volume or several, gaps, or a coding that no installed package decodes.
    """
    # the one import against the layers: dicom/ makes volumes, here they are opened
    from nora_core.dicom.series import read_series_volume

    with naming(path):
        return read_series_volume(path)
