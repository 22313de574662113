"""What a look at a fresh deployment finds out: whether the right address answers, in time, and with a right answer."""

from __future__ import annotations

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.deployments import TESTS, looked_at_after
from gradeline.facts.requests import Request, body_is_judged, host_of, request_of
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record
from gradeline.result import Evidence, Status, Verdict

# Tools that ask the platform, not the service: what runs is ready, whatever it answers.
_ASKS_THE_PLATFORM = frozenset({"kubectl", "argocd"})
# Tools whose questions stand in files of their own, which are not read here.
_ELSEWHERE = frozenset({"helm"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "[::1]"})  # noqa: S104 (compared, never bound)


@record
class Wanted:
    """``path`` is the path that has to be asked, empty for any; ``asserts`` what of the answer is looked at."""

    path: str
    asserts: frozenset[str]
    tools: tuple[str, ...]


def smoke(facts: PipelineFacts, deployed: tuple[Activity, ...], wanted: Wanted) -> Verdict:
    """The best verdict on what looks at these deployments."""
    looks = looked_at_after(facts, deployed, wanted.tools)
    found = [_of(facts, item, deployed, wanted) for item in looks]
    for status in ("met", "partial", "cannot_tell", "unmet"):
        for verdict in reversed(found) if status == "unmet" else found:
            if verdict.status == status:
                return verdict
    first = deployed[0]
    message = f"Nothing asks the service after `{first.text}` whether it works."
    return Verdict("unmet", message, (Evidence(first.span, "problem", "deployed, and never asked"),))


def _of(facts: PipelineFacts, item: Activity, deployed: tuple[Activity, ...], wanted: Wanted) -> Verdict:
    request = request_of(facts, item)
    if request is not None:
        return _asked(facts, request, deployed, wanted)
    reading = next(reading for reading in item.readings if reading.effect == "works")
    if reading.tool in _ASKS_THE_PLATFORM:
        message = f"`{item.text}` waits until something runs, but it asks the service nothing."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "asks the platform only"),))
    if reading.tool in _ELSEWHERE:
        message = f"What `{item.text}` asks the service stands in files that are not read."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "its questions are elsewhere"),))
    judgement = facts.blocking(item)
    if not judgement.holds:
        return judgement.verdict()
    if reading.classes & set(TESTS):
        answer = facts.toolbox.does_work_on(item, tuple(sorted(reading.classes)), "")
        if not answer.holds:
            status: Status = "unmet" if answer.holds is False else "cannot_tell"
            message = f"{answer.reason[:1].upper()}{answer.reason[1:]}."
            return Verdict(status, message, (Evidence(item.span, "problem", answer.reason),))
    return Verdict("met", "The deployment is asked whether it works.", item.proof())


def _asked(facts: PipelineFacts, request: Request, deployed: tuple[Activity, ...], wanted: Wanted) -> Verdict:
    item = request.item
    if wanted.path and not request.asks(wanted.path):
        message = f"`{item.text}` does not ask {wanted.path}."
        return Verdict("unmet", message, (Evidence(item.span, "problem", f"another path than {wanted.path}"),))
    elsewhere = _elsewhere(facts, request, deployed)
    if elsewhere is not None:
        return elsewhere
    body, place = body_is_judged(facts, request)
    judgement = facts.blocking(item)
    status_seen = request.strict and judgement.holds is True
    if body != "yes" and not status_seen:
        return _unasserted(facts, request, body)
    if not request.limited:
        message = f"`{item.text}` may wait for ever: it has no time limit."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "no time limit"),))
    if "body" in wanted.asserts and body != "yes":
        if body == "unknown":
            message = f"Whether something judges the answer of `{item.text}` cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(place or item.span, "problem", "cannot be followed"),))
        message = f"`{item.text}` only looks at the status; nothing looks at what the service answers."
        return Verdict("partial", message, (Evidence(item.span, "problem", "any answer is good enough"),))
    proofs = item.proof()
    if place is not None and body == "yes":
        proofs = (*proofs, Evidence(place, "proof", "looks at the answer"))
    return Verdict("met", "The deployment is asked whether it works.", proofs)


def _unasserted(facts: PipelineFacts, request: Request, body: str) -> Verdict:
    item = request.item
    judgement = facts.blocking(item)
    if request.strict and judgement.holds is not True:
        return judgement.verdict()
    if body == "unknown":
        message = f"Whether something judges the answer of `{item.text}` cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "cannot be followed"),))
    message = f"`{item.text}` succeeds whatever the service answers, even an error."
    return Verdict("unmet", message, (Evidence(item.span, "problem", "an error is a success here"),))


def _elsewhere(facts: PipelineFacts, request: Request, deployed: tuple[Activity, ...]) -> Verdict | None:
    """Whether the address is certainly another one than that of the environment."""
    item = request.item
    hosts = [host for host in request.hosts if host]
    if any(HIDDEN in host for host in hosts) or not hosts:
        return None
    if all(host.partition(":")[0] in _LOCAL for host in hosts):
        opened = any(
            other.invocation is not None
            and other.unit.id == item.unit.id
            and {"port-forward", "proxy", "tunnel", "up"} & set(other.invocation.words)
            for other in facts.activities
        )
        if opened or any(words in frame.text for frame in item.trail for words in ("kubectl exec", "docker exec")):
            return None
        message = f"`{item.text}` asks the machine it runs on, not what was deployed."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "asks another machine"),))
    for one in deployed:
        environment = one.unit.environment
        scenario = next((known for known in facts.pipeline.scenarios if known.id in one.scenarios), None)
        if environment is None or environment.url is None or scenario is None:
            continue
        declared = host_of(facts.moment(one.unit, scenario).hidden_text(environment.url))
        if HIDDEN not in declared and all(host != declared for host in hosts):
            message = f"`{item.text}` asks {hosts[0]}, but what was deployed is at {declared}."
            return Verdict("unmet", message, (
                Evidence(item.span, "problem", "asks another address"),
                Evidence(environment.url.span, "context", "the address of the environment"),
            ))  # fmt: skip
    return None
