"""Files on disk: where they lie, how they arrive whole, what heals after a crash."""

from nora_server.storage.incoming import Incoming, StagedFile
from nora_server.storage.moves import FileMoves
from nora_server.storage.storage import IN_PLACE, MANAGED, Storage

__all__ = ["IN_PLACE", "MANAGED", "FileMoves", "Incoming", "StagedFile", "Storage"]
