"""The least mutation score that lets a pipeline go on, found by simulating it with made-up results.

Facts: mutmut 3 source, ``__main__.py`` (``results`` prints the mutants that are left, ``export-cicd-stats`` writes the
numbers as JSON).
"""

from __future__ import annotations

import json

from gradeline.facts.activities import Activity
from gradeline.facts.assumed import Assumed
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.simulate import Simulator
from gradeline.facts.tests_mutation import STATS, results
from gradeline.facts.worlds import explore

_WRITERS = (("mutmut", "results"), ("mutmut", "run"), ("mutmut", "show"))
_WORLDS = 32


def demanded_by_runs(
    case: Case, facts: PipelineFacts, mutmut: list[Activity]
) -> tuple[Activity, float | None, bool] | None:
    """The command that reads the results, the least score in percent that the pipeline accepts, and whether that is
    known.  None when nothing in the pipeline looks at the results."""
    keys = {key for item in mutmut for key in item.keys}
    experiment = _Experiment(case, facts, frozenset(keys))
    good = experiment.passes(100)
    if not experiment.files.asked and not experiment.files.unread:
        return None
    place = next(iter((*experiment.files.asked, *experiment.files.unread)))
    readers = [item for item in facts.activities if item.invocation is not None and item.invocation.span == place]
    item = (readers or mutmut)[0]
    if not good:
        return item, None, False
    low, high = -1, 100
    while high - low > 1:
        middle = (low + high) // 2
        passes = experiment.passes(middle)
        if passes is None or (passes and experiment.files.unread):
            return item, None, False
        low, high = (low, middle) if passes else (middle, high)
    return item, (float(high) if high > 0 else None), True


class _Experiment:
    """One pipeline under made-up results.  ``files``: what was asked of the results in the last simulation."""

    def __init__(self, case: Case, facts: PipelineFacts, keys: frozenset[str]) -> None:
        self.case, self.facts, self.keys = case, facts, keys
        self.files = Assumed({})

    def passes(self, killed: int) -> bool | None:
        """Whether runs that change the code end well; None when some do and some do not, or that cannot be seen."""
        document = results(killed)
        numbers = {str(key[0]): value.data for key, value in document.values.items() if key}
        self.files = Assumed({STATS: json.dumps(numbers, indent=4)}, _WRITERS)
        simulator = Simulator(self.facts.pipeline, self.facts.project, self.facts.toolbox)
        simulator.assumed = self.files
        ended: set[bool] = set()
        for scenario in self.facts.different_scenarios:
            worlds = explore(lambda oracle, one=scenario: simulator.run(one, frozenset(), oracle), _WORLDS)  # type: ignore[misc]
            runs = [run for run in worlds.results if self.keys & set(run.reached)]
            ended |= {run.failed for run in runs}
            if runs and (not worlds.complete or any(run.cut for run in runs)):
                return None
        return None if len(ended) != 1 else not ended.pop()
