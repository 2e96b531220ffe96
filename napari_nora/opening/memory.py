"""Gives memory that layers need no more back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache
from typing import Any

PAUSE_SECONDS = 0.5
"""Layers that go together are cleared away together, once so long is quiet."""
_LANE = "memory"


def give_back() -> None:
    """Free what nobody uses any more; takes some 10 ms after :func:`settle`.

    A layer of napari refers to itself in circles, so Python frees its voxels only
    when it next looks for such circles, which may be many cases later. The C library
    keeps small freed arrays; on Linux it is told to return them.
    """
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)


def close_all(viewer: Any) -> None:
    """Remove all layers of a viewer and give their memory back at once."""
    viewer.layers.clear()
    _forget_choice(viewer)
    give_back()


def settle() -> None:
    """Leave out what exists now from later searches for circles, to make them quick.

    For a program that has just built its window: tens of thousands of objects that
    live as long as the window does.
    """
    gc.collect()
    gc.freeze()


def give_back_when_changed(viewer: Any, session: Any) -> None:
    """Call :func:`give_back` soon after layers came to a viewer or left it.

    Reading a file leaves buffers behind, which the C library would keep.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose layers come and go.
    session : napari_nora.session.Session
        Its tasks wait in the background.
    """

    def clear(_: object) -> None:
        _forget_choice(viewer)
        give_back()

    def changed(_: object) -> None:
        session.tasks.run(lambda task: task.wait(PAUSE_SECONDS), clear, lane=_LANE)

    viewer.layers.events.inserted.connect(changed)
    viewer.layers.events.removed.connect(changed)


def _forget_choice(viewer: Any) -> None:
    """Drop the layer that was chosen last, which napari keeps after its removal."""
    if not viewer.layers.selection:
        viewer.layers.selection.clear()


@cache
def _trim() -> Any:
    """Return glibc's ``malloc_trim``, ``None`` where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
