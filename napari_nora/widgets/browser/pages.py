"""The pages of one query that the table has fetched; the rest are placeholders."""

from __future__ import annotations

from dataclasses import dataclass

from nora_core.wire.archive import CaseCount, CasePage, CaseQuery, CaseRow

PAGE_ROWS = 100
MAX_PAGES = 80
"""Pages kept; those farthest from the visible ones go first."""


@dataclass(frozen=True)
class PageRequest:
    """A page to be asked for."""

    page: int
    query: CaseQuery


class Pages:
    """Rows of one query, fetched page by page.

    Parameters
    ----------
    query : CaseQuery
        Filter and order; ``limit``, ``offset`` and ``after`` are set per page.
    """

    def __init__(self, query: CaseQuery) -> None:
        self.query = query
        self.count: CaseCount | None = None
        self._pages: dict[int, list[CaseRow]] = {}
        self._cursors: dict[int, str] = {}
        self._pending: set[int] = set()
        self._known_end = 0
        self._has_more = True

    def __len__(self) -> int:
        """Rows of the table, as far as is known now."""
        if self.count is not None and self.count.exact:
            return max(self.count.matching, self._known_end)
        if self.count is not None and self._has_more:
            return max(self.count.matching, self._known_end + PAGE_ROWS)
        return self._known_end + (PAGE_ROWS if self._has_more else 0)

    def row(self, index: int) -> CaseRow | None:
        """Return the row at ``index``, ``None`` while it is not here."""
        page, position = divmod(index, PAGE_ROWS)
        rows = self._pages.get(page)
        if rows is None or position >= len(rows):
            return None
        return rows[position]

    def rows_of(self, page: int) -> list[CaseRow] | None:
        """Return the rows of a page that is here."""
        return self._pages.get(page)

    def loaded(self, first: int, last: int) -> list[CaseRow]:
        """Return the rows from ``first`` to ``last`` that are here."""
        pages = range(first // PAGE_ROWS, last // PAGE_ROWS + 1)
        return [
            row
            for page in pages
            for position, row in enumerate(self._pages.get(page, ()))
            if first <= page * PAGE_ROWS + position <= last
        ]

    def all_loaded(self) -> list[tuple[int, CaseRow]]:
        """Return every row that is here, with its place."""
        return [
            (page * PAGE_ROWS + position, row)
            for page in sorted(self._pages)
            for position, row in enumerate(self._pages[page])
        ]

    @property
    def is_waiting(self) -> bool:
        """Whether pages were asked for and are not here yet."""
        return bool(self._pending)

    def request(self, first: int, last: int) -> list[PageRequest]:
        """Return what must be asked for to show ``first`` to ``last``; marks it."""
        last = min(last, len(self) - 1)
        wanted = range(max(first, 0) // PAGE_ROWS, max(last, 0) // PAGE_ROWS + 1)
        requests = [
            PageRequest(page, self._query_of(page))
            for page in wanted
            if page not in self._pages and page not in self._pending
        ]
        self._pending.update(request.page for request in requests)
        return requests

    def store(self, page: int, answer: CasePage) -> None:
        """Keep an answer."""
        self._pending.discard(page)
        self._pages[page] = answer.rows
        self._known_end = max(self._known_end, page * PAGE_ROWS + len(answer.rows))
        if answer.next is None:
            self._has_more = False
            if self.count is not None:
                self._known_end = page * PAGE_ROWS + len(answer.rows)
        else:
            self._cursors[page + 1] = answer.next
        self._forget_far_from(page)

    def give_up(self, page: int) -> None:
        """Allow a page to be asked for again."""
        self._pending.discard(page)

    def renew(self, first: int, last: int) -> list[PageRequest]:
        """Return requests for the rows from ``first`` to ``last`` once more.

        Their rows stay until the answers come; all other pages are forgotten.
        """
        wanted = range(max(first, 0) // PAGE_ROWS, max(last, 0) // PAGE_ROWS + 1)
        self._pages = {
            page: self._pages[page] for page in wanted if page in self._pages
        }
        self._cursors.clear()
        self._known_end, self._has_more = 0, True
        self._pending = set(wanted)
        return [PageRequest(page, self._query_of(page)) for page in wanted]

    def again(self, first: int, last: int) -> list[PageRequest]:
        """Return requests for those pages from ``first`` to ``last`` that are here."""
        wanted = range(max(first, 0) // PAGE_ROWS, max(last, 0) // PAGE_ROWS + 1)
        return [
            PageRequest(page, self._query_of(page))
            for page in wanted
            if page in self._pages and page not in self._pending
        ]

    def _query_of(self, page: int) -> CaseQuery:
        cursor = self._cursors.get(page)
        return self.query.model_copy(
            update={
                "limit": PAGE_ROWS,
                "after": cursor,
                "offset": 0 if cursor else page * PAGE_ROWS,
            }
        )

    def _forget_far_from(self, page: int) -> None:
        while len(self._pages) > MAX_PAGES:
            del self._pages[max(self._pages, key=lambda other: abs(other - page))]
