"""Files arrive whole or not at all, are sent in parts, and go to the trash."""

import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nora_core.wire.archive import FileRow, StudyInfo
from nora_server.database.archive import File
from nora_server.parts import Parts
from nora_server.storage import Storage
from tests.server.archive.conftest import LIVER, Store, make_study, upload_header


def content_url(file: FileRow) -> str:
    return f"{LIVER}/files/{file.id}/content"


def managed_files(parts: Parts) -> list[Path]:
    folder = parts.storage.folder / "projects"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_stored_file_has_its_row_and_its_bytes(
    store: Store, rita: TestClient, study: StudyInfo, parts: Parts
) -> None:
    file = store("t1/s001.nii", b"voxels", tags=["raw"])

    rows = rita.get(f"{LIVER}/studies/{study.study_id}/files").json()

    assert [row["relative_name"] for row in rows] == ["t1/s001.nii"]
    assert rows[0]["tags"] == ["raw"]
    assert rows[0]["created_by"] == "will"
    assert rita.get(content_url(file)).content == b"voxels"
    assert [path.read_bytes() for path in managed_files(parts)] == [b"voxels"]


def test_no_patient_stands_in_a_path(store: Store, parts: Parts) -> None:
    store("t1/s001.nii")

    (path,) = managed_files(parts)

    assert path.relative_to(parts.storage.folder).parts[-2:] == ("t1", "s001.nii")
    assert "P1" not in path.parts


def test_the_same_file_twice_is_stored_once(store: Store, parts: Parts) -> None:
    first, second = store("a.txt"), store("a.txt")

    assert first.id == second.id
    assert len(managed_files(parts)) == 1


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "a.txt/b", "dir", "DIR/X/y"])
def test_a_name_that_is_taken_is_a_conflict(
    name: str, store: Store, will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    store("a.txt", b"old")
    store("dir/x", b"old")

    headers = upload_header(study.study_id, name, b"new")
    answer = will.post(f"{LIVER}/files/content", content=b"new", headers=headers)

    assert answer.status_code == 409
    assert [path.read_bytes() for path in managed_files(parts)] == [b"old", b"old"]
    assert not list(parts.storage.incoming.folder.glob("*.part"))


def test_replacing_puts_the_old_file_into_the_trash(
    store: Store, will: TestClient, parts: Parts
) -> None:
    old = store("mask.nii", b"old")
    new = store("mask.nii", b"new", replace=True)

    assert new.id != old.id
    assert will.get(content_url(old)).status_code == 404
    assert will.get(content_url(new)).content == b"new"
    (in_trash,) = parts.storage.trash.glob("*/*")
    assert in_trash.read_bytes() == b"old"


def test_wrong_bytes_leave_nothing(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    headers = upload_header(study.study_id, "a.txt", b"right")

    answer = will.post(f"{LIVER}/files/content", content=b"wrong", headers=headers)

    assert answer.json()["error"] == "ChecksumMismatch"
    assert not managed_files(parts)
    assert not list(parts.storage.incoming.folder.glob("*.part"))


def test_more_bytes_than_announced_are_refused(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    headers = upload_header(study.study_id, "a.txt", b"right")

    answer = will.post(f"{LIVER}/files/content", content=b"right+", headers=headers)

    assert answer.json()["error"] == "BadInput"
    assert not list(parts.storage.incoming.folder.glob("*.part"))


@pytest.mark.parametrize(
    ("wanted", "expected", "content_range"),
    [
        ("bytes=2-4", b"cde", "bytes 2-4/10"),
        ("bytes=7-", b"hij", "bytes 7-9/10"),
        ("bytes=-3", b"hij", "bytes 7-9/10"),
        ("bytes=8-100", b"ij", "bytes 8-9/10"),
        ("bytes=0-0", b"a", "bytes 0-0/10"),
    ],
)
def test_a_range_is_sent_alone(
    wanted: str, expected: bytes, content_range: str, store: Store, rita: TestClient
) -> None:
    file = store("letters", b"abcdefghij")

    answer = rita.get(content_url(file), headers={"Range": wanted})

    assert answer.status_code == 206
    assert answer.content == expected
    assert answer.headers["Content-Range"] == content_range


@pytest.mark.parametrize(
    "wanted", ["bytes=4-2", "lines=1-2", "bytes=1-2,4-5", "bytes=-"]
)
def test_a_range_that_makes_no_sense_is_ignored(
    wanted: str, store: Store, rita: TestClient
) -> None:
    file = store("letters", b"abcdefghij")

    answer = rita.get(content_url(file), headers={"Range": wanted})

    assert (answer.status_code, answer.content) == (200, b"abcdefghij")


def test_a_range_behind_the_end_is_explained(store: Store, rita: TestClient) -> None:
    file = store("letters", b"abc")

    answer = rita.get(content_url(file), headers={"Range": "bytes=3-"})

    assert answer.status_code == 416
    assert answer.json()["error"] == "BadInput"


def test_a_file_the_client_knows_is_not_sent(store: Store, rita: TestClient) -> None:
    file = store("letters", b"abc")
    etag = rita.get(content_url(file)).headers["ETag"]

    answer = rita.get(content_url(file), headers={"If-None-Match": etag})

    assert etag == f'"{hashlib.sha256(b"abc").hexdigest()}"'
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_range_of_other_bytes_sends_the_whole(store: Store, rita: TestClient) -> None:
    file = store("letters", b"abc")

    answer = rita.get(
        content_url(file), headers={"Range": "bytes=1-", "If-Range": '"older"'}
    )

    assert (answer.status_code, answer.content) == (200, b"abc")


def test_deleted_files_come_back_where_they_were(
    store: Store, will: TestClient, parts: Parts
) -> None:
    file = store("t1/s001.nii", b"voxels")
    before = managed_files(parts)

    assert will.post(f"{LIVER}/files/delete", json={"ids": [file.id]}).is_success
    assert not managed_files(parts)
    assert will.get(content_url(file)).status_code == 404
    assert will.post(f"{LIVER}/files/restore", json={"ids": [file.id]}).is_success

    assert managed_files(parts) == before
    assert not list(parts.storage.trash.iterdir())
    assert will.get(content_url(file)).content == b"voxels"


def test_a_file_is_not_restored_over_another(store: Store, will: TestClient) -> None:
    old = store("a.txt", b"old")
    store("A.txt", b"new", replace=True)

    answer = will.post(f"{LIVER}/files/restore", json={"ids": [old.id]})

    assert answer.status_code == 409


def test_files_of_other_projects_are_not_found(store: Store, root: TestClient) -> None:
    file = store("a.txt")

    assert (
        root.get(f"/api/v1/projects/brain/files/{file.id}/content").status_code == 404
    )
    answer = root.post("/api/v1/projects/brain/files/delete", json={"ids": [file.id]})
    assert answer.status_code == 404


def test_readers_change_nothing(
    store: Store, rita: TestClient, study: StudyInfo
) -> None:
    file = store("a.txt", b"old")
    headers = upload_header(study.study_id, "b.txt", b"new")

    assert (
        rita.post(f"{LIVER}/files/delete", json={"ids": [file.id]}).status_code == 403
    )
    answer = rita.post(f"{LIVER}/files/content", content=b"new", headers=headers)
    assert answer.status_code == 403


def test_a_link_put_into_the_storage_is_not_followed(
    store: Store, will: TestClient, parts: Parts, tmp_path: Path
) -> None:
    file = store("a.txt")
    secret = tmp_path / "secret"
    secret.write_bytes(b"bytes")
    (path,) = managed_files(parts)
    path.unlink()
    path.symlink_to(secret)

    assert will.get(content_url(file)).status_code == 404


def test_a_link_slipped_in_after_the_look_is_not_followed(
    store: Store,
    will: TestClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = store("a.txt")
    secret = tmp_path / "secret"
    secret.write_bytes(b"bytes")
    look = Storage.path_of

    def look_and_swap(storage: Storage, row: File) -> Path:
        path = look(storage, row)
        path.unlink()
        path.symlink_to(secret)
        return path

    monkeypatch.setattr(Storage, "path_of", look_and_swap)

    assert will.get(content_url(file)).status_code == 404


def test_a_deleted_file_whose_bytes_are_lost_is_not_restored(
    store: Store, will: TestClient, parts: Parts
) -> None:
    ids = [store(name).id for name in ("a.txt", "b.txt")]
    will.post(f"{LIVER}/files/delete", json={"ids": ids})
    next(parts.storage.trash.rglob("b.txt")).unlink()

    answer = will.post(f"{LIVER}/files/restore", json={"ids": ids})

    assert answer.status_code == 404
    assert f"file {ids[1]}" in answer.json()["message"]
    assert len(list(parts.storage.trash.rglob("a.txt"))) == 1


def test_a_full_disk_refuses_before_any_byte(
    will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    body = {
        "study_id": study.study_id,
        "relative_name": "huge",
        "size_bytes": 2**44,
        "sha256": "0" * 64,
    }

    answer = will.post(f"{LIVER}/uploads", json=body)

    assert answer.json()["error"] == "StorageFull"


def test_files_of_a_study_in_the_trash_are_not_seen(
    store: Store, will: TestClient, study: StudyInfo
) -> None:
    file = store("a.txt")
    other = make_study(will, "P2")

    will.post(f"{LIVER}/studies/delete", json={"ids": [study.study_id]})

    assert will.get(content_url(file)).status_code == 404
    assert will.get(f"{LIVER}/studies/{study.study_id}/files").status_code == 404
    assert will.get(f"{LIVER}/studies/{other.study_id}/files").json() == []
