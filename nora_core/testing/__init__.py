"""Contracts for authors of plug-ins: subclass one, and it tests your part."""

from nora_core.testing.backend import BackendContract
from nora_core.testing.phantoms import oblique_grid, phantom_mask, phantom_volume
from nora_core.testing.tool import ToolContract

__all__ = [
    "BackendContract",
    "ToolContract",
    "oblique_grid",
    "phantom_mask",
    "phantom_volume",
]
