"""An archive with one study in the project ``liver``, and quick ways to fill it."""

import hashlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from nora_core.wire.archive import UPLOAD_HEADER, FileRow, StudyInfo, UploadRequest

LIVER = "/api/v1/projects/liver"
Store = Callable[..., FileRow]


def make_study(
    client: TestClient, patients_id: str = "P1", studies_id: str = "S1"
) -> StudyInfo:
    """Make a study in ``liver``."""
    body = {"patients_id": patients_id, "studies_id": studies_id}
    answer = client.post(f"{LIVER}/studies", json=body)
    assert answer.status_code == 201, answer.text
    return StudyInfo.model_validate(answer.json())


def upload_header(
    study_id: int, name: str, content: bytes, **more: object
) -> dict[str, str]:
    """Return the header of a file that comes in one request."""
    request = UploadRequest.model_construct(
        study_id=study_id,
        relative_name=name,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        **more,
    )
    return {UPLOAD_HEADER: quote(request.model_dump_json(), safe="")}


@pytest.fixture
def study(will: TestClient) -> StudyInfo:
    """The study S1 of the subject P1."""
    return make_study(will)


@pytest.fixture
def store(will: TestClient, study: StudyInfo) -> Store:
    """Give ``store(name, content)``, which stores a file in the study as ``will``."""

    def upload(name: str, content: bytes = b"bytes", **more: object) -> FileRow:
        headers = upload_header(study.study_id, name, content, **more)
        answer = will.post(f"{LIVER}/files/content", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        return FileRow.model_validate(answer.json())

    return upload
