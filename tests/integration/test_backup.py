"""A backup brings back everything, bit by bit, and damage is noticed."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from nora_core.cli.main import main
from nora_server.database.accounts import Account, Project
from nora_server.database.archive import File, RelativeName, Study, Subject
from nora_server.database.engine import Database
from nora_server.database.migrate import prepare_database
from nora_server.database.views import Link, LinkBytes, LinkState, StoredPreset
from nora_server.services import backup
from nora_server.services.files import Author, NewFile, store_file
from nora_server.storage.storage import MANAGED, Storage

CONTENTS = {"t1.nii": b"one" * 1000, "masks/liver.nii": b"two", "empty.json": b""}


def _admin(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["admin", *map(str, arguments)])


def _fill(data: Path) -> None:
    """Make a server's data folder with a study of three files and one in place."""
    storage = Storage(data)
    database = Database(f"sqlite:///{data / 'nora.sqlite'}")
    prepare_database(database)
    with database.write() as session:
        session.add(Account(name="root", is_admin=True))
        project = Project(name="liver")
        session.add(project)
        session.flush()
        subject = Subject(
            project_id=project.id, patients_id="p1", patients_id_folded="p1"
        )
        session.add(subject)
        session.flush()
        study = Study(
            project_id=project.id,
            subject_id=subject.id,
            subject_patients_id_folded="p1",
            studies_id="s1",
            studies_id_folded="s1",
        )
        session.add(study)
        session.flush()
        folder = storage.study_folder(project.id, subject.id, study.id)
        for name, content in CONTENTS.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            _add_file(session, study.id, name, storage.location_of(path), content)
        original = data.parent / "original.nii"
        original.write_bytes(b"in place")
        location = f"in_place:{original}"
        _add_file(session, study.id, "original.nii", location, b"in place")
    database.close()


def _add_file(session, study_id: int, name: str, location: str, content: bytes):
    folder, _, file = name.rpartition("/")
    row = RelativeName(path=name, folder_folded=folder, file_folded=file)
    session.add(row)
    session.flush()
    session.add(
        File(
            study_id=study_id,
            relative_name_id=row.id,
            location=location,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
    )


def _contents(data: Path) -> dict[str, bytes]:
    """Return what the database of ``data`` leads to, by name."""
    database = Database(f"sqlite:///{data / 'nora.sqlite'}")
    storage = Storage(data)
    with database.read() as session:
        files = session.exec(
            select(File, RelativeName).where(File.relative_name_id == RelativeName.id)
        ).all()
        found = {
            name.path: storage.path_of(file).read_bytes()
            for file, name in files
            if file.location.startswith(MANAGED)
        }
    database.close()
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    _fill(folder)
    return folder


def test_a_backup_with_files_restores_everything(data: Path, tmp_path: Path):
    made = _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    assert made.exit_code == 0, made.output
    restored = _admin("--data", tmp_path / "new", "restore", tmp_path / "backup")
    assert restored.exit_code == 0, restored.output
    assert _contents(tmp_path / "new") == CONTENTS
    assert "root" in _admin("--data", tmp_path / "new", "user", "list").output


def test_a_backup_brings_links_with_their_bytes_and_presets_back(
    data: Path, tmp_path: Path
):
    def of(folder: Path) -> Database:
        return Database(f"sqlite:///{folder / 'nora.sqlite'}")

    tables = (Link, LinkState, LinkBytes, StoredPreset)
    database = of(data)
    with database.write() as session:
        session.add(Link(id="A" * 32, project_id=1, owner_id=1, version=1))
        session.flush()
        key = {"link_id": "A" * 32, "version": 1}
        session.add(LinkState(**key, project_ids=[1], scene={"ä": 1}, saved_by=1))
        session.add(LinkBytes(**key, name="preview.png", content=bytes(range(256))))
        own = {"project_id": 1, "owner_id": 1, "name": "ct", "mark": "--"}
        session.add(StoredPreset(**own, content={"layout": {}}))
    _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    _admin("--data", tmp_path / "new", "restore", tmp_path / "backup")
    restored = of(tmp_path / "new")
    with database.read() as old, restored.read() as new:
        for table in tables:
            before, after = old.exec(select(table)).one(), new.exec(select(table)).one()
            assert before.model_dump() == after.model_dump()
    database.close()
    restored.close()


def test_a_backup_without_files_checks_those_that_are_there(data: Path, tmp_path: Path):
    _admin("--data", data, "backup", tmp_path / "backup")
    new = tmp_path / "new"
    (data / "projects").rename(data / "moved")
    new.mkdir()
    (data / "moved").rename(new / "projects")
    (damaged,) = new.rglob("liver.nii")
    damaged.write_bytes(b"owt")
    restored = _admin("--data", new, "restore", tmp_path / "backup")
    assert restored.exit_code == 1
    assert restored.output.count("changed: ") == 1
    assert "missing: " not in restored.output


def test_a_restore_refuses_a_place_that_holds_something(data: Path, tmp_path: Path):
    _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    refused = _admin("--data", data, "restore", tmp_path / "backup")
    assert refused.exit_code == 1
    assert "restore into an empty one" in refused.output
    (data / "nora.sqlite").unlink()
    refused = _admin("--data", data, "restore", tmp_path / "backup")
    assert "restore into a new data folder" in refused.output


@pytest.mark.parametrize("part", ["database.sqlite", "files.jsonl"])
def test_a_damaged_backup_is_refused(part: str, data: Path, tmp_path: Path):
    _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    with (tmp_path / "backup" / part).open("ab") as file:
        file.write(b"\n")
    refused = _admin("--data", tmp_path / "new", "restore", tmp_path / "backup")
    assert refused.exit_code == 1
    assert "not as it was written" in refused.output
    assert not (tmp_path / "new" / "nora.sqlite").exists()


def test_a_damaged_file_in_a_backup_is_refused(data: Path, tmp_path: Path):
    _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    (copy,) = (tmp_path / "backup").rglob("liver.nii")
    copy.write_bytes(b"owt")
    refused = _admin("--data", tmp_path / "new", "restore", tmp_path / "backup")
    assert refused.exit_code == 1
    assert "its checksum differs" in refused.output
    assert not (tmp_path / "new" / "nora.sqlite").exists()


def test_a_missing_file_is_told_and_the_rest_backed_up(data: Path, tmp_path: Path):
    next(data.rglob("t1.nii")).unlink()
    made = _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    assert made.exit_code == 1
    assert "not on the disk: 1 file" in made.output
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert len(manifest["missing_files"]) == 1


def test_a_file_replaced_meanwhile_is_backed_up_as_it_was(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The server goes on working while its files are copied."""
    listed = backup._list_files

    def list_and_replace(session, path: Path) -> int:
        count = listed(session, path)
        _replace(data, "t1.nii", b"newer")
        return count

    monkeypatch.setattr(backup, "_list_files", list_and_replace)
    made = _admin("--data", data, "backup", tmp_path / "backup", "--with-files")
    assert made.exit_code == 0, made.output
    restored = _admin("--data", tmp_path / "new", "restore", tmp_path / "backup")
    assert restored.exit_code == 0, restored.output
    assert _contents(data)["t1.nii"] == b"newer"
    assert _contents(tmp_path / "new") == CONTENTS


def _replace(data: Path, name: str, content: bytes) -> None:
    storage = Storage(data)
    database = Database(f"sqlite:///{data / 'nora.sqlite'}")
    source = data.parent / "newer"
    source.write_bytes(content)
    staged = storage.incoming.take_copy(source)
    with database.write() as session:
        new = NewFile(1, name, staged, replace=True)
        store_file(session, storage, Author(1), new)
    database.close()


def test_an_unfinished_backup_is_refused(data: Path, tmp_path: Path):
    _admin("--data", data, "backup", tmp_path / "backup")
    (tmp_path / "backup" / "manifest.json").unlink()
    refused = _admin("--data", tmp_path / "new", "restore", tmp_path / "backup")
    assert "holds no readable manifest.json" in refused.output
