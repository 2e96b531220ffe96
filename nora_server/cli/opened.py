"""The database as ``nora admin`` works on it, with or without a running server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from nora_core.errors import SettingsError
from nora_server.database.engine import Database
from nora_server.database.migrate import prepare_database
from nora_server.settings import Settings


@contextlib.contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """Open the settings' database, migrated."""
    with opened_as_it_is(settings) as database:
        prepare_database(database)
        yield database


@contextlib.contextmanager
def opened_as_it_is(settings: Settings) -> Iterator[Database]:
    """Open the settings' database, whatever its schema.

    Raises
    ------
    SettingsError
        If the data folder cannot be made, or the database does not answer.
    """
    make_data_folder(settings)
    database = Database(settings.effective_database_url)
    try:
        yield database
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise SettingsError(
            f"the database does not work: {reason}; `nora doctor` says more"
        ) from error
    finally:
        database.close()


def make_data_folder(settings: Settings) -> None:
    """Make the data folder where it is missing, for its owner alone.

    Raises
    ------
    SettingsError
        If that cannot be done.
    """
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"data_folder {settings.data_folder} cannot be made ({error.strerror}); "
            "name another folder, or correct the rights of the one above"
        ) from error


@dataclass(frozen=True)
class Admin:
    """What ``nora admin`` works on, for its subcommands."""

    settings: Settings
    settings_file: Path | None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session to read."""
        with opened_database(self.settings) as database, database.read() as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are committed at the end."""
        with opened_database(self.settings) as database, database.write() as session:
            yield session


pass_admin = click.make_pass_decorator(Admin)
