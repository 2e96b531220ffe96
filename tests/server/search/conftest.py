"""Databases that many small archives share, each as a project of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nora_server.database.engine import Database
from nora_server.database.tables import METADATA
from nora_server.search.index import SearchIndex


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("search")
        url = f"sqlite:///{folder / 'nora.sqlite'}"
    else:
        url = request.getfixturevalue("new_postgres_database")()
    database = Database(url)
    METADATA.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture(scope="module")
def index(database: Database) -> SearchIndex:
    index = SearchIndex(database)
    assert index.wait(10)
    return index
