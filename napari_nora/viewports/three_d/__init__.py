"""The 3D viewport: volumes, isosurfaces, surfaces and planes together."""
