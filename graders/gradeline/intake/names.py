"""Names that came with a submission: how they are shown, which are refused, what they match.

A name is refused for the same reasons on every system, so that a grade does not depend on where the
grader runs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from gradeline.intake.limits import MAX_PATH

_SHOWN = 160

# Microsoft, "Naming Files, Paths, and Namespaces".
_WINDOWS_CHARACTERS = frozenset('<>:"|?*\\')
_WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\..*)?", re.IGNORECASE)
# Windows finds a folder called .git under this short name too.
_SHORT_GIT = re.compile(r"git~[0-9]+", re.IGNORECASE)


def safe_name(name: str | bytes) -> str:
    """A name made fit for any output: printable characters only, on one line, not endless.

    Bytes that are not UTF-8 and characters that show nothing are escaped (``\\xe9``, ``\\u202e``).
    """
    text = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
    shown = "".join(character if character.isprintable() else _escaped(character) for character in text[: 4 * _SHOWN])
    if len(shown) <= _SHOWN and len(text) <= 4 * _SHOWN:
        return shown
    return f"{shown[: _SHOWN - 3]}..."


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def problem_with(path: str) -> str:
    """Why a relative path with ``/`` is refused, as the end of a sentence, or ""."""
    for name in path.split("/"):
        problem = _problem_with_part(name)
        if problem:
            return problem
    if len(path.encode("utf-8", "surrogateescape")) > MAX_PATH:
        return f"is longer than {MAX_PATH} bytes"
    return ""


def _problem_with_part(name: str) -> str:
    if name in ("", ".", ".."):
        return "does not name a file below the submission"
    if name.isascii() and name.isprintable():
        pass
    elif any(0xD800 <= ord(character) <= 0xDFFF for character in name):
        return "is not UTF-8"
    elif not name.isprintable():
        return "holds characters that cannot be seen"
    if not _WINDOWS_CHARACTERS.isdisjoint(name):
        bad = next(character for character in name if character in _WINDOWS_CHARACTERS)
        return f"holds the character {bad}, which Windows does not allow"
    if name[-1] in ". ":
        return "ends with a dot or a space, which Windows does not allow"
    if _WINDOWS_DEVICE.fullmatch(name):
        return "is the name of a device on Windows"
    if _SHORT_GIT.fullmatch(name):
        return "is another name of .git on Windows"
    return ""


def collisions(paths: Iterable[str]) -> dict[str, str]:
    """Paths that would be one file, or a file and a folder, where case or accents do not count.

    Each maps to the path it collides with.  ``paths`` are distinct.
    """
    by_key: dict[str, str] = {}
    found: dict[str, str] = {}
    for path in sorted(paths):
        other = by_key.setdefault(_folded(path), path)
        if other != path:
            found[path] = other
            found[other] = path
    for key, path in by_key.items():
        end = key.find("/")
        while end >= 0:
            above = by_key.get(key[:end])
            if above is not None:
                found[path] = above
                found[above] = path
            end = key.find("/", end + 1)
    return found


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path matches one of the shell-like patterns: ``*`` stays within a folder, ``**`` stands
    for any number of folders, and a pattern that names a folder matches everything in it."""
    parts = path.split("/")
    return any(_matches(parts, pattern) for pattern in patterns)


def _matches(parts: list[str], pattern: str) -> bool:
    wanted, plain = _pattern_parts(pattern)
    if plain:
        return bool(wanted) and tuple(parts[: len(wanted)]) == wanted
    # Which of the first ``n`` parts the patterns so far can have used up.
    ends = {0}
    for one in wanted:
        if one == "**":
            ends = set(range(min(ends), len(parts) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends if end < len(parts) and fnmatchcase(parts[end], one)}
    return bool(ends) and wanted != () and (len(parts) in ends or not any(mark in wanted[-1] for mark in "*?["))


@lru_cache(maxsize=256)
def _pattern_parts(pattern: str) -> tuple[tuple[str, ...], bool]:
    """The parts of a pattern, and whether each stands for itself only."""
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    return parts, not any(mark in pattern for mark in "*?[")
