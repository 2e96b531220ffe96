"""The panel behind "Share": comment, what travels, and the link to copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QBuffer, QIODevice, Qt
from qtpy.QtGui import QGuiApplication, QPixmap
from qtpy.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.error_line import ErrorLine
from napari_nora.parts.spacing import tidy
from napari_nora.scenes.collecting import Collected, IsUnsaved, scene_of
from napari_nora.scenes.sharing import ShareRequest, masks_of, share, travels_in_words
from napari_nora.session import Session
from napari_nora.tasks import Task, TaskError
from nora_core.wire.link import MAX_PREVIEW_BYTES, LinkInfo

PREVIEW_WIDTH = 480
_LANE = "share"


class ShareDialog(QDialog):
    """Makes a link to what is shown, or overwrites the one that was opened.

    Parameters
    ----------
    picture : callable
        Gives a picture of the viewports, without names.
    is_unsaved : callable
        Whether a mask's file holds something else than its layer.
    """

    def __init__(
        self,
        viewer: Any,
        session: Session,
        picture: Callable[[], QPixmap],
        is_unsaved: IsUnsaved,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Share what is shown")
        self._viewer, self._session = viewer, session
        self._picture, self._is_unsaved = picture, is_unsaved
        self._collected: Collected | None = None
        self._preview: QPixmap | None = None
        self.link: LinkInfo | None = None
        """The link that was opened or made last."""
        self.preview = QLabel()
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.what = QLabel()
        self.what.setWordWrap(True)
        self.comment = QPlainTextEdit()
        self.comment.setPlaceholderText("What should they look at?")
        self.comment.setMaximumHeight(64)
        self.url = QLineEdit()
        self.url.setReadOnly(True)
        self.error = ErrorLine()
        self.overwrite = QPushButton("Overwrite the link")
        self.new = QPushButton("New link")
        self.copy = QPushButton("Copy")
        self._arrange()
        self.new.clicked.connect(lambda: self._save(None))
        self.overwrite.clicked.connect(lambda: self._save(self.link))
        self.copy.clicked.connect(self._on_copy)
        self.setMinimumWidth(PREVIEW_WIDTH + 40)

    def open_for(self, link: LinkInfo | None = None) -> None:
        """Collect what is shown and ask; ``link`` is the one that was opened."""
        if link is not None:
            self.link = link
            self.comment.setPlainText(link.comment)
        self.error.clear()
        self.url.clear()
        self._show_url(False)
        self._collected = scene_of(
            self._viewer, self._session.desk, is_unsaved=self._is_unsaved
        )
        self._preview = self._picture()
        shown = self._preview.scaledToWidth(
            PREVIEW_WIDTH, Qt.TransformationMode.SmoothTransformation
        )
        self.preview.setPixmap(shown)
        self.what.setText(f"The link shows {travels_in_words(self._collected)}.")
        has_any = bool(self._collected.scene.layers)
        self.new.setEnabled(has_any)
        may_change = self.link is not None and self.link.may_change
        self.overwrite.setVisible(may_change)
        self.overwrite.setEnabled(has_any)
        self.show()
        self.raise_()
        self.comment.setFocus()

    def _arrange(self) -> None:
        note = QLabel("Only who may read these studies can open it.")
        note.setWordWrap(True)
        line = QHBoxLayout()
        tidy(line)
        line.addWidget(self.url, 1)
        line.addWidget(self.copy)
        buttons = QHBoxLayout()
        tidy(buttons)
        buttons.addStretch()
        buttons.addWidget(self.overwrite)
        buttons.addWidget(self.new)
        layout = QVBoxLayout(self)
        tidy(layout, margin=12)
        for widget in (self.preview, self.what, note, self.comment, self.error):
            layout.addWidget(widget)
        layout.addLayout(line)
        layout.addLayout(buttons)
        self.new.setDefault(True)

    def _save(self, over: LinkInfo | None) -> None:
        collected, session = self._collected, self._session
        if collected is None or session.project is None or session.connection is None:
            return
        project, client = session.project.name, session.client
        comment = self.comment.toPlainText().strip()
        scene = collected.scene.model_copy(update={"comment": comment})
        preview = png_of(self._preview) if self._preview is not None else None
        request = ShareRequest(scene, masks_of(collected), preview, over)
        self._set_busy(True)
        self.error.clear()

        def work(task: Task) -> LinkInfo:
            return share(client, project, request, task)

        session.tasks.run(work, self._on_saved, self._on_failed, lane=_LANE)

    def _on_saved(self, link: LinkInfo) -> None:
        self.link = link
        self._session.opened_link = link
        self._set_busy(False)
        self.overwrite.setVisible(link.may_change)
        self.url.setText(self._session.client.link_url(link.id))
        self._show_url(True)
        self.url.setFocus()
        self.url.selectAll()
        self._on_copy()

    def _on_failed(self, error: TaskError) -> None:
        self._set_busy(False)
        self.error.show_error(error)

    def _on_copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None and self.url.text():
            clipboard.setText(self.url.text())
            self._session.noticed.emit("the link is in the clipboard")

    def _set_busy(self, is_busy: bool) -> None:
        for button in (self.new, self.overwrite):
            button.setEnabled(not is_busy)

    def _show_url(self, is_shown: bool) -> None:
        self.url.setVisible(is_shown)
        self.copy.setVisible(is_shown)


def png_of(picture: QPixmap, width: int = PREVIEW_WIDTH) -> bytes | None:
    """Return a picture as PNG, narrow enough for a link; ``None`` if that fails."""
    while width >= 60:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        small = picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        if not small.save(buffer, "PNG"):
            return None
        content = bytes(buffer.data().data())
        if len(content) <= MAX_PREVIEW_BYTES:
            return content
        width //= 2
    return None
