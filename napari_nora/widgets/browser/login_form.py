"""The browser's first page: log in to a server, or open a folder without one."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_nora.parts.error_line import ErrorLine
from napari_nora.parts.spacing import tidy
from napari_nora.tasks import TaskError
from napari_nora.widgets.browser.connect import LogInWish


class LogInForm(QWidget):
    """Server, name and password; and a button for a folder on this machine."""

    log_in_requested = Signal(object)
    """A LogInWish."""
    folder_chosen = Signal(object, bool)
    """A Path, and whether results are kept beside the data."""
    user_typed = Signal()
    """Server and name are there; a kept password may be filled in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.url, self.name, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.url.setPlaceholderText("https://nora.example.org")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep = QCheckBox("Keep the password in this computer's keyring")
        self.error = ErrorLine()
        self.log_in_button = QPushButton("Log in")
        self.folder_button = QPushButton("Open folder as project…")
        self.folder_button.setToolTip(
            "Browse the images of a folder without a server; its files stay as they are"
        )
        self.beside = QCheckBox("Results beside the data (derivatives/nora)")
        self.beside.setToolTip(
            "Keep the project's database, saved files and trash in the folder itself,\n"
            "so that they travel with it; else they are in your own data folder.\n"
            "For folders that one computer at a time works on."
        )
        self._build()
        self.name.editingFinished.connect(self.user_typed)
        self.password.returnPressed.connect(self._on_log_in_clicked)
        self.log_in_button.clicked.connect(self._on_log_in_clicked)
        self.folder_button.clicked.connect(self._on_folder_clicked)

    @property
    def wish(self) -> LogInWish:
        """What is typed in."""
        return LogInWish(
            self.url.text(),
            self.name.text().strip(),
            self.password.text(),
            self.keep.isChecked(),
        )

    def fill_password(self, password: str) -> None:
        """Fill in a kept password unless something was typed."""
        if password and not self.password.text():
            self.password.setText(password)
            self.keep.setChecked(True)

    def set_busy(self, is_busy: bool) -> None:
        """Let the user wait for an answer, or type again."""
        self.log_in_button.setEnabled(not is_busy)
        self.folder_button.setEnabled(not is_busy)
        self.log_in_button.setText("Logging in …" if is_busy else "Log in")
        if is_busy:
            self.error.clear()

    def show_error(self, error: TaskError | str) -> None:
        """Say why it did not work."""
        self.set_busy(False)
        self.error.show_error(error)

    def _build(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Server", self.url)
        form.addRow("Name", self.name)
        form.addRow("Password", self.password)
        form.addRow("", self.keep)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.log_in_button)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        alone = QLabel("No server? Work with images on this computer:")
        alone.setWordWrap(True)
        layout = QVBoxLayout(self)
        tidy(layout, margin=12, gap=10)
        welcome = QLabel("Connect to your lab's server")
        font = welcome.font()
        font.setBold(True)
        welcome.setFont(font)
        layout.addStretch(1)
        layout.addWidget(welcome)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.error)
        layout.addWidget(line)
        layout.addWidget(alone)
        layout.addWidget(self.folder_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.beside)
        layout.addStretch(2)

    def _on_log_in_clicked(self) -> None:
        if not self.url.text().strip() or not self.name.text().strip():
            self.error.show_error("type the server's address and your name")
            return
        self.log_in_requested.emit(self.wish)

    def _on_folder_clicked(self) -> None:
        folder = choose_folder(self)
        if folder is not None:
            self.folder_chosen.emit(folder, self.beside.isChecked())


def choose_folder(parent: QWidget) -> Path | None:
    """Ask for a folder of images."""
    title = "Open a folder of images as a project"
    chosen = QFileDialog.getExistingDirectory(parent, title)
    return Path(chosen) if chosen else None
