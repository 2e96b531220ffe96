"""Binds an autoloader's pattern to one case, so that it picks this case's files."""

from __future__ import annotations

import re

from nora_core.errors import PatternError
from nora_core.patterns.grammar import alternative_positions, parse_pattern
from nora_core.patterns.tree import Attribute, AttributeWord, Mode

USER = "$USER"
_END_OF_WORD = re.compile(r"[\s&]|$")
_SPECIAL = frozenset('*_\\"&')


def escape(text: str) -> str:
    r"""Return ``text`` as it is written in a pattern to mean nothing but itself.

    Examples
    --------
    >>> print(escape("P_01 b"))
    P\_01\ b
    """
    return "".join(
        f"\\{character}" if character in _SPECIAL or character.isspace() else character
        for character in text
    )


def split_alternatives(text: str) -> list[str]:
    """Cut an autoloader's pattern at its `` OR ``.

    Examples
    --------
    >>> split_alternatives('t1*/s0__.nii OR "a OR b" & FTAG:x')
    ['t1*/s0__.nii', '"a OR b" & FTAG:x']
    """
    sides, start = [], 0
    for position in alternative_positions(text):
        sides.append(text[start : position - 1].strip())
        end = _END_OF_WORD.search(text, position - 1)
        start = end.start() if end is not None else len(text)
    sides.append(text[start:].strip())
    return sides


def bind_pattern(
    text: str, patients_id: str, studies_id: str | None = None, user: str = ""
) -> str:
    r"""Return an autoloader's pattern for one patient, or one study of theirs.

    Each alternative gets ``PPIZ:`` and, with ``studies_id``, ``SStudyID:``. One that
    names a patient itself stays as it is, and so may mean an atlas that is the same
    for all; one that names studies itself gets the patient alone. ``$USER`` becomes
    the user's name.

    Raises
    ------
    PatternError
        If the pattern cannot be read, or becomes too long.

    Examples
    --------
    >>> bind_pattern("t1* OR t2*", "P1", "S1")
    't1* PPIZ:P1 SStudyID:S1 OR t2* PPIZ:P1 SStudyID:S1'
    >>> bind_pattern("PPIZ:atlas & mni* OR masks/$USER.nii", "P1", user="anna")
    'PPIZ:atlas & mni* OR masks/anna.nii PPIZ:P1'
    """
    text = text.replace(USER, escape(user)) if user else text
    parse_pattern(text, Mode.AUTOLOADER)  # the error's position is in what was written
    bound = " OR ".join(
        _bind(side, patients_id, studies_id) for side in split_alternatives(text)
    )
    parse_pattern(bound, Mode.AUTOLOADER)
    return bound


def _bind(side: str, patients_id: str, studies_id: str | None) -> str:
    named = _scopes_of(side)
    if Attribute.PPIZ in named:
        return side
    words = [side, f"{Attribute.PPIZ}:{escape(patients_id)}"]
    if studies_id is not None and Attribute.SSTUDYID not in named:
        words.append(f"{Attribute.SSTUDYID}:{escape(studies_id)}")
    return " ".join(words)


def _scopes_of(side: str) -> set[Attribute]:
    chains = parse_pattern(side, Mode.AUTOLOADER).alternatives
    if len(chains) != 1:
        raise PatternError(f"{side!r} holds several alternatives; give them one by one")
    words = [word for group in chains[0].groups for word in group]
    return {word.attribute for word in words if isinstance(word, AttributeWord)}
