"""What a run of the tests measures, of which code, and the least it accepts.

Facts: coverage.py documentation, "Configuration reference" (``fail_under``, ``source``, ``omit``; the reports of the
command line end with 2 below it) and "Excluding code"; pytest-cov documentation, "Configuration" (a value of
``--cov-fail-under`` wins over ``fail_under``); Cosmic Ray documentation, ``cr-rate --fail-over``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.facts.activities import Activity
from gradeline.facts.arguments import HOLE
from gradeline.facts.case import PipelineFacts
from gradeline.records import record, replace
from gradeline.source import Span

# coverage.py's own expression for lines that are left out, without its optional parts.
_LEFT_OUT = re.compile(r"#\s?(?:pragma|PRAGMA)[:\s]?\s?(?:no|NO)\s?(?:cover|COVER)")
_DEFINES = ("def ", "async def ", "class ", "@")
_REPORTS = ("report", "html", "xml", "json", "lcov")
_CONFIGURATIONS = frozenset({"pyproject.toml", ".coveragerc", "setup.cfg", "tox.ini"})


@record
class Minimum:
    """The least coverage a command accepts, in percent.  ``least`` None: nothing makes it fail; ``known`` False: it
    may have one that cannot be seen.  ``sources`` are what it measures (empty: all that runs)."""

    item: Activity
    least: float | None
    sources: tuple[str, ...]
    known: bool = True
    span: Span | None = None
    branches: bool = False  # the command line asks for branches


def minimums(facts: PipelineFacts) -> Iterator[Minimum]:
    """Every command of a pipeline that measures coverage of tests or judges what was measured."""
    settings = facts.project.settings
    for item in facts.activities:
        if item.invocation is None:
            continue
        words = item.invocation.words
        for reading in item.readings:
            if reading.effect == "pretends":
                continue
            if reading.tool == "pytest" and "test" in reading.classes:
                extra = settings.pytest_arguments
                measured = [*reading.options.get("--cov", ()), *_values(extra, "--cov")]
                asked = "--cov" in reading.options or any(word.partition("=")[0] == "--cov" for word in extra)
                if not asked or "--no-cov" in reading.options:
                    continue
                given = [*reading.options.get("--cov-fail-under", ()), *_values(extra, "--cov-fail-under")[-1:]][:1]
                branches = "--cov-branch" in reading.options or "--cov-branch" in extra
                found = _minimum(facts, item, given, tuple(one for one in measured if one), reading.options)
                yield replace(found, branches=branches)
            elif reading.tool == "coverage" and any(word in _REPORTS for word in words[1:4]):
                given = list(reading.options.get("--fail-under", ()))
                found = _minimum(facts, item, given, _run_sources(facts, item), reading.options)
                yield replace(found, branches=_run_branches(facts, item))


def _minimum(facts: PipelineFacts, item: Activity, given: list[str | None], sources: tuple[str, ...],
             options: object) -> Minimum:  # fmt: skip
    settings = facts.project.settings
    named = sources or tuple(text.raw for text in settings.coverage_source)
    other = options.get("--cov-config") or options.get("--rcfile") if hasattr(options, "get") else None
    unseen = bool(other) and not all(one in _CONFIGURATIONS for one in other or ())
    if given:
        least = _number(given[-1])
        return Minimum(item, least, named, least is not None, item.span)
    if settings.coverage_minimum is not None and not unseen:
        text = settings.coverage_minimum
        least = _number(text.raw)
        return Minimum(item, least, named, least is not None, text.span)
    return Minimum(item, None, named, not unseen, item.span)


def _run_sources(facts: PipelineFacts, report: Activity) -> tuple[str, ...]:
    found: list[str] = []
    for item in facts.activities:
        if item.unit.id != report.unit.id or item.invocation is None:
            continue
        for reading in item.readings:
            for value in reading.options.get("--source", ()):
                found += (value or "").split(",")
    return tuple(one for one in found if one)


def _run_branches(facts: PipelineFacts, report: Activity) -> bool:
    mine = [item for item in facts.activities if item.unit.id == report.unit.id]
    return any("--branch" in reading.options for item in mine for reading in item.readings)


def _values(words: tuple[str, ...], name: str) -> list[str]:
    found = []
    for position, word in enumerate(words):
        key, equals, value = word.partition("=")
        if key == name:
            following = words[position + 1] if position + 1 < len(words) else ""
            found.append(value if equals else "" if following.startswith("-") else following)
    return found


def _number(text: str | None) -> float | None:
    if text is None or HOLE in text or len(text) > 12:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def measures(sources: tuple[str, ...], folder: str) -> bool:
    """Whether the code in ``folder`` (``src/churn``), or the file (``src/churn/features.py``), is measured."""
    if folder.endswith(".py"):
        module = folder.removesuffix(".py").removeprefix("src/").replace("/", ".")
        if not sources or any(one.rstrip("/") in (folder, f"./{folder}", module) for one in sources):
            return True
        whole = tuple(one for one in sources if "." not in one.lstrip("./"))  # other modules say nothing about it
        return bool(whole) and measures(whole, folder.rpartition("/")[0])
    package = folder.rpartition("/")[2]
    wanted = {folder, package, ".", "src", f"./{folder}", "./src"}
    return not sources or any(one.rstrip("/") in wanted or one.partition(".")[0] == package for one in sources)


def left_out(facts: PipelineFacts, folder: str) -> Iterator[tuple[Span, str]]:
    """The places where code of ``folder`` is taken out of what is measured, and the file it concerns."""
    project = facts.project
    files = [path for path in project.paths if path.startswith(folder + "/") and path.endswith(".py")]
    files += [folder] if folder.endswith(".py") else []
    for text in project.settings.coverage_omit:
        for path in files:
            name = path.rpartition("/")[2]
            pattern = text.raw.removeprefix("./").removesuffix("/")
            if name not in ("__main__.py", "__init__.py") and (
                fnmatchcase(path, pattern) or fnmatchcase(f"/x/{path}", pattern) or path.startswith(pattern + "/")
            ):
                yield text.span, path
                break
    for path in files:
        source = project.files.get(path)
        for number, line in enumerate(source.text.split("\n") if source is not None else (), start=1):
            if line.lstrip().startswith(_DEFINES) and _LEFT_OUT.search(line[:400]):
                yield Span(path, number, 1, number, len(line) + 1), path
