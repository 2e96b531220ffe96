"""The table's columns and what a row shows in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari_nora.opening.series import Series
from napari_nora.widgets.browser.rows import Node, NodeKind
from napari_nora.widgets.browser.sizes import size_in_words
from nora_core.wire.archive import CaseRow, FileRow, SortKey, StudyInfo
from nora_core.wire.case import Level
from nora_core.words import counted


@dataclass(frozen=True)
class Column:
    """One column: its title and the field of ``CaseFilter`` that its bar sets."""

    key: str
    title: str
    width: int
    sort: SortKey | None = None
    hint: str = ""
    """What its bar looks for; without one it has no bar."""
    is_shown: bool = True
    """Before the user chooses columns."""


COLUMNS = (
    Column("name", "Name", 112, SortKey.NAME, "Part of the name, such as: Mei* Doe"),
    Column("patients_id", "ID", 72, SortKey.PATIENTS_ID, "Patient's ID"),
    Column("studies_id", "Study", 92, SortKey.STUDIES_ID, "Study's ID"),
    Column("date", "Date", 84, SortKey.DATE, "Year, month or day: 2024 or 2024-03"),
    Column("tags", "Tags", 128, None, "Tags of the subject or the study"),
    Column(
        *("description", "Description", 72, SortKey.DESCRIPTION),
        "Words of the description",
    ),
    Column("modality", "Modality", 64, is_shown=False),
    Column("file_count", "Files", 48, is_shown=False),
    Column("study_count", "Studies", 52, is_shown=False),
)
NAME, PATIENTS_ID, STUDIES_ID, DATE, TAGS, DESCRIPTION = range(6)
MODALITY, FILE_COUNT, STUDY_COUNT = range(6, 9)
STUDY_ONLY = (STUDIES_ID, DATE, DESCRIPTION, MODALITY)
SUBJECT_ONLY = (STUDY_COUNT,)


def number_of(key: str) -> int:
    """Return the number of a column."""
    return next(n for n, column in enumerate(COLUMNS) if column.key == key)


def hidden_at(level: Level) -> tuple[int, ...]:
    """Return the columns that mean nothing for rows of this level."""
    return STUDY_ONLY if level is Level.SUBJECT else SUBJECT_ONLY


def case_text(row: CaseRow, column: int) -> str:
    """Return what a case shows in a column."""
    return _TEXTS[column](row)


_TEXTS: tuple[Callable[[CaseRow], str], ...] = (
    lambda row: row.name or row.patients_id,
    lambda row: row.patients_id,
    lambda row: row.studies_id or "",
    lambda row: row.date.isoformat() if row.date else "",
    lambda row: ", ".join(case_tags(row)),
    lambda row: row.description or row.modality,
    lambda row: row.modality,
    lambda row: f"{row.file_count:,}",
    lambda row: f"{row.study_count:,}",
)


def case_tags(row: CaseRow) -> list[str]:
    """Return the tags of a case: the subject's first."""
    return list(dict.fromkeys([*row.subject_tags, *row.study_tags]))


def case_tooltip(row: CaseRow, column: int = NAME) -> str:
    """Return what the tooltip of a case says; tags have their own."""
    if column == TAGS:
        return tags_tooltip(row.subject_tags, row.study_tags)
    lines = [f"{row.patients_id}#{row.studies_id}" if row.studies_id else row.name]
    lines.append(counted(row.file_count, "file"))
    if row.study_count > 1:
        lines.append(counted(row.study_count, "study", "studies"))
    jobs = row.jobs
    for count, word in (
        (jobs.queued, "waiting"),
        (jobs.running, "running"),
        (jobs.failed, "failed"),
    ):
        if count:
            lines.append(f"{counted(count, 'job')} {word}")
    return "\n".join(lines)


def tags_tooltip(subject_tags: list[str], study_tags: list[str]) -> str:
    """Return all tags, told apart by what carries them."""
    lines = []
    if subject_tags:
        lines.append(f"Subject: {', '.join(subject_tags)}")
    if study_tags:
        lines.append(f"Study: {', '.join(study_tags)}")
    return "\n".join(lines)


def node_text(node: Node, column: int) -> str:
    """Return what a row below a case shows in a column."""
    item = node.item
    if isinstance(item, str):
        return item if column == NAME else ""
    if isinstance(item, StudyInfo):
        return _study_text(item, column)
    if column == NAME:
        if isinstance(item, Series):
            return f"{item.relative_name}  ({len(item.files)} slices)"
        return item.relative_name
    if column == DATE and isinstance(item, FileRow):
        return item.created_at.date().isoformat()
    if column == DESCRIPTION:
        return size_in_words(item.size_bytes)
    return ", ".join(item.tags) if column == TAGS else ""


def file_name(node: Node) -> str:
    """Return the name of a row's file, or of its series' folder."""
    item = node.item
    return item.relative_name if isinstance(item, FileRow | Series) else ""


def node_tags(node: Node) -> list[str]:
    """Return the tags of a row below a case."""
    return list(node.item.tags) if isinstance(node.item, FileRow | Series) else []


def _study_text(study: StudyInfo, column: int) -> str:
    if column == NAME:
        date = f" · {study.date.isoformat()}" if study.date else ""
        return f"{study.studies_id}{date}"
    if column == DESCRIPTION:
        return study.description or study.modality
    return ""


def spans_columns(node: Node | None) -> bool:
    """Whether a row's first column runs over the ID columns."""
    return node is not None and node.kind is not NodeKind.STUDY
