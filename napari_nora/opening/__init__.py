"""From a file of a study to layers in the viewer, and from a layer to a mask."""
