"""One instruction of a Dockerfile: keyword, flags and arguments, as BuildKit's line parsers cut them.

moby/buildkit, ``frontend/dockerfile/parser/line_parsers.go`` and ``split_command.go``; what an instruction
demands is from ``frontend/dockerfile/instructions/parse.go``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from gradeline.records import replace
from gradeline.syntax.dockerfile_lines import heredoc_start
from gradeline.syntax.dockerfile_nodes import Flag, Instruction, Joined, Pair, Word
from gradeline.syntax.dockerfile_words import is_space

KEYWORDS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
HEREDOC_KEYWORDS = ("RUN", "COPY", "ADD")
_HEALTH_FLAGS = ("interval", "timeout", "start-period", "start-interval", "retries")
# Flags that an instruction knows; those with a value of True take none or a truth value.
FLAGS: Mapping[str, Mapping[str, bool]] = {
    "FROM": {"platform": False},
    "RUN": {"mount": False, "network": False, "security": False, "device": False},
    "COPY": {"chown": False, "from": False, "chmod": False, "link": True, "exclude": False, "parents": True},
    "ADD": {
        "chown": False, "chmod": False, "link": True, "keep-git-dir": True, "checksum": False, "unpack": True,
        "exclude": False,
    },
    "HEALTHCHECK": dict.fromkeys(_HEALTH_FLAGS, False),
}  # fmt: skip
_REPEATABLE = frozenset({"mount", "exclude", "device"})
_BLANKS = " \t\v\f\r"
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def read(joined: Joined, escape: str) -> Instruction:
    """The instruction that a joined text holds, without its here-documents."""
    return _read(joined, escape, 0, False)


def _read(joined: Joined, escape: str, offset: int, triggered: bool) -> Instruction:
    """``offset`` is where the instruction begins: not at the start for what follows ``ONBUILD``."""
    text = joined.text
    end = len(text.rstrip())
    while offset < end and is_space(text[offset]):
        offset += 1
    keyword_end = _until_blank(text, offset, end)
    keyword = text[offset:keyword_end].upper()
    flags, start = _flags(text, _past_blanks(text, keyword_end), end, escape)
    while start < end and is_space(text[start]):
        start += 1
    instruction = Instruction(keyword, joined, joined.end_line, flags, keyword_end=keyword_end)
    if keyword not in KEYWORDS:
        return replace(instruction, broken=_unknown(text[offset:keyword_end], triggered))
    if keyword == "ONBUILD":
        return _trigger(instruction, joined, escape, start, end, triggered)
    instruction = _ARGUMENTS[keyword](instruction, start, end, escape)
    return instruction if instruction.broken else replace(instruction, broken=_complaint(instruction, triggered))


def _trigger(
    instruction: Instruction, joined: Joined, escape: str, start: int, end: int, triggered: bool
) -> Instruction:
    if triggered:
        return replace(instruction, broken="`ONBUILD ONBUILD` is not allowed")
    if start >= end:
        return replace(instruction, broken="ONBUILD needs an instruction behind it")
    inner = _read(joined, escape, start, True)
    return replace(instruction, trigger=inner, broken=inner.broken)


def _unknown(word: str, triggered: bool) -> str:
    shown = word if len(word) <= 30 else word[:27] + "..."
    return f"`{shown}` is no instruction" + (" that ONBUILD can start" if triggered else "")


# -- cutting -------------------------------------------------------------------------------------------


def _until_blank(text: str, start: int, end: int) -> int:
    while start < end and text[start] not in _BLANKS:
        start += 1
    return start


def _past_blanks(text: str, start: int) -> int:
    while start < len(text) and text[start] in _BLANKS:
        start += 1
    return start


def _flags(text: str, start: int, end: int, escape: str) -> tuple[tuple[Flag, ...], int]:
    """The words that begin with ``--``, and where the arguments begin."""
    found: list[Flag] = []
    position = start
    while True:
        while position < end and is_space(text[position]):
            position += 1
        if not text.startswith("--", position) or position >= end:
            return tuple(found), position
        begin = position
        word, position = _flag_word(text, position, end, escape)
        if word == "--":
            return tuple(found), position
        name, equals, value = word[2:].partition("=")
        found.append(Flag(name, value if equals else None, begin, position))


def _flag_word(text: str, position: int, end: int, escape: str) -> tuple[str, int]:
    """One flag with its quotes and escapes taken away."""
    pieces: list[str] = []
    quote = ""
    while position < end:
        character = text[position]
        if not quote and is_space(character):
            break
        position += 1
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character == escape:
            if position < end:
                pieces.append(text[position])
                position += 1
        else:
            pieces.append(character)
    return "".join(pieces), position


def words(text: str, start: int, end: int, escape: str) -> list[Word]:
    """Words with their quotes still there, as ``ENV``, ``LABEL`` and ``ARG`` take them (parseWords)."""
    found: list[Word] = []
    position = start
    while position < end:
        if is_space(text[position]):
            position += 1
            continue
        begin = position
        pieces: list[str] = []
        quote = ""
        while position < end:
            character = text[position]
            if not quote and is_space(character):
                break
            position += 1
            if quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
                pieces.append(character)
                continue
            if character == escape and quote != "'":
                if position >= end:
                    break  # an escape at the very end is skipped
                pieces.append(character)
                character = text[position]
                position += 1
            pieces.append(character)
        if pieces:  # nothing but an escape at the very end is no word
            found.append(Word("".join(pieces), begin, position))
    return found


def _blank_separated(text: str, start: int, end: int) -> list[Word]:
    found: list[Word] = []
    position = start
    while position < end:
        following = _until_blank(text, position, end)
        found.append(Word(text[position:following], position, following))
        position = _past_blanks(text, following)
    return found


def _json_words(text: str, start: int, end: int) -> list[Word] | str | None:
    """The strings of a JSON list; None when it is no JSON list, a text when it is one of something else."""
    if not text.startswith("[", start):
        return None
    try:
        values = json.loads(text[start:end], parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(value, str) for value in values):
        return "a JSON list may only hold texts"
    found: list[Word] = []
    for value, match in zip(values, _JSON_STRING.finditer(text, start, end), strict=False):
        found.append(Word(value, match.start(), match.end()))
    return found


def _refuse(name: str) -> object:
    raise ValueError(name)


# -- arguments by instruction ---------------------------------------------------------------------------


def _command(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    """A JSON list, or one whole command for the shell."""
    if start >= end:
        return instruction
    listed = _json_words(instruction.joined.text, start, end)
    if isinstance(listed, str):
        return replace(instruction, broken=listed)
    if listed is not None:
        return replace(instruction, form="exec", words=tuple(listed))
    return replace(instruction, words=(Word(instruction.joined.text[start:end], start, end),))


def _paths(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    """A JSON list, or words between blanks."""
    listed = _json_words(instruction.joined.text, start, end)
    if isinstance(listed, str):
        return replace(instruction, broken=listed)
    if listed is not None:
        return replace(instruction, form="exec", words=tuple(listed))
    return replace(instruction, words=tuple(_blank_separated(instruction.joined.text, start, end)))


def _blanks(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    return replace(instruction, words=tuple(_blank_separated(instruction.joined.text, start, end)))


def _whole(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    if start >= end:
        return instruction
    return replace(instruction, words=(Word(instruction.joined.text[start:end], start, end),))


def _health(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    text = instruction.joined.text
    stop = start
    while stop < end and not is_space(text[stop]):
        stop += 1
    if stop == start:
        return instruction
    kind = Word(text[start:stop], start, stop)
    while stop < end and is_space(text[stop]):
        stop += 1
    rest = _command(instruction, stop, end, escape)
    return replace(rest, words=(kind, *rest.words))


def _settings(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    """``NAME=value ...`` of ``ENV`` and ``LABEL``, or the old ``NAME the whole rest``."""
    text = instruction.joined.text
    found = words(text, start, end, escape)
    if not found:
        return instruction
    if "=" not in found[0].value:
        name_end = _until_blank(text, start, end)
        value_start = _past_blanks(text, name_end)
        name = Word(text[start:name_end], start, name_end)
        if value_start >= end:
            return replace(instruction, words=(name,), broken=f"{instruction.keyword} needs a name and a value")
        value = Word(text[value_start:end], value_start, end)
        return replace(instruction, pairs=(Pair(name, value),), words=tuple(found))
    pairs = tuple(_pair(word) for word in found if "=" in word.value)
    bad = next((word for word in found if "=" not in word.value), None)
    broken = f"`{bad.value[:40]}` has no `=`" if bad is not None else ""
    return replace(instruction, pairs=pairs, words=tuple(found), broken=broken)


def _pair(word: Word) -> Pair:
    name, equals, value = word.value.partition("=")
    middle = word.start + len(name)
    if not equals:
        return Pair(word, None)
    return Pair(Word(name, word.start, middle), Word(value, min(middle + 1, word.end), word.end))


def _arguments(instruction: Instruction, start: int, end: int, escape: str) -> Instruction:
    found = words(instruction.joined.text, start, end, escape)
    return replace(instruction, words=tuple(found), pairs=tuple(_pair(word) for word in found))


_ARGUMENTS: Mapping[str, Callable[[Instruction, int, int, str], Instruction]] = {
    "ADD": _paths,
    "ARG": _arguments,
    "CMD": _command,
    "COPY": _paths,
    "ENTRYPOINT": _command,
    "ENV": _settings,
    "EXPOSE": _blanks,
    "FROM": _blanks,
    "HEALTHCHECK": _health,
    "LABEL": _settings,
    "MAINTAINER": _whole,
    "RUN": _command,
    "SHELL": _command,
    "STOPSIGNAL": _whole,
    "USER": _whole,
    "VOLUME": _paths,
    "WORKDIR": _whole,
}


# -- what an instruction demands ------------------------------------------------------------------------


def _complaint(instruction: Instruction, triggered: bool) -> str:
    """Why the build would refuse the instruction, or nothing."""
    keyword = instruction.keyword
    if triggered and keyword in ("FROM", "MAINTAINER"):
        return f"{keyword} cannot stand behind ONBUILD"
    wrong = _wrong_flag(instruction)
    if wrong:
        return wrong
    count = len(instruction.words)
    if keyword == "FROM":
        return _from(instruction)
    if keyword in ("COPY", "ADD"):
        if count < 2:
            return f"{keyword} needs a source and a destination"
        if instruction.form == "shell" and heredoc_start(instruction.words[-1].value) is not None:
            return f"{keyword} cannot take a here-document as its destination"
    if keyword == "HEALTHCHECK":
        return _health_complaint(instruction)
    if keyword == "SHELL" and (instruction.form != "exec" or not count):
        return 'SHELL needs a JSON list, such as ["/bin/sh", "-c"]'
    if count == 0 and keyword not in ("RUN", "CMD", "ENTRYPOINT"):
        return f"{keyword} needs an argument"
    if any(not pair.name.value for pair in instruction.pairs):
        return f"{keyword} has a value without a name"
    return ""


def _wrong_flag(instruction: Instruction) -> str:
    known = FLAGS.get(instruction.keyword, {})
    seen: set[str] = set()
    for flag in instruction.flags:
        if flag.name not in known:
            return f"{instruction.keyword} has no flag `--{flag.name[:40]}`"
        if flag.name in seen and flag.name not in _REPEATABLE:
            return f"`--{flag.name}` is given twice"
        seen.add(flag.name)
        if known[flag.name]:
            if flag.value is not None and flag.value.lower() not in ("true", "false"):
                return f"`--{flag.name}` is true or false"
        elif flag.value is None:
            return f"`--{flag.name}` needs a value"
    return ""


def _from(instruction: Instruction) -> str:
    given = [word.value for word in instruction.words]
    if len(given) == 3 and given[1].lower() == "as":
        if not _STAGE_NAME.fullmatch(given[2].lower()):
            return f"`{given[2][:40]}` is no name for a stage; it starts with a letter"
        return ""
    return "" if len(given) == 1 else "FROM takes an image, and optionally `AS name`"


def _health_complaint(instruction: Instruction) -> str:
    if not instruction.words:
        return "HEALTHCHECK needs CMD or NONE"
    kind = instruction.words[0].value.upper()
    if kind == "NONE":
        return "HEALTHCHECK NONE takes no command" if len(instruction.words) > 1 else ""
    if kind != "CMD":
        return f"HEALTHCHECK knows CMD and NONE, not `{instruction.words[0].value[:40]}`"
    return "" if len(instruction.words) > 1 else "HEALTHCHECK CMD needs a command"
