"""Which identifiers, tags and file names are allowed, and the types that check it."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from nora_core.errors import NameRefused

MAX_IDENTIFIER_CHARACTERS = 128
MAX_SEGMENT_BYTES = 200
MAX_RELATIVE_NAME_CHARACTERS = 800
MAX_RELATIVE_NAME_BYTES = 2000  # PostgreSQL indexes at most 2,704
_RESERVED_ON_WINDOWS = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)}
)
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ZERO_WIDTH_JOINER = "\u200d"  # joins emoji and Indic letters: harmless and common


def fold(text: str) -> str:
    """Return ``text`` as it is compared everywhere: NFC, without case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _refuse_invisible(kind: str, text: str) -> None:
    for character in text:
        category = unicodedata.category(character)
        if category in _INVISIBLE_CATEGORIES and character != _ZERO_WIDTH_JOINER:
            raise NameRefused(
                f"{kind} holds the invisible character U+{ord(character):04X}; "
                "remove it"
            )


def check_text(text: str) -> str:
    """Return ``text`` as it is if it may describe something on one line.

    Raises
    ------
    NameRefused
        With control characters or other invisible ones.
    """
    _refuse_invisible("text", text)
    return text


def check_identifier(text: str, kind: str = "identifier") -> str:
    """Return ``text`` in NFC if it may name a subject, study or project.

    Raises
    ------
    NameRefused
        Empty, longer than 128 characters, with blanks at its ends, or with
        ``/``, a backslash, ``#`` or an invisible character.
    """
    text = unicodedata.normalize("NFC", text)
    _refuse_invisible(kind, text)
    if not text or text != text.strip() or text in {".", ".."}:
        raise NameRefused(f"{kind} is empty, '.' or '..', or has blanks at its ends")
    if len(text) > MAX_IDENTIFIER_CHARACTERS:
        raise NameRefused(
            f"{kind} has {len(text)} characters; at most "
            f"{MAX_IDENTIFIER_CHARACTERS} are allowed"
        )
    for forbidden in "/\\#":
        if forbidden in text:
            raise NameRefused(f"{kind} holds {forbidden!r}; use '-' or '_' instead")
    return text


def check_tag(text: str) -> str:
    """Return ``text`` in NFC if it may be a tag: an identifier without blanks or ``,``.

    Raises
    ------
    NameRefused
        As :func:`check_identifier`, or for white space, ``,``, ``&`` or ``"``.
    """
    text = check_identifier(text, "tag")
    for character in text:
        if character.isspace() or character in ',&"':
            raise NameRefused(f"tag holds {character!r}; use '-' or '_' instead")
    return text


def check_relative_name(text: str) -> str:
    """Return ``text`` in NFC if it may name a file inside a study.

    Folders are separated by ``/``; the name stays inside the study on every
    operating system.

    Raises
    ------
    NameRefused
        Absolute, with ``.``, ``..`` or empty parts, a backslash, an invisible
        character, parts over 200 bytes, or names that Windows reserves.
    """
    text = unicodedata.normalize("NFC", text)
    _refuse_invisible("file name", text)
    if len(text) > MAX_RELATIVE_NAME_CHARACTERS:
        raise NameRefused(
            f"file name has {len(text)} characters; at most "
            f"{MAX_RELATIVE_NAME_CHARACTERS} are allowed"
        )
    if len(text.encode()) > MAX_RELATIVE_NAME_BYTES:
        raise NameRefused(
            f"file name has {len(text.encode())} bytes; at most "
            f"{MAX_RELATIVE_NAME_BYTES} are allowed"
        )
    if "\\" in text:
        raise NameRefused("file name holds a backslash; separate folders with '/'")
    for segment in text.split("/"):
        _check_segment(segment)
    return text


def _check_segment(segment: str) -> None:
    if segment in {"", ".", ".."}:
        raise NameRefused(
            "file name is absolute or has an empty, '.' or '..' part; "
            "name it relative to its study, such as 'masks/liver.nii.gz'"
        )
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        raise NameRefused(
            f"file name has a part of {len(segment.encode())} bytes; "
            f"at most {MAX_SEGMENT_BYTES} are allowed"
        )
    if segment != segment.strip() or segment.endswith("."):
        raise NameRefused("file name has a part with blanks at its ends or a last dot")
    if segment.split(".")[0].casefold() in _RESERVED_ON_WINDOWS or ":" in segment:
        raise NameRefused("file name has a part that Windows reserves; choose another")


Text = Annotated[str, AfterValidator(check_text)]
RowNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""The number of a subject, study, file or case."""
Identifier = Annotated[str, AfterValidator(check_identifier)]
Tag = Annotated[str, AfterValidator(check_tag)]
RelativeName = Annotated[str, AfterValidator(check_relative_name)]
