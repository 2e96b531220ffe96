"""What a crash leaves between disk and database is healed at the next start."""

import os
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nora_core.wire.archive import StudyInfo
from nora_server.parts import Parts
from nora_server.services.files import Author, NewFile, store_file
from nora_server.storage import FileMoves, StagedFile
from nora_server.storage.heal import heal
from tests.server.archive.conftest import LIVER, Store


class Crash(BaseException):
    """Stands for the end of the process."""


def stage(parts: Parts, content: bytes) -> StagedFile:
    source = parts.storage.folder / "source"
    source.write_bytes(content)
    staged = parts.storage.incoming.take_copy(source)
    source.unlink()
    return staged


def store_and_raise(
    parts: Parts, study_id: int, staged: StagedFile, error: BaseException
) -> None:
    with parts.database.write() as session:
        if isinstance(error, Crash):
            FileMoves.of(parts.storage, session)._ended = True  # nothing moves back
        new = NewFile(study_id, "a.txt", staged, replace=True)
        store_file(session, parts.storage, Author(1), new)
        raise error


def crash_before_commit(parts: Parts, study_id: int) -> None:
    """Store a file, and die when it has its place but no row yet."""
    staged = stage(parts, b"new")
    with pytest.raises(Crash):
        store_and_raise(parts, study_id, staged, Crash())


def test_a_clean_stop_leaves_nothing_to_heal(store: Store, parts: Parts) -> None:
    store("a.txt")

    assert heal(parts.storage, parts.database).is_clean


def test_a_file_without_its_row_goes_back(study: StudyInfo, parts: Parts) -> None:
    crash_before_commit(parts, study.study_id)
    assert list((parts.storage.folder / "projects").rglob("a.txt"))

    report = heal(parts.storage, parts.database)

    assert report.taken_back == 1
    assert not list((parts.storage.folder / "projects").rglob("a.txt"))
    assert len(list(parts.storage.incoming.folder.glob("*.part"))) == 1
    assert heal(parts.storage, parts.database).is_clean


def test_a_file_half_replaced_is_the_old_one_again(
    store: Store, will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    file = store("a.txt", b"old")
    crash_before_commit(parts, study.study_id)

    heal(parts.storage, parts.database)

    assert will.get(f"{LIVER}/files/{file.id}/content").content == b"old"


def test_a_rolled_back_transaction_moves_its_files_back(
    store: Store, will: TestClient, study: StudyInfo, parts: Parts
) -> None:
    file = store("a.txt", b"old")
    staged = stage(parts, b"new")

    with pytest.raises(RuntimeError):
        store_and_raise(parts, study.study_id, staged, RuntimeError())

    assert will.get(f"{LIVER}/files/{file.id}/content").content == b"old"
    assert staged.path.read_bytes() == b"new"
    assert not list(parts.storage.journal.iterdir())


def test_a_managed_file_nobody_knows_is_put_aside(store: Store, parts: Parts) -> None:
    store("a.txt")
    (known,) = (parts.storage.folder / "projects").rglob("a.txt")
    known.with_name("unknown").write_bytes(b"?")

    report = heal(parts.storage, parts.database)

    assert [Path(location).name for location in report.lost] == ["unknown"]
    assert report.without_names()["lost"] == 1
    assert [path.read_bytes() for path in parts.storage.lost.rglob("unknown")] == [b"?"]
    assert known.exists()


def test_an_unknown_file_in_the_way_does_not_stop_an_upload(
    store: Store, will: TestClient, parts: Parts
) -> None:
    store("a.txt")
    (known,) = (parts.storage.folder / "projects").rglob("a.txt")
    known.with_name("b.txt").write_bytes(b"?")

    file = store("b.txt", b"mine")

    assert will.get(f"{LIVER}/files/{file.id}/content").content == b"mine"


def test_a_missing_file_is_reported(store: Store, parts: Parts) -> None:
    file = store("a.txt")
    (path,) = (parts.storage.folder / "projects").rglob("a.txt")
    path.unlink()

    assert heal(parts.storage, parts.database).missing == [file.id]


def test_parts_that_nobody_goes_on_with_are_removed(parts: Parts) -> None:
    old = parts.storage.incoming.path_of("0" * 32)
    new = parts.storage.incoming.path_of("1" * 32)
    for path in (old, new):
        path.write_bytes(b"part")
    os.utime(old, (time.time() - 3 * 86_400,) * 2)

    report = heal(parts.storage, parts.database)

    assert report.removed_parts == 1
    assert not old.exists()
    assert new.exists()


def test_a_journal_cut_short_is_read_as_far_as_it_goes(parts: Parts) -> None:
    (parts.storage.journal / "x.jsonl").write_text('["incoming/a.part", "proj')

    assert heal(parts.storage, parts.database).is_clean
    assert not list(parts.storage.journal.iterdir())
