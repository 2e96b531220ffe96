"""DICOM: slices become volumes; the only place that knows LPS and patients."""

from nora_core.dicom.header import SeriesHeader
from nora_core.dicom.series import FoundSeries, Series, SkippedSeries, find_series

__all__ = ["FoundSeries", "Series", "SeriesHeader", "SkippedSeries", "find_series"]
