"""Presets of a project: what is loaded where, chosen, saved and applied on entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal
from pydantic import ValidationError

from napari_nora.autoloaders.book import AutoloaderBook
from napari_nora.scenes.viewports import (
    aims_only,
    apply_aims,
    apply_layout,
    layout_of,
    viewports_of,
)
from nora_core.errors import NoraError
from nora_core.wire.preset import Preset, PresetContent, PresetInfo, PresetMark
from nora_core.wire.project import Action

if TYPE_CHECKING:
    from napari_nora.session import Session
    from napari_nora.tasks import TaskError

_LANE = "presets"
_REMEMBERED = "autoloaders"
MARKS = {
    PresetMark.PRIVATE: "only me",
    PresetMark.READABLE: "all may use it",
    PresetMark.STANDARD: "standard of the project",
    PresetMark.STANDARD_WRITABLE: "standard that writers may change",
}


class Presets:
    """The presets of the session's project.

    On entry, the project's standard is applied; without one, the autoloaders that
    were last used there on this computer.
    """

    changed = Signal()
    """Others are known, or another one is in use."""
    failed = Signal(object)

    def __init__(self, session: Session, book: AutoloaderBook) -> None:
        self._session = session
        self._book = book
        self.infos: tuple[PresetInfo, ...] = ()
        self.in_use: PresetInfo | None = None
        self.keeps_view_in: str | None = None
        """A project on whose entry a link is shown, not its standard preset."""
        self._is_entering = False
        session.project_changed.connect(self._on_project)
        book.changed.connect(self._remember)

    @property
    def marks(self) -> list[PresetMark]:
        """The marks that the user may give."""
        may_manage = self._session.may(Action.MANAGE)
        return [mark for mark in PresetMark if may_manage or not mark.is_standard]

    def content(self) -> PresetContent:
        """Return the present layout, planes and autoloaders."""
        desk = self._session.desk
        return PresetContent.model_validate(
            {
                "layout": layout_of(desk),
                "viewports": aims_only(viewports_of(desk, {})),
                "convention": desk.convention.value,
                **self._book.fields(),
            }
        )

    def apply(self, content: PresetContent) -> None:
        """Take layout, planes and autoloaders of a preset."""
        desk = self._session.desk
        apply_layout(desk, content.layout)
        apply_aims(desk, content.viewports)
        if content.convention is not None:
            desk.set_convention(content.convention)
        self._book.take(content)

    def choose(self, name: str) -> None:
        """Apply a preset."""
        project, client = self._project, self._session.client
        self._session.tasks.run(
            lambda _: client.preset(project, name), self._on_preset, self._fail
        )

    def save(self, name: str, mark: PresetMark) -> None:
        """Save what is set now as a preset."""
        project, client, content = (
            self._project,
            self._session.client,
            self.content(),
        )

        def work(_: object) -> tuple[Preset, list[PresetInfo]]:
            saved = client.save_preset(project, name, content, mark)
            return saved, client.presets(project)

        def done(outcome: tuple[Preset, list[PresetInfo]]) -> None:
            self.in_use, self.infos = outcome[0], tuple(outcome[1])
            self.changed.emit()
            self._session.noticed.emit(f"preset {name} is saved")

        self._session.tasks.run(work, done, self._fail)

    def delete(self, name: str) -> None:
        """Delete a preset; what is set stays."""
        project, client = self._project, self._session.client

        def work(_: object) -> list[PresetInfo]:
            client.delete_preset(project, name)
            return client.presets(project)

        def done(infos: list[PresetInfo]) -> None:
            self.infos = tuple(infos)
            if self.in_use is not None and self.in_use.name == name:
                self.in_use = None
            self.changed.emit()
            self._session.noticed.emit(f"preset {name} is deleted")

        self._session.tasks.run(work, done, self._fail)

    @property
    def _project(self) -> str:
        if self._session.project is None:
            raise RuntimeError("no project is open")
        return self._session.project.name

    def _on_project(self) -> None:
        self.infos, self.in_use = (), None
        self._is_entering = True
        try:
            self._book.take(PresetContent())
        finally:
            self._is_entering = False
        self.changed.emit()
        if self._session.project is None or self._session.connection is None:
            self._session.tasks.cancel_lane(_LANE)
            return
        project, client = self._project, self._session.client

        def work(_: object) -> tuple[list[PresetInfo], Preset | None]:
            infos = client.presets(project)
            standards = [info for info in infos if info.mark.is_standard]
            first = client.preset(project, standards[0].name) if standards else None
            return infos, first

        self._session.tasks.run(work, self._on_entry, self._fail, lane=_LANE)

    def _on_entry(self, outcome: tuple[list[PresetInfo], Preset | None]) -> None:
        infos, standard = outcome
        self.infos = tuple(infos)
        keeps_view, self.keeps_view_in = self.keeps_view_in == self._project, None
        if standard is not None and not keeps_view:
            self._on_preset(standard)
            return
        self._recall()
        self.changed.emit()

    def _on_preset(self, preset: Preset) -> None:
        self.in_use = preset
        self.apply(preset.content)
        self.changed.emit()

    def _fail(self, error: TaskError) -> None:
        self.failed.emit(error)

    # on this computer

    def _key(self) -> str:
        connection = self._session.connection
        url = connection.url if connection is not None else ""
        return f"{_REMEMBERED}/{url.replace('/', '_')}/{self._project}"

    def _remember(self) -> None:
        if self._is_entering or self._session.project is None:
            return
        content = PresetContent.model_validate(self._book.fields())
        self._session.remembered.set(self._key(), content.model_dump_json())

    def _recall(self) -> None:
        text = self._session.remembered.text(self._key())
        if not text:
            return
        try:
            self._book.take(PresetContent.model_validate_json(text))
        except (ValidationError, NoraError):
            self._session.remembered.set(self._key(), "")
