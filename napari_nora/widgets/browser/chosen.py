"""What the chosen rows of the table are: cases, studies below them, or files."""

from __future__ import annotations

from dataclasses import dataclass, field

from napari_nora.session import Selection
from napari_nora.widgets.browser.state import TableRows
from nora_core.wire.archive import FileRow, StudyInfo, TagLevel
from nora_core.wire.case import Level


@dataclass
class Chosen:
    """The chosen rows, sorted by what they are."""

    level: TagLevel = TagLevel.STUDY
    """What a tag or a deletion means: files where only files are chosen."""
    ids: list[int] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    files: list[list[FileRow]] = field(default_factory=list)
    """The files of each chosen row; a DICOM series has many."""

    @property
    def what(self) -> str:
        """Such as ``3 studies``."""
        nouns = {
            TagLevel.FILE: ("file", "files"),
            TagLevel.STUDY: ("study", "studies"),
            TagLevel.SUBJECT: ("subject", "subjects"),
        }
        one, many = nouns[self.level]
        return f"{len(self.ids):,} {one if len(self.ids) == 1 else many}"


def chosen_of(rows: TableRows, numbers: list[int]) -> Chosen:
    """Return what the visible rows ``numbers`` are.

    Where files are chosen they count alone; cases count otherwise.
    """
    nodes = [rows.node_at(number) for number in numbers]
    files = [node.files for node in nodes if node is not None and node.files]
    if files:
        every = [file for group in files for file in group]
        tags = {tag for file in every for tag in file.tags}
        return Chosen(TagLevel.FILE, [file.id for file in every], tags, files)
    studies = [node.item for node in nodes if node and isinstance(node.item, StudyInfo)]
    if studies:
        return Chosen(TagLevel.STUDY, [study.study_id for study in studies])
    chosen = Chosen()
    for number in numbers:
        case = rows.case_at(number)
        if case is None:
            continue
        if case.study_id is None:
            chosen.level = TagLevel.SUBJECT
            chosen.ids.append(case.subject_id)
            chosen.tags.update(case.subject_tags)
        else:
            chosen.ids.append(case.study_id)
            chosen.tags.update(case.study_tags)
    return chosen


def selection_of(
    rows: TableRows, ranges: list[tuple[int, int]], current: int | None
) -> Selection:
    """Return the selection that other panels work on: whole cases."""
    if not rows.is_started:
        return Selection()
    blocks = _merge([(rows.place(a).case, rows.place(b).case) for a, b in ranges])
    level = rows.pages.query.level
    ids: list[int] = []
    for first, last in blocks:
        for case in rows.pages.loaded(first, last):
            chosen = case.study_id if level is Level.STUDY else case.subject_id
            if chosen is not None:
                ids.append(chosen)
    return Selection(
        level=level,
        case_ids=tuple(ids),
        count=sum(last - first + 1 for first, last in blocks),
        matching=len(rows.pages),
        query=rows.pages.query,
        ranges=tuple(blocks),
        study_id=_study_of(rows, current),
    )


def _merge(blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(blocks):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _study_of(rows: TableRows, current: int | None) -> int | None:
    if current is None:
        return None
    node, case = rows.node_at(current), rows.case_at(current)
    if node is not None and node.files:
        return node.files[0].study_id
    if node is not None and isinstance(node.item, StudyInfo):
        return node.item.study_id
    return case.study_id if case is not None else None


def files_with(rows: TableRows, study_id: int, file_id: int) -> list[FileRow]:
    """Return the file with this id in an open row, or its whole DICOM series."""
    for node in rows.open.all_nodes():
        for file in node.files:
            if (file.study_id, file.id) == (study_id, file_id):
                return node.files
    return []
