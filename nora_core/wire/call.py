"""What an address asks to open: a shared link, or a case by NORA's URL call.

Understood are::

    https://nora.example.org/l/<id of a link>            also with ?version=3
    https://nora.example.org/?project=P&call={"pid":"..","sid":"..", ...}
    https://nora.example.org/#project=P&call={...}       never sent to a server
    nora://open?url=<one of those, percent-encoded>&ticket=<one-use ticket>

Whoever sends an address may be hostile: all is bounded and checked, ``asuser``
never counts, and no message repeats the address, which may hold a token.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)

from nora_core.errors import BadInput
from nora_core.wire.address import check_address
from nora_core.wire.archive import StudyInfo
from nora_core.wire.case import Level
from nora_core.wire.link import LinkId, VersionNumber
from nora_core.wire.names import Identifier, Text
from nora_core.wire.preset import Preset
from nora_core.wire.values import Frozen

SCHEME = "nora"
MAX_CHARACTERS = 16_000
_LINK_PATH = re.compile(r"^(?P<base>(?:/[^/]+)*?)/l/(?P<id>[^/]+)/?$")
_CALL_PATH = re.compile(r"^(?P<base>(?:/[^/]+)*?)/(?:index\.php)?$")
_LEVELS = {
    **dict.fromkeys(("wp", "mp", "p", "patient", "subject"), Level.SUBJECT),
    **dict.fromkeys(("ws", "ms", "s", "study"), Level.STUDY),
}


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _as_level(value: Any) -> Any:
    if isinstance(value, str):
        found = _LEVELS.get(value.casefold())
        if found is None:
            raise BadInput(f"selmode is none of {', '.join(_LEVELS)}; leave it out")
        return found
    return value


CaseName = Annotated[Identifier, BeforeValidator(_as_text)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=300)]


class UrlCall(Frozen):
    """The keys of NORA's ``call`` that say what to open; others are passed over."""

    model_config = ConfigDict(extra="ignore")

    pid: CaseName | None = None
    sid: CaseName | None = None
    selmode: Annotated[Level | None, BeforeValidator(_as_level)] = None
    """Rows of subjects or of studies; NORA's ``wp``, ``ws``, ``mp``, ``ms``, too."""
    preset: CaseName | None = None
    suid: Annotated[str, StringConstraints(pattern=r"^[0-9.]{1,64}$")] | None = None
    """A StudyInstanceUID."""
    dcmweb: Annotated[Text, Field(max_length=2000)] | None = None
    """Address of a DICOMweb server."""
    hide_nav: bool = False
    """Without the table of cases."""
    hide_all: bool = False
    """The viewports alone."""


class ResolvedCall(BaseModel):
    """The case that a URL call has named, as it is in the archive."""

    project: str
    level: Level
    subject_id: int | None = None
    study: StudyInfo | None = None
    studies: list[StudyInfo] = []
    """All studies of the subject."""
    preset: Preset | None = None
    hide_nav: bool = False
    hide_all: bool = False
    notices: list[str] = []
    """What the call asked for and this server cannot do."""


class Ticket(BaseModel):
    """Opens napari as the user who asked for it: once, and soon."""

    ticket: str
    seconds: int


class TicketUse(Frozen):
    """A ticket to be exchanged for the token behind it."""

    ticket: Secret


class OpenRequest(Frozen):
    """What shall be opened, and on which server: a link or a call, never both."""

    server: str
    """Address of the only server to which anything of this may be sent."""
    link_id: LinkId | None = None
    version: VersionNumber | None = None
    project: Identifier | None = None
    call: UrlCall | None = None
    user: Annotated[Text, Field(max_length=128)] | None = None
    token: Secret | None = None
    ticket: Secret | None = None


def parse_open_url(text: str) -> OpenRequest:
    """Read what an address asks to open.

    Raises
    ------
    BadInput
        With what is wrong; never with the address itself.
    """
    text = text.strip()
    if len(text) > MAX_CHARACTERS or not text.isprintable():
        raise BadInput("this is no address: too long, or with invisible characters")
    if not text.lower().startswith(f"{SCHEME}:"):
        return _parse(text, None)
    wanted = _query_of(text)
    if "url" not in wanted:
        raise BadInput("a nora:// address looks like nora://open?url=https%3A%2F%2F...")
    return _parse(wanted["url"], wanted.get("ticket"))


def _parse(text: str, ticket: str | None) -> OpenRequest:
    parts = check_address(text)
    for pattern, read in ((_LINK_PATH, _link_fields), (_CALL_PATH, _call_fields)):
        match = pattern.fullmatch(parts.path or "/")
        if match is not None:
            server = f"{parts.scheme}://{parts.netloc}{match['base']}"
            fields = read(match, _query_of(text))
            return _build({"server": server, "ticket": ticket, **fields})
    raise BadInput(
        f"the address of {parts.hostname} leads to no shared view; links end with "
        "/l/ and 32 letters, calls with ?project=...&call={...}"
    )


def _link_fields(match: re.Match[str], query: dict[str, str]) -> dict[str, Any]:
    return {"link_id": match["id"], "version": query.get("version")}


def _call_fields(_match: re.Match[str], query: dict[str, str]) -> dict[str, Any]:
    call = _read_json(query.get("call", "{}"))
    return {
        "project": query.get("project"),
        "call": call,
        "user": _as_text(call.get("user")),
        "token": call.get("token"),
    }


def _read_json(text: str) -> dict[str, Any]:
    try:
        call = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(
            'the call is no JSON; it looks like call={"pid":"...","sid":"..."}, '
            "percent-encoded where it holds & or #"
        ) from None
    if not isinstance(call, dict):
        raise BadInput('the call is no JSON object, such as {"pid":"..."}')
    return {key: value for key, value in call.items() if value not in (None, "")}


def _query_of(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        return {
            **dict(parse_qsl(parts.query, max_num_fields=100)),
            **dict(parse_qsl(parts.fragment, max_num_fields=100)),
        }
    except ValueError:
        raise BadInput("the address has too many parts behind its '?'") from None


def _build(fields: dict[str, Any]) -> OpenRequest:
    given = {key: value for key, value in fields.items() if value is not None}
    if "call" in given and "project" not in given:
        raise BadInput("the address names no project; add project=... to it")
    try:
        return OpenRequest.model_validate(given)
    except ValidationError as error:
        places = sorted(
            {".".join(map(str, detail["loc"])) for detail in error.errors()}
        )
        reasons = {
            detail["msg"].removeprefix("Value error, ")
            for detail in error.errors(include_input=False)
        }
        raise BadInput(
            f"the address cannot be read: {', '.join(places)}: "
            f"{'; '.join(sorted(reasons))}"
        ) from None
