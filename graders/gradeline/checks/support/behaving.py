"""The verdicts about behavioural tests, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from gradeline.checks.support.suites import MAX_SHOWN, wanted
from gradeline.facts.case import Case
from gradeline.facts.tests_calls import MANY_ROWS
from gradeline.facts.tests_suite import TestCase
from gradeline.facts.trial_behaviours import Behaviours, Shown, behaviours
from gradeline.facts.trial_models import Known
from gradeline.facts.trial_values import STAND_IN
from gradeline.records import record
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_SAID: Mapping[str, tuple[str, str]] = {
    "invariance": ("that a change must not matter", "does not matter"),
    "direction": ("into which direction a change moves the answer", "has a direction"),
    "minimum": ("what must come out for a simple customer", "has an answer"),
}


@record
class Looked:
    """The tests that run, with what they say, and those that never run."""

    shown: tuple[Shown, ...]
    off: tuple[TestCase, ...]


def tests(case: Case, found: Behaviours, files: tuple[str, ...]) -> Looked:
    mine = [one for one in case.tests.suite.tests
            if not files or any(fnmatchcase(one.path, pattern) for pattern in files)]  # fmt: skip
    shown = tuple(found.of(one) for one in mine if not one.off)
    return Looked(shown, tuple(one for one in mine if one.off))


def found_of(case: Case, model: Mapping[str, Any]) -> Behaviours:
    """The behaviours that the tests are about, with what an exercise says of its model (see the check behaviour)."""
    uses, segments, groups = (_words(model.get(name)) for name in ("uses", "segments", "groups"))
    known = Known(model["effects"], float(model.get("base", 0)), frozenset(uses), model.get("label", ""))
    return behaviours(case.tests.suite, known, segments, groups)


def _words(words: str | list[str] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())


def kinds_only(found: Behaviours, tests: tuple[TestCase, ...], names: Mapping[str, set[str]]) -> bool:
    """Whether names stand for kinds of tests: each for one kind, no kind has two.  ``names``: the tests of each."""
    kinds: list[frozenset[str]] = []
    for mine in names.values():
        shown = [found.of(one) for one in tests if f"{one.path}::{one.name}" in mine]
        said = {frozenset(kind for kind in (*_SAID, "groups") if getattr(one, kind)) for one in shown}
        if len(said) != 1 or not all(len(one) == 1 for one in said):
            return False
        kinds += said
    return len(set(kinds)) == len(kinds) > 1


def said(case: Case, looked: Looked, says: str, at_least: int) -> Verdict:
    mine = [one for one in looked.shown if getattr(one, says)]
    count = sum(getattr(one, says) for one in mine)
    text = _SAID[says][0]
    if count >= at_least:
        places = tuple(Evidence(one.test.span, "proof", _proof(one, says)) for one in mine[:MAX_SHOWN])
        return Verdict("met", f"{count} cases say {text}.", places)
    opposite = [(name, span) for one in looked.shown for name, span in one.opposite.items()]
    if says == "direction" and opposite:
        name = opposite[0][0]
        message = f"A test wants {name} to move the answer into the other direction than the business knows."
        places = tuple(Evidence(place, "problem", f"{which}: the wrong way round") for which, place in opposite)
        return Verdict("unmet", message, tuple(dict.fromkeys(places))[:MAX_SHOWN])
    hidden = _hidden(case, looked, at_least - count)
    if hidden is not None:
        return hidden
    many = f"{count or 'No'} case{'s' * (count != 1)} say{'s' * (count == 1)}"
    return Verdict("unmet", f"{many} {text}. {wanted(at_least)}", _near(case, looked, says))


def _proof(one: Shown, says: str) -> str:
    if says == "minimum":
        return f"{one.minimum} case{'s' * (one.minimum != 1)}: fails when every customer gets nearly the same risk"
    names = ", ".join(sorted(one.about)[:3])
    how = "depends on it" if says == "invariance" else "goes the other way"
    return f"changes {names}; fails with a model that {how}"


def _near(case: Case, looked: Looked, says: str) -> tuple[Evidence, ...]:
    """What the tests do instead."""
    found = [Evidence(one.test.span, "problem", _instead(one)) for one in looked.shown if not getattr(one, says)]
    found += [Evidence(one.span, "problem", one.off) for one in looked.off]
    found.sort(key=lambda one: one.text == _instead_asks_nothing)
    return tuple(found[:MAX_SHOWN]) or nowhere(case)


_instead_asks_nothing = "asks no model"


def _instead(one: Shown) -> str:
    if one.skipped:
        return "skips itself"
    if one.unsure == STAND_IN:
        return "puts something else in the place of the model"
    if one.constant:
        return "its model answers always the same"
    others = [f"says {text}" for name, (text, _) in _SAID.items() if getattr(one, name)]
    if others:
        return others[0]
    if one.groups:
        return "looks at groups of customers"
    if one.some:
        return "passes although some of its customers go the other way"
    if not one.asked:
        return _instead_asks_nothing
    if not one.changed:
        return "nothing differs between its questions to the model"
    return f"changes {', '.join(sorted(one.changed)[:2])}; passes whatever the model makes of it"


def nowhere(case: Case) -> tuple[Evidence, ...]:
    path = next((path for path in case.project.paths if path.startswith("tests/")), None)
    return (Evidence(Span(path, 1), "context", "no test is found here"),) if path else ()


def _hidden(case: Case, looked: Looked, missing: int) -> Verdict | None:
    """*Cannot tell* when enough may be where nobody can look."""
    for module in case.tests.suite.unread:
        place = next((one.span for one in module.diagnostics if one.span is not None), Span(module.path, 1))
        message = f"`{module.path}` cannot be read to its end, so its tests are not all known."
        return Verdict("cannot_tell", message, (Evidence(place, "problem", "is not read from here on"),))
    unsure = [one for one in looked.shown if one.unsure and one.unsure != STAND_IN]
    if unsure and sum(max(1, one.cases) for one in unsure) >= missing:
        first = unsure[0]
        message = f"`{first.test.name}` cannot be followed to its end: {first.unsure}."
        places = tuple(Evidence(one.where or one.test.span, "problem", one.unsure) for one in unsure)
        return Verdict("cannot_tell", message, places[:MAX_SHOWN])
    return None


def over_many(case: Case, looked: Looked, rows: int, at_least: int) -> Verdict:
    changing = [one for one in looked.shown if one.invariance or one.direction or one.opposite]
    mine = [one for one in changing if one.rows >= rows or _whole(one)]
    count = sum(max(1, one.invariance + one.direction) for one in mine)
    if count >= at_least:
        places = tuple(Evidence(one.test.span, "proof", f"tries its change on {one.rows} customers")
                       for one in mine[:MAX_SHOWN])  # fmt: skip
        return Verdict("met", f"{count} changes are tried on many customers.", places)
    hidden = _hidden(case, looked, at_least - count)
    if hidden is not None:
        return hidden
    few = [Evidence(one.test.span, "problem", f"tries its change on {one.rows} customer{'s' * (one.rows != 1)}")
           for one in changing if one not in mine]  # fmt: skip
    many = f"{count or 'No'} change{'s' * (count != 1)} of an input {'is' if count == 1 else 'are'}"
    message = f"{many} tried on {rows} customers or more. {wanted(at_least)}"
    return Verdict("unmet", message, tuple(few[:MAX_SHOWN]) or _near(case, looked, "invariance"))


def _whole(one: Shown) -> bool:
    """Whether all combinations of two kinds of customers are tried."""
    known = [[value for value in column if value is not None] for column in zip(*one.segments, strict=True)]
    for first in range(len(known)):
        for second in range(first):
            pairs = {(row[first], row[second]) for row in one.segments if row[first] is not None}
            if len(set(known[first])) > 2 and len(set(known[second])) > 2 and len(pairs) >= len(
                    set(known[first])) * len(set(known[second])):  # fmt: skip
                return True
    return False


def sliced(case: Case, looked: Looked, named: bool) -> Verdict:
    bare: list[Evidence] = []
    partly: list[Evidence] = []
    for one in looked.shown:
        for column, groups in one.wanted.items():
            reached = one.groups.get(column, set())
            place = one.bound or one.test.span
            if len(groups) < 2 or not groups <= reached:
                left = sorted(str(group) for group in groups - reached)
                partly.append(
                    Evidence(one.test.span, "problem", f"passes when the model is bad for {', '.join(left[:3])}")
                )
            elif named and one.bare:
                bare.append(Evidence(place, "problem", "a number that nobody gave a name"))
            else:
                text = f"fails when the model is bad for one value of {column}"
                return Verdict("met", f"`{one.test.name}` looks at each {column}.", (Evidence(place, "proof", text),))
    hidden = _hidden(case, looked, 1)
    if bare:
        return Verdict("unmet", "Groups of customers are compared with a bound that has no name.", tuple(bare))
    if hidden is not None:
        return hidden
    message = "No test fails when the model is bad for one group of customers only."
    return Verdict("unmet", message, tuple(partly[:MAX_SHOWN]) or _near(case, looked, "groups"))


def made_once(case: Case, looked: Looked) -> Verdict:
    static = {f"{one.case.path}::{one.case.name}": one for one in case.tests.about()}
    stand_in = [one for one in looked.shown if one.constant or one.unsure == STAND_IN or any(
        "mock" in claim.labels for claim in static[f"{one.test.path}::{one.test.name}"].story.claims)]  # fmt: skip
    if stand_in:
        first = stand_in[0]
        places = tuple(Evidence(one.test.span, "problem", "does not ask a trained model") for one in stand_in)
        message = f"`{first.test.name}` asks something that stands in for the model."
        return Verdict("unmet", message, places[:MAX_SHOWN])
    again = [one for one in looked.shown if one.again is not None]
    if again:
        first = again[0]
        places = tuple(dict.fromkeys(Evidence(one.again, "problem", "makes a model for each test anew")
                                     for one in again if one.again is not None))  # fmt: skip
        return Verdict("unmet", "The model is made again and again.", places[:MAX_SHOWN])
    full = [one for one in looked.shown if not 0 < one.trained <= MANY_ROWS
            and "trained-on-all" in static[f"{one.test.path}::{one.test.name}"].story.labels]  # fmt: skip
    if full:
        places = tuple(Evidence(one.test.span, "problem", "needs a model of the whole export") for one in full)
        return Verdict("unmet", "The model of the tests is trained on all of the data.", places[:MAX_SHOWN])
    hidden = _hidden(case, looked, 1)
    asking = [one for one in looked.shown if one.asked]
    if hidden is not None:
        return hidden
    if not asking:
        return Verdict("unmet", "No test asks a trained model.", _near(case, looked, "asked"))
    places = tuple(Evidence(one.test.span, "proof", "asks a model that all tests share") for one in asking)
    return Verdict("met", "The model is made once, and all tests ask it.", places[:MAX_SHOWN])
