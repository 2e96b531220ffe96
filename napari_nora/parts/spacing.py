"""Distances of all panels, in pixels at 96 dpi (Qt scales them)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qtpy.QtWidgets import QLayout

MARGIN = 6
GAP = 6
SMALL_GAP = 3
ROW_HEIGHT = 24
INDENT = 14
CHIP_RADIUS = 7


def tidy(layout: QLayout, margin: int = 0, gap: int = GAP) -> None:
    """Give a layout the margins and the spacing of all panels."""
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(gap)
