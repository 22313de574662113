"""Takes one wrapper off a command line: ``timeout 5m uv run pytest`` -> ``uv run pytest`` -> ``pytest``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from gradeline.facts.arguments import HOLE, Arguments, Grammar, grammar, is_option, is_unknown, read
from gradeline.facts.catalogue import Environment, data, image_command, program, tool_of_module
from gradeline.facts.install import wrapper_installs
from gradeline.facts.interpreters import interpreter, script_file
from gradeline.facts.readings import Unwrapped
from gradeline.facts.runners import runner
from gradeline.facts.words import Words

FROM_INPUT = "./" + HOLE  # a file name that the command reads or finds


def unwrap(argv: Sequence[str | None], env: Environment) -> Unwrapped | None:
    """The first wrapper of ``argv``, or None when it is no wrapper (it may still be a tool).

    ``argv`` includes the program; ``env`` are its exported variables (None: value unknown).  Ask first
    whether the repository holds ``argv[0]``: a file there is that file, whatever its name.
    """
    if not argv or not argv[0]:
        return None
    words = Words.of(argv)
    name = program(argv[0])
    if not name:
        return script_file(argv[0], words) if "/" in argv[0] and not is_unknown(argv[0]) else None
    entry, rest, arguments = _entry(name, words)
    if entry is None:
        return runner(name, words, env)
    if entry.get("raw"):
        return interpreter(entry["special"], name, rest)
    if arguments.has(*_names(entry, "no_run")):
        option = next(item for item in _names(entry, "no_run") if item in arguments.options)
        return Unwrapped("command", entry["name"], pretends=f"`{option}` keeps `{entry['name']}` from running anything")
    special = _SPECIAL.get(entry.get("special", ""))
    if special is not None:
        return special(entry, arguments, rest, env)
    return _plain(entry, arguments, rest, env)


@cache
def _grammar(name: str, index: int) -> Grammar:
    entry = data()["wrappers"][name][index]
    flags = [*entry.get("flags", ()), *(item for item in entry.get("no_run", ()))]
    valued = [*entry.get("values", ()), *entry.get("module", ()), *entry.get("script", ())]
    spelled = {spelling for item in valued for spelling in item.split("|")}
    flags = [item for item in flags if item.split("|")[0] not in spelled]
    return grammar(valued, flags, style="go" if entry.get("style") == "go" else "posix")


def _names(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(item.split("|")[0] for item in entry.get(key, ()))


def _entry(name: str, words: Words) -> tuple[Mapping[str, Any] | None, Words, Arguments]:
    """The wrapper with the longest matching subcommand, what follows its options, and the options."""
    best: tuple[Mapping[str, Any] | None, Words, Arguments] = (None, words, Arguments({}))
    longest = -1
    for index, entry in enumerate(data()["wrappers"].get(name, ())):
        wanted: Sequence[str] = entry.get("words", ())
        if len(wanted) <= longest:
            continue
        rules = _grammar(name, index)
        rest = words.drop(1)
        options: dict[str, tuple[str | None, ...]] = {}
        matched = True
        for word in wanted:
            arguments = read(rest.values, rules)
            if arguments.rest >= len(rest) or rest.values[arguments.rest] != word:
                matched = False
                break
            _merge(options, arguments)
            rest = rest.drop(arguments.rest + 1)
        if not matched:
            continue
        if entry.get("raw"):
            best = entry, rest, Arguments({})
            continue
        arguments = read(rest.values, rules)
        _merge(options, arguments)
        best = entry, rest.drop(arguments.rest), Arguments(options)
        longest = len(wanted)
    return best


def _merge(options: dict[str, tuple[str | None, ...]], arguments: Arguments) -> None:
    for option, values in arguments.options.items():
        options[option] = options.get(option, ()) + values


def _assignments(rest: Words) -> tuple[dict[str, str | None], Words]:
    """Leading ``NAME=VALUE`` words, and what follows them."""
    added: dict[str, str | None] = {}
    index = 0
    for word in rest.values:
        name, equals, value = (word or "").partition("=")
        if not equals or not name.replace("_", "a").isalnum() or name[0].isdigit():
            break
        added[name] = None if HOLE in value else value
        index += 1
    return added, rest.drop(index)


def _pairs(values: Sequence[str | None]) -> dict[str, str | None]:
    """Environment given by options such as ``-e NAME=VALUE``; without a value it is taken from outside."""
    added: dict[str, str | None] = {}
    for value in values:
        name, equals, text = (value or "").partition("=")
        if name and equals:
            added[name] = None if HOLE in text else text
    return added


def _plain(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    added: dict[str, str | None] = _pairs(arguments.all(*_names(entry, "env")))
    if entry.get("assignments"):
        given, rest = _assignments(rest)
        added |= given
    common = _Common(entry, arguments, added)
    for option in _names(entry, "text"):
        if arguments.has(option):
            return common.text(arguments.last(option))
    if entry.get("container"):
        return _container(common, arguments, rest)
    service: str | None = None
    if entry.get("service"):
        service, rest = rest.first, rest.drop(1)
    else:
        rest = rest.drop(entry.get("operands", 0))
    if rest.first == "--":
        rest = rest.drop(1)
    module = _names(entry, "module")
    if module and arguments.has(*module):
        return common.module(arguments.last(*module), rest, wrapper_installs(entry, arguments, rest, env))
    script = _names(entry, "script")
    if script and arguments.has(*script):
        return common.file(arguments.last(*script), rest, wrapper_installs(entry, arguments, rest, env))
    if not rest:
        return None
    installs = wrapper_installs(entry, arguments, rest, env)
    if entry.get("package"):
        rest = _bare_command(rest, arguments, entry)
    first = rest.first
    if entry.get("python_files") and first is not None and first.endswith(".py") and not is_option(first):
        return common.file(first, rest.drop(1), installs)
    if entry.get("python_files") and first == "-":
        return common.stdin("python", installs)
    return common.command(rest, installs=installs, service=service, fallback=entry.get("runner", ""))


class _Common:
    """What every answer about one wrapper shares."""

    def __init__(
        self, entry: Mapping[str, Any], arguments: Arguments, env: Mapping[str, str | None], image: str | None = None
    ) -> None:
        self.name: str = entry["name"]
        self.env = env
        self.directory = arguments.last(*_names(entry, "directory"))
        self.remote = bool(entry.get("remote"))
        self.replaces = bool(entry.get("replaces"))
        detached = arguments.has(*_names(entry, "detached"))
        self.swallows = detached
        self.image = image

    def command(
        self,
        words: Words,
        installs: Any = None,
        service: str | None = None,
        fallback: str = "",
        names: tuple[str | None, ...] = (),
    ) -> Unwrapped:
        return Unwrapped(
            "runner" if fallback else "command",
            self.name,
            words.values,
            words.places,
            runner=fallback,
            names=(names or (words.first,)) if fallback else (),
            fallback=bool(fallback),
            env=self.env,
            directory=self.directory,
            image=self.image,
            service=service,
            remote=self.remote,
            status="swallowed" if self.swallows else "passes",
            replaces=self.replaces,
            installs=installs,
        )

    def text(self, text: str | None, program: str = "sh", words: Words | None = None) -> Unwrapped:
        words = words or Words((), ())
        return Unwrapped(
            "text", self.name, words.values, words.places, text=text, program=program, env=self.env,
            directory=self.directory, remote=self.remote, image=self.image,
            status="swallowed" if self.swallows else "passes",
        )

    def file(self, path: str | None, words: Words, installs: Any = None) -> Unwrapped:
        return Unwrapped(
            "file", self.name, words.values, words.places, path=path, program="python", env=self.env,
            directory=self.directory, installs=installs,
        )

    def module(self, module: str | None, words: Words, installs: Any = None) -> Unwrapped:
        known = tool_of_module(module) if module else None
        if known is not None:
            return self.command(words.before(known), installs)
        return Unwrapped(
            "file", self.name, words.values, words.places, module=module, program="python", env=self.env,
            directory=self.directory, installs=installs,
        )

    def stdin(self, program: str, installs: Any = None) -> Unwrapped:
        return Unwrapped(
            "stdin", self.name, program=program, env=self.env, directory=self.directory, remote=self.remote,
            status="swallowed" if self.swallows else "passes", installs=installs,
        )


def _bare_command(rest: Words, arguments: Arguments, entry: Mapping[str, Any]) -> Words:
    """The program that a package such as ``ruff@0.5``, ``@scope/tool`` or ``mod/cmd/tool@v1`` provides."""
    first = rest.first
    if first is None or is_unknown(first):
        return rest
    name = first.rpartition("#")[2] if entry["package"] == "nix" else first
    for separator in ("==", "~=", ">=", "<", ">"):
        name = name.partition(separator)[0]
    head, found, tail = name.partition("@")
    name = head if head or not found else "@" + tail.partition("@")[0]
    name = name.partition("[")[0].rpartition("/")[2]
    tail_words = rest.drop(1)
    if entry["package"] == "nix" and tail_words.first == "--":
        tail_words = tail_words.drop(1)
    if entry["package"] == "go" and name == ".":
        return rest
    return tail_words.before(name, rest.places[0])


def _container(common: _Common, arguments: Arguments, rest: Words) -> Unwrapped | None:
    if not rest:
        return None
    image, words = rest.first, rest.drop(1)
    common.image = None if image is None else image
    entrypoint = arguments.last("--entrypoint")
    if arguments.has("--entrypoint"):
        return common.command(words.before(entrypoint) if entrypoint != "" else words)
    command = None if image is None else image_command(image)
    if command is not None and (not words or program(words.first) != command[0]):
        for word in reversed(command):
            words = words.before(word)
    return common.command(words)


# -- wrappers with a syntax of their own ---------------------------------------------------------


def _env(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    common = _Common(entry, arguments, {})
    split = arguments.last("--split-string")
    if arguments.has("--split-string"):
        if split is None:
            return common.command(Words((None, *rest.values), (None, *rest.places)))
        from gradeline.facts.arguments import split_words

        made = split_words(split)
        rest = Words((*made, *rest.values), (*(None for _ in made), *rest.places))
    added, rest = _assignments(rest)
    common.env = added
    return common.command(rest) if rest else None


def _flock(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    common = _Common(entry, arguments, {})
    rest = rest.drop(1)
    if arguments.has("--command"):
        return common.text(arguments.last("--command"))
    if rest.first in ("-c", "--command"):
        return common.text(rest.drop(1).first)
    return common.command(rest) if rest else None


def _script(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    if not arguments.has("--command"):
        return None
    common = _Common(entry, arguments, {})
    common.swallows = not arguments.has("--return")
    return common.text(arguments.last("--command"))


def _su(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    common = _Common(entry, arguments, {})
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


def _xargs(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    common = _Common(entry, arguments, {})
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


def _find(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
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


def _ssh(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    rest = rest.drop(1)
    while rest and is_option(rest.first):
        rest = rest.drop(2 if rest.first in entry["values"] else 1)
    if rest.first == "--":
        rest = rest.drop(1)
    text = " ".join(HOLE if word is None else word for word in rest.values)
    kind: Any = "text" if rest else "stdin"
    return Unwrapped(
        kind, entry["name"], text=text if rest else None, program="sh", remote=True,
        status="swallowed" if arguments.has("-f") else "passes",
    )


def _parallel(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    common = _Common(entry, arguments, {})
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


def _source(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    if not rest:
        return None
    inner = rest.drop(1)
    return Unwrapped("file", entry["name"], inner.values, inner.places, path=rest.first, program="bash", sourced=True)


def _eval(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    unknown = any(word is None for word in rest.values)
    text = " ".join(HOLE if word is None else word for word in rest.values)
    return Unwrapped("text", entry["name"], text=None if unknown and len(rest) == 1 else text, program="bash", sourced=True)


def _hatch(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    """``hatch run env:script``; ``hatch -e env run script`` means the same."""
    if not rest or rest.first is None:
        return _plain(entry, arguments, rest, env)
    first = rest.first
    chosen = arguments.last("--env")
    if first.endswith(".py"):
        return _Common(entry, arguments, {}).file(first, rest.drop(1))
    prefix, colon, script = first.partition(":")
    selected = colon and not is_unknown(prefix) and "/" not in prefix and " " not in prefix
    inner = rest.drop(1).before(script, rest.places[0]) if selected and script else rest
    name = first if selected or not chosen else f"{chosen}:{first}"
    return _Common(entry, arguments, {}).command(inner, fallback="hatch", names=(name,))


def _dashc(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    values = rest.values
    for mark in ("-c", "--command"):
        if mark in values:
            return _Common(entry, arguments, {}).command(rest.drop(values.index(mark) + 1))
    if arguments.has("-c", "--command"):
        return _Common(entry, arguments, {}).command(rest)
    return None


def _until_dashes(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    if "--" not in rest.values:
        return None
    return _Common(entry, arguments, {}).command(rest.drop(rest.values.index("--") + 1))


def _mise(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    if arguments.has("--command"):
        return _Common(entry, arguments, {}).text(arguments.last("--command"))
    if "--" in rest.values:
        return _until_dashes(entry, arguments, rest, env)
    return _Common(entry, arguments, {}).command(rest) if rest else None


def _last_text(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    return _Common(entry, arguments, {}).text(rest.values[-1]) if len(rest) > 1 else None


def _coverage(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    """``coverage run`` measures by itself, so a known tool inside it stays part of its reading."""
    if arguments.has("-m", "--module"):
        module = rest.first
        if module is None or tool_of_module(module) is not None:
            return None
        return _Common(entry, arguments, {}).module(module, rest.drop(1))
    return _Common(entry, arguments, {}).file(rest.first, rest.drop(1)) if rest else None


def _launcher(entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    common = _Common(entry, arguments, {})
    if arguments.has("-m", "--module"):
        return common.module(rest.first, rest.drop(1))
    return common.file(rest.first, rest.drop(1)) if rest else None


_SPECIAL = {
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
