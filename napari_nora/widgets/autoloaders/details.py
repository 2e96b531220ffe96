"""The fields of the chosen autoloader."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QWidget,
)

from napari_nora.opening.windows import WINDOW_PRESETS
from napari_nora.parts.spacing import tidy
from napari_nora.widgets.autoloaders.state import Role, role_fields, role_of
from nora_core.wire.preset import Autoloader, OnMultiMatches
from nora_core.wire.scene import Orientation

_COLORMAPS = ("", "gray", "hot", "magma", "viridis", "turbo", "red", "green", "blue")
_AS_IT_IS = "by itself"


class Details(QWidget):
    """Changes the intent of one autoloader."""

    changed = Signal(object)
    """Fields of the intent, as a dict."""

    def __init__(self) -> None:
        super().__init__()
        self._is_filling = False
        self.role = _combo([(role.value, role) for role in Role])
        self.colors = QComboBox()
        self.colors.setEditable(True)
        self.colors.addItems(_COLORMAPS)
        self.colors.setToolTip("A colormap, or for a ROI a color such as #ff8000")
        windows = [(preset.name, preset.name) for preset in WINDOW_PRESETS]
        self.window_ = _combo([(_AS_IT_IS, None), *windows])
        self.window_.setToolTip("Black and white of an image")
        self.opacity = QDoubleSpinBox()
        self.opacity.setRange(0, 100)
        self.opacity.setDecimals(0)
        self.opacity.setSuffix(" %")
        self.opacity.setSpecialValueText(_AS_IT_IS)
        self.opacity.setSingleStep(10)
        planes = [(one.value, one) for one in Orientation]
        self.plane = _combo([("as it is", None), *planes])
        self.matches = _combo(
            [
                ("first by name", OnMultiMatches.FIRST),
                ("all, in successive viewports", OnMultiMatches.LOAD_ALL),
            ]
        )
        self.reference = QComboBox()
        self.reference.setToolTip("What to do in cases that have no such file")
        self.name = QLineEdit()
        self.name.setPlaceholderText("masks/lesion.$USER.nii.gz")
        self.name.setToolTip("Under which name a new mask is saved; $USER is your name")
        self._form = QFormLayout(self)
        self._arrange()
        self._connect()

    def show_autoloader(self, autoloader: Autoloader, others: list[str]) -> None:
        """Show one autoloader; ``others`` are the patterns of all of them."""
        self._is_filling = True
        intent = autoloader.intent
        _choose(self.role, role_of(intent))
        self.colors.setCurrentText(", ".join((*intent.cmap, *intent.color)))
        _choose(self.window_, intent.windowing)
        share = intent.transparent
        self.opacity.setValue(0 if isinstance(share, bool) else share * 100)
        slicing = intent.slicing
        _choose(self.plane, slicing[0] if len(slicing) == 1 else None)
        self.plane.setEnabled(len(slicing) <= 1)
        _choose(self.matches, intent.onmultimatches)
        self.reference.clear()
        self.reference.addItem("say so in the viewport", None)
        for number, pattern in enumerate(others):
            if pattern != autoloader.pattern:
                self.reference.addItem(f"make an empty mask on {pattern}", number)
        _choose(self.reference, intent.autocreateroi)
        self.name.setText(intent.intended_name or "")
        self._show_fitting()
        self._is_filling = False

    def _arrange(self) -> None:
        tidy(self._form, gap=3)
        self._form.addRow("Shown as", self.role)
        self._form.addRow("Colors", self.colors)
        self._form.addRow("Window", self.window_)
        self._form.addRow("Opacity", self.opacity)
        self._form.addRow("Plane", self.plane)
        self._form.addRow("Several files", self.matches)
        self._form.addRow("If missing", self.reference)
        self._form.addRow("New mask is", self.name)

    def _connect(self) -> None:
        for combo in (self.role, self.window_, self.plane, self.matches):
            combo.activated.connect(lambda _: self._tell())
        self.reference.activated.connect(lambda _: self._tell())
        self.colors.activated.connect(lambda _: self._tell())
        self._color_edit = QLineEdit()
        self.colors.setLineEdit(self._color_edit)
        self._color_edit.editingFinished.connect(self._tell)
        self.opacity.valueChanged.connect(lambda _: self._tell())
        self.name.editingFinished.connect(self._tell)

    def _show_fitting(self) -> None:
        role = Role(self.role.currentData())
        for widget, is_shown in (
            (self.window_, role is not Role.ROI),
            (self.plane, role is Role.BACKGROUND),
            (self.reference, role is Role.ROI),
            (
                self.name,
                role is Role.ROI and self.reference.currentData() is not None,
            ),
        ):
            self._form.setRowVisible(widget, is_shown)

    def _tell(self) -> None:
        if self._is_filling:
            return
        role = Role(self.role.currentData())
        colors = tuple(
            word.strip()
            for word in self.colors.currentText().split(",")
            if word.strip()
        )
        opacity = self.opacity.value()
        fields: dict[str, Any] = {
            **role_fields(role),
            "cmap": () if role is Role.ROI else colors,
            "color": colors if role is Role.ROI else (),
            "windowing": self.window_.currentData(),
            "transparent": opacity / 100 if opacity else False,
            "onmultimatches": self.matches.currentData(),
            "autocreateroi": self.reference.currentData() if role is Role.ROI else None,
            "intended_name": self.name.text().strip() or None,
        }
        if self.plane.isEnabled():
            plane = self.plane.currentData()
            fields["slicing"] = () if plane is None else (plane,)
        self.changed.emit(fields)


def _combo(choices: list[tuple[str, Any]]) -> QComboBox:
    combo = QComboBox()
    for title, value in choices:
        combo.addItem(title, value)
    return combo


def _choose(combo: QComboBox, value: Any) -> None:
    for number in range(combo.count()):
        if combo.itemData(number) == value:
            combo.setCurrentIndex(number)
            return
    combo.setCurrentIndex(0)
