"""One pipeline simulated with signs: what every command was really given, told apart by where it is from."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import Activity, PipelineFacts
from gradeline.facts.moment import Moment
from gradeline.facts.runs import Notes, Reached, Run
from gradeline.facts.simulate import Simulator
from gradeline.facts.traces import Traces, plain
from gradeline.facts.worlds import explore
from gradeline.model.pipeline import Scenario
from gradeline.model.text import Text
from gradeline.records import replace

WORLDS = 16


class Traced:
    """The traced runs of one pipeline.  Activities are those of ``facts`` with the words of a traced run."""

    def __init__(self, facts: PipelineFacts) -> None:
        self.facts = facts
        named = ("_".join(path).upper().removeprefix("$") for path in facts.pipeline.identity)
        self.traces = Traces(frozenset((*named, *facts.pipeline.mirrored, *facts.pipeline.known)))
        self.simulator = Simulator(facts.pipeline, facts.project, facts.toolbox)
        self.simulator.traces = self.traces
        self._runs: dict[str, tuple[Run, ...]] = {}

    def runs(self, scenario: Scenario) -> tuple[Run, ...]:
        """The runs of a scenario in which every condition of units and steps holds."""
        if scenario.id not in self._runs:
            found = explore(lambda oracle: self.simulator.run(scenario, frozenset(), oracle, True), WORLDS)
            self._runs[scenario.id] = found.results
        return self._runs[scenario.id]

    def activities(self, scenario: Scenario, among: tuple[Activity, ...]) -> Iterator[Activity]:
        """Those of ``among`` that some traced run reaches, as that run saw them."""
        owners = {key: item for item in among for key in item.keys}
        seen: set[tuple[str, ...]] = set()
        for run in self.runs(scenario):
            for key, reached in run.reached.items():
                item = owners.get(plain(key))
                if item is None or (reached.place.unit, *_words(reached), key) in seen:
                    continue
                seen.add((reached.place.unit, *_words(reached), key))
                yield replace(item, invocation=reached.invocation)

    def variable(self, item: Activity, scenario: Scenario, name: str) -> str | None:
        """A variable that the pipeline binds around a step, with signs."""
        legs = self.simulator.legs(item.unit)
        return Moment(self.simulator, item.unit, scenario, legs[0], Notes()).with_step(item.step).variable(name)

    def text(self, item: Activity, scenario: Scenario, text: Text) -> str:
        """An input of an action, with signs."""
        legs = self.simulator.legs(item.unit)
        return Moment(self.simulator, item.unit, scenario, legs[0], Notes()).with_step(item.step).hidden_text(text)


def _words(reached: Reached) -> tuple[str, ...]:
    return reached.invocation.words if reached.invocation is not None else ()
