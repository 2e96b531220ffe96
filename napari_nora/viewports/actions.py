"""Everything that mouse and keys do in viewports: one table of named actions.

A *gesture* is a text such as ``Ctrl+Left drag``, ``Wheel`` or ``Shift+X``. Each
action has the gestures it comes with; the user may give it others
(:mod:`napari_nora.viewports.bindings`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_WINDOWS = {
    "0": "automatic, from zero",
    "1": "automatic",
    "2": "brain",
    "3": "bone",
    "4": "soft tissue",
    "5": "liver",
    "6": "lung",
}
WINDOW_KEYS = "".join(_WINDOWS)
"""Window presets, see ``opening/windows.py``."""


class Means(StrEnum):
    """By which kind of gesture an action can be done."""

    DRAG = "drag"
    WHEEL = "wheel"
    CLICK = "click"
    KEY = "key"


@dataclass(frozen=True)
class Action:
    """Something that mouse or keys do.

    Parameters
    ----------
    name : str
        Stays the same forever; settings are kept under it.
    title : str
        What it does, for the user.
    gestures : tuple of str
        What it comes with.
    """

    name: str
    means: Means
    title: str
    gestures: tuple[str, ...]


_MOUSE = (
    Action("move_crosshair", Means.DRAG, "Move the crosshair", ("Left drag",)),
    Action("pan", Means.DRAG, "Move the image", ("Right drag",)),
    Action(
        "window",
        Means.DRAG,
        "Window: width to the right, center downwards",
        ("Middle drag",),
    ),
    Action(
        "window_here",
        Means.DRAG,
        "Window of this viewport only",
        ("Shift+Middle drag",),
    ),
    Action("turn", Means.DRAG, "Turn or move an oblique plane", ("Ctrl+Left drag",)),
    Action(
        "roll", Means.DRAG, "Turn the image in its plane", ("Ctrl+Shift+Left drag",)
    ),
    Action("draw", Means.DRAG, "Draw on the mask (while drawing)", ("Left drag",)),
    Action("erase", Means.DRAG, "Erase from the mask (while drawing)", ("Right drag",)),
    Action("slice", Means.WHEEL, "Next or previous slice", ("Wheel",)),
    Action("zoom", Means.WHEEL, "Zoom at the pointer", ("Ctrl+Wheel",)),
    Action("brush_size", Means.WHEEL, "Size of the brush", ("Shift+Wheel",)),
    Action(
        "maximize", Means.CLICK, "All room for this viewport", ("Left double-click",)
    ),
)

_KEYS = (
    *(
        Action(f"window_{key}", Means.KEY, f"Window: {name}", (key,))
        for key, name in _WINDOWS.items()
    ),
    Action("slice_down", Means.KEY, "Previous slice", ("X", "Page Down")),
    Action("slice_up", Means.KEY, "Next slice", ("Y", "Z", "Page Up")),
    Action("scroll_slower", Means.KEY, "Fewer slices per step", ("Shift+X",)),
    Action("scroll_faster", Means.KEY, "More slices per step", ("Shift+Y", "Shift+Z")),
    Action("previous_case", Means.KEY, "Previous case of the table", ("Up",)),
    Action("next_case", Means.KEY, "Next case of the table", ("Down",)),
    Action("toggle_drawing", Means.KEY, "Start or stop drawing", ("Space",)),
    Action("stop_drawing", Means.KEY, "Stop drawing, or leave full size", ("Esc",)),
    Action("undo", Means.KEY, "Undo a stroke", ("Ctrl+Z",)),
    Action("redo", Means.KEY, "Redo a stroke", ("Ctrl+Shift+Z",)),
    Action("toggle_masks", Means.KEY, "Hide or show all masks", ("V",)),
    Action("reset_views", Means.KEY, "Reset views and crosshair", ("R",)),
    Action("center", Means.KEY, "Bring the crosshair into the middle", ("C",)),
    Action("maximize_chosen", Means.KEY, "All room for the viewport", ("F",)),
    Action("toggle_crosshair", Means.KEY, "Hide or show the crosshair", ("H",)),
    Action("toggle_text", Means.KEY, "Hide or show letters and texts", ("T",)),
    Action("flip_sides", Means.KEY, "Radiological or neurological", ("L",)),
    Action("open_batch", Means.KEY, "Open the batch panel", ("B",)),
    Action("open_jobs", Means.KEY, "Show the jobs", ("G",)),
    Action("open_settings", Means.KEY, "Open the settings", ("S",)),
    Action("show_keys", Means.KEY, "Show mouse and keys", ("?",)),
)

ACTIONS: dict[str, Action] = {action.name: action for action in (*_MOUSE, *_KEYS)}
"""All actions by name."""
DRAWING = frozenset({"draw", "erase"})
"""Actions that come before others while the user draws."""
