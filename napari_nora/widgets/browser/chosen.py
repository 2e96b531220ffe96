"""What the chosen rows of the table are: cases, studies below them, or files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from napari_nora.session import Patient, Selection
from napari_nora.widgets.browser.rows import Node
from napari_nora.widgets.browser.state import TableRows
from nora_core.wire.archive import CaseQuery, CaseRow, FileRow, StudyInfo, TagLevel
from nora_core.wire.case import Level

Block = tuple[int, int]
"""First and last of some rows side by side."""


@dataclass
class Chosen:
    """The chosen rows, sorted by what they are."""

    level: TagLevel = TagLevel.STUDY
    """What a tag or a deletion means: files where only files are chosen."""
    ids: list[int] = field(default_factory=list)
    """Of those that are known; see :attr:`is_known`."""
    tags: set[str] = field(default_factory=set)
    files: list[list[FileRow]] = field(default_factory=list)
    """The files of each chosen row; a DICOM series has many."""
    cases: list[CaseRow] = field(default_factory=list)
    """The chosen cases that the table has fetched."""
    blocks: list[Block] = field(default_factory=list)
    """The chosen cases by their places in the order of ``query``."""
    query: CaseQuery = field(default_factory=CaseQuery)

    @property
    def count(self) -> int:
        """How many items are chosen, fetched or not."""
        return sum(last - first + 1 for first, last in self.blocks) or len(self.ids)

    @property
    def is_known(self) -> bool:
        """Whether every item has been fetched."""
        return self.count == len(self.ids)

    @property
    def what(self) -> str:
        """Such as ``3 studies``."""
        nouns = {
            TagLevel.FILE: ("file", "files"),
            TagLevel.STUDY: ("study", "studies"),
            TagLevel.SUBJECT: ("subject", "subjects"),
        }
        one, many = nouns[self.level]
        return f"{self.count:,} {one if self.count == 1 else many}"


def chosen_of(rows: TableRows, ranges: list[Block]) -> Chosen:
    """Return what the visible rows of ``ranges`` are.

    Where files are chosen they count alone; cases count otherwise.
    """
    nodes = _nodes_in(rows, ranges)
    files = [node.files for node in nodes if node.files]
    if files:
        every = [file for group in files for file in group]
        tags = {tag for file in every for tag in file.tags}
        return Chosen(TagLevel.FILE, [file.id for file in every], tags, files)
    studies = [node.item for node in nodes if isinstance(node.item, StudyInfo)]
    if studies:
        return Chosen(TagLevel.STUDY, [study.study_id for study in studies])
    blocks = _merge(_cases_in(rows, ranges))
    return case_choice(
        rows.pages.query,
        blocks,
        [case for first, last in blocks for case in rows.pages.loaded(first, last)],
    )


def has_files(rows: TableRows, ranges: list[Block]) -> bool:
    """Whether rows that stand for files are chosen."""
    return any(node.files for node in _nodes_in(rows, ranges))


def case_choice(query: CaseQuery, blocks: list[Block], cases: list[CaseRow]) -> Chosen:
    """Return the choice of some cases of a query."""
    is_study = query.level is Level.STUDY
    chosen = Chosen(TagLevel.STUDY if is_study else TagLevel.SUBJECT)
    chosen.query, chosen.blocks, chosen.cases = query, blocks, cases
    for case in cases:
        chosen.ids.append(id_of(case))
        chosen.tags.update(tags_of(case))
    return chosen


def id_of(case: CaseRow) -> int:
    """Return the id of what a row is: a study, or a subject."""
    return case.subject_id if case.study_id is None else case.study_id


def tags_of(case: CaseRow) -> list[str]:
    """Return the tags of what a row is: a study's own, or a subject's."""
    return case.subject_tags if case.study_id is None else case.study_tags


def selection_of(
    rows: TableRows, ranges: list[Block], current: int | None
) -> Selection:
    """Return the selection that other panels work on: whole cases."""
    if not rows.is_started:
        return Selection()
    blocks = _merge([(rows.place(a).case, rows.place(b).case) for a, b in ranges])
    level = rows.pages.query.level
    ids = [
        id_of(case) for first, last in blocks for case in rows.pages.loaded(first, last)
    ]
    patient = _patient_of(rows, current)
    return Selection(
        level=level,
        case_ids=tuple(ids),
        count=sum(last - first + 1 for first, last in blocks),
        matching=len(rows.pages),
        query=rows.pages.query,
        ranges=tuple(blocks),
        study_id=patient.study_id if patient is not None else None,
        patient=patient,
    )


def _nodes_in(rows: TableRows, ranges: list[Block]) -> list[Node]:
    """Return the chosen rows below cases; only open cases have any."""
    nodes: list[Node] = []
    for case in rows.open.cases:
        first = rows.open.row_of(case) + 1
        for row, node in enumerate(rows.open.below(case), first):
            if any(begin <= row <= end for begin, end in ranges):
                nodes.append(node)
    return nodes


def _cases_in(rows: TableRows, ranges: list[Block]) -> list[Block]:
    """Return the cases whose own rows are chosen."""
    blocks = []
    for begin, end in ranges:
        first, last = rows.place(begin), rows.place(end).case
        case = first.case if first.node is None else first.case + 1
        if case <= last:
            blocks.append((case, last))
    return blocks


def _merge(blocks: list[Block]) -> list[Block]:
    merged: list[Block] = []
    for first, last in sorted(blocks):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _patient_of(rows: TableRows, current: int | None) -> Patient | None:
    case = None if current is None else rows.case_at(current)
    if current is None or case is None:
        return None
    patient = patient_of(case)
    study = _study_around(rows, current)
    if study is None:
        return patient
    return replace(
        patient,
        study_id=study.study_id,
        studies_id=study.studies_id,
        date=study.date,
        description=study.description,
    )


def patient_of(case: CaseRow) -> Patient:
    """Return whose row this is."""
    return Patient(
        subject_id=case.subject_id,
        study_id=case.study_id,
        patients_id=case.patients_id,
        studies_id=case.studies_id,
        name=case.name,
        date=case.date,
        description=case.description,
    )


def _study_around(rows: TableRows, row: int) -> StudyInfo | None:
    """Return the study that a row below a subject is, or belongs to."""
    place = rows.place(row)
    if place.node is None:
        return None
    for node in rows.open.nodes(place.case):
        if isinstance(node.item, StudyInfo) and place.node in node.visible():
            return node.item
    return None


def files_with(rows: TableRows, study_id: int, file_id: int) -> list[FileRow]:
    """Return the file with this id in an open row, or its whole DICOM series."""
    for node in rows.open.all_nodes():
        for file in node.files:
            if (file.study_id, file.id) == (study_id, file_id):
                return node.files
    return []
