"""Shows the same kinds of images of each case in the same viewports."""
