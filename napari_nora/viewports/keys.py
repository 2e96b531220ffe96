"""What keys do, action by action."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from napari.layers import Image, Labels

from napari_nora.opening.windows import WINDOW_PRESETS
from napari_nora.viewports.actions import WINDOW_KEYS
from napari_nora.viewports.controller import ViewportController
from napari_nora.viewports.sources import frame_of
from napari_nora.viewports.state import Convention, Kind

KeyAction = Callable[[ViewportController], None]
MAX_SCROLL_STEPS = 32


def window_preset(key: str) -> KeyAction:
    """Return the action that sets a window for the images of all viewports."""
    preset = next(preset for preset in WINDOW_PRESETS if preset.key == key)

    def act(controller: ViewportController) -> None:
        for layer in _backgrounds(controller):
            limits = preset.limits(frame_of(layer, 0))
            controller.set_look(layer, "contrast_limits", limits)

    return act


def _backgrounds(controller: ViewportController) -> Iterable[Image]:
    """Return the lowest image of each viewport on the screen, each once."""
    found: dict[str, Image] = {}
    for key in controller.desk.visible_keys:
        for item in controller.desk[key].items:
            layer = controller.layers.get(item)
            if isinstance(layer, Image) and not layer.rgb:
                found.setdefault(item, layer)
                break
    return found.values()


def step(slices: int) -> KeyAction:
    """Return the action that goes some slices on."""
    return lambda controller: controller.step(slices)


def scroll_speed(factor: float) -> KeyAction:
    """Return the action that changes the slices per step."""

    def act(controller: ViewportController) -> None:
        wanted = round(controller.desk.scroll_steps * factor)
        controller.desk.scroll_steps = min(max(wanted, 1), MAX_SCROLL_STEPS)
        controller.desk.convention_changed.emit()

    return act


def toggle_drawing(controller: ViewportController) -> None:
    """Start drawing where there is a mask, or stop."""
    desk = controller.desk
    if desk.is_drawing or controller.labels_layer() is not None:
        desk.draw(not desk.is_drawing)
    else:
        desk.requested.emit("new_mask")


def stop_drawing(controller: ViewportController) -> None:
    """Stop drawing; else show the grid again."""
    desk = controller.desk
    if desk.is_drawing:
        desk.draw(False)
    else:
        desk.maximize(None)


def undo(controller: ViewportController) -> None:
    """Take back the last stroke on the mask."""
    layer = controller.labels_layer()
    if layer is not None:
        layer.undo()


def redo(controller: ViewportController) -> None:
    """Do the last stroke on the mask again."""
    layer = controller.labels_layer()
    if layer is not None:
        layer.redo()


def toggle_masks(controller: ViewportController) -> None:
    """Hide all masks, or show them when none is shown."""
    masks = [layer for layer in controller.layers.values() if isinstance(layer, Labels)]
    is_shown = any(mask.visible for mask in masks)
    for mask in masks:
        mask.visible = not is_shown


def reset(controller: ViewportController) -> None:
    """Show whole images on canonical planes, with the crosshair in the middle."""
    for key in controller.desk.visible_keys:
        controller.desk.reset_view(key)
    controller.reset()


def center(controller: ViewportController) -> None:
    """Bring the crosshair into the middle of all planes on the screen."""
    for key in controller.desk.visible_keys:
        if controller.desk[key].kind is Kind.PLANE:
            controller.desk.change(key, focus_mm=controller.desk.crosshair_mm)


def maximize_chosen(controller: ViewportController) -> None:
    """Give a viewport all the room, or show the grid again."""
    desk = controller.desk
    desk.maximize(None if desk.maximized else controller.key)


def flip_sides(controller: ViewportController) -> None:
    """Change between radiological and neurological."""
    desk = controller.desk
    is_radiological = desk.convention is Convention.RADIOLOGICAL
    desk.set_convention(
        Convention.NEUROLOGICAL if is_radiological else Convention.RADIOLOGICAL
    )


def ask(name: str) -> KeyAction:
    """Return the action that asks for something outside the viewports."""
    return lambda controller: controller.desk.requested.emit(name)


def toggle(name: str) -> KeyAction:
    """Return the action that turns a property of the desk on or off."""
    return lambda controller: controller.desk.toggle(name)


KEYS: dict[str, KeyAction] = {
    **{f"window_{key}": window_preset(key) for key in WINDOW_KEYS},
    "slice_down": step(-1),
    "slice_up": step(1),
    "scroll_slower": scroll_speed(0.5),
    "scroll_faster": scroll_speed(2),
    "previous_case": ask("previous_case"),
    "next_case": ask("next_case"),
    "toggle_drawing": toggle_drawing,
    "stop_drawing": stop_drawing,
    "undo": undo,
    "redo": redo,
    "toggle_masks": toggle_masks,
    "reset_views": reset,
    "center": center,
    "maximize_chosen": maximize_chosen,
    "toggle_crosshair": toggle("shows_crosshair"),
    "toggle_text": toggle("shows_text"),
    "flip_sides": flip_sides,
    "open_batch": ask("open_batch"),
    "open_jobs": ask("open_jobs"),
    "open_settings": ask("open_settings"),
    "show_keys": ask("show_keys"),
}
"""What the actions of :mod:`.actions` do, by name."""
