"""Cuts a pattern's text into words and operators."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import Enum

from nora_core.errors import PatternError


class Operator(Enum):
    """What stands between words."""

    AND = "&"
    OR = "OR"


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a word."""

    text: str
    escaped: bool = False
    """A backslash stood before it: never a wildcard."""
    quoted: bool = False
    """It stood in quotes: no ``!``, ``:`` or `` OR ``, but still a wildcard."""

    def is_plain(self, text: str) -> bool:
        """Return whether it is ``text``, neither quoted nor escaped."""
        return self.text == text and not self.escaped and not self.quoted


@dataclass(slots=True)
class RawWord:
    """A word as written, with the position of its first character (from 1)."""

    position: int
    characters: list[Character] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RawOperator:
    """An operator with its position (from 1)."""

    position: int
    operator: Operator


Token = RawWord | RawOperator


def cut_tokens(text: str) -> list[Token]:
    """Return the words and ``&`` of ``text``.

    Raises
    ------
    PatternError
        A quote is not closed, a backslash stands at the end, or there is a
        control character.
    """
    tokens: list[Token] = []
    word: RawWord | None = None
    quote_position = 0
    characters = iter(enumerate(text, start=1))
    for position, character in characters:
        _refuse_control(character, position)
        if not quote_position and (character.isspace() or character == "&"):
            word = None
            if character == "&":
                tokens.append(RawOperator(position, Operator.AND))
            continue
        if word is None:
            word = RawWord(position)
            tokens.append(word)
        if character == '"':
            quote_position = 0 if quote_position else position
        elif character == "\\":
            literal = _after_backslash(characters, position)
            word.characters.append(Character(literal, True, bool(quote_position)))
        else:
            word.characters.append(Character(character, False, bool(quote_position)))
    if quote_position:
        raise PatternError(
            f"the quote '\"' at character {quote_position} is not closed; add one at "
            "the end, or a backslash before it to search for a quote"
        )
    return tokens


def _after_backslash(characters: enumerate[str], position: int) -> str:
    following = next(characters, None)
    if following is None:
        raise PatternError(
            f"the backslash at character {position} has nothing behind it; write two "
            "to search for a backslash"
        )
    _refuse_control(following[1], following[0])
    return following[1]


def _refuse_control(character: str, position: int) -> None:
    """Refuse what no name holds and databases cannot store or compare."""
    if unicodedata.category(character) in {"Cc", "Cs"} and not character.isspace():
        raise PatternError(
            f"character {position} is the control character "
            f"U+{ord(character):04X}; remove it"
        )
