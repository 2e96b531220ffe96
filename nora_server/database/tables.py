"""Imports every module with tables, so that the metadata is complete."""

from sqlmodel import SQLModel

from nora_server.database import accounts, archive, history, jobs, views

__all__ = ["METADATA", "accounts", "archive", "history", "jobs", "views"]

METADATA = SQLModel.metadata
