"""Where the project lies and which files belong to it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def project_files(*patterns: str) -> list[Path]:
    """Return the files that git knows or would take in, by glob patterns."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [ROOT / name for name in sorted(set(listed.split("\0"))) if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def relative(file: Path) -> str:
    """Return the path of ``file`` as a reader of the project writes it."""
    return file.relative_to(ROOT).as_posix()
