"""``napari-nora``: napari with the browser and the batch panel in place."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--url", help="Server to log in to.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Open this folder's images as a project, without a server.",
)
@click.version_option(package_name="napari-nora")
def main(url: str | None, folder: Path | None) -> None:
    """Browse, view, draw and process imaging studies in napari."""
    import napari
    from qtpy.QtWidgets import QApplication

    from napari_nora.desktop.layout import open_desktop
    from napari_nora.opening.memory import settle

    desktop = open_desktop(napari.Viewer(show=False))
    app = QApplication.instance()
    if app is not None:
        app.aboutToQuit.connect(desktop.session.close)
    if url:
        desktop.browser.login.url.setText(url)
    if folder is not None:
        desktop.browser.open_folder(folder.resolve())
    settle()
    napari.run()
    desktop.session.close()
