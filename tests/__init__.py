"""The tests of napari-nora; a package, so that ``tests.strategies`` can be shared."""
