"""Files as the values that tools get, and what tools return as files."""

from __future__ import annotations

import dataclasses
import json
import math
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nora_core.errors import ArgumentError, ToolFailed
from nora_core.images import (
    Mask,
    Volume,
    read_mask,
    read_volume,
    write_mask,
    write_volume,
)
from nora_core.jobs.atomic import sync_file, sync_folder
from nora_core.wire.tool import (
    ArgumentDescription,
    ArgumentKind,
    ResultDescription,
    ResultKind,
)

_READERS: Mapping[ArgumentKind, Callable[[Path], object]] = {
    ArgumentKind.IMAGE: read_volume,
    ArgumentKind.MASK: read_mask,
    ArgumentKind.FILE: Path,
}


def read_argument(argument: ArgumentDescription, paths: Sequence[Path]) -> object:
    """Return the files that ``argument`` got as the values that a tool wants.

    Returns
    -------
    object
        A ``Volume``, ``Mask`` or path; a list of these where ``argument.many``;
        None where the argument may be left out and there is no file.

    Raises
    ------
    ArgumentError
        There are too many or too few paths.
    ImageFileError
        A file cannot be read.
    """
    paths = check_paths(argument, paths)
    values = [_READERS[argument.kind](path) for path in paths]
    if argument.many:
        return values
    return values[0] if values else None


def check_paths(argument: ArgumentDescription, paths: Sequence[Path]) -> list[Path]:
    """Return ``paths`` if they are as many as ``argument`` takes, and are files."""
    if argument.required and not paths:
        raise ArgumentError(f"{argument.name} matches no file; change its pattern")
    if len(paths) > 1 and not argument.many:
        raise ArgumentError(
            f"{argument.name} matches {len(paths)} files, but takes one: "
            f"{', '.join(path.name for path in paths[:3])}; make its pattern narrower"
        )
    for path in paths:
        if not path.exists():
            raise ArgumentError(f"{argument.name}: there is no file {path}")
    return list(paths)


def write_result(
    result: ResultDescription, value: object, folder: Path, stem: str
) -> Path:
    """Write one result of a tool whole or not at all, and return its path.

    Parameters
    ----------
    result
        The kind of the result and its file's ending.
    value
        A ``Volume``, ``Mask``, table, or the path of a file that the tool wrote.
    folder
        Where it goes; made where missing.
    stem
        The file's name without its ending.

    Raises
    ------
    ToolFailed
        The value is not what the tool's hints promise.
    """
    suffix = result.suffix or _own_suffix(result, value)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}{suffix}"
    temporary = folder / f".writing-{secrets.token_hex(8)}{suffix}"
    try:
        _write(result, value, temporary)
        sync_file(temporary)
        temporary.replace(target)
        sync_folder(folder)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def plain_json(value: object) -> Any:
    """Return ``value`` in types that JSON has; NaN and infinity become None."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return plain_json(value._asdict())
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if hasattr(value, "tolist"):
        return plain_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_json(dataclasses.asdict(value))
    raise ToolFailed(f"a table cannot hold {value!r}; use numbers and texts")


def _write(result: ResultDescription, value: object, path: Path) -> None:
    if isinstance(value, Path):
        _take_file(result, value, path)
    elif result.kind is ResultKind.IMAGE and isinstance(value, Volume):
        write_volume(path, value)
    elif result.kind is ResultKind.MASK and isinstance(value, Mask):
        write_mask(path, value)
    elif result.kind is ResultKind.TABLE and not isinstance(value, Volume | Mask):
        path.write_text(json.dumps(plain_json(value), indent=2) + "\n", "utf-8")
    else:
        raise ToolFailed(
            f"the tool returned {type(value).__name__} as {result.name!r}, "
            f"but its hints promise: {result.kind}"
        )


def _take_file(result: ResultDescription, source: Path, path: Path) -> None:
    if not source.is_file():
        raise ToolFailed(f"the tool wrote no file for its result {result.name!r}")
    if source.name.endswith(result.suffix):
        shutil.copyfile(source, path)
    elif result.kind is ResultKind.IMAGE:
        write_volume(path, read_volume(source))
    elif result.kind is ResultKind.MASK:
        write_mask(path, read_mask(source))
    else:
        raise ToolFailed(
            f"the result {result.name!r} is {source.name}; it must end in "
            f"{result.suffix}"
        )


def _own_suffix(result: ResultDescription, value: object) -> str:
    if not isinstance(value, Path):
        raise ToolFailed(
            f"the tool returned {type(value).__name__} as {result.name!r}, "
            "but its hints promise a path"
        )
    name = value.name
    for double in (".nii.gz", ".tar.gz"):
        if name.endswith(double):
            return double
    return value.suffix
