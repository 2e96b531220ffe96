"""Where tests find image files that are too many to ship."""
