"""External programs as tools: a list of arguments with places such as ``{image}``."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Unpack

from nora_core.errors import ArgumentError, Cancelled, PluginError, ToolFailed
from nora_core.images import Mask, Volume, write_mask, write_volume
from nora_core.jobs import guard
from nora_core.jobs.context import ToolContext
from nora_core.jobs.hints import RESERVED_NAMES, describe_argument
from nora_core.jobs.result_hints import SINGLE_RESULT, describe_results
from nora_core.jobs.tool import ResourceHints, Tool, check_resources, check_tool_name
from nora_core.jobs.values import check_paths, read_argument
from nora_core.wire.tool import ArgumentDescription, ArgumentKind, ResultDescription

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_POLL_SECONDS = 0.1
_LAST_WORDS_SECONDS = 5.0
"""How long a process that outlives the program may hold the log open."""
_NIFTI = (".nii", ".nii.gz")
Word = str | tuple[str, ...]


def command_tool(
    name: str,
    title: str,
    command: Sequence[Word],
    *,
    inputs: Mapping[str, Any] | None = None,
    results: Mapping[str, Any] | None = None,
    description: str = "",
    **resources: Unpack[ResourceHints],
) -> Tool:
    """Make a tool of an external program; no shell is ever involved.

    Parameters
    ----------
    name, title
        What commands call it and what panels show.
    command
        The program and its arguments. ``{name}`` is the place of an input or a
        result; a result's place becomes a path where the program shall write it.
        A tuple of words is left out as a whole where its input has no value or is
        false; a true one leaves no word of its own: ``("--fast", "{fast}")``.
    inputs
        Type hints by name, as ``@tool`` takes them; ``(hint, default)`` where there
        is a default. ``{"image": Volume}`` where not given.
    results
        Type hints by name; ``{"result": Volume}`` where not given. A ``Path`` result
        needs its ending in the command: ``{tracts}.tck``. ``Volume | None`` may be
        left unwritten.
    description
        One paragraph for panels.
    **resources
        What one case needs: ``cpus``, ``memory_gb``, ``minutes``, ``gpus``.

    Raises
    ------
    PluginError
        A place is neither an input nor a result, or one of these has no place.

    Examples
    --------
    >>> tool = command_tool(
    ...     "denoise", "Denoise", ["dwidenoise", "{image}", "{result}"], minutes=30
    ... )
    >>> [argument.name for argument in tool.arguments]
    ['image']
    """
    where = f"tool {name!r}"
    arguments, options = _describe_inputs(inputs or {"image": Volume}, where)
    described = describe_results(results or {SINGLE_RESULT: Volume}, where)
    names = {item.name for item in arguments} | {item.name for item in described}
    _check_places(where, command, names)
    return Tool(
        name=check_tool_name(name),
        title=title,
        description=description,
        arguments=arguments,
        results=described,
        function=ExternalProgram(tuple(command), described),
        resources=check_resources(name, resources),
        context_name="context",
        options=options,
    )


@dataclass(frozen=True)
class ExternalProgram:
    """The function of a command tool: fill the places, run, hand the files back."""

    command: tuple[Word, ...]
    results: tuple[ResultDescription, ...]

    def read(self, argument: ArgumentDescription, paths: Sequence[Path]) -> object:
        """Return paths that a program can read; other images become NIfTI later."""
        files = check_paths(argument, paths)
        is_image = argument.kind in {ArgumentKind.IMAGE, ArgumentKind.MASK}
        if is_image and not all(path.name.endswith(_NIFTI) for path in files):
            return read_argument(argument, files)
        return files if argument.many else next(iter(files), None)

    def __call__(self, *, context: ToolContext, **values: object) -> dict[str, object]:
        """Run the program and return the paths of the files that it wrote."""
        words = {
            name: _words_of(value, context.folder / "inputs", name)
            for name, value in values.items()
        }
        folder = context.folder / "outputs"
        folder.mkdir(parents=True, exist_ok=True)
        for result in self.results:
            words[result.name] = [str(folder / f"{result.name}{result.suffix}")]
        run_program(fill_places(self.command, words), context)
        return {result.name: _find_result(folder, result) for result in self.results}


def fill_places(
    command: Sequence[Word], words: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the command with every place filled; each value stays one word."""
    filled: list[str] = []
    for item in command:
        group = (item,) if isinstance(item, str) else item
        names = {name for word in group for name in _PLACE.findall(word)}
        if not isinstance(item, str) and any(not words[name] for name in names):
            continue
        for word in group:
            filled += _fill(word, words)
    return filled


def run_program(command: Sequence[str], context: ToolContext) -> None:
    """Run ``command``, its output line by line to the log.

    Raises
    ------
    ToolFailed
        The program is not installed or ends with another code than 0.
    Cancelled
        The user stopped it; the program and all it started are dead.
    """
    program = shutil.which(command[0])
    if program is None:
        raise ToolFailed(
            f"the program {command[0]!r} is not installed or not on the PATH of "
            "this machine; install it or choose another tool"
        )
    context.stop_if_cancelled()
    context.log(f"$ {' '.join(command)}")
    last_lines: deque[str] = deque(maxlen=5)
    process = subprocess.Popen(
        [sys.executable, "-I", guard.__file__, program, *command[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=context.folder,
        process_group=0 if os.name == "posix" else None,  # Ctrl-C is for us alone
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    reader = threading.Thread(
        target=_pass_on, args=(process, context, last_lines), daemon=True
    )
    reader.start()
    try:
        code = _wait(process, context)
    finally:
        _close(process.stdin)
        process.wait()
        reader.join(_LAST_WORDS_SECONDS)
        if not reader.is_alive():
            _close(process.stdout)
    if code != 0:
        raise ToolFailed(
            f"{Path(command[0]).name} ended with code {code}: "
            f"{' / '.join(last_lines) or 'it wrote nothing'}"
        )


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        stream.close()


def _wait(process: subprocess.Popen[str], context: ToolContext) -> int:
    while True:
        try:
            return process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if context.cancelled():
                raise Cancelled("the program was stopped by the user") from None


def _pass_on(
    process: subprocess.Popen[str], context: ToolContext, last_lines: deque[str]
) -> None:
    for line in process.stdout or ():
        context.log(line.rstrip("\n"))
        if line.strip():
            last_lines.append(line.strip())


def _fill(word: str, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    whole = _PLACE.fullmatch(word)
    if whole is not None:
        yield from (text for text in words[whole[1]] if text)
    else:
        yield _PLACE.sub(lambda place: " ".join(words[place[1]]), word)


def _words_of(value: object, folder: Path, name: str) -> list[str]:
    """Return the words for a value: none for None and False, one empty for True."""
    if value is None or value is False or value == "":
        return []
    if value is True:
        return [""]
    if isinstance(value, list):
        return [
            word
            for number, item in enumerate(value)
            for word in _words_of(item, folder, f"{name}-{number}")
        ]
    if isinstance(value, Volume | Mask):
        return [str(_write_input(value, folder / f"{name}.nii.gz"))]
    if isinstance(value, Path):
        return [str(value.absolute())]
    if isinstance(value, str) and value.startswith("-"):
        raise ArgumentError(
            f"{name} is {value!r}, which the program would take for an option; "
            "do not begin it with '-'"
        )
    return [str(value)]


def _write_input(value: Volume | Mask, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, Volume):
        write_volume(path, value)
    else:
        write_mask(path, value)
    return path


def _find_result(folder: Path, result: ResultDescription) -> Path | None:
    exact = folder / f"{result.name}{result.suffix}"
    if exact.is_file():
        return exact
    written = [] if result.suffix else sorted(folder.glob(f"{result.name}.*"))
    if written:
        return written[0]
    return exact if result.required else None


def _describe_inputs(
    inputs: Mapping[str, Any], where: str
) -> tuple[tuple[ArgumentDescription, ...], dict[str, dict[str, object]]]:
    arguments = []
    options = {}
    for name, hint in inputs.items():
        place = f"{where}, input {name!r}"
        if name in {*RESERVED_NAMES, "context"}:
            raise PluginError(f"{place}: that name is taken; choose another")
        default: object = inspect.Parameter.empty
        if isinstance(hint, tuple):
            hint, default = hint
        argument, choices = describe_argument(name, hint, default, place)
        arguments.append(argument)
        if choices:
            options[name] = choices
    return tuple(arguments), options


def _check_places(where: str, command: Sequence[Word], names: set[str]) -> None:
    if isinstance(command, str) or not command or not isinstance(command[0], str):
        raise PluginError(
            f"{where}: the command is {command!r}; give a list of words, the program "
            "first, such as ['mrconvert', '{image}', '{result}']"
        )
    words = [
        word
        for item in command
        for word in ((item,) if isinstance(item, str) else item)
    ]
    places = {name for word in words for name in _PLACE.findall(word)}
    if _PLACE.search(command[0]):
        raise PluginError(f"{where}: the program itself cannot be a place")
    for name in sorted(places - names):
        raise PluginError(
            f"{where}: the place {{{name}}} is neither an input nor a result; "
            f"there are {', '.join(sorted(names))}"
        )
    for name in sorted(names - places):
        raise PluginError(f"{where}: the command has no place {{{name}}}")
