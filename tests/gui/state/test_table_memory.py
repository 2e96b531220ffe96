"""What the table remembers: per user and project, and whatever was in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_nora.remembered import Remembered
from napari_nora.session import Connection, Session
from napari_nora.widgets.browser.columns import COLUMNS
from napari_nora.widgets.browser.memory import (
    ColumnWish,
    TableMemory,
    TableWishes,
    default_columns,
)
from nora_core.wire.archive import SortKey
from tests.gui.fake_client import PROJECT, FakeArchive

OTHER = PROJECT.model_copy(update={"name": "other/2"})


@pytest.fixture
def session(qapp: Any, tmp_path: Path) -> Session:
    session = Session(Remembered(tmp_path / "window.ini"))
    session.connect(connection("anna"))
    session.choose_project(PROJECT)
    return session


def connection(user: str, **changes: Any) -> Connection:
    url = changes.pop("url", "https://nora.test")
    return Connection(FakeArchive(1).client, url, user, "1", **changes)


def test_order_and_keys_belong_to_a_user_and_a_project(session: Session) -> None:
    memory = TableMemory(session)
    wishes = TableWishes(sort=SortKey.DATE, descending=True, tag_keys={"1": "pilot"})
    memory.save(wishes)

    assert memory.load() == wishes
    session.choose_project(OTHER)
    assert memory.load() == TableWishes()
    session.connect(connection("bert"))
    session.choose_project(PROJECT)
    assert memory.load() == TableWishes()


def test_columns_go_along_into_a_new_project(session: Session) -> None:
    columns = default_columns()[::-1]
    TableMemory(session).save(TableWishes(columns=columns, tag_keys={"1": "pilot"}))

    session.choose_project(OTHER)

    wishes = TableMemory(session).load()
    assert (wishes.columns, wishes.tag_keys) == (columns, {})


def test_an_embedded_server_is_known_again_on_another_port(session: Session) -> None:
    for port in (4001, 4002):
        there = connection("me", url=f"http://127.0.0.1:{port}", is_embedded=True)
        session.connect(there)
        session.choose_project(PROJECT)
        memory = TableMemory(session)
        if port == 4001:
            memory.save(TableWishes(sort=SortKey.DATE))
    assert memory.load().sort is SortKey.DATE


def test_unknown_columns_go_and_new_ones_come() -> None:
    text = json.dumps(
        {
            "columns": [
                {"key": "gone", "width": 50},
                {"key": "tags", "width": 200},
                {"key": "tags", "width": 100},
            ]
        }
    )

    columns = TableWishes.model_validate_json(text).columns

    assert columns[0] == ColumnWish(key="tags", width=100)
    assert sorted(wish.key for wish in columns) == sorted(c.key for c in COLUMNS)


def test_a_table_never_has_no_column() -> None:
    hidden = [ColumnWish(key=c.key, width=50, shown=False) for c in COLUMNS]

    assert any(wish.shown for wish in TableWishes(columns=hidden).columns)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"sort": "size"}', '{"columns": [{"key": "name", "width": -1}]}'],
)
def test_what_cannot_be_read_is_forgotten(session: Session, text: str) -> None:
    memory = TableMemory(session)
    memory.save(TableWishes(sort=SortKey.DATE))
    for key in (memory._key, memory._key_of_user):
        session.remembered.set(key, text)

    assert memory.load() == TableWishes()


def test_only_tags_on_digits_are_taken() -> None:
    keys = {"1": "pilot", "0": "zero", "12": "twelve", "2": "two words", "x": "y"}

    assert TableWishes(tag_keys=keys).tag_keys == {"1": "pilot"}
