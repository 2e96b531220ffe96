"""Server and workers are killed at random moments; no order is lost or run twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from nora_core.client import Client
from nora_core.client.embedded import find_embedded
from nora_core.errors import NoraError
from nora_core.wire.archive import NewStudy
from nora_core.wire.jobs import JobState, OrderInfo, OrderRequest
from nora_core.wire.project import NewProject

TOOLS = Path(__file__).parents[1] / "job_tools.py"
PROJECT = "kill"
STUDIES = 3
SECONDS_TO_END = 300
TEXTS = [f"the text of study {number}\n" * 1000 for number in range(STUDIES)]


@dataclass
class Lab:
    """A server that may be killed at any moment, and what it has acknowledged."""

    folder: Path
    rng: random.Random
    process: subprocess.Popen[bytes] | None = None
    study_ids: list[int] = field(default_factory=list)
    wanted: dict[str, OrderRequest] = field(default_factory=dict)
    """Orders that were sent, by key."""
    acknowledged: dict[str, int] = field(default_factory=dict)
    """Number of each order that was answered."""

    def start(self) -> None:
        (self.folder / "embedded.json").unlink(missing_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *[sys.executable, "-m", "nora_core.cli", "serve", "--embedded"],
                    *["--data", str(self.folder / "data")],
                    *["--config", str(self.folder / "nora.toml")],
                ],
                stdout=log,
                stderr=log,
                env={**os.environ, "NORA_PLUGINS": str(TOOLS)},
            )
        end = time.monotonic() + 60
        while find_embedded(self.folder / "data") is None:
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)

    def client(self) -> Client:
        server = find_embedded(self.folder / "data")
        assert server is not None
        return Client(server.url, server.token)

    def kill_server(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        (self.folder / "data" / "embedded.json").unlink(missing_ok=True)

    def kill_worker(self) -> None:
        """Kill a worker, or the process in which its tool runs."""
        mine = str(self.folder)
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = process.cmdline()
                if "nora_core.worker" in line and any(mine in part for part in line):
                    found.append(process)
        if found:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.rng.choice(found).send_signal(signal.SIGKILL)

    def order(self, client: Client) -> None:
        """Send a new order; remember it as acknowledged only when it is answered."""
        key = f"order-{len(self.wanted)}"
        stamps = self.folder / "stamps" / key
        stamps.mkdir(parents=True)
        self.wanted[key] = OrderRequest(
            tool="copy_slowly",
            arguments={
                "source": "in/*",
                "seconds": self.rng.uniform(0, 0.4),
                "stamps": str(stamps),
            },
            case_ids=self.study_ids,
            result_folder=f"results/{key}",
            attempts=self.rng.choice([1, 2]),
            key=key,
        )
        self.acknowledged[key] = client.submit(PROJECT, self.wanted[key]).id


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A running server with a project of three studies."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 to try a failure again
    lab = Lab(tmp_path, random.Random(seed))
    (tmp_path / "data").mkdir()
    (tmp_path / "nora.toml").write_text("[jobs]\nworkers = 2\n")
    lab.start()
    with contextlib.closing(lab.client()) as client:
        client.create_project(NewProject(name=PROJECT))
        for number, text in enumerate(TEXTS):
            new = NewStudy(patients_id=f"P{number}", studies_id="V1")
            study_id = client.create_study(PROJECT, new).study_id
            path = tmp_path / f"case{number}.txt"
            path.write_text(text)
            client.upload(PROJECT, path, study_id, f"in/case{number}.txt")
            lab.study_ids.append(study_id)
    yield lab
    if lab.process is not None and lab.process.poll() is None:
        lab.process.terminate()
        lab.process.wait(30)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_killed_at_any_moment_every_order_ends_and_results_come_once(
    lab: Lab, rounds: Callable[[int], int]
) -> None:
    for _ in range(rounds(60)):
        sender = threading.Thread(target=send_orders, args=(lab,))
        sender.start()
        time.sleep(lab.rng.uniform(0, 2.5))
        kills_server = lab.rng.random() < 0.6
        if kills_server:
            lab.kill_server()
        if not kills_server or lab.rng.random() < 0.3:
            lab.kill_worker()
        sender.join()
        if kills_server:
            lab.start()
    with contextlib.closing(lab.client()) as client:
        infos = wait_for_all(lab, client)
        check_orders(lab, client, infos)


def send_orders(lab: Lab) -> None:
    """Send two orders; a server that is killed under them is no failure."""
    server = find_embedded(lab.folder / "data")
    if server is None:  # killed already
        return
    client = Client(server.url, server.token)
    with contextlib.suppress(NoraError), contextlib.closing(client):
        for _ in range(2):
            lab.order(client)
            time.sleep(0.2)


def wait_for_all(lab: Lab, client: Client) -> dict[str, OrderInfo]:
    """Send again what was not acknowledged, and wait for the end of all orders."""
    for key, request in lab.wanted.items():
        answer = client.submit(PROJECT, request).id
        assert lab.acknowledged.setdefault(key, answer) == answer
    end = time.monotonic() + SECONDS_TO_END
    while True:
        infos = {key: client.order(PROJECT, i) for key, i in lab.acknowledged.items()}
        open_ones = {k: i.counts for k, i in infos.items() if not i.state.is_final}
        if not open_ones:
            return infos
        assert time.monotonic() < end, open_ones
        time.sleep(0.2)


def check_orders(lab: Lab, client: Client, infos: dict[str, OrderInfo]) -> None:
    """Check attempts, results and their number."""
    for key, info in infos.items():
        stamps = [path.name for path in (lab.folder / "stamps" / key).iterdir()]
        assert not [name for name in stamps if name.endswith(".overlap")], key
        for row in client.order_cases(PROJECT, info.id).rows:
            assert row.state in {JobState.DONE, JobState.INTERRUPTED}, row
            number = lab.study_ids.index(row.study_id or 0)
            starts = [
                name
                for name in stamps
                if name.startswith(f"case{number}.") and name.endswith(".start")
            ]
            assert len(starts) <= row.attempt <= lab.wanted[key].attempts
            check_results(client, key, row.study_id or 0, row.state, number)


def check_results(
    client: Client, key: str, study_id: int, state: JobState, number: int
) -> None:
    """Check that results are there once and whole where the case is done."""
    folder = f"results/{key}/"
    files = {
        row.relative_name.removeprefix(folder): row
        for row in client.files(PROJECT, study_id)
        if row.relative_name.startswith(folder)
    }
    if state is not JobState.DONE:
        assert files == {}
        return
    names = {"copy.txt", "report.json", "copy_slowly.provenance.json"}
    assert set(files) == names
    text = TEXTS[number].encode()
    assert files["copy.txt"].sha256 == hashlib.sha256(text).hexdigest()
    assert client.download(PROJECT, files["copy.txt"]).read_bytes() == text
    report = json.loads(client.download(PROJECT, files["report.json"]).read_text())
    assert report == {"bytes": len(text)}
