"""Whether this screen can show 3D, and where napari frees what it took there."""

from __future__ import annotations

from typing import Any

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


def free_in_own_context(qt_viewer: Any) -> None:
    """Let napari free what a removed layer took in the canvas's own OpenGL context.

    napari 0.9 frees buffers and textures at once, in whichever context is the current
    one. That is mostly the window's, and then the canvas's next drawing crashes
    (seen with Mesa's software OpenGL; reported for other drivers as vispy #1611).

    Parameters
    ----------
    qt_viewer : napari.qt.QtViewer
        Of the main window, or another one.
    """
    native = qt_viewer.canvas.native
    qt_viewer.viewer.layers.events.removing.connect(lambda: native.makeCurrent())
