"""``nora doctor``: is everything in order, and how to mend it if not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nora_server.cli.checks import examine
from nora_server.cli.options import config_option, data_option, load_settings
from nora_server.settings_file import find_settings_file


@click.command()
@config_option
@data_option
def doctor(config: Path | None, data: Path | None) -> None:
    """Check settings, disk, database, back end, port and TLS; say how to mend."""
    path = config or find_settings_file()
    settings = load_settings(path, data)
    problems = 0
    for finding in examine(settings, path):
        sign = "ok     " if finding.is_good else "PROBLEM"
        click.echo(f"{sign}  {finding.name}: {finding.detail}")
        if not finding.is_good:
            problems += 1
            click.echo(f"         to mend: {finding.mend}")
    click.echo("all is in order" if not problems else f"{problems} problems")
    sys.exit(1 if problems else 0)
