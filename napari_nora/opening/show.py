"""Puts planned layers into the viewer, upright and in radiological order."""

from __future__ import annotations

from typing import Any

from napari.layers import Labels
from napari.utils.colormaps import CyclicLabelColormap

from napari_nora.opening.frame import Frame
from napari_nora.opening.letters import show_letters
from napari_nora.opening.plan import METADATA_KEY, LayerKind, LayerPlan, Placed

TOP_VIEW = ("up", "left")
"""Anterior up and the patient's right on the left, as radiologists look."""
MASK_COLORS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00")
"""Okabe and Ito's colors."""


def placed_of(layer: Any) -> Placed | None:
    """Return where a layer lies; ``None`` if another program made it."""
    placed = layer.metadata.get(METADATA_KEY)
    return placed if isinstance(placed, Placed) else None


def frame_in(viewer: Any) -> Frame | None:
    """Return the frame of the layers that are open; ``None`` if there is none."""
    for layer in viewer.layers:
        placed = placed_of(layer)
        if placed is not None:
            return placed.frame
    return None


def show_plan(viewer: Any, plan: LayerPlan) -> Any:
    """Add the layer of a plan and return it; the first one sets the view."""
    is_first = frame_in(viewer) is None
    add = {
        LayerKind.IMAGE: viewer.add_image,
        LayerKind.LABELS: viewer.add_labels,
        LayerKind.SURFACE: viewer.add_surface,
    }[plan.kind]
    layer = add(plan.data, **plan.all_options)
    if plan.value_range is not None:
        low, high = layer.contrast_limits
        lowest, highest = plan.value_range
        layer.contrast_limits_range = (min(low, lowest), max(high, highest))
    if plan.kind is LayerKind.LABELS:
        color_few_labels(layer, viewer)
    if is_first:
        show_axial(viewer)
    show_letters(viewer, placed_of)
    return layer


def color_few_labels(layer: Any, viewer: Any) -> None:
    """Give a mask with few labels colors that color-blind people tell apart.

    Its first label gets the first color that no other open mask begins with.
    """
    if int(layer.data.max(initial=0)) > len(MASK_COLORS):
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
