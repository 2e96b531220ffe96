"""The server's parts, made once by ``main`` and passed on."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from nora_core.errors import SettingsError
from nora_core.jobs.backends.backend import Backend
from nora_core.jobs.backends.inline import InlineBackend
from nora_core.jobs.backends.local import LocalBackend
from nora_core.plugins import sources
from nora_core.plugins.registry import Registry
from nora_server.database.engine import Database
from nora_server.search.index import SearchIndex
from nora_server.security.gate import Gate
from nora_server.security.tickets import Tickets
from nora_server.settings import JobSettings, Settings
from nora_server.storage.storage import Storage


@dataclass(frozen=True)
class Parts:
    """What services need besides a session: made once, never changed."""

    settings: Settings
    database: Database
    storage: Storage
    registry: Registry
    backend: Backend
    gate: Gate
    search: SearchIndex
    tickets: Tickets = field(default_factory=Tickets)
    background: list[Thread] = field(default_factory=list)
    """Threads that run beside the requests, such as the watcher's."""
    orders_changed: Event = field(default_factory=Event)
    """Set when an order was stored, cancelled or retried: wakes the watcher."""

    def watcher_is_alive(self) -> bool:
        """Tell whether nothing that was started in the background has died."""
        return all(thread.is_alive() for thread in self.background)

    def close(self) -> None:
        """Let go of files, workers and connections.

        The workers of a lab's server go on; an embedded one ends what it started.
        """
        self.search.close()
        self.backend.close(end_workers=self.settings.is_embedded)
        self.database.close()


def make_parts(settings: Settings, registry: Registry | None = None) -> Parts:
    """Make the parts that ``settings`` describe; the database must be migrated.

    Parameters
    ----------
    settings
        Of the server.
    registry
        The tools; those of all installed plug-ins where not given.
    """
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    storage = Storage(settings.data_folder)
    database = Database(settings.effective_database_url)
    return Parts(
        settings=settings,
        database=database,
        storage=storage,
        registry=sources.load() if registry is None else registry,
        backend=make_backend(settings.jobs, settings.job_folder),
        gate=Gate(settings.login),
        search=SearchIndex(database),
    )


def make_backend(settings: JobSettings, folder: Path) -> Backend:
    """Return the back end that the settings name.

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if settings.backend == "local":
        return LocalBackend(folder, settings.workers)
    if settings.backend == "inline":
        return InlineBackend(folder)
    raise SettingsError(f"jobs.backend is {settings.backend!r}; known: inline, local")
