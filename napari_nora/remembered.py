"""What the window remembers between two starts; never a password."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from qtpy.QtCore import QByteArray, QSettings


def default_path() -> Path:
    """Return the file in the user's folder for settings."""
    return Path(platformdirs.user_config_dir("napari-nora")) / "window.ini"


class Remembered:
    """Texts and column widths by key, in one INI file."""

    def __init__(self, path: Path | None = None) -> None:
        self._settings = QSettings(
            str(path or default_path()), QSettings.Format.IniFormat
        )

    def text(self, key: str, default: str = "") -> str:
        """Return the text under ``key``."""
        value = self._settings.value(key, default)
        return value if isinstance(value, str) else default

    def set(self, key: str, value: str) -> None:
        """Keep ``value`` under ``key``."""
        self._settings.setValue(key, value)

    def state(self, key: str) -> QByteArray | None:
        """Return a widget's saved state, such as a splitter's."""
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else None

    def set_state(self, key: str, value: QByteArray) -> None:
        """Keep a widget's saved state under ``key``."""
        self._settings.setValue(key, value)

    def sync(self) -> None:
        """Write everything to the file now."""
        self._settings.sync()

    def clear(self) -> None:
        """Forget everything."""
        self._settings.clear()
