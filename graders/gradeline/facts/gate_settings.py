"""What the entries of a gate's file do: each is changed, and the gate is asked again."""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.gate_experiment import Run, run
from gradeline.facts.gate_runs import Decision, Gate
from gradeline.facts.gate_values import Const
from gradeline.model.document import Document, Key, Value
from gradeline.records import record, replace
from gradeline.source import Span

OTHER = "no such word"
_SEVERITY = frozenset(
    {
        "severity", "level", "action", "mode", "blocking", "blocks", "block", "warn", "warning", "warnings", "fail",
        "error", "errors", "hard", "soft", "required", "enforce", "enforced", "critical", "on_fail", "kind", "gate",
    }
)  # fmt: skip


@record
class Settings:
    """``works`` are the settings beside a bound whose change is noticed, ``idle`` those whose is not.
    ``severity``: one of those that work says whether the gate stops or warns.
    ``tolerates``: a missing bound goes unnoticed."""

    works: tuple[str, ...]
    severity: bool
    idle: tuple[tuple[str, Span], ...]
    tolerates: bool


def effective(gate: Gate, one: Decision, bound: Const) -> Settings | None:
    """The settings around the bound of a decision; None when there is no file to change."""
    document = next(
        (item for item in _documents(gate) if bound.span is not None and item.path == bound.span.path), None
    )
    if document is None or not bound.key or gate.good is None:
        return None
    works: list[str] = []
    idle: list[tuple[str, Span]] = []
    entry = bound.key[:-1]
    severity = any(str(part).lower() in _SEVERITY for part in entry)
    for key in document.items(*entry):
        value = document.values[key]
        if key == bound.key or value.size is not None or (isinstance(value.data, float | int) and not isinstance(
            value.data, bool
        )):  # fmt: skip
            continue
        name = str(key[-1])
        changed = not value.data if isinstance(value.data, bool) else OTHER
        if _noticed(gate, one, document, key, changed):
            works.append(name)
            severity = severity or bool({name.lower(), str(value.data).lower()} & _SEVERITY)
        elif name.lower() not in ("name", "id", "why", "reason", "owner", "description", "title", "note", "unit"):
            idle.append((name, value.span))
    if not isinstance(entry[-1] if entry else 0, int):
        works.append(str(entry[-1]))  # the key of the entry names the metric
    values = {key: value for key, value in document.values.items() if key != bound.key}
    without = _run(gate, replace(document, values=values), gate.good[0])
    return Settings(tuple(works), severity, tuple(idle), without.status == 0)


def _documents(gate: Gate) -> tuple[Document, ...]:
    read = gate.good[1].read if gate.good is not None else {}
    found = (gate.documents.get(path) for path in read)
    return tuple(one for one in found if one is not None)


def _noticed(gate: Gate, one: Decision, document: Document, key: Key, data: object) -> bool:
    """Whether the gate ends differently, for good numbers or for the bad one, once the setting is another."""
    assert gate.good is not None
    assert isinstance(data, str | bool)
    old = document.values[key]
    changed = replace(document, values={**document.values, key: Value(data, old.span)})
    faces, good = gate.good
    if _run(gate, changed, faces).outcome != good.outcome:
        return True
    if one.worse is None or one.bound is None:
        return False
    size = max(abs(one.bound) * 1e-3, 1e-5)
    bad = {**faces, one.leaf.key: one.bound - size if one.up else one.bound + size}
    return _run(gate, changed, bad).outcome != gate.run(bad).outcome


def _run(gate: Gate, document: Document, faces: Mapping[tuple[str, ...], object]) -> Run:
    documents = {**{item.path: item for item in _documents(gate)}, document.path: document}
    return run(gate.code, documents, gate.start, faces, gate.produced)
