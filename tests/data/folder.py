"""A data folder beside the checkout, or the one that ``NORA_TEST_DATA`` names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def data_folder(*parts: str) -> Path:
    """Return a folder or file of real images; skip the test, saying so, without it."""
    place = os.environ.get("NORA_TEST_DATA")
    folder = Path(place) if place else ROOT.parent / "shared" / "data"
    wanted = folder.joinpath(*parts)
    if not wanted.exists():
        pytest.skip(
            f"no real images: {'/'.join(parts)} is absent; "
            "name their folder in NORA_TEST_DATA"
        )
    return wanted
