"""The server's own pages: the same for everybody, until the browser logs in.

Plain HTML, one style sheet and one script, without templates but for the way back to
the server's root, so that they work below any path of a proxy.
"""

from html import escape
from importlib.resources import files

OPEN_PAGE = "open.html"
ERROR_PAGE = "error.html"
STATIC_TYPES = {
    "page.css": "text/css",
    "open.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""The files that pages load, and nothing else."""

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob:; connect-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}
_DEEPEST = 20


def read_page(name: str, path: str, message: str = "") -> str:
    """Return a page that is shown at ``path`` of this server."""
    base = "../" * min(path.count("/") - 1, _DEEPEST) or "./"
    text = read_static(name).decode("utf-8")
    return text.replace("{{base}}", base).replace("{{message}}", escape(message))


def read_static(name: str) -> bytes:
    """Return a file of this package."""
    return files(__package__).joinpath(name).read_bytes()
