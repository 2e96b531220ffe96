"""The README's examples work as they stand there."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from nora_core.cli.main import main
from nora_core.images import read_mask, write_volume
from nora_core.plugins.sources import load, shipped_folder
from nora_core.testing import phantom_volume

README = shipped_folder() / "README.md"


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "my-tools"
    folder.mkdir()
    monkeypatch.setenv("NORA_PLUGINS", str(folder))
    return folder


def test_the_copied_tool_runs_without_a_line_elsewhere(own_folder, tmp_path):
    image = phantom_volume()
    write_volume(tmp_path / "ball.nii.gz", image)
    source = examples()[0].replace("threshold_lesion", "my_threshold")
    (own_folder / "my_threshold.py").write_text(source, "utf-8")

    command = ["run", "my_threshold", str(tmp_path / "ball.nii.gz")]
    options = ["--lower", "50", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, [*command, *options])

    assert result.exit_code == 0, result.output
    written = read_mask(Path(result.stdout.strip()))
    assert (written.data == (image.data >= 50)).all()


def test_a_copy_under_its_own_name_replaces_the_shipped_one(own_folder):
    path = own_folder / "threshold_lesion.py"
    path.write_text(examples()[0], "utf-8")

    registry = load()

    assert registry.tool("threshold_lesion").source == str(path)
    assert registry.broken == []


def test_the_first_example_is_the_shipped_file():
    shipped = (shipped_folder() / "threshold_lesion.py").read_text("utf-8")

    assert examples()[0] == shipped


def test_the_example_of_a_program_makes_a_tool(own_folder):
    (own_folder / "denoise.py").write_text(examples()[1], "utf-8")

    tool = load().tool("dwidenoise")

    assert [result.name for result in tool.results] == ["result", "noise"]


def test_the_table_lists_every_shipped_tool():
    listed = re.findall(
        r"^\| `(\w+)\.py` \| `(\w+)` \|", README.read_text(), re.MULTILINE
    )

    registry = load(folders=[])

    assert {name for _, name in listed} == set(registry.tools)
    assert {file for file, _ in listed} == {
        p.stem for p in shipped_folder().glob("*.py")
    }
