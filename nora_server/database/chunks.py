"""Cuts long lists of ids into what a database takes in one statement."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

CHUNK_SIZE = 5_000


def in_chunks(items: Collection[Item], size: int = CHUNK_SIZE) -> Iterator[list[Item]]:
    """Give ``items`` in lists of at most ``size``."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
