"""Who may do what in which project, and why: one query with reasons."""

from nora_server.rights.actor import Actor
from nora_server.rights.query import allowed, project_for, project_of_id
from nora_server.rights.reasons import explain

__all__ = ["Actor", "allowed", "explain", "project_for", "project_of_id"]
