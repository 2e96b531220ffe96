"""What the demo holds, as written in ``studies.toml`` and ``presets.toml``."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from nora_core.wire.archive import NewStudy
from nora_core.wire.names import Identifier, RelativeName, Tag
from nora_core.wire.preset import PresetContent, PresetMark

HERE = Path(__file__).parent
DATA = HERE / "data"


class DemoFile(BaseModel):
    """A shipped file and its name in its study."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(alias="from")
    """Below :data:`DATA`."""
    to: RelativeName
    tags: tuple[Tag, ...] = ()

    @property
    def path(self) -> Path:
        """Where the file lies in the installed program."""
        return DATA / self.source


class DemoSeries(BaseModel):
    """A shipped DICOM series, kept as found and converted to one image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(alias="from")
    """A folder below :data:`DATA`."""
    to: RelativeName
    image: RelativeName

    @property
    def path(self) -> Path:
        """The folder of the series in the installed program."""
        return DATA / self.source

    @property
    def files(self) -> tuple[DemoFile, ...]:
        """The DICOM files, as files of the study."""
        return tuple(
            DemoFile.model_validate(
                {"from": f"{self.source}/{path.name}", "to": f"{self.to}/{path.name}"}
            )
            for path in sorted(self.path.glob("*.dcm"))
        )


class DemoStudy(BaseModel):
    """One study of the demo; its person is invented."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patients_id: Identifier
    name: str
    studies_id: Identifier
    date: date
    description: str
    modality: str
    subject_tags: tuple[Tag, ...] = ()
    study_tags: tuple[Tag, ...] = ()
    files: tuple[DemoFile, ...] = ()
    dicom: tuple[DemoSeries, ...] = ()

    @property
    def all_files(self) -> tuple[DemoFile, ...]:
        """The plain files and those of the DICOM series."""
        return (*self.files, *(file for series in self.dicom for file in series.files))

    def as_new_study(self) -> NewStudy:
        """Return what the server needs to make the study."""
        return NewStudy(
            patients_id=self.patients_id,
            studies_id=self.studies_id,
            name=self.name,
            date=self.date,
            description=self.description,
            modality=self.modality,
        )


def read_demo_studies() -> list[DemoStudy]:
    """Return the studies of ``studies.toml`` in their order."""
    with (HERE / "studies.toml").open("rb") as stream:
        return [DemoStudy.model_validate(row) for row in tomllib.load(stream)["study"]]


class DemoPreset(BaseModel):
    """What is shown of each case, and how, under a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Identifier
    mark: PresetMark
    content: PresetContent


def read_demo_presets() -> list[DemoPreset]:
    """Return the presets of ``presets.toml`` in their order."""
    with (HERE / "presets.toml").open("rb") as stream:
        rows = tomllib.load(stream)["preset"]
    return [DemoPreset.model_validate(row) for row in rows]
