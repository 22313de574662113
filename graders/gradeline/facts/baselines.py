"""Values of an earlier run that a load test or a pipeline compares with what it measures now."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.load_tests import script_of
from gradeline.facts.mounts import in_repository
from gradeline.facts.shell_records import join_path
from gradeline.model.code import Module
from gradeline.source import Span

_NUMBER = re.compile(r"[0-9]")
_DATA = (".json", ".csv", ".yaml", ".yml", ".toml", ".txt", ".ini", ".env")


def stored(case: Case, pattern: str) -> dict[str, Span]:
    """The files that match ``pattern`` and hold a number."""
    found: dict[str, Span] = {}
    for path in case.project.paths:
        source = case.project.files.get(path) if path.endswith(_DATA) and fnmatchcase(path, pattern) else None
        if source is not None and _NUMBER.search(source.text):
            found[path] = Span(path, 1)
    return found


def read_by(case: Case, facts: PipelineFacts) -> Iterator[tuple[str, Span]]:
    """The files that live load tests and live commands of a pipeline read, with the place of the command."""
    for item in facts.activities:
        words = item.invocation.words if item.invocation is not None else ()
        directory = item.invocation.directory if item.invocation is not None else ""
        for word in words[1:]:
            value = word.partition("=")[2] if word.startswith("-") else word
            for one in (value.strip("\"'<"), word.strip("\"'<")):
                if one:
                    yield in_repository(facts, item, join_path(directory, one)), item.span
        for module in _modules(case, facts, item, words, directory):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(_DATA):
                    yield join_path("", node.value.removeprefix("./")), item.span
                    yield join_path(module.folder, node.value.removeprefix("./")), item.span
        for reading in item.readings_of(("load-test",)):
            for target in reading.targets if reading.tool == "k6" else ():
                script = script_of(facts, item, target)
                for path in script.reads if script is not None else ():
                    yield path, item.span


def _modules(
    case: Case, facts: PipelineFacts, item: Activity, words: tuple[str, ...], directory: str
) -> Iterator[Module]:
    for word in words[1:]:
        if word.endswith(".py"):
            module = case.code.modules.get(in_repository(facts, item, join_path(directory, word)))
            if module is not None:
                yield module
