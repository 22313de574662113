"""Deciding what waits for a person, in a browser on this machine."""
