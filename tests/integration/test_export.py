"""Tables saved as CSV files by a real server open losslessly in pandas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from nora_core.client import Client, start_embedded
from nora_core.client.exporting import (
    COLUMNS_OF_FILES,
    COLUMNS_OF_STUDIES,
    COLUMNS_OF_SUBJECTS,
    CsvKind,
    CsvWish,
    export_table,
)
from nora_core.client.watch import Watch
from nora_core.errors import Cancelled
from nora_core.wire.archive import (
    CaseFilter,
    CaseQuery,
    NewStudy,
    SortKey,
    TagChange,
    TagLevel,
)
from nora_core.wire.case import Level
from nora_core.wire.csv_table import CsvDialect
from nora_core.wire.project import NewProject

PROJECT = "tables"
NAMES = {"007": '=Müller; "Anna"', "010": "NA", "011": "Doe, Jane"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Three subjects with two studies each; the first study has two files."""
    folder = tmp_path_factory.mktemp("export")
    with (
        start_embedded(folder / "data") as server,
        Client(server.url, server.token, cache=folder / "cache") as client,
    ):
        client.create_project(NewProject(name=PROJECT))
        for patients_id, name in NAMES.items():
            for number in (1, 2):
                new = NewStudy(
                    patients_id=patients_id,
                    studies_id=f"S{number}",
                    name=name,
                    date=date(2024, number, 1),
                )
                study = client.create_study(PROJECT, new)
                if number == 1:
                    _upload(client, folder, study.study_id)
        client.change_tags(
            PROJECT,
            TagChange(level=TagLevel.STUDY, ids=[1], add=["pilot", "control"]),
        )
        yield client


def _upload(client: Client, folder: Path, study_id: int) -> None:
    path = folder / "a.bin"
    path.write_bytes(b"x" * 1_250_000)
    client.upload(PROJECT, path, study_id, "t1/s003.bin", tags=["raw"])
    path.write_bytes(b"y")
    client.upload(PROJECT, path, study_id, "-notes.txt")


def _read(path: Path, dialect: CsvDialect) -> pd.DataFrame:
    texts = ["patients_id", "name", "studies_id", "subject_tags", "study_tags"]
    return pd.read_csv(
        path,
        sep=dialect.separator,
        decimal=dialect.decimal,
        dtype=dict.fromkeys([*texts, "file", "file_tags", "sha256"], str),
        keep_default_na=False,
    )


@pytest.mark.parametrize("dialect", CsvDialect)
def test_studies_in_the_tables_order(
    client: Client, tmp_path: Path, dialect: CsvDialect
) -> None:
    path = tmp_path / "table.csv"
    query = CaseQuery(sort=SortKey.DATE, descending=True)

    count = export_table(client, CsvWish(PROJECT, query, dialect=dialect), path)

    table = _read(path, dialect)
    expected = [row for rows in client.walk(PROJECT, query) for row in rows]
    assert count == len(table) == 6
    assert tuple(table.columns) == COLUMNS_OF_STUDIES
    assert list(table["study_number"]) == [row.study_id for row in expected]
    assert list(table["patients_id"]) == [row.patients_id for row in expected]
    names = table["name"].str.removeprefix("'")
    assert list(names) == [row.name for row in expected]
    assert list(table["date"]) == ["2024-02-01"] * 3 + ["2024-01-01"] * 3
    tags = dict(zip(table["study_number"], table["study_tags"], strict=True))
    assert tags[1] == "control pilot"
    assert list(table["files"]) == [0, 0, 0, 2, 2, 2]


@pytest.mark.parametrize("dialect", CsvDialect)
def test_a_line_for_each_file(
    client: Client, tmp_path: Path, dialect: CsvDialect
) -> None:
    path = tmp_path / "files.csv"
    query = CaseQuery(filter=CaseFilter(patients_id="01"))

    count = export_table(client, CsvWish(PROJECT, query, CsvKind.LONG, dialect), path)

    table = _read(path, dialect)
    assert count == len(table) == 4
    assert tuple(table.columns) == COLUMNS_OF_FILES
    assert list(table["patients_id"]) == ["011", "011", "010", "010"]
    assert list(table["file"])[:2] == ["'-notes.txt", "t1/s003.bin"]
    assert list(table["size_mb"])[:2] == [0.000001, 1.25]
    assert list(table["file_tags"])[:2] == ["", "raw"]
    files = client.files(PROJECT, int(table["study_number"][0]))
    assert list(table["sha256"])[:2] == [file.sha256 for file in files]


def test_subjects_have_lines_of_their_own(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "subjects.csv"
    query = CaseQuery(level=Level.SUBJECT, sort=SortKey.PATIENTS_ID)

    export_table(client, CsvWish(PROJECT, query), path)

    table = _read(path, CsvDialect.ENGLISH)
    assert tuple(table.columns) == COLUMNS_OF_SUBJECTS
    assert list(table["patients_id"]) == ["007", "010", "011"]
    assert list(table["studies"]) == [2, 2, 2]
    assert list(table["study_tags"]) == ["control pilot", "", ""]


def test_files_are_asked_for_in_small_portions(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nora_core.client.exporting.MAX_FILES", 3)
    monkeypatch.setattr("nora_core.client.exporting.PAGE_ROWS", 4)
    wish = CsvWish(PROJECT, CaseQuery(), CsvKind.LONG)

    assert export_table(client, wish, tmp_path / "files.csv") == 6


def test_a_stopped_export_leaves_nothing_behind(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("before")

    with pytest.raises(Cancelled):
        export_table(
            client, CsvWish(PROJECT, CaseQuery()), path, Watch(cancelled=lambda: True)
        )

    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "before"
