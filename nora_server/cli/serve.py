"""``nora serve``: run the server."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

from nora_server.cli.options import (
    config_option,
    data_option,
    load_own_settings,
    load_settings,
)
from nora_server.settings import Settings

_log = logging.getLogger(__name__)


@click.command()
@config_option
@data_option
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 picks a free one.")
@click.option(
    "--embedded",
    is_flag=True,
    help="Serve one user on this machine only; writes DATA/embedded.json.",
)
def serve(
    config: Path | None,
    data: Path | None,
    host: str | None,
    port: int | None,
    embedded: bool,
) -> None:
    """Run the server until Ctrl-C."""
    from nora_server.cli.running import stop_on_signals
    from nora_server.logs import start_logging

    stop_on_signals()
    if embedded:
        os.umask(0o077)  # what is on this user's disk is this user's alone
        settings = load_own_settings(config, data)
    else:
        given = {"server.host": host, "server.port": port}
        settings = load_settings(config, data, given)
    start_logging(settings.log.level)
    try:
        _serve_embedded(settings) if embedded else _serve(settings)
    except KeyboardInterrupt:
        _log.info("stopped")


def _serve(settings: Settings) -> None:
    from nora_server.cli.running import opened_parts, run_server
    from nora_server.services.accounts import has_users

    def tell(url: str) -> None:
        _log.info("serving", extra={"url": url})
        click.echo(f"napari-nora serves at {url}; Ctrl-C stops it", err=True)
        if not has_users(parts):
            click.echo(
                "there are no users yet: make one with `nora admin user add NAME "
                "--admin`",
                err=True,
            )

    with opened_parts(settings) as parts:
        run_server(parts, tell)


def _serve_embedded(settings: Settings) -> None:
    from nora_server.cli.embedded import connection_file, embedded_settings
    from nora_server.cli.running import opened_parts, run_server

    with (
        opened_parts(embedded_settings(settings)) as parts,
        connection_file(parts) as file,
    ):
        run_server(parts, file.write)
