"""Shared links: a scene saved on the server under an id that nobody can guess."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from nora_core.errors import BadInput
from nora_core.wire.archive import FileRow
from nora_core.wire.names import Identifier
from nora_core.wire.scene import AttachmentName, Scene
from nora_core.wire.values import Base64, Frozen

MAX_PREVIEW_BYTES = 512 * 1024
MAX_ATTACHMENT_BYTES = 8 * 2**20
MAX_ATTACHMENTS = 20
MAX_VERSIONS = 100

LinkId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{32}$")]
"""192 random bits, URL-safe."""
VersionNumber = Annotated[int, Field(ge=1, le=MAX_VERSIONS)]


class Attachment(Frozen):
    """A mask that is saved in no study: a gzipped NIfTI file, as Base64."""

    name: AttachmentName
    content: Base64


class LinkSave(Frozen):
    """What a link shall show."""

    scene: Scene
    preview: Base64 | None = None
    """A PNG picture of the window, as Base64; texts inside are dropped."""
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)
    based_on: VersionNumber | None = None
    """When overwriting: the version that was opened; a Conflict if it is not the
    newest any more."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = [attachment.name for attachment in self.attachments]
        named = [layer.attachment for layer in self.scene.layers if layer.attachment]
        if sorted(given) != sorted(named):
            raise BadInput(
                "attachments and the layers that name them differ; send each that a "
                "layer names, once"
            )
        total = sum(len(attachment.content) for attachment in self.attachments)
        if total > MAX_ATTACHMENT_BYTES:
            raise BadInput(
                f"the attachments have {total} bytes, {MAX_ATTACHMENT_BYTES} are "
                "allowed; save the masks in their studies first"
            )
        if self.preview is not None and len(self.preview) > MAX_PREVIEW_BYTES:
            raise BadInput(
                f"the preview has {len(self.preview)} bytes, {MAX_PREVIEW_BYTES} are "
                "allowed; make it smaller"
            )
        return self


class LinkInfo(BaseModel):
    """A link without its scene."""

    id: LinkId
    project: Identifier
    owner: str
    version: int
    """The newest, or the one that was asked for."""
    created_at: datetime
    changed_at: datetime
    changed_by: str
    comment: str
    has_preview: bool
    may_change: bool
    """Whether the current user may overwrite it."""


class LinkVersion(BaseModel):
    """One of the states that a link has had."""

    version: int
    saved_at: datetime
    saved_by: str
    comment: str


class LayerState(StrEnum):
    """What became of a layer's files since the link was made."""

    PRESENT = "present"
    REPLACED = "replaced"
    """Deleted, but a file of the same name stands in its place."""
    GONE = "gone"


class ResolvedLayer(BaseModel):
    """The files of one layer of a scene, as they are now."""

    state: LayerState
    files: list[FileRow]
    """In the scene's order; those that took a deleted one's place with them."""
    missing: list[str]
    """Names of files that are not there any more, or were replaced."""


class SharedLink(BaseModel):
    """A link, its scene, and where the files of its layers are now."""

    info: LinkInfo
    scene: Scene
    layers: list[ResolvedLayer]
    """Parallel to the scene's layers; no files where a layer is an attachment."""
