"""Server or client killed at any moment: what was acknowledged is there, whole."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from nora_core.client import Client
from nora_core.client.embedded import find_embedded
from nora_core.errors import NoraError
from nora_core.wire.archive import NewStudy
from nora_core.wire.project import NewProject
from nora_server.database.archive import File
from nora_server.database.engine import Database
from nora_server.history.events import verify_chain
from nora_server.storage import Storage

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "kill"
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL"),
]


class Forks:
    """The program that forks servers and clients for one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data.parent / "deeds.jsonl"
        self.log.touch()
        self.running: set[int] = set()
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.killable"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start_server(self) -> int:
        """Fork a server and wait until it answers."""
        (self.data / "embedded.json").unlink(missing_ok=True)
        process = self._ask(["server", str(self.data)])
        log = self.data / "server.log"
        log.touch()
        deadline = time.monotonic() + 60
        while find_embedded(self.data) is None:
            assert is_alive(process), log.read_text()[-4000:]
            assert time.monotonic() < deadline, log.read_text()[-4000:]
            time.sleep(0.01)
        return process

    def start_client(self, seed: int) -> int:
        """Fork a client that works until it is killed."""
        return self._ask(["client", str(self.data), str(self.log), str(seed)])

    def _ask(self, command: list[str]) -> int:
        self.program.stdin.write(json.dumps(command) + "\n")
        self.program.stdin.flush()
        process = int(self.program.stdout.readline())
        self.running.add(process)
        return process

    def kill(self, process: int) -> None:
        """Kill one that was forked, and wait until it is gone."""
        kill(process)
        self.running.discard(process)

    def close(self) -> None:
        """End all that still runs."""
        for process in list(self.running):
            self.kill(process)
        self.program.stdin.close()
        self.program.wait(10)
        self.program.stdout.close()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def kill(process: int) -> None:
    """Kill at once and wait until it is gone."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + 30
    while is_alive(process):
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    """A data folder with one study and the program that forks servers on it."""
    data = tmp_path / "data"
    data.mkdir()
    forks = Forks(data)
    try:
        make_study(forks)
        yield forks
    finally:
        forks.close()


def make_study(forks: Forks) -> None:
    """Fill the data folder."""
    process = forks.start_server()
    server = find_embedded(forks.data)
    cache = forks.data.parent / "cache"
    with Client(server.url, server.token, cache=cache) as client:
        client.create_project(NewProject(name=PROJECT))
        client.create_study(PROJECT, NewStudy(patients_id="P", studies_id="S"))
    forks.kill(process)


class Expected:
    """What the log of deeds says must be so, and what may be so."""

    def __init__(self) -> None:
        self.contents: dict[str, set[Any]] = {}
        self.tags: dict[str, set[tuple[str, ...]]] = {}

    def read(self, lines: list[str]) -> None:
        """Read all deeds; after one that was only tried, both states may be."""
        for line in lines:
            outcome, deed, name, *rest = json.loads(line)
            before = self.contents.get(name, {None})
            table = self.tags if deed == "tag" else self.contents
            value = tuple(rest[0]) if deed == "tag" else (rest or [None])[0]
            if outcome == "done":
                table[name] = {value}
            else:
                table.setdefault(name, {() if deed == "tag" else None}).add(value)
            if deed != "tag":
                is_known = outcome == "try" or value in before
                self._note_new_file(name, is_known)

    def _note_new_file(self, name: str, is_known: bool) -> None:
        """A new file has no tags; the same bytes again keep them."""
        if is_known:
            self.tags.setdefault(name, {()}).add(())
        else:
            self.tags[name] = {()}


def check_answers(forks: Forks) -> None:
    """The server tells what was acknowledged, and nothing that was never asked."""
    expected = Expected()
    expected.read(forks.log.read_text().splitlines())
    server = find_embedded(forks.data)
    with Client(server.url, server.token, cache=forks.data.parent / "cache") as client:
        rows = {row.relative_name: row for row in client.files(PROJECT, 1)}
        for name, contents in expected.contents.items():
            row = rows.get(name)
            assert (row.sha256 if row else None) in contents, name
            if row is not None:
                assert tuple(sorted(row.tags)) in {
                    tuple(sorted(tags)) for tags in expected.tags.get(name, {()})
                }
        assert rows.keys() <= expected.contents.keys()


def check_disk(forks: Forks) -> None:
    """Each row has its bytes, each managed file its row, and the chain is whole."""
    storage = Storage(forks.data)
    database = Database(f"sqlite:///{forks.data / 'nora.sqlite'}")
    with database.read() as session:
        files = list(session.exec(select(File)))
        assert verify_chain(session) is None
    database.close()
    for file in files:
        content = storage.path_of(file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
    known = {file.location for file in files}
    for folder in ("projects", "trash"):
        for path in (forks.data / folder).rglob("*"):
            assert path.is_dir() or storage.location_of(path) in known
    assert not list(storage.journal.iterdir())


def soon(check: Callable[[], object]) -> None:
    """Check until it holds: a server may still be busy with a killed client's wish."""
    deadline = time.monotonic() + 3
    while True:
        try:
            check()
        except (AssertionError, OSError, NoraError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def kill_in_the_middle(forks: Forks, server: int, seed: int, victim: str) -> int:
    """Let a client work and kill one of the two; return a server that answers."""
    dice = random.Random(seed)
    before = lines_of(forks.log)
    client = forks.start_client(seed)
    wait_for_lines(forks, before + dice.randint(1, 12))
    time.sleep(dice.uniform(0.0, 0.08))
    if victim == "client":
        forks.kill(client)
        return server
    forks.kill(server)
    forks.kill(client)
    return forks.start_server()


def lines_of(log: Path) -> int:
    return log.read_text().count("\n")


def wait_for_lines(forks: Forks, count: int) -> None:
    """Wait until the client has written so much: deeds begun and done."""
    deadline = time.monotonic() + 60
    while lines_of(forks.log) < count:
        assert time.monotonic() < deadline, (forks.data / "client.log").read_text()
        time.sleep(0.002)


def test_what_was_acknowledged_survives_every_kill(
    forks: Forks, rounds: Callable[[int], int]
) -> None:
    server = forks.start_server()
    for seed in range(rounds(140)):
        victim = "client" if seed % 4 == 3 else "server"
        server = kill_in_the_middle(forks, server, seed, victim)
        soon(lambda: (check_answers(forks), check_disk(forks)))
    assert sum('"done"' in line for line in forks.log.open()) > rounds(140)
