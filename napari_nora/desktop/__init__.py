"""The window that napari-nora opens with its panels in place."""
