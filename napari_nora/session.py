"""What one napari window is connected to, and what is chosen there."""

from __future__ import annotations

import datetime
import uuid
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_nora.parts.main_thread import MainThread
from napari_nora.remembered import Remembered
from napari_nora.tasks import Tasks
from napari_nora.viewports.state import Desk
from nora_core.wire.archive import CaseQuery, CaseRow
from nora_core.wire.case import Level
from nora_core.wire.link import LinkInfo
from nora_core.wire.project import Action, ProjectInfo

if TYPE_CHECKING:
    from nora_core.client import Client


@dataclass(frozen=True)
class Connection:
    """A server that answers, and as whom we talk to it."""

    client: Client
    url: str
    user: str
    version: str
    is_embedded: bool = False
    server: Any = None
    """The embedded server that this window started, kept alive with it."""


@dataclass(frozen=True)
class Patient:
    """Whose row is chosen: a study, or a subject with ``study_id`` None."""

    subject_id: int
    study_id: int | None
    patients_id: str
    studies_id: str | None
    name: str = ""
    date: datetime.date | None = None
    description: str = ""

    @property
    def psid(self) -> str:
        """``patients_id#studies_id``, or ``patients_id`` alone."""
        if self.studies_id is None:
            return self.patients_id
        return f"{self.patients_id}#{self.studies_id}"


@dataclass(frozen=True)
class Neighbors:
    """Rows around the current one in the table's filter and order, nearest first."""

    previous: tuple[CaseRow, ...] = ()
    next: tuple[CaseRow, ...] = ()
    is_complete: bool = True
    """False while rows are still being fetched; see ``Session.neighbors_changed``."""


NeighborSource = Callable[[int], Neighbors]


@dataclass(frozen=True)
class Selection:
    """The chosen rows of the browser's table."""

    level: Level = Level.STUDY
    case_ids: tuple[int, ...] = ()
    """Ids of the chosen rows that are known; see ``ranges`` for all."""
    count: int = 0
    matching: int = 0
    """How many rows pass the filter."""
    query: CaseQuery = field(default_factory=CaseQuery)
    ranges: tuple[tuple[int, int], ...] = ()
    """First and last chosen row, in the order of ``query``."""
    study_id: int | None = None
    """The study of the current row, where it has one."""
    patient: Patient | None = None
    """Whose the current row is; a file's row is its study's."""


class Session:
    """One per viewer; the panels of its window share it.

    Signals come in the main thread.

    Walking through cases: :meth:`case_step` asks the table for the next or previous
    case of its filter and order (files below a case are passed over). The table
    chooses the row, fetching its page where needed: ``selection_changed`` tells of it
    as of every choice, and then ``case_stepped``. At either end it stays and says so.
    :meth:`neighbors` gives the rows around the current one, to fetch their images
    beforehand. Both do nothing while there is no table.
    """

    connection_changed = Signal()
    project_changed = Signal()
    selection_changed = Signal()
    orders_changed = Signal()
    files_changed = Signal(object)
    """Ids of studies whose files or tags changed."""
    mask_saved = Signal(object, object, int)
    """A mask's layer, the ``FileRow`` that it was saved as, and the fingerprint of the
    voxels that were saved: the user may have drawn on since."""
    file_dropped = Signal(int, int)
    """A study's and a file's id: the file was dragged into the viewer."""
    noticed = Signal(str)
    """A short sentence for the status bar."""
    case_step_requested = Signal(int)
    """By so many cases forward (or back, below zero); the table answers."""
    case_stepped = Signal(object)
    """The ``CaseRow`` that a step has led to."""
    neighbors_changed = Signal()
    """Rows came that :meth:`neighbors` had to leave out."""
    jobs_wanted = Signal(object)
    """A ``CaseRow`` whose jobs the user wants to see; the batch panel answers."""

    def __init__(self, remembered: Remembered | None = None) -> None:
        self.main_thread = MainThread()
        self.tasks = Tasks(self.main_thread.deliver)
        self.remembered = remembered or Remembered()
        self.connection: Connection | None = None
        self.project: ProjectInfo | None = None
        self.selection = Selection()
        self.desk = Desk()
        """What the viewports show."""
        self.desk.noticed.connect(self.noticed.emit)
        self.key = uuid.uuid4().hex
        self.opened_link: LinkInfo | None = None
        """The shared link that is shown; sharing again may overwrite it."""
        self.neighbor_source: NeighborSource | None = None
        """Set by the table."""

    @property
    def client(self) -> Client:
        """The client of the present connection."""
        if self.connection is None:
            raise RuntimeError("no connection; ask `session.connection` first")
        return self.connection.client

    def talks_to(self, client: Client) -> bool:
        """Whether work that was begun with ``client`` may still be shown.

        Another server gives its own studies the same numbers.
        """
        return self.connection is not None and self.connection.client is client

    def connect(self, connection: Connection | None) -> None:
        """Talk to another server, or to none."""
        self.opened_link = None
        self.project = None
        self.selection = Selection()
        self.connection = connection
        self.connection_changed.emit()
        self.project_changed.emit()

    def choose_project(self, project: ProjectInfo | None) -> None:
        """Show another project."""
        self.project = project
        self.selection = Selection()
        if project is not None:
            self.remembered.set("project", project.name)
        self.project_changed.emit()

    def select(self, selection: Selection) -> None:
        """Tell the panels which rows are chosen."""
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()

    def case_step(self, step: int) -> None:
        """Ask for the next case (``+1``) or the previous one (``-1``)."""
        self.case_step_requested.emit(step)

    def neighbors(self, count: int = 1) -> Neighbors:
        """Return up to ``count`` rows before and after the current one."""
        if self.neighbor_source is None:
            return Neighbors()
        return self.neighbor_source(count)

    def may(self, action: Action) -> bool:
        """Whether the user may do ``action`` in the present project."""
        return self.project is not None and action in self.project.actions

    def close(self) -> None:
        """Stop all work and the server that this window started."""
        self.tasks.close()
        if self.connection is not None and self.connection.server is not None:
            self.connection.server.stop()
        self.connection = None


# napari makes widgets one by one and hands each only the viewer, so the panels of
# one window can find each other through nothing else than this map.
_SESSIONS: weakref.WeakKeyDictionary[Any, Session] = weakref.WeakKeyDictionary()


def session_of(viewer: Any) -> Session:
    """Return the session of ``viewer``'s window; made on the first call.

    ``viewer`` may be napari's proxy for plug-ins, which dies early: the viewer
    behind it is the key.
    """
    key = getattr(viewer, "__wrapped__", viewer)
    if key not in _SESSIONS:
        _SESSIONS[key] = Session()
    return _SESSIONS[key]


def set_session(viewer: Any, session: Session) -> None:
    """Give ``viewer``'s window a session that was made elsewhere."""
    _SESSIONS[getattr(viewer, "__wrapped__", viewer)] = session
