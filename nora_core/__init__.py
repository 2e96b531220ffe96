"""What napari-nora's window and server share; works alone, without either."""
