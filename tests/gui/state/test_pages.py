"""Pages of the table: what is asked for, kept and forgotten."""

from __future__ import annotations

from napari_nora.widgets.browser.pages import MAX_PAGES, PAGE_ROWS, Pages
from nora_core.wire.archive import CaseCount, CasePage, CaseQuery
from tests.gui.fake_client import case_row


def page_of(first: int, count: int, has_more: bool = True) -> CasePage:
    rows = [case_row(number) for number in range(first, first + count)]
    return CasePage(rows=rows, next=str(first + count) if has_more else None)


def test_only_missing_pages_are_asked_for_and_only_once() -> None:
    pages = Pages(CaseQuery())
    pages.count = CaseCount(matching=1000, total=1000)
    pages.store(0, page_of(0, PAGE_ROWS))

    requests = pages.request(0, 2 * PAGE_ROWS)

    assert [request.page for request in requests] == [1, 2]
    assert pages.request(0, 2 * PAGE_ROWS) == []


def test_the_next_page_is_asked_for_by_cursor_and_a_far_one_by_offset() -> None:
    pages = Pages(CaseQuery())
    pages.count = CaseCount(matching=1000, total=1000)
    pages.store(0, page_of(0, PAGE_ROWS))

    near, far = pages.request(PAGE_ROWS, PAGE_ROWS)[0], pages.request(900, 900)[0]

    assert (near.query.after, near.query.offset) == (str(PAGE_ROWS), 0)
    assert (far.query.after, far.query.offset) == (None, 900)


def test_rows_that_are_not_here_are_placeholders() -> None:
    pages = Pages(CaseQuery())
    pages.store(0, page_of(0, PAGE_ROWS))

    assert pages.row(5).subject_id == 5
    assert pages.row(PAGE_ROWS) is None
    assert len(pages) > PAGE_ROWS, "more rows are announced until the count is known"


def test_the_length_is_exact_at_the_end_even_without_a_count() -> None:
    pages = Pages(CaseQuery())

    pages.store(0, page_of(0, 7, has_more=False))

    assert len(pages) == 7


def test_memory_is_bounded_and_the_nearest_pages_stay() -> None:
    pages = Pages(CaseQuery())
    pages.count = CaseCount(matching=100_000, total=100_000)

    for page in range(MAX_PAGES + 20):
        pages.store(page, page_of(page * PAGE_ROWS, PAGE_ROWS))

    last = (MAX_PAGES + 19) * PAGE_ROWS
    assert pages.row(0) is None
    assert pages.row(last) is not None
    assert len(pages.loaded(0, last)) <= MAX_PAGES * PAGE_ROWS


def test_renewed_pages_stay_visible_until_the_answer_comes() -> None:
    pages = Pages(CaseQuery())
    pages.store(0, page_of(0, PAGE_ROWS))

    requests = pages.renew(0, 10)

    assert [request.page for request in requests] == [0]
    assert pages.row(3) is not None
