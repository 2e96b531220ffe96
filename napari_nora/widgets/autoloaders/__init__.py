"""Which images of each case are shown where."""
