"""The bars at the top right of a viewport: one for each thing it shows."""
