"""Linked views of the open layers: planes, mosaics and 3D."""
