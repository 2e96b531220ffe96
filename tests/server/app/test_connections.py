"""Connections to PostgreSQL may die while they rest; nobody notices."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text

from nora_server.database import engine as engine_module
from nora_server.database.engine import Database

ALL_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.postgres
def test_connections_that_died_at_rest_are_replaced(
    new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_TRUSTED_SECONDS", 0)
    url = new_postgres_database()
    database = Database(url)
    with database.read() as first, database.read() as second:
        for session in (first, second):
            session.execute(text("SELECT 1"))
    killer = create_engine(url)
    with killer.connect() as connection:
        connection.execute(text(ALL_OTHERS))
    killer.dispose()

    for give in (database.look_up, database.read, database.write):
        with give() as session:
            assert session.scalar(text("SELECT 1")) == 1
    database.close()


@pytest.mark.postgres
def test_looking_up_opens_no_transaction(
    new_postgres_database: Callable[[], str],
) -> None:
    database = Database(new_postgres_database())
    moment = text("SELECT now()")  # when the transaction began
    with database.look_up() as session:
        assert session.scalar(moment) != session.scalar(moment)
    with database.read() as session:
        assert session.scalar(moment) == session.scalar(moment)
    database.close()
