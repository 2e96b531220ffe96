"""napari-nora's widgets and window: browse, view, draw and process studies."""
