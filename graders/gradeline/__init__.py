"""Gradeline grades what a pipeline does, not the words it contains."""

__version__ = "0.1.0"
