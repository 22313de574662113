"""Whether a merge waits for work of some kinds: it fails in an experiment, and a required result has to turn red."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.facts.case import PipelineFacts
from gradeline.facts.review import Standing, names_of
from gradeline.result import Evidence, Verdict


def waited_for(chosen: Sequence[PipelineFacts], found: Standing, classes: tuple[str, ...]) -> Verdict | None:
    """The verdict on work that fails although everything that a merge waits for is green; None when there is none.

    A required job that is skipped counts as passed (GitHub Docs, "Troubleshooting required status checks").
    """
    every = found.best(lambda rules: rules.every_pipeline)
    if every is not None and every.value:
        return None
    wanted = {check.name for rules in found.rules for check in rules.checks if check.name}
    for facts in chosen:
        required = [unit.id for unit in facts.pipeline.units if wanted & set(names_of(unit) or ())]
        for scenario in facts.scenarios("review"):
            for item in facts.doing(*classes):
                if scenario.id not in item.scenarios:
                    continue
                for run in facts.runs(scenario, item.keys).results:
                    if not any(key in run.reached for key in item.keys):
                        continue
                    if not any(run.unit_results.get(one) in ("failure", "cancelled") for one in required):
                        message = f"When `{item.text}` fails, a merge does not wait for it."
                        place = next((rules.checks_span for rules in found.rules if rules.checks_span), None)
                        evidence = [Evidence(item.span, "problem", "nothing that is required turns red")]
                        evidence += [Evidence(place, "context", "waits for other results")] if place else []
                        return Verdict("unmet", message, tuple(evidence))
    return None
