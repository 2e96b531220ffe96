"""``nora upload`` names files by the folder that was given."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from nora_core.cli.archive import files_below
from nora_core.cli.main import main
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


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--tag", "a b"], "tag holds ' '; use '-' or '_' instead"),
        (["--folder", "../out"], "name it relative to its study"),
    ],
)
def test_a_refused_name_is_told_before_a_server_is_asked(
    inside_scans: Path, option: list[str], words: str
) -> None:
    words_given = "upload t1/a.nii -p liver --case S1#v1 --url http://127.0.0.1:9"

    result = CliRunner().invoke(main, [*words_given.split(), *option])

    assert result.exit_code == 1
    assert words in result.output
    assert "127.0.0.1" not in result.output
