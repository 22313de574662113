"""Nothing gets past the gate: a target runs only after its gate succeeded.

What it looks for
    On every event that reaches the target, a failing gate must stop it.  The grader lets every gate
    fail and looks whether the target is still reached; if it is, the way it was reached is shown.
    With ``aggregate``, one final job must run in every case and fail when any other job failed.
    With ``order``, each kind of work is such a gate for the next one, and each has a job of its own that is
    listed in the file.

What does not count
    A gate in a job the target does not wait for, a target whose condition ignores failures, a gate
    whose failure is tolerated, a gate that is skipped while the target runs, and a final job that is
    skipped (a skipped job counts as success for a required check).  A target whose own failure nobody hears of:
    it only looks like work.  For ``order``: two kinds of work in one
    job, and jobs that a program makes up while it runs.

How to repair
    Make the target's job wait for the gate's job, and let nothing between them swallow the failure.

Parameters
    ``gate``: a tool class, or a list of classes that must all gate.  ``target``: the class that must be gated.  In
    ``gate``, ``a|b`` is the first of these that some job does.  ``aggregate``: true asks for the final job instead.
    ``order``: a list of classes, each a gate for the next; a list in it holds classes whose order among each other is
    free.  ``quarantine``: true lets an image be sent to a registry before the gate, when only the step after the gate
    gives its digest the names people use.  ``fast`` and ``slow``: kinds of tests; the fast ones alone must gate each
    run of the slow ones.  ``tests``: kinds of tests; only commands that run some of these count as ``test``.
    ``optional``: true when it is fine that nothing of the target's class runs at all.  ``built_by_tests``: true when
    the tests build what they ask, so that the build needs no gate of its own.  ``scenario``: look only at runs on this
    kind of event.  ``paths``: folders that each gate has to look at.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.aggregate import final_unit
from gradeline.checks.support.explain import absent, by_service, first_of, noun, unseen
from gradeline.checks.support.running import EVENTS
from gradeline.checks.support.suites import LISTED
from gradeline.facts.activities import Activity, Judgement
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.quarantine import releases
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="F4",
    family="flow",
    params={
        "gate": WORDS,
        "target": WORDS,
        "aggregate": {"type": "boolean"},
        "order": {"type": "array", "items": WORDS, "minItems": 2},
        "quarantine": {"type": "boolean"},
        "fast": WORDS,
        "slow": WORDS,
        "tests": LISTED,
        "optional": {"type": "boolean"},
        "built_by_tests": {"type": "boolean"},
        "scenario": SCENARIO,
        "paths": WORDS,
    },
)


def run(
    case: Case,
    gate: str | list[str] | None = None,
    target: str | list[str] | None = None,
    aggregate: bool = False,
    order: list[str | list[str]] | None = None,
    quarantine: bool = False,
    fast: str | list[str] | None = None,
    slow: str | list[str] | None = None,
    tests: list[str] | None = None,
    optional: bool = False,
    built_by_tests: bool = False,
    scenario: str | None = None,
    paths: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    doing = _Doing(case, tuple(tests or ()), listed(paths))
    if built_by_tests:
        from gradeline.checks.support import started

        if (verdict := started.built_by_tests(case)).status != "met":
            return verdict
    if aggregate:
        return final_unit(chosen)
    if fast or slow:
        from gradeline.checks.support.layered import layered

        return layered(case, chosen, listed(fast) or ("unit",), listed(slow) or ("model", "integration"))
    if order:
        from gradeline.checks.support.staged import staged

        groups = tuple(listed(group) for group in order)
        verdict = staged(chosen, groups, _gated)
        last = [(facts, item) for facts in chosen for name in groups[-1] for item in facts.doing(name)]
        return _failing_silently(last) or verdict if verdict.status == "met" else verdict
    targets = [(facts, item) for facts in chosen for name in listed(target) for item in doing.of(facts, name)]
    if not targets and optional and not any(True for _ in unseen(chosen)):
        places = tuple(Evidence(facts.pipeline.span, "proof", "looked through every job here") for facts in chosen)
        return Verdict("met", f"Nothing runs {noun(listed(target))}, so nothing has to wait.", places)
    if not targets:
        return doing.absent(chosen, listed(target))
    if scenario is not None:
        everywhere, targets = targets, [(facts, item) for facts, item in targets if _on(facts, item, scenario)]
        if not targets:
            item = everywhere[0][1]
            elsewhere = by_service(chosen, listed(target))
            if elsewhere is not None:
                return elsewhere
            message = f"`{item.text}` does not run on {EVENTS.get(scenario, 'the event that needs it')}."
            return next(unseen(chosen), None) or Verdict(
                "unmet", message, (Evidence(item.span, "problem", "runs only on other events"),)
            )
    proofs: list[Evidence] = []
    for facts in chosen:
        mine = tuple(item for owner, item in targets if owner is facts)
        mine = releases(facts, mine) if quarantine else mine
        among = facts.scenarios(scenario) if scenario is not None else None
        for name in first_of(chosen, listed(gate)) if mine else ():
            verdict = _gated(facts, name, mine, doing, among)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    silent = _failing_silently(targets)
    if silent is not None:
        return silent
    return Verdict(
        "met",
        f"Nothing reaches {noun(listed(target))} before {_all(first_of(chosen, listed(gate)))} succeeded.",
        tuple(dict.fromkeys(proofs)),
    )


def _failing_silently(targets: Iterable[tuple[PipelineFacts, Activity]]) -> Verdict | None:
    """What is behind a gate does real work only when somebody hears of its failure."""
    judged = [facts.blocking(item) for facts, item in targets]
    if not judged or any(judgement.holds is not False for judgement in judged):
        return None
    return judged[0].verdict()


def _all(gate: tuple[str, ...]) -> str:
    return " and ".join(noun((name,)) for name in gate)


class _Doing:
    """The live commands of a class; of those that run tests, the ones that run tests of the wanted kinds."""

    def __init__(self, case: Case, kinds: tuple[str, ...], paths: tuple[str, ...] = ()) -> None:
        self.case, self.kinds, self.paths = case, kinds, paths

    def gates(self, facts: PipelineFacts, name: str) -> tuple[Activity, ...]:
        """Those that look at the paths, as far as that is known."""
        found = self.of(facts, name)
        return tuple(item for item in found if all(
            facts.toolbox.does_work_on(item, (name,), path).holds is not False for path in self.paths
        ))  # fmt: skip

    def of(self, facts: PipelineFacts, name: str) -> tuple[Activity, ...]:
        found = facts.doing(name)
        if name != "test" or not self.kinds:
            return found
        from gradeline.checks.support.layered import running

        return running(self.case, facts, found, self.kinds)

    def absent(self, chosen: tuple[PipelineFacts, ...], names: tuple[str, ...]) -> Verdict:
        missing = absent(chosen, names)
        found = [item for facts in chosen for item in facts.doing("test")] if "test" in names and self.kinds else []
        if not found:
            return missing
        place = Evidence(found[0].span, "problem", "runs other tests")
        return Verdict("unmet", f"Nothing runs the {' or '.join(self.kinds)} tests.", (place,))


def _part_of(item: Activity, gate: Activity) -> bool:
    """Whether a command is the gate itself, or one that the gate starts when it has done its own work:
    ``dvc repro --pull`` fetches and then runs the stages."""
    if (item.unit.id, item.step.id) != (gate.unit.id, gate.step.id):
        return False
    return item is gate or any(frame.text == gate.text for frame in item.trail)


def _on(facts: PipelineFacts, item: Activity, scenario: str) -> bool:
    return any(known.id in item.scenarios for known in facts.scenarios(scenario))


def _gated(
    facts: PipelineFacts,
    name: str,
    targets: tuple[Activity, ...],
    doing: _Doing | None = None,
    among: tuple[Scenario, ...] | None = None,
) -> Verdict:
    gates = doing.gates(facts, name) if doing is not None else facts.doing(name)
    astray = doing.of(facts, name) if doing is not None and not gates else ()
    if astray and doing is not None:
        message = f"`{astray[0].text}` does not look at {' and '.join(doing.paths)}."
        return Verdict("unmet", message, (Evidence(astray[0].span, "problem", "looks elsewhere"),))
    if not gates:
        missing = doing.absent((facts,), (name,)) if doing is not None else absent([facts], (name,))
        if any(item.role == "problem" for item in missing.evidence):
            return missing
        target = targets[0]
        return Verdict(
            missing.status,
            f"{missing.message} So nothing gates `{target.text}`.",
            (Evidence(target.span, "problem", "runs without that gate"),),
        )
    behind = tuple(item for item in targets if not any(_part_of(item, gate) for gate in gates))
    judgement = facts.gated(behind, gates, among) if behind else Judgement(True)
    if judgement.holds:
        proofs = [proof for item in (*gates, *targets) for proof in item.proof()]
        return Verdict("met", "", tuple(proofs))
    return judgement.verdict()
