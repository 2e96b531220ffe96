"""Brings the images of a shared link to this machine, in threads."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nora.opening.fetch import PARALLEL, Watch, fetch_plan
from napari_nora.opening.placed import Source
from napari_nora.opening.plan import LayerPlan, plan_file
from napari_nora.scenes.showing import FetchedScene
from nora_core.errors import Cancelled, NoraError
from nora_core.wire.link import LayerState, ResolvedLayer, SharedLink
from nora_core.wire.scene import LayerKind, SceneLayer

if TYPE_CHECKING:
    from nora_core.client import Client

_REGIONS_TAG = "mask"


def fetch_link(client: Client, link: SharedLink, watch: Watch) -> FetchedScene:
    """Fetch and decode all layers of a link; one that fails leaves the others."""
    fetch = _Fetch(client, link, watch)
    numbers = range(len(link.scene.layers))
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="nora-scene") as pool:
        outcomes = list(pool.map(fetch.layer, numbers))
    plans = tuple(plan for plan, _ in outcomes)
    return FetchedScene(link.scene, plans, tuple(problem for _, problem in outcomes))


class _Fetch:
    """The layers of one link."""

    def __init__(self, client: Client, link: SharedLink, watch: Watch) -> None:
        self._client = client
        self._link = link
        self._watch = watch

    def layer(self, number: int) -> tuple[LayerPlan | None, str]:
        """Return a layer's plan, or why there is none."""
        described = self._link.scene.layers[number]
        resolved = self._link.layers[number]
        try:
            if described.attachment is not None:
                return self._attached(described.attachment), ""
            if not resolved.files or resolved.state is LayerState.GONE:
                return None, _gone(described, resolved)
            return self._stored(described, resolved), _replaced(resolved)
        except Cancelled:
            raise
        except (NoraError, OSError) as error:
            return None, str(error)

    def _stored(self, described: SceneLayer, resolved: ResolvedLayer) -> LayerPlan:
        assert described.files is not None
        files = list(resolved.files)
        if described.kind is LayerKind.LABELS:
            tagged = {"tags": [*files[0].tags, _REGIONS_TAG]}
            files[0] = files[0].model_copy(update=tagged)
        return fetch_plan(self._client, described.files.project, files, self._watch)

    def _attached(self, name: str) -> LayerPlan:
        info = self._link.info
        self._watch.check()
        content = self._client.link_attachment(info.id, name, info.version)
        return plan_of_attachment(content, self._study)

    @property
    def _study(self) -> Source | None:
        """Return the study of the lowest image as that of masks without a file."""
        for layer in self._link.scene.layers:
            if layer.files is not None:
                return Source(layer.files.project, layer.files.study_id, (), "")
        return None


def plan_of_attachment(content: bytes, source: Source | None) -> LayerPlan:
    """Return the plan of a mask that came as a gzipped NIfTI file."""
    with tempfile.TemporaryDirectory(prefix="nora-mask-") as folder:
        path = Path(folder) / "mask.nii.gz"
        path.write_bytes(content)
        return plan_file(path, name="mask", tags=(_REGIONS_TAG,), source=source)


def _gone(described: SceneLayer, resolved: ResolvedLayer) -> str:
    name = described.files.relative_name if described.files is not None else ""
    names = ", ".join(resolved.missing[:3]) or name
    return f"{names} is not there any more"


def _replaced(resolved: ResolvedLayer) -> str:
    if resolved.state is not LayerState.REPLACED:
        return ""
    return f"{resolved.files[0].relative_name} was replaced since the link was made"
