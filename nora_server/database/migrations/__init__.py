"""Versions of the database's schema, and the steps between them."""
