"""Puts planned layers into the viewer, upright and in radiological order."""

from __future__ import annotations

import warnings
from typing import Any

from napari.layers import Labels
from napari.utils.colormaps import CyclicLabelColormap

from napari_nora.opening.labels import colors_needed
from napari_nora.opening.letters import show_letters
from napari_nora.opening.placed import placed_of
from napari_nora.opening.plan import LayerKind, LayerPlan

TOP_VIEW = ("up", "left")
"""Anterior up and the patient's right on the left, as radiologists look."""
MASK_COLORS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00")
"""Okabe and Ito's colors, :data:`~napari_nora.opening.labels.FEW_LABELS` of them."""


def show_plan(viewer: Any, plan: LayerPlan) -> Any:
    """Add the layer of a plan and return it; the first one sets the view."""
    accept_oblique_layers()
    is_first = not any(placed_of(layer) for layer in viewer.layers)
    add = {
        LayerKind.IMAGE: viewer.add_image,
        LayerKind.LABELS: viewer.add_labels,
        LayerKind.SURFACE: viewer.add_surface,
    }[plan.kind]
    layer = add(plan.data, **plan.all_options)
    finish_layer(viewer, layer, plan)
    if is_first:
        show_axial(viewer)
    show_letters(viewer, placed_of)
    return layer


def accept_oblique_layers() -> None:
    """Keep napari from warning at each slice of a layer that lies obliquely.

    Its own canvas shows such a layer only about where it lies, see
    :func:`napari_nora.opening.placed.is_oblique`; the viewports cut exact planes.
    """
    warnings.filterwarnings(
        "ignore", message="Non-orthogonal slicing", category=UserWarning
    )


def finish_layer(viewer: Any, layer: Any, plan: LayerPlan) -> None:
    """Set what napari does not take when a layer is made."""
    if plan.value_range is not None:
        low, high = layer.contrast_limits
        lowest, highest = plan.value_range
        layer.contrast_limits_range = (min(low, lowest), max(high, highest))
    if plan.kind is LayerKind.LABELS:
        color_few_labels(layer, viewer, count=plan.color_count)


def color_few_labels(layer: Any, viewer: Any, count: int | None = None) -> None:
    """Give a mask with few labels colors that color-blind people tell apart.

    Its first label gets the first color that no other open mask begins with.
    ``count`` is the highest label, 0 where it is too high for that; without it all
    voxels are looked at.
    """
    if count == 0 or (count is None and colors_needed(layer.data) == 0):
        return
    taken = [
        _first_color(other)
        for other in viewer.layers
        if isinstance(other, Labels) and other is not layer
    ]
    start = min(range(len(MASK_COLORS)), key=lambda i: taken.count(MASK_COLORS[i]))
    colors = MASK_COLORS[start:] + MASK_COLORS[:start]
    layer.colormap = CyclicLabelColormap(
        colors=["transparent", *colors], background_value=0
    )


def _first_color(layer: Labels) -> str:
    color = layer.get_color(1)
    if color is None:
        return ""
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in color[:3])


def show_axial(viewer: Any) -> None:
    """Show an axial slice through the middle, anterior up."""
    count = viewer.dims.ndim
    if count < 3:
        return
    order = (*range(count - 3), count - 1, count - 2, count - 3)
    viewer.dims.order = order
    viewer.scene.camera.orientation2d = TOP_VIEW
    steps = list(viewer.dims.nsteps)
    middle = [steps[axis] // 2 if axis >= count - 3 else 0 for axis in range(count)]
    viewer.dims.current_step = tuple(middle)
    viewer.reset_view()
