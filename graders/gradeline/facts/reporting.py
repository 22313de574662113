"""Steps that show results to people, and the files that commands write results into."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.after_failure import Reactor
from gradeline.facts.case import PipelineFacts
from gradeline.facts.file_patterns import patterns
from gradeline.facts.load_tests import script_of
from gradeline.facts.mounts import in_repository
from gradeline.facts.reached_effects import Performed, moments, possible_at
from gradeline.facts.script_shape import parameters
from gradeline.facts.secret_files import located, taken
from gradeline.model.effects import ArtifactPut
from gradeline.records import record


@record
class Produced:
    """A result file that a command writes; ``path`` is relative to the command's directory's root."""

    kind: str  # junit, coverage
    path: str
    item: Activity


def uploads(facts: PipelineFacts) -> Iterator[tuple[Reactor, Performed[ArtifactPut]]]:
    """Steps that publish files; whether they are reached when something fails is asked of the reactor."""
    anywhere = tuple((scenario, 0) for scenario in facts.pipeline.scenarios[:1])
    for unit in facts.pipeline.units:
        for step in unit.walk():
            for effect in step.effects:
                if isinstance(effect, ArtifactPut):
                    at = possible_at(facts, unit, step) or anywhere
                    yield Reactor(unit, step, step.title, step.span), Performed(unit, step, effect, at)


def summaries(facts: PipelineFacts) -> Iterator[Reactor]:
    """Steps whose script writes into the run's summary page."""
    channels = {name for name, channel in facts.pipeline.channels.items() if channel == "summary"}
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if step.script is None or step.shell is None or step.shell.program not in ("bash", "sh"):
                continue
            if any(parameter.name in channels for parameter, _, _ in parameters(step.script.raw)):
                yield Reactor(unit, step, step.title, step.span, writes="summary")


# Options by which test tools write a JUnit file (pytest, nose2, robot, gotestsum).
_JUNIT = ("--junit-xml", "--junit-xml-path", "--xunit", "--junitfile")
# Default files of coverage reports; coverage.py documentation, "Configuration reference".
_COVERAGE = {"xml": "coverage.xml", "html": "htmlcov", "lcov": "coverage.lcov", "json": "coverage.json"}


def produced(facts: PipelineFacts) -> Iterator[Produced]:
    """Result files whose names stand in the commands or in the settings of the test tool."""
    settings = facts.project.settings.pytest_arguments
    for item in facts.activities:
        if item.invocation is None:
            continue
        words = item.invocation.words
        for reading in item.readings:
            extra = settings if reading.tool == "pytest" else ()
            for name in _JUNIT:
                for value in (*reading.options.get(name, ()), *_values(extra, (name, "--junitxml"))):
                    if value:
                        yield Produced("junit", _place(item, value), item)
            for value in (*reading.options.get("--cov-report", ()), *_values(extra, ("--cov-report",))):
                kind, _, path = (value or "").partition(":")
                if kind in _COVERAGE:
                    yield Produced("coverage", _place(item, path or _COVERAGE[kind]), item)
        yield from _measured(facts, item)
        if words[:1] == ("coverage",) and len(words) > 1 and words[1] in _COVERAGE:
            path = next((value for value in _values(words, ("-o", "-d", "--directory")) if value), _COVERAGE[words[1]])
            yield Produced("coverage", _place(item, path), item)


def _measured(facts: PipelineFacts, item: Activity) -> Iterator[Produced]:
    """The files into which load tests write what they measured (Grafana k6 documentation, "Options reference";
    Locust documentation, "Retrieve test statistics in CSV format")."""
    for reading in item.readings_of(("load-test",)):
        for name in ("--summary-export", "--html", "--json-file"):
            for value in reading.options.get(name, ()):
                if value:
                    yield Produced("load", in_repository(facts, item, _place(item, value)), item)
        for value in reading.options.get("--out", ()):
            kind, _, path = (value or "").partition("=")
            if path and kind in ("json", "csv", "web-dashboard"):
                yield Produced("load", in_repository(facts, item, _place(item, path)), item)
        for value in reading.options.get("--csv", ()):
            if value:
                yield Produced("load", in_repository(facts, item, _place(item, f"{value}_stats.csv")), item)
        for target in reading.targets if reading.tool == "k6" else ():
            script = script_of(facts, item, target)
            for path in script.writes if script is not None else ():
                yield Produced("load", in_repository(facts, item, _place(item, path)), item)


def _values(words: tuple[str, ...], names: tuple[str, ...]) -> Iterator[str]:
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            yield value if equals else words[position + 1] if position + 1 < len(words) else ""


def _place(item: Activity, path: str) -> str:
    directory = item.invocation.directory if item.invocation is not None else ""
    return located(path, directory)


# Words by which people name the files of each kind.
_WORDS = {
    "load": frozenset({"load", "k6", "locust", "performance"}),
    "junit": frozenset({"junit", "xunit"}),
    "coverage": frozenset({"coverage", "cov", "htmlcov", "lcov", "cobertura"}),
    "metrics": frozenset({"metrics", "metric", "scores", "evaluation", "plots", "benchmark"}),
}

_TESTS = frozenset({"test", "tests", "pytest", "results"})


def publishes(facts: PipelineFacts, item: Performed[ArtifactPut], path: str) -> bool:
    """Whether the published files hold the one at ``path``."""
    return any(True for _ in taken(patterns(item.effect.paths, moments(facts, item)), {path: item.effect.span}))


def holds_kind(effect: ArtifactPut, kind: str) -> bool:
    """Whether the names of the published files say that they are a report of the kind."""
    for text in effect.paths:
        for line in text.raw.split("\n"):
            name = "".join(character.lower() if character.isalnum() else " " for character in line)
            words = set(name.split())
            if _WORDS[kind] & words or (kind == "junit" and line.strip().endswith(".xml") and _TESTS & words):
                return True
    return False
