"""What scanners write down, and the steps that show it to people.

GitHub Docs, "Uploading a SARIF file to GitHub" (security-events: write); the options by which scanners write
files stand in their documentation (Trivy, Grype, Docker Scout, OSV-Scanner, Snyk, Semgrep, Gitleaks).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.after_failure import Reactor
from gradeline.facts.case import PipelineFacts
from gradeline.facts.reporting import publishes, summaries, uploads
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.facts.secret_files import located
from gradeline.model.expression import Output
from gradeline.model.expression import walk as walk_expression
from gradeline.model.pipeline import Step
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

SCANNERS = ("image-scan", "dependency-scan", "iac-scan", "sast", "secret-scan")
_OPTIONS = ("--output", "--output-file", "--file", "--sarif-file-output", "--json-file-output", "--sarif-output",
            "--json-output", "--report-path", "--output-path", "-o")  # fmt: skip
# Inputs of actions by which a scanner that is no command line writes a file.
_INPUTS = ("output", "output-file", "sarif-file", "sarif_file", "report-file", "results-file")
_SARIF_INPUTS = ("sarif_file", "sarif-file", "path", "file", "files", "report_paths")


@record
class Findings:
    """A file that a scan writes; ``path`` is empty when only the step's outputs name it."""

    path: str
    item: Activity


def written(facts: PipelineFacts) -> Iterator[Findings]:
    """The files that the scans of a pipeline write, whatever their format."""
    for item in facts.activities:
        if not item.readings_of(SCANNERS):
            continue
        for reading in item.readings_of(SCANNERS):
            for name in _OPTIONS:
                for value in reading.options.get(name, ()):
                    for path in _files(value or ""):
                        yield Findings(_place(item, path), item)
        if item.step.use is not None:
            for name, text in item.step.inputs.items():
                if name.lower() in _INPUTS and not text.holes and "." in text.raw:
                    yield Findings(text.raw.strip(), item)
            yield Findings("", item)
        for path in _redirected(item):
            yield Findings(_place(item, path), item)


def _files(value: str) -> Iterator[str]:
    """``results.sarif`` and ``sarif=results.sarif``; the name of a format alone is no file."""
    for part in value.split(","):
        path = part.rpartition("=")[2].strip()
        if "." in path or "/" in path:
            yield path


def _place(item: Activity, path: str) -> str:
    directory = item.invocation.directory if item.invocation is not None else ""
    return located(path, directory)


def _redirected(item: Activity) -> Iterator[str]:
    """Files that the scan's answer is written into: ``grype image > findings.txt``, ``grype image | tee file``."""
    script = item.step.script
    if script is None or item.invocation is None or script.raw.count(">") + script.raw.count("tee") == 0:
        return
    name = item.invocation.words[0]
    for node in walk(tree(script.raw)):
        parts = node.commands if isinstance(node, sh.Pipeline) else (node,)
        if not any(isinstance(part, sh.Simple) and _mentions(part, name) for part in parts):
            continue
        for part in parts:
            if isinstance(part, sh.Simple):
                for redirect in part.redirects:
                    target = literal(redirect.target) if redirect.target is not None else None
                    if redirect.operator in (">", ">>", ">|") and target:
                        yield target
                words = [literal(word) or "" for word in part.words]
                if words[:1] == ["tee"]:
                    yield from (word for word in words[1:] if word and not word.startswith("-"))


def _mentions(node: sh.Simple, name: str) -> bool:
    return any((literal(word) or "").rpartition("/")[2].partition(":")[0] == name for word in node.words) or any(
        name in (literal(word) or "") for word in node.words
    )


def shown(facts: PipelineFacts) -> Iterator[tuple[Reactor, tuple[Activity, ...], bool]]:
    """Steps that publish findings, the scans that write them, and whether the step may do what it does."""
    files = list(written(facts))
    for reactor, upload in uploads(facts):
        mine = [one for one in files if one.item.unit.id == reactor.unit.id]
        scans = _of(
            one.item
            for one in mine
            if any(one.path and publishes(facts, upload, path) for path in _seen(one.path))
            or any(_is_output(text, one.item.step.id) for text in upload.effect.paths)
        )
        if scans:
            yield reactor, scans, True
    for item in (*facts.activities, *facts.dormant):
        readings = [one for one in item.readings_of(["report"]) if one.effect != "pretends"]
        if readings and item.step.use is not None:
            scans = _of(one.item for one in files if one.item.unit.id == item.unit.id and _takes(item.step, one))
            if scans:
                needed = [scope.partition(":") for reading in readings for scope in reading.scopes]
                own = item.unit.permissions
                allowed = all(not own.declared or own.level(scope) == level for scope, _, level in needed)
                yield Reactor(item.unit, item.step, item.text, item.span), scans, allowed
    for reactor in summaries(facts):
        script = reactor.step.script.raw if reactor.step.script is not None else ""
        named = (one for one in files if one.path and one.item.unit.id == reactor.unit.id)
        scans = _of(
            one.item for one in named if one.item.step is reactor.step or one.path.rpartition("/")[2] in script
        )
        if scans:
            yield reactor, scans, True


def _of(items: Iterable[Activity]) -> tuple[Activity, ...]:
    found: list[Activity] = []
    for item in items:
        if item not in found:
            found.append(item)
    return tuple(found)


def _seen(path: str) -> tuple[str, ...]:
    """A scan inside a container sees the folder of the job under another name: then the file's own name counts."""
    return (path, path.rpartition("/")[2]) if path.startswith("/") else (path,)


def _takes(step: Step, one: Findings) -> bool:
    """Whether the step names the file, its folder, or an output of the step that scans."""
    for name, text in step.inputs.items():
        if name.lower() not in _SARIF_INPUTS:
            continue
        if _is_output(text, one.item.step.id):
            return True
        for line in text.raw.split("\n"):
            plain = line.strip().removeprefix("./").rstrip("/")
            if plain and any(path == plain or path.startswith(f"{plain}/") for path in _seen(one.path)):
                return True
    return False


def _is_output(text: Text, step: str) -> bool:
    return any(
        isinstance(node, Output) and node.owner == "step" and node.id == step
        for hole in text.holes
        for node in walk_expression(hole.expression)
    )
