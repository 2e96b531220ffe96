"""A fresh server per test, with five users, two projects and their tokens.

``root`` is server admin, ``pia`` project admin, ``will`` writer and ``rita``
reader of the project ``liver``; ``nobody`` is a member of nothing. The project
``brain`` has no members. All have the password :data:`PASSWORD`.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlmodel import Session, select

from nora_core.plugins.registry import Registry
from nora_core.plugins.sources import load as load_plugins
from nora_core.wire.account import Role, Scope
from nora_server.app import make_app
from nora_server.database.accounts import Account, Membership, Project, Token
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database
from nora_server.database.tables import METADATA
from nora_server.parts import Parts, make_parts
from nora_server.rights.actor import Actor
from nora_server.security.secrets import hash_secret
from nora_server.settings import Settings

NewDatabase = Callable[[Path, bool], AbstractContextManager[str]]
PASSWORD = "correct horse battery"
ROLES = {
    "root": None,
    "pia": Role.PROJECT_ADMIN,
    "will": Role.WRITER,
    "rita": Role.READER,
    "nobody": None,
}


def secret_of(user: str) -> str:
    """Return the secret of the user's token of scope ADMIN."""
    return f"nora_secret-of-{user}"


def fill(database: Database) -> None:
    """Add the users, projects, memberships and tokens to an empty database."""
    METADATA.create_all(database.engine)
    password_hash = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(
        PASSWORD
    )
    with database.write() as session:
        projects = [Project(name="liver", title="Livers"), Project(name="brain")]
        session.add_all(projects)
        session.flush()
        for user, role in ROLES.items():
            _add_user(session, user, role, projects[0], password_hash)


def _add_user(
    session: Session, user: str, role: Role | None, project: Project, password_hash: str
) -> None:
    account = Account(
        name=user,
        display_name=user.title(),
        password_hash=password_hash,
        is_admin=user == "root",
    )
    session.add(account)
    session.flush()
    token = Token(
        account_id=account.id,
        name="test",
        secret_sha256=hash_secret(secret_of(user)),
        scope=Scope.ADMIN.value,
        expires_at=utc_now() + timedelta(days=1),
        last_used_at=utc_now(),
    )
    session.add(token)
    if role is not None:
        session.add(
            Membership(account_id=account.id, project_id=project.id, role=role.value)
        )


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Make databases of each kind: ``new_database(folder, is_filled)`` gives a URL."""
    if request.param == "sqlite":
        template = tmp_path_factory.mktemp("template") / "nora.sqlite"
        _fill_at(f"sqlite:///{template}")
        return partial(_new_sqlite, template)
    new_empty = request.getfixturevalue("new_postgres_database")
    url = new_empty()
    _fill_at(url)
    return partial(_new_postgres, make_url(url))


def _fill_at(url: str) -> None:
    database = Database(url)
    fill(database)
    database.close()


@contextmanager
def _new_sqlite(template: Path, folder: Path, is_filled: bool) -> Iterator[str]:
    path = folder / "nora.sqlite"
    if is_filled:
        shutil.copy(template, path)
    yield f"sqlite:///{path}"


@contextmanager
def _new_postgres(template: URL, folder: Path, is_filled: bool) -> Iterator[str]:
    name = f"copy_{next(_numbers)}"
    source = template.database if is_filled else "template0"
    engine = create_engine(template.set(database="postgres"), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(
            text(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        )
        yield template.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


_numbers = count(1)


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """The server's data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def database_url(new_database: NewDatabase, data_folder: Path) -> Iterator[str]:
    """The URL of a filled database of this test's own."""
    with new_database(data_folder, True) as url:
        yield url


@pytest.fixture
def empty_database_url(new_database: NewDatabase, data_folder: Path) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    with new_database(data_folder, False) as url:
        yield url


@pytest.fixture
def settings(data_folder: Path, database_url: str) -> Settings:
    """Settings of a server of this test's own."""
    return Settings(data_folder=data_folder, database_url=database_url)


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The shipped tools, loaded once."""
    return load_plugins(folders=())


@pytest.fixture
def parts(settings: Settings, registry: Registry) -> Iterator[Parts]:
    """The parts of a server with users and projects."""
    parts = make_parts(settings, registry)
    yield parts
    parts.close()


@pytest.fixture
def app(parts: Parts) -> FastAPI:
    """The application over :func:`parts`."""
    return make_app(parts)


@pytest.fixture
def client_of(app: FastAPI) -> Iterator[Callable[[str | None], TestClient]]:
    """Give ``client_of(user)``, a client logged in as that user (None: not)."""
    clients: list[TestClient] = []

    def make(user: str | None) -> TestClient:
        headers = {"Authorization": f"Bearer {secret_of(user)}"} if user else {}
        client = TestClient(
            app,
            headers=headers,
            base_url="http://127.0.0.1",
            raise_server_exceptions=False,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def _client_fixture(user: str | None) -> Callable[..., TestClient]:
    def client(client_of: Callable[[str | None], TestClient]) -> TestClient:
        return client_of(user)

    return client


root = pytest.fixture(_client_fixture("root"), name="root")
pia = pytest.fixture(_client_fixture("pia"), name="pia")
will = pytest.fixture(_client_fixture("will"), name="will")
rita = pytest.fixture(_client_fixture("rita"), name="rita")
nobody = pytest.fixture(_client_fixture("nobody"), name="nobody")
stranger = pytest.fixture(_client_fixture(None), name="stranger")


@pytest.fixture
def actor_of(parts: Parts) -> Callable[[str], Actor]:
    """Give ``actor_of(user)``, the actor behind that user's own log-in."""

    def find(user: str) -> Actor:
        with parts.database.read() as session:
            account = session.exec(select(Account).where(Account.name == user)).one()
        return Actor.of_account(account)

    return find


@pytest.fixture
def project_id(parts: Parts) -> int:
    """The id of the project ``liver``."""
    with parts.database.read() as session:
        project = session.exec(select(Project).where(Project.name == "liver")).one()
    assert project.id is not None
    return project.id
