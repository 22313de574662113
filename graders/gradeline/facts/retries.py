"""What a pipeline tries again when it failed, and how often."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from gradeline.facts import tools
from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.retry_loops import Region, regions
from gradeline.facts.shell_state import shown
from gradeline.model.pipeline import Step, Unit
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span

MAX_EXPERIMENTS = 40  # commands that are made to fail, in each scenario
# Options by which commands try again by themselves.
_OPTIONS = frozenset(
    {
        "--retry",
        "--retries",
        "--max-retries",
        "--max-attempts",
        "--tries",
        "--attempts",
        "--fetch-retries",
        "--reruns",
        "--rerun-fails",
        "--flaky-retries",
        "--cli-max-attempts",
    }
)
_RERUN_ALL = frozenset({"--force-flaky"})
_NO_LIMIT = frozenset({"wget", "aria2c"})  # 0 means for ever: wget(1), --tries
# Inputs by which actions and plug-ins are told how often to try.
_INPUTS = frozenset(
    {
        "max-attempts",
        "attempt-limit",
        "attempts",
        "max-retries",
        "retries",
        "retry-count",
        "retry",
        "max-retry",
        "retry-attempts",
    }
)


@record
class Retry:
    """Something that is tried again.

    ``attempts`` is infinite without a bound, None when it is computed.  ``classes`` are the tool classes
    of what is inside, ``waits`` is true when it only asks whether something is ready.
    """

    sentence: str
    span: Span
    attempts: float | None
    classes: frozenset[str]
    waits: bool = False
    unit: Unit | None = None
    step: Step | None = None


def retries(facts: PipelineFacts) -> Iterator[Retry]:
    """Every retry of the pipeline: of jobs, in scripts, by options, by actions, and by steps."""
    for unit in facts.pipeline.units:
        if unit.retry is not None:
            mine = [item for item in facts.activities if item.unit.id == unit.id]
            attempts = _number(facts, unit, unit.retry.attempts)
            yield Retry(
                f"the job {unit.title!r} is started again when it fails",
                unit.retry.span,
                attempts,
                # What only repeats after a broken machine can hide nothing that the commands found.
                frozenset() if unit.retry.infrastructure_only else _classes(mine),
                unit=unit,
            )
        for step in unit.walk():
            yield from _block(facts, unit, step)
            yield from _scripts(facts, unit, step)
            yield from _action(facts, unit, step)
    for item in facts.activities:
        yield from _options(facts, item)
    yield from _later_steps(facts)


def _block(facts: PipelineFacts, unit: Unit, step: Step) -> Iterator[Retry]:
    """A step that is started again as a whole, with everything inside it."""
    if step.retry is None or step.retry.infrastructure_only:
        return
    inside = {inner.id for inner in step.walk()}
    mine = [item for item in facts.activities if item.unit.id == unit.id and item.step.id in inside]
    attempts = _number(facts, unit, step.retry.attempts)
    sentence = f"{step.title!r} starts its steps again when one fails"
    yield Retry(sentence, step.retry.span, attempts, _classes(mine), unit=unit, step=step)


def _classes(items: list[Activity]) -> frozenset[str]:
    return frozenset(name for item in items for reading in item.readings for name in reading.classes)


def _number(facts: PipelineFacts, unit: Unit, text: Text | None) -> float | None:
    if text is None:
        return math.inf
    for scenario in facts.pipeline.scenarios:
        value = facts.moment(unit, scenario).text(text)
        return float(value) if value is not None and value.strip().isdecimal() and len(value) < 9 else None
    return None


# -- scripts ---------------------------------------------------------------------------------------


def _scripts(facts: PipelineFacts, unit: Unit, step: Step) -> Iterator[Retry]:
    """Loops and wrappers in the step's script, and in scripts and recipes it leads to."""
    mine = list(facts.activities_at.get((unit.id, step.id), ()))
    if step.script is not None and step.shell is not None and step.shell.program in ("bash", "sh"):
        yield from _in_text(step.script, mine, unit, step)
    paths = {span.path for item in mine for span in _way(item)}
    for path, script in sorted(facts.project.scripts.items()):
        if path in paths and script.shell.program in ("bash", "sh"):
            yield from _in_text(script.text, mine, unit, step)
    for _, recipe in sorted(facts.project.recipes.items()):
        for line in recipe.lines if recipe.span.path in paths else ():
            yield from _in_text(line.text, mine, unit, step)


def _in_text(text: Text, items: list[Activity], unit: Unit, step: Step) -> Iterator[Retry]:
    places = Places(text)
    for region in regions(text.raw):
        span = places.at(region.start, region.end)
        inside = [item for item in items if _within(item, span, region, exact=bool(text.lines))]
        if region.kind == "again":
            yield from _second_try(region, span, places.at(region.middle, region.end), inside, unit, step)
        elif inside or region.words:
            named = inside[0].text if inside else shown(" ".join(region.words[0]))
            what = "a loop" if region.kind == "loop" else "a wrapper"
            sentence = f"{what} tries `{named}` again"
            yield Retry(sentence, span, region.attempts, _classes(inside), region.waits, unit, step)


def _second_try(
    region: Region, span: Span, second: Span, inside: list[Activity], unit: Unit, step: Step
) -> Iterator[Retry]:
    """``a || b`` where both do the same kind of work, or are the same command."""
    later = [item for item in inside if any(_contains(second, place) for place in _way(item))]
    earlier = [item for item in inside if item not in later]
    shared = _classes(earlier) & _classes(later)
    if shared:
        sentence = f"when `{earlier[0].text}` fails, `{later[0].text}` runs after it"
        yield Retry(sentence, span, region.attempts, shared, region.waits, unit, step)
    elif len(region.words) == 2 and region.words[0] == region.words[1]:
        sentence = f"when `{' '.join(region.words[0])}` fails, it runs again"
        yield Retry(sentence, span, region.attempts, _classes(inside), region.waits, unit, step)


def _way(item: Activity) -> tuple[Span, ...]:
    """The places on the way to a command: where it stands, and where what leads to it stands."""
    return (item.span, *(frame.span for frame in item.trail))


def _within(item: Activity, span: Span, region: Region, exact: bool) -> bool:
    """Whether the activity was reached through the region.  A text whose places are not known exactly
    is compared by its words."""
    spans = _way(item)
    if exact:
        return any(_contains(span, inner) for inner in spans)
    texts = [item.text, *(frame.text for frame in item.trail)]
    wanted = {" ".join(words) for words in region.words}
    return span.path in {inner.path for inner in spans} and any(text in wanted for text in texts)


def _contains(outer: Span, inner: Span) -> bool:
    return (
        outer.path == inner.path
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


# -- options and actions ---------------------------------------------------------------------------


def _options(facts: PipelineFacts, item: Activity) -> Iterator[Retry]:
    words = item.invocation.words if item.invocation is not None else ()
    classes = _classes([item])
    if words[:3] == ("gh", "run", "rerun"):
        yield Retry(
            f"`{item.text}` starts a failed run again", item.span, 1, frozenset({"test"}), False, item.unit, item.step
        )
    for reading in item.readings:
        if "test" in reading.classes and _only_marked(reading.options):
            return
    for name, value in _given(words, facts, item):
        if value is None or value > 0 or (words and words[0] in _NO_LIMIT):
            attempts = math.inf if value == 0 else value
            yield Retry(
                f"`{item.text}` tries again by itself ({name})",
                item.span,
                attempts,
                classes,
                False,
                item.unit,
                item.step,
            )


def _given(words: tuple[str, ...], facts: PipelineFacts, item: Activity) -> Iterator[tuple[str, float | None]]:
    """Retry options of a command with their numbers, those from its environment and settings too."""
    for reading in item.readings:
        for name in ("--reruns", "--retries"):
            values = reading.options.get(name)
            if values and not any(word.partition("=")[0] == name for word in words):
                yield name, _float(values[-1])
        if reading.tool == "pytest":
            yield from _in_words(facts.project.settings.pytest_arguments)
    yield from _in_words(words)


def _in_words(words: tuple[str, ...]) -> Iterator[tuple[str, float | None]]:
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in _RERUN_ALL:
            yield name, 2.0
        elif name in _OPTIONS:
            yield name, _float(value if equals else words[position + 1] if position + 1 < len(words) else None)


def _float(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() and len(value) < 9 else None


def _only_marked(options: Mapping[str, tuple[str | None, ...]]) -> bool:
    """Whether the command runs a marked selection of tests only: ``-m flaky``."""
    marks = options.get("-m")
    return bool(marks) and marks is not None and marks[-1] is not None and not marks[-1].strip().startswith("not")


def _action(facts: PipelineFacts, unit: Unit, step: Step) -> Iterator[Retry]:
    """An action that is told how often to try, with the command it is given."""
    if step.use is None or step.kind != "use":
        return
    limit = next((text for name, text in step.inputs.items() if name.lower().replace("_", "-") in _INPUTS), None)
    inputs = {name: text.constant for name, text in step.inputs.items()}
    inner = tools.unwrap_action(step.use.name, inputs)
    named = "retry" in step.use.name.lower()
    if limit is None and not (named and inner is not None):
        return
    attempts = _number(facts, unit, limit) if limit is not None else 3.0  # what the README of most says
    classes = _classes(list(facts.activities_at.get((unit.id, step.id), ())))
    if attempts == 0:
        return
    yield Retry(
        f"`{step.use.name}` tries again",
        limit.span if limit is not None else step.use.span,
        attempts,
        classes,
        False,
        unit,
        step,
    )


# -- steps that run only when another one failed -------------------------------------------------------


def _later_steps(facts: PipelineFacts) -> Iterator[Retry]:
    """The experiment: a command fails; is another one of the same class reached that otherwise is not?"""
    tests = [item for item in facts.activities if "test" in _classes([item])][:MAX_EXPERIMENTS]
    for scenario in facts.pipeline.scenarios:
        normal = {key for run in facts.runs(scenario).results for key in run.reached}
        for item in tests:
            if scenario.id not in item.scenarios:
                continue
            for run in facts.runs(scenario, item.keys).results:
                for key, reached in run.reached.items():
                    if key in normal or reached.invocation is None or reached.place.unit != item.unit.id:
                        continue
                    classes = {
                        name for reading in facts.toolbox.readings(reached.invocation) for name in reading.classes
                    }
                    if "test" in classes:
                        named = shown(" ".join(reached.invocation.words))
                        yield Retry(
                            f"when `{item.text}` fails, `{named}` runs after it",
                            reached.invocation.span,
                            2,
                            frozenset({"test"}),
                            False,
                            item.unit,
                            item.step,
                        )
                        return
