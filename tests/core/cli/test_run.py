"""``nora run`` runs tools on files, with options made from their hints."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nora_core.cli.main import main
from nora_core.images import read_mask, read_volume, write_mask, write_volume
from nora_core.testing import phantom_mask, phantom_volume

TOOLS = '''
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, TypedDict
from pydantic import Field
from nora_core import Mask, ToolContext, Volume, hookimpl, tool

class Both(TypedDict):
    image: Volume
    mask: Mask

@tool(title="Split")
def split(image: Volume) -> Both:
    """Split."""
    return Both(image=image, mask=Mask(image.data > 50, image.grid))

@tool(title="Average")
def average(images: list[Volume], weight: float = 1.0) -> Volume:
    """Average."""
    return images[0].with_data(sum(image.data for image in images) / len(images))

@tool(title="Options")
def options(
    side: Literal["left", "right"] = "left",
    fast: bool = False,
    mask: Mask | None = None,
) -> dict[str, str]:
    """Show."""
    return {"side": side, "fast": str(fast), "mask": str(mask is not None)}

@tool(title="Crash")
def crash(image: Volume) -> Volume:
    """Crash."""
    raise KeyError("surprise")

@hookimpl
def register_tools(register):
    for item in (split, average, options, crash):
        register(item)
'''


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_tools.py").write_text(TOOLS, "utf-8")
    monkeypatch.setenv("NORA_PLUGINS", str(tmp_path / "my_tools.py"))
    write_volume(tmp_path / "ball.nii.gz", phantom_volume())
    write_mask(tmp_path / "roi.nii.gz", phantom_mask())
    return tmp_path


def nora_run(files: Path, *words: str) -> Result:
    out = ["--out", str(files / "out")]
    return CliRunner().invoke(main, ["run", *words, *out])


def test_a_result_is_written_and_its_path_printed(files):
    result = nora_run(files, "threshold_lesion", str(files / "ball.nii.gz"))

    path = files / "out" / "ball_threshold_lesion.nii.gz"
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{path}\n"
    expected = phantom_volume().data >= 60
    np.testing.assert_array_equal(read_mask(path).data, expected)


def test_an_image_may_be_given_as_an_option(files):
    result = nora_run(files, "threshold_lesion", "--image", str(files / "ball.nii.gz"))

    assert result.exit_code == 0, result.output


def test_an_image_given_twice_is_refused(files):
    image = str(files / "ball.nii.gz")

    result = nora_run(files, "threshold_lesion", image, "--image", image)

    assert result.exit_code == 2
    assert "give image once" in result.stderr


def test_several_results_are_named(files):
    result = nora_run(files, "split", str(files / "ball.nii.gz"))

    names = [Path(line).name for line in result.stdout.splitlines()]
    assert names == ["ball_split_image.nii.gz", "ball_split_mask.nii.gz"]


def test_many_images_are_taken(files):
    image = str(files / "ball.nii.gz")

    result = nora_run(files, "average", image, image, "--weight", "2")

    written = read_volume(Path(result.stdout.strip()))
    np.testing.assert_allclose(written.data, phantom_volume().data, rtol=1e-6)


def test_a_second_file_is_an_option(files):
    result = nora_run(
        files,
        "roi_statistics",
        str(files / "ball.nii.gz"),
        "--mask",
        str(files / "roi.nii.gz"),
    )

    row = json.loads(Path(result.stdout.strip()).read_text())
    assert row["voxel_count"] == phantom_mask().voxel_count


def test_choices_flags_and_left_out_files_reach_the_tool(files):
    result = nora_run(files, "options", "--side", "right", "--fast")

    row = json.loads(Path(result.stdout.strip()).read_text())
    assert row == {"side": "right", "fast": "True", "mask": "False"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--lower", "4000"], "lower is 4000.0; allowed: -1024 to 3071"),
        (["--lower", "abc"], "lower is 'abc'; give a number (-1024 to 3071)"),
    ],
)
def test_a_wrong_value_has_the_words_of_the_check_and_2(files, words, message):
    result = nora_run(files, "threshold_lesion", str(files / "ball.nii.gz"), *words)

    assert result.exit_code == 2
    assert result.stderr == f"nora: {message}\n"
    assert not (files / "out").exists()


def test_a_missing_image_is_named(files):
    result = nora_run(files, "threshold_lesion")

    assert result.exit_code == 2
    assert result.stderr == "nora: image is missing; give an image\n"


def test_an_unknown_tool_is_answered_with_the_known_ones(files):
    result = nora_run(files, "nope")

    assert result.exit_code == 2
    assert "no tool 'nope'; known: average, brain_mask" in result.stderr


def test_a_tool_that_crashes_is_one_line_and_1(files):
    result = nora_run(files, "crash", str(files / "ball.nii.gz"))

    assert result.exit_code == 1
    assert result.stderr == "nora: tool 'crash' failed: KeyError: 'surprise'\n"


def test_a_broken_image_is_one_line_and_1(files):
    (files / "bad.nii.gz").write_bytes(b"not an image")

    result = nora_run(files, "threshold_lesion", str(files / "bad.nii.gz"))

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "bad.nii.gz" in result.stderr


def test_help_shows_ranges_units_and_defaults():
    result = CliRunner().invoke(main, ["run", "smooth", "--help"])

    text = " ".join(result.output.split())
    assert "[IMAGE]" in text
    assert "--fwhm-mm, --fwhm_mm NUMBER" in text
    assert "[0.1 to 50 mm; default: 6 mm]" in text


@pytest.mark.parametrize("words", [["--list"], []])
def test_the_tools_are_listed(files, words):
    result = CliRunner().invoke(main, ["run", *words])

    assert result.exit_code == 0
    assert "threshold_lesion" in result.stdout
    assert "Split" in result.stdout


def test_running_a_tool_loads_neither_server_nor_window(files):
    code = (
        "import sys\n"
        "from nora_core.cli.main import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print(*[m for m in ('fastapi', 'qtpy', 'napari', 'sqlmodel')"
        " if m in sys.modules])"
    )
    words = ["run", "smooth", str(files / "ball.nii.gz"), "--out", str(files)]

    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [str(files / "ball_smooth.nii.gz"), ""]
