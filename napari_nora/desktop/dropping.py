"""Shows what was dropped on a viewport, as the target says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from napari.layers import Image, Labels

from napari_nora.opening.dragged import Dragged, DraggedFiles
from napari_nora.opening.fetch import fetch_plans
from napari_nora.opening.labels import as_labels
from napari_nora.opening.plan import LayerKind, LayerPlan, name_of_file, plan_file
from napari_nora.opening.rows import rows_of
from napari_nora.opening.show import show_plan
from napari_nora.session import Session
from napari_nora.tasks import Task, TaskError
from napari_nora.viewports.drops.targets import (
    LocalFiles,
    OpenLayer,
    Payload,
    Target,
)
from napari_nora.viewports.looks import set_own
from napari_nora.viewports.state import Kind
from nora_core.wire.archive import FileRow

OVERLAY_COLORS = ("hot", "viridis", "cyan", "magenta")
OVERLAY_OPACITY = 0.6


class Dropping:
    """Opens dropped files in threads and puts them where they were dropped."""

    def __init__(self, viewer: Any, session: Session) -> None:
        self._viewer = viewer
        self._session = session

    def drop(self, key: str, target: Target, payload: Payload) -> None:
        """Show what was dropped on the viewport ``key``."""
        if isinstance(payload, OpenLayer):
            self._move(key, target, payload.layer)
        elif isinstance(payload, LocalFiles):
            self._open_local(key, target, payload.paths)
        else:
            self._open_rows(key, target, payload)

    def _move(self, key: str, target: Target, layer: str) -> None:
        desk = self._session.desk
        before = [other for other in desk.showing(layer) if other != key]
        desk.show(layer, [key])
        if target is Target.MOVE:
            for other in before:
                desk.hide(layer, other)

    def _open_local(self, key: str, target: Target, paths: Sequence[Path]) -> None:
        """Read files of this computer; no server hears of it."""

        def work(task: Task) -> list[LayerPlan]:
            plans = []
            for number, path in enumerate(paths):
                task.check()
                task.progress(number, len(paths), path.name)
                plans.append(plan_file(path, name=name_of_file(path.name)))
            return plans

        self._run(
            work,
            lambda plans: self._show(plans, key, target),
            f"Opening {paths[0].name}",
        )

    def _open_rows(self, key: str, target: Target, dragged: Dragged) -> None:
        project, client = dragged.files[0].project, self._session.client

        def work(task: Task) -> list[LayerPlan]:
            groups = [_rows_of(client, file) for file in dragged.files]
            return fetch_plans(client, project, groups, task)

        def done(plans: list[LayerPlan]) -> None:
            if self._session.talks_to(client):
                self._show(plans, key, target)

        self._run(work, done, f"Opening {dragged.files[0].relative_name}")

    def _run(self, work: Any, done: Any, title: str) -> None:
        self._session.tasks.run(work, done, self._fail, title=title)

    def _fail(self, error: TaskError) -> None:
        self._session.noticed.emit(error.message)

    def _show(self, plans: Iterable[LayerPlan], key: str, target: Target) -> None:
        desk = self._session.desk
        if target is Target.BACKGROUND and desk[key].kind is not Kind.VOLUME:
            self._clear(key)
        for plan in plans:
            if target is Target.ROI:
                plan = _as_roi(plan)
            if target in {Target.BACKGROUND, Target.OVERLAY}:
                with desk.placing([key]):
                    layer = show_plan(self._viewer, plan)
            else:
                layer = show_plan(self._viewer, plan)
            if target is Target.OVERLAY and isinstance(layer, Image):
                self._lay_over(layer)

    def _clear(self, key: str) -> None:
        """Make room for another background; what is shown nowhere else is closed."""
        desk = self._session.desk
        layers = {str(layer.unique_id): layer for layer in self._viewer.layers}
        for item in desk[key].items:
            is_mask = isinstance(layers.get(item), Labels)
            if not is_mask:  # a mask may hold strokes that were not saved
                desk.hide(item, key)

    def _lay_over(self, layer: Image) -> None:
        """Let an image be seen together with what lies below."""
        count = sum(isinstance(other, Image) for other in self._viewer.layers) - 2
        layer.colormap = OVERLAY_COLORS[max(count, 0) % len(OVERLAY_COLORS)]
        layer.opacity = OVERLAY_OPACITY
        set_own(layer, "clips_below", True)


def _rows_of(client: Any, file: DraggedFiles) -> list[FileRow]:
    name = file.relative_name
    return rows_of(client, file.project, file.study_id, file.file_ids, name)


def _as_roi(plan: LayerPlan) -> LayerPlan:
    """Return the plan of a mask from that of an image: what is not 0 is inside."""
    if plan.kind is not LayerKind.IMAGE or plan.data.ndim != 3:
        return plan
    kept = ("scale", "affine")
    options = {name: plan.options[name] for name in kept if name in plan.options}
    options["opacity"] = 0.4
    labels = as_labels(plan.data)
    return LayerPlan(LayerKind.LABELS, labels, plan.name, plan.placed, options)
