"""The autoloaders in use: what the user wants to see of each case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psygnal import Signal

from nora_core.wire.preset import (
    MAX_AUTOLOADERS,
    Autoloader,
    AutoloaderLevel,
    PresetContent,
)


class AutoloaderBook:
    """Autoloaders in their order, and the settings that they share.

    Every change is told by one signal.
    """

    changed = Signal()

    def __init__(self) -> None:
        self.autoloaders: tuple[Autoloader, ...] = ()
        self.level = AutoloaderLevel.PATIENT_OR_STUDY
        self.is_enabled = True
        self.main_viewport: str | None = None

    def set(
        self,
        *,
        autoloaders: Iterable[Autoloader] | None = None,
        level: AutoloaderLevel | None = None,
        is_enabled: bool | None = None,
        main_viewport: str | None = None,
    ) -> None:
        """Change some of it; ``None`` leaves as it is, ``""`` is no main viewport."""
        before = self._all()
        if autoloaders is not None:
            self.autoloaders = tuple(autoloaders)
        if level is not None:
            self.level = level
        if is_enabled is not None:
            self.is_enabled = is_enabled
        if main_viewport is not None:
            self.main_viewport = main_viewport or None
        if self._all() != before:
            self.changed.emit()

    def replace(self, index: int, autoloader: Autoloader) -> None:
        """Put another autoloader in the place of one."""
        some = list(self.autoloaders)
        some[index] = autoloader
        self.set(autoloaders=some)

    def add(self, autoloader: Autoloader) -> None:
        """Add an autoloader at the end."""
        self.set(autoloaders=(*self.autoloaders, autoloader))

    def remove(self, index: int) -> None:
        """Remove an autoloader; numbers of references to those behind it follow."""
        some = [one for place, one in enumerate(self.autoloaders) if place != index]
        self.set(autoloaders=_renumbered(some, _after_removal(index)))

    def move(self, index: int, step: int) -> None:
        """Move an autoloader up or down by one place."""
        other = index + step
        if not 0 <= other < len(self.autoloaders):
            return
        some = list(self.autoloaders)
        some[index], some[other] = some[other], some[index]
        self.set(autoloaders=_renumbered(some, {index: other, other: index}))

    def take(self, content: PresetContent) -> None:
        """Take the autoloaders of a preset."""
        self.set(
            autoloaders=content.autoloaders,
            level=content.autoloader_level,
            is_enabled=content.enable_autoloaders,
            main_viewport=content.main_viewport or "",
        )

    def fields(self) -> dict[str, Any]:
        """Return the fields of a preset's content that are about autoloaders."""
        return {
            "autoloaders": self.autoloaders,
            "autoloader_level": self.level,
            "enable_autoloaders": self.is_enabled,
            "main_viewport": self.main_viewport,
        }

    def _all(self) -> tuple[Any, ...]:
        return tuple(self.fields().values())


def _after_removal(index: int) -> dict[int, int | None]:
    behind = range(index + 1, MAX_AUTOLOADERS)
    return {index: None, **{place: place - 1 for place in behind}}


def _renumbered(
    autoloaders: Iterable[Autoloader], places: dict[int, Any]
) -> list[Autoloader]:
    """Let references follow the autoloaders that they name."""
    found = []
    for one in autoloaders:
        reference = one.intent.autocreateroi
        if reference is not None and reference in places:
            update = {"autocreateroi": places[reference]}
            intent = one.intent.model_copy(update=update)
            one = one.model_copy(update={"intent": intent})
        found.append(one)
    return found
