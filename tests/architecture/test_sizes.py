"""No Python file grows over 400 lines."""

from __future__ import annotations

from tests.architecture.project import project_files, relative

MAX_LINES = 400


def test_no_python_file_is_longer_than_400_lines() -> None:
    lines = {
        relative(file): len(file.read_text(encoding="utf-8").splitlines())
        for file in project_files("*.py")
    }

    assert not {name: count for name, count in lines.items() if count > MAX_LINES}
