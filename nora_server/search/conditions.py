"""Patterns as SQL conditions on studies, subjects and files.

Names and tags are matched in their own small tables first and joined by integer
key. Texts are compared with LIKE on folded columns, whose collation is by code
point: the answer is the same on SQLite, PostgreSQL and in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from nora_core.patterns import (
    Attribute,
    AttributeWord,
    FileWord,
    Glob,
    JobMark,
    Pattern,
    TextWord,
    Wildcard,
    Word,
)
from nora_core.wire.jobs import JobState
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
from nora_server.database.jobs import OrderCase
from nora_server.search.bars import Bars, Column, join_bars

Condition = ColumnElement[bool]

STATES_OF_MARK = {
    JobMark.QUEUED: (JobState.WAITING, JobState.QUEUED),
    JobMark.RUNNING: (JobState.RUNNING,),
    JobMark.ERROR: (JobState.FAILED, JobState.INTERRUPTED),
}
_ESCAPE = "^"
_MAX_LISTED_KEYS = 1000
_MAX_RARE_KEYS = 30


def like(column: Any, glob: Glob) -> Condition:
    """Return ``column LIKE glob``; the column's text must be folded."""
    if glob.matches_all:
        return true()
    if len(glob.pieces) == 1 and isinstance(glob.pieces[0], str):
        equal: Condition = column == glob.pieces[0]  # an index can look it up
        return equal
    signs = {Wildcard.ANY: "%", Wildcard.ONE: "_"}
    text = "".join(
        signs[piece] if isinstance(piece, Wildcard) else _escaped(piece)
        for piece in glob.pieces
    )
    condition: Condition = column.like(text, escape=_ESCAPE)
    return condition


def _escaped(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text


def join_conditions(
    pattern: Pattern, of_word: Callable[[Word], Condition]
) -> Condition:
    """Join the conditions of a pattern's words as its tree says."""
    if pattern.lets_all_through:
        return true()
    return or_(
        *(
            and_(*(or_(*(_signed(word, of_word) for word in g)) for g in chain.groups))
            for chain in pattern.alternatives
        )
    )


def _signed(word: Word, of_word: Callable[[Word], Condition]) -> Condition:
    return not_(of_word(word)) if word.negated else of_word(word)


class Conditions:
    """Makes conditions; asks the database which names and tags a word means."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def on_study(self, bars: Bars) -> Condition:
        """Return the condition on rows of ``study`` that pass the bars."""
        return and_(
            true(),
            *join_bars(
                bars,
                lambda column, word: self._text_of_study(column, word, Study),
                lambda word: self._word_of_study(word, Study),
                join_conditions,
            ),
        )

    def on_subject(self, bars: Bars) -> Condition:
        """Return the condition on rows of ``subject``; words ask all its studies."""
        return and_(
            true(),
            *join_bars(
                bars, self._text_of_subject, self._word_of_subject, join_conditions
            ),
        )

    def on_file(self, pattern: Pattern) -> Condition:
        """Return the condition on rows of ``file`` joined with ``study``."""
        return join_conditions(pattern, self._word_of_file)

    def _word_of_file(self, word: Word) -> Condition:
        if isinstance(word, FileWord):
            return self._key_in(col(File.relative_name_id), _names(word))
        if isinstance(word, AttributeWord) and word.attribute is Attribute.FTAG:
            return exists().where(
                col(FileTag.file_id) == col(File.id),
                self._key_in(col(FileTag.tag_id), _tags(word.value)),
            )
        return self._word_of_study(word, Study)

    def _word_of_study(self, word: Word, study: type[Study]) -> Condition:
        if isinstance(word, FileWord):
            return self._has_file(study, _names(word), File.relative_name_id)
        if not isinstance(word, AttributeWord):
            raise TypeError(f"{word} stands in a file search")
        if word.attribute is Attribute.FTAG:
            return self._has_file(study, _tags(word.value), FileTag.tag_id)
        if word.attribute is Attribute.STAG:
            return self._has_study_tag(word.value, study)
        if word.attribute is Attribute.PTAG:
            return self._has_subject_tag(word.value, study.subject_id)
        if word.attribute is Attribute.JOB:
            return _has_job(OrderCase.study_id, study.id, word.marks)
        column = {
            Attribute.SDESC: study.description_folded,
            Attribute.PPIZ: study.subject_patients_id_folded,
            Attribute.SSTUDYID: study.studies_id_folded,
        }[word.attribute]
        return like(column, word.value)

    def _word_of_subject(self, word: Word) -> Condition:
        if isinstance(word, AttributeWord):
            if word.attribute is Attribute.PTAG:
                return self._has_subject_tag(word.value, Subject.id)
            if word.attribute is Attribute.JOB:
                return _has_job(OrderCase.subject_id, Subject.id, word.marks)
        return _any_study(lambda study: self._word_of_study(word, study))

    def _text_of_study(
        self, column: Column, word: TextWord, study: type[Study]
    ) -> Condition:
        if column is Column.TAGS:
            return or_(
                self._has_study_tag(word.value, study),
                self._has_subject_tag(word.value, study.subject_id),
            )
        texts = {
            Column.NAME: study.subject_name_folded,
            Column.PATIENTS_ID: study.subject_patients_id_folded,
            Column.STUDIES_ID: study.studies_id_folded,
            Column.DATE: study.date,
            Column.DESCRIPTION: study.description_folded,
        }
        return like(texts[column], word.value)

    def _text_of_subject(self, column: Column, word: TextWord) -> Condition:
        if column is Column.NAME:
            return like(Subject.name_folded, word.value)
        if column is Column.PATIENTS_ID:
            return like(Subject.patients_id_folded, word.value)
        in_study = _any_study(lambda study: self._text_of_study(column, word, study))
        if column is Column.TAGS:
            return or_(self._has_subject_tag(word.value, Subject.id), in_study)
        return in_study

    def _has_study_tag(self, value: Glob, study: type[Study]) -> Condition:
        return exists().where(
            col(StudyTag.study_id) == col(study.id),
            self._key_in(col(StudyTag.tag_id), _tags(value)),
        )

    def _has_subject_tag(self, value: Glob, subject_id: Any) -> Condition:
        return exists().where(
            col(SubjectTag.subject_id) == subject_id,
            self._key_in(col(SubjectTag.tag_id), _tags(value)),
        )

    def _has_file(
        self, study: type[Study], keys: Select[int | None], key_column: Any
    ) -> Condition:
        """Ask for a file by keys: few keys by their studies, many per study."""
        listed = self._list_keys(keys)
        files = select(col(File.study_id)).where(col(File.deleted_at).is_(None))
        if key_column is FileTag.tag_id:
            files = files.join(FileTag, col(FileTag.file_id) == col(File.id))
        if listed is None:
            files = files.where(col(key_column).in_(keys))
        elif not listed:
            return false()
        else:
            files = files.where(col(key_column).in_(listed))
            if len(listed) <= _MAX_RARE_KEYS:
                return col(study.id).in_(files)
        return files.where(col(File.study_id) == col(study.id)).exists()

    def _key_in(self, column: Any, keys: Select[int | None]) -> Condition:
        listed = self._list_keys(keys)
        condition: Condition = column.in_(keys if listed is None else listed)
        return condition

    def _list_keys(self, keys: Select[int | None]) -> list[int | None] | None:
        """Return the keys, or ``None`` where there are too many to list."""
        found = list(self.session.scalars(keys.limit(_MAX_LISTED_KEYS + 1)))
        return found if len(found) <= _MAX_LISTED_KEYS else None


def _names(word: FileWord) -> Select[int | None]:
    query = select(col(RelativeName.id)).where(
        like(RelativeName.file_folded, word.name)
    )
    if word.folder is None:
        return query
    return query.where(like(RelativeName.folder_folded, word.folder))


def _tags(value: Glob) -> Select[int | None]:
    return select(col(Tag.id)).where(like(Tag.name_folded, value))


def _has_job(case_column: Any, row_id: Any, marks: frozenset[JobMark]) -> Condition:
    states = [state.value for mark in marks for state in STATES_OF_MARK[mark]]
    return exists().where(case_column == row_id, col(OrderCase.state).in_(states))


def _any_study(condition: Callable[[type[Study]], Condition]) -> Condition:
    study = aliased(Study)
    return exists().where(
        col(study.subject_id) == col(Subject.id),
        col(study.deleted_at).is_(None),
        condition(study),
    )
