"""Reads what is new in a job folder: who started, how far, who ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from nora_core.jobs.events import read_events
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import EventKind, JobEvent


@dataclass
class News:
    """What workers reported since the last look."""

    started: dict[int, JobEvent] = field(default_factory=dict)
    progress: dict[int, JobEvent] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)
    """Attempt by case."""
    workers: dict[int, int] = field(default_factory=dict)
    """Who works on a case."""
    offsets: dict[int, int] = field(default_factory=dict)

    def add(self, worker: int, event: JobEvent) -> None:
        """Take in one event."""
        if event.kind is EventKind.STARTED:
            self.started[event.case] = event
            self.workers[event.case] = worker
        elif event.kind is EventKind.PROGRESS:
            self.progress[event.case] = event
        else:
            self.started.pop(event.case, None)
            self.progress.pop(event.case, None)
            self.ended[event.case] = event.attempt


class Reader:
    """Remembers how far the events of one job folder were read."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.is_fresh = True
        """Nothing of this job was looked after in this process yet."""
        self._unknown_since: float | None = None
        self._offsets: dict[int, int] = {}
        self._working: dict[int, int] = {}
        """Worker by case, for cases that have started and not ended."""

    def read(self) -> News:
        """Return what is new; it is new again until :meth:`accept`."""
        news = News()
        for worker in self.folder.event_workers():
            offset = self._offsets.get(worker, 0)
            events, news.offsets[worker] = read_events(
                self.folder.events_path(worker), offset
            )
            for event in events:
                news.add(worker, event)
        return news

    def accept(self, news: News) -> None:
        """Do not read ``news`` again: it is in the database."""
        self._offsets.update(news.offsets)
        self._working.update(news.workers)
        self.forget(news.ended)

    def forget(self, cases: Iterable[int]) -> None:
        """Know that these cases have ended."""
        for case in cases:
            self._working.pop(case, None)

    def left_behind(self, ended_workers: frozenset[int]) -> set[int]:
        """Return the cases that workers had when they ended."""
        return {
            case for case, worker in self._working.items() if worker in ended_workers
        }

    def unknown_for_s(self, is_unknown: bool) -> float:
        """Return for how long the back end has not known this job."""
        if not is_unknown:
            self._unknown_since = None
            return 0.0
        now = monotonic()
        self._unknown_since = self._unknown_since or now
        return now - self._unknown_since
