r"""What ``sed`` makes of a line: its ``s`` commands, with patterns matched in time linear in the text.

POSIX, ``sed`` and "Regular Expressions" (basic: ``\(x\)`` is a group and ``(`` a character; extended: the other way
round; the longest match counts); GNU sed manual, "Overview of basic regular expression syntax" (``\+``, ``\?`` and
``\|``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from gradeline.facts.patterns import MAX_MEMORY, MAX_PATTERN
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record

MAX_LINE = 4096
_SWAPPED = frozenset("(){}+?|")


@record
class Edit:
    """One ``s`` command.  ``new`` holds texts and the numbers of groups, 0 for the whole match."""

    pattern: str
    new: tuple[str | int, ...]
    every: bool = False

    def __call__(self, line: str) -> str:
        found = _compiled(self.pattern)
        pieces: list[str] = []
        at = 0
        for match in found.finditer(line[:MAX_LINE]) if found is not None else ():
            pieces += (line[at : match.start()], *((match.group(one) or "") if isinstance(one, int) else one
                                                  for one in self.new))  # fmt: skip
            at = match.end()
            if not self.every:
                break
        return ("".join(pieces) + line[at:])[:MAX_LINE]


def edits(script: str, extended: bool) -> tuple[Edit, ...] | None:
    """The commands of a script; None when one of them is not followed."""
    found: list[Edit] = []
    rest = script[:MAX_LINE].strip()
    while rest:
        parts = _parts(rest)
        if parts is None:
            return None
        old, new, flags, rest = parts
        pattern = old if extended else _extended(old)
        replacement = _replacement(new)
        groups = [one for one in replacement if isinstance(one, int)]
        compiled = _compiled(pattern) if old and HIDDEN not in old else None
        if compiled is None or flags not in ("", "g") or max(groups, default=0) > compiled.groups:
            return None
        found.append(Edit(pattern, replacement, flags == "g"))
    return tuple(found)


def replacements(script: str) -> tuple[str, ...]:
    """What the ``s`` commands of a script put in, as far as it is a plain text."""
    found: list[str] = []
    rest = script[:MAX_LINE].strip()
    while rest:
        parts = _parts(rest)
        if parts is None:
            break
        found.append("".join(one if isinstance(one, str) else "" for one in _replacement(parts[1])))
        rest = parts[3]
    return tuple(found)


def _parts(script: str) -> tuple[str, str, str, str] | None:
    """What an ``s`` command looks for, what it puts there, its flags, and the commands behind it."""
    if len(script) < 4 or script[0] != "s" or script[1].isalnum() or script[1] in "\\\n":
        return None
    delimiter, field, position = script[1], "", 2
    fields: list[str] = []
    while position < len(script) and len(fields) < 2:
        letter, following = script[position], script[position + 1 : position + 2]
        if letter == "\\" and following:
            field += following if following == delimiter else letter + following
            position += 2
        elif letter == delimiter:
            fields.append(field)
            field, position = "", position + 1
        else:
            field, position = field + letter, position + 1
    if len(fields) < 2:
        return None
    end = re.search(r"[;\n]", script[position:])
    flags = script[position : position + end.start()] if end is not None else script[position:]
    rest = script[position + end.end() :] if end is not None else ""
    return fields[0], fields[1], flags.strip(), rest.strip()


def _extended(basic: str) -> str:
    """A basic regular expression in the extended notation."""
    found, position = "", 0
    while position < len(basic):
        letter, following = basic[position], basic[position + 1 : position + 2]
        if letter == "\\" and following:
            found += following if following in _SWAPPED else letter + following
            position += 2
        elif letter == "[":
            end = basic.find("]", position + 2 + (following == "^"))
            while end > 0 and basic[end - 1] == ":":  # the end of a class, as in `[[:space:]]`
                end = basic.find("]", end + 1)
            end = end if end > 0 else len(basic) - 1
            found += basic[position : end + 1]
            position = end + 1
        else:
            first = letter == "*" and position == 0
            found += f"\\{letter}" if letter in _SWAPPED or first else letter
            position += 1
    return found


def _replacement(text: str) -> tuple[str | int, ...]:
    found: list[str | int] = []
    position = 0
    while position < len(text):
        letter, following = text[position], text[position + 1 : position + 2]
        if letter == "&":
            found.append(0)
        elif letter == "\\" and following:
            found.append(int(following) if following.isdecimal() and following.isascii() else following)
            position += 1
        else:
            found.append(letter)
        position += 1
    return tuple(found)


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    import re2

    if len(pattern) > MAX_PATTERN:
        return None
    options = re2.Options()
    options.longest_match = True
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
