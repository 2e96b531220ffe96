"""An error on its way from the server to the client."""

from __future__ import annotations

from pydantic import BaseModel

from nora_core.errors import ERROR_CLASSES, NoraError, ServerError


class Problem(BaseModel):
    """The body of every answer with a status of 400 or more."""

    error: str
    """Name of the class in :mod:`nora_core.errors`."""
    message: str
    """A sentence for the user: the thing, the value, the way out."""

    @classmethod
    def from_error(cls, error: NoraError) -> Problem:
        """Pack ``error`` for the wire."""
        return cls(error=type(error).__name__, message=error.message)

    def to_error(self) -> NoraError:
        """Return the exception that the server raised, of the same class."""
        return ERROR_CLASSES.get(self.error, ServerError)(self.message)
