"""A throw-away PostgreSQL: its own cluster in a temporary folder, no network port.

    with PostgresCluster() as cluster:
        url = cluster.new_database()

The server's programs are Debian's (package ``postgresql``). They refuse to run as
root; then the cluster runs as the user ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_USER = "nora"


class PostgresMissing(RuntimeError):
    """The server's programs are not installed."""


def find_programs() -> Path:
    """Return the folder with ``initdb`` and ``pg_ctl``, the newest version's."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise PostgresMissing(
        "initdb is not installed; install it with 'apt-get install postgresql'"
    )


class PostgresCluster:
    """A database server that lives as long as the ``with`` block."""

    def __init__(self, settings: Mapping[str, str] = _FAST) -> None:
        self._settings = settings
        self._programs = find_programs()
        self._folder: Path | None = None
        self._databases = 0

    def __enter__(self) -> PostgresCluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Make the cluster and start it; does nothing when it runs."""
        if self._folder is not None:
            return
        self._folder = Path(tempfile.mkdtemp(prefix="nora-postgres-"))
        try:
            self._make_and_start(self._folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and remove its folder; does nothing when it is stopped."""
        if self._folder is None:
            return
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-m", "immediate", "-D", "data")
        shutil.rmtree(self._folder)
        self._folder = None

    def process_ids(self) -> list[int]:
        """Return the server's process and those that it started."""
        if self._folder is None:
            return []
        pid_file = self._folder / "data" / "postmaster.pid"
        first = int(pid_file.read_text().splitlines()[0])
        return [first, *(child.pid for child in psutil.Process(first).children())]

    def new_database(self) -> str:
        """Make an empty database and return its SQLAlchemy URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._run("createdb", "-h", str(self._folder), "-U", _USER, name)
        return f"postgresql+psycopg://{_USER}@/{name}?host={self._folder}"

    def _make_and_start(self, folder: Path) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(_unprivileged_user())
            os.chown(folder, account.pw_uid, account.pw_gid)
        self._run(
            *("initdb", "-D", "data", "-U", _USER, "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8", *self._linguistic_order()),
        )
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            **self._settings,
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", options)

    def _linguistic_order(self) -> list[str]:
        """Sort as labs do where that is possible: no code may rely on the order."""
        version = self._programs.parent.name
        if version.isdigit() and int(version) < 15:
            return []
        return ["--locale-provider=icu", "--icu-locale=en-US"]

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        as_root = os.geteuid() == 0
        user = _unprivileged_user() if as_root else None
        done = subprocess.run(
            command,
            cwd=self._folder,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if as_root else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")


def _unprivileged_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise PostgresMissing("no user 'postgres' or 'nobody' to run PostgreSQL as")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """Give one cluster for the whole run, started when first asked for."""
    with PostgresCluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def new_postgres_database(postgres_cluster: PostgresCluster) -> Callable[[], str]:
    """Give a function that makes an empty database and returns its URL."""
    return postgres_cluster.new_database
