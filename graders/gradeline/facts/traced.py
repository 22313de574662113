"""One pipeline simulated with signs: what every command was really given, told apart by where it is from."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.evaluate import known_truth
from gradeline.facts.moment import Moment
from gradeline.facts.runs import Notes, Reached, Run
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.simulate import Simulator
from gradeline.facts.traces import Traces, plain
from gradeline.facts.worlds import explore
from gradeline.model.expression import Expression, Operation
from gradeline.model.pipeline import Scenario, Step, Unit
from gradeline.model.text import Text
from gradeline.records import replace

WORLDS = 16


class Traced:
    """The traced runs of one pipeline.  Activities are those of ``facts`` with the words of a traced run.
    ``placed``: see ``Traces``."""

    def __init__(self, facts: PipelineFacts, placed: bool = False) -> None:
        self.facts = facts
        named = ("_".join(path).upper().removeprefix("$") for path in facts.pipeline.identity)
        self.traces = Traces(frozenset((*named, *facts.pipeline.mirrored, *facts.pipeline.known)), placed)
        self.simulator = Simulator(facts.pipeline, facts.project, facts.toolbox)
        self.simulator.traces = self.traces
        self._runs: dict[str, tuple[Run, ...]] = {}

    def runs(self, scenario: Scenario, least: bool = True) -> tuple[Run, ...]:
        """The runs of a scenario in which every condition of units and steps holds; ``least``: only those in which as
        little as can be fails."""
        if scenario.id not in self._runs:
            found = explore(lambda oracle: self.simulator.run(scenario, frozenset(), oracle, True), WORLDS)
            self._runs[scenario.id] = found.results
        runs = self._runs[scenario.id]
        failed = [sum(step.raw == "failure" for step in run.steps) for run in runs]
        fewest = min(failed, default=0)
        return tuple(run for run, count in zip(runs, failed, strict=True) if count == fewest or not least)

    def activities(
        self, scenario: Scenario, among: tuple[Activity, ...], least: bool = True
    ) -> Iterator[Activity]:
        """Those of ``among`` that some traced run reaches, as that run saw them."""
        owners = {key: item for item in among for key in item.keys}
        places: dict[tuple[str, str], list[Activity]] = {}
        for item in among:
            for place in dict.fromkeys((place.unit, place.step) for place in item.places):
                places.setdefault(place, []).append(item)
        seen: set[tuple[str, ...]] = set()
        for run in self.runs(scenario, least):
            for key, reached in run.reached.items():
                near = places.get((reached.place.unit, reached.place.step), [])
                same = owners.get(plain(key)) or next((one for one in near if _fits(one, reached)), None)
                if same is None or (reached.place.unit, *_words(reached), key) in seen:
                    continue
                seen.add((reached.place.unit, *_words(reached), key))
                yield replace(same, invocation=reached.invocation)

    def variable(self, item: Activity, scenario: Scenario, name: str) -> str | None:
        """A variable that the pipeline binds around a step, with signs."""
        legs = self.simulator.legs(item.unit)
        return Moment(self.simulator, item.unit, scenario, legs[0], Notes()).with_step(item.step).variable(name)

    def text(self, item: Activity, scenario: Scenario, text: Text) -> str:
        """An input of an action, with signs."""
        return self.input(item.unit, item.step, scenario, text)

    def input(self, unit: Unit, step: Step, scenario: Scenario, text: Text) -> str:
        """The same, by the step that has it."""
        legs = self.simulator.legs(unit)
        return Moment(self.simulator, unit, scenario, legs[0], Notes()).with_step(step).hidden_text(text)

    def chosen(self, unit: Unit, step: Step, scenario: Scenario, text: Text) -> str:
        """The same for an input that is wholly an expression which chooses between values."""
        if len(text.holes) != 1 or text.holes[0].start > 0 or text.holes[0].end < len(text.raw.rstrip()):
            return self.input(unit, step, scenario, text)
        legs = self.simulator.legs(unit)
        moment = Moment(self.simulator, unit, scenario, legs[0], Notes()).with_step(step)
        return moment.partly(_chosen(text.holes[0].expression, moment))


def _chosen(node: Expression, moment: Moment) -> Expression:
    """The part of ``a && b || c`` that is its value in a moment; a setting is taken for one that has a value."""
    while isinstance(node, Operation) and node.operator in ("and", "or"):
        truths = [known_truth(operand, moment) for operand in node.operands]
        if node.operator == "and":
            if not all(truth is True for truth in truths[:-1]):
                break
            node = node.operands[-1]
            continue
        left = [operand for operand, truth in zip(node.operands, truths, strict=True) if truth is not False]
        if not left:
            break
        if len(left) > 1 and not (isinstance(left[0], Operation) and known_truth(left[0].operands[0], moment) is True):
            break
        node = left[0]
    return node


def _fits(item: Activity, reached: Reached) -> bool:
    """Whether it is the same command, of which a traced run knows more: parts of a value that is else unknown."""
    known, found = item.invocation, reached.invocation
    if known is None or found is None or (known.span, known.trail) != (found.span, found.trail):
        return False
    return len(known.words) == len(found.words) and all(
        one == plain(other) or (HIDDEN in one and _inside(one.split(HIDDEN), plain(other)))
        for one, other in zip(known.words, found.words, strict=True)
    )


def _inside(pieces: list[str], text: str) -> bool:
    """Whether the known pieces stand in the text in their order, the first and last at its ends."""
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    start = len(pieces[0])
    for piece in pieces[1:-1]:
        found = text.find(piece, start)
        if found < 0:
            return False
        start = found + len(piece)
    return start <= len(text) - len(pieces[-1])


def _words(reached: Reached) -> tuple[str, ...]:
    return reached.invocation.words if reached.invocation is not None else ()
