"""The rules of routers: who answers the requests, and who gets copies of them.

Istio documentation, "Mirroring" and "Virtual Service" (``mirror``, ``mirrors``, ``mirrorPercentage``: all requests
without one); Gateway API, HTTPRoute (``requestMirror`` with ``percent`` or ``fraction``); Ingress NGINX Controller,
annotation ``mirror-target``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.infrastructure import Value
from gradeline.model.manifest import Bundle, Manifest, at, listed, place, text
from gradeline.records import record
from gradeline.source import Span


@record
class Target:
    """A service, or a named part of one, that gets requests; ``share`` in percent, None when it cannot be read."""

    host: str
    subset: str
    share: float | None
    span: Span

    @property
    def name(self) -> str:
        return f"{self.host}, {self.subset}" if self.subset else self.host

    def same(self, other: Target) -> bool:
        return (short(self.host), self.subset) == (short(other.host), other.subset)


@record
class Rule:
    """One rule of a router: who answers, and who gets copies."""

    manifest: Manifest
    span: Span
    answers: tuple[Target, ...]
    copies: tuple[Target, ...]


def short(host: str) -> str:
    """The name of a service, without its namespace and domain."""
    return host.partition(".")[0]



def rules_of(bundle: Bundle) -> Iterator[Rule]:
    """All rules of what is applied together."""
    for route in bundle.routes:
        yield from rules_in(route.manifest, route.hosts)


def rules_in(one: Manifest, hosts: tuple[tuple[str, Span], ...] = ()) -> Iterator[Rule]:
    """The rules of one manifest; ``hosts`` are the services that an Ingress names."""
    if one.kind == "VirtualService":
        for rule in listed(one.body, "spec", "http"):
            yield Rule(one, rule.span, _shares(rule, "route", one), tuple(_istio_copies(rule, one)))
    elif one.kind in ("HTTPRoute", "GRPCRoute"):
        for rule in listed(one.body, "spec", "rules"):
            yield Rule(one, rule.span, _shares(rule, "backendRefs", one), tuple(_gateway_copies(rule, one)))
    elif one.kind == "Ingress":
        yield _ingress(one, tuple(Target(host, "", 100.0, span) for host, span in dict.fromkeys(hosts)))


def _shares(rule: Value, key: str, owner: Manifest) -> tuple[Target, ...]:
    parts = listed(rule, key)
    weights = [_number(one, "weight") if at(one, "weight") is not None else None for one in parts]
    found: list[Target] = []
    for one, weight in zip(parts, weights, strict=True):
        who = at(one, "destination") if key == "route" else one
        host = text(who, "host") or text(who, "name")
        span = place(who, "host") or place(who, "name") or owner.head
        missing = at(one, "weight") is None
        # Without a weight: Istio gives all to a single destination and none beside others; Gateway API gives each 1.
        share = (100.0 if len(parts) == 1 else 0.0 if key == "route" else 1.0) if missing else weight
        found.append(Target(host, text(who, "subset"), share, span))
    return tuple(found)


def _istio_copies(rule: Value, owner: Manifest) -> Iterator[Target]:
    if (who := at(rule, "mirror")) is not None:
        share: float | None = 100.0
        for key in ("mirrorPercent", "mirror_percent"):
            if at(rule, key) is not None:
                share = _number(rule, key)
        if at(rule, "mirrorPercentage") is not None:
            share = _number(rule, "mirrorPercentage", "value") if at(rule, "mirrorPercentage", "value") else 0.0
        yield Target(text(who, "host"), text(who, "subset"), share, place(who, "host") or owner.head)
    for one in listed(rule, "mirrors"):
        who = at(one, "destination")
        share = 100.0
        if at(one, "percentage") is not None:
            share = _number(one, "percentage", "value") if at(one, "percentage", "value") else 0.0
        yield Target(text(who, "host"), text(who, "subset"), share, place(who, "host") or owner.head)


def _gateway_copies(rule: Value, owner: Manifest) -> Iterator[Target]:
    for one in listed(rule, "filters"):
        copy = at(one, "requestMirror")
        if text(one, "type") != "RequestMirror" or copy is None:
            continue
        share: float | None = 100.0
        if at(copy, "percent") is not None:
            share = _number(copy, "percent")
        elif at(copy, "fraction") is not None:
            above, below = _number(copy, "fraction", "numerator"), 100.0
            if at(copy, "fraction", "denominator") is not None:
                below = _number(copy, "fraction", "denominator") or 0.0
            share = above / below * 100 if above is not None and below else None
        yield Target(text(copy, "backendRef", "name"), "", share, place(copy, "backendRef") or owner.head)


def _ingress(one: Manifest, answers: tuple[Target, ...]) -> Rule:
    key = "nginx.ingress.kubernetes.io/mirror-target"
    copies: tuple[Target, ...] = ()
    if one.annotations.get(key):
        span = place(one.body, "metadata", "annotations", key) or one.head
        address = one.annotations[key].partition("://")[2]
        host = address.partition("/")[0].partition("$")[0].partition(":")[0]
        copies = (Target(host, "", 100.0, span),)
    return Rule(one, one.head, answers, copies)


def _number(value: Value | None, *path: str) -> float | None:
    try:
        return float(text(value, *path))
    except ValueError:
        return None
