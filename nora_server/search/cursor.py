"""The place in a table's order behind which the next page begins."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from nora_core.errors import BadInput
from nora_core.wire.archive import CaseQuery

_MAX_ROW_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: what it is sorted by, and its id."""

    text: str
    row_id: int

    def encode(self, query: CaseQuery) -> str:
        """Return it as one opaque word, valid for the order of ``query`` only."""
        packed = json.dumps([*_order_of(query), self.text, self.row_id])
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode_cursor(query: CaseQuery) -> Cursor | None:
    """Read the cursor that came back as ``query.after``.

    Raises
    ------
    BadInput
        If it is damaged or belongs to another order.
    """
    if query.after is None:
        return None
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        *order, text, row_id = json.loads(
            base64.b64decode(padded, altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _bad_cursor() from None
    is_id = type(row_id) is int and 0 <= row_id <= _MAX_ROW_ID
    if order != _order_of(query) or not _is_storable(text) or not is_id:
        raise _bad_cursor()
    return Cursor(text, row_id)


def _is_storable(text: object) -> bool:
    if not isinstance(text, str) or "\0" in text:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _order_of(query: CaseQuery) -> list[object]:
    return [query.level.value, query.sort.value, query.descending]


def _bad_cursor() -> BadInput:
    return BadInput(
        "'after' is not the 'next' of a page in this order; fetch the first page again"
    )
