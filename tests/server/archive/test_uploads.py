"""Large files arrive in parts, are continued after a break, and are finished once."""

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest
from fastapi.testclient import TestClient

from nora_core.wire.archive import UPLOAD_OFFSET_HEADER, StudyInfo
from nora_server.parts import Parts
from nora_server.routes.bodies import receive_body
from nora_server.storage import storage
from tests.server.archive.conftest import LIVER, Store

CONTENT = bytes(range(256)) * 10


def begin(client: TestClient, study: StudyInfo, **more: object) -> dict[str, object]:
    body = {
        "study_id": study.study_id,
        "relative_name": "big.nii",
        "size_bytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        **more,
    }
    answer = client.post(f"{LIVER}/uploads", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def send(client: TestClient, upload_id: object, offset: int, content: bytes):
    return client.patch(
        f"{LIVER}/uploads/{upload_id}",
        content=content,
        headers={UPLOAD_OFFSET_HEADER: str(offset)},
    )


def test_a_file_in_three_parts_is_stored_at_the_last(
    will: TestClient, study: StudyInfo
) -> None:
    upload = begin(will, study, tags=["raw"])
    first = send(will, upload["id"], 0, CONTENT[:1000]).json()
    second = send(will, upload["id"], 1000, CONTENT[1000:2000]).json()
    last = send(will, upload["id"], 2000, CONTENT[2000:]).json()

    assert (first["received_bytes"], first["file"]) == (1000, None)
    assert second["received_bytes"] == 2000
    assert last["file"]["relative_name"] == "big.nii"
    assert last["file"]["tags"] == ["raw"]
    url = f"{LIVER}/files/{last['file']['id']}/content"
    assert will.get(url).content == CONTENT


def test_the_state_says_where_to_go_on(will: TestClient, study: StudyInfo) -> None:
    upload = begin(will, study)
    send(will, upload["id"], 0, CONTENT[:1500])

    state = will.get(f"{LIVER}/uploads/{upload['id']}").json()

    assert state["received_bytes"] == 1500
    assert send(will, upload["id"], 1500, CONTENT[1500:]).json()["file"] is not None


def test_the_same_wish_finds_the_same_upload(
    will: TestClient, study: StudyInfo
) -> None:
    upload = begin(will, study)
    send(will, upload["id"], 0, CONTENT[:1500])

    again = begin(will, study)

    assert (again["id"], again["received_bytes"]) == (upload["id"], 1500)


def test_a_finished_upload_still_tells_its_file(
    will: TestClient, study: StudyInfo
) -> None:
    upload = begin(will, study)
    last = send(will, upload["id"], 0, CONTENT).json()

    state = will.get(f"{LIVER}/uploads/{upload['id']}").json()

    assert state["file"]["id"] == last["file"]["id"]
    assert send(will, upload["id"], len(CONTENT), b"").status_code == 409


@pytest.mark.parametrize("offset", [0, 999, 1001, 5000])
def test_a_wrong_offset_is_a_conflict(
    offset: int, will: TestClient, study: StudyInfo
) -> None:
    upload = begin(will, study)
    send(will, upload["id"], 0, CONTENT[:1000])

    assert send(will, upload["id"], offset, b"x").status_code == 409


def test_a_server_that_started_again_goes_on(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    upload = begin(will, study)
    send(will, upload["id"], 0, CONTENT[:1000])
    parts.storage.incoming._digests.clear()  # as after a restart

    assert send(will, upload["id"], 1000, CONTENT[1000:]).json()["file"] is not None


def test_wrong_bytes_are_thrown_away(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    upload = begin(will, study)

    answer = send(will, upload["id"], 0, b"x" * len(CONTENT))

    assert answer.json()["error"] == "ChecksumMismatch"
    assert will.get(f"{LIVER}/studies/{study.study_id}/files").json() == []
    assert will.get(f"{LIVER}/uploads/{upload['id']}").json()["received_bytes"] == 0


def test_too_many_bytes_are_refused(will: TestClient, study: StudyInfo) -> None:
    upload = begin(will, study)

    answer = send(will, upload["id"], 0, CONTENT + b"x")

    assert answer.json()["error"] == "BadInput"


def test_a_taken_name_is_refused_before_any_byte(
    will: TestClient, study: StudyInfo, store: Store
) -> None:
    store("BIG.nii", b"other")
    body = {
        "study_id": study.study_id,
        "relative_name": "big.nii",
        "size_bytes": 1,
        "sha256": "0" * 64,
    }

    assert will.post(f"{LIVER}/uploads", json=body).status_code == 409


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="stands for a full disk")
def test_an_upload_goes_on_after_the_disk_was_full(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    upload = begin(will, study)
    place = parts.storage.incoming.path_of(str(upload["id"]))
    place.symlink_to("/dev/full")
    assert send(will, upload["id"], 0, CONTENT).json()["error"] == "StorageFull"

    place.unlink()

    assert send(will, upload["id"], 0, CONTENT).json()["file"]


def test_an_upload_goes_on_where_there_is_room_for_its_rest_only(
    will: TestClient, study: StudyInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(will, study)
    send(will, upload["id"], 0, CONTENT[:2000])
    usage = SimpleNamespace(free=storage.SPARE_BYTES + len(CONTENT) - 2000)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _folder: usage)

    assert begin(will, study)["received_bytes"] == 2000


def test_a_block_that_could_not_be_written_is_not_written_twice() -> None:
    blocks: list[int] = []

    def write(block: bytearray) -> None:
        blocks.append(len(block))
        raise OSError("no room")

    class Body:
        async def stream(self) -> AsyncIterator[bytes]:
            yield bytes(2**20)

    with pytest.raises(OSError, match="no room"):
        anyio.run(receive_body, Body(), write)
    assert blocks == [2**20]


def test_an_empty_file_is_a_file(will: TestClient, study: StudyInfo) -> None:
    upload = begin(will, study, size_bytes=0, sha256=hashlib.sha256().hexdigest())

    assert send(will, upload["id"], 0, b"").json()["file"]["size_bytes"] == 0


@pytest.mark.parametrize("user", ["pia", "root"])
def test_uploads_of_others_are_not_found(
    user: str,
    will: TestClient,
    study: StudyInfo,
    client_of: Callable[[str | None], TestClient],
) -> None:
    upload = begin(will, study)

    assert client_of(user).get(f"{LIVER}/uploads/{upload['id']}").status_code == 404


@pytest.mark.parametrize("upload_id", ["..%2f..%2fnora.sqlite", "a%00b", "0" * 32])
def test_an_unknown_upload_is_not_found(upload_id: str, will: TestClient) -> None:
    assert will.get(f"{LIVER}/uploads/{upload_id}").status_code == 404
