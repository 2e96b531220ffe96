"""Says to which subject and study a file on disk belongs, by its path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import regex

from nora_core.errors import BadInput

SINGLE_STUDY = "study"
"""``studies_id`` where the folders name a subject only."""

SEARCH_SECONDS = 1.0
"""How long a user's expression may look at one path; some would never end."""

_BIDS = re.compile(
    r"(?P<above>(?:derivatives|sourcedata)/(?:.*/)?)?"
    r"(?P<patients_id>sub-[^/]+)/(?:(?P<studies_id>ses-[^/]+)/)?(?P<below>.+)"
)


@dataclass(frozen=True)
class Belonging:
    """Where a file goes in the archive."""

    patients_id: str
    studies_id: str
    relative_name: str


Layout = Callable[[PurePosixPath], Belonging | None]
"""Takes a path relative to the registered folder; ``None``: belongs to nobody."""


def layout_for(folder: Path, pattern: str | None) -> Layout:
    """Return the layout: by ``pattern``, else BIDS if found, else by folders."""
    if pattern is not None:
        return by_pattern(folder, pattern)
    if _looks_like_bids(folder):
        return by_bids
    return by_folders


def by_bids(path: PurePosixPath) -> Belonging | None:
    """Read ``sub-*/ses-*/...``; derivatives go to the study they came from."""
    match = _BIDS.fullmatch(path.as_posix())
    if match is None:
        return None
    return Belonging(
        patients_id=match["patients_id"],
        studies_id=match["studies_id"] or SINGLE_STUDY,
        relative_name=(match["above"] or "") + match["below"],
    )


def by_folders(path: PurePosixPath) -> Belonging | None:
    """Take the first folder as subject and the second as study."""
    parts = path.parts
    if len(parts) < 2:
        return None
    if len(parts) == 2:
        return Belonging(parts[0], SINGLE_STUDY, parts[1])
    return Belonging(parts[0], parts[1], "/".join(parts[2:]))


def by_pattern(folder: Path, pattern: str) -> Layout:
    r"""Return a layout by a regular expression with named groups.

    It is searched in the file's whole path, then in the path of its folder, and
    so on up to ``folder``; the first that fits counts, so that ``$`` may stand for
    the end of a folder's name: ``(?<studies_id>\w+)/(?<patients_id>\w+)$``. The
    file's name in the study is what follows behind the folder that was matched.
    Both spellings of groups are read: ``(?<name>...)`` and ``(?P<name>...)``.

    Raises
    ------
    BadInput
        If it is no regular expression, or lacks the group ``patients_id``.
    """
    compiled = _compile(pattern)

    def layout(path: PurePosixPath) -> Belonging | None:
        full = PurePosixPath(folder.as_posix(), path)
        for depth in range(len(path.parts) + 1):
            place = full if depth == 0 else full.parents[depth - 1]
            match = _search(compiled, place.as_posix())
            if match is not None and match["patients_id"]:
                return _belonging(match, full)
        return None

    return layout


def _compile(pattern: str) -> regex.Pattern[str]:
    try:
        compiled = regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise BadInput(f"the pattern is no regular expression: {error}") from None
    if "patients_id" not in compiled.groupindex:
        raise BadInput(
            "the pattern lacks the group patients_id; write such as "
            r"'(?<patients_id>\w+)/(?<studies_id>\w+)/'"
        )
    return compiled


def _search(compiled: regex.Pattern[str], path: str) -> regex.Match[str] | None:
    try:
        return compiled.search(path, timeout=SEARCH_SECONDS, concurrent=True)
    except TimeoutError:
        raise BadInput(
            f"the pattern needs more than {SEARCH_SECONDS:g} s for one path; "
            "avoid a repetition inside a repetition, such as '(a+)+'"
        ) from None


def _belonging(match: regex.Match[str], full: PurePosixPath) -> Belonging:
    groups = match.groupdict()
    text = full.as_posix()
    end = match.end()
    if end < len(text) and text[end] == "/":
        end += 1  # the match ends with the name of a folder
    start = text.rfind("/", 0, end) + 1
    return Belonging(
        patients_id=groups["patients_id"],
        studies_id=groups.get("studies_id") or SINGLE_STUDY,
        relative_name=text[start:],
    )


def _looks_like_bids(folder: Path) -> bool:
    return (folder / "dataset_description.json").is_file() or any(
        path.is_dir() for path in folder.glob("sub-*")
    )
