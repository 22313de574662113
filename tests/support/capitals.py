"""A language that nobody speaks: our English in capitals.

Where all else is a number, a small letter is a word that stands in the code and that nobody could translate.
"""

from __future__ import annotations

from string import Formatter

from gradeline.words import Words, english


def in_capitals(text: str) -> str:
    parts = Formatter().parse(text)
    return "".join(f"{said.upper()}{{{name}}}" if name else said.upper() for said, name, _, _ in parts)


CAPITALS = Words("capitals", {key: in_capitals(english()(key)) for key in english().names("")})
