"""``nora serve``: run the server."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import click

from nora_server.cli.options import (
    config_option,
    data_option,
    load_settings,
    shown_errors,
)

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
    """Run the server."""
    with shown_errors():
        given: dict[str, Any] = {"server.host": host, "server.port": port}
        settings = load_settings(config, data, given, use_environment=not embedded)
        from nora_server.cli import embedded as on_this_machine
        from nora_server.cli.running import opened_parts, run_server, stop_on_signals
        from nora_server.logs import start_logging

        start_logging(settings.log.level)
        stop_on_signals()
        if embedded:
            os.umask(0o077)  # what is on this user's disk is this user's alone
            settings = on_this_machine.embedded_settings(settings)
        try:
            with opened_parts(settings) as parts:
                if not embedded:
                    run_server(parts, _tell)
                    return
                with on_this_machine.connection_file(parts) as file:
                    run_server(parts, file.write)
        except KeyboardInterrupt:
            _log.info("stopped")


def _tell(url: str) -> None:
    _log.info("serving", extra={"url": url})
    click.echo(f"napari-nora serves at {url}; Ctrl-C stops it", err=True)
