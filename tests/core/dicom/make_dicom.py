"""Write small DICOM series for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from nora_core.geometry.affine import lps_to_ras


@dataclass
class SeriesToMake:
    """Slices of ``voxels`` (i, j, k) on a RAS+ ``affine``, one file each."""

    voxels: np.ndarray
    affine: np.ndarray
    slope: float = 1.0
    intercept: float = 0.0
    series_uid: str = field(default_factory=generate_uid)
    elements: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path, first_number: int = 1) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for k in range(self.voxels.shape[2]):
            path = folder / f"{first_number + k:04}.dcm"
            self.slice(k, first_number + k).save_as(path, enforce_file_format=True)
            paths.append(path)
        return paths

    def slice(self, k: int, number: int) -> Dataset:
        lps = lps_to_ras(self.affine)
        zooms = np.linalg.norm(lps[:3, :3], axis=0)
        cosines = lps[:3, :3] / zooms
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = generate_uid()
        dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.SeriesInstanceUID = self.series_uid
        dataset.SeriesNumber = 7
        dataset.SeriesDescription = "phantom"
        dataset.StudyDate = "20240229"
        dataset.Modality = "CT"
        dataset.PatientID = "P1"
        dataset.InstanceNumber = number
        dataset.ImageOrientationPatient = _text([*cosines[:, 0], *cosines[:, 1]])
        dataset.ImagePositionPatient = _text(lps[:3, :3] @ (0, 0, k) + lps[:3, 3])
        dataset.PixelSpacing = _text([zooms[1], zooms[0]])
        dataset.SliceThickness = _text([zooms[2]])[0]
        dataset.RescaleSlope, dataset.RescaleIntercept = self.slope, self.intercept
        _put_pixels(dataset, self.voxels[:, :, k].T)
        for keyword, value in self.elements.items():
            setattr(dataset, keyword, value)
        return dataset


def _put_pixels(dataset: Dataset, picture: np.ndarray) -> None:
    bits = picture.dtype.itemsize * 8
    dataset.Rows, dataset.Columns = picture.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(picture.dtype.kind == "i")
    dataset.PixelData = np.ascontiguousarray(picture).tobytes()


def _text(numbers: Any) -> list[str]:
    """DICOM's decimal strings have 16 characters."""
    return [pydicom.valuerep.format_number_as_ds(float(n)) for n in numbers]
