"""What a job and its steps are, in words: tool classes, gates, conditions, caches, artifacts, approvals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.evaluate import describe
from gradeline.facts.simulate import constant_condition
from gradeline.graph.drawing import Gate
from gradeline.model.effects import (
    Approval,
    ArtifactGet,
    ArtifactPut,
    CacheUse,
    Checkout,
    Effect,
    FailsUnless,
    Login,
    Notifies,
    PathFilter,
    ReadsTestResults,
    Toolchain,
)
from gradeline.model.expression import Expression
from gradeline.model.pipeline import Step, Unit
from gradeline.source import Span
from gradeline.words import Words

# Classes whose tools look for problems: their failure is meant to stop something.
CHECKING = frozenset({
    "lint", "format", "type-check", "test", "coverage", "mutation", "data-validation", "load-test", "image-scan",
    "dependency-scan", "sast", "secret-scan", "iac-scan", "workflow-lint", "package-check", "verify", "health-check",
})  # fmt: skip
LONGEST = 300  # characters of a condition that are kept
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?")  # how a text over several lines begins in YAML
_EXPERIMENTS = 30_000  # simulated steps of a pipeline after which no further experiment is made


def place_of(span: Span, path: str, words: Words) -> str:
    """A place as people read it in the drawing of the file ``path``."""
    return words("drawn.line", line=span.line) if span.path == path else f"{span.path}:{span.line}"


def does(step: Step, activities: tuple[Activity, ...], words: Words) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a step does: the classes of its working tools, then its effects; and which of these only prepare."""
    classes = list(dict.fromkeys(
        name for item in activities for reading in item.readings if reading.effect == "works"
        for name in sorted(reading.classes)
    ))  # fmt: skip
    effects = tuple(effect for inner in step.walk() for effect in inner.effects)
    logins = any(isinstance(effect, Login) for effect in effects)
    kept = [
        name
        for name in classes
        if not (name == "build" and any(other.startswith("build-") for other in classes))
        and not (name.endswith("-login") and logins)
    ]
    said = [(effect, text) for effect in effects if (text := _effect(effect, kept, words))]
    prepares = [name for name in kept if name.startswith("install")]
    prepares += [text for effect, text in said if _prepares(effect)]
    return tuple(dict.fromkeys([*kept, *(text for _, text in said)])), tuple(prepares)


def gate(facts: PipelineFacts, activities: tuple[Activity, ...]) -> Gate:
    """Whether the checks of a step stop the run: asked by letting each of them fail."""
    checks = [item for item in activities if any(one.effect == "works" for one in item.readings_of(CHECKING))]
    if not checks:
        return ""
    answers: list[bool | None] = []
    for item in checks:
        if facts.simulator.work > _EXPERIMENTS:
            return "unknown"
        answers.append(facts.blocking(item).holds)
    return "lost" if False in answers else "unknown" if None in answers else "gate"


def step_notes(
    facts: PipelineFacts, unit: Unit, step: Step, activities: tuple[Activity, ...], words: Words
) -> Iterator[str]:
    if step.condition is not None:
        yield words("drawn.only_if", condition=written(facts, step.condition_span, step.condition))
    yield from _tolerated(facts, unit, step.tolerate, words)
    for item in activities:
        for reading in item.readings:
            names = ", ".join(sorted(reading.classes))
            if reading.effect == "pretends":
                yield words("drawn.pretends", names=names, reason=reading.reason)
            elif reading.effect == "unknown":
                yield words("drawn.may_be", names=names, reason=reading.reason)
    opaque = {inner.opaque.reason: None for inner in step.walk() if inner.opaque is not None}
    opaque |= {item.opaque: None for item in activities if item.opaque}
    for reason in opaque:
        yield words("drawn.opaque", reason=reason)


def unit_notes(facts: PipelineFacts, unit: Unit, words: Words) -> Iterator[str]:
    if unit.matrix is not None:
        yield _matrix(unit, words)
    if unit.presence is not None:
        yield words("drawn.part_only_if", condition=written(facts, unit.presence_span, unit.presence))
    if unit.condition is not None:
        yield words("drawn.only_if", condition=written(facts, unit.condition_span, unit.condition))
    if unit.approval is not None:
        yield words("drawn.person_may" if unit.approval.optional else "drawn.person")
    if unit.environment is not None:
        yield words("drawn.environment", name=unit.environment.name.raw)
    yield from _tolerated(facts, unit, unit.tolerate, words)
    if unit.use is not None:
        yield words("drawn.calls", name=unit.use.name)
    if unit.opaque is not None:
        yield words("drawn.opaque", reason=unit.opaque.reason)


def written(facts: PipelineFacts, span: Span | None, expression: Expression) -> str:
    """A condition as it stands in the file, on one line."""
    source = facts.project.files.get(span.path) if span is not None else None
    if source is None or span is None:
        text = describe(expression)
    else:
        lines = [source.line(number) for number in range(span.line, min(span.end_line, span.line + 20) + 1)]
        if len(lines) == span.end_line - span.line + 1:
            lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        parts = " ".join(lines).split()
        if parts and _BLOCK.fullmatch(parts[0]):
            del parts[0]
        text = " ".join(parts) or describe(expression)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _tolerated(facts: PipelineFacts, unit: Unit, tolerate: Expression | None, words: Words) -> Iterator[str]:
    if tolerate is None:
        return
    value = constant_condition(tolerate, facts.simulator, unit)
    if value is True:
        yield words("drawn.may_fail")
    elif value is None:
        yield words("drawn.may_fail_when", condition=describe(tolerate))


def _matrix(unit: Unit, words: Words) -> str:
    matrix = unit.matrix
    assert matrix is not None
    if matrix.legs is None:
        return words("drawn.matrix_computed")
    names = list(dict.fromkeys(name.partition(".")[0] for leg in matrix.legs for name in leg))
    if not names:
        return words.count("drawn.runs", matrix.total)
    return words.count("drawn.runs_each", matrix.total, names=", ".join(names[:6]))


def _prepares(effect: Effect) -> bool:
    """Whether an effect only makes the machine ready; what restores or saves a cache alone is worth a word."""
    return isinstance(effect, Checkout | Toolchain) or (isinstance(effect, CacheUse) and effect.mode == "both")


def _effect(effect: Effect, classes: list[str], words: Words) -> str:
    if isinstance(effect, CacheUse):
        return words(f"drawn.cache.{effect.mode}", what=effect.subject)
    if isinstance(effect, ArtifactPut):
        name = effect.name.raw or effect.report
        return words("drawn.keeps_report" if effect.report else "drawn.keeps", name=name)
    if isinstance(effect, ArtifactGet):
        wanted = effect.name or effect.pattern
        return words("drawn.takes", name=wanted.raw) if wanted is not None else words("drawn.takes_all")
    if isinstance(effect, Login):
        how = "federated" if effect.federated else "static" if effect.static else "other"
        return words(f"drawn.login.{how}", provider=effect.provider)
    if isinstance(effect, Toolchain):
        return words("drawn.set_up", language=effect.language)
    if isinstance(effect, Notifies):
        return "" if "notify" in classes else "notify"
    for kind, key in (
        (Checkout, "drawn.check_out"),
        (Approval, "drawn.person"),
        (PathFilter, "drawn.path_filter"),
        (FailsUnless, "drawn.fails_unless"),
        (ReadsTestResults, "drawn.reads_tests"),
    ):
        if isinstance(effect, kind):
            return words(key)
    return ""
