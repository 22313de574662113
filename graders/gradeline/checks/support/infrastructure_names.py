"""Names, types, descriptions and tags of infrastructure: ``named`` with the subject ``infrastructure``."""

from __future__ import annotations

import re

from gradeline.checks.support.names import says_nothing, words
from gradeline.checks.support.stacks import NO_STACK, guarded
from gradeline.facts.case import Case
from gradeline.facts.infrastructure import StackFacts, called, partial_text
from gradeline.facts.infrastructure_tags import ABSENT, missing_tags
from gradeline.model.infrastructure import Output, Parameter, Plain, Resource
from gradeline.records import replace
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
MIN_WORDS = 3  # of the description of a stack
_FILLERS = frozenset(
    {"the", "a", "an", "of", "for", "variable", "parameter", "output", "value", "description", "this", "is"}
)
_EMPTY = frozenset({"todo", "tbd", "fixme", "xxx", "changeme", "description", "placeholder", "n/a", "none"})


def declarations(
    stacks: tuple[StackFacts, ...], limited: tuple[str, ...], described: bool = False, exported: bool = False
) -> Verdict:
    """Whether parameters and outputs say what they are, and resources are named for what they are for."""
    if not stacks:
        return NO_STACK
    proofs: list[Evidence] = []
    for stack in stacks:
        seen: dict[str, Span] = {}
        if not stack.stack.parameters and not stack.stack.outputs:
            place = (Evidence(stack.stack.span, "problem", "looked through every file of this folder"),)
            return Verdict("unmet", "There is no variable and no output to describe.", place)
        snake = stack.stack.platform == "terraform"
        declared: tuple[Parameter | Output, ...] = (*stack.stack.parameters, *stack.stack.outputs)
        for one in declared:
            problem = _declaration(one, seen, snake)
            if problem is not None:
                return problem
            proofs.append(Evidence(one.head, "proof", f"says what `{one.name}` is"))
        for resource in stack.stack.resources:
            problem = _resource(resource) if snake else _logical(resource)
            if problem is not None:
                return problem
        problem = _limited(stack, limited)
        problem = problem or (_described(stack) if described else None) or (_exported(stack) if exported else None)
        if problem is not None:
            return problem
    message = "Variables, outputs and resources say what they are."
    return guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs))), ("variable", "output"))


def _bad(span: Span, message: str, short: str) -> Verdict:
    return Verdict("unmet", message, (Evidence(span, "problem", short),))


def _declaration(one: Parameter | Output, seen: dict[str, Span], snake: bool) -> Verdict | None:
    what = ("variable" if snake else "parameter") if isinstance(one, Parameter) else "output"
    if snake and not _SNAKE.match(one.name):
        return _bad(one.head, f"The {what} `{one.name}` is not written in small letters with `_`.", "its name")
    if isinstance(one, Parameter) and one.kind in ("", "any"):
        return _bad(one.head, f"The {what} `{one.name}` has no type that would refuse anything.", "no type")
    text = one.description.strip()
    if not text:
        return _bad(one.head, f"The {what} `{one.name}` has no description.", "no description")
    if text.casefold().strip(".!") in _EMPTY or says_nothing(text) or _only_repeats(text, one.name):
        return _bad(one.head, f"The description of `{one.name}` says no more than its name.", "says nothing new")
    mark = text.casefold()
    if not one.module:
        if mark in seen:
            return _bad(one.head, f"`{one.name}` has the description of another one.", "the same description")
        seen[mark] = one.head
    return None


def _only_repeats(text: str, name: str) -> bool:
    return not set(words(text)) - set(words(name)) - _FILLERS


def _resource(resource: Resource) -> Verdict | None:
    if resource.kind.startswith("module:"):
        return None
    name = resource.name
    if not _SNAKE.match(name):
        return _bad(resource.head, f"`{called(resource)}` is not written in small letters with `_`.", "its name")
    kind = resource.kind.removeprefix("data.").removeprefix("ephemeral.")
    noun = kind.rpartition("_")[2]
    if noun in name.split("_") or f"{noun}s" in name.split("_"):
        message = f"`{called(resource)}` says twice that it is a {noun}."
        return _bad(resource.head, message, "repeats its type")
    return None


def _logical(resource: Resource) -> Verdict | None:
    """The name of a resource in a template, which may repeat its type: it stands alone in every message."""
    if not says_nothing(resource.name):
        return None
    message = f"The resource `{resource.name}` is not named for what it is for."
    return _bad(resource.head, message, "says nothing")


def _described(stack: StackFacts) -> Verdict | None:
    text = stack.stack.description.strip()
    if len(words(text)) >= MIN_WORDS and text.casefold().strip(".!") not in _EMPTY:
        return None
    return _bad(stack.stack.span, "Nothing says what the stack as a whole is for.", "no description")


def _exported(stack: StackFacts) -> Verdict | None:
    if any(one.exported is not None and partial_text(one.exported) for one in stack.stack.outputs):
        return None
    place = stack.stack.outputs[0].head if stack.stack.outputs else stack.stack.span
    return _bad(place, "No output has a name under which other stacks could find it.", "no name for others")


def _limited(stack: StackFacts, limited: tuple[str, ...]) -> Verdict | None:
    for group in limited:
        choices = group.split("|")
        mine = [one for one in stack.stack.parameters if one.name in choices]
        if not mine:
            what = "variable" if stack.stack.platform == "terraform" else "parameter"
            message = f"There is no {what} `{choices[0]}`."
            return _bad(stack.stack.span, message, "looked through every file of this folder")
        if not any(one.limits for one in mine):
            message = f"`{mine[0].name}` takes any text, so a slip of the finger makes a new environment."
            return _bad(mine[0].head, message, "nothing limits its values")
    return None


def tagged(case: Case, stacks: tuple[StackFacts, ...]) -> tuple[StackFacts, ...]:
    """The stacks with the tags that pipelines give them when they change them."""
    from gradeline.facts.stack_operations import operations
    from gradeline.facts.stack_operations import tags as given

    found = {key: (value, one.item.span) for facts in case.pipelines for one in operations(facts)
             for key, value in given(one, case.project.files).items()}  # fmt: skip
    if not found:
        return stacks
    values = {key: Plain(span, value) for key, (value, span) in found.items()}
    return tuple(
        StackFacts(replace(one.stack, tags={**one.stack.tags, **values}))
        if one.stack.platform == "cloudformation"
        else one
        for one in stacks
    )


def tags(stacks: tuple[StackFacts, ...], keys: tuple[str, ...]) -> Verdict:
    """Whether everything that can be tagged gets the tags, with values that say something."""
    if not stacks:
        return NO_STACK
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for stack in stacks:
        for tagged in missing_tags(stack, keys):
            if tagged.missing == ABSENT:
                message = "Nothing is declared that could have tags."
                return Verdict("unmet", message, (Evidence(tagged.span, "problem", "nothing to tag"),))
            if tagged.holds is False:
                return Verdict("unmet", f"{tagged.sentence}.", (Evidence(tagged.span, "problem", tagged.missing),))
            if tagged.holds is None:
                place = (Evidence(tagged.span, "problem", tagged.missing),)
                unclear = unclear or Verdict("cannot_tell", f"{tagged.sentence}.", place)
            else:
                proofs.append(Evidence(tagged.span, "proof", tagged.sentence))
    message = "Everything gets tags that say whose it is and what it is for."
    return unclear or guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs))))
