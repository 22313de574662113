"""Variations of a scenario: the same event for another ref, another run or another commit."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts import changed_files
from gradeline.facts.case import PipelineFacts
from gradeline.facts.moment import Moment
from gradeline.facts.runs import Notes
from gradeline.model.pipeline import Scenario, Unit
from gradeline.model.text import Text
from gradeline.records import replace


def only_documents(scenario: Scenario) -> bool:
    """Whether the change touches nothing but documentation."""
    return changed_files.only_documents(scenario.changed)


def depends_on(facts: PipelineFacts, text: Text, unit: Unit, scenario: Scenario, kinds: Iterable[str]) -> bool:
    """Whether the value of ``text`` changes when only the identity of the given kinds changes.

    For a pull request this tells whether two pull requests (``ref``) or two runs of the same one
    (``run``, ``commit``) get different values.
    """
    if not text.holes:
        return False
    first = _value(facts, text, unit, facts.filled(scenario, frozenset()))
    second = _value(facts, text, unit, facts.filled(scenario, frozenset(kinds)))
    return first != second


def filled(facts: PipelineFacts, scenario: Scenario, kinds: frozenset[str]) -> Scenario:
    """A scenario in which all names of its identity have a value, those of the given kinds another one."""
    changed = {path for path, kind in facts.pipeline.identity.items() if kind in kinds}
    names = dict(scenario.names)
    for path in facts.pipeline.identity:
        value = names.get(path, "value" if path not in names else None)
        if value in ("", None):
            names[path] = value
        else:
            names[path] = f"{value}-other" if path in changed else value
    return replace(scenario, names=names)


def _value(facts: PipelineFacts, text: Text, unit: Unit, scenario: Scenario) -> str:
    return Moment(facts.simulator, unit, scenario, {}, Notes()).hidden_text(text)
