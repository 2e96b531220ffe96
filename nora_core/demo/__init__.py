"""A small archive of real images that comes with the program, to try it on."""
