"""The mask that an autoloader makes where a case has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nora_core.errors import NameRefused
from nora_core.patterns import (
    FileWord,
    Mode,
    matches_file,
    parse_pattern,
    split_alternatives,
)
from nora_core.patterns.scope import USER
from nora_core.wire.names import check_relative_name
from nora_core.wire.preset import Autoloader

METADATA_KEY = "nora new file"
"""In ``layer.metadata``: the :class:`NewMask` that a layer is to be saved as."""
_ENDING = ".nii.gz"
_TAG = "mask"


@dataclass(frozen=True)
class NewMask:
    """Where and as what a new mask is saved."""

    project: str
    study_id: int
    relative_name: str
    tags: tuple[str, ...]
    reference: int
    """Index of the autoloader whose image's grid it has."""


def name_of_new_mask(autoloader: Autoloader, user: str) -> str | None:
    """Return the name under which the pattern finds a new mask again, if there is one.

    It is the intended name, or what the pattern says without its wildcards.

    Examples
    --------
    >>> name_of_new_mask(Autoloader(pattern="masks/lesion*"), "anna")
    'masks/lesion.nii.gz'
    >>> name_of_new_mask(Autoloader(pattern="masks/$USER.nii"), "anna")
    'masks/anna.nii'
    >>> name_of_new_mask(Autoloader(pattern="STAG:control"), "anna")
    """
    intended = autoloader.intent.intended_name
    if intended is not None:
        return intended.replace(USER, user)
    tags = tags_of_new_mask(autoloader)
    pattern = autoloader.pattern.replace(USER, user)
    for side in split_alternatives(pattern):
        tree = parse_pattern(side, Mode.AUTOLOADER)
        for name in _candidates(side):
            if matches_file(tree, name, tags=tags) and _is_allowed(name):
                return name
    return None


def tags_of_new_mask(autoloader: Autoloader) -> tuple[str, ...]:
    """Return the tags that a new mask is saved with."""
    return tuple(dict.fromkeys((*autoloader.intent.auto_tag, _TAG)))


def _candidates(side: str) -> Iterable[str]:
    for chain in parse_pattern(side, Mode.AUTOLOADER).alternatives:
        for group in chain.groups:
            for word in group:
                if isinstance(word, FileWord) and not word.negated:
                    yield from _names_of(word)
    yield f"masks/roi{_ENDING}"


def _names_of(word: FileWord) -> Iterable[str]:
    name = "".join(piece for piece in word.name.pieces if isinstance(piece, str))
    folder = ""
    if word.folder is not None:
        pieces = word.folder.pieces
        folder = "".join(piece for piece in pieces if isinstance(piece, str))
        folder = folder.strip("/")
    path = f"{folder}/{name}" if folder else name
    is_image = name.endswith((".nii", ".nii.gz"))
    yield path if is_image else f"{path.rstrip('._')}{_ENDING}"


def _is_allowed(name: str) -> bool:
    try:
        check_relative_name(name)
    except NameRefused:
        return False
    return True
