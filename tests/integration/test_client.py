"""The client against a real server process: whole ways, broken connections, stops."""

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from nora_core.client import Client, EmbeddedServer, start_embedded, uploading
from nora_core.client.embedded import find_embedded
from nora_core.errors import (
    Cancelled,
    ChecksumMismatch,
    Conflict,
    NotFound,
    NotLoggedIn,
    ServerUnreachable,
    WrongPassword,
)
from nora_core.wire.account import NewUser, Role, TokenRequest, UserChange
from nora_core.wire.archive import (
    FileRow,
    NewStudy,
    RegisterRequest,
    StudyChange,
    StudyJson,
    SubjectChange,
    TagChange,
    TagLevel,
)
from nora_core.wire.project import Action, NewProject, ProjectChange
from tests.integration.cutting_proxy import CuttingProxy

PROJECT = "client"
BIG = os.urandom(1 << 20) * 9


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server process for all tests here."""
    with start_embedded(tmp_path_factory.mktemp("embedded") / "data") as server:
        with Client(server.url, server.token) as client:
            client.create_project(NewProject(name=PROJECT))
        yield server


@pytest.fixture
def client(server: EmbeddedServer, tmp_path: Path) -> Iterator[Client]:
    """A client with a cache of its own."""
    with Client(server.url, server.token, cache=tmp_path / "cache") as client:
        yield client


@pytest.fixture
def study_id(client: Client, tmp_path: Path) -> int:
    """The number of a study of this test's own."""
    new = NewStudy(patients_id=tmp_path.name, studies_id="S")
    return client.create_study(PROJECT, new).study_id


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file that takes several parts."""
    path = tmp_path / "big.bin"
    path.write_bytes(BIG)
    return path


@pytest.fixture
def through(server: EmbeddedServer, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Give ``through(cuts, upstream=...)``, a client whose connections break."""
    proxies: list[CuttingProxy] = []

    def make(cuts: list[int], *, upstream: bool) -> Client:
        port = int(server.url.rpartition(":")[2])
        proxies.append(CuttingProxy(port, cuts, upstream=upstream))
        return Client(proxies[-1].url, server.token, cache=tmp_path / "other cache")

    yield make
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send large files in parts of 2 MiB."""
    monkeypatch.setattr(uploading, "PART_BYTES", 2 << 20)


@pytest.mark.parametrize("size", [0, 1, 4 << 20, len(BIG)])
def test_what_went_up_comes_down(
    size: int, client: Client, study_id: int, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(BIG[:size])

    row = client.upload(PROJECT, source, study_id, "a/ü.bin", tags=["raw"])
    path = client.download(PROJECT, row)

    assert path.read_bytes() == BIG[:size]
    assert path.name == "ü.bin"
    assert (row.size_bytes, row.tags) == (size, ["raw"])
    assert client.files(PROJECT, study_id) == [row]


@pytest.mark.usefixtures("small_parts")
def test_an_upload_goes_on_where_the_connection_broke(
    through: Callable[..., Client], study_id: int, big: Path
) -> None:
    broken = through([3 << 20, 3 << 20, 1 << 20], upstream=True)

    row = broken.upload(PROJECT, big, study_id, "big.bin")

    assert row.sha256 == hashlib.sha256(BIG).hexdigest()


@pytest.mark.usefixtures("small_parts")
def test_an_upload_goes_on_after_the_program_was_stopped(
    client: Client, study_id: int, big: Path
) -> None:
    def stop_late(done: int, _all: int) -> None:
        if done > 5 << 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.upload(PROJECT, big, study_id, "big.bin", progress=stop_late)
    seen: list[int] = []
    client.upload(
        PROJECT, big, study_id, "big.bin", progress=lambda done, _: seen.append(done)
    )

    assert seen[1] >= 4 << 20


def test_a_download_goes_on_where_the_connection_broke(
    client: Client, through: Callable[..., Client], study_id: int, big: Path
) -> None:
    row = client.upload(PROJECT, big, study_id, "big.bin")
    broken = through([3 << 20, 3 << 20], upstream=False)
    seen: list[int] = []

    path = broken.download(PROJECT, row, progress=lambda done, _: seen.append(done))

    assert path.read_bytes() == BIG
    assert seen == sorted(seen)


def test_a_server_that_stays_away_is_named(
    through: Callable[..., Client],
    study_id: int,
    big: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploading, "PAUSES_SECONDS", (0.0,))
    broken = through([1000] * 50, upstream=True)

    with pytest.raises(ServerUnreachable):
        broken.upload(PROJECT, big, study_id, "big.bin")


@pytest.mark.parametrize("size", [1000, len(BIG)])
def test_a_cancelled_upload_leaves_no_file(
    size: int, client: Client, study_id: int, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(BIG[:size])

    with pytest.raises(Cancelled):
        client.upload(PROJECT, source, study_id, "x", cancelled=lambda: True)

    assert client.files(PROJECT, study_id) == []


def test_a_cancelled_download_leaves_nothing_in_the_cache(
    client: Client, study_id: int, big: Path, tmp_path: Path
) -> None:
    row = client.upload(PROJECT, big, study_id, "big.bin")
    answers = iter([False, False, True])

    with pytest.raises(Cancelled):
        client.download(PROJECT, row, cancelled=lambda: next(answers))

    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_second_download_asks_nobody(
    server: EmbeddedServer, client: Client, study_id: int, big: Path
) -> None:
    row = client.upload(PROJECT, big, study_id, "big.bin")
    path = client.download(PROJECT, row)

    with Client(server.url, "no token", cache=path.parents[2]) as stranger:
        assert stranger.download(PROJECT, row) == path


def test_a_file_that_changes_while_it_is_sent_is_refused(
    client: Client, study_id: int, big: Path
) -> None:
    def change(done: int, _all: int) -> None:
        if done == 1 << 20:
            big.write_bytes(b"x" * len(BIG))

    with pytest.raises(ChecksumMismatch):
        client.upload(PROJECT, big, study_id, "big.bin", progress=change)

    assert client.files(PROJECT, study_id) == []


def test_a_name_is_taken_until_it_is_replaced(
    client: Client, study_id: int, tmp_path: Path
) -> None:
    source = tmp_path / "mask"
    for content in (b"one", b"two"):
        source.write_bytes(content)
        row = client.upload(PROJECT, source, study_id, "mask", replace=True)
    source.write_bytes(b"three")

    with pytest.raises(Conflict):
        client.upload(PROJECT, source, study_id, "MASK")

    assert client.download(PROJECT, row).read_bytes() == b"two"


def test_many_threads_share_a_client(
    client: Client, study_id: int, tmp_path: Path
) -> None:
    def store(number: int) -> None:
        source = tmp_path / f"{number}.bin"
        source.write_bytes(bytes([number]) * 1000)
        rows.append(client.upload(PROJECT, source, study_id, source.name))

    rows: list[FileRow] = []
    threads = [threading.Thread(target=store, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    names = sorted(row.relative_name for row in client.files(PROJECT, study_id))
    assert names == [f"{number}.bin" for number in range(8)]
    assert len(rows) == 8


def test_the_archive_through_the_client(
    client: Client, study_id: int, tmp_path: Path
) -> None:
    source = tmp_path / "a.txt"
    source.write_text("a")
    row = client.upload(PROJECT, source, study_id, "a.txt")
    study = client.change_study(PROJECT, study_id, StudyChange(description="new"))
    assert study.description == "new"
    client.change_subject(PROJECT, study.subject_id, SubjectChange(name="Doe"))
    assert client.studies(PROJECT, study.subject_id)[0].name == "Doe"
    change = TagChange(level=TagLevel.FILE, ids=[row.id], add=["mask"])
    assert client.change_tags(PROJECT, change).changed == 1
    assert "mask" in client.tags(PROJECT)
    document = StudyJson(name="nodeinfo", content={"a": 1})
    client.save_document(PROJECT, study_id, document)
    assert client.documents(PROJECT, study_id) == ["nodeinfo"]
    assert client.document(PROJECT, study_id, "nodeinfo") == document
    deleted = client.delete_files(PROJECT, [row.id])
    assert client.files(PROJECT, study_id) == []
    client.undo(PROJECT, deleted.id)
    assert client.files(PROJECT, study_id)[0].tags == ["mask"]
    client.delete_studies(PROJECT, [study_id])
    with pytest.raises(NotFound):
        client.study(PROJECT, study_id)
    client.restore_studies(PROJECT, [study_id])
    client.delete_subjects(PROJECT, [study.subject_id])
    client.restore_subjects(PROJECT, [study.subject_id])
    assert client.study(PROJECT, study_id).name == "Doe"
    assert client.events(PROJECT, limit=1)[0].action == "subjects.restore"


def test_a_registered_original_is_downloaded(client: Client, tmp_path: Path) -> None:
    original = tmp_path / "originals" / "P9" / "S9" / "a.nii"
    original.parent.mkdir(parents=True)
    original.write_bytes(b"original")
    request = RegisterRequest(folder=str(tmp_path / "originals"))
    assert client.register(PROJECT, request).files == 1
    new = NewStudy(patients_id="P9", studies_id="other")
    subject_id = client.create_study(PROJECT, new).subject_id
    study = next(s for s in client.studies(PROJECT, subject_id) if s.studies_id == "S9")

    (row,) = client.files(PROJECT, study.study_id)

    assert row.is_in_place
    assert client.download(PROJECT, row).read_bytes() == b"original"


def test_a_withdrawn_project_leaves_the_cache(
    client: Client, study_id: int, tmp_path: Path
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"a")
    path = client.download(PROJECT, client.upload(PROJECT, source, study_id, "a"))
    client._cache.add(client.url, "withdrawn", "0" * 64, "b", _part(client))

    client.projects()

    assert path.exists()
    assert client._cache.find(client.url, "withdrawn", "0" * 64, "b") is None


def _part(client: Client) -> Path:
    part = client._cache.new_part()
    part.write_bytes(b"b")
    return part


def test_accounts_through_the_client(client: Client, server: EmbeddedServer) -> None:
    password = "correct horse battery"
    user = NewUser(name="rita", password=SecretStr(password))
    assert client.create_user(user).name == "rita"
    client.set_member(PROJECT, "rita", Role.READER)
    assert [member.user for member in client.members(PROJECT)] == ["rita"]

    with Client(server.url) as rita:
        with pytest.raises(WrongPassword):
            rita.login("rita", "wrong")
        rita.login("rita", password)
        assert rita.me().name == "rita"
        assert [project.name for project in rita.projects()] == [PROJECT]
        assert {right.action: right.allowed for right in rita.rights(PROJECT)}[
            Action.READ
        ]
        issued = rita.create_token(TokenRequest(name="script"))
        assert Client(server.url, issued.secret).me().name == "rita"
        rita.revoke_token(issued.id)
        assert issued.id not in {token.id for token in rita.tokens()}
        token = rita.token
        rita.logout()

    with pytest.raises(NotLoggedIn):
        Client(server.url, token).me()
    client.remove_member(PROJECT, "rita")
    assert client.change_user("rita", UserChange(is_disabled=True)).is_disabled
    assert client.change_project(PROJECT, ProjectChange(title="T")).title == "T"


def test_no_token_no_answer(server: EmbeddedServer) -> None:
    with Client(server.url) as client, pytest.raises(NotLoggedIn):
        client.projects()


def test_a_running_server_is_found_and_left_running(server: EmbeddedServer) -> None:
    folder = Path(_folder_of(server))

    with start_embedded(folder) as again:
        assert again.pid == server.pid
        assert not again.is_ours

    assert find_embedded(folder) is not None


def test_the_connection_file_is_the_owners_alone(server: EmbeddedServer) -> None:
    path = Path(_folder_of(server)) / "embedded.json"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _folder_of(server: EmbeddedServer) -> str:
    assert server.process is not None
    return str(server.process.args[-1])


def test_a_stopped_server_is_gone_and_can_start_again(tmp_path: Path) -> None:
    with start_embedded(tmp_path) as first:
        pass
    assert find_embedded(tmp_path) is None
    assert not (tmp_path / "embedded.json").exists()

    with start_embedded(tmp_path) as second:
        assert second.pid != first.pid


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "nora.sqlite").write_text("this is no database")

    with pytest.raises(ServerUnreachable, match="did not start"):
        start_embedded(tmp_path)
