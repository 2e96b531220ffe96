"""A sentence about what went wrong, where it went wrong, with details to copy."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from napari_nora.parts.icons import icon, role_color
from napari_nora.parts.spacing import SMALL_GAP, tidy
from napari_nora.tasks import TaskError


class ErrorLine(QWidget):
    """Hidden until :meth:`show_error`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = ""
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = QToolButton()
        self._copy.setIcon(icon("copy_to_clipboard"))
        self._copy.setToolTip("Copy the details")
        self._copy.clicked.connect(self._on_copy_clicked)
        close = QToolButton()
        close.setIcon(icon("delete_shape"))
        close.setToolTip("Close this message")
        close.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        tidy(layout, gap=SMALL_GAP)
        for widget in (self._sign, self._text, self._copy, close):
            layout.addWidget(widget, 1 if widget is self._text else 0)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown."""
        return self._text.text()

    def show_error(self, error: TaskError | str, details: str = "") -> None:
        """Show a sentence; the details of a task's error can be copied."""
        message = error if isinstance(error, str) else error.message
        self._details = details or message
        if not isinstance(error, str):
            self._details = error.details
        self._sign.setPixmap(icon("warning", role_color("warning")).pixmap(16, 16))
        self._text.setText(message)
        self.show()

    def clear(self) -> None:
        """Hide the line."""
        self._text.clear()
        self.hide()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
