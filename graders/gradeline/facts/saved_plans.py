"""Where a saved plan goes: other files that hold it, encrypted or as it is, and stores that it is copied to.

A saved plan has the values of secret variables in plain text, and so has what ``terraform show -json`` makes of it
(Terraform documentation, "terraform plan", -out; "Manage sensitive data in your configuration").  What
``terraform show`` prints for people hides them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.terraform_commands import PROGRAMS, terraform_commands
from gradeline.model.pipeline import Unit
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

State = Literal["open", "sealed"]
_SEALERS = frozenset({"gpg", "gpg2", "age", "rage", "openssl", "sops", "ansible-vault", "minisign"})
_OPENS = frozenset({"-d", "--decrypt", "-D", "decrypt"})
_COPIES = frozenset({"cp", "mv", "tar", "zip", "gzip", "zstd", "xz", "bzip2", "install", "tee", "cat", "dd"})
_INTO = frozenset({"-o", "--output", "-out", "--out", "-f", "--file", "-cf", "-czf", "-zcf", "-cvf", "-czvf"})
_ENDINGS = (".gpg", ".age", ".enc", ".asc", ".gz", ".tar", ".zip", ".tgz", ".zst")
_CLIENTS = frozenset({"aws", "gcloud", "gsutil", "s3cmd", "rclone", "mc"})
_VERBS = frozenset({"cp", "copy", "copyto", "mv", "put", "get"})
_WRITES = (">", ">|", ">>")
_STORES = ("s3://", "gs://", "https://", "oci://", "az://")


@record
class Held:
    """A file with a plan in it.  ``name`` is the last part of its path, unknown parts are ``HIDDEN``."""

    name: str
    state: State


@record
class Copied:
    """A copy between a file and a store.  ``up`` is true for one into the store."""

    name: str
    address: str
    up: bool
    span: Span


def held(facts: PipelineFacts, unit: Unit, plan: str) -> tuple[Held, ...]:
    """The plan with this name and every file that the scripts of the unit make of it, in their order."""
    found: dict[str, State] = {_base(plan): "open"}
    for used in _used(facts, unit):
        made = _made(used, found)
        if made is not None:
            found.setdefault(made.name, made.state)
    return tuple(Held(name, state) for name, state in found.items())


def made_of(facts: PipelineFacts, unit: Unit, name: str, known: frozenset[str]) -> bool:
    """Whether the unit makes a file with this name out of one of those that are known, such as by decrypting it."""
    found = set(known)
    for used in _used(facts, unit):
        inputs = {_base(word) for word in (*used.words[1:], *used.given)}
        if inputs & found and _base(used.words[0]) not in PROGRAMS:
            found |= {one.removesuffix(end) for one in inputs & found for end in _ENDINGS}
            found |= {_base(word) for word in (*_after(used.words), used.target, *used.words[-1:]) if word}
    return _base(name) in found


def plan_looked_at(facts: PipelineFacts, item: Activity, folders: tuple[str, ...]) -> bool:
    """Whether a command is given a saved plan of what is in one of the folders, or the JSON of one."""
    words = item.invocation.words if item.invocation is not None else ()
    named = {_base(word) for word in words[1:] if not word.startswith("-")}
    named |= {_base(word.partition("=")[2]) for word in words[1:] if word.startswith("-")} - {""}
    if not named:
        return False
    for plan in terraform_commands(facts):
        out = plan.options.get("out", "")
        here = HIDDEN in plan.folder or any(
            f"{plan.folder}/".startswith(f"{folder.rstrip('/')}/") for folder in folders
        )
        near = plan.name == "plan" and out and here and plan.item.unit.id in facts.seen_by(item.unit)
        if near and named & {one.name for one in held(facts, plan.item.unit, out)}:
            return True
    return False


def pulled_states(facts: PipelineFacts, unit: Unit) -> frozenset[str]:
    """Files into which the unit writes a state, or every output of it with its secrets."""
    found = set()
    for used in _used(facts, unit):
        words = [word for word in used.words[1:] if not word.startswith("-")]
        dumps = words[:2] == ["state", "pull"] or (words[:1] == ["output"] and "-json" in used.words)
        if _base(used.words[0]) in PROGRAMS and dumps and used.target:
            found.add(_base(used.target))
    return frozenset(found)


def printed_plans(facts: PipelineFacts) -> Iterator[Span]:
    """Where a plan or a state is shown as JSON, which hides nothing."""
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if step.script is None or not facts.reached_steps.get((unit.id, step.id)):
                continue
            places = Places(step.script)
            for node, last in _commands(tree(step.script.raw)):
                words = [literal(word) or "" for word in node.words]
                if last and _base(words[0]) in PROGRAMS and _shows_all(words) and not _to_file(facts, node):
                    yield places.at(node.start, node.end)


def _shows_all(words: list[str]) -> bool:
    json = any(word.lstrip("-") == "json" for word in words)
    return ("show" in words and "state" not in words and json) or words[1:3] == ["state", "pull"]


def _to_file(facts: PipelineFacts, node: sh.Simple) -> bool:
    """Whether the output goes into a file, and not into the summary or another channel of the run."""
    for one in node.redirects:
        if one.operator in _WRITES and one.target is not None and one.fd in (None, 1):
            named = {part.name for part in one.target.parts if isinstance(part, sh.Parameter)}
            return not named & _channels(facts)
    return False


def _channels(facts: PipelineFacts) -> frozenset[str]:
    return frozenset(facts.pipeline.channels)


def _commands(node: sh.Node) -> Iterator[tuple[sh.Simple, bool]]:
    """Every simple command, and whether nothing reads what it prints."""
    read: set[int] = set()
    for one in walk(node):
        if isinstance(one, sh.Pipeline):
            read |= {id(inner) for command in one.commands[:-1] for inner in walk(command)}
        elif isinstance(one, sh.Simple) and one.words:
            yield one, id(one) not in read


@record
class _Used:
    """A command with the files it reads by ``<`` and the one it writes by ``>``."""

    words: tuple[str, ...]
    given: tuple[str, ...]
    target: str


def _used(facts: PipelineFacts, unit: Unit) -> Iterator[_Used]:
    for item in facts.activities:
        if item.unit.id != unit.id or item.invocation is None or not item.invocation.words:
            continue
        words = item.invocation.words
        if _base(words[0]) in _SEALERS | _COPIES | PROGRAMS:
            known = {name: value for name, value in item.invocation.environment if value is not None}
            given, target = _redirects(facts, item, known)
            yield _Used(words, given, target)


def _redirects(facts: PipelineFacts, item: Activity, known: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    for text in _texts(facts, item):
        places = Places(text)
        for node in walk(tree(text.raw)):
            redirects = _redirects_of(node)
            if redirects and places.at(node.start, node.end).line == item.span.line:
                given = tuple(_written(one.target, known) for one in redirects
                              if one.operator == "<" and one.target is not None)  # fmt: skip
                into = [_written(one.target, known) for one in redirects
                        if one.operator in _WRITES and one.target is not None and one.fd in (None, 1)]  # fmt: skip
                return given, into[-1] if into else ""
    return (), ""


def _texts(facts: PipelineFacts, item: Activity) -> Iterator[Text]:
    """Where a command may be written: in its step, in a script, or in a recipe of a task runner."""
    if item.step.script is not None and item.span.path == item.step.script.span.path:
        yield item.step.script
        return
    script = facts.project.scripts.get(item.span.path)
    if script is not None:
        yield script.text
    for recipe in facts.project.recipes.values():
        yield from (line.text for line in recipe.lines if line.text.span.path == item.span.path)


def _redirects_of(node: sh.Node) -> tuple[sh.Redirect, ...]:
    return node.redirects if isinstance(node, sh.Simple) else ()


def _written(word: sh.Word, known: Mapping[str, str]) -> str:
    """A word with the values of the variables that are known."""
    pieces = []
    for part in word.parts:
        if isinstance(part, sh.Piece):
            pieces.append(part.text)
        elif isinstance(part, sh.Parameter):
            pieces.append(known.get(part.name, HIDDEN))
        else:
            pieces.append(HIDDEN)
    return "".join(pieces)


def _after(words: tuple[str, ...]) -> list[str]:
    """What stands behind the options that name an output, in both forms."""
    behind = [words[at + 1] for at, word in enumerate(words[:-1]) if word in _INTO]
    return behind + [word.partition("=")[2] for word in words if word.partition("=")[0] in _INTO and "=" in word]


def _made(used: _Used, known: dict[str, State]) -> Held | None:
    words, given, target = used.words, used.given, used.target
    program = _base(words[0])
    inputs = [_base(word) for word in (*words[1:], *given)]
    source = next((one for one in inputs if one in known), None)
    if source is None:
        return None
    if program in PROGRAMS:
        if "show" in words and any(word.lstrip("-") == "json" for word in words) and target:
            return Held(_base(target), known[source])
        return None
    if program in _SEALERS and not _OPENS & set(words):
        named = _after(words) or ([target] if target else [])
        ending = {"age": ".age", "rage": ".age", "gpg": ".asc" if {"-a", "--armor"} & set(words) else ".gpg"}
        return Held(_base(named[0]) if named else source + ending.get(program, ".enc"), "sealed")
    if program in _COPIES:
        named = [target] if target else _after(words) if program in ("tar", "zip") else list(words[-1:])
        if program == "zip" and not target:
            named = [word for word in words[1:] if not word.startswith("-")][:1]
        if program in ("gzip", "zstd", "xz", "bzip2") and not target:
            named = [source + {"gzip": ".gz", "zstd": ".zst", "xz": ".xz", "bzip2": ".bz2"}[program]]
        return Held(_base(named[0]), known[source]) if named and _base(named[0]) != source else None
    return None


def copies(facts: PipelineFacts, unit: Unit) -> Iterator[Copied]:
    """Files that the unit copies to a store or from there.

    AWS CLI, "s3 cp"; Google Cloud CLI, "storage cp"; Azure CLI, "storage blob upload" and "download".
    """
    for item in facts.activities:
        words = item.invocation.words if item.invocation is not None else ()
        if item.unit.id != unit.id or not words:
            continue
        program = _base(words[0])
        if program == "az" and words[1:3] == ("storage", "blob") and words[3:4] in (("upload",), ("download",)):
            file, name = _option(words, "--file", "-f"), _option(words, "--name", "-n")
            if file and name:
                yield Copied(_base(file), f"{_option(words, '--container-name', '-c')}/{name}", words[3] == "upload",
                             item.span)  # fmt: skip
        elif program in _CLIENTS and _VERBS & set(words):
            places = [word for word in words[1:] if not word.startswith("-")]
            at = next((number for number, word in enumerate(places) if word.startswith(_STORES)), None)
            if at is None:
                continue
            others = [word for number, word in enumerate(places) if number != at and word not in
                      ("s3", "storage", *_VERBS)]  # fmt: skip
            up = bool(others) and places.index(others[-1]) < at
            name = others[-1] if others else places[at]
            address = places[at] + (_base(name) if up and places[at].endswith("/") else "")
            name = address if name in (".", "./") or name.endswith("/") else name
            yield Copied(_base(name), address, up, item.span)


def _option(words: tuple[str, ...], *names: str) -> str:
    for at, word in enumerate(words):
        if word in names and at + 1 < len(words):
            return words[at + 1]
        if word.partition("=")[0] in names and "=" in word:
            return word.partition("=")[2]
    return ""


def _base(path: str) -> str:
    return posixpath.basename(path.rstrip("/"))
