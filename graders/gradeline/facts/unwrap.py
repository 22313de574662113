"""Takes one wrapper off a command line: ``timeout 5m uv run pytest`` -> ``uv run pytest`` -> ``pytest``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from gradeline.facts import catalogue
from gradeline.facts.arguments import HOLE, Arguments, Grammar, grammar, is_option, is_unknown, read
from gradeline.facts.catalogue import Environment, image_command, program
from gradeline.facts.command_words import Words
from gradeline.facts.install import wrapper_installs
from gradeline.facts.interpreters import interpreter, script_file
from gradeline.facts.kept import Kept
from gradeline.facts.readings import Unwrapped
from gradeline.facts.runners import runner
from gradeline.facts.special_wrappers import SPECIAL
from gradeline.facts.wrappers import Common, Entry, leading_assignments, option_names


def unwrap(argv: Sequence[str | None], env: Environment) -> Unwrapped | None:
    """The first wrapper of ``argv``, or None when it is no wrapper (it may still be a tool).

    ``argv`` includes the program; ``env`` are its exported variables (None: value unknown).  Ask first
    whether the repository holds ``argv[0]``: a file there is that file, whatever its name.
    """
    return _KEPT(tuple(argv), env) if argv and argv[0] else None


def _unwrapped(argv: tuple[str | None, ...], env: Environment) -> Unwrapped | None:
    if not argv[0]:
        return None
    words = Words.of(argv)
    name = program(argv[0])
    if not name:
        return script_file(argv[0], words) if "/" in argv[0] and not is_unknown(argv[0]) else None
    entry, rest, arguments = _entry(name, words)
    if entry is None:
        found = runner(name, words, env)
        if found is None and "/" in argv[0] and argv[0][0] not in "/~" and name not in catalogue.index("commands"):
            return script_file(argv[0], words)
        return found
    if entry.get("raw"):
        return interpreter(entry["special"], name, rest)
    if arguments.has(*option_names(entry, "no_run")):
        option = next(item for item in option_names(entry, "no_run") if item in arguments.options)
        return Unwrapped("command", entry["name"], pretends=f"`{option}` keeps `{entry['name']}` from running anything")
    special = SPECIAL.get(entry.get("special", ""))
    if special is not None:
        return special(entry, arguments, rest)
    return _plain(entry, arguments, rest, env)


_KEPT = Kept(_unwrapped)


@cache
def _grammar(name: str, index: int) -> Grammar:
    entry = catalogue.entry("wrapper", name)[index]
    flags = [*entry.get("flags", ()), *(item for item in entry.get("no_run", ()))]
    valued = [*entry.get("values", ()), *entry.get("module", ()), *entry.get("script", ())]
    spelled = {spelling for item in valued for spelling in item.split("|")}
    flags = [item for item in flags if item.split("|")[0] not in spelled]
    return grammar(valued, flags, style="go" if entry.get("style") == "go" else "posix")


def _entry(name: str, words: Words) -> tuple[Entry | None, Words, Arguments]:
    """The wrapper with the longest matching subcommand, what follows its options, and the options."""
    best: tuple[Entry | None, Words, Arguments] = (None, words, Arguments({}))
    longest = -1
    for index, entry in enumerate(catalogue.entry("wrapper", name) or ()):
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


def _pairs(values: Sequence[str | None]) -> dict[str, str | None]:
    """Environment given by options such as ``-e NAME=VALUE``; without a value it is taken from outside."""
    added: dict[str, str | None] = {}
    for value in values:
        name, equals, text = (value or "").partition("=")
        if name and equals:
            added[name] = None if HOLE in text else text
    return added


def _plain(entry: Entry, arguments: Arguments, rest: Words, env: Environment) -> Unwrapped | None:
    added: dict[str, str | None] = _pairs(arguments.all(*option_names(entry, "env")))
    if entry.get("assignments"):
        given, rest = leading_assignments(rest)
        added |= given
    common = Common(entry, arguments, added)
    for option in option_names(entry, "text"):
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
    module = option_names(entry, "module")
    if module and arguments.has(*module):
        return common.module(arguments.last(*module), rest, wrapper_installs(entry, arguments, rest, env))
    script = option_names(entry, "script")
    if script and arguments.has(*script):
        return common.file(arguments.last(*script), rest, wrapper_installs(entry, arguments, rest, env))
    if not rest:
        return common.command(rest, service=service) if service is not None else None
    installs = wrapper_installs(entry, arguments, rest, env)
    if entry.get("package"):
        rest = _bare_command(rest, arguments, entry)
    first = rest.first
    if entry.get("python_files") and first is not None and first.endswith(".py") and not is_option(first):
        return common.file(first, rest.drop(1), installs)
    if entry.get("python_files") and first == "-":
        return common.stdin("python", installs)
    return common.command(rest, installs=installs, service=service, fallback=entry.get("runner", ""))


def _bare_command(rest: Words, arguments: Arguments, entry: Entry) -> Words:
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


def _container(common: Common, arguments: Arguments, rest: Words) -> Unwrapped | None:
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
