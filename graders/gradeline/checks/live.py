"""A command or job is reachable under an event that the pipeline declares.

What it looks for
    At least one declared event leads to a run in which the command is reached.

What does not count
    A condition that is never true, a job that waits for something that never runs, and a function or
    recipe that nobody calls.

How to repair
    Follow the path from the event to the step, and remove what cuts it.

Parameters
    ``tool``: the tool class.  ``scenario``: the kind of event that has to reach it.
"""

from __future__ import annotations

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.facts.case import Case
from gradeline.result import Evidence, Verdict

CHECK = Check(code="F3", family="flow", params={"tool": WORDS, "scenario": SCENARIO}, required=("tool",))


def run(case: Case, tool: str | list[str], scenario: str | None = None, pipelines: list[str] | None = None) -> Verdict:
    classes = listed(tool)
    chosen = case.select(pipelines)
    found = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    if not found:
        return absent(chosen, classes)
    for facts, item in found:
        reached = [known for known in facts.scenarios(*listed(scenario)) if known.id in item.scenarios]
        doubt = facts.doubt(item, reached)
        if doubt is not None:
            return doubt.verdict()
        if reached:
            return Verdict("met", f"On {reached[0].title}, the pipeline reaches {noun(classes)}.", item.proof())
    item = found[0][1]
    return Verdict(
        "unmet",
        f"`{item.text}` is not reached on the event that needs it.",
        (Evidence(item.span, "problem", "runs only on other events"),),
    )
