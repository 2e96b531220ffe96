"""Prepared queries answer as SQLAlchemy would, and fail with the same errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import bindparam, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from nora_server.database.accounts import Project
from nora_server.database.engine import Database
from nora_server.database.prepared import PreparedQuery
from nora_server.database.tables import METADATA
from nora_server.parts import Parts

ALL_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def _project_named() -> PreparedQuery:
    query = select(col(Project.id), col(Project.title))
    named = col(Project.name) == bindparam("name")
    return PreparedQuery(query.where(named, col(Project.id) > 0))


def test_only_the_values_change(parts: Parts) -> None:
    query = _project_named()
    with parts.database.write() as session:
        session.add(Project(name="spine", title="Äpfel & %(name)s"))
    with parts.database.look_up() as session:
        found = query.first(session, name="spine")
        assert found is not None
        assert found[1] == "Äpfel & %(name)s"
        assert query.first(session, name="' OR 1=1 --") is None
        assert query.first(session, name="spine") == found


@pytest.mark.postgres
def test_a_connection_that_is_lost_is_given_up(
    new_postgres_database: Callable[[], str],
) -> None:
    url = new_postgres_database()
    database = Database(url)
    METADATA.create_all(database.engine)
    query = _project_named()
    killer = create_engine(url)
    with database.look_up() as session:
        assert query.first(session, name="liver") is None
        with killer.connect() as connection:
            connection.execute(text(ALL_OTHERS))
        with pytest.raises(DBAPIError) as lost:
            query.first(session, name="liver")
        assert lost.value.connection_invalidated

    with database.look_up() as session:
        assert query.first(session, name="liver") is None
    killer.dispose()
    database.close()
