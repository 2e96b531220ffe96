"""Small pieces that all widgets are built of."""
