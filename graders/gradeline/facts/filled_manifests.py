"""Manifests that a script fills in while it applies them: ``envsubst < k8s/app.yaml | kubectl apply -f -``.

GNU gettext manual, "envsubst Invocation" (``$NAME`` and ``${NAME}``; with an operand only the variables named in it);
POSIX, ``sed`` (``s``, any character as the delimiter); kubectl reference, "apply" (``-f -`` is standard input).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.requests import places_of
from gradeline.facts.script_shape import literal, tree, walk_deep
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.manifest import Bundle
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w{0,80})\}|([A-Za-z_]\w{0,80}))")
_SIGNS = frozenset("\\[]*^$+?(){}&")
_PASSES = frozenset({"cat", "tee", "kustomize", "kubectl", "oc"})  # they hand the text on as it is
_MOST = 4096


@record
class Filled:
    """What a command fills in.  ``images`` are the references of the containers, ``notes`` the annotations and labels
    (name, value), all with the signs of a traced run."""

    images: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


def filling(facts: PipelineFacts, item: Activity) -> Filled | None:
    """What a traced command fills into manifests of the repository that are then applied; None for other commands, and
    where that cannot be followed."""
    bundles = streamed(facts, item)
    fill = _filler(item) if bundles else None
    if fill is None:
        return None
    return Filled(tuple(_images(bundles, fill)), tuple(_notes(bundles, fill)))


def streamed(facts: PipelineFacts, item: Activity) -> tuple[Bundle, ...]:
    """The manifests that a line reads, changes by this command and applies; none where that cannot be followed."""
    if item.invocation is None or item.invocation.words[0].rpartition("/")[2] not in ("envsubst", "sed"):
        return ()
    for _, text, node in places_of(facts, item):
        root = tree(text.raw)
        line = next((one for one in walk_deep(root) if isinstance(one, sh.Pipeline) and node in one.commands), None)
        commands = [one for one in (line.commands if line is not None else (node,)) if isinstance(one, sh.Simple)]
        if line is not None and len(commands) != len(line.commands):
            return ()
        if not _is_applied(root, commands) or any(not _understood(one, node) for one in commands):
            return ()
        return tuple(_sources(facts, item, commands))
    return ()


def _words(node: sh.Simple) -> list[str]:
    return [literal(word) or "" for word in node.words]


def _is_applied(root: sh.Sequence, commands: list[sh.Simple]) -> bool:
    """Whether the last command of the line applies what it is given, or a later one the file that it was written to."""
    last = commands[-1]
    words = _words(last)
    if "apply" in words or "replace" in words or "create" in words:
        return True
    targets = {literal(one.target) for one in last.redirects if one.operator in (">", ">|") and one.target is not None}
    targets |= {word for word in words[1:] if words[0] == "tee" and not word.startswith("-")}
    return any(
        isinstance(one, sh.Simple) and one.start > last.start and "apply" in _words(one)
        and any(word and word in targets for word in _words(one))
        for one in walk_deep(root)
    )  # fmt: skip


def _understood(command: sh.Simple, node: sh.Simple) -> bool:
    return command is node or (_words(command)[:1] or [""])[0].rpartition("/")[2] in _PASSES


def _sources(facts: PipelineFacts, item: Activity, commands: list[sh.Simple]) -> Iterator[Bundle]:
    """The bundles that the line reads: by a redirect, or as words of its commands."""
    assert item.invocation is not None
    here = [literal(one.target) for command in commands for one in command.redirects
            if one.operator == "<" and one.target is not None]  # fmt: skip
    paths = [join_path(item.invocation.directory, word) for word in
             (*item.invocation.words[1:], *(word for command in commands for word in _words(command)), *here)
             if word and HIDDEN not in word]  # fmt: skip
    for bundle in facts.project.manifests.bundles:
        folder = bundle.path.rpartition("/")[0]
        if any(path == bundle.path or (path == folder and folder) or path in bundle.parts for path in paths):
            yield bundle


def _filler(item: Activity) -> Callable[[str], str] | None:
    assert item.invocation is not None
    operands = [word for word in item.invocation.words[1:] if not word.startswith("-")]
    if item.invocation.words[0].rpartition("/")[2] == "envsubst":
        return substitution(item)
    pairs = [pair for word in operands if (pair := _replacement(word)) is not None]
    if not pairs:
        return None

    def fill(text: str) -> str:
        for old, new in pairs:
            text = text.replace(old, new)[:_MOST]
        return text

    return fill


def variables(item: Activity) -> dict[str, str]:
    """The variables that a traced command is given."""
    assert item.invocation is not None
    return {name: value or "" for name, value in item.invocation.environment} | dict(item.invocation.signs)


def substitution(item: Activity) -> Callable[[str], str] | None:
    """What ``envsubst`` makes of a text; None when which variables it looks for is not known."""
    assert item.invocation is not None
    operands = [word for word in item.invocation.words[1:] if not word.startswith("-")]
    if HIDDEN in "".join(operands):
        return None
    values = variables(item)
    named = {one or other for word in operands for one, other in _VARIABLE.findall(word)}
    return lambda text: _substituted(text, values, named if operands else None)


def _substituted(text: str, values: Mapping[str, str], named: set[str] | None) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return match[0] if named is not None and name not in named else values.get(name, HIDDEN)

    return _VARIABLE.sub(value, text[:_MOST])[:_MOST]


def _replacement(word: str) -> tuple[str, str] | None:
    """The text that ``s|old|new|g`` looks for and what it puts there; None for a pattern that is more than a text."""
    if len(word) < 4 or word[0] != "s" or word[1].isalnum() or word.count(word[1]) != 3:
        return None
    old, new, flags = word[2:].split(word[1])
    if not old or flags not in ("", "g") or (_SIGNS & set(old + new)) or HIDDEN in old:
        return None
    return old, new


def _images(bundles: tuple[Bundle, ...], fill: Callable[[str], str]) -> Iterator[str]:
    found = (one.image for bundle in bundles for workload in bundle.workloads for one in workload.containers)
    yield from dict.fromkeys(fill(image) for image in found if image)


def _notes(bundles: tuple[Bundle, ...], fill: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for bundle in bundles:
        said = [notes for manifest in bundle.manifests for notes in (manifest.annotations, manifest.labels)]
        said += [dict(notes) for workload in bundle.workloads for notes in (workload.annotations, workload.labels)]
        yield from ((name, fill(value)) for notes in said for name, value in notes.items())
