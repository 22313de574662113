"""Whether jobs that only look get another identity than jobs that change something."""

from __future__ import annotations

from gradeline.checks.support.explain import absent, unseen
from gradeline.facts.case import PipelineFacts
from gradeline.facts.identities import Identity, identities, same
from gradeline.facts.plan_apply import moves
from gradeline.model.pipeline import Scenario, Unit
from gradeline.result import Evidence, Verdict


def roles_apart(chosen: tuple[PipelineFacts, ...], looks: str, changes: str) -> Verdict:
    writing: list[Identity] = []
    reading: list[tuple[Identity, Scenario]] = []
    looking = False
    for facts in chosen:
        changing = {item.unit.id for item in facts.doing(changes)}
        planning = {item.unit.id for item in facts.doing(looks)}
        looking = looking or bool(planning)
        for unit in facts.pipeline.units:
            for scenario in facts.pipeline.scenarios:
                for one in identities(facts, unit, scenario):
                    if _changes(facts, unit, scenario, changes):
                        writing.append(one)
                    elif scenario.kind == "review" or (unit.id in planning and unit.id not in changing):
                        reading.append((one, scenario))
    if not any(facts.doing(changes) for facts in chosen):
        return absent(chosen, (changes,))
    if not looking:
        return absent(chosen, (looks,))
    if not writing or not reading:
        remote = next((one for facts in chosen for one in moves(facts) if one.family == "remote"), None)
        if remote is not None:
            message = f"With which roles `{remote.item.text}` works is set where it runs."
            return Verdict("cannot_tell", message, (Evidence(remote.item.span, "problem", "runs elsewhere"),))
        message = "No job that only looks has an identity of its own." if writing else (
            "No job that changes something asks for a role."
        )
        return next(unseen(chosen), None) or Verdict("unmet", message, _places(chosen, looks, changes))
    unclear: Verdict | None = None
    for one, scenario in reading:
        for other in writing:
            answer = same(one, other)
            if answer == "no":
                continue
            evidence = (Evidence(one.span, "problem", f"what {one.unit.title!r} becomes"),
                        Evidence(other.span, "context", f"what {other.unit.title!r} becomes"))  # fmt: skip
            if answer == "yes":
                message = f"On {scenario.title}, {one.unit.title!r} gets the role of {other.unit.title!r}."
                return Verdict("unmet", message, evidence)
            message = f"Whether {one.unit.title!r} and {other.unit.title!r} get the same role is not in the files."
            unclear = unclear or Verdict("cannot_tell", message, evidence)
    proofs = (*(Evidence(one.span, "proof", "a role for looking") for one, _ in reading),
              *(Evidence(one.span, "proof", "a role for changing") for one in writing))  # fmt: skip
    message = "What looks and what changes have roles of their own."
    return unclear or Verdict("met", message, tuple(dict.fromkeys(proofs)))


def _changes(facts: PipelineFacts, unit: Unit, scenario: Scenario, changes: str) -> bool:
    return any(item.unit.id == unit.id and scenario.id in item.scenarios for item in facts.doing(changes))


def _places(chosen: tuple[PipelineFacts, ...], looks: str, changes: str) -> tuple[Evidence, ...]:
    found = [item for facts in chosen for item in facts.doing(looks, changes)]
    return tuple(Evidence(item.span, "problem", "with which role?") for item in found[:2])
