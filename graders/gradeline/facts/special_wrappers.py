"""Wrappers with a syntax of their own: ``env -S``, ``xargs``, ``find -exec``, ``ssh host command``, ...

Each function gets the wrapper's entry, its options and the words after them.
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.facts.arguments import HOLE, Arguments, is_option, is_unknown, split_words
from gradeline.facts.catalogue import tool_of_module
from gradeline.facts.command_words import Words
from gradeline.facts.readings import Unwrapped
from gradeline.facts.wrappers import FROM_INPUT, Common, Entry, leading_assignments


def _env(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    common = Common(entry, arguments)
    split = arguments.last("--split-string")
    if arguments.has("--split-string"):
        if split is None:
            return common.command(Words((None, *rest.values), (None, *rest.places)))
        made = split_words(split)
        rest = Words((*made, *rest.values), (*(None for _ in made), *rest.places))
    added, rest = leading_assignments(rest)
    common.env = added
    return common.command(rest) if rest else None


def _flock(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    common = Common(entry, arguments)
    rest = rest.drop(1)
    if arguments.has("--command"):
        return common.text(arguments.last("--command"))
    if rest.first in ("-c", "--command"):
        return common.text(rest.drop(1).first)
    return common.command(rest) if rest else None


def _script(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    if not arguments.has("--command"):
        return None
    common = Common(entry, arguments)
    common.swallows = not arguments.has("--return")
    return common.text(arguments.last("--command"))


def _su(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    common = Common(entry, arguments)
    if arguments.has("--command"):
        return common.text(arguments.last("--command"))
    if rest.first == "-":
        rest = rest.drop(1)
    if arguments.has("--user"):
        return common.command(rest) if rest else None
    rest = rest.drop(1)
    if rest.first == "--":
        rest = rest.drop(1)
    if rest.first in ("-c", "--command"):
        return common.text(rest.drop(1).first)
    return common.stdin("sh")


def _xargs(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    common = Common(entry, arguments)
    if not rest:
        return None
    if arguments.has("--replace"):
        mark = arguments.last("--replace") or "{}"
        values = tuple(
            word.replace(mark, FROM_INPUT if word == mark else HOLE) if word and mark in word else word
            for word in rest.values
        )
        return common.command(Words(values, rest.places))
    return common.command(Words((*rest.values, FROM_INPUT), (*rest.places, None)))


def _find(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    """The first command of ``-exec``.  With ``;`` its status only selects files."""
    values = rest.values
    for index, word in enumerate(values):
        if word not in ("-exec", "-execdir", "-ok", "-okdir"):
            continue
        end = next((at for at in range(index + 1, len(values)) if values[at] in (";", "\\;", "+")), len(values))
        inner = tuple(
            piece.replace("{}", FROM_INPUT if piece == "{}" else HOLE) if piece else piece
            for piece in values[index + 1 : end]
        )
        if not inner:
            return None
        batch = end < len(values) and values[end] == "+"
        return Unwrapped(
            "command", entry["name"], inner, rest.places[index + 1 : end], status="passes" if batch else "swallowed"
        )
    return None


def _ssh(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    rest = rest.drop(1)
    while rest and is_option(rest.first):
        rest = rest.drop(2 if rest.first in entry["values"] else 1)
    if rest.first == "--":
        rest = rest.drop(1)
    text = " ".join(HOLE if word is None else word for word in rest.values)
    return Unwrapped(
        "text" if rest else "stdin", entry["name"], text=text if rest else None, program="sh", remote=True,
        status="swallowed" if arguments.has("-f") else "passes",
    )


def _parallel(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    common = Common(entry, arguments)
    values = rest.values
    end = next((at for at, word in enumerate(values) if word in (":::", "::::", ":::+")), len(values))
    inner = values[:end]
    if not inner:
        return None
    if len(inner) == 1 and inner[0] is not None and " " in inner[0].strip():
        return common.text(inner[0].replace("{}", FROM_INPUT))
    placed = any(word and "{" in word for word in inner)
    made = tuple(FROM_INPUT if word == "{}" else word.replace("{}", HOLE) if word else word for word in inner)
    if placed:
        return common.command(Words(made, rest.places[:end]))
    return common.command(Words((*made, FROM_INPUT), (*rest.places[:end], None)))


def _source(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    if not rest:
        return None
    inner = rest.drop(1)
    return Unwrapped("file", entry["name"], inner.values, inner.places, path=rest.first, program="bash", sourced=True)


def _eval(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    text = " ".join(HOLE if word is None else word for word in rest.values)
    return Unwrapped("text", entry["name"], text=None if text == HOLE else text, program="bash", sourced=True)


def _hatch(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    """``hatch run env:script``; ``hatch -e env run script`` means the same."""
    if not rest or rest.first is None:
        return Common(entry, arguments).command(rest, fallback="hatch") if rest else None
    first = rest.first
    chosen = arguments.last("--env")
    if first.endswith(".py"):
        return Common(entry, arguments).file(first, rest.drop(1))
    prefix, colon, script = first.partition(":")
    selected = colon and not is_unknown(prefix) and "/" not in prefix and " " not in prefix
    inner = rest.drop(1).before(script, rest.places[0]) if selected and script else rest
    name = first if selected or not chosen else f"{chosen}:{first}"
    return Common(entry, arguments).command(inner, fallback="hatch", names=(name,))


def _dashc(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    values = rest.values
    for mark in ("-c", "--command"):
        if mark in values:
            return Common(entry, arguments).command(rest.drop(values.index(mark) + 1))
    if arguments.has("-c", "--command"):
        return Common(entry, arguments).command(rest)
    return None


def _until_dashes(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    if "--" not in rest.values:
        return None
    return Common(entry, arguments).command(rest.drop(rest.values.index("--") + 1))


def _mise(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    if arguments.has("--command"):
        return Common(entry, arguments).text(arguments.last("--command"))
    if "--" in rest.values:
        return _until_dashes(entry, arguments, rest)
    return Common(entry, arguments).command(rest) if rest else None


def _last_text(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    return Common(entry, arguments).text(rest.values[-1]) if len(rest) > 1 else None


def _coverage(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    """``coverage run`` measures by itself, so a known tool inside it stays part of its reading."""
    if arguments.has("-m", "--module"):
        module = rest.first
        if module is None or tool_of_module(module) is not None:
            return None
        return Common(entry, arguments).module(module, rest.drop(1))
    return Common(entry, arguments).file(rest.first, rest.drop(1)) if rest else None


def _launcher(entry: Entry, arguments: Arguments, rest: Words) -> Unwrapped | None:
    common = Common(entry, arguments)
    if arguments.has("-m", "--module"):
        return common.module(rest.first, rest.drop(1))
    return common.file(rest.first, rest.drop(1)) if rest else None


SPECIAL: dict[str, Callable[[Entry, Arguments, Words], Unwrapped | None]] = {
    "env": _env,
    "flock": _flock,
    "script": _script,
    "su": _su,
    "xargs": _xargs,
    "find": _find,
    "ssh": _ssh,
    "parallel": _parallel,
    "source": _source,
    "eval": _eval,
    "hatch": _hatch,
    "dashc": _dashc,
    "until-dashes": _until_dashes,
    "mise": _mise,
    "last-text": _last_text,
    "coverage": _coverage,
    "launcher": _launcher,
}
