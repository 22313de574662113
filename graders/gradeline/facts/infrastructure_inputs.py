"""What differs between environments: by values from outside, not by copies and not by texts in resources.

Terraform style guide, "Multiple environments"; AWS documentation, "Regions and Zones"; account numbers have 12 digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.facts.infrastructure import StackFacts
from gradeline.model.infrastructure import Resource, Written
from gradeline.records import record
from gradeline.source import Span

_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
_AWS_REGION = re.compile(
    r"(?<![a-z])(?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-)?(?:north|south|east|west|central|northeast|northwest"
    r"|southeast|southwest)-\d[a-f]?(?![0-9])"
)
_GOOGLE_REGION = re.compile(
    r"(?<![a-z-])(?:us|europe|asia|australia|southamerica|northamerica|me|africa)-(?:north|south|east|west|central"
    r"|northeast|southeast|southwest)\d(?:-[a-f])?(?![0-9])"
)
_ENVIRONMENT = re.compile(
    r"(?<![A-Za-z])(?!dev/)(?:prod|production|staging|stage|dev|development|preprod|qa)(?![A-Za-z])"
)
_KINDS = ((_ACCOUNT, "the number of an account"), (_AWS_REGION, "a region"), (_GOOGLE_REGION, "a region"),
          (_ENVIRONMENT, "an environment"))  # fmt: skip
_PROSE = frozenset({"description", "comment", "error_message", "sid", "type", "email", "groupdescription",
                    "alarmdescription"})  # fmt: skip
MIN_COPIED = 3


@record
class Fixed:
    """A text in a resource that belongs to one environment; ``what`` says which kind of text it is."""

    resource: Resource
    written: Written
    what: str
    found: str


@record
class Ways:
    """How environments are told apart: ``how`` in words, empty when they are not, with the places that show it."""

    how: str
    spans: tuple[Span, ...]


def fixed_texts(facts: StackFacts) -> Iterator[Fixed]:
    seen: set[Span] = set()
    for resource in facts.stack.resources:
        for written in resource.written:
            if written.span in seen or any(part.casefold() in _PROSE for part in written.path):
                continue
            seen.add(written.span)
            for pattern, what in _KINDS:
                match = pattern.search(written.text[:2_000])
                if match is not None:
                    yield Fixed(resource, written, what, match.group(0))
                    break


def ways(stacks: tuple[StackFacts, ...]) -> Ways:
    """How the same code is used for more than one environment."""
    by_root: dict[str, list[StackFacts]] = {}
    for facts in stacks:
        by_root.setdefault(facts.stack.path, []).append(facts)
    for mine in by_root.values():
        files = [facts.stack.values for facts in mine if facts.stack.values]
        if len(files) > 1:
            return Ways("each environment has a file of values", tuple(Span(path, 1) for path in files))
    for facts in stacks:
        if "terraform.workspace" in facts.stack.names:
            return Ways("each environment is a workspace", (facts.stack.span,))
    shared: dict[str, list[StackFacts]] = {}
    for facts in stacks:
        for one in facts.stack.needed:
            if one.kind == "module" and not one.module:
                base = one.source.rpartition("/")[2].partition("?")[0]
                shared.setdefault(base, []).append(facts)
    for users in shared.values():
        if len({facts.stack.path for facts in users}) > 1:
            spans = tuple(dict.fromkeys(facts.stack.span for facts in users))
            return Ways("each environment calls the same module", spans)
    for facts in stacks:
        choice = next((one for one in facts.stack.parameters if one.given and one.limits and _chooses(one.name)), None)
        if choice is not None and f"var.{choice.name}" in facts.stack.names:
            spans = (choice.head, Span(facts.stack.values, 1))
            return Ways("the environment is a parameter, and a file gives it", spans)
    for facts in stacks:
        stores = [store for store in facts.stack.stores if store.completed]
        if len(stores) > 1 and any(one.name in ("environment", "env", "stage") for one in facts.stack.parameters):
            return Ways("each environment has settings of its own", tuple(Span(one.completed, 1) for one in stores))
    return Ways("", ())


def _chooses(name: str) -> bool:
    """Whether a parameter's name says that it picks the environment."""
    return any(word in name.casefold() for word in ("environment", "stage", "env"))


def copies(stacks: tuple[StackFacts, ...]) -> tuple[Resource, Resource] | None:
    """Two roots that declare the same resources by themselves, as a pair of examples."""
    seen: dict[str, dict[tuple[str, str], Resource]] = {}
    for facts in stacks:
        own = {(one.kind, one.name): one for one in facts.stack.resources if not one.module}
        own = {key: one for key, one in own.items() if not key[0].startswith("module:")}
        for path, others in seen.items():
            both = [key for key in own if key in others]
            if path != facts.stack.path and len(both) >= MIN_COPIED and len(both) * 2 > min(len(own), len(others)):
                return own[both[0]], others[both[0]]
        seen.setdefault(facts.stack.path, own)
    return None


def unused_values(facts: StackFacts) -> bool:
    """Whether nothing in the stack refers to a parameter: then files of values change nothing."""
    return not any(name.startswith("var.") for name in facts.stack.names)
