"""Numbers in menus: a slider, and the two numbers of a window."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QWidget,
    QWidgetAction,
)

_STEPS = 100
_MARGINS = (24, 2, 12, 2)
_LARGEST = 1e9


class NumberEdit(QWidgetAction):
    """A slider with its number."""

    changed_to = Signal(float)
    settled_at = Signal(float)
    """The slider was let go; for what takes long."""

    def __init__(
        self, title: str, value: float, range_: tuple[float, float], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._low, self._high = range_
        row, layout = _row(title)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMaximum(_STEPS)
        self.slider.setFixedWidth(110)
        share = (value - self._low) / (self._high - self._low)
        self.slider.setValue(round(share * _STEPS))
        self._number = QLabel(f"{value:.2f}")
        layout.addWidget(self.slider)
        layout.addWidget(self._number)
        self.slider.valueChanged.connect(self._tell)
        self.slider.sliderReleased.connect(self._settle)
        self.setDefaultWidget(row)

    def _tell(self, step: int) -> None:
        value = self._value_of(step)
        self._number.setText(f"{value:.2f}")
        self.changed_to.emit(value)
        if not self.slider.isSliderDown():
            self.settled_at.emit(value)

    def _settle(self) -> None:
        self.settled_at.emit(self._value_of(self.slider.value()))

    def _value_of(self, step: int) -> float:
        return self._low + (self._high - self._low) * step / _STEPS


class WindowEdit(QWidgetAction):
    """Center and width of a window."""

    changed_to = Signal(object)

    def __init__(self, limits: Any, parent: QObject) -> None:
        super().__init__(parent)
        low, high = (float(limit) for limit in limits)
        row, layout = _row("C / W")
        self.center = _box((low + high) / 2, -_LARGEST, (high - low) / 50)
        self.width = _box(high - low, 1e-6, (high - low) / 50)
        layout.addWidget(self.center)
        layout.addWidget(self.width)
        for box in (self.center, self.width):
            box.valueChanged.connect(self._tell)
        self.setDefaultWidget(row)

    def _tell(self, _: float) -> None:
        half = self.width.value() / 2
        self.changed_to.emit((self.center.value() - half, self.center.value() + half))


def _row(title: str) -> tuple[QWidget, QHBoxLayout]:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(*_MARGINS)
    label = QLabel(title)
    label.setMinimumWidth(56)
    layout.addWidget(label)
    layout.addStretch()
    return row, layout


def _box(value: float, lowest: float, step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(lowest, _LARGEST)
    box.setDecimals(1 if step > 0.2 else 4)
    box.setSingleStep(step or 1.0)
    box.setValue(value)
    box.setKeyboardTracking(False)
    box.setFixedWidth(90)
    return box
