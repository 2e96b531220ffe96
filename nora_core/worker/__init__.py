"""Runs the cases of a job folder: ``python -m nora_core.worker FOLDER``."""
