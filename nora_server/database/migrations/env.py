"""Alembic's entry: uses the connection that :mod:`nora_server.database.migrate` gives.

On its own (``alembic`` in a development checkout) it connects to the URL given
by ``-x url=...``.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, create_engine, pool
from sqlmodel.sql.sqltypes import AutoString

from nora_server.database.columns import FoldedText, UtcDateTime
from nora_server.database.tables import METADATA


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types into new migrations, briefly."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length})"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and item is FoldedText:
        return "FoldedText"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        render_as_batch=context.config.attributes.get("as_batch", True),
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    url = context.get_x_argument(as_dictionary=True)["url"]
    with create_engine(url, poolclass=pool.NullPool).begin() as own:
        _run(own)
