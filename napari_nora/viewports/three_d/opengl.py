"""Whether this screen can show 3D."""

from __future__ import annotations

from qtpy.QtGui import QOffscreenSurface, QOpenGLContext

WAY_OUT = (
    "3D needs OpenGL, and this screen has none. Install a driver for the graphics "
    "card, or Mesa's software OpenGL (Debian: libgl1-mesa-dri). The planes work "
    "without it."
)


def opengl_problem() -> str:
    """Return a sentence that says why 3D can't be shown; empty where it can."""
    surface = QOffscreenSurface()
    surface.create()
    context = QOpenGLContext()
    if not context.create() or not context.makeCurrent(surface):
        return WAY_OUT
    context.doneCurrent()
    return ""
