"""Sentences of our own on the screen: wrapped, harmless, in the width and letters the screen has."""

from __future__ import annotations

from gradeline_cli.output import ascii_only, columns, emit
from gradeline_cli.parts import App


def tell(app: App, *sentences: str, indent: int = 0) -> None:
    """Each sentence on lines of its own; its line breaks and indented lines stay.  An empty one is an empty line."""
    emit("".join(f"{line}\n" for text in sentences for line in lines(app, text, indent)))


def lines(app: App, text: str, indent: int = 0) -> list[str]:
    from gradeline.render.text import wrap

    room, plain = min(columns(), 80) if app.is_plain() else columns(), app.is_plain() or ascii_only()
    found = []
    for written in text.rstrip().split("\n"):
        lead = " " * (indent + min(len(written) - len(written.lstrip(" ")), 24))
        found += [lead + line for line in wrap(written, room - len(lead), ascii_only=plain)] or [""]
    return found
