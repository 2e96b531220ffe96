"""The table's rows are the same on bitmaps, in SQL and in memory, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nora_core.patterns import CaseFacts, Mode, matches_file, parse_pattern
from nora_core.wire.archive import CaseFilter, CaseQuery, SortKey
from nora_core.wire.case import Level
from nora_server.database.engine import Database
from nora_server.search.index import SearchIndex
from nora_server.search.page import count_rows, find_page
from nora_server.services.cases import find_files
from tests.server.search import archives
from tests.server.search.archives import ArchiveData, expected_rows, store

levels = st.sampled_from(Level)
sorts = st.sampled_from(SortKey)
on_shared_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class NeverReady(SearchIndex):
    """An index that is being built for ever, so that all is done in SQL."""

    def wait(self, seconds: float | None = None) -> bool:
        return False


def all_pages(
    database: Database, index: SearchIndex, project_id: int, query: CaseQuery
) -> list[int]:
    found: list[int] = []
    with database.read() as session:
        while True:
            page = find_page(session, index, project_id, query)
            found += page.row_ids
            if page.next is None:
                return found
            assert len(page.row_ids) == query.limit
            query = query.model_copy(update={"after": page.next})


@on_shared_database
@given(
    archive=archives.archives,
    case_filter=archives.filters,
    level=levels,
    sort=sorts,
    descending=st.booleans(),
    limit=st.sampled_from([1, 2, 100]),
)
def test_pages_hold_the_rows_that_pass_in_order(
    database, index, archive, case_filter, level, sort, descending, limit
) -> None:
    store(database, archive)
    expected = expected_rows(archive, level, case_filter, sort)
    if descending:
        expected.reverse()
    query = CaseQuery(
        level=level, filter=case_filter, sort=sort, descending=descending, limit=limit
    )
    fresh = SearchIndex(database)
    fresh.wait()
    for some_index in (index, fresh, NeverReady(database)):
        assert all_pages(database, some_index, archive.project_id, query) == expected


@on_shared_database
@given(archive=archives.archives, case_filter=archives.filters, level=levels)
def test_count_is_the_number_of_rows(
    database, index, archive, case_filter, level
) -> None:
    store(database, archive)
    matching = len(expected_rows(archive, level, case_filter, SortKey.NAME))
    total = len(expected_rows(archive, level, CaseFilter(), SortKey.NAME))
    query = CaseQuery(level=level, filter=case_filter)
    for some_index in (index, NeverReady(database)):
        with database.read() as session:
            count = count_rows(session, some_index, archive.project_id, query)
        assert (count.matching, count.total, count.exact) == (matching, total, True)


@on_shared_database
@given(archive=archives.archives, case_filter=archives.filters, level=levels)
def test_bars_narrow_one_another(database, index, archive, case_filter, level) -> None:
    store(database, archive)
    find: Callable[[CaseFilter], set[int]] = lambda bars: set(  # noqa: E731
        all_pages(
            database, index, archive.project_id, CaseQuery(level=level, filter=bars)
        )
    )
    single = [find(CaseFilter(**{bar: text})) for bar, text in case_filter]
    assert find(case_filter) == set.intersection(*single)


@on_shared_database
@given(archive=archives.archives, data=st.data(), level=levels)
def test_an_offset_jumps_over_rows(database, index, archive, data, level) -> None:
    store(database, archive)
    expected = expected_rows(archive, level, CaseFilter(), SortKey.DATE)
    offset = data.draw(st.integers(0, len(expected) + 1))
    query = CaseQuery(level=level, sort=SortKey.DATE, offset=offset, limit=2)
    for some_index in (index, NeverReady(database)):
        with database.read() as session:
            page = find_page(session, some_index, archive.project_id, query)
        assert page.row_ids == expected[offset : offset + 2]


@on_shared_database
@given(archive=archives.archives, pattern=archives.file_patterns)
def test_file_arguments_pick_the_same_files_in_sql_and_in_memory(
    database, archive: ArchiveData, pattern
) -> None:
    store(database, archive)
    try:
        tree = parse_pattern(pattern, Mode.EXACT)
    except ValueError:
        return
    expected = {
        file.id
        for subject in archive.subjects
        for study in subject.visible_studies
        for file in study.files
        if not file.is_deleted
        and not subject.is_deleted
        and matches_file(
            tree,
            file.path,
            tags=file.tags,
            case=CaseFacts(
                study_tags=study.tags,
                subject_tags=subject.tags,
                descriptions=[study.description],
                job_marks=frozenset(
                    archives.MARK_OF_STATE[state]
                    for state in study.jobs
                    if state in archives.MARK_OF_STATE
                ),
            ),
        )
    }
    with database.read() as session:
        found = find_files(session, archive.project_id, pattern)
        studies = [study.id for s in archive.subjects for study in s.studies]
        within = find_files(session, archive.project_id, pattern, studies)
    assert len(found) == len(expected)
    assert set(found) == expected
    assert within == found
