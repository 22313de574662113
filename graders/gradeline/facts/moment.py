"""One moment of a simulated run: what a unit's leg sees, and how its expressions and variables answer then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gradeline.facts.evaluate import UNKNOWN, Result, evaluate, formatted, reported, text_of
from gradeline.facts.reported_variables import REPORT, variables_in
from gradeline.facts.runs import Notes, Place
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.expression import Call, Expression, Name, NeedsReport, Output, Template, Value
from gradeline.model.pipeline import Scenario, Step, Unit, Variable
from gradeline.model.text import Text

if TYPE_CHECKING:
    from gradeline.facts.simulate import Simulator

_LEFT_OUT = {"optional": ("absent",), "order": ("absent", "skipped")}


_NOT_WRITTEN: Result = "\0not written"


class Moment:
    """The state of one unit's leg while it runs; answers what expressions ask (``evaluate.Moment``)."""

    __slots__ = (
        "bindings", "environment", "in_steps", "job_status", "leg", "leg_number", "looking_up", "marks", "notes",
        "outputs", "published_environment", "reported", "results", "scenario", "settled", "simulator", "unit",
    )  # fmt: skip

    def __init__(
        self,
        simulator: Simulator,
        unit: Unit,
        scenario: Scenario,
        leg: Mapping[str, Value | Expression],
        notes: Notes,
        leg_number: int = 0,
    ) -> None:
        self.simulator = simulator
        self.unit = unit
        self.scenario = scenario
        self.leg = leg
        self.leg_number = leg_number
        self.notes = notes
        self.job_status = "success"
        self.results: dict[str, tuple[str, str]] = {}
        self.outputs: dict[tuple[str, str], Result] = {}
        self.settled: set[str] = set()  # steps that have no other outputs than those seen
        self.environment: dict[str, str] = {}
        self.published_environment: dict[str, str] = {}
        self.bindings: tuple[Variable, ...] = ()
        self.reported: list[str | None] = []  # lines for later units, None for one that is not known
        self.marks: set[str] = set()
        self.in_steps = False
        self.looking_up = False

    def _copy(self) -> Moment:
        # Written out: each step of each run has one, and ``__init__`` would make a dozen containers for nothing.
        other = object.__new__(Moment)
        other.simulator = self.simulator
        other.unit = self.unit
        other.scenario = self.scenario
        other.leg = self.leg
        other.leg_number = self.leg_number
        other.notes = self.notes
        other.job_status = self.job_status
        other.results = self.results
        other.outputs = self.outputs
        other.settled = self.settled
        other.environment = self.environment
        other.published_environment = self.published_environment
        other.bindings = self.bindings
        other.reported = self.reported
        other.marks = self.marks
        other.in_steps = True
        other.looking_up = False
        return other

    def with_step(self, step: Step) -> Moment:
        """The same moment seen from inside ``step``, with its variables."""
        other = self._copy()
        if step.env:
            other.bindings = self.bindings + step.env
        return other

    def nested(self) -> Moment:
        """A composite step: its steps see their own successes and failures."""
        other = self._copy()
        other.results = {}
        other.environment = dict(self.environment)
        other.published_environment = {}
        other.job_status = "success"
        return other

    def record(self, step: Step, place: Place, raw: str, result: str, status: int | None) -> None:
        self.results[step.id] = (raw, result)
        self.notes.steps.append(self.simulator.step_run(place, raw, result, status))
        if result == "failure":
            self.job_status = "failure"

    def mark(self, mark: str) -> None:
        """Note how the run as a whole ends, although it goes on."""
        self.marks.add(mark)
        self.notes.marked.add(mark)

    def hand_on(self, variables: Mapping[str, str]) -> None:
        """Later steps, here and outside of the composite step this may be in, see these variables."""
        self.environment.update(variables)
        self.published_environment.update(variables)

    def publish(self, step: Step, lines: tuple[tuple[str, str | None], ...]) -> None:
        for channel, line in lines:
            if channel == "report":
                self.reported.append(line)
            if line is None or channel not in ("env", "output"):
                continue
            name, equals, value = line.partition("=")
            if not equals or HIDDEN in name or "<<" in name:
                continue
            if channel == "env":
                self.hand_on({name: value})
            else:
                unknown = HIDDEN in value and self.simulator.traces is None
                self.outputs[step.id, name] = UNKNOWN if unknown else value

    def variables(self, own: tuple[Variable, ...], names: frozenset[str]) -> dict[str, str]:
        """The environment variables a script sees, unknown stretches as ``HIDDEN``.  ``names`` are those among the
        platform's own that it may read."""
        found = dict(self.simulator.platform_variables(self.scenario, names))
        for variable in (*self.unit.env, *self.bindings, *own):
            found[variable.name] = self.hidden_text(variable.value)
        for unit_id in self.simulator.reports.sources.get(self.unit.id, ()):
            found |= variables_in(self.notes.unit_outputs.get((unit_id, REPORT)))
        mine = {variable.name for variable in own}
        return found | {name: value for name, value in self.environment.items() if name not in mine}

    def variable(self, name: str) -> str | None:
        """One environment variable as a script would see it."""
        if name in self.environment:
            return self.environment[name]
        for variable in reversed((*self.unit.env, *self.bindings)):
            if variable.name == name:
                return self.hidden_text(variable.value)
        names = frozenset({name}) if name in self.simulator.mirrored else frozenset()
        return self.simulator.platform_variables(self.scenario, names).get(name)

    def at_start_of(self, scenario: Scenario) -> Moment:
        """The same place before anything has run in ``scenario``."""
        return Moment(self.simulator, self.unit, scenario, {}, Notes())

    def hidden_text(self, text: Text) -> str:
        if not text.holes:
            return text.raw
        pieces: list[str] = []
        position = 0
        for hole in text.holes:
            pieces.append(text.raw[position : hole.start])
            pieces.append(self.partly(hole.expression))
            position = hole.end
        pieces.append(text.raw[position:])
        return "".join(pieces)

    def partly(self, expression: Expression) -> str:
        """The value as text, with ``HIDDEN`` only for the stretches that are not known."""
        value = text_of(evaluate(expression, self))
        if value is not None:
            return value
        report = reported(expression, self)
        if report is not None:
            return report
        if isinstance(expression, Template):
            return "".join(part if isinstance(part, str) else self.partly(part) for part in expression.parts)
        if isinstance(expression, Call) and expression.function == "format" and expression.arguments:
            pattern = text_of(evaluate(expression.arguments[0], self))
            if pattern is not None:
                text = formatted(pattern, [self.partly(argument) for argument in expression.arguments[1:]])
                return HIDDEN if text is None else text
        if isinstance(expression, Name) and expression.path[:1] == ("env",) and not self.looking_up:
            self.looking_up = True
            try:
                value = self.variable(expression.path[-1])
                return self._unseen(expression) if value is None else value
            finally:
                self.looking_up = False
        return self._unseen(expression)

    def _unseen(self, expression: Expression) -> str:
        """A value that is not known; a traced run remembers which."""
        traces = self.simulator.traces
        return HIDDEN if traces is None else traces.expression(expression, self.unit)

    def text(self, text: Text | None) -> str | None:
        """A text's value in this moment, None when it is not wholly known."""
        if text is None:
            return None
        value = self.hidden_text(text)
        return None if HIDDEN in value else value

    # -- evaluate.Moment ----------------------------------------------------------------------

    def name(self, path: tuple[str, ...]) -> Result:
        if path and path[0] == "matrix" and len(path) >= 2:
            if self.unit.matrix is not None and self.unit.matrix.legs is None:
                return UNKNOWN
            return self._leg_value(path[1:])
        if path and path[0] == "env" and len(path) == 2:
            if self.looking_up:
                return UNKNOWN  # a variable that is defined by variables: the platform allows no such chain
            self.looking_up = True
            try:
                value = self.variable(path[1])
            finally:
                self.looking_up = False
            return UNKNOWN if value is None or HIDDEN in value else value
        if path and path[0] == "strategy" and self.unit.matrix is not None:
            known = {"job-index": float(self.leg_number), "job-total": float(self.unit.matrix.total)}
            if not self.unit.matrix.complete:
                return UNKNOWN
            return known.get(path[-1], UNKNOWN)
        if path == ("job", "status"):
            return self.job_status
        self.simulator.likeness.note(path)
        if path in self.scenario.names:
            return self.scenario.names[path]
        if path in self.simulator.pipeline.derived:
            return self.simulator.derived(path, self)
        return UNKNOWN

    def _leg_value(self, path: tuple[str, ...]) -> Result:
        """A value of this leg; what is inside a computed value is not known."""
        value = self.leg.get(".".join(path))
        if isinstance(value, Expression):
            return evaluate(value, self)
        outer = [self.leg.get(".".join(path[:length])) for length in range(1, len(path))]
        return UNKNOWN if value is None and any(isinstance(item, Expression) for item in outer) else value

    def _look_at(self, unit: str) -> None:
        """Note when the outcome of this unit depends on one that it does not see by itself."""
        if unit not in self.simulator.visible.get(self.unit.id, ()):
            self.notes.strayed = True

    def unit_result(self, unit: str) -> Result:
        self._look_at(unit)
        return self.notes.unit_results.get(unit, UNKNOWN)

    def raw_unit_result(self, unit: str) -> Result:
        self._look_at(unit)
        return self.notes.raw_results.get(unit, self.notes.unit_results.get(unit, UNKNOWN))

    def needs_results(self) -> Result:
        return tuple(self.notes.unit_results.get(edge.unit, "skipped") for edge in self.unit.needs)

    def needs_report(self, node: NeedsReport) -> str:
        # GitHub Docs, "Expressions", toJSON: pretty-printed, with the results and outputs of each job.
        told = {name: {"result": self._told(unit), "outputs": self._answers(unit)} for name, unit in node.units}
        return json.dumps(told, indent=2, ensure_ascii=False)

    def _told(self, unit: str) -> str:
        result = text_of(self.unit_result(unit))
        return HIDDEN if result is None else result

    def _answers(self, unit: str) -> dict[str, str]:
        """The outputs of a unit; a text that is empty counts as none."""
        known = self.simulator.pipeline.unit(unit)
        ended = self.notes.unit_results.get(unit)
        if known is None or ended in (None, "skipped", "cancelled"):
            return {}
        values = {name: text_of(self.notes.unit_outputs.get((unit, name), UNKNOWN)) for name in known.outputs}
        return {name: HIDDEN if value is None else value for name, value in values.items() if value != ""}

    def step_result(self, step: str, tolerated: bool) -> Result:
        raw, result = self.results.get(step, ("skipped", "skipped"))
        return result if tolerated else raw

    def output(self, node: Output) -> Result:
        if node.owner == "unit":
            self._look_at(node.id)
            if self.notes.unit_results.get(node.id) == "skipped":
                return ""
            return self.notes.unit_outputs.get((node.id, node.name), UNKNOWN)
        known = self.outputs.get((node.id, node.name), _NOT_WRITTEN)
        if known is not _NOT_WRITTEN and (known is not UNKNOWN or (self.unit.id, node.id) not in self.simulator.said):
            return known
        if not self.in_steps and not self.results:
            return UNKNOWN  # asked before the steps ran, so nothing is published yet
        if self.results.get(node.id, ("skipped",))[0] == "skipped":
            return ""
        said = self.simulator.said.get((self.unit.id, node.id))
        if said is not None:
            return said.get(node.name, said.get("*", ""))
        if node.id in self.settled and (node.id, node.name) not in self.outputs:
            return ""
        return self.outputs.get((node.id, node.name), UNKNOWN)

    def status(self, kind: str) -> bool:
        if kind == "always":
            return True
        if kind == "cancelled":
            return False
        if kind in ("unstable", "marked"):
            return ("unstable" if kind == "unstable" else "failure") in self.notes.marked
        if self.in_steps:
            return (self.job_status == "success") == (kind == "success")
        if self.simulator.pipeline.looks_back == "needs":
            return self._needs_status(kind)
        results = [
            self.notes.unit_results.get(unit, "skipped")
            for unit in sorted(self.simulator.needed.get(self.unit.id, ()))
        ]
        if kind == "failure":
            return "failure" in results
        return all(result == "success" for result in results)

    def _needs_status(self, kind: str) -> bool:
        """The same question where only the units that are waited for directly count."""
        results = [self._ended(edge.unit) for edge in self.unit.needs]
        if kind == "failure":
            return "failure" in results or "failure" in self.notes.marked
        return not self.notes.marked and not {"failure", "cancelled", "skipped", "unstable"}.intersection(results)

    def _ended(self, unit_id: str) -> str:
        """How a unit ended; one inside a group that was passed over was passed over, too."""
        result = self.notes.unit_results.get(unit_id, "skipped")
        unit = self.simulator.pipeline.unit(unit_id) if result == "skipped" else None
        while unit is not None and unit.inside is not None:
            if self.notes.unit_results.get(unit.inside) == "absent":
                return "absent"
            unit = self.simulator.pipeline.unit(unit.inside)
        return result

    def may_start(self) -> bool:
        """Whether what the unit waits for ended as it has to, when the unit has no condition of its own."""
        if self.simulator.pipeline.looks_back == "ancestors":
            return self.status("success")
        results = [(edge.kind, self.notes.unit_results.get(edge.unit, "skipped")) for edge in self.unit.needs]
        return all(
            edge == "done" or result == "success" or result in _LEFT_OUT.get(edge, ()) for edge, result in results
        )


def output_text(expression: Expression, moment: Moment) -> Result:
    """Outputs are handed on as text: a false becomes ``"false"``, which is a non-empty text."""
    text = text_of(evaluate(expression, moment))
    if text is None and moment.simulator.traces is not None:
        return moment.partly(expression)
    return UNKNOWN if text is None else text
