"""What a DICOM series says about itself, as far as an archive needs it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True)
class SeriesHeader:
    """Who and what a series shows, in the words of DICOM.

    Empty text, ``None`` and 0 stand for elements that are missing or cannot be read.
    """

    series_instance_uid: str = ""
    study_instance_uid: str = ""
    series_number: int | None = None
    series_description: str = ""
    study_description: str = ""
    modality: str = ""
    study_date: date | None = None
    patient_id: str = ""
    patient_name: str = ""
    repetition_time_ms: float | None = None

    @property
    def title(self) -> str:
        """Number and description, without anything about the patient."""
        number = "?" if self.series_number is None else self.series_number
        return f"series {number} ({self.series_description or 'without description'})"


def series_header(dataset: Dataset) -> SeriesHeader:
    """Take what is known of a series from one of its instances."""
    return SeriesHeader(
        series_instance_uid=text_of(dataset, "SeriesInstanceUID"),
        study_instance_uid=text_of(dataset, "StudyInstanceUID"),
        series_number=_integer_of(dataset, "SeriesNumber"),
        series_description=text_of(dataset, "SeriesDescription"),
        study_description=text_of(dataset, "StudyDescription"),
        modality=text_of(dataset, "Modality"),
        study_date=_date_of(text_of(dataset, "StudyDate")),
        patient_id=text_of(dataset, "PatientID"),
        patient_name=text_of(dataset, "PatientName"),
        repetition_time_ms=number_of(dataset, "RepetitionTime"),
    )


def text_of(dataset: Dataset, keyword: str) -> str:
    """Return an element as text; empty where it is missing or malformed."""
    try:
        value = dataset.get(keyword)
    except (
        ArithmeticError,
        ValueError,
        TypeError,
    ):  # pydicom converts values when they are looked at
        return ""
    return "" if value is None else str(value).strip()


def number_of(dataset: Dataset, keyword: str) -> float | None:
    """Return an element as a number; ``None`` where it is missing or no number."""
    try:
        number = float(text_of(dataset, keyword))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _integer_of(dataset: Dataset, keyword: str) -> int | None:
    number = number_of(dataset, keyword)
    return None if number is None else int(number)


def _date_of(text: str) -> date | None:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        return None
