"""What runs in a cluster: its probes, its amounts, its rights, and how many of it there are."""

from __future__ import annotations

from gradeline.checks.support.ports import closed
from gradeline.checks.support.releases import chosen_bundles, guarded
from gradeline.facts.case import Case
from gradeline.model.resources import Amount
from gradeline.model.workload import Probe, Workload
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_EMPTY = frozenset({"true", ":", "echo", "printf", "sleep"})  # commands that succeed whatever the service does
NOTHING = Verdict("unmet", "There is no file that says how the service runs in the cluster.")


def workloads_of(case: Case, patterns: list[str] | None) -> list[Workload]:
    """What goes on running: services of a chart whose values are given, and those of manifests, each once."""
    found = list(case.project.workloads.values())
    for bundle in chosen_bundles(case, patterns):
        found.extend(one for one in bundle.workloads if one.served)
    return [one for number, one in enumerate(found) if one not in found[:number]]


def probed(case: Case, ready: str, patterns: list[str] | None = None, listens: int = 0) -> Verdict:
    """Whether each workload is asked two questions of its own; ``ready`` is the path of the second one."""
    return guarded(chosen_bundles(case, patterns), _probed(workloads_of(case, patterns), ready, listens))


def _probed(workloads: list[Workload], ready: str, listens: int) -> Verdict:
    proofs: list[Evidence] = []
    half: Verdict | None = None
    for workload in workloads:
        if workload.problem:
            return _closed(workload)
        for name, probe in (("lives", workload.live), ("is ready", workload.ready)):
            bad = _unasked(workload, name, probe) or _closed_port(workload, probe, listens)
            if bad is not None:
                return bad
            assert probe is not None
            proofs.append(Evidence(probe.span, "proof", f"asks whether it {name}"))
        if (bad := _closed_port(workload, workload.start, listens)) is not None:
            return bad
        live, asked = workload.live, workload.ready
        assert live is not None
        assert asked is not None
        if (live.kind, live.path, live.command) == (asked.kind, asked.path, asked.command):
            same = _bad("One question decides about restarts and about requests.", asked.span, "the same question")
            if not workload.kind or (ready and asked.kind == "http" and _path(asked) != ready):
                return same
            half = half or Verdict("partial", same.message, same.evidence)
            continue
        if ready and asked.kind == "http" and _path(asked) != ready:
            return _bad(f"`{asked.path}` does not tell whether the service is ready.", asked.span, "another question")
        if ready and live.kind == "http" and _path(live) == ready:
            return _bad("A service that is not ready yet would be restarted.", live.span, "asks whether it is ready")
    if half is not None:
        return half
    message = "The service is asked whether it lives and whether it is ready."
    return Verdict("met", message, tuple(proofs)) if proofs else NOTHING


def _path(probe: Probe) -> str:
    return probe.path.split("?")[0].rstrip("/")


def _unasked(workload: Workload, name: str, probe: Probe | None) -> Verdict | None:
    if probe is None or not probe.chosen:
        place = probe.span if probe is not None else workload.span
        return _bad(f"Nothing of your own asks whether the service {name}.", place, "left to the default")
    if probe.kind == "unknown":
        return _bad(f"There is no such way to ask whether the service {name}.", probe.span, "no kind of probe")
    if probe.kind == "tcp":
        return _bad(f"An open port does not tell whether the service {name}.", probe.span, "only opens a connection")
    if probe.kind == "http" and probe.path in ("", "/"):
        return _bad(f"The start page does not tell whether the service {name}.", probe.span, "asks for the start page")
    if probe.kind == "exec" and (not probe.command or probe.command[0].rpartition("/")[2] in _EMPTY):
        return _bad(f"This command asks nobody whether the service {name}.", probe.span, "asks nobody")
    return None


def _closed_port(workload: Workload, probe: Probe | None, listens: int) -> Verdict | None:
    """A question to a port at which its container does not answer."""
    if probe is None or not probe.port:
        return None
    for container in workload.containers:
        if probe not in (container.live, container.ready, container.start):
            continue
        if not probe.port.isdigit() and probe.port not in container.ports:
            sentence = f"The container calls no port `{probe.port}`, so this question never gets an answer."
            return _bad(sentence, probe.span, f"no port is called `{probe.port}`")
        why = closed(probe.port, [container], listens)
        if why:
            return _bad(f"{why}, so this question never gets an answer.", probe.span, "nothing listens here")
    return None


def sized(
    case: Case, amounts: tuple[str, ...], replicas: int, root: bool = False, patterns: list[str] | None = None
) -> Verdict:
    """Whether each workload reserves and limits the amounts, runs often enough, and is not root unless ``root``."""
    found = _sized(workloads_of(case, patterns), amounts, replicas, root)
    return guarded(chosen_bundles(case, patterns), found)


def _sized(workloads: list[Workload], amounts: tuple[str, ...], replicas: int, root: bool) -> Verdict:
    proofs: list[Evidence] = []
    for workload in workloads:
        if workload.problem:
            return _closed(workload)
        resources = workload.resources
        for name in amounts:
            known: Amount = getattr(resources, name) if resources is not None else Amount()
            place = resources.span if resources is not None and resources.span is not None else workload.span
            for what, value in (("reserves", known.request), ("limits", known.limit)):
                if value is None:
                    return _bad(f"Nothing {what} {name} for the service.", place, f"nothing {what} {name}")
        place = workload.replicas_span or workload.span
        if workload.kind == "DaemonSet":
            proofs.append(Evidence(place, "proof", "runs on every machine"))
        elif workload.replicas is None:
            message = "How often the service runs is no number."
            return Verdict("cannot_tell", message, (Evidence(place, "problem", "no number"),))
        elif workload.replicas < replicas:
            return _bad(f"The service runs {workload.replicas} times, not at least {replicas}.", place, "too few")
        confinement = workload.confinement
        if root:
            proofs.append(Evidence(place, "proof", f"runs {workload.replicas} times"))
            continue
        if confinement is None or not confinement.non_root or confinement.privileged:
            place = confinement.span if confinement is not None else workload.span
            return _bad("The service may run as root.", place, "nothing forbids root")
        proofs.append(Evidence(place, "proof", f"runs {workload.replicas} times"))
        proofs.append(Evidence(confinement.span, "proof", "never as root"))
    message = "The service says what it needs." if root else "The service says what it needs, and never runs as root."
    return Verdict("met", message, tuple(proofs)) if proofs else NOTHING


def _closed(workload: Workload) -> Verdict:
    return Verdict("cannot_tell", f"{workload.path} cannot be understood.", (
        Evidence(workload.span, "problem", workload.problem),
    ))  # fmt: skip


def _bad(sentence: str, place: Span, text: str) -> Verdict:
    return Verdict("unmet", sentence, (Evidence(place, "problem", text),))
