"""Finds rows and files by patterns: on bitmaps in memory, until then in SQL."""
