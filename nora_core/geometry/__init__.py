"""Where things are: voxel grids in RAS+ millimetres and the ways between them."""

from nora_core.geometry.grid import Grid

__all__ = ["Grid"]
