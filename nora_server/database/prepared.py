"""Queries that come with every request: compiled once, then sent as they are."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select
from sqlmodel import Session


class PreparedQuery:
    """A query of which only the values change.

    SQLAlchemy takes several times as long to hand over a small query as the database
    takes to answer it. So it compiles the query once per kind of database, and then
    the text goes to the driver. For plain numbers and texts only: nothing is converted
    on its way in or out.
    """

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._compiled: dict[str, _Compiled] = {}

    def first(self, session: Session, **values: int | str) -> tuple[Any, ...] | None:
        """Return the first row for these values of the query's parameters."""
        connection = session.connection()
        name = connection.dialect.name
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = _compile(self._query, connection)
        return _first(connection, compiled.text, compiled.arguments(values))


class _Compiled(NamedTuple):
    """A query's text for one kind of database."""

    text: str
    values: dict[str, Any]
    """The parameters that never change, and ``None`` for those that do."""
    places: list[str] | None
    """The parameters in their order, where the driver numbers them."""

    def arguments(self, values: dict[str, int | str]) -> Any:
        """Return the arguments in the form that the driver takes."""
        named = {**self.values, **values}
        return named if self.places is None else [named[name] for name in self.places]


def _compile(query: Select[Any], connection: Connection) -> _Compiled:
    compiled = query.compile(dialect=connection.dialect)
    places = compiled.positiontup
    return _Compiled(str(compiled), dict(compiled.params), places)


def _first(connection: Connection, text: str, arguments: Any) -> tuple[Any, ...] | None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, arguments)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row
    except connection.dialect.loaded_dbapi.Error:
        # once more the long way: it raises the errors that callers know, and
        # gives up a connection that is lost
        return connection.exec_driver_sql(text, arguments).tuples().first()
    finally:
        cursor.close()
