"""A case: the study or subject that is shown, processed or read as one unit."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from nora_core.wire.names import Identifier, check_identifier


class Level(StrEnum):
    """What one row of a table, or one case of a batch, stands for."""

    SUBJECT = "subject"
    STUDY = "study"


class Psid(BaseModel):
    """The name of a case: ``patients_id#studies_id``, or ``patients_id`` alone."""

    model_config = ConfigDict(frozen=True)

    patients_id: Identifier
    studies_id: Identifier | None = None

    @classmethod
    def parse(cls, text: str) -> Psid:
        """Read ``patients_id#studies_id`` or ``patients_id``.

        Raises
        ------
        NameRefused
            If either part is not an identifier.
        """
        patients_id, separator, studies_id = text.partition("#")
        return cls(
            patients_id=check_identifier(patients_id, "patients_id"),
            studies_id=check_identifier(studies_id, "studies_id")
            if separator
            else None,
        )

    def __str__(self) -> str:
        if self.studies_id is None:
            return self.patients_id
        return f"{self.patients_id}#{self.studies_id}"
