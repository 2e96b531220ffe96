"""The one grammar for "which files, which cases": ``t1*/s0__.nii & STAG:control``.

A pattern is parsed once into a small frozen tree and then evaluated in memory
(here), in SQL or on bitmaps (the server), or put into words (:func:`explain`).

* Words are alternatives: ``A B`` is A or B. ``&`` binds looser and is AND:
  ``A B & C`` is (A or B) and C. ``!`` before a word is NOT.
* ``*`` is any run of characters, ``_`` exactly one. Case is ignored.
* A word with ``/`` is split at its last one into a folder, whose ``*`` may cross
  ``/``, and a file name; a word without matches the file's name in any folder.
* Double quotes keep blanks and ``&``; a backslash makes the next character literal.
* ``STAG:`` ``PTAG:`` ``FTAG:`` are tags of study, patient and file, ``JOB:q``,
  ``JOB:r``, ``JOB:e`` queued, running and erroneous jobs, ``SDESC:`` the study's
  description; autoloaders know ``PPIZ:`` and ``SStudyID:`` and `` OR `` too.

See :class:`Mode` for what differs between filter bars and FILE arguments.
"""

from nora_core.patterns.explain import explain
from nora_core.patterns.glob import Glob, Wildcard
from nora_core.patterns.grammar import MAX_CHARACTERS, MAX_WORDS, parse_pattern
from nora_core.patterns.match import (
    CaseFacts,
    FileFacts,
    matches_file,
    matches_row,
    matches_text,
)
from nora_core.patterns.scope import bind_pattern, escape, split_alternatives
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

__all__ = [
    "MAX_CHARACTERS",
    "MAX_WORDS",
    "Attribute",
    "AttributeWord",
    "CaseFacts",
    "Chain",
    "FileFacts",
    "FileWord",
    "Glob",
    "JobMark",
    "Mode",
    "Pattern",
    "TextWord",
    "Wildcard",
    "Word",
    "bind_pattern",
    "escape",
    "explain",
    "matches_file",
    "matches_row",
    "matches_text",
    "parse_pattern",
    "split_alternatives",
]
