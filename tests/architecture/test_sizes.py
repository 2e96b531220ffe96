"""No Python file grows over 400 lines."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400


def tracked_files(*patterns: str) -> list[Path]:
    """Return the files of the project that git knows or would take in."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [ROOT / name for name in sorted(set(listed.split("\0"))) if name]
    return [file for file in files if file.is_file()]


def test_no_python_file_is_longer_than_400_lines() -> None:
    too_long = {}
    for file in tracked_files("*.py"):
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            too_long[str(file.relative_to(ROOT))] = lines

    assert not too_long
