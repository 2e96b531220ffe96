"""Reads a pattern's text into its tree."""

from __future__ import annotations

from nora_core.errors import PatternError
from nora_core.patterns.glob import Glob, Piece, Wildcard
from nora_core.patterns.tokens import (
    Character,
    Operator,
    RawOperator,
    RawWord,
    Token,
    cut_tokens,
)
from nora_core.patterns.tree import (
    Attribute,
    AttributeWord,
    Chain,
    FileWord,
    JobMark,
    Mode,
    Pattern,
    TextWord,
    Word,
)

MAX_CHARACTERS = 1000
MAX_WORDS = 100


def parse_pattern(text: str, mode: Mode) -> Pattern:
    """Read ``text`` as a pattern.

    An empty text lets everything through in bars and is an error elsewhere.

    Raises
    ------
    PatternError
        With the position, what is wrong there, and the way out.

    Examples
    --------
    >>> parse_pattern("t1*/s0__.nii & STAG:control", Mode.EXACT).lets_all_through
    False
    >>> parse_pattern("FOO:x", Mode.BAR)
    Traceback (most recent call last):
    ...
    nora_core.errors.PatternError: unknown attribute 'FOO:' at character 1; known: \
STAG, PTAG, FTAG, JOB, SDESC
    """
    if len(text) > MAX_CHARACTERS:
        raise PatternError(
            f"the pattern has {len(text)} characters; at most {MAX_CHARACTERS} are "
            "allowed"
        )
    tokens = _with_alternatives(cut_tokens(text), mode)
    count = sum(isinstance(token, RawWord) for token in tokens)
    if count > MAX_WORDS:
        raise PatternError(f"the pattern has {count} words; at most {MAX_WORDS}")
    if not tokens and mode.has_open_end:
        return Pattern(mode, (), text)
    if not tokens:
        raise PatternError("the file pattern is empty; write '*' for every file")
    alternatives = _split(tokens, Operator.OR)
    return Pattern(mode, tuple(_read_chain(side, mode) for side in alternatives), text)


def alternative_positions(text: str) -> list[int]:
    """Return where the `` OR `` of an autoloader's pattern stand, from 1."""
    return [
        token.position
        for token in cut_tokens(text)
        if isinstance(token, RawWord) and _is_or(token)
    ]


def _with_alternatives(tokens: list[Token], mode: Mode) -> list[Token]:
    """In autoloaders, turn the bare word ``OR`` into an operator."""
    if mode is not Mode.AUTOLOADER:
        return tokens
    return [
        RawOperator(token.position, Operator.OR)
        if isinstance(token, RawWord) and _is_or(token)
        else token
        for token in tokens
    ]


def _is_or(word: RawWord) -> bool:
    characters = word.characters
    return (
        len(characters) == 2
        and characters[0].is_plain("O")
        and characters[1].is_plain("R")
    )


def _split(tokens: list[Token], operator: Operator) -> list[list[Token]]:
    """Cut at an operator; a side without a word is an error."""
    sides: list[list[Token]] = [[]]
    at = 0
    for token in tokens:
        if isinstance(token, RawOperator) and token.operator is operator:
            if not sides[-1]:
                raise _empty_side(operator, token.position, "before")
            sides.append([])
            at = token.position
        else:
            sides[-1].append(token)
    if not sides[-1]:
        raise _empty_side(operator, at, "behind")
    return sides


def _empty_side(operator: Operator, position: int, side: str) -> PatternError:
    return PatternError(
        f"there is no word {side} the '{operator.value}' at character {position}; "
        f"add one or remove the '{operator.value}'"
    )


def _read_chain(tokens: list[Token], mode: Mode) -> Chain:
    """Read the sides of ``&``; words of scope become groups of their own."""
    groups: list[tuple[Word, ...]] = []
    for side in _split(tokens, Operator.AND):
        by_scope: dict[Attribute | None, list[Word]] = {None: []}
        for token in side:
            if isinstance(token, RawWord):
                word = _read_word(token, mode)
                by_scope.setdefault(_scope_of(word), []).append(word)
        groups.extend(tuple(words) for words in by_scope.values() if words)
    return Chain(tuple(groups))


def _scope_of(word: Word) -> Attribute | None:
    if isinstance(word, AttributeWord) and word.attribute.is_scope:
        return word.attribute
    return None


def _read_word(raw: RawWord, mode: Mode) -> Word:
    characters = raw.characters
    negated = False
    while characters and characters[0].is_plain("!"):
        characters, negated = characters[1:], not negated
    if not characters:
        raise PatternError(
            f"there is no text in the word at character {raw.position}; write what to "
            "search for"
        )
    if mode is Mode.COLUMN:
        return TextWord(Glob.of(_pieces(characters), open_end=True), negated)
    colon = _attribute_end(characters)
    if colon is not None:
        return _read_attribute(raw.position, characters, colon, mode, negated)
    return _read_file_word(raw.position, characters, mode, negated)


def _attribute_end(characters: list[Character]) -> int | None:
    """Return where the ``:`` behind a name made of letters stands, if any."""
    for index, character in enumerate(characters):
        if character.is_plain(":"):
            return index or None
        plain = not character.escaped and not character.quoted
        if not (plain and character.text.isascii() and character.text.isalpha()):
            return None
    return None


def _read_attribute(
    position: int, characters: list[Character], colon: int, mode: Mode, negated: bool
) -> AttributeWord:
    name = "".join(character.text for character in characters[:colon])
    known = [a for a in Attribute if mode is Mode.AUTOLOADER or not a.is_scope]
    found = [a for a in known if a.value.casefold() == name.casefold()]
    if not found:
        raise PatternError(
            f"unknown attribute '{name}:' at character {position}; known: "
            + ", ".join(known)
        )
    pieces = _pieces(characters[colon + 1 :])
    if not pieces and not mode.has_open_end:
        raise PatternError(
            f"'{name}:' at character {position} has no value; write it behind the "
            "colon, or '*' for any"
        )
    value = Glob.of(pieces, open_end=mode.has_open_end)
    marks = _marks(value, position) if found[0] is Attribute.JOB else frozenset()
    return AttributeWord(found[0], value, marks, negated)


def _marks(value: Glob, position: int) -> frozenset[JobMark]:
    marks = frozenset(
        mark for mark in JobMark if value.matches(mark[0]) or value.matches(mark)
    )
    if not marks:
        raise PatternError(
            f"unknown job state in 'JOB:' at character {position}; known: q (queued), "
            "r (running), e (error)"
        )
    return marks


def _read_file_word(
    position: int, characters: list[Character], mode: Mode, negated: bool
) -> FileWord:
    slashes = [i for i, character in enumerate(characters) if character.text == "/"]
    last = slashes[-1] if slashes else -1
    name = _pieces(characters[last + 1 :])
    if not name and not mode.has_open_end:
        raise PatternError(
            f"the word at character {position} ends with '/' and so names no file; "
            "write '*' behind it for every file of the folder"
        )
    folder = Glob.of(_pieces(characters[:last])) if slashes else None
    return FileWord(folder, Glob.of(name, open_end=mode.has_open_end), negated)


def _pieces(characters: list[Character]) -> list[Piece]:
    wildcards = {wildcard.value: wildcard for wildcard in Wildcard}
    return [
        character.text
        if character.escaped
        else wildcards.get(character.text, character.text)
        for character in characters
    ]
