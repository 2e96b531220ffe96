"""Shows the case that a URL call names: filters the table for it and chooses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from napari_nora.autoloaders.loading import autoloading_of
from napari_nora.scenes.viewports import apply_aims, apply_layout
from nora_core.patterns import escape
from nora_core.wire.archive import StudyInfo
from nora_core.wire.call import ResolvedCall
from nora_core.wire.case import Level

if TYPE_CHECKING:
    from napari_nora.desktop.layout import Desktop


def show_call(desktop: Desktop, call: ResolvedCall) -> None:
    """Choose the call's case in the table, with the preset that it asks for."""
    if call.hide_nav or call.hide_all:
        desktop.hide_panels(all_of_them=call.hide_all)
    if call.preset is not None:
        content = call.preset.content
        apply_layout(desktop.session.desk, content.layout)
        apply_aims(desktop.session.desk, content.viewports)
        autoloading_of(desktop.viewer).book.take(content)
    study = call.study or next(iter(call.studies), None)
    if study is not None:
        _when_in_project(desktop, call.project, lambda: _choose(desktop, call, study))


def _when_in_project(desktop: Desktop, project: str, act: Callable[[], None]) -> None:
    """Act now, or as soon as the table shows the project."""
    session = desktop.session

    def check() -> None:
        if session.project is not None and session.project.name == project:
            session.project_changed.disconnect(check)
            act()

    session.project_changed.connect(check)
    check()


def _choose(desktop: Desktop, call: ResolvedCall, study: StudyInfo) -> None:
    state = desktop.browser.state
    state.clear_bars()
    state.set_level(Level.STUDY if call.study is not None else call.level)
    state.set_bar("patients_id", escape(study.patients_id))
    if call.study is not None:
        state.set_bar("studies_id", escape(study.studies_id))
    loader, table = desktop.browser.loader, desktop.browser.page.table

    def choose() -> None:
        row = desktop.browser.model.rows.case_at(0)
        if row is not None and row.subject_id == study.subject_id:
            loader.started.disconnect(choose)
            table.choose_row(0)

    loader.started.connect(choose)
