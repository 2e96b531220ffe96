"""What all commands of the server share: their options and the settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

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
    config: Path | None, data: Path | None, given: Mapping[str, Any] | None = None
) -> Settings:
    """Read the settings as a command's options say."""
    overrides = dict(given or {})
    overrides["data_folder"] = data
    return read_settings(
        config or find_settings_file(), os.environ, _without_none(overrides)
    )


def load_own_settings(config: Path | None, data: Path | None) -> Settings:
    """Read the settings of an embedded server.

    A lab's settings on the same machine are not its own: only ``--config`` counts.
    """
    return read_settings(config, {}, _without_none({"data_folder": data}))


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
