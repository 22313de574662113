"""Models that a followed test asks, and what they answer in one trial.

A trial replaces every trained or loaded model by one whose behaviour is known.  It sees the records that the test
handed to the code under test, whatever the code makes of them, so it may also depend on what a real model never sees.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_grids import Grid
from gradeline.facts.trial_machine import Func, Machine
from gradeline.facts.trial_values import Column, Lost, Row, missing
from gradeline.records import field, record
from gradeline.source import Span

# A record, its place in its table, its label, and how many there are.
Score = Callable[[Row, int, Any, int], float]
MAX_TABLES = 80


@record
class Sight:
    """What one question to a model was about: its records, and their labels."""

    rows: tuple[Row, ...]
    labels: tuple[Any, ...]


@record(frozen=False)
class Answers:
    """The models of one trial."""

    score: Score
    seen: list[Sight] = field(default_factory=list)
    constant: bool = False  # a model that never looks at its input was asked
    rows: int = 0  # the most that a model is trained on
    made: list[tuple[str, Span]] = field(default_factory=list)  # how often each model is made, and where

    def ask(self, rows: list[Row], labels: list[Any]) -> list[float]:
        if len(self.seen) < MAX_TABLES:
            self.seen.append(Sight(tuple(rows), tuple(labels)))
        return [self.score(row, place, label, len(rows))
                for place, (row, label) in enumerate(zip(rows, labels, strict=True))]  # fmt: skip


class Model:
    """A trained model, or a pipeline that ends with one.  ``constant``: it answers always the same."""

    __slots__ = ("answers", "constant")

    def __init__(self, answers: Answers, constant: bool = False) -> None:
        self.answers = answers
        self.constant = constant

    def _scores(self, given: Any) -> tuple[list[float], Any]:
        rows, labels = seen_of(given)
        if self.constant:
            self.answers.constant = True
            return [0.5] * len(rows), rows
        return self.answers.ask(rows, labels), rows

    def predict_proba(self, X: Any, **options: Any) -> Grid:  # noqa: N803 - scikit-learn calls it so
        scores, rows = self._scores(X)
        return Grid([Column([1 - one for one in scores], None, rows), Column(scores, None, rows)])

    def predict(self, X: Any, **options: Any) -> Column:  # noqa: N803
        scores, rows = self._scores(X)
        return Column([int(one >= 0.5) for one in scores], None, rows)

    def decision_function(self, X: Any) -> Column:  # noqa: N803
        scores, rows = self._scores(X)
        return Column([logit(one) for one in scores], None, rows)

    def fit(self, *given: Any, **named: Any) -> Model:
        return self

    partial_fit = fit

    def set_params(self, **named: Any) -> Model:
        return self

    def score(self, X: Any, y: Any, **options: Any) -> float:  # noqa: N803
        from gradeline.facts.trial_asserts import plain

        found = self.predict(X).values
        return float(sum(one == two for one, two in zip(found, plain(y), strict=True)) / max(1, len(found)))

    @property
    def classes_(self) -> Column:
        return Column([0, 1])


def logit(chance: float) -> float:
    chance = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(chance / (1 - chance))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-min(max(value, -60.0), 60.0)))


def seen_of(given: Any) -> tuple[list[Row], list[Any]]:
    """The records of a table and their labels."""
    if isinstance(given, Frame):
        return given.records(), given.labels
    rows = given.columns[0].rows if isinstance(given, Grid) and given.columns else getattr(given, "rows", None)
    if rows is not None:
        return rows, list(range(len(rows)))
    if isinstance(given, list) and given and all(isinstance(one, dict) for one in given):
        return given, list(range(len(given)))
    raise Lost("what a model is asked about cannot be seen")


def into_code(machine: Machine, function: Func, given: list[Any], named: dict[str, Any]) -> Any:
    """A call from a test into the code under test.  Tables keep the records that went in."""
    from gradeline.facts.tests_code import CodeUnderTest
    from gradeline.model.code import Defined, Function

    def inside(value: Any) -> Any:
        return Frame(dict(value.cells), value.labels, value.records()) if isinstance(value, Frame) else value

    does: frozenset[str] = frozenset()
    if isinstance(function.node, Function):
        does = CodeUnderTest(machine.code).does(Defined(function.scope.module, function.node))
    if does & {"fits", "loads"} and "measures" not in does and not does & {"predicts"}:
        fitted(machine, [*given, *named.values()])
        return made(machine)
    return function(*[inside(one) for one in given], **{name: inside(one) for name, one in named.items()})


def fitted(machine: Machine, values: list[Any]) -> None:
    """Remember on about how many rows a model is trained."""
    rows = max((len(one) for one in values if isinstance(one, Frame | Column)), default=0)
    each = max((one for (kind, *_), one in _kept(machine) if kind == "every"), default=1)
    machine.model.rows = max(machine.model.rows, rows * each)


def _kept(machine: Machine) -> list[tuple[Any, Any]]:
    return [(key, one) for key, one in machine.kept.items() if isinstance(key, tuple)]


def made(machine: Machine, constant: bool = False) -> Model:
    """A model that is trained or loaded here.  It is made ``once`` in a fixture of a wide scope, in a function that
    keeps its answers, or with its file; ``each`` time otherwise."""
    if not constant and len(machine.model.made) < MAX_TABLES:
        machine.model.made.append(("once" if machine.wide or machine.making else "each", machine.at))
    return Model(machine.model, constant)


# -- behaviours --------------------------------------------------------------------------------


@record
class Known:
    """What the exercise says about a model.  ``effects``: in log-odds, for one more of a number, or for each value of
    a text; their signs are the directions.  ``uses``: columns that may matter in a way that nobody stated; all others
    must not matter.  ``label``: what is predicted.
    """

    effects: Mapping[str, float | Mapping[str, float]]
    base: float = 0.0
    uses: frozenset[str] = frozenset()
    label: str = ""

    def effect(self, name: str, row: Row) -> float:
        value, effect = row.get(name), self.effects[name]
        if isinstance(effect, Mapping):
            return float(effect.get(value, 0.0)) if isinstance(value, str) else 0.0
        return effect * float(value) if isinstance(value, int | float) and not missing(value) else 0.0

    def total(self, row: Row) -> float:
        return self.base + sum(self.effect(name, row) for name in self.effects)


def good(known: Known, gain: float = 1.0, shift: float = 0.0) -> Score:
    return lambda row, place, label, count: sigmoid(gain * (known.total(row) + shift))


def with_labels(known: Known, gain: float) -> Score:
    """A model that knows most of the answers, for tests of its quality."""

    def score(row: Row, place: int, label: Any, count: int) -> float:
        truth = row.get(known.label)
        return sigmoid(
            0.3 * known.total(row) + (gain * (2 * float(truth) - 1) if isinstance(truth, int | float) else 0)
        )

    return score


def moved(base: Score, to: float) -> Score:
    """All answers near one end, in their order."""
    return lambda row, place, label, count: sigmoid(0.02 * logit(base(row, place, label, count)) + to)


def moved_for(base: Score, customer: Row, to: float) -> Score:
    """The same for the answers about one customer; all others are right."""
    wanted, wrong = dict(customer), moved(base, to)

    def score(row: Row, place: int, label: Any, count: int) -> float:
        return (wrong if dict(row) == wanted else base)(row, place, label, count)

    return score


def turned(base: Score, known: Known, name: str, times: float) -> Score:
    """The same model with the effect of one feature ``times`` as strong; below nothing it points the other way."""

    def score(row: Row, place: int, label: Any, count: int) -> float:
        return sigmoid(logit(base(row, place, label, count)) + (times - 1) * known.effect(name, row))

    return score


def only(known: Known, name: str, middle: float, width: float, up: bool) -> Score:
    """A model that looks at one feature only; its answers go from 0.05 to 0.95 within ``width``."""

    def score(row: Row, place: int, label: Any, count: int) -> float:
        part = min(max((known.effect(name, row) - middle) / width, -0.5), 0.5) if width else 0.0
        return 0.5 + 0.9 * (part if up else -part)

    return score


def mostly(known: Known, name: str, middle: float, width: float) -> Score:
    """A model that goes the known way for most customers, a little, and the other way for some, by much."""
    right, wrong = only(known, name, middle, width, True), only(known, name, middle, width, False)

    def score(row: Row, place: int, label: Any, count: int) -> float:
        if zlib.crc32(shown(label).encode("utf-8", "replace")) % 100 < 15:
            return wrong(row, place, label, count)
        return 0.5 + 0.05 * (right(row, place, label, count) - 0.5)

    return score


def noisy(names: frozenset[str], by_place: bool, by_label: bool, salt: int, base: Score | None = None,
          size: float = 0.8) -> Score:  # fmt: skip
    """A model that depends on what must not matter: only on that, or a little besides what ``base`` says."""

    def score(row: Row, place: int, label: Any, count: int) -> float:
        parts = [f"{name}={shown(row.get(name))}" for name in sorted(names)]
        parts += [f"{place}/{count}"] * by_place + [shown(label)] * by_label
        drawn = zlib.crc32(f"{salt}|{'|'.join(parts)}".encode("utf-8", "replace")) / 2**32
        if base is None:
            return 0.1 + size * drawn
        return min(max(base(row, place, label, count) + size * (drawn - 0.5), 0.0), 1.0)

    return score


def by_columns(base: Score) -> Score:
    """A model that depends on which column comes first."""

    def score(row: Row, place: int, label: Any, count: int) -> float:
        drawn = zlib.crc32(shown(next(iter(row), "")).encode("utf-8", "replace")) / 2**32
        return min(max(base(row, place, label, count) + 0.3 * (drawn - 0.5), 0.0), 1.0)

    return score


def shown(value: Any) -> str:
    return f"{float(value):.9g}" if isinstance(value, int | float) else repr(value)[:200]


def bad_for(base: Score, column: str, group: Any, how: str) -> Score:
    """A model that fails for one group of customers."""

    def score(row: Row, place: int, label: Any, count: int) -> float:
        found = base(row, place, label, count)
        if row.get(column) != group:
            return found
        return {"high": 0.5 + found * 0.49, "low": found * 0.5 * 0.5, "turned": 1 - found, "flat": 0.5,
                "sure": 0.98, "never": 0.02}[how]  # fmt: skip

    return score
