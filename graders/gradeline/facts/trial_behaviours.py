"""What tests say about the behaviour of a model, found out by experiments.

Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP models with CheckList": a test of minimum functionality says
what must come out for a simple case, an invariance test that a change must not matter, a directional test into which
direction a change moves the answer.  Each test is followed several times, each time with another model:

* it is *directional* for a feature when a model that follows the direction passes and its mirror image does not;
* it is about an *invariance* when two of its questions differ only in what must not matter, and a model that depends
  on that fails;
* it is about *minimum functionality* when a model with all answers near one end fails although their order is right;
* it looks at *slices* when it forms groups by a column, and a model that is bad for one group fails, whichever it is.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gradeline.facts.tests_suite import Suite, TestCase
from gradeline.facts.trial_models import (
    Known,
    Score,
    Sight,
    bad_for,
    by_columns,
    good,
    mostly,
    moved,
    moved_for,
    noisy,
    only,
    shown,
    turned,
    with_labels,
)
from gradeline.facts.trial_runs import EXAMPLES, MAX_CASES, Outcome, Runner, Values, examples
from gradeline.facts.trial_values import Lost, missing
from gradeline.records import field, record
from gradeline.source import Span

MAX_TRIALS = 1_500
MAX_SAMPLED = 6  # cases of one test that are followed
MAX_LEVELS = 4  # assertions of one case about how high an answer is
MAX_PAIRS = 8  # questions that are compared with each other
FEW, MANY = 10, 20  # rows of a table that somebody wrote by hand, and of one that nobody did
_BAD = ("sure", "never", "turned", "high", "low", "flat")


@record(frozen=False)
class Shown:
    """What one test says.  The numbers are cases: of invariance, of a direction that is right, of a direction that is
    the opposite of the exercise's (by the feature, with a place), of minimum functionality.  ``rows``: how many
    records were changed.  ``groups``: by column, the groups that may not be worse without notice; ``bound`` is where
    they are compared.  ``unsure``: why some case cannot be decided."""

    test: TestCase
    cases: int = 1
    invariance: int = 0
    direction: int = 0
    minimum: int = 0
    about: set[str] = field(default_factory=set)  # what was changed, of the cases that count
    changed: set[str] = field(default_factory=set)  # the same of all cases
    opposite: dict[str, Span] = field(default_factory=dict)
    rows: int = 0
    segments: set[tuple[Any, ...]] = field(default_factory=set)
    groups: dict[str, set[Any]] = field(default_factory=dict)
    wanted: dict[str, set[Any]] = field(default_factory=dict)  # the groups that there are
    bound: Span | None = None
    bare: bool = False  # the bound of the groups is a number without a name
    unsure: str = ""
    where: Span | None = None
    asked: bool = False  # a model was asked
    constant: bool = False  # one that always answers the same
    skipped: bool = False  # it skips itself
    some: bool = False  # passes although some customers go the other way
    asked_before: set[str] = field(default_factory=set)  # the questions of cases that count
    trained: int = 0  # rows that a model is trained on, about; 0 when that is not known
    again: Span | None = None  # where a model is made for each test anew


def behaviours(suite: Suite, known: Known, segments: tuple[str, ...], dims: tuple[str, ...]) -> Behaviours:
    """The same for everybody who asks about the same model."""
    kept: dict[Any, Behaviours] = suite.__dict__.setdefault("_behaviours", {})
    key = (repr(known), segments, dims)
    if key not in kept:
        kept[key] = Behaviours(suite, known, segments, dims)
    return kept[key]


class Behaviours:
    """The behaviours that the tests of a suite are about; each test is looked into once."""

    def __init__(self, suite: Suite, known: Known, segments: tuple[str, ...] = (), dims: tuple[str, ...] = ()) -> None:
        self.suite = suite
        self.known = known
        self.segments = segments
        self.dims = dims
        self.runner = Runner(suite, MAX_TRIALS)
        self._found: dict[str, Shown] = {}

    def of(self, test: TestCase) -> Shown:
        key = f"{test.path}::{test.name}"
        if key not in self._found:
            self._found[key] = self._look(test)
        return self._found[key]

    def _look(self, test: TestCase) -> Shown:
        found = Shown(test)
        try:
            cases = self.runner.cases(test, good(self.known))
        except Lost as error:
            found.unsure, found.where, found.cases = error.reason, error.span or test.span, MAX_CASES
            return found
        except (RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            found.unsure, found.where, found.cases = "its cases cannot be computed", test.span, MAX_CASES
            return found
        found.cases = len(cases)
        some = _spread(cases)
        for values in some:
            _Case(self, found, values).look()
        if len(some) < len(cases):  # the others are like them
            for name in ("invariance", "direction", "minimum", "rows"):
                setattr(found, name, getattr(found, name) * len(cases) // len(some))
            if found.wanted:
                for values in cases:
                    if values not in some:
                        _Case(self, found, values).slices_only()
        tried = examples(test)
        found.rows = found.rows * tried // EXAMPLES if tried else found.rows
        return found

    def groups(self, name: str, sights: Iterable[Sight]) -> set[Any]:
        """The values of a column, in the tables that were read and in the questions."""
        found = {row.get(name) for sight in sights for row in sight.rows}
        for (kind, *_), table in self.runner.kept.items():
            if kind == "table" and name in table.cells:
                found |= set(table.cells[name])
        return {one for one in found if not missing(one)}

    @property
    def spread(self) -> float:
        """How much the customers of the data files differ, in log-odds."""
        tables = [table for (kind, *_), table in self.runner.kept.items() if kind == "table"]
        return max((_deviation([self.known.total(row) for row in table.records()]) for table in tables), default=0.0)


def _deviation(many: list[float]) -> float:
    middle = sum(many) / max(1, len(many))
    return float((sum((one - middle) ** 2 for one in many) / max(1, len(many))) ** 0.5)


def _turned_round(sights: tuple[Sight, ...]) -> bool:
    """Whether two questions have the same columns in another order."""
    orders = [list(sight.rows[0]) for sight in sights[:MAX_PAIRS] if sight.rows]
    return any(one != orders[0] and sorted(map(str, one)) == sorted(map(str, orders[0])) for one in orders)


def _many(sights: tuple[Sight, ...]) -> int:
    """On how many customers a change was tried: at once, or one after the other."""
    most = max(len(sight.rows) for sight in sights)
    return max(most, len(sights) // 2 * most) if most <= FEW else most


def _question(sights: tuple[Sight, ...]) -> str:
    """What a case asks about, as a short text."""
    from hashlib import blake2s

    found = blake2s(digest_size=12)
    for sight in sights:
        rows = [sorted((str(name), shown(value)) for name, value in row.items()) for row in sight.rows]
        found.update(repr((list(map(str, sight.labels)), rows)).encode("utf-8", "replace"))
    return found.hexdigest()


def _values(sight: Sight, name: str) -> Counter[str]:
    return Counter(shown(row.get(name)) for row in sight.rows)


def _keys(sight: Sight, names: list[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(shown(row.get(name)) for name in names) for row in sight.rows)


def _spread(cases: list[Values]) -> list[Values]:
    if len(cases) <= MAX_SAMPLED:
        return cases
    return [cases[number * len(cases) // MAX_SAMPLED] for number in range(MAX_SAMPLED)]


class _Case:
    """One case of a test."""

    def __init__(self, all_of: Behaviours, found: Shown, values: Values) -> None:
        self.all_of = all_of
        self.known = all_of.known
        self.found = found
        self.values = values
        self.ignored: frozenset[Span] = frozenset()  # assertions about how high an answer is
        self.directed: frozenset[Span] = frozenset()  # assertions about a direction

    def run(self, score: Score) -> Outcome:
        outcome = self.all_of.runner.run(self.found.test, self.values, score, self.ignored)
        if outcome.kind == "lost" and not self.found.unsure:
            self.found.unsure, self.found.where = outcome.reason, outcome.span
        return outcome

    def passing(self) -> tuple[Score | None, Outcome]:
        """A good model with which the case passes, and how it went; without one the first that was tried."""
        known = self.known
        first: Outcome | None = None
        scores = [
            good(known), good(known, 2), with_labels(known, 2), good(known, 1, 0.8), good(known, 1, -0.8),
            good(known, 0.5), good(known, 4), with_labels(known, 4), good(known, 1, 2), good(known, 1, -2),
        ]  # fmt: skip
        for score in scores:
            outcome = self.run(score)
            if outcome.kind in ("green", "lost", "skipped"):
                return (score if outcome.kind == "green" else None), outcome
            first = first or outcome
        assert first is not None
        return None, first

    def look(self) -> None:
        base, outcome = self.passing()
        found = self.found
        found.constant = found.constant or outcome.constant
        found.asked = found.asked or bool(outcome.seen)
        found.skipped = found.skipped or outcome.kind == "skipped"
        found.trained = max(found.trained, outcome.trained)
        found.again = found.again or next((span for how, span in outcome.made if how == "each"), None)
        if not outcome.seen or outcome.kind in ("lost", "skipped"):
            return
        sights = outcome.seen
        if base is not None:
            self._slices(base, outcome)
        question = _question(sights)
        if question in found.asked_before:
            found.cases -= 1  # a case that asks what another one asked
            return
        found.asked_before.add(question)
        if base is not None:
            found.minimum += self._minimum(base, sights)
        features = self._features(sights)
        names, place, label, _ = self._changed(sights)
        found.changed |= {*features, *names, *(["the order of the rows"] * (place or label))}
        found.changed |= {"the order of the columns"} if _turned_round(sights) else set()
        ways = {name: self._direction(name, sights, base) for name in features}
        right = [name for name, way in ways.items() if way == "right"]
        wrong = [name for name, way in ways.items() if way == "opposite"]
        found.some = found.some or any(way == "some" for way in ways.values())
        if right and wrong:
            found.unsure = found.unsure or f"what it says about {right[0]} and about {wrong[0]} does not fit together"
            found.where = found.where or outcome.span or found.test.span
            right, wrong = [], []
        for name in wrong:
            found.opposite.setdefault(name, outcome.span or found.test.span)
        changed = self._invariance(sights, base, bool(right or wrong)) if base is not None else frozenset()
        if right and not wrong:  # a loop over features says as much as a case for each
            found.direction += max(1, len(self._alone(sights).intersection(right)))
        found.invariance += bool(changed)
        found.about |= {*right, *changed}
        if right or wrong or changed:
            found.rows += _many(sights)
            found.segments |= {tuple(row.get(one) for one in self.all_of.segments)
                               for sight in sights for row in sight.rows}  # fmt: skip
        elif base is None and not found.unsure:
            found.unsure, found.where = "no model that the exercise describes passes it", outcome.span
        elif not self.ignored and not found.some and features and not found.unsure and self._close(features):
            found.unsure = f"how much {features[0]} may change the answer is for the model to say"
            found.where = found.test.span

    def slices_only(self) -> None:
        base, outcome = self.passing()
        if base is not None and outcome.seen:
            self._slices(base, outcome)

    # -- directions ----------------------------------------------------------------------------

    def _features(self, sights: tuple[Sight, ...]) -> list[str]:
        """The features that were changed: two questions about the same customers differ in them, and in few others."""
        found: list[set[str]] = []
        few = sights[:MAX_PAIRS]
        for one in range(len(few)):
            found.append(self._varied(few[one]))
            found += [self._moved(few[one], few[two]) for two in range(one)]
        least = min((len(one) for one in found if one), default=0)
        names = {name for one in found if len(one) == least for name in one}
        return [name for name in self.known.effects if name in names]

    def _alone(self, sights: tuple[Sight, ...]) -> set[str]:
        """The features that are the only one in which two questions differ."""
        few = sights[:MAX_PAIRS]
        pairs = [self._moved(one, two) for place, one in enumerate(few) for two in few[:place]]
        return {name for pair in pairs if len(pair) == 1 for name in pair}

    def _moved(self, one: Sight, two: Sight) -> set[str]:
        gone = {name for name in self.known.effects if _values(one, name) != _values(two, name)}
        same = sorted(map(str, one.labels)) == sorted(map(str, two.labels))
        few = max(len(one.rows), len(two.rows)) <= FEW
        kept = [name for name in self.known.effects if name not in gone]
        shared = sum((_keys(one, kept) & _keys(two, kept)).values()) if len(gone) == 1 else 0
        near = shared and shared * 10 >= min(len(one.rows), len(two.rows)) * 6
        return gone if same or few or near else set()

    def _varied(self, sight: Sight) -> set[str]:
        """The features in which rows of one table differ that are the same in all others."""
        if len(sight.rows) <= FEW:
            return {name for name in self.known.effects if len(_values(sight, name)) > 1}
        found: set[str] = set()
        for name in self.known.effects:
            rest = [other for other in self.known.effects if other != name]
            values: dict[tuple[str, ...], list[str]] = {}
            for row in sight.rows:
                values.setdefault(tuple(shown(row.get(one)) for one in rest), []).append(shown(row.get(name)))
            tried = [sorted(one) for one in values.values()]
            if len(set(tried[0])) > 1 and all(one == tried[0] for one in tried):  # a template: all with all
                found.add(name)
        return found

    def _direction(self, name: str, sights: tuple[Sight, ...], base: Score | None) -> str:
        effects = sorted(self.known.effect(name, row) for sight in sights for row in sight.rows)
        low, high, middle = effects[0], effects[-1], effects[len(effects) // 2]
        if low == high:
            return ""
        both_red = 0
        for width, at in ((high - low, (low + high) / 2), ((high - low) / 4, middle), ((high - low) / 12, middle)):
            follows = self.run(only(self.known, name, at, width, True))
            mirrored = self.run(only(self.known, name, at, width, False))
            if follows.kind == "green" and mirrored.kind == "red":
                self._leave_out(mirrored)
                many = min(len(sight.rows) for sight in sights) >= MANY
                return "some" if many and self.run(mostly(self.known, name, at, width)).kind == "green" else "right"
            if follows.kind == "red" and mirrored.kind == "green":
                return "opposite"
            both_red += follows.kind == mirrored.kind == "red"
        if both_red and base is not None:
            strong = self.run(turned(base, self.known, name, 4)).kind
            against = [self.run(turned(base, self.known, name, times)).kind for times in (-3, -8)]
            if strong == "green" and against == ["red", "red"]:
                return "right"
        return ""

    def _leave_out(self, outcome: Outcome) -> None:
        if outcome.span is not None:
            self.directed |= {outcome.span}

    # -- invariances ---------------------------------------------------------------------------

    def _invariance(self, sights: tuple[Sight, ...], base: Score, directed: bool) -> frozenset[str]:
        """What differs between questions that are the same in all that matters, if a model that depends on it fails.

        A little noise does not turn round what the case says about something else, much noise may."""
        names, place, label, part = self._changed(sights)
        turned_round = _turned_round(sights)
        if turned_round and self.run(by_columns(base)).kind == "red":
            return frozenset({"the order of the columns"})
        if not names and not place and not label:
            return frozenset()
        self.ignored |= self.directed
        tries = [noisy(names, place, label, 1, base, 1e-4)]
        if not part:
            tries += [noisy(names, place, label, salt, base, 0.3) for salt in (1, 2, 3)]
            if max(len(sight.rows) for sight in sights) <= FEW:
                tries += [noisy(names, place, label, salt) for salt in (1, 2, 3)]
        if any(self.run(score).kind == "red" for score in tries):
            return frozenset({*names, *(["the order of the rows"] * place), *(["the labels of the rows"] * label)})
        return frozenset()

    def _key(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(shown(row.get(name)) for name in self.known.effects)

    def _changed(self, sights: tuple[Sight, ...]) -> tuple[frozenset[str], bool, bool, bool]:
        """What differs besides the features: columns, the places of rows, their labels; and whether questions are only
        a part of others."""
        names: set[str] = set()
        inner: set[str] = set()
        place = label = part = False
        few = sights[:MAX_PAIRS]
        keys = [[self._key(row) for row in sight.rows] for sight in few]
        counts = [Counter(one) for one in keys]
        for one in range(len(few)):
            within, twice = self._within(few[one], keys[one])
            inner |= within
            place = place or twice
            for two in range(one):
                if counts[one] - counts[two] and counts[two] - counts[one]:
                    continue
                if counts[one] == counts[two]:
                    names |= self._between(few[one], few[two], keys[one], keys[two])
                    label = label or sorted(map(str, few[one].labels)) != sorted(map(str, few[two].labels))
                    place = place or keys[one] != keys[two]
                else:
                    place = part = True
        return frozenset(names or inner), place, label, part

    def _others(self, sight: Sight) -> list[str]:
        names = dict.fromkeys(name for row in sight.rows[:200] for name in row)
        return [str(name) for name in names if name not in self.known.effects and name not in self.known.uses]

    def _between(self, one: Sight, two: Sight, keys: list[tuple[str, ...]], more: list[tuple[str, ...]]) -> set[str]:
        found: set[str] = set()
        for name in dict.fromkeys([*self._others(one), *self._others(two)]):
            first = Counter((key, shown(row.get(name))) for key, row in zip(keys, one.rows, strict=True))
            second = Counter((key, shown(row.get(name))) for key, row in zip(more, two.rows, strict=True))
            if first != second:
                found.add(name)
        return found

    def _within(self, sight: Sight, keys: list[tuple[str, ...]]) -> tuple[set[str], bool]:
        """What differs between rows of one table that are the same in all that matters; and whether rows are there
        twice that do not differ in anything."""
        counts = Counter(keys)
        repeated = sum(count for count in counts.values() if count > 1)
        if repeated * 10 < len(keys) * 6:
            return set(), False
        found: set[str] = set()
        for name in self._others(sight):
            values: dict[tuple[str, ...], set[str]] = {}
            for key, row in zip(keys, sight.rows, strict=True):
                values.setdefault(key, set()).add(shown(row.get(name)))
            if any(len(one) > 1 for one in values.values()):
                found.add(name)
        whole = Counter(repr(sorted(row.items(), key=str)) for row in sight.rows)
        twice = sum(count for count in whole.values() if count > 1)
        return found, twice * 10 >= len(keys) * 6

    def _close(self, features: list[str]) -> bool:
        """Whether the case says that a small change of a feature changes the answer a little only."""
        if not features or self.run(lambda row, place, label, count: 0.5).kind != "green":
            return False
        return self.run(noisy(frozenset(features), False, False, 1)).kind == "red"

    # -- levels and slices ---------------------------------------------------------------------

    def _minimum(self, base: Score, sights: tuple[Sight, ...]) -> int:
        """Of how many customers the case says how high the answer has to be, one after the other; 1 for a table.  What
        says so is left out of the further trials."""
        before = self.ignored
        places: set[Span] = set()
        for to in (3.5, -3.5):
            for _ in range(MAX_LEVELS):
                outcome = self.run(moved(base, to))
                if outcome.kind != "red" or outcome.span is None:
                    break
                places.add(outcome.span)
                self.ignored |= {outcome.span}
        # About all sorts of customers, not about one?
        if not places or not all(len(one.rows) <= MANY or self._of_a_kind(one) for one in sights):
            return 0
        one_by_one = {repr(sorted(one.rows[0].items(), key=str)): one.rows[0] for one in sights if len(one.rows) == 1}
        if len(one_by_one) < 2 or self.found.cases > 1:
            return 1
        after, self.ignored = self.ignored, before
        known = sum(any(self._says(moved_for(base, row, to), places) for to in (3.5, -3.5))
                    for row in [*one_by_one.values()][:MAX_PAIRS])  # fmt: skip
        self.ignored = after
        return max(1, known)

    def _says(self, score: Score, places: set[Span]) -> bool:
        outcome = self.run(score)
        return outcome.kind == "red" and outcome.span in places

    def _of_a_kind(self, sight: Sight) -> bool:
        """Whether the customers of a table are more like each other than those of the data files."""
        whole = self.all_of.spread
        return not whole or _deviation([self.known.total(row) for row in sight.rows]) < 0.7 * whole

    def _slices(self, base: Score, outcome: Outcome) -> None:
        found = self.found
        for name in self.all_of.dims:
            if name not in outcome.groups:
                continue
            found.wanted[name] = self.all_of.groups(name, outcome.seen) | found.wanted.get(name, set())
            there = {row.get(name) for sight in outcome.seen for row in sight.rows}
            for group in sorted((one for one in found.wanted[name] if one in there), key=str):
                for how in _BAD:
                    bad = self.run(bad_for(base, name, group, how))
                    if bad.kind == "red":
                        found.groups.setdefault(name, set()).add(group)
                        found.bound = bad.span
                        found.bare = _bare(bad, self.found.test)
                        break


def _bare(outcome: Outcome, test: TestCase) -> bool:
    """Whether the bound of a failed assertion is a number that has no name."""
    node = outcome.node
    if node is None and outcome.span is not None:
        node = next((one for one in ast.walk(test.module.tree) if isinstance(one, ast.Expr | ast.Assert)
                     and one.lineno == outcome.span.line), None)  # fmt: skip
    if node is None:
        return False
    return any(isinstance(one, ast.Constant) and isinstance(one.value, float) and 0 < one.value < 1
               for one in ast.walk(node))  # fmt: skip
