"""The window of ``nora demo``: a case, a job's result over it, and pictures of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QApplication

from napari_nora.desktop.layout import Desktop, open_desktop
from napari_nora.desktop.tour import Steps, Tour, pause
from napari_nora.opening.memory import settle
from napari_nora.remembered import Remembered
from napari_nora.session import Connection, Session, set_session
from napari_nora.widgets.browser.connect import connect_with_token
from nora_core.wire.jobs import JobState

PROJECT = "demo"
PICTURE_SIZE = QSize(1600, 1000)


def run(connection_file: Path, screenshots: Path | None = None) -> None:
    """Open the window on a server of this computer.

    Parameters
    ----------
    connection_file : Path
        ``embedded.json`` of the server's data folder.
    screenshots : Path, optional
        Save pictures in this folder and end; wait for the user otherwise.
    """
    import napari

    content = json.loads(connection_file.read_text("utf-8"))
    size = PICTURE_SIZE if screenshots is not None else None
    viewer = napari.Viewer(show=False)
    # the demo neither uses nor changes what the user's own windows remember
    remembered = Remembered(connection_file.parent / "window.ini")
    set_session(viewer, Session(remembered))
    if screenshots is not None:
        remembered.clear()
    desktop = open_desktop(viewer, size)
    errors: list[Exception] = []

    def ended(error: Exception | None) -> None:
        if error is not None:
            errors.append(error)
        if error is not None or screenshots is not None:
            desktop.viewer.close()
            QApplication.quit()

    steps = _steps(desktop, content["url"], content["token"], screenshots)
    tour = Tour(steps, ended)
    settle()
    napari.run()
    desktop.session.close()
    tour.deleteLater()
    if errors:
        raise errors[0]


def _steps(desktop: Desktop, url: str, token: str, folder: Path | None) -> Steps:
    yield from _connect(desktop, url, token)
    yield from _show_result(desktop)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield from _take_pictures(desktop, folder)


def _connect(desktop: Desktop, url: str, token: str) -> Steps:
    session = desktop.session
    session.remembered.set("project", PROJECT)
    failures: list[Any] = []

    def connected(connection: Connection) -> None:
        session.connect(connection)

    session.tasks.run(
        lambda _: connect_with_token(url, token), connected, failures.append
    )
    yield lambda: bool(failures) or desktop.browser.loader.count is not None
    if failures:
        raise failures[0].error


def _show_result(desktop: Desktop) -> Steps:
    """Open the result of the newest finished order over its image."""
    batch, viewer = desktop.batch, desktop.viewer
    batch.tabs.setCurrentWidget(batch.jobs_tab)
    desktop.raise_batch()
    yield lambda: any(case.result_file_ids for case in batch.follower.cases)
    case = next(
        case
        for case in batch.follower.cases
        if case.state is JobState.DONE and case.result_file_ids
    )
    yield lambda: bool(batch.run_tab.all_tools)
    batch.jobs_tab.open_requested.emit(case)
    yield lambda: len(viewer.layers) >= 2
    yield lambda: not desktop.session.tasks.titled
    yield from _open_row_of(desktop, case.study_id)


def _open_row_of(desktop: Desktop, study_id: int | None) -> Steps:
    """Open the row of a study in the table, and choose it."""
    browser = desktop.browser
    rows = browser.model.rows
    for number in range(len(rows)):
        case = rows.case_at(number)
        if case is not None and case.study_id == study_id:
            browser.page.table.selectRow(number)
            if not rows.open.is_open(rows.place(number).case):
                browser.loader.toggle(number)
            break
    yield pause(0.5)


def _take_pictures(desktop: Desktop, folder: Path) -> Steps:
    viewer, browser, batch = desktop.viewer, desktop.browser, desktop.batch

    def save(name: str) -> Steps:
        yield lambda: desktop.center.grid.is_idle
        path = folder / f"{name}.png"
        viewer.window.screenshot(str(path), flash=False, canvas_only=False)

    yield pause(0.8)
    yield from save("desktop")
    batch.tabs.setCurrentWidget(batch.run_tab)
    order = batch.follower.order
    if order is not None:
        batch.run_tab.choose_tool(order.tool)
        batch.run_tab.fill(order.arguments)
    yield pause(1.2)
    yield from save("batch")
    desktop.raise_controls()
    yield from _open_ct(desktop)
    yield pause(0.8)
    yield from save("ct")
    browser.page.search.setText("t1/*")
    browser.state.set_bar("files", "t1/* & STAG:control")
    yield pause(1.0)
    yield from save("filter")
    browser.state.set_bar("files", "t1* & COLOR:red")
    yield pause(0.4)
    yield from save("filter-error")


def _open_ct(desktop: Desktop) -> Steps:
    """Show the CT series instead of what is open."""
    browser, viewer = desktop.browser, desktop.viewer
    rows = browser.model.rows
    study = next(
        case.study_id
        for case in rows.pages.loaded(0, len(rows.pages) - 1)
        if case.modality == "CT"
    )
    viewer.layers.clear()
    yield from _open_row_of(desktop, study)
    yield lambda: any(
        node.files for node in rows.open.all_nodes() if _is_of(node, study)
    )
    nodes = [node for node in rows.open.all_nodes() if _is_of(node, study)]
    browser.actions_.show_files(max(nodes, key=lambda node: len(node.files)).files)
    yield lambda: len(viewer.layers) > 0


def _is_of(node: Any, study_id: int | None) -> bool:
    return bool(node.files) and node.files[0].study_id == study_id
