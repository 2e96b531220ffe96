"""All patterns of autoloaders are answered at once, each for itself."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from nora_core.patterns import bind_pattern
from nora_core.wire.archive import FileRow, StudyInfo
from tests.server.archive.conftest import LIVER, Store, make_study, upload_header

URL = f"{LIVER}/files/select-many"


def names(client: TestClient, *patterns: str, **more: Any) -> list[list[str]]:
    answer = client.post(URL, json={"patterns": patterns, **more})
    assert answer.status_code == 200, answer.text
    found = [[FileRow.model_validate(row) for row in rows] for rows in answer.json()]
    return [[row.relative_name for row in rows] for rows in found]


def test_each_pattern_has_its_files_by_name(
    store: Store, rita: TestClient, study: StudyInfo
) -> None:
    store("t1/s003.nii")
    store("t1/S002.nii")
    store("masks/lesion.nii", tags=["mask"])
    case = (study.patients_id, study.studies_id)
    found = names(
        rita,
        bind_pattern("t1/*", *case),
        bind_pattern("FTAG:mask OR nothing", *case),
        bind_pattern("*", "another", "S"),
        "t1/*",
    )
    assert found == [
        ["t1/S002.nii", "t1/s003.nii"],
        ["masks/lesion.nii"],
        [],
        ["t1/S002.nii", "t1/s003.nii"],
    ]
    assert names(rita, "*", "t1/*", limit=1) == [["masks/lesion.nii"], ["t1/S002.nii"]]


def test_a_case_whose_name_differs_only_in_case_is_another_one(
    store: Store, will: TestClient, rita: TestClient, study: StudyInfo
) -> None:
    mine = store("t1/s003.nii")
    others = [make_study(will, "p1", "S1"), make_study(will, "P1", "s1")]
    for other in others:
        headers = upload_header(other.study_id, "t1/s003.nii", b"other")
        url = f"{LIVER}/files/content"
        assert will.post(url, content=b"other", headers=headers).status_code == 201
    pattern = bind_pattern("t1/*", study.patients_id, study.studies_id)
    case = {"subject_id": study.subject_id, "study_id": study.study_id}

    def found(patterns: list[str], **case: int) -> list[int]:
        answer = rita.post(URL, json={"patterns": patterns, **case})
        return [row["id"] for row in answer.json()[0]]

    assert found([pattern], **case) == [mine.id]
    assert len(found([bind_pattern("t1/*", "P1")], subject_id=study.subject_id)) == 2
    assert len(found(["PPIZ:p1 & t1/*"])) == 3


def test_who_may_not_read_the_project_learns_nothing(
    store: Store, nobody: TestClient, stranger: TestClient
) -> None:
    store("t1/s003.nii")
    assert stranger.post(URL, json={"patterns": ["*"]}).status_code == 401
    hidden = nobody.post(URL, json={"patterns": ["*"]})
    missing = nobody.post(URL.replace("liver", "none"), json={"patterns": ["*"]})
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["message"] == missing.json()["message"].replace(
        "none", "liver"
    )


def test_a_wrong_pattern_is_explained(rita: TestClient) -> None:
    answer = rita.post(URL, json={"patterns": ["t1*", "FOO:x"]})
    assert answer.status_code == 422
    assert "unknown attribute 'FOO:'" in answer.json()["message"]


def test_patterns_that_pick_too_many_files_together_are_refused(
    store: Store, rita: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store("t1/s003.nii")
    monkeypatch.setattr("nora_server.services.cases._MAX_FILES_OF_PATTERNS", 2)
    assert len(names(rita, "*", "t1/*")) == 2
    answer = rita.post(URL, json={"patterns": ["*", "*", "*"]})
    assert answer.status_code == 422
    assert "bind each to a case" in answer.json()["message"]
