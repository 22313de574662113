"""What a training run is told about where it comes from: the commit, the run of the pipeline, the data.

Only what the pipeline hands over counts: words of the command, and variables that the pipeline binds for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.origins import Around, Origins, Resolver, assignments, written
from gradeline.facts.requests import places_of
from gradeline.facts.script_shape import literal
from gradeline.model.expression import Output, walk
from gradeline.model.pipeline import Scenario
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

# Variables with the address of the run, besides those of which the reader knows that they tell runs apart.
ADDRESSES = frozenset({"CI_PIPELINE_URL", "CI_JOB_URL", "BUILD_URL", "RUN_DISPLAY_URL"})


@record
class Given:
    """One value that the training gets: what it depends on, and where it is written.  ``name`` is that of the
    variable or option, empty for a plain word.  ``hidden``: a step or command computes it where it cannot be
    followed; a setting of the platform is not hidden, as it is the same for every commit."""

    name: str
    origins: Origins
    span: Span
    hidden: bool = False


def given(facts: PipelineFacts, item: Activity) -> tuple[Given, ...]:
    """Everything the pipeline hands to the command or action, in the order it is bound."""
    scenario = next((one for one in facts.pipeline.scenarios if one.id in item.scenarios), None)
    if scenario is None:
        return ()
    return tuple(_all(facts, item, scenario))


def _all(facts: PipelineFacts, item: Activity, scenario: Scenario) -> Iterator[Given]:
    resolver = Resolver(facts, scenario)
    around = Around(item.unit, item.step)
    for variable in (*item.unit.env, *item.step.env):
        yield _text(resolver, variable.name, variable.value, around, variable.span)
    for name, text in item.step.inputs.items() if item.invocation is None else ():
        yield _text(resolver, name, text, around, text.span)
    for _, script, node in places_of(facts, item):
        inside = Around(item.unit, item.step, script)
        for assigned in node.assignments:
            if assigned.value is not None:
                span = script.at(assigned.start, assigned.end)
                yield _word(resolver, assigned.name, assigned.value, script, inside, span)
        before = ""
        for word in node.words:
            plain = literal(word) or ""
            option = plain if plain.startswith("-") else _head(word)
            name = option.partition("=")[0] if option.startswith("-") else before
            yield _word(resolver, name, word, script, inside, script.at(word.start, word.end))
            before = plain if plain.startswith("-") else ""
        for name, words in assignments(script.raw).items():
            for word in words if _exported(item, name) else ():
                yield _word(resolver, name, word, script, inside, script.at(word.start, word.end))
    channels = frozenset(name for name, kind in facts.pipeline.channels.items() if kind == "env")
    for step in item.unit.walk():
        if step.id == item.step.id:
            break
        for name in _written_names(step.script, channels):
            origins = resolver.variable(name, around)
            yield Given(name, origins, step.span, "unknown" in origins)


def _head(word: sh.Word) -> str:
    """The literal beginning of a word: the ``--tag`` of ``--tag=$X``."""
    first = word.parts[0] if word.parts else None
    return first.text if isinstance(first, sh.Piece) else ""


def _written_names(script: Text | None, channels: frozenset[str]) -> tuple[str, ...]:
    return tuple(written(script.raw, channels)) if script is not None else ()


def _exported(item: Activity, name: str) -> bool:
    return item.invocation is not None and any(known == name for known, _ in item.invocation.environment)


def _text(resolver: Resolver, name: str, text: Text, around: Around, span: Span) -> Given:
    origins = resolver.text(text, around) | _addressed(text.raw)
    computed = any(isinstance(node, Output) for node in text.expressions())
    return Given(name, origins, span, computed and "unknown" in origins)


def _word(resolver: Resolver, name: str, word: sh.Word, script: Text, inside: Around, span: Span) -> Given:
    names = {part.name for part in word.parts if isinstance(part, sh.Parameter)}
    origins = resolver.word(word, script, inside)
    origins |= frozenset({"run"}) if names & ADDRESSES else frozenset()
    computed = bool(names & assignments(script.raw).keys()) or any(
        isinstance(part, sh.Substitution | sh.Computed) for part in word.parts
    )
    computed = computed or any(
        isinstance(node, Output)
        for part in word.parts
        if isinstance(part, sh.Placeholder) and part.number < len(script.holes)
        for node in walk(script.holes[part.number].expression)
    )
    return Given(name, origins, span, computed and "unknown" in origins)


def _addressed(raw: str) -> Origins:
    return frozenset({"run"}) if any(f"${name}" in raw or f"${{{name}}}" in raw for name in ADDRESSES) else frozenset()
