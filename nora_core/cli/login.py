"""``nora login`` and ``nora logout``."""

from __future__ import annotations

import click

from nora_core.cli.connection import clean_url, read_logins, write_logins
from nora_core.errors import NoraError, SettingsError


@click.command()
@click.argument("url")
@click.option("--user", metavar="NAME", help="Log in by name; asked for if not given.")
@click.option("--token", "by_token", is_flag=True, help="Ask for an API token instead.")
def login(url: str, user: str | None, by_token: bool) -> None:
    """Log in to the server at URL and stay logged in.

    The token is kept in a file that only you can read. The variables NORA_URL and
    NORA_TOKEN go before it.
    """
    from nora_core.client import Client

    url = clean_url(url)
    with Client(url) as client:
        client.version()
    token = click.prompt("Token", hide_input=True, err=True) if by_token else None
    with Client(url, token) as client:
        if token is None:
            name = user or click.prompt("User name", err=True)
            password = click.prompt("Password", hide_input=True, err=True)
            token = client.login(name, password).secret
        me = client.me()
    logins = read_logins()
    logins.tokens[url] = token
    logins.current = url
    write_logins(logins)
    click.echo(f"logged in at {url} as {me.name}", err=True)


@click.command()
@click.argument("url", required=False)
def logout(url: str | None) -> None:
    """Make the token of the server at URL invalid and forget it."""
    from nora_core.client import Client

    logins = read_logins()
    url = clean_url(url) if url else logins.current
    if url is None or url not in logins.tokens:
        raise SettingsError(f"not logged in at {url or 'any server'}; nothing to do")
    try:
        with Client(url, logins.tokens[url]) as client:
            client.logout()
    except NoraError as error:
        click.echo(f"the server was not told: {error.message}", err=True)
    del logins.tokens[url]
    if logins.current == url:
        logins.current = next(iter(logins.tokens), None)
    write_logins(logins)
    click.echo(f"logged out of {url}", err=True)
