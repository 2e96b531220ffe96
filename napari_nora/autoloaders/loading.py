"""Shows each case that is chosen in the same viewports, and fetches the next ahead."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from psygnal import Signal

from napari_nora.autoloaders.book import AutoloaderBook
from napari_nora.autoloaders.case import Case
from napari_nora.autoloaders.fetching import CaseFetcher, Loaded, Wish
from napari_nora.autoloaders.prefetch import DEFAULT_MEGABYTES, PlanCache
from napari_nora.autoloaders.presets import Presets
from napari_nora.autoloaders.resolve import Resolution
from napari_nora.autoloaders.swapping import Stage
from napari_nora.autoloaders.unsaved import KeptMask, UnsavedMasks
from napari_nora.opening.placed import METADATA_KEY, Placed, Source, placed_of
from napari_nora.session import Session, session_of
from napari_nora.viewports.state import Desk
from nora_core.wire.archive import CaseRow, FileRow

if TYPE_CHECKING:
    from napari_nora.tasks import Task, TaskError

_LOAD_LANE, _PREFETCH_LANE = "autoload", "autoload ahead"
_PAINT_FIRST_S = 0.2
"""The case that was chosen is painted before others are fetched."""
_SETTING = "prefetch_megabytes"


@dataclass(frozen=True)
class Feedback:
    """What became of each autoloader in the case that is shown."""

    case: Case | None = None
    is_loading: bool = False
    counts: dict[int, int] = field(default_factory=dict)
    sentences: dict[int, str] = field(default_factory=dict)
    error: str = ""


class Autoloading:
    """Follows the chosen case; one per viewer, see :func:`autoloading_of`.

    A change of the case asks the server which files it shows (so no image is shown
    after a right was withdrawn, even one that was fetched ahead), takes decoded images
    from memory or fetches them in threads, and puts them all into the viewports in one
    step. Masks with changes that were not saved are kept and come back with their case.
    """

    feedback_changed = Signal()
    kept_changed = Signal()
    """Other masks than before wait to be saved."""
    shown = Signal(object)
    """The case whose images are in the viewports now."""

    def __init__(self, viewer: Any, session: Session) -> None:
        self._viewer = viewer
        self._session = session
        self.book = AutoloaderBook()
        self.presets = Presets(session, self.book)
        self.unsaved = UnsavedMasks()
        self.stage = Stage(viewer, session.desk, self.unsaved)
        self.stage.server = _server_of(session)
        self.cache = PlanCache(_megabytes(session))
        self.feedback = Feedback()
        self._ahead: Task | None = None
        self._shown_layout = session.desk.layout
        session.selection_changed.connect(self._on_selection)
        session.project_changed.connect(self._on_project)
        session.connection_changed.connect(self._on_connection)
        session.neighbors_changed.connect(self._prefetch)
        session.mask_saved.connect(self._on_mask_saved)
        session.desk.layout_changed.connect(self._on_layout)
        self.book.changed.connect(self.reload)
        viewer.layers.events.inserted.connect(self._on_inserted)

    @property
    def case(self) -> Case | None:
        """The case that is chosen."""
        patient, project = self._session.selection.patient, self._session.project
        if patient is None or project is None:
            return None
        return self._case_of(
            patient.subject_id,
            patient.study_id,
            patient.patients_id,
            patient.studies_id,
        )

    @property
    def desk(self) -> Desk:
        """The viewports."""
        return self._session.desk

    @property
    def is_on(self) -> bool:
        """Whether choosing a case loads its images."""
        return self.book.is_enabled and any(
            one.enabled for one in self.book.autoloaders
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being loaded, nor fetched ahead."""
        is_ahead = self._ahead is not None and not self._ahead.is_ended
        return not self.feedback.is_loading and not is_ahead

    def reload(self) -> None:
        """Load the chosen case again, as the autoloaders are now."""
        case = self.case
        if case is None or not self.is_on or self._session.connection is None:
            self._session.tasks.cancel_lane(_LOAD_LANE)
            self._session.tasks.cancel_lane(_PREFETCH_LANE)
            self._tell(Feedback(case))
            return
        fetcher, wish = self._fetcher(), self._wish()
        self._tell(Feedback(case, is_loading=True))

        def work(task: Task) -> Loaded:
            resolution = fetcher.ask(case, wish)
            if not fetcher.is_ready(resolution):
                self._session.main_thread.deliver(lambda: self._say_loading(task))
            return fetcher.load(resolution, task)

        self._session.tasks.run(
            work,
            self._on_loaded,
            lambda error: self._on_failed(case, error),
            lane=_LOAD_LANE,
        )

    @property
    def kept(self) -> list[KeptMask]:
        """Masks of other cases that were not saved."""
        return list(self.unsaved.kept)

    def discard(self, mask: KeptMask) -> None:
        """Throw a kept mask away, as the user asked."""
        self.unsaved.discard(mask)
        self.kept_changed.emit()

    def set_cache_limit(self, megabytes: int) -> None:
        """Keep at most so much of images fetched ahead."""
        self._session.remembered.set(_SETTING, str(megabytes))
        self.cache.set_limit(megabytes)

    def _fetcher(self) -> CaseFetcher:
        return CaseFetcher(self._session.client, self.cache)

    def _wish(self) -> Wish:
        keys = self._session.desk.layout.keys
        return Wish(self.book.autoloaders, self.book.level, keys)

    def _case_of(
        self, subject_id: int, study_id: int | None, patient: str, study: str | None
    ) -> Case:
        session = self._session
        project = session.project.name if session.project is not None else ""
        user = session.connection.user if session.connection is not None else ""
        case = Case(project, subject_id, study_id, patient, study, user)
        return case.at(self.book.level)

    # the session

    def _on_selection(self) -> None:
        case = self.case
        if case is not None and case != self.feedback.case:
            self.reload()

    def _on_project(self) -> None:
        self._forget_all()
        if self.stage.case is not None:
            self._clear_stage()
        self._tell(Feedback())

    def _on_connection(self) -> None:
        """Close the images of another server: its studies have the same numbers."""
        self._forget_all()
        self._clear_stage()
        self.stage.server = _server_of(self._session)

    def _clear_stage(self) -> None:
        self.stage.clear()
        self.kept_changed.emit()

    def _forget_all(self) -> None:
        """Load nothing more, and keep nothing that was loaded ahead."""
        for lane in (_LOAD_LANE, _PREFETCH_LANE):
            self._session.tasks.cancel_lane(lane)
        self.cache.clear()

    def _on_layout(self) -> None:
        layout = self._session.desk.layout
        if layout != self._shown_layout:
            self._shown_layout = layout
            self.reload()

    def _on_inserted(self, event: Any) -> None:
        layer = event.value
        placed = placed_of(layer)
        if not isinstance(layer, Labels) or placed is None:
            return
        is_drawn = placed.source is not None and not placed.source.file_ids
        if not is_drawn and not self.unsaved.knows(layer):
            self.unsaved.note_stored(layer)

    def _on_mask_saved(self, layer: Any, file: FileRow, as_saved: int) -> None:
        placed, project = placed_of(layer), self._session.project
        if placed is not None and project is not None:
            before = placed.source
            name = before.project if before is not None else project.name
            source = Source(name, file.study_id, (file.id,), file.relative_name)
            saved = Placed(placed.grid, source, placed.components)
            layer.metadata = {**layer.metadata, METADATA_KEY: saved}
        self.unsaved.note_stored(layer, as_saved)
        self.unsaved.drop_saved()
        self.kept_changed.emit()

    # outcomes

    def _say_loading(self, task: Task) -> None:
        if task.is_ended or task.cancelled():
            return
        desk = self._session.desk
        for key in desk.layout.keys:
            if desk[key].items:
                desk.change(key, note="the chosen case is loading …")

    def _on_loaded(self, loaded: Loaded) -> None:
        kept = len(self.unsaved.kept)
        self.stage.show(loaded, self.book.main_viewport)
        self._tell(_feedback(loaded))
        if len(self.unsaved.kept) != kept:
            self.kept_changed.emit()
        if len(self.unsaved.kept) > kept:
            self._session.noticed.emit(kept_in_words(len(self.unsaved.kept)))
        self.shown.emit(loaded.resolution.case)
        self._prefetch()

    def _on_failed(self, case: Case, error: TaskError) -> None:
        """Show nothing of a case that the server does not give."""
        self.cache.clear()
        self._clear_stage()
        for key in self._session.desk.layout.keys:
            self._session.desk.change(key, note=error.message)
        self._tell(Feedback(case, error=error.message))

    def _tell(self, feedback: Feedback) -> None:
        self.feedback = feedback
        self.feedback_changed.emit()

    # ahead

    def _prefetch(self) -> None:
        """Fetch and decode the next case, then the previous one."""
        session = self._session
        if not self.is_on or session.connection is None or self.feedback.is_loading:
            return
        around = session.neighbors()
        cases = [self._case_of_row(row) for row in (*around.next, *around.previous)]
        if not cases:
            return
        fetcher, wish = self._fetcher(), self._wish()

        def work(task: Task) -> None:
            task.wait(_PAINT_FIRST_S)
            for case in cases:
                task.check()
                fetcher.warm(fetcher.ask(case, wish), task)

        self._ahead = session.tasks.run(work, lane=_PREFETCH_LANE)

    def _case_of_row(self, row: CaseRow) -> Case:
        return self._case_of(
            row.subject_id, row.study_id, row.patients_id, row.studies_id
        )


def kept_in_words(count: int) -> str:
    """Say that masks wait to be saved.

    Examples
    --------
    >>> kept_in_words(1)
    '1 unsaved mask is kept and comes back with its case'
    """
    if count == 1:
        return "1 unsaved mask is kept and comes back with its case"
    return f"{count} unsaved masks are kept and come back with their cases"


def _feedback(loaded: Loaded) -> Feedback:
    resolution: Resolution = loaded.resolution
    sentences = {one.index: one.sentence for one in resolution.missing}
    sentences |= {slot[0]: text for slot, text in loaded.failures.items()}
    return Feedback(
        resolution.case, counts=dict(resolution.counts), sentences=sentences
    )


def _server_of(session: Session) -> str:
    return session.connection.url if session.connection is not None else ""


def _megabytes(session: Session) -> int:
    text = session.remembered.text(_SETTING)
    return int(text) if text.isdecimal() else DEFAULT_MEGABYTES


# napari makes widgets one by one and hands each only the viewer, so the panels of
# one window find what follows its cases through nothing else than this map. It holds
# nothing alive: a panel and the desktop do.
_OF_SESSION: weakref.WeakKeyDictionary[Session, weakref.ref[Autoloading]] = (
    weakref.WeakKeyDictionary()
)


def autoloading_of(viewer: Any) -> Autoloading:
    """Return what follows the cases of ``viewer``'s window, made where none does.

    It follows as long as somebody holds it.
    """
    session = session_of(viewer)
    known = _OF_SESSION.get(session)
    found = known() if known is not None else None
    if found is None:
        found = Autoloading(getattr(viewer, "__wrapped__", viewer), session)
        _OF_SESSION[session] = weakref.ref(found)
    return found
