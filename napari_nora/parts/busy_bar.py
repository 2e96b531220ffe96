"""The running tasks of a window: a bar with a number and a cancel for each."""

from __future__ import annotations

from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.icons import icon
from napari_nora.parts.spacing import SMALL_GAP, tidy
from napari_nora.tasks import Task, Tasks


class TaskLine(QWidget):
    """One task: its title, how far it is, and a button that stops it."""

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.task = task
        self._label = QLabel(task.title)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.cancel = QToolButton()
        self.cancel.setIcon(icon("delete_shape"))
        self.cancel.setToolTip("Stop this")
        self.cancel.clicked.connect(self._on_cancel_clicked)
        layout = QHBoxLayout(self)
        tidy(layout, gap=SMALL_GAP)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.cancel)
        task.progressed.connect(self._on_task_progressed)

    def _on_task_progressed(self) -> None:
        if self.task.fraction is not None:
            self.bar.setRange(0, 100)
            self.bar.setValue(round(100 * self.task.fraction))
        if self.task.text:
            self._label.setText(f"{self.task.title}: {self.task.text}")

    def _on_cancel_clicked(self) -> None:
        self.task.cancel()
        self._label.setText(f"{self.task.title}: stopping …")
        self.cancel.setEnabled(False)


class BusyBar(QWidget):
    """A line per titled task; takes no room when nothing runs."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._lines: list[TaskLine] = []
        self._layout = QVBoxLayout(self)
        tidy(self._layout, gap=SMALL_GAP)
        tasks.changed.connect(self._on_tasks_changed)
        self._on_tasks_changed()

    @property
    def lines(self) -> list[TaskLine]:
        """The lines that are shown."""
        return list(self._lines)

    def _on_tasks_changed(self) -> None:
        running = self._tasks.titled
        for line in list(self._lines):
            if line.task not in running:
                self._lines.remove(line)
                line.task.progressed.disconnect(line._on_task_progressed)
                line.hide()
                line.deleteLater()
        known = [line.task for line in self._lines]
        for task in running:
            if task not in known:
                line = TaskLine(task, self)
                self._lines.append(line)
                self._layout.addWidget(line)
        self.setVisible(bool(self._lines))
