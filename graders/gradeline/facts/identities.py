"""Which role or account a job gets from a cloud, so far that two jobs can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.case import PipelineFacts
from gradeline.facts.logins import command_identity, is_login
from gradeline.facts.reached_effects import performed
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traces import Source
from gradeline.model.effects import Login
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import record
from gradeline.source import Span

# Variables from which the tools of a cloud take the role by themselves.
_VARIABLES = {
    "aws": ("AWS_ROLE_ARN",),
    "azure": ("ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
    "gcp": ("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_APPLICATION_CREDENTIALS"),
}


@record
class Identity:
    """``parts`` is what is known of it: texts, and where the values between them are from; None for a value of which
    nothing is known.  ``environment`` is the one that may give settings a value of its own."""

    unit: Unit
    span: Span
    provider: str
    parts: tuple[str | Source | None, ...]
    environment: str = ""


def identities(facts: PipelineFacts, unit: Unit, scenario: Scenario) -> Iterator[Identity]:
    """What a unit becomes in runs of one kind, in the order of its steps."""
    environment = ""
    if unit.environment is not None:
        environment = facts.moment(unit, scenario).text(unit.environment.name) or HIDDEN
    for one in performed(facts, Login, unit):
        login = one.effect
        if login.kind == "cloud" and login.identity is not None and one.legs(scenario):
            text = facts.traced.chosen(one.unit, one.step, scenario, login.identity)
            yield Identity(unit, login.span, login.provider, _parts(facts, text), environment)
    for item in facts.activities:
        if item.unit.id != unit.id or scenario.id not in item.scenarios or not is_login(item):
            continue
        provider, text = command_identity(item)
        seen = next(iter(facts.traced.activities(scenario, (item,))), None)
        text = command_identity(seen)[1] if seen is not None else text
        for name in _VARIABLES.get(provider, ()) if not text else ():
            text = text or facts.traced.variable(item, scenario, name) or ""
        yield Identity(unit, item.span, provider, _parts(facts, text or HIDDEN), environment)


def _parts(facts: PipelineFacts, text: str) -> tuple[str | Source | None, ...]:
    sources = facts.traced.traces.sources(text)
    first, *rest = text.split(HIDDEN)
    found: list[str | Source | None] = [first]
    for source, piece in zip(sources, rest, strict=True):
        found.extend((source, piece[1:] if source is not None else piece))
    return tuple(part for part in found if part != "")


def same(one: Identity, other: Identity) -> Literal["yes", "no", "unknown"]:
    """Whether two jobs become the same."""
    if one.provider != other.provider:
        return "no"
    if None in one.parts or None in other.parts or _open(one) or _open(other):
        return "unknown"
    if [_shape(part) for part in one.parts] != [_shape(part) for part in other.parts]:
        return "no"
    scoped = any(isinstance(part, Source) and part.scoped for part in (*one.parts, *other.parts))
    # A setting of an environment takes the place of the one of the repository (GitHub Docs, "Variables").
    return "unknown" if scoped and one.environment != other.environment else "yes"


def _open(one: Identity) -> bool:
    """Whether it is one of several values, and which of them is decided when it runs."""
    return any(isinstance(part, Source) and part.kind == "part" and len(part.inside) > 1 for part in one.parts)


def _shape(part: str | Source | None) -> object:
    if not isinstance(part, Source):
        return part
    return part.kind, part.name, part.words, len(part.inside)
