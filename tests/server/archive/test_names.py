"""Hostile names are refused, or stored where they cannot do harm."""

import unicodedata
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nora_core.wire.archive import StudyInfo
from nora_server.parts import Parts
from tests.server.archive.conftest import LIVER, upload_header

NASTY = [
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "a/./b",
    "..",
    ".",
    "",
    "a\0b",
    "a\\..\\b",
    "x" * 300,
    "ä" * 150,
    "a/" * 500 + "x",
    "CON",
    "con.txt",
    "a/LPT1.nii/b",
    "trailing.",
    "a./b",
    " blank",
    "blank ",
    "C:/x",
    "a\u202eb",
    "\u200fright-to-left",
    "a\nb",
    "line\u2028separator",
    "\ufeffbom",
]
FINE = [
    "🧠.nii",
    "👩\u200d🔬/x.nii",
    "ä" * 100,
    "Übung/ñ.txt",
    "שלום.txt",
    "a b",
    "%2e%2e",
    "..a",
]

pieces = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "\\",
        "\0",
        "a",
        "A",
        "ß",
        "İ",
        "🧠",
        "\u202e",
        "CON",
        "nul",
        " ",
        "%2f",
    ]
)
hostile = st.one_of(
    st.lists(pieces, min_size=1, max_size=8).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
)


def outside(parts: Parts) -> set[Path]:
    """Return all that lies beside the folders where files belong."""
    root = parts.storage.folder.parent
    inside = parts.storage.folder / "projects"
    return {
        path
        for path in root.rglob("*")
        if inside not in path.parents and not path.name.startswith("nora.sqlite")
    }


def send(client: TestClient, study: StudyInfo, name: str) -> int:
    headers = upload_header(study.study_id, name, b"bytes", replace=True)
    url = f"{LIVER}/files/content"
    return client.post(url, content=b"bytes", headers=headers).status_code


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_file_name_is_refused(
    name: str, will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    before = outside(parts)

    assert send(will, study, name) == 422

    assert outside(parts) == before


@pytest.mark.parametrize("name", FINE)
def test_an_unusual_file_name_comes_back_unchanged(
    name: str, will: TestClient, study: StudyInfo
) -> None:
    assert send(will, study, name) == 201

    (row,) = will.get(f"{LIVER}/studies/{study.study_id}/files").json()
    assert row["relative_name"] == name
    assert will.get(f"{LIVER}/files/{row['id']}/content").content == b"bytes"


def test_composed_and_decomposed_letters_are_one_name(
    will: TestClient, study: StudyInfo
) -> None:
    for form in ("NFC", "NFD"):
        assert send(will, study, unicodedata.normalize(form, "Übung.txt")) == 201

    assert len(will.get(f"{LIVER}/studies/{study.study_id}/files").json()) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=hostile)
def test_no_name_leads_out_of_the_storage(
    name: str, will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    before = outside(parts)

    assert send(will, study, name) in {201, 409, 422}

    new = {path for path in outside(parts) - before if path.is_file()}
    assert all(parts.storage.trash in path.parents for path in new)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tag=hostile)
def test_tags_are_refused_or_come_back_as_they_are(
    tag: str, will: TestClient, study: StudyInfo
) -> None:
    body = {"level": "study", "ids": [study.study_id], "add": [tag]}

    answer = will.post(f"{LIVER}/tags", json=body)

    assert answer.status_code in {200, 422}
    if answer.status_code == 200 and answer.json()["changed"]:
        tags = will.get(f"{LIVER}/tags").json()
        assert unicodedata.normalize("NFC", tag) in tags


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=hostile)
def test_identifiers_of_studies_are_refused_or_kept(
    name: str, will: TestClient, study: StudyInfo
) -> None:
    body = {"patients_id": name, "studies_id": name, "description": name[:300]}

    answer = will.post(f"{LIVER}/studies", json=body)

    assert answer.status_code in {201, 409, 422}
    if answer.status_code == 201:
        assert answer.json()["patients_id"] == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["..%2fnodeinfo", "a%00b", "%2e%2e", "x" * 200])
def test_hostile_document_names_are_refused(
    name: str, will: TestClient, study: StudyInfo
) -> None:
    answer = will.put(f"{LIVER}/studies/{study.study_id}/documents/{name}", json={})

    assert answer.status_code in {404, 405, 422}
