"""The cache keeps what was used last, whole, and for the right projects only."""

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from nora_core.client.cache import DownloadCache

URL = "http://server"


def put(
    cache: DownloadCache, content: bytes, project: str = "liver", name: str = "a.nii"
) -> Path:
    part = cache.new_part()
    part.write_bytes(content)
    return cache.add(URL, project, sha(content), name, part)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def find(cache: DownloadCache, content: bytes, project: str = "liver") -> Path | None:
    return cache.find(URL, project, sha(content), "a.nii")


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path.parent, (moment, moment))


@pytest.fixture
def cache(tmp_path: Path) -> DownloadCache:
    return DownloadCache(tmp_path, megabytes=1)


def test_what_was_put_in_is_found_under_its_own_name(cache: DownloadCache) -> None:
    path = put(cache, b"voxels")

    assert path.name == "a.nii"
    assert find(cache, b"voxels") == path
    assert find(cache, b"other") is None


def test_a_damaged_file_is_not_given_out(cache: DownloadCache) -> None:
    put(cache, b"voxels").write_bytes(b"rotten!")

    assert find(cache, b"voxels") is None
    assert find(DownloadCache(cache.folder), b"voxels") is None


def test_another_program_proves_before_use(cache: DownloadCache) -> None:
    path = put(cache, b"voxels")
    status = path.stat()
    path.write_bytes(b"vixels")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert find(DownloadCache(cache.folder), b"voxels") is None


def test_the_least_recently_used_go_first(cache: DownloadCache) -> None:
    contents = [bytes([number]) * 300_000 for number in range(3)]
    for number, content in enumerate(contents):
        age(put(cache, content), seconds=1000 - number)
    assert find(cache, contents[0]) is not None  # used just now

    put(cache, b"x" * 300_000)

    assert find(cache, contents[0]) is not None
    assert find(cache, contents[1]) is None


def test_what_is_in_use_stays(cache: DownloadCache) -> None:
    contents = [bytes([number]) * 600_000 for number in range(3)]
    for content in contents:
        put(cache, content)

    assert all(find(cache, content) is not None for content in contents)


def test_a_file_larger_than_the_cache_is_still_given(cache: DownloadCache) -> None:
    assert put(cache, b"x" * 3_000_000).exists()


def test_what_a_killed_download_left_is_deleted(cache: DownloadCache) -> None:
    left, under_way = cache.new_part(), cache.new_part()
    for part in (left, under_way):
        part.write_bytes(b"half")
    os.utime(left, (time.time() - 3 * 86_400,) * 2)

    put(DownloadCache(cache.folder), b"voxels")

    assert not left.exists()
    assert under_way.exists()


def test_files_of_withdrawn_projects_are_deleted(cache: DownloadCache) -> None:
    put(cache, b"mine", "liver")
    gone = put(cache, b"theirs", "brain")

    cache.keep_only(URL, {"liver"})

    assert find(cache, b"mine") is not None
    assert not gone.exists()


def test_other_servers_files_stay(cache: DownloadCache) -> None:
    path = put(cache, b"mine")

    cache.keep_only("http://other", set())

    assert path.exists()


def test_projects_do_not_share_files(cache: DownloadCache) -> None:
    put(cache, b"voxels", "liver")

    assert find(cache, b"voxels", "brain") is None


def test_many_writers_at_once_leave_whole_files(tmp_path: Path) -> None:
    contents = [bytes([number]) * 50_000 for number in range(6)]
    caches = [DownloadCache(tmp_path, megabytes=1) for _ in range(4)]

    def work(cache: DownloadCache) -> None:
        for content in contents:
            if find(cache, content) is None:
                put(cache, content)

    threads = [threading.Thread(target=work, args=[cache]) for cache in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for content in contents:
        found = find(caches[0], content)
        assert found is not None
        assert found.read_bytes() == content
    assert not list((tmp_path / "parts").iterdir())
