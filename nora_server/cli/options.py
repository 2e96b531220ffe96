"""What all commands of the server share: options, settings, errors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from nora_core.errors import NoraError
from nora_server.settings import Settings
from nora_server.settings_file import find_settings_file, read_settings

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file; else $NORA_CONFIG, else the user's or the site's nora.toml.",
)
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder, instead of the settings' data_folder.",
)


def load_settings(
    config: Path | None,
    data: Path | None,
    given: Mapping[str, Any] | None = None,
    *,
    use_environment: bool = True,
) -> Settings:
    """Read the settings as a command's options say.

    An embedded server asks for ``use_environment=False``: a lab's settings on
    the same machine are not its own, so only ``--config`` counts.
    """
    environment = os.environ if use_environment else {}
    path = config or (find_settings_file(environment) if use_environment else None)
    overrides = {
        name: value for name, value in (given or {}).items() if value is not None
    }
    if data is not None:
        overrides["data_folder"] = data
    return read_settings(path, environment, overrides)


@contextlib.contextmanager
def shown_errors() -> Iterator[None]:
    """Show our own errors as one line and end with status 1."""
    try:
        yield
    except NoraError as error:
        raise click.ClickException(error.message) from error
