"""Autoloaders as rows of a table, and what their fields mean in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from nora_core.errors import NoraError
from nora_core.patterns import Mode, explain, parse_pattern
from nora_core.wire.preset import Autoloader, Intent, OnMultiMatches

EMPTY = (
    "Autoloaders show the same images of each case in the same viewports. Arrange one "
    "case as you like to see them all, then take a snapshot."
)


class Role(StrEnum):
    """What an image is in its viewport."""

    BACKGROUND = "background"
    OVERLAY = "overlay"
    ROI = "ROI"


@dataclass(frozen=True)
class Row:
    """One autoloader in the table."""

    is_on: bool
    pattern: str
    viewports: str
    what: str
    feedback: str
    is_problem: bool
    tip: str


def rows_of(
    autoloaders: Sequence[Autoloader],
    counts: Mapping[int, int],
    sentences: Mapping[int, str],
) -> list[Row]:
    """Return the rows: ``counts`` images were found in the case that is shown."""
    return [
        _row(autoloader, counts.get(index), sentences.get(index, ""))
        for index, autoloader in enumerate(autoloaders)
    ]


def _row(autoloader: Autoloader, count: int | None, sentence: str) -> Row:
    error = pattern_error(autoloader.pattern)
    is_new = sentence.startswith("new mask")
    return Row(
        autoloader.enabled,
        autoloader.pattern,
        ", ".join(autoloader.viewports),
        what_in_words(autoloader.intent),
        error or _feedback(autoloader, count, sentence),
        bool(error or (sentence and not is_new and autoloader.enabled)),
        error or in_words(autoloader.pattern),
    )


def _feedback(autoloader: Autoloader, count: int | None, sentence: str) -> str:
    if not autoloader.enabled:
        return "off"
    if sentence:
        return sentence
    if count is None:
        return ""
    images = "1 image" if count == 1 else f"{count} images"
    is_first = autoloader.intent.onmultimatches is OnMultiMatches.FIRST
    return f"{images}, first shown" if count > 1 and is_first else images


def pattern_error(pattern: str) -> str:
    """Return what is wrong with a pattern, or nothing."""
    try:
        parse_pattern(pattern, Mode.AUTOLOADER)
    except NoraError as error:
        return str(error)
    return ""


def in_words(pattern: str) -> str:
    """Return a pattern in words."""
    return explain(parse_pattern(pattern, Mode.AUTOLOADER))


def role_of(intent: Intent) -> Role:
    """Return what an image is in its viewport."""
    if intent.roi:
        return Role.ROI
    return Role.OVERLAY if intent.overlay else Role.BACKGROUND


def what_in_words(intent: Intent) -> str:
    """Return the intent in a few words.

    Examples
    --------
    >>> what_in_words(Intent(overlay=True, cmap=("hot",), transparent=0.5))
    'overlay, hot, 50 %'
    """
    parts = [role_of(intent).value]
    parts += [name for name in dict.fromkeys((*intent.cmap, *intent.color)) if name]
    if intent.windowing:
        parts.append(intent.windowing)
    elif intent.clim:
        parts.append(f"{intent.clim[0]:g} to {intent.clim[1]:g}")
    if not isinstance(intent.transparent, bool):
        parts.append(f"{intent.transparent:.0%}".replace("%", " %"))
    if intent.isosurf:
        parts.append("isosurface")
    if intent.onmultimatches is OnMultiMatches.LOAD_ALL:
        parts.append("all matches")
    if intent.autocreateroi is not None:
        parts.append("made if missing")
    return ", ".join(parts)


@dataclass(frozen=True)
class Outcome:
    """An autoloader with other fields, or why there is none."""

    autoloader: Autoloader | None
    error: str = ""


def changed(autoloader: Autoloader, **fields: Any) -> Outcome:
    """Change fields of an autoloader; those of its intent as ``intent={...}``."""
    intent = fields.pop("intent", {})
    everything = autoloader.model_dump()
    everything.update(fields)
    everything["intent"] = {**everything["intent"], **intent}
    try:
        return Outcome(Autoloader.model_validate(everything))
    except (ValidationError, NoraError) as error:
        return Outcome(None, _sentence(error))


def _sentence(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
    text = str(first["msg"]).removeprefix("Value error, ")
    if place == "viewports":
        return "viewports are numbers such as 0, 1, or b0 for the bar below"
    return f"{place}: {text}" if place else text


def role_fields(role: Role) -> dict[str, Any]:
    """Return the fields of an intent that make an image what it is."""
    return {"overlay": role is Role.OVERLAY, "roi": role is Role.ROI}
