"""Which gesture does which action: as shipped, but for what the user changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from napari_nora.viewports.actions import ACTIONS, DRAWING, Action, Means


class Bindings:
    """Finds the action of a gesture.

    Parameters
    ----------
    changed : mapping, optional
        By action: its gestures, separated by ``,``. An empty text takes all away;
        unknown actions are left out.

    Examples
    --------
    >>> Bindings().action("Wheel", Means.WHEEL).name
    'slice'
    >>> swapped = Bindings({"zoom": "Wheel", "slice": "Ctrl+Wheel"})
    >>> swapped.action("Wheel", Means.WHEEL).name
    'zoom'
    """

    def __init__(self, changed: Mapping[str, str] | None = None) -> None:
        self._gestures = {
            name: _gestures_in((changed or {}).get(name)) or action.gestures
            for name, action in ACTIONS.items()
        }
        for name, text in (changed or {}).items():
            if name in self._gestures and not text.strip():
                self._gestures[name] = ()

    def gestures(self, name: str) -> tuple[str, ...]:
        """Return the gestures of an action."""
        return self._gestures[name]

    def action(
        self, gesture: str, means: Means, *, is_drawing: bool = False
    ) -> Action | None:
        """Return what a gesture does.

        While drawing, the actions of drawing come first; otherwise they are not
        found.
        """
        wanted = _plain(gesture)
        found = [
            action
            for name, action in ACTIONS.items()
            if action.means is means
            and any(_plain(own) == wanted for own in self._gestures[name])
        ]
        drawing = [action for action in found if action.name in DRAWING]
        others = [action for action in found if action.name not in DRAWING]
        ordered: Iterable[Action] = (*drawing, *others) if is_drawing else others
        return next(iter(ordered), None)

    def hint(self, name: str) -> str:
        """Return a title with its first gesture, for tooltips."""
        gestures = self._gestures[name]
        title = ACTIONS[name].title
        return f"{title} ({gestures[0]})" if gestures else title


def _gestures_in(text: str | None) -> tuple[str, ...]:
    parts = (part.strip() for part in (text or "").split(","))
    return tuple(part for part in parts if part)


def _plain(gesture: str) -> str:
    *modifiers, last = gesture.casefold().replace(" ", "").split("+")
    return "+".join((*sorted(modifiers), last))


def manifest_lines() -> list[str]:
    """Return the settings of all actions as YAML, as napari's manifest wants them."""
    lines = ["  configurations:", "    keys:", "      title: NORA mouse and keys"]
    lines.append("      properties:")
    for name, action in ACTIONS.items():
        default = ", ".join(action.gestures)
        lines += [
            f"        {name}:",
            "          type: string",
            f'          default: "{default}"',
            f'          title: "{action.title}"',
            f'          description: "A {action.means.value}, such as {default}"',
        ]
    return lines


def kept_bindings() -> Bindings:
    """Return the bindings that the user's settings of napari say."""
    from napari.settings import get_plugin_settings

    try:
        keys = get_plugin_settings("napari-nora").keys
    except KeyError:  # napari knows no plug-ins, as in some tests
        return Bindings()
    return Bindings({name: getattr(keys, name) for name in ACTIONS})
