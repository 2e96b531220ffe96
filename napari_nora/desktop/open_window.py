"""``napari-nora``: napari with the browser and the batch panel in place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nora_core.errors import NoraError

if TYPE_CHECKING:
    from nora_core.wire.call import OpenRequest


@click.group(invoke_without_command=True)
@click.option("--url", help="Server to log in to.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Open this folder's images as a project, without a server.",
)
@click.version_option(package_name="napari-nora")
@click.pass_context
def main(context: click.Context, url: str | None, folder: Path | None) -> None:
    """Browse, view, draw and process imaging studies in napari."""
    if context.invoked_subcommand is None:
        _run_window(url=url, folder=folder)


@main.command("open")
@click.argument("url")
@click.option(
    "--headless",
    is_flag=True,
    help="Print what it leads to as JSON, without a window.",
)
def open_url(url: str, headless: bool) -> None:
    """Open a shared link, a URL call or a nora:// address."""
    from nora_core.wire.call import parse_open_url

    try:
        request = parse_open_url(url)
        if headless:
            _print_state(request)
        else:
            _run_window(request=request)
    except NoraError as error:
        raise click.ClickException(error.message) from None


def _print_state(request: OpenRequest) -> None:
    from napari_nora.desktop.kept_tokens import kept_token
    from nora_core.client.opening import log_in_for, open_request

    with log_in_for(request, kept_token) as client:
        opened = open_request(client, request)
    click.echo(opened.model_dump_json(indent=2))


def _run_window(
    url: str | None = None,
    folder: Path | None = None,
    request: OpenRequest | None = None,
) -> None:
    import napari
    from qtpy.QtWidgets import QApplication

    from napari_nora.desktop.layout import open_desktop
    from napari_nora.desktop.open_link import LinkOpener, show_opened
    from napari_nora.opening.memory import settle

    desktop = open_desktop(napari.Viewer(show=False))
    app = QApplication.instance()
    if app is not None:
        app.aboutToQuit.connect(desktop.session.close)
    if url:
        desktop.browser.login.url.setText(url)
    if folder is not None:
        desktop.browser.open_folder(folder.resolve())
    opener = None
    if request is not None:
        opener = LinkOpener(desktop, request, show_opened)
        opener.start()
    settle()
    napari.run()
    desktop.session.close()
