"""Files that one kind of work makes and another kind needs."""

from __future__ import annotations

import re

from gradeline.checks.support.explain import absent, noun
from gradeline.facts.activities import Activity
from gradeline.facts.artifact_names import fits, names, spelled
from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import performed
from gradeline.model.effects import ArtifactGet, ArtifactPut
from gradeline.result import Evidence, Verdict

_NO_PATTERN = re.compile(r"[\w./@+-]{1,300}")


def handed(
    chosen: tuple[PipelineFacts, ...],
    maker: str,
    users: tuple[str, ...],
    artifacts: bool = False,
) -> Verdict:
    """Whether each job that does some of ``users`` gets what the job that does ``maker`` made.

    ``artifacts``: neither values nor folders that jobs share do.
    """
    for facts in chosen:
        for said in facts.pipeline.diagnostics:
            if said.code == "missing-artifact" and said.span is not None:
                return Verdict("unmet", said.message, (Evidence(said.span, "problem", "nobody gives the artifact"),))
    makers = [(facts, item) for facts in chosen for item in facts.doing(maker)]
    if not makers:
        return absent(chosen, (maker,))
    proofs: list[Evidence] = []
    for name in users:
        found = [(facts, item) for facts in chosen for item in facts.doing(name)]
        if not found:
            return absent(chosen, (name,))
        for facts, item in found:
            mine = tuple(made for owner, made in makers if owner is facts)
            shared = _shared(item, mine, alone=artifacts)
            proof = shared or _fetched(facts, item, mine, ("",) if artifacts else ("", "variables"))
            if proof is None:
                return _lost(facts, item, maker, mine)
            for one in (item, *mine):
                elsewhere = _elsewhere(facts, one)
                if elsewhere is not None:
                    return elsewhere
            proofs.extend(proof)
    return Verdict("met", "What is made reaches those who use it.", tuple(dict.fromkeys(proofs)))


def _shared(item: Activity, makers: tuple[Activity, ...], alone: bool) -> tuple[Evidence, ...] | None:
    """Both work in one folder: of one job, or (unless ``alone``) of one machine that they share."""
    for made in makers:
        same = made.unit.id == item.unit.id
        if same or (not alone and item.unit.workspace and made.unit.workspace == item.unit.workspace):
            return (
                Evidence(made.span, "proof", "makes the files"),
                Evidence(item.span, "proof", "works in the same folder"),
            )
    return None


def _fetched(
    facts: PipelineFacts, item: Activity, makers: tuple[Activity, ...], kinds: tuple[str, ...]
) -> tuple[Evidence, ...] | None:
    """The job, or an earlier one in the same folder, fetches in each of its runs what a maker's job published."""
    ids = {made.unit.id for made in makers}
    # Reports are shown to people; only values in them reach other jobs.
    puts = [
        (put, names(facts, put))
        for put in performed(facts, ArtifactPut)
        if put.unit.id in ids and put.effect.report in kinds
    ]
    ancestors = facts.simulator.ancestors
    for unit in facts.pipeline.units:
        if unit.id != item.unit.id and not (unit.workspace and unit.workspace == item.unit.workspace):
            continue
        if unit.id != item.unit.id and unit.id not in ancestors[item.unit.id]:
            continue
        for get in performed(facts, ArtifactGet, unit):
            for put, published in puts:
                at = {scenario.id: scenario for scenario, _ in get.at}
                if put.unit.id not in ancestors[unit.id] or not set(item.scenarios) <= at.keys():
                    continue
                moments = [(at[name], facts.moment(unit, at[name])) for name in item.scenarios]
                if all(
                    any(
                        fits(
                            name,
                            spelled(facts, get.effect.name, unit, scenario, 0) if get.effect.name else None,
                            moment.hidden_text(get.effect.pattern) if get.effect.pattern else None,
                        )
                        for name in published.get(scenario.id, ())
                    )
                    for scenario, moment in moments
                ):
                    return (
                        Evidence(put.effect.span, "proof", "publishes the files"),
                        Evidence(get.effect.span, "proof", "fetches them"),
                    )
    return None


def _elsewhere(facts: PipelineFacts, item: Activity) -> Verdict | None:
    """The command is told of a file in one folder, and the one that is handed on has its name in another."""
    words = item.invocation.words if item.invocation is not None else ()
    told = [word.rpartition("=")[2] for word in words]
    told = [word for word in told if word.startswith("/") and _NO_PATTERN.fullmatch(word)]
    handed_on = [
        path for one in performed(facts, ArtifactPut, item.unit) if not one.effect.report for path in one.effect.paths
    ] + [one.effect.path for one in performed(facts, ArtifactGet, item.unit) if one.effect.path is not None]
    known = [path for path in handed_on if not path.holes and path.raw[:1] == "/" and _NO_PATTERN.fullmatch(path.raw)]
    raws = {path.raw.rstrip("/") for path in known}
    for path in known:
        mine = path.raw.rstrip("/")
        if any(mine == word.rstrip("/") or mine.startswith(f"{word.rstrip('/')}/") for word in told):
            continue
        name = mine.rpartition("/")[2]
        other = next((word for word in told if word.rpartition("/")[2] == name and word not in raws), None)
        if other is not None:
            message = f"`{item.text}` is told of `{other}`, and `{mine}` is what is handed on."
            return Verdict("unmet", message, (
                Evidence(path.span, "problem", "lies in another folder"), Evidence(item.span, "context", "is told of"),
            ))  # fmt: skip
    return None


def _downloads(item: Activity) -> bool:
    """Whether a command brings files from a store outside of the pipeline."""
    words = item.invocation.words if item.invocation is not None else ()
    if any(reading.effect == "works" for reading in item.readings_of(("fetch-data",))):
        return True
    return words[:2] in (("aws", "s3"), ("gsutil", "cp"), ("az", "storage"), ("mc", "cp"))


def _lost(facts: PipelineFacts, item: Activity, maker: str, makers: tuple[Activity, ...]) -> Verdict:
    hidden = next((unit for unit in facts.pipeline.units if unit.opaque is not None), None)
    if hidden is not None and hidden.opaque is not None:
        return Verdict(
            "cannot_tell",
            f"Whether `{item.text}` gets the files cannot be seen: {hidden.opaque.reason}.",
            (Evidence(hidden.opaque.span, "problem", hidden.opaque.reason),),
        )
    other = next((one for one in facts.activities if one.unit.id == item.unit.id and _downloads(one)), None)
    if other is not None:
        return Verdict(
            "cannot_tell",
            f"`{other.text}` fetches files from a store; whether they are those of {noun((maker,))} cannot be seen.",
            (
                Evidence(other.span, "problem", "fetches from a store"),
                Evidence(item.span, "context", "needs the files"),
            ),
        )
    context = tuple(Evidence(made.span, "context", "makes the files on another machine") for made in makers[:1])
    return Verdict(
        "unmet",
        f"`{item.text}` works on a machine of its own, and nothing brings it the files of {noun((maker,))}.",
        (Evidence(item.span, "problem", "the files are not there"), *context),
    )
