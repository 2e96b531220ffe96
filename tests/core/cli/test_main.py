"""``nora`` lists commands without importing them and ends with the right code."""

import os
import subprocess
import sys
import time
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from nora_core.cli import commands
from nora_core.cli.commands import OWN_COMMANDS, KnownCommand
from nora_core.cli.main import LazyGroup, load_command, main
from nora_core.errors import NotFound, PluginError

HEAVY = ("nibabel", "numpy", "fastapi", "sqlmodel", "pydantic", "qtpy", "requests")


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_core_is_light():
    assert not loaded_after("import nora_core") & {*HEAVY, "click", "pluggy"}


def test_the_lazy_names_are_what_they_say():
    import nora_core

    for name in nora_core.__all__:
        assert getattr(nora_core, name) is not None
        assert name in dir(nora_core)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = nora_core.nope


def test_help_imports_no_command():
    statement = (
        "from nora_core.cli.main import main\n"
        "try: main(['--help'], prog_name='nora')\n"
        "except SystemExit: pass"
    )

    assert not loaded_after(statement) & set(HEAVY)


@pytest.mark.skipif(os.name != "posix", reason="measures CPU time of children")
def test_help_takes_little_time():
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "nora_core.cli", "--help"],
        check=True,
        capture_output=True,
    )
    after = os.times()

    used = after.children_user + after.children_system
    assert used - before.children_user - before.children_system < 0.5


def test_help_lists_the_core_and_other_packages():
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    for name in ("run", "plugins", "demo", "login", "serve", "admin", "doctor"):
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("name", OWN_COMMANDS)
def test_each_own_command_is_there_and_says_what_it_does(name):
    known = commands.known_commands()[name]

    command = load_command(known)

    assert command.name == name
    assert not known.short_help.startswith("From ")
    assert (command.help or "").startswith(known.short_help)


def test_a_short_help_is_read_without_importing(tmp_path, monkeypatch):
    package = tmp_path / "foreign_x"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError", "utf-8")
    (package / "cli.py").write_text(
        'raise RuntimeError\ndef hello():\n    """Say hello.\n\n    More."""\n', "utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    entry_point = EntryPoint("hello", "foreign_x.cli:hello", "nora.commands")
    monkeypatch.setattr(commands, "entry_points", lambda group: [entry_point])

    known = commands.known_commands()["hello"]

    assert known.short_help == "Say hello."
    assert "foreign_x" not in sys.modules


@pytest.mark.parametrize("target", ["no_such_x:cli", "nora_core.cli.main:nope"])
def test_a_command_that_cannot_be_loaded_is_named(target):
    with pytest.raises(PluginError, match="'hello' of foreign cannot be loaded"):
        load_command(KnownCommand("hello", target, "Say hello.", "foreign"))


@click.group(cls=LazyGroup)
@click.option("--verbose", is_flag=True)
def small(verbose):
    """A small program."""


@pytest.fixture
def failing(monkeypatch):
    @click.command()
    def fail():
        raise NotFound("no tool 'nope'; known: smooth")

    monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: fail)


def test_an_error_is_one_line_and_1(failing):
    result = CliRunner().invoke(small, ["fail"])

    assert result.exit_code == 1
    assert result.stderr == "nora: no tool 'nope'; known: smooth\n"
    assert result.stdout == ""


def test_verbose_shows_where_an_error_came_from(failing):
    result = CliRunner().invoke(small, ["--verbose", "fail"])

    assert result.exit_code == 1
    assert isinstance(result.exception, NotFound)


def test_what_the_system_refuses_is_one_line_too(monkeypatch):
    @click.command()
    def write():
        raise PermissionError(13, "Permission denied", "/root/out")

    monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: write)

    result = CliRunner().invoke(small, ["write"])

    assert result.exit_code == 1
    assert result.stderr == "nora: /root/out: Permission denied\n"


def test_a_mistyped_command_is_2():
    result = CliRunner().invoke(main, ["rnu"])

    assert result.exit_code == 2
    assert "No such command" in result.stderr


def test_the_version_is_that_of_the_package():
    started = time.monotonic()

    result = CliRunner().invoke(main, ["--version"])

    assert result.output.startswith("nora, version ")
    assert time.monotonic() - started < 5
