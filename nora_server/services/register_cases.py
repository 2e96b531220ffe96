"""Finds and adds many subjects and studies in a handful of queries."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from nora_core.wire.names import fold
from nora_server.database.archive import Study, Subject
from nora_server.database.chunks import in_chunks

Key = tuple[str, str]
"""(patients_id, studies_id)"""


class CaseIds:
    """The ids of those subjects and studies of one project that exist.

    Those in the trash count: registering their files again does not undelete them.
    """

    def __init__(self, session: Session, project_id: int, keys: Iterable[Key]) -> None:
        self.session = session
        self.project_id = project_id
        self.keys = sorted(set(keys))
        self.subjects: dict[str, int] = {}
        self.studies: dict[Key, int] = {}
        self.new_subjects: set[str] = set()
        self.new_studies: set[Key] = set()
        self._find_subjects()
        self._find_studies()

    def add_missing(self) -> None:
        """Make the subjects and studies that do not exist."""
        patients = sorted({patient for patient, _ in self.keys})
        missing = [patient for patient in patients if patient not in self.subjects]
        self._insert(Subject, [self._subject(patient) for patient in missing])
        self._find_subjects()
        absent = [key for key in self.keys if key not in self.studies]
        self._insert(Study, [self._study(key) for key in absent])
        self._find_studies()
        self.new_subjects.update(missing)
        self.new_studies.update(absent)

    def _find_subjects(self) -> None:
        for chunk in in_chunks({patient for patient, _ in self.keys}):
            query = select(col(Subject.patients_id), col(Subject.id)).where(
                col(Subject.project_id) == self.project_id,
                col(Subject.patients_id).in_(chunk),
            )
            self.subjects.update(
                (patient, number or 0)
                for patient, number in self.session.execute(query)
            )

    def _find_studies(self) -> None:
        patients = {number: patient for patient, number in self.subjects.items()}
        for chunk in in_chunks(patients):
            query = select(
                col(Study.subject_id), col(Study.studies_id), col(Study.id)
            ).where(col(Study.subject_id).in_(chunk))
            for subject_id, studies_id, number in self.session.execute(query):
                self.studies[patients[subject_id], studies_id] = number or 0

    def _insert(
        self, table: type[Subject] | type[Study], rows: Sequence[dict[str, Any]]
    ) -> None:
        if rows:
            self.session.execute(insert(table), rows)

    def _subject(self, patients_id: str) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "patients_id": patients_id,
            "patients_id_folded": fold(patients_id),
        }

    def _study(self, key: Key) -> dict[str, Any]:
        patients_id, studies_id = key
        return {
            "project_id": self.project_id,
            "subject_id": self.subjects[patients_id],
            "subject_patients_id_folded": fold(patients_id),
            "studies_id": studies_id,
            "studies_id_folded": fold(studies_id),
        }


def find_or_add_cases(
    session: Session, project_id: int, keys: Iterable[Key]
) -> CaseIds:
    """Return the ids of all subjects and studies in ``keys``, adding missing ones."""
    cases = CaseIds(session, project_id, keys)
    cases.add_missing()
    return cases
