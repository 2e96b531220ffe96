"""Hands orders to the back end and mirrors what becomes of them."""

from nora_server.watcher.thread import Watcher

__all__ = ["Watcher"]
