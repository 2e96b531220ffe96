"""Tables of subjects, studies, files and tags.

A cohort has millions of files but only thousands of relative names: each name
stands once in ``relative_name`` and files point to it, so that a pattern is
matched against the names and joined by integer key. Columns named ``*_folded``
hold :func:`nora_core.wire.names.fold` of their neighbor: comparing them byte by
byte is comparing without case, alike on SQLite, PostgreSQL and in memory.
"""

import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from nora_core.wire.names import fold
from nora_server.database.columns import FoldedText, UtcDateTime, utc_now

_NOT_IN_TRASH: dict[str, Any] = {
    "sqlite_where": text("deleted_at IS NULL"),
    "postgresql_where": text("deleted_at IS NULL"),
}
"""Makes an index hold only what is not in the trash."""


def _folded_path(context: Any) -> str:
    """Fold the row's ``path``; SQLAlchemy's context of a default has no types."""
    return fold(context.get_current_parameters()["path"])


def _fold_folder(context: Any) -> str:
    return _folded_path(context).rpartition("/")[0]


def _fold_file(context: Any) -> str:
    return _folded_path(context).rpartition("/")[2]


class Subject(SQLModel, table=True):
    """A person, animal or phantom in one project."""

    __table_args__ = (
        UniqueConstraint("project_id", "patients_id"),
        Index("ix_subject_name", "project_id", "name_folded", "id"),
        Index("ix_subject_patients_id", "project_id", "patients_id_folded", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    patients_id: str = Field(max_length=128)
    patients_id_folded: str = Field(sa_type=FoldedText)
    name: str = Field(default="", max_length=300)
    name_folded: str = Field(default="", sa_type=FoldedText)
    created_at: datetime.datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    deleted_at: datetime.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Study(SQLModel, table=True):
    """One visit of a subject; ``subject_*`` columns repeat its subject's, to sort."""

    __table_args__ = (
        UniqueConstraint("subject_id", "studies_id"),
        Index("ix_study_name", "project_id", "subject_name_folded", "id"),
        Index("ix_study_patients_id", "project_id", "subject_patients_id_folded", "id"),
        Index("ix_study_studies_id", "project_id", "studies_id_folded", "id"),
        Index("ix_study_date", "project_id", "date", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    subject_id: int = Field(foreign_key="subject.id")
    subject_name_folded: str = Field(default="", sa_type=FoldedText)
    subject_patients_id_folded: str = Field(sa_type=FoldedText)
    studies_id: str = Field(max_length=128)
    studies_id_folded: str = Field(sa_type=FoldedText)
    date: str = Field(default="", sa_type=FoldedText)
    """ISO, ``""`` where unknown: text, so that it sorts and matches alike anywhere."""
    description: str = Field(default="", max_length=300)
    description_folded: str = Field(default="", sa_type=FoldedText)
    modality: str = Field(default="", max_length=64)
    created_at: datetime.datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    deleted_at: datetime.datetime | None = Field(default=None, sa_type=UtcDateTime)


class StudyDocument(SQLModel, table=True):
    """A named JSON document of a study."""

    __table_args__ = (UniqueConstraint("study_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    name: str = Field(max_length=128)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    changed_at: datetime.datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RelativeName(SQLModel, table=True):
    """A file's path inside its study, once for all files that have it."""

    __tablename__ = "relative_name"

    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(max_length=800, unique=True)
    folder_folded: str = Field(
        default=None,
        sa_column=Column(FoldedText, nullable=False, default=_fold_folder),
    )
    """Of the part before the last ``/``, ``""`` without; made from ``path``."""
    file_folded: str = Field(
        default=None, sa_column=Column(FoldedText, nullable=False, default=_fold_file)
    )
    """Of the part behind the last ``/``; made from ``path``."""


class File(SQLModel, table=True):
    """A file on disk: where it lies, its size and its checksum.

    ``location`` is ``managed:<path below the storage folder>`` or
    ``in_place:<absolute path>``. A file in the trash keeps its row, with
    ``deleted_at``.
    """

    __table_args__ = (
        Index("ix_file_study_name", "study_id", "relative_name_id", **_NOT_IN_TRASH),
        Index("ix_file_name_study", "relative_name_id", "study_id", **_NOT_IN_TRASH),
        Index("ix_file_location", "location", postgresql_using="hash"),
    )

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    relative_name_id: int = Field(foreign_key="relative_name.id")
    location: str = Field(max_length=4200)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str | None = Field(default=None, max_length=64)
    modified_ns: int | None = Field(default=None, sa_type=BigInteger)
    """Of a file in place, when it was read: shows a change behind our back."""
    created_at: datetime.datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    deleted_at: datetime.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Tag(SQLModel, table=True):
    """A tag's text, once for all that carry it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=128, unique=True)
    name_folded: str = Field(sa_type=FoldedText, index=True)


class SubjectTag(SQLModel, table=True):
    """A subject carries a tag."""

    __tablename__ = "subject_tag"
    __table_args__ = (Index("ix_subject_tag_tag", "tag_id", "subject_id"),)

    subject_id: int = Field(foreign_key="subject.id", primary_key=True)
    tag_id: int = Field(foreign_key="tag.id", primary_key=True)


class StudyTag(SQLModel, table=True):
    """A study carries a tag."""

    __tablename__ = "study_tag"
    __table_args__ = (Index("ix_study_tag_tag", "tag_id", "study_id"),)

    study_id: int = Field(foreign_key="study.id", primary_key=True)
    tag_id: int = Field(foreign_key="tag.id", primary_key=True)


class FileTag(SQLModel, table=True):
    """A file carries a tag."""

    __tablename__ = "file_tag"
    __table_args__ = (Index("ix_file_tag_tag", "tag_id", "file_id"),)

    file_id: int = Field(foreign_key="file.id", primary_key=True)
    tag_id: int = Field(foreign_key="tag.id", primary_key=True)


class ArchiveChange(SQLModel, table=True):
    """What changed which studies, in order: keeps the search index up to date.

    Written by :func:`nora_server.database.changes.note_changes`. Rows are numbered
    in the order of their commits because writers take the archive's write lock
    first; old rows are dropped.
    """

    __tablename__ = "archive_change"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    study_id: int | None = None
    """``None``: so much changed that the index is built anew."""
    subject_id: int | None = None
    """Set with ``study_id`` None: a subject that has no study yet, or its own data."""
