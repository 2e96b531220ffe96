"""``nora admin``: users, projects, tokens, backups, on the server's machine."""

from __future__ import annotations

import os
from pathlib import Path

import click

from nora_server.cli.admin_accounts import token, user
from nora_server.cli.admin_data import backup, migrate, restore
from nora_server.cli.admin_projects import member, project
from nora_server.cli.opened import Admin
from nora_server.cli.options import config_option, data_option, load_settings
from nora_server.settings_file import find_settings_file


@click.group()
@config_option
@data_option
@click.pass_context
def admin(context: click.Context, config: Path | None, data: Path | None) -> None:
    """Manage users, projects, tokens and backups on the server's machine.

    Works on the database itself, so whoever may read the settings may do all
    this; the server may go on running.
    """
    os.umask(0o077)  # what it writes holds names and hashes: for its owner alone
    context.obj = Admin(load_settings(config, data), config or find_settings_file())


for command in (user, project, member, token, backup, restore, migrate):
    admin.add_command(command)
