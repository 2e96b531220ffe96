"""Compiles what draws planes before it is needed: seconds on the first start."""

from __future__ import annotations

from napari_nora.viewports import compositing
from nora_core.geometry import planes


def warm_up() -> None:
    """Compile it, or load it from the cache of an earlier start."""
    compositing.warm_up()
    planes.warm_up()


if __name__ == "__main__":
    warm_up()
