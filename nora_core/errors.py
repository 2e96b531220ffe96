"""Every error that napari-nora raises on purpose.

::

    NoraError
    ├── BadInput (ValueError)        the request itself is wrong; nothing was written
    │   ├── PatternError             a filter, file pattern or selector cannot be read
    │   ├── ArgumentError            a tool's argument is missing or out of range
    │   ├── NameRefused              a file name, tag or identifier is not allowed
    │   ├── ImageFileError           an image file is broken or of unknown kind
    │   └── GridMismatch             two images do not lie on the same grid
    ├── NotLoggedIn                  no token, a wrong one or one that has expired
    │   └── WrongPassword            user name and password do not fit
    ├── Forbidden                    the user sees the thing but may not do this with it
    ├── NotFound (LookupError)       there is no such thing, or no right to know of it
    ├── Conflict                     the thing exists already or has changed meanwhile
    │   └── ChecksumMismatch         other bytes arrived than were sent
    ├── StorageFull                  the server's disk has no room for the file
    ├── TooManyAttempts              wait before the next try
    ├── VersionMismatch              client and server cannot work together
    ├── ServerUnreachable            no answer from the server
    ├── ServerError                  the server failed; its log says why
    ├── SettingsError                the settings file or the environment is wrong
    ├── PluginError                  a plug-in cannot be loaded or breaks its contract
    ├── BackendError                 the scheduler refused or answered nonsense
    │   └── BackendUnavailable       the scheduler is missing or does not answer
    ├── ToolFailed                   a tool ended with an error; carries its log
    └── Cancelled                    the user stopped it

Messages name the thing, the value and the way out, and never a patient or a
secret. Each class has the HTTP status with which the server answers; the client
raises the same class again (see :mod:`nora_core.wire.problem`).
"""

from __future__ import annotations

from typing import ClassVar


class NoraError(Exception):
    """Base of all errors that are raised on purpose."""

    http_status: ClassVar[int] = 500

    @property
    def message(self) -> str:
        """The sentence for the user."""
        return str(self.args[0]) if self.args else type(self).__name__


class BadInput(NoraError, ValueError):
    """The request itself is wrong; nothing was written."""

    http_status = 422


class PatternError(BadInput):
    """A filter, file pattern or selector cannot be read."""


class ArgumentError(BadInput):
    """A tool's argument is missing, unknown or out of range."""


class NameRefused(BadInput):
    """A file name, tag or identifier is not allowed."""


class ImageFileError(BadInput):
    """An image file is broken, truncated or of unknown kind."""


class GridMismatch(BadInput):
    """Two images do not lie on the same grid."""


class NotLoggedIn(NoraError):
    """No token, a wrong one or one that has expired."""

    http_status = 401


class WrongPassword(NotLoggedIn):
    """User name and password do not fit."""


class Forbidden(NoraError):
    """The user sees the thing but may not do this with it."""

    http_status = 403


class NotFound(NoraError, LookupError):
    """There is no such thing, or no right to know of it."""

    http_status = 404


class Conflict(NoraError):
    """The thing exists already or has changed meanwhile."""

    http_status = 409


class ChecksumMismatch(Conflict):
    """The bytes that arrived are not the bytes that were sent."""


class StorageFull(NoraError):
    """The server's disk has no room for the file."""

    http_status = 413


class TooManyAttempts(NoraError):
    """Wait before the next try."""

    http_status = 429


class VersionMismatch(NoraError):
    """Client and server cannot work together."""

    http_status = 426


class ServerUnreachable(NoraError):
    """No answer from the server."""

    http_status = 503


class ServerError(NoraError):
    """The server failed; its log says why."""


class SettingsError(NoraError):
    """The settings file or the environment is wrong."""


class PluginError(NoraError):
    """A plug-in cannot be loaded or breaks its contract."""


class BackendError(NoraError):
    """The scheduler refused or answered nonsense."""

    http_status = 502


class BackendUnavailable(BackendError):
    """The scheduler's program is missing or does not answer."""

    http_status = 503


class ToolFailed(NoraError):
    """A tool ended with an error; carries its log."""


class Cancelled(NoraError):
    """The user stopped it."""

    http_status = 499


ERROR_CLASSES: dict[str, type[NoraError]] = {
    cls.__name__: cls
    for cls in list(globals().values())
    if isinstance(cls, type) and issubclass(cls, NoraError)
}
"""Every class by its name, as it travels between server and client."""
