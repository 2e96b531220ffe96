"""The command ``nora``: one file for each of its commands."""
