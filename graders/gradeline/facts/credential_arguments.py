"""Credentials on command lines: short options, ``user:password`` pairs and values piped to a login."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

from gradeline.facts.credential_assignments import Scan
from gradeline.facts.credential_data import Command, credential_data

_PIECE = re.compile(r"""[^\s"'`,\[\]]{1,1024}+""")
_END = re.compile(r"\s(?:\||&&|;)|\n")
_MAX_SEGMENT = 2000
_LOOK_BACK = 600


@cache
def _first_words() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(credential_data().commands))
    return re.compile(rf"(?<![\w.\-])(?P<word>{words})(?=[\"',\s])")


def scan_arguments(scan: Scan) -> None:
    """Add what the command lines of ``scan.text`` take as credentials to ``scan``."""
    text, position = scan.text, 0
    while match := _first_words().search(text, position):
        position = match.end()
        limit = min(match.start() + _MAX_SEGMENT, len(text))
        for command in credential_data().commands[match["word"]]:
            if _is_command(text, match.start(), limit, command):
                end = _END.search(text, match.end(), limit)
                stop = end.start() if end else limit
                _read_command(scan, match.start(), stop, command)
                position = max(position, stop)
                break


def _is_command(text: str, start: int, limit: int, command: Command) -> bool:
    if len(command.words) == 1:
        return True
    wanted = list(command.words)
    for piece in islice(_PIECE.finditer(text, start, limit), 8):
        if piece.group() == wanted[0]:
            wanted.pop(0)
            if not wanted:
                return True
    return False


def _read_command(scan: Scan, start: int, stop: int, command: Command) -> None:
    name = " ".join(command.words)
    pieces = list(_PIECE.finditer(scan.text, start, stop))
    for index, piece in enumerate(pieces):
        word = piece.group()
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        option, equals, value = word.partition("=")
        if word in command.options and following is not None:
            scan.add_text(*following.span(), "password", f"{name} {word}")
        elif equals and value and option in command.options:
            scan.add_text(piece.start() + len(option) + 1, piece.end(), "password", f"{name} {option}")
        elif word in command.pairs and following is not None:
            _read_pair(scan, following, f"{name} {word}")
        elif word == "<<<" and following is not None:
            scan.add_text(*following.span(), "password", f"the input of {name}")
        elif word in credential_data().stdin_options:
            _read_piped(scan, start, name)
        else:
            joined = next((option for option in command.joined if word.startswith(option) and word != option), None)
            if joined is not None and not word.startswith("--"):
                scan.add_text(piece.start() + len(joined), piece.end(), "password", f"{name} {joined}")


def _read_pair(scan: Scan, piece: re.Match[str], by: str) -> None:
    user, colon, _ = piece.group().partition(":")
    if colon and not user.startswith(("$", "-")):
        scan.add_text(piece.start() + len(user) + 1, piece.end(), "password", by)
    elif colon:
        position = piece.group().rfind(":")
        scan.add_text(piece.start() + position + 1, piece.end(), "password", by)


def _read_piped(scan: Scan, start: int, name: str) -> None:
    """The literal in ``echo x | docker login --password-stdin``."""
    begin = max(scan.line_start(start), start - _LOOK_BACK)
    before = scan.text[begin:start].rstrip(" \t")
    if not before.endswith("|"):
        return
    writer = max(before.rfind("echo "), before.rfind("printf "))
    if writer < 0:
        return
    pieces = list(_PIECE.finditer(scan.text, begin + writer, begin + len(before) - 1))
    if len(pieces) > 1:
        scan.add_text(*pieces[-1].span(), "password", f"the input of {name}")
