"""Keeps Python's garbage collection short, so that it never stops the window."""

from __future__ import annotations

import gc


def keep_collections_short() -> None:
    """Let the collector pass over everything that exists now.

    napari and its libraries are a million objects that live as long as the window.
    To look at all of them takes 0.2 s and more, in which no thread runs; it happens
    at any moment, since answers of the server are many small objects. What is made
    later is collected as ever.
    """
    gc.freeze()
