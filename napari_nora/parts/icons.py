"""Icons and colors of napari's theme, so that panels look like the window."""

from __future__ import annotations

from functools import lru_cache

from napari.resources import get_colorized_svg, get_icon_path
from napari.settings import get_settings
from napari.utils.theme import get_theme
from qtpy.QtCore import QByteArray, Qt
from qtpy.QtGui import QColor, QIcon, QPixmap

ICON_PIXELS = 32
_GREEN = QColor("#4caf7d")
_AMBER = QColor("#d9a441")
_RED = QColor("#e06c75")


def role_color(role: str) -> QColor:
    """Return a color of the present theme, such as ``text`` or ``current``."""
    return QColor(_role_name(get_settings().appearance.theme, role))


@lru_cache(maxsize=200)
def _role_name(theme: str, role: str) -> str:  # napari copies a theme at each look
    return str(getattr(get_theme(theme), role).as_hex())


def icon(name: str, color: QColor | None = None) -> QIcon:
    """Return one of napari's icons in the theme's color."""
    return _icon(name, (color or role_color("icon")).name())


@lru_cache(maxsize=200)
def _icon(name: str, color: str) -> QIcon:
    svg = get_colorized_svg(get_icon_path(name), color=color)
    pixmap = QPixmap()
    pixmap.loadFromData(QByteArray(svg.encode()), "svg")
    return QIcon(
        pixmap.scaled(
            ICON_PIXELS,
            ICON_PIXELS,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )


def state_color(state: str) -> QColor:
    """Return green, amber or red for a state; the word stands beside it."""
    if state == "done":
        return _GREEN
    if state in {"failed", "interrupted"}:
        return _RED
    return _AMBER if state in {"running", "queued", "waiting"} else role_color("icon")
