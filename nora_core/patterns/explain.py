"""Puts a pattern into plain words, for tooltips."""

from __future__ import annotations

from nora_core.patterns.glob import Glob, Wildcard
from nora_core.patterns.tree import (
    Attribute,
    Chain,
    FileWord,
    JobMark,
    Mode,
    Pattern,
    TextWord,
    Word,
)

_SUBJECTS = {
    Mode.BAR: "Rows",
    Mode.COLUMN: "Rows",
    Mode.EXACT: "Files",
    Mode.AUTOLOADER: "Files",
}
_NOUNS = {
    Attribute.STAG: "study tag",
    Attribute.PTAG: "patient tag",
    Attribute.FTAG: "file tag",
    Attribute.SDESC: "study description",
    Attribute.PPIZ: "patient's id",
    Attribute.SSTUDYID: "study's id",
}
_MARKS = {
    JobMark.QUEUED: "queued",
    JobMark.RUNNING: "running",
    JobMark.ERROR: "erroneous",
}


def explain(pattern: Pattern) -> str:
    """Return a sentence that says what the pattern lets through.

    Examples
    --------
    >>> from nora_core.patterns import parse_pattern
    >>> explain(parse_pattern("t1*/s0 & STAG:control", Mode.BAR))
    'Rows with a file whose name starts with "s0" in a folder that starts with "t1", \
and with a study tag that starts with "control"'
    >>> explain(parse_pattern("A !B", Mode.COLUMN))
    'Rows where the text starts with "a", or not: the text starts with "b"'
    """
    subject = _SUBJECTS[pattern.mode]
    if pattern.lets_all_through:
        return f"All {subject.lower()}"
    chains = [_chain(chain, pattern.mode) for chain in pattern.alternatives]
    return f"{subject} " + "; or ".join(chains)


def _chain(chain: Chain, mode: Mode) -> str:
    several = len(chain.groups) > 1
    groups = []
    for group in chain.groups:
        text = ", or ".join(_word(word, mode) for word in group)
        groups.append(f"({text})" if several and len(group) > 1 else text)
    return ", and ".join(groups)


def _word(word: Word, mode: Mode) -> str:
    if isinstance(word, TextWord):
        text = f"the text {_verb(word.value)}"
        return f"not: {text}" if word.negated else f"where {text}"
    begin = "without" if word.negated else "with"
    if isinstance(word, FileWord):
        return _file(word, mode)
    if word.attribute is Attribute.JOB:
        states = [_MARKS[mark] for mark in JobMark if mark in word.marks]
        return f"{begin} a job that is {' or '.join(states)}"
    return f"{begin} a {_NOUNS[word.attribute]} that {_verb(word.value)}"


def _file(word: FileWord, mode: Mode) -> str:
    name = f"whose name {_verb(word.name)}"
    if mode is Mode.BAR:
        begin = "without a file" if word.negated else "with a file"
        return f"{begin} {name}{_folder(word.folder)}"
    if word.negated:
        return f"that are not files {name}{_folder(word.folder)}"
    return f"{name}{_folder(word.folder)}"


def _folder(folder: Glob | None) -> str:
    if folder is None:
        return ""
    if not folder.pieces:
        return " outside of any folder"
    return f" in a folder that {_verb(folder)}"


def _verb(glob: Glob) -> str:
    match glob.pieces:
        case ():
            return "is empty"
        case (Wildcard.ANY,):
            return "is anything"
        case (str(text),):
            return f'is "{text}"'
        case (str(text), Wildcard.ANY):
            return f'starts with "{text}"'
        case (Wildcard.ANY, str(text)):
            return f'ends with "{text}"'
        case (Wildcard.ANY, str(text), Wildcard.ANY):
            return f'contains "{text}"'
    signs = {Wildcard.ANY: "…", Wildcard.ONE: "?"}
    shown = "".join(p if isinstance(p, str) else signs[p] for p in glob.pieces)
    return f'looks like "{shown}" (… any text, ? one character)'
