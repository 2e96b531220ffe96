"""All that the search index knows, and how a filter is evaluated on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from nora_core.patterns import (
    Attribute,
    AttributeWord,
    FileWord,
    Glob,
    JobMark,
    Pattern,
    TextWord,
    Word,
)
from nora_core.wire.case import Level
from nora_server.search.bars import Bars, Column, join_bars
from nora_server.search.bitmaps import bitmap_of_flags, flags_of, join_bitmaps
from nora_server.search.postings import NameList, Postings, TagList
from nora_server.search.tables import RowTable

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

    def get(self, study_id: int) -> int | None:
        """Return the subject of one study, if known."""
        known = study_id < len(self._subjects)
        return int(self._subjects[study_id]) or None if known else None

    def of(self, studies: BitMap) -> BitMap:
        """Return the subjects of ``studies``, all of which must be known."""
        ids = np.asarray(studies.to_array(), dtype=np.int64)
        flags = np.zeros(int(self._subjects.max()) + 1, dtype=bool)
        flags[self._subjects[ids]] = True
        return bitmap_of_flags(flags)

    def studies_of(self, subjects: BitMap, among: BitMap) -> BitMap:
        """Return the studies ``among`` these that belong to ``subjects``."""
        if not subjects:
            return BitMap()
        is_asked = flags_of(subjects, int(self._subjects.max()) + 1)
        return bitmap_of_flags(is_asked[self._subjects]) & among


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
        rest = tables.at(level).all

        def of_word(word: Word) -> BitMap:
            if level is Level.STUDY:
                return self._word_of_study(tables, word, rest)
            return self._word_of_subject(tables, word)

        def of_text(column: Column, word: TextWord) -> BitMap:
            if level is Level.STUDY:
                return self._text_of_study(tables, column, word, rest)
            return self._text_of_subject(tables, column, word)

        def join(pattern: Pattern, of_word: Callable[[Word], BitMap]) -> BitMap:
            nonlocal rest
            rest = join_bitmaps(rest, pattern, of_word)  # files come last: fewer left
            return rest

        join_bars(bars, of_text, of_word, join)
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
            return self._studies_with_subject_tag(tables, word.value)
        tags = self.tags.matching(word.value)
        by_tag = self.file_tags if word.attribute is Attribute.FTAG else self.study_tags
        return by_tag.holding_any(tags)

    def _word_of_subject(self, tables: ProjectTables, word: Word) -> BitMap:
        if isinstance(word, AttributeWord):
            if word.attribute is Attribute.PTAG:
                return self.subject_tags.holding_any(self.tags.matching(word.value))
            if word.attribute is Attribute.JOB:
                return self.subject_jobs.holding_any(word.marks)
        return self._subjects_with(
            tables, self._word_of_study(tables, word, tables.studies.all)
        )

    def _text_of_study(
        self, tables: ProjectTables, column: Column, word: TextWord, among: BitMap
    ) -> BitMap:
        if column is Column.TAGS:
            on_study = self.study_tags.holding_any(self.tags.matching(word.value))
            return on_study | self._studies_with_subject_tag(tables, word.value)
        return tables.studies.column(column).matching(word.value, among)

    def _text_of_subject(
        self, tables: ProjectTables, column: Column, word: TextWord
    ) -> BitMap:
        if column in _OF_SUBJECT_ITSELF:
            texts = tables.subjects.column(column)
            return texts.matching(word.value, tables.subjects.all)
        if column is Column.TAGS:
            tags = self.tags.matching(word.value)
            in_study = self._subjects_with(tables, self.study_tags.holding_any(tags))
            return in_study | self.subject_tags.holding_any(tags)
        texts = tables.studies.column(column)
        found = texts.matching(word.value, tables.studies.all)
        return self._subjects_with(tables, found)

    def _subjects_with(self, tables: ProjectTables, studies: BitMap) -> BitMap:
        return self.subject_of.of(studies & tables.studies.all)

    def _studies_with_subject_tag(self, tables: ProjectTables, value: Glob) -> BitMap:
        subjects = self.subject_tags.holding_any(self.tags.matching(value))
        return self.subject_of.studies_of(subjects, tables.studies.all)
