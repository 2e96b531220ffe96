"""Reads the settings: one TOML file, then the environment, then the command line."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import platformdirs
from pydantic import BaseModel, ValidationError

from nora_core.errors import SettingsError
from nora_server.settings import APPLICATION, Settings

FILE_NAME = "nora.toml"
_SECRETS = frozenset({"database_url"})
_NOT_TO_BE_SET = frozenset({"is_embedded"})

Values = dict[str, Any]
Sources = dict[str, str]
"""Where each setting, such as ``server.port``, was given."""


def find_settings_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that ``NORA_CONFIG`` names, else the user's, else the site's."""
    if named := environment.get("NORA_CONFIG"):
        return Path(named)
    folders = (
        platformdirs.user_config_dir(APPLICATION),
        platformdirs.site_config_dir(APPLICATION),
    )
    candidates = (Path(folder) / FILE_NAME for folder in folders)
    return next((path for path in candidates if path.is_file()), None)


def read_settings(
    path: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Return the settings of a file, changed by the environment and ``overrides``.

    Parameters
    ----------
    path
        The TOML file; ``None``: only environment and overrides.
    environment
        Variables such as ``NORA_SERVER_PORT``; lists separated by commas.
    overrides
        Dotted names and values, from the command line.

    Raises
    ------
    SettingsError
        Naming the file and line (or variable), the value and the way out.
    """
    values, sources = _read_file(path) if path is not None else ({}, {})
    for variable, name, text in _of_environment(environment):
        _put(values, name, text)
        sources[name] = f"environment variable {variable}"
    for name, value in (overrides or {}).items():
        _put(values, name, value)
        sources[name] = f"command line (--{name.rpartition('.')[2]})"
    _read_secret_files(values, sources)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, sources, path)) from None


def known_names(model: type[BaseModel] = Settings, prefix: str = "") -> list[str]:
    """Return the dotted names of all settings."""
    names: list[str] = []
    for key, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(
            field.annotation, BaseModel
        ):
            names += known_names(field.annotation, f"{prefix}{key}.")
        elif key not in _NOT_TO_BE_SET:
            names.append(prefix + key)
    return names


def _read_file(path: Path) -> tuple[Values, Sources]:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(
            f"settings file {path} cannot be read ({error.strerror}); "
            "name another with --config or NORA_CONFIG"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"settings file {path} is not TOML: {error}") from error
    lines = _lines_of_keys(text)
    for name in _NOT_TO_BE_SET & values.keys():
        raise SettingsError(
            f"{path}, line {lines.get(name, 1)}: {name} is not a setting; "
            "`nora serve --embedded` decides it"
        )
    return values, {name: f"{path}, line {line}" for name, line in lines.items()}


def _lines_of_keys(text: str) -> dict[str, int]:
    """Return the line of each ``key = value``, by its dotted name."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("[") and bare.partition("#")[0].strip().endswith("]"):
            section = bare.partition("#")[0].strip().strip("[] ") + "."
            lines.setdefault(section[:-1], number)
        elif "=" in bare and not bare.startswith("#"):
            key = bare.partition("=")[0].strip().strip("\"'")
            lines.setdefault(section + key, number)
    return lines


def _of_environment(environment: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = []
    for name in [*known_names(), "database_url_file"]:
        variable = "NORA_" + name.upper().replace(".", "_")
        if variable in environment:
            found.append((variable, name, _as_value(name, environment[variable])))
    return found


def _as_value(name: str, text: str) -> Any:
    if not _is_list(name):
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_list(name: str) -> bool:
    model: type[BaseModel] = Settings
    *sections, key = name.split(".")
    for section in sections:
        annotation = model.model_fields[section].annotation
        if not isinstance(annotation, type):
            return False
        model = annotation
    field = model.model_fields.get(key)
    return (
        field is not None
        and bool(get_args(field.annotation))
        and (getattr(field.annotation, "__origin__", None) is list)
    )


def _put(values: Values, name: str, value: Any) -> None:
    *sections, key = name.split(".")
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            return  # the settings' own check says that this must be a section
        values = inner
    values[key] = value


def _read_secret_files(values: Values, sources: Sources) -> None:
    """Replace ``database_url_file`` by what the file holds."""
    named = values.pop("database_url_file", None)
    if named is None:
        return
    source = sources.get("database_url_file", "database_url_file")
    try:
        values["database_url"] = Path(str(named)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise SettingsError(
            f"{source}: the file {named} of database_url_file cannot be read "
            f"({reason}); correct the path or its rights"
        ) from error
    sources["database_url"] = f"file {named}"


def _explain(error: ValidationError, sources: Sources, path: Path | None) -> str:
    sentences = []
    for detail in error.errors(include_url=False):
        name = ".".join(str(part) for part in detail["loc"])
        place = _place_of(name, sources, path)
        if detail["type"] == "extra_forbidden":
            sentences.append(f"{place}: {name} is not a setting; {_suggest(name)}")
            continue
        problem = detail["msg"].removeprefix("Value error, ")
        if name and name not in _SECRETS:
            problem = f"{name} is {detail['input']!r}: {problem}"
        sentences.append(f"{place}: {problem}")
    return "; ".join(sentences)


def _place_of(name: str, sources: Sources, path: Path | None) -> str:
    while name:
        if name in sources:
            return sources[name]
        name = name.rpartition(".")[0]
    return str(path) if path is not None else "settings"


def _suggest(name: str) -> str:
    close = difflib.get_close_matches(name, known_names(), n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(known_names())}"
