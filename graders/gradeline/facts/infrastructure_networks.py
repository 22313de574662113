"""Which ports of infrastructure the whole internet reaches.

A list of networks is open when together they hold nearly every public address: ``0.0.0.0/1`` and ``128.0.0.0/1`` are
``0.0.0.0/0`` in two pieces.  Terraform Registry, hashicorp/aws: ``aws_security_group``, ``aws_security_group_rule``,
``aws_vpc_security_group_ingress_rule``; RFC 4632, 3.1 (prefixes); RFC 1918 (private addresses).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from gradeline.facts.infrastructure import Answer, StackFacts, called, each, known_text, setting
from gradeline.model.infrastructure import Resource, Table, Value
from gradeline.source import Span

_WIDE4, _WIDE6 = 7, 15  # a network of this prefix or a shorter one is no company's
_PRIVATE = IPv4Network("10.0.0.0/8")
_EVERY = ("-1", "all")


def reached_by_everybody(facts: StackFacts, port: int) -> Iterator[Answer]:
    """Each rule that lets traffic to ``port`` in: ``holds`` false when it is open to the internet, None when a part
    of it is not known."""
    for resource in facts.of("aws_security_group"):
        for value in each_table(resource.properties.entries.get("ingress")):
            yield from _rule(resource, value, port, ("cidr_blocks", "ipv6_cidr_blocks"))
    for resource in facts.of("aws_security_group_rule"):
        kind = setting(resource.properties, "type")
        if kind is None or known_text(kind.value) != "egress":
            yield from _rule(resource, resource.properties, port, ("cidr_blocks", "ipv6_cidr_blocks"))
    for resource in facts.of("aws_vpc_security_group_ingress_rule"):
        yield from _rule(resource, resource.properties, port, ("cidr_ipv4", "cidr_ipv6"))


def each_table(value: Value | None) -> Iterator[Table]:
    """The nested blocks of a name."""
    for one in each(value) if value is not None else ():
        if isinstance(one, Table):
            yield one


def _rule(resource: Resource, table: Table, port: int, names: tuple[str, ...]) -> Iterator[Answer]:
    covers = _covers(table, port)
    if covers is False or resource.present is False:
        return
    texts: list[str | None] = []
    place = table.span
    for name in names:
        value = table.entries.get(name)
        if value is not None:
            place = table.places.get(name, value.span)
            texts += [known_text(one) for one in each(value)]
    is_open = wide([text for text in texts if text is not None])
    yield _answer(resource, port, place, is_open, covers, None in texts)


def _answer(resource: Resource, port: int, place: Span, is_open: bool, covers: bool | None, hidden: bool) -> Answer:
    name = called(resource)
    if is_open and covers:
        return Answer(False, f"`{name}` lets everybody reach port {port}", place)
    if is_open or (hidden and covers is not False):
        return Answer(None, f"who reaches port {port} through `{name}` is not in the files", place)
    return Answer(True, f"`{name}` is for some networks only", place)


def _covers(table: Table, port: int) -> bool | None:
    """Whether a rule is about a port; None when that is not known."""
    protocol = setting(table, "protocol") or setting(table, "ip_protocol")
    if protocol is not None and known_text(protocol.value) in _EVERY:
        return True
    ends = [setting(table, "from_port"), setting(table, "to_port")]
    numbers = [_number(known_text(one.value)) if one is not None else None for one in ends]
    first, last = numbers
    if first is None or last is None:
        return None
    return first <= port <= last


def _number(text: str | None) -> int | None:
    if text is None or len(text) > 10:
        return None
    return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() else None


def wide(texts: list[str]) -> bool:
    """Whether networks in CIDR notation, put together, hold a part of the internet that nobody owns alone."""
    four: list[IPv4Network] = []
    six: list[IPv6Network] = []
    for text in texts[:2000]:
        try:
            network = ip_network(text.strip(), strict=False)
        except ValueError:
            continue
        if isinstance(network, IPv4Network):
            four.append(network)
        else:
            six.append(network)
    return any(one.prefixlen <= _WIDE4 and one != _PRIVATE for one in collapse_addresses(four)) or any(
        one.prefixlen <= _WIDE6 for one in collapse_addresses(six)
    )
