"""A new version gets its traffic in steps, or waits beside the old one.

What it looks for
    ``kind: canary``: the share of the new version grows in at least ``steps`` steps, the first one is at most
    ``first`` percent, and after each one the release waits for a time that ends, or is judged.  The shares can be
    real: something splits the traffic, or there are enough pods to give the smallest share.
    ``kind: blue-green``: the new version has an address of its own besides the one that serves.
    ``kind: shadow``: one version answers all requests, and another one, which runs, gets copies of 1 to 100 % of them.

What does not count
    A strategy without steps, which is a plain rolling update, shares that do not grow, all traffic at once, steps
    without a wait, a wait that only a person ends, and a share that the number of pods cannot give.  For ``shadow``: a
    version that answers a share of the requests itself, and copies to a name that leads nowhere.

How to repair
    Begin with a small share.  After each share, wait or judge.  Name what splits the traffic.

Parameters
    ``kind``: ``canary`` (default), ``blue-green``, ``shadow``, or ``batches``: a play changes some hosts at
    a time, stops when too many fail, and looks at each host after a restart.  ``steps``: how many shares, 3 by
    default.  ``first``: the
    largest first share in percent, 10 by default.  ``listens``: the only port at which the service answers; both
    addresses have to lead there.
"""

from __future__ import annotations

from itertools import pairwise

from gradeline.checks.contract import Check
from gradeline.checks.support.ports import closed_ports
from gradeline.checks.support.releases import bad, chosen_bundles, guarded, no_release, open_, releases_of, worst
from gradeline.facts.case import Case
from gradeline.model.manifest import Bundle, entries, text
from gradeline.model.release import Release, Step
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="D3",
    family="deployment",
    params={
        "kind": {"enum": ["canary", "blue-green", "shadow", "batches"]},
        "steps": {"type": "integer", "minimum": 1},
        "first": {"type": "integer", "minimum": 1, "maximum": 100},
        "listens": {"type": "integer", "minimum": 0},
    },
    reads=("manifests", "playbooks"),
)


def run(
    case: Case,
    kind: str = "canary",
    steps: int = 3,
    first: int = 10,
    listens: int = 0,
    pipelines: list[str] | None = None,
) -> Verdict:
    if kind == "batches":
        from gradeline.checks.support.plays import in_batches

        return in_batches(case, pipelines)
    if kind == "shadow":
        from gradeline.checks.support.shadowed import mirrored

        return mirrored(case, pipelines)
    bundles = chosen_bundles(case, pipelines)
    found = releases_of(bundles)
    if not found:
        return no_release(bundles)
    if kind == "blue-green":
        return guarded(bundles, worst([_blue_green(bundle, release, listens) for bundle, release in found]))
    return guarded(bundles, worst([_canary(release, steps, first) for _, release in found]))


def _canary(release: Release, wanted: int, first: int) -> Verdict:
    weights = [step for step in release.steps if step.kind == "weight"]
    if release.strategy == "rolling" or not release.steps:
        return bad("A strategy without steps replaces the pods one after the other, whatever they answer.",
                   release.strategy_span, "has no steps")  # fmt: skip
    hidden = next((step for step in release.steps if not step.known), None)
    if hidden is not None:
        return open_("One of the steps cannot be read.", hidden.span, "what this step does is not known")
    if not weights:
        return bad("No step gives the new version a share of the traffic.", release.steps[0].span, "sets no share")
    shares = [step.weight or 0 for step in weights]
    if shares[0] > first:
        return bad(f"The first share is {shares[0]} %, not at most {first} %.", weights[0].span, "too much at once")
    for before, after in pairwise(weights):
        if (after.weight or 0) <= (before.weight or 0):
            return bad(f"The share does not grow: {after.weight} % after {before.weight} %.", after.span, "no growth")
    if release.problem:
        return open_(f"More steps may come, but {release.problem}.", weights[0].span, release.problem)
    if len(weights) < wanted or sum(1 for share in shares if share < 100) < min(wanted, 2):
        return bad(f"The share grows in {len(weights)} steps, not in at least {wanted}.", weights[-1].span, "few steps")
    waits = _waits(release)
    for step, (bounded, person) in waits:
        if not bounded and step.weight != 100:
            place = person.span if person is not None else step.span
            if person is not None and sum(1 for _, (good, _) in waits if good) >= wanted:
                continue
            what = "only a person ends this wait" if person is not None else "the next step follows at once"
            return bad(f"At {step.weight} %, {what}.", place, what)
    routed = _routed(release, min(share for share in shares if share > 0) if any(shares) else 1)
    if routed is not None:
        return routed
    proofs = tuple(Evidence(step.span, "proof", f"{step.weight} % of the traffic") for step in weights)
    return Verdict("met", f"The traffic moves in {len(weights)} steps that grow.", proofs)


def _waits(release: Release) -> list[tuple[Step, tuple[bool, Step | None]]]:
    """For each share: whether a wait that ends or an analysis follows, and the wait that only a person ends."""
    found: list[tuple[Step, tuple[bool, Step | None]]] = []
    current: Step | None = None
    bounded, person = False, None
    for step in (*release.steps, None):
        if step is None or step.kind == "weight":
            if current is not None:
                found.append((current, (bounded, person)))
            current, bounded, person = step, False, None
        elif step.kind == "pause" and step.seconds is None:
            person = step
        elif (step.kind == "pause" and step.seconds) or step.kind in ("analysis", "experiment"):
            bounded = True
    return found


def _routed(release: Release, smallest: int) -> Verdict | None:
    """Why the shares cannot be real; None when they can."""
    if release.router:
        if not release.makes_services and not release.subsets and not (release.stable and release.canary):
            return bad("What splits the traffic needs a service for each version.", release.router_span or
                       release.strategy_span, "only one version can be addressed")  # fmt: skip
        return None
    if release.replicas is None:
        place = release.workload.span if release.workload is not None else release.strategy_span
        return open_("Nothing splits the traffic, and how many pods there are cannot be seen.", place, "no number")
    needed = -(-100 // smallest)
    if release.replicas < needed:
        counted = release.workload.replicas_span if release.workload is not None else None
        sentence = f"Nothing splits the traffic, so {smallest} % of it needs {needed} pods, not {release.replicas}."
        return bad(sentence, counted or release.strategy_span, "too few pods for this share")
    return None


def _blue_green(bundle: Bundle, release: Release, listens: int) -> Verdict:
    if release.strategy != "blue-green":
        return bad("The new version does not wait beside the old one.", release.strategy_span, "another strategy")
    if release.makes_services:
        proof = (Evidence(release.strategy_span, "proof", "the controller makes both services"),)
        return Verdict("met", "The new version has an address of its own.", proof)
    if not release.stable or not release.canary:
        return bad("The new version has no address of its own.", release.strategy_span, "one service is missing")
    if release.stable == release.canary:
        place = release.canary_span or release.strategy_span
        return bad("Both versions have the same address.", place, "the same service")
    proofs: list[Evidence] = []
    labels = release.workload.labels if release.workload is not None else {}
    for name, written in ((release.stable, release.stable_span), (release.canary, release.canary_span)):
        service = bundle.find("Service", name)
        here = written or release.strategy_span
        if service is None:
            return bad(f"There is no service `{name}`.", here, "is nowhere defined")
        selector = {key: text(value) for key, value in entries(service.body, "spec", "selector").items()}
        if release.workload is not None and not (
            selector and all(labels.get(key) == value for key, value in selector.items())
        ):
            return bad(f"The service `{name}` selects no pod of this release.", service.head, "selects other pods")
        if release.workload is not None and not release.workload.problem:
            for why, span in closed_ports(service, release.workload.containers, listens):
                return bad(f"{why}, so `{name}` never answers.", span, "leads nowhere")
        proofs.append(Evidence(here, "proof", "has an address of its own"))
    return Verdict("met", "The new version has an address of its own.", tuple(proofs))
