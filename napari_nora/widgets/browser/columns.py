"""The table's columns and what a row shows in each."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nora.opening.series import Series
from napari_nora.widgets.browser.rows import Node, NodeKind
from napari_nora.widgets.browser.sizes import size_in_words
from nora_core.wire.archive import CaseRow, FileRow, SortKey, StudyInfo
from nora_core.wire.case import Level


@dataclass(frozen=True)
class Column:
    """One column: its title and the field of ``CaseFilter`` that its bar sets."""

    key: str
    title: str
    width: int
    sort: SortKey | None = None
    hint: str = ""


COLUMNS = (
    Column("name", "Name", 112, SortKey.NAME, "Part of the name, such as: Mei* Doe"),
    Column("patients_id", "ID", 72, SortKey.PATIENTS_ID, "Patient's ID"),
    Column("studies_id", "Study", 92, SortKey.STUDIES_ID, "Study's ID"),
    Column("date", "Date", 80, SortKey.DATE, "Year, month or day: 2024 or 2024-03"),
    Column("tags", "Tags", 104, None, "Tags of the subject or the study"),
    Column("description", "Description", 64, None, "Words of the description"),
)
NAME, PATIENTS_ID, STUDIES_ID, DATE, TAGS, DESCRIPTION = range(6)
STUDY_ONLY = (STUDIES_ID, DATE, DESCRIPTION)


def case_text(row: CaseRow, column: int, level: Level) -> str:
    """Return what a case shows in a column."""
    if column == NAME:
        return row.name or row.patients_id
    if column == PATIENTS_ID:
        return row.patients_id
    if column == STUDIES_ID:
        return row.studies_id or ""
    if column == DATE:
        return row.date.isoformat() if row.date else ""
    if column == DESCRIPTION:
        return row.description or row.modality
    return ", ".join(case_tags(row))


def case_tags(row: CaseRow) -> list[str]:
    """Return the tags of a case: the subject's first."""
    return list(dict.fromkeys([*row.subject_tags, *row.study_tags]))


def case_tooltip(row: CaseRow) -> str:
    """Return what the tooltip of a case says."""
    lines = [f"{row.patients_id}#{row.studies_id}" if row.studies_id else row.name]
    lines.append(f"{row.file_count:,} files")
    if row.study_count > 1:
        lines.append(f"{row.study_count} studies")
    jobs = row.jobs
    for count, word in (
        (jobs.queued, "waiting"),
        (jobs.running, "running"),
        (jobs.failed, "failed"),
    ):
        if count:
            lines.append(f"{count} jobs {word}")
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
