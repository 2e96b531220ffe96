"""The demo: its data are free to pass on, and it fills a server of its own."""

from __future__ import annotations

import csv
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nora_core.demo.studies import DATA, read_demo_presets, read_demo_studies
from nora_core.patterns import Mode, matches_file, parse_pattern

MAX_BYTES = 10_000_000
NORA = [sys.executable, "-m", "nora_core.cli"]


@pytest.fixture(scope="module")
def manifest() -> dict[str, dict[str, str]]:
    with (DATA / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        return {row["path"]: row for row in csv.DictReader(stream, delimiter="\t")}


def test_every_shipped_file_has_its_licence_and_checksum(
    manifest: dict[str, dict[str, str]],
) -> None:
    shipped = {
        path.relative_to(DATA).as_posix()
        for path in DATA.rglob("*")
        if path.is_file() and path.parent != DATA
    }

    assert shipped == set(manifest)
    for name, row in manifest.items():
        digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
        assert digest == row["sha256"], name
        assert row["source"]
        for licence in row["licence"].split():
            assert (DATA / licence).is_file()


def test_the_data_stay_below_ten_megabytes() -> None:
    total = sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file())

    assert total < MAX_BYTES


def test_the_studies_use_every_shipped_file_once(
    manifest: dict[str, dict[str, str]],
) -> None:
    used = [file.source for study in read_demo_studies() for file in study.all_files]

    assert sorted(used) == sorted(manifest)


def test_there_are_six_studies_of_three_kinds_and_more() -> None:
    studies = read_demo_studies()
    folders = {file.to.partition("/")[0] for s in studies for file in s.all_files}

    assert len(studies) >= 6
    assert len({study.patients_id for study in studies}) >= 3
    assert {"t1", "dwi", "ct", "tracts", "atlas"} <= folders


def test_the_standard_preset_shows_an_image_of_each_study() -> None:
    (standard,) = [one for one in read_demo_presets() if one.mark.is_standard]
    background = parse_pattern(standard.content.autoloaders[0].pattern, Mode.AUTOLOADER)
    for study in read_demo_studies():
        names = [file.to for file in study.files]
        names += [series.image for series in study.dicom]
        found = [name for name in names if matches_file(background, name)]
        assert len(found) == 1, (study.description, found)


def run_demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*NORA, "demo", "--no-window", "--data", str(folder)],
        capture_output=True,
        text=True,
        timeout=240,
    )


def servers_on(folder: Path) -> list[int]:
    """Return the processes that have ``folder`` in their command line."""
    return [
        process.info["pid"]
        for process in psutil.process_iter(["pid", "cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ())
    ]


def test_a_first_and_a_second_start_show_the_same_archive(tmp_path: Path) -> None:
    first = run_demo(tmp_path / "data")
    second = run_demo(tmp_path / "data")

    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    for line in ("7 subjects, 9 studies (CT, MR)", "tissue_masks: 3 done"):
        assert line in first.stdout
        assert line in second.stdout
    assert "storing" in first.stdout
    assert "storing" not in second.stdout
    assert not servers_on(tmp_path)


@pytest.fixture
def _heard_interrupts() -> Iterator[None]:
    """Let children hear SIGINT, which a shell's background jobs inherit as ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heard_interrupts")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_all_that_was_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "data"
    process = subprocess.Popen(
        [*NORA, "demo", "--no-window", "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("storing"):
                break
        process.send_signal(number)
        process.stdout.read()
    deadline = time.monotonic() + 20
    while servers_on(folder) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert process.returncode != 0
    assert not servers_on(folder)
