"""The window of ``nora demo``: a case with the result of a job, and pictures of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QApplication

from napari_nora.desktop.demo_pictures import open_row, take_pictures
from napari_nora.desktop.layout import Desktop, open_desktop
from napari_nora.desktop.tour import Steps, Tour
from napari_nora.opening.memory import settle
from napari_nora.remembered import Remembered
from napari_nora.session import Connection, Session, set_session
from napari_nora.widgets.browser.connect import connect_with_token
from nora_core.wire.jobs import JobState

PROJECT = "demo"
PRESET = "brain"
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
        yield from take_pictures(desktop, folder)


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
    """Choose the case that a job ended for first; the preset loads what it shows."""
    batch, auto = desktop.batch, desktop.autoloading
    batch.tabs.setCurrentWidget(batch.jobs_tab)
    desktop.raise_batch()
    yield lambda: bool(auto.presets.infos)
    if not auto.is_on:  # the user has made another preset the standard, or none
        auto.presets.choose(PRESET)
        yield lambda: auto.is_on
    yield lambda: any(case.result_file_ids for case in batch.follower.cases)
    case = next(
        case
        for case in batch.follower.cases
        if case.state is JobState.DONE and case.result_file_ids
    )
    yield from open_row(desktop, case.study_id)
    yield lambda: len(desktop.viewer.layers) > 0 and auto.is_idle
