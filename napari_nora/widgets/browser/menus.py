"""The menu of the chosen rows."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMenu, QWidget

from napari_nora.session import Session
from napari_nora.widgets.browser.chosen import Chosen
from napari_nora.widgets.browser.marks import marks_of
from napari_nora.widgets.browser.tagging import READ_ONLY
from nora_core.wire.project import Action


class RowMenu(QMenu):
    """Show, tag and delete; entries that the user may not use tell why."""

    def __init__(
        self,
        chosen: Chosen,
        session: Session,
        tag_keys: Mapping[str, str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self.show_files = self.addAction("Show in the viewer")
        self.show_files.setEnabled(bool(chosen.files))
        self.show_jobs = self.addAction("Show jobs")
        has_jobs = len(chosen.cases) == 1 and bool(marks_of(chosen.cases[0].jobs))
        self.show_jobs.setEnabled(has_jobs)
        self.addSeparator()
        self.add_tags = self.addAction(f"Tag {chosen.what}…")
        self.keys = self._add_keys(tag_keys)
        self.edit_keys = QAction("Choose tags of the keys…", self)
        self.keys.addSeparator()
        self.keys.addAction(self.edit_keys)
        self.remove_tag = QMenu("Remove tag", self)
        self.addMenu(self.remove_tag)
        for tag in sorted(chosen.tags):
            self.remove_tag.addAction(tag)
        self.addSeparator()
        self.delete = self.addAction(f"Move {chosen.what} to the trash")
        self._allow(chosen, session)

    def _add_keys(self, tag_keys: Mapping[str, str]) -> QMenu:
        menu = QMenu("Tag by key", self)
        menu.setToolTipsVisible(True)
        self.addMenu(menu)
        self.digits: dict[str, QAction] = {}
        for digit, tag in sorted(tag_keys.items()):
            self.digits[digit] = menu.addAction(f"{tag}\t{digit}")
            self.digits[digit].setToolTip("Sets it, or takes it off where all have it")
        if tag_keys:
            self.digits["0"] = menu.addAction("None of these\t0")
        return menu

    def _allow(self, chosen: Chosen, session: Session) -> None:
        may_write = session.may(Action.WRITE) and bool(chosen.count)
        may_delete = session.may(Action.DELETE) and bool(chosen.count)
        self.add_tags.setEnabled(may_write)
        for entry in self.digits.values():
            entry.setEnabled(may_write)
        self.remove_tag.setEnabled(may_write and bool(chosen.tags))
        self.delete.setEnabled(may_delete)
        if not session.may(Action.WRITE):
            self.add_tags.setToolTip(READ_ONLY)
        if not session.may(Action.DELETE):
            self.delete.setToolTip("Your role in this project does not allow this")
