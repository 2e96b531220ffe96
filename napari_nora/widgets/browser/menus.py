"""The menu of the chosen rows."""

from __future__ import annotations

from qtpy.QtWidgets import QMenu, QWidget

from napari_nora.session import Session
from napari_nora.widgets.browser.chosen import Chosen
from nora_core.wire.project import Action


class RowMenu(QMenu):
    """Show, tag and delete; entries that the user may not use tell why."""

    def __init__(self, chosen: Chosen, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self.show_files = self.addAction("Show in the viewer")
        self.show_files.setEnabled(bool(chosen.files))
        self.addSeparator()
        self.add_tags = self.addAction(f"Tag {chosen.what}…")
        self.remove_tag = QMenu("Remove tag", self)
        self.addMenu(self.remove_tag)
        for tag in sorted(chosen.tags):
            self.remove_tag.addAction(tag)
        self.addSeparator()
        self.delete = self.addAction(f"Move {chosen.what} to the trash")
        may_write = session.may(Action.WRITE) and bool(chosen.ids)
        may_delete = session.may(Action.DELETE) and bool(chosen.ids)
        self.add_tags.setEnabled(may_write)
        self.remove_tag.setEnabled(may_write and bool(chosen.tags))
        self.delete.setEnabled(may_delete)
        if not session.may(Action.WRITE):
            self.add_tags.setToolTip("Your role in this project is to read only")
        if not session.may(Action.DELETE):
            self.delete.setToolTip("Your role in this project does not allow this")
