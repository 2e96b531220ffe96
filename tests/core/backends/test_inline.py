"""The inline back end: a job is over when it has been submitted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nora_core.errors import BackendUnavailable
from nora_core.jobs.backends.inline import InlineBackend
from nora_core.testing.backend import BackendContract


class TestInline(BackendContract):
    def make_backend(self, folder: Path) -> InlineBackend:
        return InlineBackend(folder)

    def test_a_missing_interpreter_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backend = self.make_backend(tmp_path / "jobs")
        job = self.make_job(tmp_path / "jobs", "job")
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
        with pytest.raises(BackendUnavailable, match="no-python"):
            backend.submit(job)
