"""Three small axes in a corner that say where right, front and top are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QPainter, QPainterPath, QPen
from qtpy.QtWidgets import QWidget

from napari_nora.viewports.three_d.stage import AXIS_COLORS

SIZE_PX = 84
_ARM_PX = 28.0
_LETTER_PX = 37.0
_LETTERS = (("R", "L"), ("A", "P"), ("S", "I"))


@dataclass(frozen=True)
class Arm:
    """One half of an axis as it is seen.

    Parameters
    ----------
    x, y : float
        Its end: to the right and down, at most 1.
    depth : float
        Larger is farther away.
    """

    letter: str
    x: float
    y: float
    depth: float
    color: str


def arms_of(sight: NDArray[np.float64], up: NDArray[np.float64]) -> list[Arm]:
    """Return the six arms as seen along ``sight``, (3,) RAS+, the farthest first."""
    right = np.cross(sight, up)
    arms = [
        Arm(
            letter,
            sign * float(right[axis]),
            -sign * float(up[axis]),
            sign * float(sight[axis]),
            AXIS_COLORS[axis],
        )
        for axis, letters in enumerate(_LETTERS)
        for letter, sign in zip(letters, (1.0, -1.0), strict=True)
    ]
    return sorted(arms, key=lambda arm: -arm.depth)


class OrientationMark(QWidget):
    """Paints the arms; clicks go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFixedSize(SIZE_PX, SIZE_PX)
        self.arms: list[Arm] = []

    def turn(self, sight: NDArray[np.float64], up: NDArray[np.float64]) -> None:
        """Show the axes as the camera sees them."""
        self.arms = arms_of(sight, up)
        self.update()

    def paintEvent(self, event: object) -> None:
        del event
        painter = QPainter(self)
        paint_arms(painter, self.arms)
        painter.end()


def paint_arms(painter: QPainter, arms: list[Arm]) -> None:
    """Paint the arms around the middle of a square of ``SIZE_PX``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPixelSize(13)
    font.setBold(True)
    middle = QPointF(SIZE_PX / 2, SIZE_PX / 2)
    for arm in arms:
        is_positive = arm.letter in "RAS"
        color = QColor(arm.color)
        color.setAlphaF(1.0 if is_positive else 0.45)
        end = middle + QPointF(arm.x, arm.y) * _ARM_PX
        if is_positive:
            painter.setPen(QPen(color, 2.5))
            painter.drawLine(middle, end)
        if np.hypot(arm.x, arm.y) > 0.3:
            place = middle + QPointF(arm.x, arm.y) * _LETTER_PX
            _paint_letter(painter, font, place, arm.letter, color)


def _paint_letter(
    painter: QPainter, font: QFont, place: QPointF, letter: str, color: QColor
) -> None:
    path = QPainterPath()
    path.addText(0, 0, font, letter)
    box: QRectF = path.boundingRect()
    path.translate(place - box.center())
    painter.setPen(QPen(QColor(0, 0, 0, 200), 2.5))
    painter.drawPath(path)
    painter.fillPath(path, color.lighter(130))
