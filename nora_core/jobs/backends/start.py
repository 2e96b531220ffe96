"""The command that starts a worker."""

from __future__ import annotations

import sys

from nora_core.jobs.folder import JobFolder


def worker_command(job: JobFolder, number: int | str) -> list[str]:
    """Return the program and arguments that work on ``job``.

    The interpreter is named by its whole path: a shorter name may be another one, or
    a slow shim.
    """
    return [
        sys.executable,
        "-m",
        "nora_core.worker",
        str(job.path),
        "--worker",
        str(number),
    ]
