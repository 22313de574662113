"""Whether pipelines change what a controller takes from Git, how they send it, and whether they can do without it."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.checks.support.releases import bad, open_
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import Names
from gradeline.facts.git_changes import Change, asks_somebody, changes, merged_by_itself, tells, tells_digest
from gradeline.facts.logins_to_clusters import cluster_logins
from gradeline.model.delivery import Updater
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_MET = Verdict("met", "Pipelines have no access to the cluster.")


def opened(case: Case) -> Verdict:
    """The verdict on what gives a pipeline access to the cluster."""
    for facts in case.pipelines:
        for shown, span in cluster_logins(facts):
            return bad(f"`{shown}` gives a pipeline access to the cluster.", span, "opens a second door")
    return _MET


def sent(case: Case, names: Names, changed: tuple[str, ...], asked: tuple[str, ...]) -> list[Verdict]:
    """One verdict for each environment that pipelines have to change."""
    return [_environment(case, name, names, name in changed, name in asked) for name in names]


def _environment(case: Case, name: str, names: Names, changed: bool, asked: bool) -> Verdict:
    found = [(facts, change) for facts in case.pipelines for change in changes(facts, name, names)]
    updater = _updater(case, name)
    verdicts = [] if updater is None else [_updated(updater, name, asked)]
    if not found:
        if updater is None:
            return _nothing(case, name, names)
        message = f"Whether the version of the model comes with the image of {name!r} cannot be seen."
        last = open_(message, updater.span, "changes the image alone") if changed else _MET
        return next((one for one in (*verdicts, last) if one.status != "met"), last)
    verdicts += [_change(facts, change, name, names, asked) for facts, change in found]
    for facts, change in found:
        told = updater is not None and updater.digest and updater.commits
        verdicts.extend(_says(facts, change, name, names, told) if changed and not change.back else ())
    for status in ("unmet", "cannot_tell"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    proofs = tuple(proof for _, change in found for proof in change.item.proof())
    return Verdict("met", f"What {name!r} has to run is changed in Git.", tuple(dict.fromkeys(proofs)))


def _updater(case: Case, name: str) -> Updater | None:
    """What changes the image of the application of an environment by itself."""
    every = (one for bundle in case.project.manifests.bundles for one in bundle.deliveries)
    return next((one.updater for one in every if one.updater is not None and (
        name in one.name or name in one.namespace)), None)  # fmt: skip


def _updated(updater: Updater, name: str, asked: bool) -> Verdict:
    if not updater.commits:
        return bad(f"The image of {name!r} is changed, and Git never hears of it.", updater.span, "not in Git")
    if not updater.digest:
        return bad(f"The image of {name!r} is named by a tag, and a tag can be moved.", updater.span, "names no digest")
    if asked and not updater.apart:
        return bad(f"The image of {name!r} is changed as soon as one is pushed.", updater.span, "asks nobody")
    return _MET


def _nothing(case: Case, name: str, names: Names) -> Verdict:
    for facts in case.pipelines:
        hidden = next((item for item in facts.activities if item.opaque), None)
        if hidden is not None:
            message = f"Whether a pipeline changes {name!r} cannot be seen: {hidden.opaque}."
            return open_(message, hidden.span, "cannot be followed")
    place = _nearest(case)
    message = f"No pipeline changes what {name!r} has to run, and sends that to Git."
    if place is None:
        return Verdict("unmet", message)
    return bad(message, place.span, "sends something else, or from another job")


def _nearest(case: Case) -> Activity | None:
    return next((item for facts in case.pipelines for item in facts.doing("commit")), None)


def _change(facts: PipelineFacts, change: Change, name: str, names: Names, asked: bool) -> Verdict:
    heard = facts.blocking(change.item)
    if heard.holds is False:
        return heard.verdict()
    if not asked:
        return _MET
    if asks_somebody(facts, change, name):
        return _MET
    merging = merged_by_itself(facts, change) if change.how == "request" else None
    if merging is not None:
        message = f"`{merging.text}` merges the change of {name!r} without waiting for anybody."
        return Verdict("unmet", message, (
            Evidence(merging.span, "problem", "asks nobody"), Evidence(change.item.span, "context", "proposes it"),
        ))  # fmt: skip
    return bad(f"`{change.item.text}` changes {name!r}, and nobody is asked.", change.item.span, "asks nobody")


def _says(facts: PipelineFacts, change: Change, name: str, names: Names, told: bool) -> Iterator[Verdict]:
    """``told``: somebody else puts the digest there."""
    place = (change.editors[0] if change.editors else change.hidden or change.item).span
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in change.item.scenarios:
            continue
        digest = "yes" if told else tells_digest(facts, scenario, change)
        if digest == "moves":
            yield bad(f"The image of {name!r} is named by a tag, and a tag can be moved.", place, "names no digest")
        elif digest != "yes":
            yield _unsaid(digest, f"the digest of an image into the folder of {name!r}", place)
        model = tells(facts, scenario, name, names, "model")
        if model != "yes":
            yield _unsaid(model, f"the version of the model into the folder of {name!r}", place)


def _unsaid(told: str, what: str, place: Span) -> Verdict:
    if told == "unknown":
        return open_(f"Whether something puts {what} is decided where it cannot be seen.", place, "cannot be seen")
    return bad(f"Nothing puts {what}.", place, "changes something else")
