"""Each job gets a machine that fits it.

What it looks for
    The job that does the work asks for a kind of machine by a label, or for a machine of its own with the
    asked ``amounts`` limited.  With ``labels``, the jobs of a class ask for the machines that are made for it.
    With ``only``, no other job takes what is meant for a class.
    With ``fresh``, the machine or the container of these jobs lives for one job only.
    With ``workloads``, what runs in a cluster reserves and limits the ``amounts``, never runs as root, and runs at
    least that many times.  With ``privileged``, no job has the rights of its machine, unless it builds an image.

What does not count
    A job that takes whatever machine is free, one that asks for the server itself, and a machine of its own
    without a limit.  A daemon beside a job that builds no image, and one whose connection is not encrypted.

How to repair
    Give each job the label of the machines that are made for its work, or say what it may use.

Parameters
    ``tools``: the classes whose jobs are looked at; with ``every``, all other jobs that do something as well, such as
    those that tell how it ended.  ``amounts``: what must be limited on machines made for one
    job: ``cpu``, ``memory`` (both by default) and ``gpu``.
    ``labels``: for a class, the labels (with ``*``) of which its jobs ask for one; for ``gpu`` a machine of its own
    with a limited number of accelerators is as good.  ``only``: for an amount, the classes whose jobs may take some of
    it.
    ``fresh``: classes whose jobs leave nothing behind, because their machine ends with them.
    ``privileged``: true looks at the rights.
    ``workloads``: the number of replicas; then nothing else is looked at.  ``root``: true when it does not matter
    who runs it.
"""

from __future__ import annotations

from typing import Literal

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun, unseen_in
from gradeline.facts import machines
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.limit_ranges import default_limits
from gradeline.model.expression import Unresolved
from gradeline.model.pipeline import Unit
from gradeline.model.resources import Amount, Resources
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="B5",
    family="bounds",
    params={
        "tools": WORDS,
        "every": {"type": "boolean"},
        "amounts": {"type": "array", "items": {"enum": ["cpu", "memory", "gpu"]}},
        "labels": {"type": "object", "additionalProperties": WORDS, "minProperties": 1},
        "only": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {"cpu": WORDS, "memory": WORDS, "gpu": WORDS},
        },
        "fresh": WORDS,
        "privileged": {"type": "boolean"},
        "workloads": {"type": "integer", "minimum": 1},
        "root": {"type": "boolean"},
    },
    reads=("pipelines", "manifests"),
)
_WORDS = {"cpu": "processor time", "memory": "memory", "gpu": "an accelerator"}
# A machine that has one gives it only to who asks for it (Kubernetes documentation, "Schedule GPUs").
_NO_CARD = "{title!r} asks for no accelerator among its limits."
# Labels of the server itself, on platforms whose server can run jobs.
_SERVER = frozenset({"master", "built-in", "controller"})


def run(
    case: Case,
    tools: str | list[str] | None = None,
    amounts: list[str] | None = None,
    labels: dict[str, str | list[str]] | None = None,
    only: dict[str, str | list[str]] | None = None,
    fresh: str | list[str] | None = None,
    privileged: bool = False,
    workloads: int | None = None,
    root: bool = False,
    every: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    wanted = tuple(amounts) if amounts is not None else ("cpu", "memory")
    if workloads is not None:
        from gradeline.checks.support.workloads import sized

        return sized(case, wanted, workloads, root, pipelines)
    verdicts: list[Verdict] = []
    if tools:
        units = _units(chosen, listed(tools))
        if not units:
            return absent(chosen, listed(tools))
        verdicts.extend(_judge(facts, unit, wanted) for facts, unit in units)
    if every:
        verdicts.extend(
            _judge(facts, unit, wanted)
            for facts in chosen for unit in facts.pipeline.units if _works(unit) and _may_run(facts, unit)
        )  # fmt: skip
    for name, allowed in (labels or {}).items():
        units = _units(chosen, (name,))
        if not units:
            return absent(chosen, (name,))
        verdicts.extend(_labelled(facts, unit, name, listed(allowed)) for facts, unit in units)
    for amount, allowed in (only or {}).items():
        verdicts.extend(_reserved(facts, amount, listed(allowed)) for facts in chosen)
    if fresh:
        found = [(facts, item) for facts in chosen for item in facts.doing(*listed(fresh))]
        if not found:
            return absent(chosen, listed(fresh))
        verdicts.extend(_fresh(facts, item) for facts, item in found)
    if privileged:
        verdicts.extend(
            _rights(facts, unit) for facts in chosen for unit in facts.pipeline.units if _may_run(facts, unit)
        )
    for status in ("unmet", "cannot_tell"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    proofs = [item for verdict in verdicts for item in verdict.evidence]
    if not proofs:
        if not chosen:
            return Verdict("unmet", "There is no pipeline file whose machines could be looked at.")
        proofs = [Evidence(facts.pipeline.span, "proof", "no job has the rights of its machine") for facts in chosen]
    return Verdict("met", "Every job gets a machine that is made for it.", tuple(dict.fromkeys(proofs)))


def _units(chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...]) -> tuple[tuple[PipelineFacts, Unit], ...]:
    found = {
        (facts.pipeline.path, item.unit.id): (facts, item.unit) for facts in chosen for item in facts.doing(*classes)
    }
    return tuple(found.values())


def _works(unit: Unit) -> bool:
    """Whether it takes a machine; one that only hands something on is done by the platform."""
    return any(step.script or step.use or step.opaque for step in unit.walk())


def _labelled(facts: PipelineFacts, unit: Unit, name: str, allowed: tuple[str, ...]) -> Verdict:
    accelerator = unit.resources.gpu.limit if unit.resources is not None else None
    if accelerator is not None and "gpu" in allowed:
        return Verdict("met", "", (Evidence(accelerator.span, "proof", "a machine of its own with an accelerator"),))
    known = machines.asked(facts, unit)
    answer = machines.has_label(known, allowed)
    if answer and "gpu" in allowed and unit.resources is not None:
        # Kubernetes documentation, "Schedule GPUs": a container gets the cards that are among its limits.
        on_node = [one for one in known if any(one.span == text.span for text in unit.resources.selectors)]
        if on_node and not machines.has_label(tuple(one for one in known if one not in on_node), allowed):
            return _bad(unit, _NO_CARD.format(title=unit.title), on_node[0].span)
    if answer is not True and "gpu" in allowed:
        from gradeline.facts.leftovers import containers, launched_for

        mine = (item for item in facts.doing(name) if item.unit.id == unit.id)
        inner = next((item for item in mine if any(one.accelerators for one in containers(facts, item))), None)
        if inner is not None and unit.self_hosted is not False:
            return Verdict("met", "", (Evidence(inner.span, "proof", "a container with the accelerators"),))
        started = launched_for(facts, unit)
        if started is not None and started.accelerator is not False:
            status: Literal["met", "cannot_tell"] = "met" if started.accelerator else "cannot_tell"
            message = f"Whether the machine that is started for {unit.title!r} has an accelerator cannot be seen."
            role: Literal["proof", "problem"] = "proof" if started.accelerator else "problem"
            return Verdict(status, message, (Evidence(started.span, role, "starts the machine for it"),))
    place = known[0].span if known else unit.span
    if answer:
        return Verdict("met", "", (Evidence(place, "proof", f"asks for {' or '.join(allowed)}"),))
    if answer is None:
        message = f"Which machine {unit.title!r} asks for is computed at run time."
        return Verdict("cannot_tell", message, (Evidence(place, "problem", "computed at run time"),))
    if known and unit.self_hosted is None:
        names = " and ".join(f"`{one.label}`" for one in known)
        message = f"Which machines {names} stands for cannot be seen from the files."
        return Verdict("cannot_tell", message, (Evidence(place, "problem", "a group, or a name of your own"),))
    shown = ", ".join(sorted({one.label or "" for one in known})) or "any machine"
    meant = " or ".join(label for label in allowed if "*" not in label) or " or ".join(allowed)
    return _bad(unit, f"{unit.title!r} runs {noun((name,))} on {shown}, not on {meant}.", place)


def _fresh(facts: PipelineFacts, item: Activity) -> Verdict:
    """Whether the machine or container that does the work ends with it."""
    from gradeline.facts.leftovers import lifetime

    life = lifetime(facts, item)
    if life.kind == "job":
        return Verdict("met", "", (Evidence(life.span, "proof", life.why),))
    if life.kind == "unknown":
        message = f"Whether the machine of {item.unit.title!r} lives for one job only cannot be seen: {life.why}."
        return Verdict("cannot_tell", message, (Evidence(life.span, "problem", life.why),))
    return _bad(item.unit, f"{item.unit.title!r} works on {life.why}, with all that it leaves there.", life.span)


def _reserved(facts: PipelineFacts, name: str, allowed: tuple[str, ...]) -> Verdict:
    """Whether nothing but the work of the allowed classes takes some of an amount."""
    proofs: list[Evidence] = []
    for unit in facts.pipeline.units:
        if unit.resources is None or not _may_run(facts, unit):
            continue
        amounts: dict[str, Amount] = {"cpu": unit.resources.cpu, "memory": unit.resources.memory,
                                      "gpu": unit.resources.gpu}  # fmt: skip
        taken = amounts[name].limit or amounts[name].request
        if taken is None or taken.raw.strip() == "0":
            continue
        if any(item.unit.id == unit.id for item in facts.doing(*allowed)):
            proofs.append(Evidence(taken.span, "proof", f"{name} for {noun(allowed)}"))
            continue
        hidden = next(unseen_in(facts, unit), None)
        message = f"{unit.title!r} takes {_WORDS[name]}, which is meant for {noun(allowed)}."
        return hidden or _bad(unit, message, taken.span)
    return Verdict("met", "", tuple(proofs))


def _may_run(facts: PipelineFacts, unit: Unit) -> bool:
    """Whether some run has the unit as a part; one that is switched off has no rights."""
    return any(
        run.unit_results.get(unit.id) != "absent"
        for scenario in facts.pipeline.scenarios
        for run in facts.runs(scenario).results
    )


def _rights(facts: PipelineFacts, unit: Unit) -> Verdict:
    place = machines.privileged(unit)
    if place is None:
        return Verdict("met", "")
    builds = any(
        item.unit.id == unit.id and item.readings_of(("build-image", "push-image")) for item in facts.activities
    )
    if not builds:
        hidden = next(unseen_in(facts, unit), None)
        return hidden or _bad(unit, f"{unit.title!r} has the rights of its machine, but builds no image.", place)
    plain = machines.without_tls(facts, unit)
    if plain is not None:
        return _bad(unit, f"{unit.title!r} talks to its daemon without encryption.", plain)
    return Verdict("met", "", (Evidence(place, "proof", "only to build an image"),))


def _judge(facts: PipelineFacts, unit: Unit, wanted: tuple[str, ...]) -> Verdict:
    if unit.resources is not None and unit.self_hosted is False:  # else the label says which machine of one's own
        return _limited(facts, unit, unit.resources, wanted)
    if not unit.runs_on and unit.image is not None and default_limits(facts.project):
        return _limited(facts, unit, Resources(), wanted)
    if not unit.runs_on:
        return _bad(unit, f"{unit.title!r} takes whatever machine is free.", unit.span)
    for scenario in facts.pipeline.scenarios[:1]:
        for text in unit.runs_on:
            label = facts.moment(unit, scenario).text(text)
            if label is None:
                return Verdict(
                    "cannot_tell",
                    f"Which machine {unit.title!r} asks for is computed at run time.",
                    (Evidence(text.span, "problem", "computed at run time"),),
                )
            if label.strip().lower() in _SERVER:
                return _bad(unit, f"{unit.title!r} runs on the server itself.", text.span)
    return Verdict("met", "", (Evidence(unit.runs_on[0].span, "proof", f"asks for `{unit.runs_on[0].raw}`"),))


def _limited(facts: PipelineFacts, unit: Unit, resources: Resources, wanted: tuple[str, ...]) -> Verdict:
    place = resources.span or unit.span
    proofs = {place: Evidence(place, "proof", f"{', '.join(wanted)} limited")}
    defaults = default_limits(facts.project) if unit.image is not None else {}
    amounts: dict[str, Amount] = {"cpu": resources.cpu, "memory": resources.memory, "gpu": resources.gpu}
    for name in wanted:
        if amounts[name].limit is not None:
            continue
        if name not in defaults:
            sentence = f"Nothing limits the {name} of {unit.title!r}."
            return _bad(unit, _NO_CARD.format(title=unit.title) if name == "gpu" else sentence, place)
        proofs[defaults[name]] = Evidence(defaults[name], "proof", f"limits the {name} of every container")
    computed = next((text for name in wanted if (text := amounts[name].limit) is not None and text.holes), None)
    if computed is not None and all(isinstance(hole.expression, Unresolved) for hole in computed.holes):
        message = f"How much {unit.title!r} may use is computed at run time."
        return Verdict("cannot_tell", message, (Evidence(computed.span, "problem", "computed at run time"),))
    return Verdict("met", "", tuple(proofs.values()))


def _bad(unit: Unit, sentence: str, place: Span) -> Verdict:
    return Verdict("unmet", sentence, (Evidence(place, "problem", sentence.rstrip(".")),))
