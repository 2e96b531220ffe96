"""Write a new migration from the difference between the tables and migrations.

``python scripts/new_migration.py NUMBER "what it changes"``; read and correct
what it wrote before committing it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from nora_server.database.engine import Database
from nora_server.database.migrate import make_config, migrate


def main() -> None:
    """Compare with a fresh SQLite database at the newest revision."""
    number, message = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.sqlite'}")
        migrate(database)
        with database.engine.connect() as connection:
            config = make_config(connection)
            script = command.revision(config, message, autogenerate=True, rev_id=number)
        database.close()
    if script is None or isinstance(script, list):
        sys.exit("no migration was written")
    subprocess.run([sys.executable, "-m", "ruff", "format", script.path], check=True)


if __name__ == "__main__":
    main()
