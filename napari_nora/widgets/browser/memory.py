"""What the table remembers per user and project: columns, order, and tag keys."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError, field_validator

from napari_nora.widgets.browser.columns import COLUMNS
from nora_core.errors import NameRefused
from nora_core.wire.archive import SortKey
from nora_core.wire.names import check_tag

if TYPE_CHECKING:
    from napari_nora.remembered import Remembered
    from napari_nora.session import Session

DIGITS = "123456789"
_WIDEST = 2000


class ColumnWish(BaseModel):
    """How one column is shown."""

    key: str
    width: int = Field(ge=0, le=_WIDEST)
    shown: bool = True


def default_columns() -> list[ColumnWish]:
    """Return the columns as a new user finds them."""
    return [
        ColumnWish(key=column.key, width=column.width, shown=column.is_shown)
        for column in COLUMNS
    ]


class TableWishes(BaseModel):
    """All that is remembered of one table."""

    columns: list[ColumnWish] = Field(default_factory=default_columns)
    """From left to right, each of the table's columns once."""
    sort: SortKey = SortKey.NAME
    descending: bool = False
    tag_keys: dict[str, str] = {}
    """Tags by digit, ``1`` to ``9``."""

    @field_validator("columns")
    @classmethod
    def _complete(cls, columns: list[ColumnWish]) -> list[ColumnWish]:
        """Leave out unknown columns and those named twice, add new ones."""
        known = {wish.key: wish for wish in default_columns()}
        wishes = {wish.key: wish for wish in columns if wish.key in known}
        complete = list((wishes | (known | wishes)).values())
        if not any(wish.shown for wish in complete):
            complete[0].shown = True
        return complete

    @field_validator("tag_keys")
    @classmethod
    def _allowed(cls, keys: dict[str, str]) -> dict[str, str]:
        return {
            digit: tag
            for digit, tag in keys.items()
            if digit in tuple(DIGITS) and _is_tag(tag)
        }


def _is_tag(text: str) -> bool:
    try:
        check_tag(text)
    except NameRefused:
        return False
    return True


class TableMemory:
    """Keeps the wishes of the present user in the present project.

    A project that was never looked at begins with the columns of the one before.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def load(self) -> TableWishes:
        """Return what is remembered; what cannot be read is forgotten."""
        remembered = self._session.remembered
        kept = _read(remembered, self._key)
        if kept is not None:
            return kept
        before = _read(remembered, self._key_of_user) or TableWishes()
        return TableWishes(columns=before.columns)

    def save(self, wishes: TableWishes) -> None:
        """Remember."""
        if self._session.project is None:
            return
        text = wishes.model_dump_json()
        for key in (self._key, self._key_of_user):
            self._session.remembered.set(key, text)

    @property
    def _key_of_user(self) -> str:
        connection = self._session.connection
        if connection is None:
            return "table"
        # an embedded server has another port at each start
        place = "embedded" if connection.is_embedded else connection.url
        return f"table/{quote(place, safe='')}/{quote(connection.user, safe='')}"

    @property
    def _key(self) -> str:
        project = self._session.project
        name = "" if project is None else quote(project.name, safe="")
        return f"{self._key_of_user}/project {name}"


def _read(remembered: Remembered, key: str) -> TableWishes | None:
    text = remembered.text(key)
    if not text:
        return None
    try:
        return TableWishes.model_validate_json(text)
    except ValidationError:
        return None
