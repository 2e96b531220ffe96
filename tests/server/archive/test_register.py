"""Originals are registered where they lie, completely and only once."""

import hashlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from nora_core.errors import BadInput
from nora_core.wire.archive import RegisterReport
from nora_server.database.archive import File
from nora_server.parts import Parts
from nora_server.services.checksums import compute_checksums
from nora_server.services.register_layout import (
    Belonging,
    by_bids,
    by_folders,
    by_pattern,
)
from tests.server.archive.conftest import LIVER

BIDS = [
    "dataset_description.json",
    "participants.tsv",
    "sub-01/ses-a/anat/sub-01_T1w.nii.gz",
    "sub-01/ses-b/anat/sub-01_T1w.nii.gz",
    "sub-02/anat/sub-02_T1w.nii.gz",
    "derivatives/fmriprep/sub-01/ses-a/anat/mask.nii.gz",
    ".bidsignore",
    "sub-02/.hidden/x",
]


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    """A small BIDS folder."""
    folder = tmp_path / "originals"
    for name in BIDS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def register(client: TestClient, folder: Path, **more: object) -> RegisterReport:
    answer = client.post(f"{LIVER}/register", json={"folder": str(folder), **more})
    assert answer.is_success, answer.text
    return RegisterReport.model_validate(answer.json())


def rows(parts: Parts) -> list[File]:
    with parts.database.read() as session:
        return list(session.exec(select(File)))


def state_of(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_bids_gives_subjects_sessions_and_derivatives(
    root: TestClient, originals: Path
) -> None:
    report = register(root, originals)

    assert (report.subjects, report.studies, report.files) == (2, 3, 4)
    assert "participants.tsv: lies in no subject's folder" in report.skipped
    assert "sub-02/.hidden: hidden" in report.skipped


def test_no_byte_is_moved(root: TestClient, originals: Path, parts: Parts) -> None:
    before = state_of(originals)

    register(root, originals)
    ids = [file.id for file in rows(parts)]
    root.post(f"{LIVER}/files/delete", json={"ids": ids})
    root.post(f"{LIVER}/files/restore", json={"ids": ids})

    assert state_of(originals) == before
    assert not list((parts.storage.folder / "projects").rglob("*.gz"))


def test_a_second_run_adds_nothing(root: TestClient, originals: Path) -> None:
    register(root, originals)

    again = register(root, originals)

    assert (again.subjects, again.studies, again.files) == (0, 0, 0)
    assert again.known == 4


def test_a_new_file_is_added_by_the_next_run(root: TestClient, originals: Path) -> None:
    register(root, originals)
    (originals / "sub-02/anat/new.nii").write_bytes(b"x")

    again = register(root, originals)

    assert (again.files, again.known, again.studies) == (1, 4, 0)


def test_a_dry_run_says_the_same_and_writes_nothing(
    root: TestClient, originals: Path, parts: Parts
) -> None:
    preview = register(root, originals, dry_run=True)

    assert rows(parts) == []
    assert register(root, originals) == preview


def test_a_deleted_original_is_only_forgotten(
    root: TestClient, originals: Path, parts: Parts
) -> None:
    register(root, originals)
    file = rows(parts)[0]

    root.post(f"{LIVER}/files/delete", json={"ids": [file.id]})

    assert Path(file.location.removeprefix("in_place:")).exists()
    assert register(root, originals).files == 0


def test_checksums_come_later(root: TestClient, originals: Path, parts: Parts) -> None:
    register(root, originals)
    assert {file.sha256 for file in rows(parts)} == {None}

    compute_checksums(parts.database, parts.storage)

    for file in rows(parts):
        content = Path(file.location.removeprefix("in_place:")).read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_an_original_is_sent_and_a_changed_one_is_not(
    root: TestClient, originals: Path, parts: Parts
) -> None:
    register(root, originals)
    file = rows(parts)[0]
    url = f"{LIVER}/files/{file.id}/content"
    assert root.get(url).is_success

    Path(file.location.removeprefix("in_place:")).write_bytes(b"other")

    assert root.get(url).status_code == 409


def test_links_out_of_the_folder_are_skipped(
    root: TestClient, originals: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (originals / "sub-01/ses-a/link.txt").symlink_to(tmp_path / "secret.txt")
    (originals / "sub-01/ses-a/folder").symlink_to(tmp_path)
    (originals / "sub-01/ses-a/broken").symlink_to("nowhere")

    report = register(root, originals)

    assert report.files == 4
    assert sum("sub-01/ses-a" in line for line in report.skipped) == 3


def test_links_to_the_servers_own_files_are_skipped(
    root: TestClient, originals: Path, parts: Parts
) -> None:
    """The server's folder may lie below the registered one."""
    secret = parts.storage.folder / "secret.txt"
    secret.write_text("secret")
    (originals / "sub-01/ses-a/link.txt").symlink_to(secret)

    report = register(root, originals.parent)

    assert not [file for file in rows(parts) if str(secret) in file.location]
    assert [line for line in report.skipped if "link.txt: a link to" in line]


def test_a_link_inside_the_folder_is_registered(
    root: TestClient, originals: Path, parts: Parts
) -> None:
    store = originals / ".annex"
    store.mkdir()
    (store / "blob").write_bytes(b"annexed")
    (originals / "sub-01/ses-a/link.nii").symlink_to(store / "blob")

    assert register(root, originals).files == 5


def test_names_that_differ_in_case_only_are_skipped(
    root: TestClient, originals: Path
) -> None:
    (originals / "sub-02/anat/SUB-02_T1w.nii.gz").write_bytes(b"x")

    report = register(root, originals)

    assert report.files == 4
    assert any("already" in line for line in report.skipped)


@pytest.mark.parametrize(
    ("user", "status"), [("pia", 403), ("will", 403), ("rita", 403), ("nobody", 404)]
)
def test_folders_that_the_settings_do_not_allow_need_a_server_admin(
    user: str,
    status: int,
    originals: Path,
    client_of: Callable[[str | None], TestClient],
) -> None:
    answer = client_of(user).post(f"{LIVER}/register", json={"folder": str(originals)})

    assert answer.status_code == status


@pytest.mark.parametrize(
    "folder", ["/no/such/folder", "relative", "a\tb", "/dev/null", "/", "/" * 3000]
)
def test_what_is_no_folder_is_refused(folder: str, root: TestClient) -> None:
    answer = root.post(f"{LIVER}/register", json={"folder": folder})

    assert answer.status_code == 422


@pytest.mark.parametrize("pattern", ["(", "(?<studies_id>x)", "(?<patients_id>"])
def test_a_wrong_pattern_is_explained(pattern: str) -> None:
    with pytest.raises(BadInput, match=r"pattern|patients_id"):
        by_pattern(Path("/data"), pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        (
            r"(?<studies_id>[\w\-]+)\/(?<patients_id>\w+)$",
            "S1/P7/t1/s001.nii",
            Belonging("t1", "P7", "s001.nii"),
        ),
        (
            r"(?<studies_id>S\d+)\/(?<patients_id>P\d+)$",
            "S1/P7/t1/s001.nii",
            Belonging("P7", "S1", "t1/s001.nii"),
        ),
        (
            r"/(?P<patients_id>P\d+)/(?P<studies_id>[^/]+)/",
            "P7/2024/a.nii",
            Belonging("P7", "2024", "a.nii"),
        ),
        (
            r"/(?<patients_id>P\d+)_(?<studies_id>v\d)_",
            "flat/P7_v2_t1.nii",
            Belonging("P7", "v2", "P7_v2_t1.nii"),
        ),
        (r"/(?<patients_id>P\d+)(?<!P8)/", "P7/t1/a", Belonging("P7", "study", "t1/a")),
        (r"/(?<patients_id>P\d+)/", "Q7/a", None),
    ],
)
def test_a_pattern_finds_subject_and_study(
    pattern: str, path: str, expected: Belonging | None
) -> None:
    assert by_pattern(Path("/data"), pattern)(PurePosixPath(path)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("P/S/t1/a.nii", Belonging("P", "S", "t1/a.nii")),
        ("P/a.nii", Belonging("P", "study", "a.nii")),
        ("a.nii", None),
    ],
)
def test_folders_name_subject_and_study(path: str, expected: Belonging | None) -> None:
    assert by_folders(PurePosixPath(path)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("sub-1/ses-2/anat/a", Belonging("sub-1", "ses-2", "anat/a")),
        ("sub-1/anat/a", Belonging("sub-1", "study", "anat/a")),
        (
            "derivatives/x/sub-1/ses-2/a",
            Belonging("sub-1", "ses-2", "derivatives/x/a"),
        ),
        ("code/run.py", None),
        ("sub-1_file", None),
    ],
)
def test_bids_paths_name_subject_and_session(
    path: str, expected: Belonging | None
) -> None:
    assert by_bids(PurePosixPath(path)) == expected
