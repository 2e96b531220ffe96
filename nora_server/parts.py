"""The server's parts, made once by ``main`` and passed on."""

from dataclasses import dataclass
from typing import Any

from nora_server.database.engine import Database
from nora_server.settings import Settings


@dataclass(frozen=True)
class Parts:
    """What services need besides a session: made once, never changed."""

    settings: Settings
    database: Database
    storage: Any = None
    registry: Any = None
    search: Any = None
    backend: Any = None

    def close(self) -> None:
        """Let go of files and connections."""
        self.database.close()


def make_parts(settings: Settings) -> Parts:
    """Make the parts that ``settings`` describe; the database must be migrated."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    return Parts(settings=settings, database=Database(settings.effective_database_url))
