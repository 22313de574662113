"""What cannot be made again is guarded: no plan, and no replacement, deletes it by the way.

What it looks for
    Each resource that keeps something, such as a bucket, a registry of images or a database, has a guard: a plan that
    would delete it is refused, or the platform refuses it, or the stack lets it live on.  No switch is on that lets a
    deletion take the content along.

What does not count
    A guard on another resource, a guard that a setting for production switches off, and in templates only one of the
    two policies: a replacement deletes too.

How to repair
    Put the guard into the resource itself, and leave the switch for the content off where people rely on it.

Parameters
    ``families``: ``bucket``, ``registry``, ``database`` (the first two), or ``stack``: a command of a pipeline switches
    on what refuses to delete the stack as a whole.  ``named``: only resources whose name, key or
    module holds one of these words; all of a family when none does.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.stacks import NO_STACK, chosen_stacks, guarded, sentence, softened, unseen_modules
from gradeline.facts.case import Case
from gradeline.facts.infrastructure import StackFacts, says
from gradeline.facts.infrastructure_guards import Kept, kept
from gradeline.result import Evidence, Verdict

CHECK = Check(code="I4", family="iac", params={"families": WORDS, "named": WORDS}, reads=("infrastructure",))

ABOUT = ("bucket", "storage", "repository", "registry", "db", "rds", "sql", "table", "module", "lock", "locals")


def run(
    case: Case,
    families: str | list[str] = ("bucket", "registry"),  # type: ignore[assignment]
    named: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    stacks = chosen_stacks(case, pipelines)
    if not stacks:
        return NO_STACK
    wanted = tuple(one for one in listed(families) if one != "stack")
    first = softened(stacks, _judged(stacks, wanted, listed(named))) if wanted else None
    if "stack" not in listed(families) or (first is not None and first.status != "met"):
        return first or NO_STACK
    from gradeline.checks.support.stack_rollback import protected

    second = protected(case, stacks)
    return second if first is None or second.status != "met" else first


def _judged(stacks: tuple[StackFacts, ...], wanted: tuple[str, ...], named: tuple[str, ...]) -> Verdict:
    found = [one for stack in _decisive(stacks) for one in kept(stack, wanted)]
    for family in wanted:
        if not any(one.family == family for one in found):
            place = (Evidence(stacks[0].stack.span, "problem", "looked through every file of this folder"),)
            return unseen_modules(stacks) or Verdict("unmet", f"No {family} is declared, so none is guarded.", place)
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for one in _meant(found, wanted, named):
        place = (Evidence(one.answer.span, "problem", one.answer.sentence),)
        if one.answer.holds is False:
            return Verdict("unmet", sentence(one.answer.sentence), place)
        if one.answer.holds is None:
            unclear = unclear or Verdict("cannot_tell", sentence(one.answer.sentence), place)
        proofs.append(Evidence(one.answer.span, "proof", one.answer.sentence))
    message = "What cannot be made again is guarded against deletion."
    return unclear or guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs))), ABOUT)


def _decisive(stacks: tuple[StackFacts, ...]) -> tuple[StackFacts, ...]:
    """Where values are chosen by environment, those of production count; elsewhere things may be thrown away."""
    production = tuple(one for one in stacks if "prod" in one.stack.values.rpartition("/")[2].casefold())
    others = tuple(one for one in stacks if not one.stack.values)
    return (*production, *others) if production else stacks


def _meant(found: list[Kept], families: tuple[str, ...], words: tuple[str, ...]) -> list[Kept]:
    chosen: list[Kept] = []
    for family in families:
        mine = [one for one in found if one.family == family]
        narrower = [one for one in mine if words and says(one.resource, words, "bucket", "name")]
        chosen += narrower or mine
    return chosen
