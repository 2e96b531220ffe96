"""``nora``: finds the command, and turns errors into one line and an exit code."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module

import click

from nora_core.cli.commands import KnownCommand, known_commands
from nora_core.errors import ArgumentError, NoraError, PluginError

FAILED = 1
WRONG_USAGE = 2


class LazyGroup(click.Group):
    """Imports a command when it is called, not when it is listed."""

    @cached_property
    def known(self) -> Mapping[str, KnownCommand]:
        """The commands by name."""
        return known_commands()

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = self.known.get(cmd_name)
        return None if found is None else load_command(found)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(item.name, item.short_help) for item in self.known.values()]
            )

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends quietly where nobody reads on
        except (NoraError, OSError) as error:
            if ctx.params.get("verbose"):
                raise
            click.echo(f"nora: {in_words(error)}", err=True)
            ctx.exit(WRONG_USAGE if isinstance(error, ArgumentError) else FAILED)


def in_words(error: NoraError | OSError) -> str:
    """Return an error as one sentence, such as ``/root/out: Permission denied``."""
    if isinstance(error, NoraError):
        return error.message
    parts = (error.filename, error.strerror or error)
    return ": ".join(str(part) for part in parts if part)


def load_command(known: KnownCommand) -> click.Command:
    """Import the command.

    Raises
    ------
    PluginError
        It cannot be imported, or is no click command.
    """
    module, _, name = known.target.partition(":")
    try:
        command = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"the command {known.name!r} of {known.package} cannot be loaded: {error}"
        ) from error
    if not isinstance(command, click.Command):
        raise PluginError(
            f"the command {known.name!r} of {known.package} is no click command"
        )
    return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="napari-nora", prog_name="nora")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show the log, and where an error came from."
)
def main(verbose: bool) -> None:
    """Browse, segment and process imaging studies, alone or with a lab server.

    Ends with 0 where all went well, 1 where something failed, and 2 where the
    command was not understood.
    """
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
