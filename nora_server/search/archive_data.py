"""All that the search index knows, and how a filter is evaluated on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from nora_core.patterns import (
    Attribute,
    AttributeWord,
    FileWord,
    Glob,
    JobMark,
    TextWord,
    Word,
)
from nora_core.wire.case import Level
from nora_server.search.bars import Bars, Column
from nora_server.search.bitmaps import (
    bitmap_of_flags,
    bitmap_of_ordered,
    flags_of,
    join_bitmaps,
)
from nora_server.search.postings import NameList, Postings, TagList
from nora_server.search.tables import RowTable

_RARE = 8
"""Fewer than one study in so many are looked up one by one."""
_OF_SUBJECT_ITSELF = frozenset({Column.NAME, Column.PATIENTS_ID})


@dataclass
class ProjectTables:
    """A project's visible rows on both levels."""

    studies: RowTable = field(default_factory=RowTable)
    subjects: RowTable = field(default_factory=RowTable)

    def at(self, level: Level) -> RowTable:
        """Return the rows of one level."""
        return self.studies if level is Level.STUDY else self.subjects


class SubjectsOfStudies:
    """Which subject each study belongs to, for going up a level quickly."""

    def __init__(self) -> None:
        self._subjects: NDArray[np.int64] = np.zeros(1024, dtype=np.int64)
        self._last = 0

    def put(self, pairs: dict[int, int]) -> None:
        """Note the subjects of studies."""
        if not pairs:
            return
        size = len(self._subjects)
        if (needed := max(pairs) + 1) > size:
            grown = np.zeros(max(needed, 2 * size), dtype=np.int64)
            grown[:size] = self._subjects
            self._subjects = grown
        self._subjects[list(pairs)] = list(pairs.values())
        self._last = max(self._last, *pairs.values())

    def get(self, study_id: int) -> int | None:
        """Return the subject of one study, if known."""
        known = study_id < len(self._subjects)
        return int(self._subjects[study_id]) or None if known else None

    def of(self, studies: BitMap) -> BitMap:
        """Return the subjects of ``studies``, all of which must be known."""
        flags = np.zeros(self._last + 1, dtype=bool)
        flags[self._subjects[np.asarray(studies.to_array())]] = True
        return bitmap_of_flags(flags)

    def studies_of(self, subjects: BitMap, among: BitMap) -> BitMap:
        """Return the studies ``among`` these, all known, that ``subjects`` have."""
        if not subjects:
            return BitMap()
        is_asked = flags_of(subjects, self._last + 1)
        if len(among) * _RARE > len(self._subjects):
            return bitmap_of_flags(is_asked.take(self._subjects)) & among
        ids = np.asarray(among.to_array())
        return bitmap_of_ordered(ids[is_asked[self._subjects[ids]]])


class ArchiveData:
    """The whole archive as bitmaps; rows of every project side by side."""

    def __init__(self) -> None:
        self.projects: defaultdict[int, ProjectTables] = defaultdict(ProjectTables)
        self.subject_of = SubjectsOfStudies()
        self.names = NameList()
        self.tags = TagList()
        self.files = Postings[int]()
        self.file_tags = Postings[int]()
        self.study_tags = Postings[int]()
        self.subject_tags = Postings[int]()
        self.study_jobs = Postings[JobMark]()
        self.subject_jobs = Postings[JobMark]()
        self.last_change = 0
        """The last ``archive_change`` that is taken in."""

    def find(self, project_id: int, level: Level, bars: Bars) -> BitMap:
        """Return the rows of a project that pass the bars."""
        tables = self.projects[project_id]
        of_study = level is Level.STUDY
        of_text = self._text_of_study if of_study else self._text_of_subject
        of_word = self._word_of_study if of_study else self._word_of_subject
        rest = tables.at(level).all
        for column, pattern in bars.columns.items():
            rest = join_bitmaps(rest, pattern, partial(of_text, tables, column))
        if bars.files is not None:  # comes last: fewer rows are left
            rest = join_bitmaps(rest, bars.files, partial(of_word, tables))
        return rest

    def _word_of_study(
        self, tables: ProjectTables, word: Word, among: BitMap
    ) -> BitMap:
        """Return the studies of a word: those ``among`` the given, perhaps others."""
        if isinstance(word, FileWord):
            return self.files.holding_any(self.names.matching(word), among)
        if not isinstance(word, AttributeWord):
            raise TypeError(f"{word} stands in a file search")
        if word.attribute is Attribute.SDESC:
            texts = tables.studies.column(Column.DESCRIPTION)
            return texts.matching(word.value, among)
        if word.attribute is Attribute.JOB:
            return self.study_jobs.holding_any(word.marks)
        if word.attribute is Attribute.PTAG:
            return self._studies_with_subject_tag(word.value, among)
        tags = self.tags.matching(word.value)
        by_tag = self.file_tags if word.attribute is Attribute.FTAG else self.study_tags
        return by_tag.holding_any(tags)

    def _word_of_subject(
        self, tables: ProjectTables, word: Word, _among: BitMap
    ) -> BitMap:
        if isinstance(word, AttributeWord):
            if word.attribute is Attribute.PTAG:
                return self.subject_tags.holding_any(self.tags.matching(word.value))
            if word.attribute is Attribute.JOB:
                return self.subject_jobs.holding_any(word.marks)
        return self._subjects_with(
            tables, self._word_of_study(tables, word, tables.studies.all)
        )

    def _text_of_study(
        self, tables: ProjectTables, column: Column, word: Word, among: BitMap
    ) -> BitMap:
        value = _text(word)
        if column is Column.TAGS:
            on_study = self.study_tags.holding_any(self.tags.matching(value))
            return on_study | self._studies_with_subject_tag(value, among)
        return tables.studies.column(column).matching(value, among)

    def _text_of_subject(
        self, tables: ProjectTables, column: Column, word: Word, among: BitMap
    ) -> BitMap:
        value = _text(word)
        if column in _OF_SUBJECT_ITSELF:
            return tables.subjects.column(column).matching(value, among)
        if column is Column.TAGS:
            tags = self.tags.matching(value)
            in_study = self._subjects_with(tables, self.study_tags.holding_any(tags))
            return in_study | self.subject_tags.holding_any(tags)
        found = tables.studies.column(column).matching(value, tables.studies.all)
        return self._subjects_with(tables, found)

    def _subjects_with(self, tables: ProjectTables, studies: BitMap) -> BitMap:
        return self.subject_of.of(studies & tables.studies.all)

    def _studies_with_subject_tag(self, value: Glob, among: BitMap) -> BitMap:
        subjects = self.subject_tags.holding_any(self.tags.matching(value))
        return self.subject_of.studies_of(subjects, among)


def _text(word: Word) -> Glob:
    if not isinstance(word, TextWord):
        raise TypeError(f"{word} stands in the bar of a column")
    return word.value
