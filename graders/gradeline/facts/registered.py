"""Machines for jobs that the files of the repository register, beside its pipelines.

GitHub Docs, "Self-hosted runners reference" (``config.sh --ephemeral``, ``run.sh --jitconfig``) and "Deploying runner
scale sets with Actions Runner Controller" (``runnerScaleSetName``; every runner of a scale set does one job).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.script_shape import literal, tree, walk
from gradeline.model.document import Document
from gradeline.model.project import Project
from gradeline.records import record
from gradeline.source import SourceFile, Span
from gradeline.syntax import shell_nodes as sh

MAX_FILES = 200
_MENTIONS = ("--ephemeral", "--jitconfig", "runnerScaleSetName", "AutoscalingRunnerSet", "EphemeralRunner")


@record
class Registered:
    """Machines that get ``labels``.  ``ends``: each of them does one job, or waits for no further one; None when
    that cannot be seen.  ``accelerator`` likewise."""

    labels: frozenset[str]
    ends: bool | None
    span: Span
    why: str
    accelerator: bool | None = None


def registered(project: Project) -> tuple[Registered, ...]:
    """What the files that mention such a registration say of it, in the order of their paths."""
    found: list[Registered] = []
    for path in project.paths[:MAX_FILES]:
        if path.endswith((".md", ".txt", ".rst", ".lock")) or path.startswith(".github/workflows/"):
            continue
        source = project.files.get(path)
        if source is None or not any(word in source.text for word in _MENTIONS):
            continue
        document = project.documents.get(path)
        known = list(_scale_sets(document) if document is not None else _scripts(source))
        found.extend(known or _hidden(source))
    return tuple(found)


def _scale_sets(document: Document) -> Iterator[Registered]:
    """Values of the chart of a scale set, or the object that it makes."""
    kind = document.get("kind")
    holder: tuple[str, ...] = ()
    if kind is not None and kind.text == "AutoscalingRunnerSet":
        holder = ("spec",)
    name = document.get(*holder, "runnerScaleSetName") or (document.get("metadata", "name") if holder else None)
    if document.get(*holder, "githubConfigUrl") is not None and name is not None and name.text:
        yield Registered(frozenset({name.text.lower()}), True, name.span, "a scale set, whose runners do one job each")


def _scripts(source: SourceFile) -> Iterator[Registered]:
    for node in walk(tree(source.text)):
        if not isinstance(node, sh.Simple):
            continue
        words = [literal(word) for word in node.words]
        program = (words[0] or "").rpartition("/")[2] if words else ""
        line = source.text.count("\n", 0, node.start) + 1
        if program == "config.sh" and "--ephemeral" in words:
            names = _after(words, "--labels")
            labels = frozenset(part.strip().lower() for part in (names or "").split(",") if part.strip())
            yield Registered(labels, True, Span(source.path, line), "registered for one job")
        elif program == "run.sh" and any((word or "").startswith("--jitconfig") for word in words):
            yield Registered(frozenset(), True, Span(source.path, line), "registered for one job")


def _after(words: list[str | None], option: str) -> str | None:
    for position, word in enumerate(words):
        name, equals, value = (word or "").partition("=")
        if name == option:
            return value if equals else next(iter(words[position + 1 : position + 2]), None)
    return None


def _hidden(source: SourceFile) -> Iterator[Registered]:
    """A file that is not read here mentions a registration, outside of its comments."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        code = line.split("#")[0]
        if any(word in code for word in _MENTIONS):
            yield Registered(frozenset(), None, Span(source.path, number), "a registration that is not read here")
            return
