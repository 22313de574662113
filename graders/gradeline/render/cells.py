"""What stands in a cell: numbers that every importer reads, and text that no spreadsheet runs.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return for a formula (OWASP,
"CSV Injection").  A cell of our own gets an apostrophe before it, which shows it as text.  A number, and a sign on its
own such as the name ``-``, is no formula and stays, so that importers find what they look for.
"""

from __future__ import annotations

import html
import re
from fractions import Fraction

from gradeline.score import shown

# Full-width forms count, too: spreadsheets in Japanese read them as the plain ones (OWASP, the same page).
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# What nobody sees before a sign does not make it text: marks of direction and joiners are dropped by some importers.
_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_BEGINS = re.compile(f"[\\s{_UNSEEN}]*[{_SIGNS}]|[\t\r]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_FIGURES = re.compile(r"[0-9][0-9.,]{0,29}\Z|[.,][0-9]{1,29}\Z")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?\Z")
# Opened with another separator, a comma-separated line falls apart at that one: a formula may stand behind it.
_BEHIND = re.compile(f"(?<=[;|\t\r\n])([ ]*)(?=[{_SIGNS}])")
_ENTITY = re.compile(f"(?<=;)[{_SIGNS}]")


def text(value: str) -> str:
    """``value`` as harmless text on one line; names and numbers are not changed."""
    line = value
    if not value.isprintable():
        line = _CONTROL.sub("\ufffd", " ".join(value.replace("\0", "\ufffd").splitlines()).replace("\t", " "))
    line = line.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no bytes
    if _BEGINS.match(value) and line.strip() not in ("+", "-", "=", "@") and not _NUMBER.match(line):
        line = f"'{line.lstrip()}"
    return _BEHIND.sub(r"\1'", line)


def markup(value: str) -> str:
    """``value`` as text inside HTML that stands in a cell."""
    line = _CONTROL.sub("\ufffd", " ".join(value.split())).encode("utf-8", "replace").decode("utf-8")
    return _ENTITY.sub(lambda found: f"&#{ord(found[0])};", html.escape(line, quote=False))


def points(value: Fraction, mark: str = ".") -> str:
    """A number with at most two decimals, half up: what Canvas and Moodle show and compare."""
    said = f"-{shown(-value)}" if value < 0 else shown(value)
    return "0" if said == "-0" else said.replace(".", mark)


def number(cell: str) -> Fraction | None:
    """The number in a platform's cell, or None: the last of points and commas is the decimal mark, the others group
    digits, as Canvas reads it (``decimal_comma_to_period``)."""
    said = cell.strip()
    if not _FIGURES.match(said):
        return None
    *groups, last = re.split("[.,]", said)
    return Fraction(f"{''.join(groups) or '0'}.{last or '0'}" if groups else last)


def mark_of(cell: str) -> str:
    """The decimal mark of the number in a platform's cell."""
    return "," if cell.rfind(",") > cell.rfind(".") else "."
