"""``nora upload`` names files by the folder that was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from nora_core.cli.archive import files_below
from nora_core.errors import NotFound


@pytest.fixture
def inside_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in ``scans``, which has ``t1/a.nii`` and ``t1/more/b.nii``."""
    folder = tmp_path / "scans"
    (folder / "t1" / "more").mkdir(parents=True)
    (folder / "t1" / "a.nii").touch()
    (folder / "t1" / "more" / "b.nii").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("t1", ["t1/a.nii", "t1/more/b.nii"]),
        ("t1/more/..", ["t1/a.nii", "t1/more/b.nii"]),
        (".", ["scans/t1/a.nii", "scans/t1/more/b.nii"]),
        ("../scans/t1/more", ["more/b.nii"]),
        ("t1/a.nii", ["a.nii"]),
    ],
)
def test_names_begin_with_the_folder(
    inside_scans: Path, given: str, names: list[str]
) -> None:
    for path in (Path(given), inside_scans / given):
        found = list(files_below([path]))

        assert [name for _, name in found] == names
        assert all(file.is_file() for file, _ in found)


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing"):
        list(files_below([tmp_path / "nothing"]))
