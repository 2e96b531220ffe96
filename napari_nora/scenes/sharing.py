"""Saves what is shown as a link: the scene, a small picture, masks without a file."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nora.opening.fetch import Watch
from napari_nora.opening.mask import mask_volume
from napari_nora.opening.placed import Placed, placed_of, shown_affine_of
from napari_nora.scenes.collecting import Collected
from nora_core.geometry.affine import Affine
from nora_core.geometry.grid import Grid
from nora_core.images import write_volume
from nora_core.wire.link import Attachment, LinkInfo, LinkSave
from nora_core.wire.scene import Scene

if TYPE_CHECKING:
    from nora_core.client import Client


@dataclass(frozen=True)
class MaskToSend:
    """A mask's voxels, copied in the main thread before the work starts."""

    name: str
    labels: NDArray[Any]
    affine: Affine
    place: Placed


def masks_of(collected: Collected) -> list[MaskToSend]:
    """Copy the masks that travel."""
    return [_mask(name, layer) for name, layer in collected.attachments]


def _mask(name: str, layer: Any) -> MaskToSend:
    labels = np.array(layer.data)
    affine = shown_affine_of(layer)
    placed = placed_of(layer)
    if placed is None or placed.grid is None:
        i, j, k = labels.shape[-3:]
        placed = Placed(Grid((i, j, k), affine))
    return MaskToSend(name, labels, affine, placed)


def share(
    client: Client,
    project: str,
    request: ShareRequest,
    watch: Watch,
) -> LinkInfo:
    """Save a link, in a thread; over the one of ``request`` where that is given."""
    attachments = []
    for number, mask in enumerate(request.masks):
        watch.check()
        watch.progress(number, len(request.masks), "packing masks")
        attachments.append(Attachment(name=mask.name, content=_packed(mask)))
    over = request.over
    save = LinkSave(
        scene=request.scene,
        preview=request.preview,
        attachments=tuple(attachments),
        based_on=over.version if over is not None else None,
    )
    watch.check()
    if over is not None:
        return client.overwrite_link(over.id, save)
    return client.save_link(project, save)


@dataclass(frozen=True)
class ShareRequest:
    """What is saved as a link.

    Parameters
    ----------
    preview : bytes or None
        A small picture, PNG.
    over : LinkInfo or None
        The link that is overwritten; ``None`` for a new one.
    """

    scene: Scene
    masks: Sequence[MaskToSend] = ()
    preview: bytes | None = None
    over: LinkInfo | None = None


def _packed(mask: MaskToSend) -> bytes:
    """Return a mask as a gzipped NIfTI file."""
    with tempfile.TemporaryDirectory(prefix="nora-share-") as folder:
        path = Path(folder) / mask.name
        write_volume(path, mask_volume(mask.labels, mask.affine, mask.place))
        return path.read_bytes()


def travels_in_words(collected: Collected) -> str:
    """Say what a link holds.

    Examples
    --------
    >>> travels_in_words(Collected(Scene()))
    'nothing of a study is shown; open a case first'
    """
    images, masks = collected.image_count, len(collected.attachments)
    if not images and not masks:
        return "nothing of a study is shown; open a case first"
    parts = []
    if images:
        parts.append("1 image" if images == 1 else f"{images} images")
    if masks:
        parts.append("1 unsaved mask" if masks == 1 else f"{masks} unsaved masks")
    text = f"{' and '.join(parts)}, with planes, windows and crosshair"
    if collected.left_out:
        names = ", ".join(collected.left_out[:3])
        text += f"; not {names}: of no study"
    return text
