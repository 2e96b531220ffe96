"""R, L, A, P, S and I at the edges of the view, as radiologists read it."""

from __future__ import annotations

from typing import Any

from napari.components.overlays import TextOverlay

_ENDS = (("L", "R"), ("P", "A"), ("I", "S"))
"""Where the viewer's last three axes begin and end: they run to R, A and S."""
_EDGES = {
    "nora top": "top_center",
    "nora bottom": "bottom_center",
    "nora left": "middle_left",
    "nora right": "middle_right",
}
_FONT_SIZE = 14


def letters_of(
    displayed: tuple[int, ...], count: int, orientation: tuple[str, str]
) -> tuple[str, str, str, str]:
    """Return the letters at the top, the bottom, the left and the right edge.

    Parameters
    ----------
    displayed : tuple of int
        The two axes that are drawn, the vertical one first.
    count : int
        How many axes the viewer has; the last three are space.
    orientation : tuple of str
        Where the axes run: up or down, and left or right.
    """
    vertical, horizontal = (axis - (count - len(_ENDS)) for axis in displayed)
    if min(vertical, horizontal) < 0:  # time is no direction
        return "", "", "", ""
    bottom, top = _ENDS[vertical]
    left, right = _ENDS[horizontal]
    if orientation[0] == "down":
        top, bottom = bottom, top
    if orientation[1] == "left":
        left, right = right, left
    return top, bottom, left, right


def show_letters(viewer: Any, is_ours: Any) -> None:
    """Keep letters at the edges while a 2D view shows layers that we opened.

    Parameters
    ----------
    viewer : napari.Viewer
        Asking twice does no harm.
    is_ours : callable
        Whether a layer lies in the scanner's frame.
    """
    overlays = viewer.canvas.overlays
    if "nora top" in overlays:
        return
    for name, place in _EDGES.items():
        overlays[name] = TextOverlay(
            position=place, font_size=_FONT_SIZE, box=False, visible=False
        )

    def update(_: object = None) -> None:
        dims, camera = viewer.dims, viewer.scene.camera
        letters = ("", "", "", "")
        if dims.ndisplay == 2 and any(is_ours(layer) for layer in viewer.layers):
            vertical, horizontal = camera.orientation2d
            letters = letters_of(
                tuple(dims.displayed), dims.ndim, (str(vertical), str(horizontal))
            )
        for name, letter in zip(_EDGES, letters, strict=True):
            overlays[name].text = letter
            overlays[name].visible = bool(letter)

    viewer.dims.events.order.connect(update)
    viewer.dims.events.ndisplay.connect(update)
    viewer.scene.camera.events.orientation.connect(update)
    viewer.layers.events.inserted.connect(update)
    viewer.layers.events.removed.connect(update)
    update()
