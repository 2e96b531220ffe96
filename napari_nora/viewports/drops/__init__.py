"""What is dropped on a viewport, and the targets it offers."""
