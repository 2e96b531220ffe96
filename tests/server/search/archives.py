"""Small random archives: as plain data, in a database, and what a table must show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import Session

from nora_core.patterns import (
    CaseFacts,
    FileFacts,
    JobMark,
    Mode,
    matches_row,
    matches_text,
    parse_pattern,
)
from nora_core.wire.archive import CaseFilter, SortKey
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState
from nora_core.wire.names import fold
from nora_server.database.accounts import Account, Project
from nora_server.database.archive import (
    File,
    FileTag,
    RelativeName,
    Study,
    StudyTag,
    Subject,
    SubjectTag,
    Tag,
)
from nora_server.database.changes import note_changes
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database
from nora_server.database.jobs import Order, OrderCase

MARK_OF_STATE = {
    JobState.WAITING: JobMark.QUEUED,
    JobState.QUEUED: JobMark.QUEUED,
    JobState.RUNNING: JobMark.RUNNING,
    JobState.FAILED: JobMark.ERROR,
    JobState.INTERRUPTED: JobMark.ERROR,
}

TEXTS = [
    "",
    "a",
    "A b",
    "ab%",
    "a_b",
    "Ä",
    "äb",
    "ß",
    "SS",
    'q"',
    "b\\",
    "^",
    "😀",
    "%",
]
TAGS = ["control", "Control2", "mask", "ÄX", "a%", "a_"]
PATHS = [
    "a.nii",
    "A.nii.gz",
    "b/a.nii",
    "B/c/a_b.nii",
    "b/c/axb.nii",
    "ß/100%.json",
    "ä b/'&'.nii",
    "b^/😀.nii",
]


@dataclass
class FileData:
    path: str
    tags: list[str]
    is_deleted: bool
    id: int = 0


@dataclass
class StudyData:
    studies_id: str
    date: str
    description: str
    tags: list[str]
    files: list[FileData]
    jobs: list[JobState]
    is_deleted: bool
    id: int = 0


@dataclass
class SubjectData:
    patients_id: str
    name: str
    tags: list[str]
    studies: list[StudyData]
    jobs: list[JobState]
    is_deleted: bool
    id: int = 0

    @property
    def visible_studies(self) -> list[StudyData]:
        return [study for study in self.studies if not study.is_deleted]


@dataclass
class ArchiveData:
    subjects: list[SubjectData] = field(default_factory=list)
    project_id: int = 0


_rarely = st.sampled_from([False, False, False, False, True])
_tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True)
_jobs = st.lists(st.sampled_from(JobState), max_size=2)
_files = st.lists(
    st.builds(FileData, st.sampled_from(PATHS), _tags, _rarely),
    max_size=4,
    unique_by=lambda file: file.path,
)
_studies = st.lists(
    st.builds(
        StudyData,
        st.sampled_from([text for text in TEXTS if text]),
        st.sampled_from(["", "2020-01-31", "2021-12-01", "2021-02-03"]),
        st.sampled_from(TEXTS),
        _tags,
        _files,
        _jobs,
        _rarely,
    ),
    max_size=3,
    unique_by=lambda study: study.studies_id,
)
archives = st.builds(
    ArchiveData,
    st.lists(
        st.builds(
            SubjectData,
            st.sampled_from([text for text in TEXTS if text]),
            st.sampled_from(TEXTS),
            _tags,
            _studies,
            _jobs,
            _rarely,
        ),
        max_size=5,
        unique_by=lambda subject: subject.patients_id,
    ),
)


def _escaped(text: str) -> str:
    return "".join("\\" + c if c in '*_\\"&! :/' else c for c in text)


_part = st.one_of(
    st.sampled_from(
        ["*", "_", "a", "A", "b", "%", "^", "ß", "ä", ".nii", "\\_", "\\*"]
    ),
    st.sampled_from(TEXTS).map(_escaped),
    st.sampled_from(['"a b"', "2021", "😀"]),
)
_text_word = st.lists(_part, min_size=1, max_size=3).map("".join).filter(bool)
_file_word = st.one_of(
    _text_word,
    st.tuples(_text_word, _text_word).map("/".join),
    st.sampled_from([*PATHS[:5], "/a", "b/", "b*/a_b"]),
)
_attribute_word = st.one_of(
    st.sampled_from(
        ["JOB:q", "JOB:r", "JOB:e", "JOB:", "STAG:con", "FTAG:*a", "ptag:"]
    ),
    st.tuples(st.sampled_from(["STAG:", "PTAG:", "FTAG:", "SDESC:"]), _text_word).map(
        "".join
    ),
)


def _patterns(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signed = st.tuples(st.sampled_from(["", "", "!"]), words).map("".join)
    group = st.lists(signed, min_size=1, max_size=2).map(" ".join)
    return st.lists(group, min_size=1, max_size=2).map(" & ".join)


text_patterns = _patterns(_text_word)
file_patterns = _patterns(st.one_of(_file_word, _attribute_word))
filters = st.builds(
    CaseFilter,
    **{
        name: st.one_of(st.just(""), st.just(""), st.just(""), text_patterns)
        for name in CaseFilter.model_fields
        if name != "files"
    },
    files=st.one_of(st.just(""), file_patterns),
)


def store(database: Database, archive: ArchiveData) -> None:
    """Write an archive as a project of its own, and note its ids in it."""
    with database.write() as session:
        project = Project(
            name=f"project {session.scalar(select(func.count()).select_from(Project))}"
        )
        session.add(project)
        session.flush()
        archive.project_id = project.id
        order = _order(session, project.id)
        for subject in archive.subjects:
            _store_subject(session, project.id, subject, order)
        note_changes(
            session,
            project.id,
            [study.id for subject in archive.subjects for study in subject.studies],
            [subject.id for subject in archive.subjects],
        )


def _order(session: Session, project_id: int) -> int:
    account = session.scalar(select(Account)) or Account(name="somebody")
    session.add(account)
    session.flush()
    order = Order(
        project_id=project_id,
        account_id=account.id,
        tool="x",
        request={},
        level="study",
        state="done",
        backend="inline",
        job_name=f"job of {project_id}",
    )
    session.add(order)
    session.flush()
    return order.id


def _store_subject(
    session: Session, project_id: int, data: SubjectData, order_id: int
) -> None:
    row = Subject(
        project_id=project_id,
        patients_id=data.patients_id,
        patients_id_folded=fold(data.patients_id),
        name=data.name,
        name_folded=fold(data.name),
        deleted_at=utc_now() if data.is_deleted else None,
    )
    session.add(row)
    session.flush()
    data.id = row.id
    for tag in data.tags:
        session.add(SubjectTag(subject_id=row.id, tag_id=_tag(session, tag)))
    for state in data.jobs:
        session.add(OrderCase(order_id=order_id, subject_id=row.id, state=state.value))
    for study in data.studies:
        _store_study(session, row, study, order_id)


def _store_study(
    session: Session, subject: Subject, data: StudyData, order_id: int
) -> None:
    row = Study(
        project_id=subject.project_id,
        subject_id=subject.id,
        subject_name_folded=subject.name_folded,
        subject_patients_id_folded=subject.patients_id_folded,
        studies_id=data.studies_id,
        studies_id_folded=fold(data.studies_id),
        date=data.date,
        description=data.description,
        description_folded=fold(data.description),
        deleted_at=utc_now() if data.is_deleted else None,
    )
    session.add(row)
    session.flush()
    data.id = row.id
    for tag in data.tags:
        session.add(StudyTag(study_id=row.id, tag_id=_tag(session, tag)))
    for state in data.jobs:
        session.add(
            OrderCase(
                order_id=order_id,
                subject_id=subject.id,
                study_id=row.id,
                state=state.value,
            )
        )
    for file in data.files:
        stored = File(
            study_id=row.id,
            relative_name_id=_name(session, file.path),
            location="managed:x",
            size_bytes=0,
            deleted_at=utc_now() if file.is_deleted else None,
        )
        session.add(stored)
        session.flush()
        file.id = stored.id
        for tag in file.tags:
            session.add(FileTag(file_id=stored.id, tag_id=_tag(session, tag)))
    session.flush()


def _tag(session: Session, name: str) -> int:
    tag = session.scalar(select(Tag).where(Tag.name == name))
    if tag is None:
        tag = Tag(name=name, name_folded=fold(name))
        session.add(tag)
        session.flush()
    return tag.id


def _name(session: Session, path: str) -> int:
    name = session.scalar(select(RelativeName).where(RelativeName.path == path))
    if name is None:
        name = RelativeName(path=path)
        session.add(name)
        session.flush()
    return name.id


def expected_rows(
    archive: ArchiveData, level: Level, case_filter: CaseFilter, sort: SortKey
) -> list[int]:
    """Return the ids that the table must show, evaluated in memory on plain data."""
    rows = []
    for subject in archive.subjects:
        if subject.is_deleted:
            continue
        if level is Level.SUBJECT:
            if _passes(subject, subject.visible_studies, level, case_filter):
                rows.append((_subject_sort_text(subject, sort), subject.id))
            continue
        for study in subject.visible_studies:
            if _passes(subject, [study], level, case_filter):
                texts = {
                    SortKey.NAME: subject.name,
                    SortKey.PATIENTS_ID: subject.patients_id,
                    SortKey.STUDIES_ID: study.studies_id,
                    SortKey.DATE: study.date,
                    SortKey.DESCRIPTION: study.description,
                }
                rows.append((fold(texts[sort]), study.id))
    return [row_id for _, row_id in sorted(rows)]


def _subject_sort_text(subject: SubjectData, sort: SortKey) -> str:
    studies = subject.visible_studies
    if sort is SortKey.STUDIES_ID:
        return min((fold(study.studies_id) for study in studies), default="")
    if sort is SortKey.DATE:
        return max((study.date for study in studies), default="")
    if sort is SortKey.DESCRIPTION:
        return ""
    return fold(subject.name if sort is SortKey.NAME else subject.patients_id)


def _passes(
    subject: SubjectData, studies: list[StudyData], level: Level, bars: CaseFilter
) -> bool:
    study_tags = [tag for study in studies for tag in study.tags]
    states = [state for study in studies for state in study.jobs]
    if level is Level.SUBJECT:
        states += subject.jobs
        states += [s for study in subject.studies for s in study.jobs]
    files = [
        FileFacts(file.path, file.tags)
        for study in studies
        for file in study.files
        if not file.is_deleted
    ]
    case = CaseFacts(
        study_tags=study_tags,
        subject_tags=subject.tags,
        job_marks=frozenset(MARK_OF_STATE[s] for s in states if s in MARK_OF_STATE),
        descriptions=[study.description for study in studies],
    )
    texts: dict[str, list[str]] = {
        "name": [subject.name],
        "patients_id": [subject.patients_id],
        "studies_id": [study.studies_id for study in studies],
        "date": [study.date for study in studies],
        "description": case.descriptions,
        "tags": [*subject.tags, *study_tags],
    }
    in_column: Callable[[str], bool] = lambda name: matches_text(  # noqa: E731
        parse_pattern(getattr(bars, name), Mode.COLUMN), texts[name]
    )
    return all(map(in_column, texts)) and matches_row(
        parse_pattern(bars.files, Mode.BAR), files, case
    )
