"""Forks servers and clients that tests kill at any moment; everything is imported once.

Run as a program. Each line on its input is a JSON list, ``["server", data folder]``
or ``["client", data folder, log, seed]``; it answers with the number of the process.
"""

import json
import os
import random
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

from nora_core.client import Client, connection, uploading
from nora_core.client.cache import sha256_of
from nora_core.client.embedded import find_embedded
from nora_core.wire.archive import FileRow, TagChange, TagLevel
from nora_server.cli.embedded import connection_file, embedded_settings
from nora_server.cli.running import opened_parts, run_server
from nora_server.settings import Settings

PROJECT = "kill"
NAMES = [f"{folder}/file{number}.bin" for folder in "ab" for number in range(6)]
TAGS = ["red", "green", "blue"]


def serve(data: str) -> None:
    """Serve ``data`` as ``nora serve --embedded`` does."""
    settings = embedded_settings(Settings(data_folder=Path(data)))
    with opened_parts(settings) as parts, connection_file(parts) as file:
        run_server(parts, file.write)


def work(data: str, log_path: str, seed: str) -> None:
    """Upload, replace, tag and delete until killed or the server is gone.

    Each deed is logged before (``try``) and after the server acknowledged it.
    """
    uploading.SMALL_BYTES = 30_000
    uploading.PART_BYTES = 100_000
    uploading.PAUSES_SECONDS = connection.PAUSES_SECONDS = ()
    server = find_embedded(Path(data))
    if server is None:
        raise RuntimeError("no server answers")
    dice = random.Random(seed)
    with (
        Path(log_path).open("a", encoding="utf-8") as log,
        tempfile.TemporaryDirectory(dir=data) as folder,
    ):
        client = Client(server.url, server.token, cache=Path(folder))
        worker = Worker(client, dice, Path(folder) / "source", log)
        while True:
            worker.do_something()


class Worker:
    """Does random deeds and logs them."""

    def __init__(self, client, dice, source, log) -> None:
        self.client = client
        self.dice = dice
        self.source = source
        self.log = log
        self.files: dict[str, FileRow] = {
            row.relative_name: row for row in client.files(PROJECT, 1)
        }

    def do_something(self) -> None:
        """Store, tag or delete one file."""
        name = self.dice.choice(NAMES)
        known = self.files.get(name)
        deed = self.dice.choice(["store", "store", "tag", "delete"])
        if deed == "store" or known is None:
            self.store(name)
        elif deed == "tag":
            self.tag(known)
        else:
            self.note("try", "delete", name)
            self.client.delete_files(PROJECT, [known.id])
            del self.files[name]
            self.note("done", "delete", name)

    def store(self, name: str) -> None:
        size = self.dice.choice([0, 10, 20_000, 90_000, 350_000])
        self.source.write_bytes(self.dice.randbytes(size))
        sha256 = sha256_of(self.source)
        self.note("try", "store", name, sha256)
        row = self.client.upload(PROJECT, self.source, 1, name, replace=True)
        self.files[name] = row
        self.note("done", "store", name, sha256)

    def tag(self, file: FileRow) -> None:
        tags = sorted(self.dice.sample(TAGS, self.dice.randint(0, 3)))
        others = [tag for tag in TAGS if tag not in tags]
        self.note("try", "tag", file.relative_name, tags)
        change = TagChange(level=TagLevel.FILE, ids=[file.id], add=tags, remove=others)
        self.client.change_tags(PROJECT, change)
        self.note("done", "tag", file.relative_name, tags)

    def note(self, *line: object) -> None:
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()


def run(command: list[str]) -> NoReturn:
    """Do ``command`` in this process, which is a fork, and end it."""
    kind, data, *rest = command
    with Path(data, f"{kind}.log").open("a") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        serve(data) if kind == "server" else work(data, *rest)
    except BaseException:  # noqa: BLE001  a fork must never return to the loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(1)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
