"""Keeps the chosen cases chosen while rows come and go above them.

A table is chosen from by row numbers. When it is renewed and other cases stand in
these rows by now, what the user does next would meet the wrong ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from napari_nora.session import Selection
from napari_nora.widgets.browser.chosen import id_of
from napari_nora.widgets.browser.pages import Pages


@dataclass(frozen=True)
class Moved:
    """Where the chosen cases stand now."""

    cases: tuple[int, ...]
    """Places in the order of the query; empty where all have left the table."""
    gap: int
    """The place of the first one before."""


def moved(pages: Pages, selection: Selection) -> Moved | None:
    """Return where a selection's cases are, ``None`` while they are in their places.

    A selection with rows that were never fetched is left to whoever fetches them;
    so are rows that are not here just now.
    """
    is_known = selection.count == len(selection.case_ids) > 0
    if not is_known or selection.query != pages.query or pages.is_waiting:
        return None
    ids = set(selection.case_ids)
    here = {
        id_of(case)
        for first, last in selection.ranges
        for case in pages.loaded(first, last)
    }
    if here <= ids:
        return None
    cases = tuple(place for place, case in pages.all_loaded() if id_of(case) in ids)
    return Moved(cases, selection.ranges[0][0])
