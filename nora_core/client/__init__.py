"""Talks to a server, lab-wide or embedded, in blocking calls without a window."""

from nora_core.client.client import Client
from nora_core.client.embedded import EmbeddedServer, start_embedded

__all__ = ["Client", "EmbeddedServer", "start_embedded"]
