"""Machines for jobs that the files of the repository register, beside its pipelines.

GitHub Docs, "Self-hosted runners reference" (``config.sh --ephemeral``, ``run.sh --jitconfig``) and "Deploying runner
scale sets with Actions Runner Controller" (``runnerScaleSetName``; every runner of a scale set does one job).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.script_shape import literal, tree, walk
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
        known = list(_scale_sets(source) if path.endswith((".yml", ".yaml")) else _scripts(source))
        found.extend(known or _hidden(source))
    return tuple(found)


def _scale_sets(source: SourceFile) -> Iterator[Registered]:
    """Values of the chart of a scale set, and the object that it makes."""
    from gradeline.syntax.yaml import Mapping, parse, scalar_value

    for document in parse(source).documents:
        if not isinstance(document, Mapping):
            continue
        made = scalar_value(document.get("kind")) == "AutoscalingRunnerSet"
        spec, about = document.get("spec"), document.get("metadata")
        holder = spec if made else document
        if not isinstance(holder, Mapping) or holder.get("githubConfigUrl") is None:
            continue
        name = holder.get("runnerScaleSetName")
        if name is None and made and isinstance(about, Mapping):
            name = about.get("name")
        text = scalar_value(name)
        if isinstance(text, str) and name is not None:
            yield Registered(frozenset({text.lower()}), True, name.span, "a scale set, whose runners do one job each")


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
