"""The tool catalogue: ``tools/*.yaml``, compiled to ``tools.compiled`` and loaded when first asked for.

``python -m gradeline.facts.compile_tools`` compiles it; a test compares the two.  Every line of the
compiled file is a kind, a name and a JSON value, separated by tabs; a value is parsed when it is used,
so that a run pays only for the tools of its pipelines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from gradeline.facts.arguments import HOLE, Arguments, Grammar, grammar, is_unknown, read, split_words
from gradeline.records import record, replace

Environment = Mapping[str, str | None]
_GRAMMAR = (
    "values", "flags", "greedy", "numeric", "many", "pairs", "style", "abbreviations", "complete",
    "unlisted_takes_value",
)
_LISTS = ("values", "flags", "greedy", "numeric", "many", "pairs")
_VALUED = ("values", "greedy", "numeric", "many", "pairs")
_INFO = ("--help", "-h", "--version")
MAX_WORDS = 4  # of a subcommand, such as ``aws ecs update-service``


@record
class Form:
    """One way to call a program: a subcommand with its options, classes and rules."""

    tool: str
    name: str
    classes: tuple[str, ...]
    rules: tuple[Mapping[str, Any], ...]
    grammar: Grammar
    info: frozenset[str]
    targets: tuple[str, ...]
    excluded: tuple[str, ...]
    operands: int
    fails: bool | None
    scopes: tuple[str, ...]
    env_words: tuple[str, ...]
    env_options: Mapping[str, str]
    env_prefix: str

    @cached_property
    def by_variable(self) -> Mapping[str, str]:
        """The option that each environment variable stands for."""
        found = dict(self.env_options)
        if self.env_prefix:
            for name in sorted({*self.grammar.values.values(), *self.grammar.flags.values()} - self.info):
                found.setdefault(self.env_prefix + name.lstrip("-").upper().replace("-", "_"), name)
        return found


@record
class Call:
    """A command line that matches a form.  ``hidden``: unknown words may be options."""

    form: Form
    arguments: Arguments
    hidden: bool
    env: Environment


@cache
def _lines() -> Mapping[str, str]:
    """The JSON text of every entry, by its kind and name."""
    text = Path(__file__).with_name("tools.compiled").read_text(encoding="utf-8")
    entries: dict[str, str] = {}
    for line in text.split("\n"):
        kind, _, rest = line.partition("\t")
        name, _, value = rest.partition("\t")
        entries[f"{kind} {name}"] = value
    return entries


@cache
def entry(kind: str, name: str) -> Any:
    """One entry of the catalogue, None when there is none.  Kinds: tool, action, wrapper, runners, index."""
    text = _lines().get(f"{kind} {name}")
    return None if text is None else json.loads(text)


def index(name: str) -> Mapping[str, Any]:
    """An index: ``commands`` and ``modules`` to tools, ``images`` to entry points, ``homes`` to addresses."""
    found: dict[str, Any] = entry("index", name)
    return found


def runners() -> Sequence[Mapping[str, Any]]:
    """All task runners, in the order of the catalogue."""
    found: list[Mapping[str, Any]] = entry("runners", "all")
    return found


def program(word: str | None) -> str:
    """The name a program goes by: without folder, ``.exe`` and the version of an interpreter.

    Empty for a word with unknown parts in its last component, and for a relative path outside a folder
    of programs: that is a script of the repository, whatever it is called.
    """
    if not word or word.endswith(HOLE):
        return ""
    folder, _, name = word.replace("\\", "/").rpartition("/")
    if folder and not (word.startswith(("/", HOLE, "~")) or folder.rpartition("/")[2] in ("bin", ".bin", "Scripts")):
        return ""
    if HOLE in name:
        return ""
    name = name.removesuffix(".exe")
    for stem in ("python", "pypy", "pip"):
        if name.startswith(stem) and name != stem and set(name[len(stem) :]) <= set("0123456789."):
            return "python" if stem == "pypy" else stem
    return name


def tool_of_module(module: str) -> str | None:
    """The command that ``python -m module`` runs, when the catalogue knows it."""
    found: str | None = index("modules").get(module)
    return found


def image_command(image: str) -> tuple[str, ...] | None:
    """The entry point of a well-known image, None for any other."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    name = (head + "/" if head else "") + last.partition(":")[0]
    name = name.removeprefix("docker.io/").removeprefix("library/")
    found = index("images").get(name)
    return None if found is None else tuple(found)


@cache
def _form(tool: str, name: str) -> Form:
    whole: Mapping[str, Any] = entry("tool", tool)
    own: Mapping[str, Any] = whole.get("sub", {}).get(name, {}) if name else whole
    own = whole["sub"][own["same"]] if "same" in own else own
    rules: dict[str, Any] = {}
    for key in _GRAMMAR:
        if key in _LISTS:
            rules[key] = [*own.get(key, ()), *(whole.get(key, ()) if name else ())]
        elif key in own or key in whole:
            rules[key] = own.get(key, whole.get(key))
    valued = {spelling for key in _VALUED for item in rules[key] for spelling in item.split("|")}
    info = tuple(word for word in own.get("info", whole.get("info", _INFO)) if word not in valued)
    rules["flags"] = [*rules["flags"], *(word for word in info if not _listed(word, rules))]
    return Form(
        tool=tool,
        name=name,
        classes=tuple(own.get("classes", ())),
        rules=tuple(own.get("rules", ())),
        grammar=grammar(**rules),
        info=frozenset(info),
        targets=tuple(own.get("targets", ("@",))),
        excluded=tuple(own.get("excluded", ())),
        operands=own.get("operands", 0),
        fails=own.get("fails", True),
        scopes=tuple(own.get("scopes", ())),
        env_words=tuple(whole.get("env_words", ())),
        env_options=whole.get("env_options", {}),
        env_prefix=whole.get("env_prefix", ""),
    )


def _listed(word: str, rules: Mapping[str, Any]) -> bool:
    return any(word in entry.split("|") for key in _LISTS for entry in rules[key])


def all_classes(word: str | None) -> frozenset[str]:
    """Every class that some way to call the program has; empty for a program that is not known."""
    tool: str | None = index("commands").get(program(word))
    whole: Mapping[str, Any] = entry("tool", tool) if tool is not None else {}
    forms = [whole, *whole.get("sub", {}).values()]
    return frozenset(name for form in forms for name in form.get("classes", ()))


def find_call(argv: Sequence[str | None], env: Environment) -> Call | None:
    """The form that a command line has, or None when the catalogue does not know the command."""
    if not argv:
        return None
    tool: str | None = index("commands").get(program(argv[0]))
    if tool is None:
        return None
    whole: Mapping[str, Any] = entry("tool", tool)
    before, uncertain = _environment_words(whole, env)
    words: list[str | None] = [*before, *argv[1:]]
    name = ""
    if "sub" in whole:
        found = _subcommand(tool, whole, words)
        if found is None:
            return None
        name, words = found
    form = _form(tool, name)
    arguments = read(words, form.grammar)
    hidden = uncertain or _hidden(arguments, form.operands)
    return Call(form, _with_environment(arguments, form, env), hidden, env)


def _environment_words(whole: Mapping[str, Any], env: Environment) -> tuple[tuple[str, ...], bool]:
    words: tuple[str, ...] = ()
    uncertain = False
    for variable in whole.get("env_words", ()):
        value = env.get(variable, "")
        if value is None:
            uncertain = True
        elif value:
            words += split_words(value)
    return words, uncertain


def _subcommand(
    tool: str, whole: Mapping[str, Any], words: list[str | None]
) -> tuple[str, list[str | None]] | None:
    """The longest subcommand the words start with, and the words without it."""
    outer = _form(tool, "").grammar
    names: Mapping[str, Any] = whole["sub"]
    taken: list[int] = []
    path: list[str] = []
    best: tuple[str, list[int]] | None = None
    start = 0
    while len(path) < MAX_WORDS:
        rest = read(words[start:], _stopping(outer)).rest
        place = start + rest
        if place >= len(words) or (place > 0 and words[place - 1] == "--"):
            break
        word = words[place]
        if word is None or is_unknown(word):
            break
        path.append(word)
        taken.append(place)
        name = " ".join(path)
        if name in names:
            best = (name, list(taken))
        elif not any(known.startswith(name + " ") for known in names):
            break
        if name in whole.get("between", {}):
            outer = grammar(values=whole["between"][name])  # options of a group of subcommands
        start = place + 1
    if best is None:
        return ("", words) if whole.get("bare") else None
    return best[0], [word for place, word in enumerate(words) if place not in best[1]]


def _stopping(rules: Grammar) -> Grammar:
    if rules.style in ("posix", "go"):
        return rules
    return replace(rules, style="go" if rules.style == "go-mixed" else "posix")


def _hidden(arguments: Arguments, expected: int) -> bool:
    """Whether some unknown word need not be an operand.

    A program that needs ``expected`` operands gets them even when they are spelled with variables; any
    further unknown word may just as well be ``--help``.
    """
    return bool(arguments.wild) and len(arguments.operands) > expected


def _with_environment(arguments: Arguments, form: Form, env: Environment) -> Arguments:
    """Options that are given by environment variables count unless the command line gives them too."""
    if not form.env_options and not form.env_prefix:
        return arguments
    options = dict(arguments.options)
    for variable, name in form.by_variable.items():
        if variable in env and name not in options:
            options[name] = (env[variable],)
    return Arguments(
        options, arguments.operands, arguments.places, arguments.wild, arguments.doubtful, arguments.dashes,
        arguments.rest,
    )
