"""A run can be done again without harm: it knows which run it is, and writes to the same place.

What it looks for
    The work is keyed by the date or a parameter of the run, so that the second try of last Monday's run is last
    Monday's run.  Nothing adds to what is there already, and no name is made of the clock.  While a file is only
    read to see what is in it, nothing is loaded and nobody is asked.

What does not count
    The time of the clock in a name, ``INSERT`` without a key, ``>>`` or append, a constant path for every run, a
    database, a variable of the platform or a big file that is asked for at the top of the file.

How to repair
    Take the date of the run from the platform and put it into the path.  Write a partition as a whole, or update by a
    key.  Move work from the top of the file into the task that needs it.

Parameters
    ``of``: ``runs`` of pipelines (default), or ``tasks`` of plays: a command says whether it changed something.
    ``keyed``: false asks only for what does harm (true).  ``pipelines``: patterns of paths.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.facts.case import Case
from gradeline.facts.idempotence import reruns
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="B4",
    family="bounds",
    params={"keyed": {"type": "boolean"}, "of": {"enum": ["runs", "tasks"]}},
    reads=("pipelines", "playbooks"),
)
_HARM = ("parse", "clock", "adds")


def run(case: Case, keyed: bool = True, of: str = "runs", pipelines: list[str] | None = None) -> Verdict:
    if of == "tasks":
        from gradeline.checks.support.plays import asked
        from gradeline.facts.playbook_reruns import changing_again

        return asked(case, pipelines, changing_again, "A second run of the plays changes nothing.")
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for facts in chosen:
        found = list(reruns(facts))
        harm = sorted((one for one in found if one.kind in _HARM), key=lambda one: (_HARM.index(one.kind), one.span))
        if harm:
            evidence = tuple(Evidence(one.span, "problem", one.sentence) for one in harm)
            return Verdict("unmet", f"A second try does not end as the first: {harm[0].sentence}.", evidence)
        hidden = next((unit.opaque for unit in facts.pipeline.units if unit.opaque is not None), None)
        hidden = hidden or next(iter(facts.pipeline.opaque), None)
        if hidden is not None:
            problem = (Evidence(hidden.span, "problem", hidden.reason),)
            unclear = unclear or Verdict("cannot_tell", f"Not everything can be seen: {hidden.reason}.", problem)
        keys = [one for one in found if one.kind == "keyed"]
        if keyed and not keys and hidden is None:
            problem = (Evidence(facts.pipeline.span, "problem", "no date and no parameter of the run is used"),)
            return Verdict("unmet", "Nothing in the work says which run it is for.", problem)
        proofs.extend(Evidence(one.span, "proof", one.sentence) for one in keys[:3])
    if unclear is not None:
        return unclear
    proofs = proofs or [Evidence(facts.pipeline.span, "proof", "nothing adds to an earlier run") for facts in chosen]
    return Verdict("met", "A run can be done again.", tuple(dict.fromkeys(proofs)))
