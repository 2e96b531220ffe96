"""The models that travel between server and client, as pydantic classes."""
