"""Production is only reached through the environments before it, and after a look at each of them.

What it looks for
    Every way to the deployment of an environment passes the deployment of the one before it, and a check that
    ran against that one: a test, a smoke test, a request.  The grader lets the earlier deployment fail, and
    then its check, and looks whether the later deployment is still reached.

What does not count
    Environments that are only named, an order of stages that a job goes around, a check that ran before the
    deployment or that asks another environment, and the same name for all of them.

How to repair
    Give each environment a job of its own, and let each job wait for the one before and for its check.

Parameters
    ``order``: the environments, first to last.  ``targets``: for an environment, other names by which a command
    says that it means this one (a namespace, a context, a folder).  ``checks``: the tool classes that count as
    a look at an environment; by default its health checks, tests and requests.  ``also``: environments (with
    ``*``) that have to be deployed to, in no order.  ``described``: which of ``url`` and ``tier`` each
    environment has to state.  ``addresses``: for an environment, the hosts at which it answers.  ``git``: true when a
    controller keeps the cluster in step with Git: a deployment is a change of the folder of an environment that is
    sent to Git.
"""

from __future__ import annotations

import re
from itertools import pairwise

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, unseen
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import deployments, goes_to, is_chosen_at_start, looked_at_after
from gradeline.facts.requests import given_nothing
from gradeline.result import Evidence, Verdict

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")

CHECK = Check(
    code="D1",
    family="deployment",
    params={
        "order": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "targets": {"type": "object", "additionalProperties": WORDS},
        "checks": WORDS,
        "also": WORDS,
        "addresses": {"type": "object", "additionalProperties": WORDS},
        "git": {"type": "boolean"},
        "described": {"type": "array", "items": {"enum": ["url", "tier"]}, "minItems": 1},
    },
    required=("order",),
)


def run(
    case: Case,
    order: list[str],
    targets: dict[str, str | list[str]] | None = None,
    checks: str | list[str] | None = None,
    also: str | list[str] | None = None,
    described: list[str] | None = None,
    addresses: dict[str, str | list[str]] | None = None,
    git: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    names = {name: listed((targets or {}).get(name)) for name in order}
    hosts = {name: listed(given) for name, given in (addresses or {}).items()}
    found: dict[str, list[tuple[PipelineFacts, Activity]]] = {}
    for name in (*order, *listed(also)):
        verdict = _changed(chosen, name, names, found) if git else _deployed(chosen, name, names, found)
        if verdict is not None:
            return verdict
    problem = _shared(order, found) or _undescribed(found, tuple(described or ()))
    if problem is not None:
        return problem
    proofs: list[Evidence] = []
    for earlier, later in pairwise(order):
        verdict = _guarded(found, earlier, later, listed(checks), hosts)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    proofs.extend(proof for pairs in found.values() for _, item in pairs for proof in item.proof())
    return Verdict("met", f"{' -> '.join(order)}: each waits for the one before.", tuple(dict.fromkeys(proofs)))


def _deployed(
    chosen: tuple[PipelineFacts, ...],
    name: str,
    names: dict[str, tuple[str, ...]],
    found: dict[str, list[tuple[PipelineFacts, Activity]]],
) -> Verdict | None:
    """Note the deployments into one environment; the verdict when there are none."""
    open_one: Activity | None = None
    everything = [(facts, item) for facts in chosen for item in deployments(facts)]
    for facts, item in everything:
        answer = goes_to(facts, item, name, names)
        if answer:
            found.setdefault(name, []).append((facts, item))
        elif answer is None:
            open_one = open_one or item
    if name in found:
        return None
    if open_one is not None:
        chosen_one = _chosen(everything, [item for pairs in found.values() for _, item in pairs])
        if chosen_one is not None and len(names) > 1:
            message = f"Whoever starts the run says where `{chosen_one.text}` goes, so nothing comes before {name!r}."
            problem = Evidence(chosen_one.span, "problem", "goes where somebody says")
            return Verdict("unmet", message, (problem,))
        message = f"Whether `{open_one.text}` goes to {name!r} is computed when it runs."
        return Verdict("cannot_tell", message, (Evidence(open_one.span, "problem", "computed at run time"),))
    if not everything:
        return absent(chosen, ("deploy",))
    hidden = next(unseen(chosen), None)
    if hidden is not None:
        return hidden
    _, first = everything[0]
    tied = [unit for facts in chosen for unit in facts.pipeline.units if unit.environment is not None]
    wanted = name.lower()
    named = next((unit for unit in tied if unit.environment and unit.environment.name.raw.lower() == wanted), None)
    if named is not None:
        message = f"The job {named.title!r} names the environment {name!r}, but it does not deploy anything."
        return Verdict("unmet", message, (Evidence(named.span, "problem", "named, but nothing is deployed"),))
    message = f"Nothing is deployed to {name!r}."
    return Verdict("unmet", message, (Evidence(first.span, "problem", "deploys somewhere else"),))


def _changed(
    chosen: tuple[PipelineFacts, ...],
    name: str,
    names: dict[str, tuple[str, ...]],
    found: dict[str, list[tuple[PipelineFacts, Activity]]],
) -> Verdict | None:
    """Note what sends changes of one environment to Git; the verdict when nothing does."""
    from gradeline.facts.git_changes import changes

    for facts in chosen:
        found.setdefault(name, []).extend((facts, one.item) for one in changes(facts, name, names) if not one.back)
    if found.get(name):
        return None
    hidden = next(unseen(chosen), None)
    if hidden is not None:
        return hidden
    message = f"Nothing changes what {name!r} has to run, and sends that to Git."
    place = next((item.span for facts in chosen for item in facts.doing("commit")), None)
    evidence = (Evidence(place, "problem", "sends something else"),) if place is not None else ()
    return Verdict("unmet", message, evidence)


def _chosen(everything: list[tuple[PipelineFacts, Activity]], before: list[Activity]) -> Activity | None:
    """A deployment whose environment is said at the start, and that waits for no other deployment."""
    for facts, item in everything:
        first = [one for one in before if any(one is other for other in facts.activities)]
        if first and facts.gated((item,), tuple(first)).holds is not False:
            continue
        if any(is_chosen_at_start(facts, item, scenario) for scenario in facts.pipeline.scenarios):
            return item
    return None


def _shared(order: list[str], found: dict[str, list[tuple[PipelineFacts, Activity]]]) -> Verdict | None:
    for earlier, later in pairwise(order):
        same = [item for _, item in found[earlier] if any(item is other for _, other in found[later])]
        if len(same) == len(found[later]) and len(same[0].places) == 1:
            message = f"`{same[0].text}` is the deployment to both {earlier!r} and {later!r}."
            return Verdict("unmet", message, (Evidence(same[0].span, "problem", "one deployment for two"),))
    return None


def _undescribed(found: dict[str, list[tuple[PipelineFacts, Activity]]], described: tuple[str, ...]) -> Verdict | None:
    for name, pairs in found.items():
        for _, item in pairs:
            environment = item.unit.environment
            for wanted in described:
                value = None if environment is None else environment.url if wanted == "url" else environment.tier
                if value is None:
                    place = environment.span if environment is not None else item.unit.span
                    message = f"The environment {name!r} does not state its {wanted}."
                    return Verdict("unmet", message, (Evidence(place, "problem", f"no {wanted} here"),))
    return None


def _guarded(
    found: dict[str, list[tuple[PipelineFacts, Activity]]],
    earlier: str,
    later: str,
    classes: tuple[str, ...],
    hosts: dict[str, tuple[str, ...]],
) -> Verdict:
    proofs: list[Evidence] = []
    for facts in dict.fromkeys(owner for owner, _ in found[later]):
        targets = tuple(item for owner, item in found[later] if owner is facts)
        before = tuple(item for owner, item in found[earlier] if owner is facts)
        if not before:
            message = f"`{targets[0].text}` reaches {later!r} in a pipeline that never deploys to {earlier!r}."
            return Verdict("unmet", message, (Evidence(targets[0].span, "problem", f"without {earlier}"),))
        judgement = facts.gated(targets, before)
        if not judgement.holds:
            return judgement.verdict()
        looks = looked_at_after(facts, before, classes)
        looks = tuple(item for item in looks if not any(item.unit.id == one.unit.id for one in targets))
        astray = [item for item in looks if _asks_another(item, earlier, hosts)]
        looks = tuple(item for item in looks if item not in astray)
        if not looks and astray:
            message = f"`{astray[0].text}` asks another environment than {earlier!r}."
            return Verdict("unmet", message, (Evidence(astray[0].span, "problem", f"not the address of {earlier}"),))
        if not looks:
            hidden = next(unseen([facts]), None)
            if hidden is not None:
                return hidden
            message = f"Nothing looks at {earlier!r} between its deployment and that of {later!r}."
            return Verdict("unmet", message, (
                Evidence(before[0].span, "problem", "deployed, and never looked at"),
                Evidence(targets[0].span, "context", f"reaches {later}"),
            ))  # fmt: skip
        judging = (one for item in looks for one in given_nothing(facts, item))
        judgement = facts.gated(targets, (*looks, *judging))
        if not judgement.holds:
            return judgement.verdict()
        proofs.extend(proof for item in (*before, *looks) for proof in item.proof())
    return Verdict("met", "", tuple(proofs))


def _asks_another(item: Activity, environment: str, hosts: dict[str, tuple[str, ...]]) -> bool:
    """Whether a look names the host of another environment, and none of its own."""
    if item.invocation is None or len(item.places) > 1:  # each leg of a matrix may ask another one
        return False
    named = {host for word in item.invocation.words for host in _HOST.findall(word)}
    others = {host for name, given in hosts.items() if name != environment for host in given}
    return bool(named & others) and not named & set(hosts.get(environment, ()))
