"""Whether saved plans and states are kept where others can read them.

Terraform documentation, "terraform plan" (-out) and "Manage sensitive data in your configuration": a saved plan and a
state hold the values of secret variables in plain text, and so does ``terraform show -json``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.checks.support.explain import unseen
from gradeline.facts.case import PipelineFacts
from gradeline.facts.plan_apply import moves, service_file
from gradeline.facts.reached_effects import Performed, moments, possible
from gradeline.facts.saved_plans import Held, held, printed_plans, pulled_states
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.terraform_commands import terraform_commands
from gradeline.model.effects import ArtifactPut, CacheUse
from gradeline.model.pipeline import Unit
from gradeline.result import Evidence, Verdict

MAX_RUNS = 5


def kept_plans(chosen: tuple[PipelineFacts, ...], days: int, paths: tuple[str, ...]) -> Verdict:
    """``days``: how long a plan that is not encrypted may be kept; ``paths`` are all files of the submission."""
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    planned = False
    for facts in chosen:
        planned = planned or any(one.plans for one in moves(facts))
        for span in printed_plans(facts):
            message = "The plan is shown as JSON, in which secret values stand in plain text."
            return Verdict("unmet", message, (Evidence(span, "problem", "shows secret values, too"),))
        for cache in possible(facts, CacheUse):
            if _plan_in(facts, cache) or _state_in(facts, cache):
                message = "A cache takes a plan or a state along, and every run may read it."
                return Verdict("unmet", message, (Evidence(cache.effect.span, "problem", "kept in a cache"),))
        for put in possible(facts, ArtifactPut):
            verdict = _artifact(facts, put, days)
            if verdict is not None and verdict.status == "unmet":
                return verdict
            if verdict is not None:
                unclear = unclear or (verdict if verdict.status == "cannot_tell" else None)
                proofs.extend(verdict.evidence)
        proofs.extend(Evidence(one.item.span, "proof", "plans") for one in moves(facts) if one.plans and not proofs)
    if unclear is not None:
        return unclear
    if not planned and not service_file(paths):
        return next(unseen(chosen), None) or Verdict("unmet", "Nothing makes a plan, so there is none to keep.")
    message = "No plan and no state is kept where others can read its secrets."
    return Verdict("met", message, tuple(dict.fromkeys(proofs)))


def _artifact(facts: PipelineFacts, put: Performed[ArtifactPut], days: int) -> Verdict | None:
    state = _state_in(facts, put)
    if state:
        message = f"The artifact takes `{state}` along, which is the state with every secret in it."
        return Verdict("unmet", message, (Evidence(put.effect.span, "problem", "takes the state along"),))
    plan = _plan_in(facts, put)
    if plan is None:
        return None
    if plan.state == "sealed":
        return Verdict("met", "", (Evidence(put.effect.span, "proof", f"`{plan.name}` is encrypted"),))
    return _time(facts, put, days, plan.name.replace(HIDDEN, "…"))


def _time(facts: PipelineFacts, put: Performed[ArtifactPut], days: int, name: str) -> Verdict:
    given, runs = put.effect.retention_days, put.effect.retention_runs
    if given is None and runs is not None and (runs.raw.isdecimal() and int(runs.raw) <= MAX_RUNS):
        return Verdict("met", "", (Evidence(runs.span, "proof", f"kept for {runs.raw} runs"),))
    if given is None:
        message = f"`{name}` is kept as an artifact, readable, for as long as the platform likes."
        return Verdict("unmet", message, (Evidence(put.effect.span, "problem", "kept for the default time"),))
    for text in dict.fromkeys(moment.text(given) for moment in moments(facts, put)):
        if text is None:
            message = f"How long `{name}` is kept is computed at run time."
            return Verdict("cannot_tell", message, (Evidence(given.span, "problem", "computed at run time"),))
        if not text.strip().isdecimal() or not 1 <= int(text) <= days:
            message = f"`{name}` is kept readable for {text.strip()} days. Everybody with access can take it."
            return Verdict("unmet", message, (Evidence(given.span, "problem", f"{text.strip()} days"),))
    return Verdict("met", "", (Evidence(given.span, "proof", "gone after a short time"),))


def _plan_in(facts: PipelineFacts, put: Performed[ArtifactPut] | Performed[CacheUse]) -> Held | None:
    """The plan that is taken along; the one that is not encrypted where there are several."""
    found: list[Held] = []
    patterns = tuple(_patterns(facts, put))
    for folder, one in _plans(facts, put.unit):
        path = posixpath.normpath(posixpath.join(folder, one.name)) if HIDDEN not in folder else one.name
        if any(_takes(pattern, path, one.name) for pattern in patterns):
            found.append(one)
    return next((one for one in found if one.state == "open"), found[0] if found else None)


def _plans(facts: PipelineFacts, unit: Unit) -> Iterator[tuple[str, Held]]:
    seen = facts.seen_by(unit)
    for command in terraform_commands(facts):
        out = command.options.get("out", "")
        if command.name == "plan" and out and command.item.unit.id in seen:
            folder = posixpath.join(command.folder, posixpath.dirname(out))
            yield from ((folder, one) for one in held(facts, command.item.unit, out))


def _state_in(facts: PipelineFacts, put: Performed[ArtifactPut] | Performed[CacheUse]) -> str:
    pulled = pulled_states(facts, put.unit)
    for pattern in _patterns(facts, put):
        base = posixpath.basename(pattern)
        if "tfstate" in base or (base != "*" and any(fnmatchcase(one, base) for one in pulled)):
            return pattern.replace(HIDDEN, "…")
    return ""


def _patterns(facts: PipelineFacts, put: Performed[ArtifactPut] | Performed[CacheUse]) -> Iterator[str]:
    effect: ArtifactPut | CacheUse = put.effect
    at: Performed[ArtifactPut | CacheUse] = Performed(put.unit, put.step, effect, put.at)
    for moment in moments(facts, at):
        for text in effect.paths:
            for line in moment.hidden_text(text).split("\n"):
                if line.strip() and not line.strip().startswith("!"):
                    yield posixpath.normpath(line.strip().replace("/**", "").removesuffix("/*") or ".")


def _takes(pattern: str, path: str, name: str) -> bool:
    pattern = pattern.replace(HIDDEN, "*")
    known = path.replace(HIDDEN, "*")
    if pattern in (".", known) or known.startswith(f"{pattern}/"):
        return True
    return fnmatchcase(known, pattern) or fnmatchcase(name, posixpath.basename(pattern))
