"""What every check of infrastructure shares: which stacks, and what a broken file means for the answer."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts.case import Case
from gradeline.facts.globs import matches
from gradeline.facts.infrastructure import StackFacts
from gradeline.result import Evidence, Verdict

NO_STACK = Verdict("unmet", "There is no file that declares infrastructure.")


def chosen_stacks(case: Case, patterns: list[str] | None) -> tuple[StackFacts, ...]:
    """The stacks a rubric looks at: those with a file that matches one of the patterns, all without any."""
    if patterns is None:
        return case.stacks
    return tuple(
        one
        for one in case.stacks
        if any(matches(path, pattern) for path in one.stack.files for pattern in patterns)
    )


def guarded(stacks: Iterable[StackFacts], verdict: Verdict, about: tuple[str, ...] = ()) -> Verdict:
    """The verdict, unless it earns points although something that it is about could not be read.

    ``about`` are parts of the names of kinds that the question is about; none means everything.
    """
    if verdict.status not in ("met", "partial"):
        return verdict
    for facts in stacks:
        if not facts.stack.complete and _touches(facts.stack.damage, about):
            hidden = next(iter(facts.stack.opaque), None)
            if hidden is not None and not facts.stack.damaged:
                place = Evidence(hidden.span, "problem", hidden.reason)
                return Verdict("cannot_tell", sentence(hidden.reason), (place,))
            message = f"A part of {facts.shown} cannot be read, so there may be more than what is seen."
            return Verdict("cannot_tell", message, (Evidence(facts.stack.span, "problem", "repair the files first"),))
    return verdict


def softened(stacks: Iterable[StackFacts], verdict: Verdict) -> Verdict:
    """The verdict, but *cannot tell* when what is missing may stand in a part of its block that cannot be read."""
    if verdict.status not in ("unmet", "partial") or not verdict.evidence:
        return verdict
    shown = verdict.evidence[0].span
    for facts in stacks:
        for block in facts.stack.damaged:
            if block.path == shown.path and block.line <= shown.line <= block.end_line:
                message = f"A part of what starts in line {block.line} of `{block.path}` cannot be read."
                place = Evidence(block, "problem", "repair this first")
                return Verdict("cannot_tell", message, (place,))
    return verdict


def _touches(damage: tuple[str, ...], about: tuple[str, ...]) -> bool:
    """Whether what is damaged may be what the question is about."""
    if not about or not damage:
        return True
    return any(not kind or any(word in kind for word in about) for kind in damage)


def unseen_modules(stacks: Iterable[StackFacts]) -> Verdict | None:
    """*Cannot tell* when something may be inside a module that is not in the submission."""
    for facts in stacks:
        for hidden in facts.stack.opaque:
            place = (Evidence(hidden.span, "problem", hidden.reason),)
            return Verdict("cannot_tell", sentence(hidden.reason), place)
    return None


def sentence(text: str) -> str:
    """Words as a sentence."""
    first = text[:1] if text.startswith("`") else text[:1].upper()
    return f"{first}{text[1:]}."
