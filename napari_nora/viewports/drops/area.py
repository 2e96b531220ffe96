"""The targets that lie over a viewport while something is dragged over it."""

from __future__ import annotations

from collections.abc import Container

from qtpy.QtCore import QPoint, QRect, Qt, Signal
from qtpy.QtGui import QColor, QDropEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import QWidget

from napari_nora.parts.icons import role_color
from napari_nora.viewports.drops.mime import payload_of
from napari_nora.viewports.drops.targets import (
    TITLES,
    Payload,
    Target,
    refusal,
    targets_for,
)

_GAP = 8
_ALPHA = 225
_MAX_HEIGHT = 90


class DropArea(QWidget):
    """Offers targets; the viewport hands it all drag events.

    Parameters
    ----------
    session_key : str
        Rows of other windows' tables mean nothing here.
    layers : Container of str
        Ids of the open layers; those of other windows mean nothing either.
    """

    dropped = Signal(object, object)
    """A :class:`Target` and what was dropped there."""

    def __init__(
        self, session_key: str, layers: Container[str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._session_key = session_key
        self._layers = layers
        self._payload: Payload | None = None
        self.targets: tuple[Target, ...] = ()
        self.pointed: Target | None = None

    def enter(self, event: QDropEvent) -> None:
        """Something is dragged in: show what can be done with it."""
        mime = event.mimeData()
        self._payload = (
            payload_of(mime, self._session_key, self._layers) if mime else None
        )
        if self._payload is None:
            event.ignore()
            return
        self.targets = targets_for(self._payload)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self._point(event)
        # also where nothing is offered: Qt tells no one else that the drag left
        event.acceptProposedAction()

    def move_to(self, event: QDropEvent) -> None:
        """Point at the target under the mouse."""
        self._point(event)
        event.setAccepted(self.pointed is not None)

    def _point(self, event: QDropEvent) -> None:
        pointed = self.target_at(event.position().toPoint())
        if pointed is not self.pointed:
            self.pointed = pointed
            self.update()

    def leave(self) -> None:
        """Nothing is dragged here any more."""
        self.hide()
        self.pointed = None
        self._payload = None

    def drop(self, event: QDropEvent) -> None:
        """Tell what was dropped where."""
        target = self.target_at(event.position().toPoint())
        payload = self._payload
        self.leave()
        if target is not None and payload is not None:
            event.acceptProposedAction()
            self.dropped.emit(target, payload)

    def target_at(self, point: QPoint) -> Target | None:
        """Return the target at a point; the first one beside all of them."""
        for target in self.targets:
            if self.place_of(target).contains(point):
                return target
        return self.targets[0] if self.targets else None

    def place_of(self, target: Target) -> QRect:
        """Return where a target is drawn."""
        count = len(self.targets)
        room = self.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        height = min((room.height() - _GAP * (count - 1)) // count, _MAX_HEIGHT)
        used = height * count + _GAP * (count - 1)
        top = room.top() + (room.height() - used) // 2
        number = self.targets.index(target)
        return QRect(room.left(), top + number * (height + _GAP), room.width(), height)

    def paintEvent(self, _: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for target in self.targets:
            role = "current" if target is self.pointed else "foreground"
            self._paint(painter, self.place_of(target), TITLES[target], role)
        if not self.targets and self._payload is not None:
            self._paint(painter, self.rect(), refusal(self._payload), "background")
        painter.end()

    def _paint(self, painter: QPainter, place: QRect, text: str, role: str) -> None:
        color = QColor(role_color(role))
        color.setAlpha(_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(place, 6, 6)
        painter.setPen(role_color("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
