"""What one simulated run of a pipeline leaves behind: results of units and steps, and what was reached."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property

from gradeline.facts.evaluate import Result
from gradeline.facts.shell_records import Invocation
from gradeline.facts.worlds import Assumption
from gradeline.model.pipeline import Scenario
from gradeline.records import record

NEVER = frozenset({None, "skipped", "absent"})  # results of units that did not run
BAD = frozenset({"failure", "unstable"})  # "unstable" only stands in a result where it stops the run


@record
class Place:
    """Where in the pipeline something happened.  ``leg`` numbers the matrix leg, from 0."""

    unit: str
    step: str
    leg: int

    @cached_property
    def key(self) -> str:
        return f"{self.unit}/{self.step}/{self.leg}/"


@record
class StepRun:
    """How one step of one leg ended.  ``raw`` is the result before a failure was tolerated."""

    place: Place
    raw: str
    result: str
    script_status: int | None = None


@record
class Reached:
    """A command or action that ran; ``invocation`` is None for an action."""

    key: str
    place: Place
    invocation: Invocation | None


@record
class Run:
    """One world of one scenario under one experiment.

    ``refused`` is why the platform does not start the run at all.  ``marked`` says how the run as a whole
    ends although its units went on: the marks of tolerated failures.
    """

    scenario: Scenario
    unit_results: Mapping[str, str]
    legs: Mapping[tuple[str, int], str]  # result of each leg before tolerance
    steps: tuple[StepRun, ...]
    reached: Mapping[str, Reached]
    assumptions: tuple[Assumption, ...]
    cut: bool
    marked: frozenset[str] = frozenset()
    refused: str = ""
    aside: frozenset[str] = frozenset()  # units whose result is not part of the run's own
    guessed: bool = False  # something was assumed that the files do not tell
    decided_by: tuple[str, ...] = ()  # the units whose results count; all of them when empty
    touched: frozenset[tuple[str, str, str]] = frozenset()  # unit, step and the channel that its script was given

    @cached_property
    def passed(self) -> frozenset[tuple[str, str]]:
        """The steps (unit id, step id) that were not skipped in each leg."""
        return frozenset([(item.place.unit, item.place.step) for item in self.steps if item.raw != "skipped"])

    def ran(self, unit_id: str) -> bool:
        """Whether the unit took part in the run and its turn came."""
        return self.unit_results.get(unit_id) not in NEVER

    @property
    def failed(self) -> bool:
        if self.decided_by:
            results = [self.unit_results.get(unit_id, "skipped") for unit_id in self.decided_by]
        else:
            results = [result for unit_id, result in self.unit_results.items() if unit_id not in self.aside]
        return "failure" in self.marked or not BAD.isdisjoint(results)


class Notes:
    """What a run writes down as it goes."""

    def __init__(self, unit_results: Mapping[str, str] | None = None) -> None:
        self.unit_results: dict[str, str] = dict(unit_results or {})
        self.raw_results: dict[str, str] = {}  # of units that failed, before the failure was tolerated
        self.branches: dict[str, str] = {}  # how what a unit stands for ended: itself, or what kept it from running
        self.unit_outputs: dict[tuple[str, str], Result] = {}
        self.legs: dict[tuple[str, int], str] = {}
        self.steps: list[StepRun] = []
        self.reached: dict[str, Reached] = {}
        self.cut = False
        self.marked: set[str] = set()
        self.touched: set[tuple[str, str, str]] = set()
        self.refused = ""
        self.endings: dict[str, int] = {}  # how each unit ended, as later ones can tell (``UnitMemo.end``)
        self.seen: Hashable = None  # what the unit at work sees of those before it (``UnitMemo.key``)
        self.strayed = False  # somebody looked at a unit that it does not wait for

    def sizes(self) -> tuple[int, int, int, int, int]:
        """How much is written down so far; everything is only ever added at the end."""
        return (
            len(self.raw_results), len(self.unit_outputs), len(self.legs), len(self.steps), len(self.reached)
        )  # fmt: skip
