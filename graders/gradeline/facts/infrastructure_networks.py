"""What lets the whole world in: rules of networks whose ranges together cover most addresses.

Provider documentation of ``aws_security_group``, ``aws_security_group_rule``, ``aws_vpc_security_group_ingress_rule``,
``google_compute_firewall``, ``azurerm_network_security_rule``; CloudFormation, ``AWS::EC2::SecurityGroup``.  Two halves
of the address space are all of it, so the ranges of one owner and port are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.facts.infrastructure import (
    Answer,
    Setting,
    StackFacts,
    called,
    each,
    known_text,
    setting,
    settings,
    shape,
)
from gradeline.model.infrastructure import Reference, Resource, Table, Value
from gradeline.records import record
from gradeline.source import Span

MAX_RANGES = 200
_WIDE4, _WIDE6 = 7, 15  # a network of this prefix or a shorter one is no company's
_WORLD = frozenset({"*", "internet", "any"})


@record
class Opening:
    """``first`` to ``last`` are ports; ``holds`` False: everybody may connect, None: not known."""

    holds: bool | None
    first: int
    last: int
    name: str
    span: Span

    def reaches(self, port: int) -> bool:
        return self.first <= port <= self.last


@record
class _Rule:
    owner: object
    name: str
    first: int
    last: int
    ranges: tuple[tuple[str | None, Span], ...]
    sure: bool = True  # whether its ports are known


def openings(facts: StackFacts) -> tuple[Opening, ...]:
    """Every port that the whole world can reach, or may be able to."""
    groups: dict[tuple[object, int, int], list[_Rule]] = {}
    for rule in _rules(facts):
        if rule.first <= rule.last:  # the platform refuses any other
            groups.setdefault((rule.owner, rule.first, rule.last), []).append(rule)
    return tuple(found for rules in groups.values() for found in _judged(rules))


def _judged(rules: list[_Rule]) -> Iterator[Opening]:
    ranges = [(text, span, rule) for rule in rules for text, span in rule.ranges][:MAX_RANGES]
    known = [(text, span, rule) for text, span, rule in ranges if text is not None]
    if covers_world(text for text, _, _ in known):
        alone = (one for one in known if covers_world([one[0]]))
        _, span, rule = next(alone, known[0])
        yield Opening(False, rule.first, rule.last, rule.name, span)
    elif len(known) < len(ranges):
        span, rule = next((span, rule) for text, span, rule in ranges if text is None)
        yield Opening(None, rule.first, rule.last, rule.name, span)


def covers_world(ranges: Iterable[str]) -> bool:
    """Whether some ranges together hold a part of the internet that nobody owns alone, or most of it."""
    texts = [text.strip() for text in ranges]
    return any(text.casefold() in _WORLD for text in texts) or wide(texts)


def wide(texts: list[str]) -> bool:
    """The same for networks in CIDR notation only (RFC 4632, 3.1)."""
    from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

    four: list[IPv4Network] = []
    six: list[IPv6Network] = []
    for text in texts[:2_000]:
        try:
            network = ip_network(text.strip()[:60], strict=False)
        except ValueError:
            continue
        if isinstance(network, IPv4Network):
            four.append(network)
        else:
            six.append(network)
    return any(one.prefixlen <= _WIDE4 for one in collapse_addresses(four)) or any(
        one.prefixlen <= _WIDE6 for one in collapse_addresses(six)
    )


def reached_by_everybody(facts: StackFacts, port: int) -> Iterator[Answer]:
    """Each rule that lets traffic to ``port`` in: ``holds`` false when it is open to the internet, None when a part
    of it is not known, true when it is for some networks only."""
    groups: dict[tuple[object, int, int], list[_Rule]] = {}
    for rule in _rules(facts):
        if rule.first <= port <= rule.last or not rule.sure:
            groups.setdefault((rule.owner, rule.first, rule.last), []).append(rule)
    for rules in groups.values():
        found = next(_judged(rules), None)
        if found is None:
            place = next((span for rule in rules for _, span in rule.ranges), facts.stack.span)
            yield Answer(True, f"`{rules[0].name}` is for some networks only", place)
        elif found.holds is False and all(rule.sure for rule in rules):
            yield Answer(False, f"`{found.name}` lets everybody reach port {port}", found.span)
        else:
            yield Answer(None, f"who reaches port {port} through `{found.name}` is not in the files", found.span)


def _rules(facts: StackFacts) -> Iterator[_Rule]:
    for resource in facts.stack.resources:
        if resource.kind in ("aws_security_group", "aws_default_security_group"):
            for block in settings(resource.properties, "ingress"):
                for one in each(block.value):
                    if isinstance(one, Table):
                        yield _aws(resource, one, resource.address)
        elif resource.kind == "aws_security_group_rule":
            kind = setting(resource.properties, "type")
            if kind is None or known_text(kind.value) != "egress":
                yield _aws(resource, resource.properties, _owner(resource))
        elif resource.kind == "aws_vpc_security_group_ingress_rule":
            yield _aws(resource, resource.properties, _owner(resource))
        elif resource.kind == "AWS::EC2::SecurityGroup":
            for block in settings(resource.properties, "SecurityGroupIngress"):
                for one in each(block.value):
                    if isinstance(one, Table):
                        yield _aws(resource, one, resource.address, _CAMEL)
        elif resource.kind == "AWS::EC2::SecurityGroupIngress":
            group = setting(resource.properties, "GroupId")
            owner = group.value.target if group is not None and isinstance(group.value, Reference) else resource.address
            yield _aws(resource, resource.properties, owner, _CAMEL)
        elif resource.kind == "google_compute_firewall":
            yield from _google(resource)
        elif resource.kind == "azurerm_network_security_rule":
            yield from _azure(resource, resource.properties)
        elif resource.kind == "azurerm_network_security_group":
            for block in settings(resource.properties, "security_rule"):
                for one in each(block.value):
                    if isinstance(one, Table):
                        yield from _azure(resource, one)


def _owner(resource: Resource) -> object:
    found = setting(resource.properties, "security_group_id")
    return shape(found.value) or resource.address if found is not None else resource.address


# What AWS calls the same things: protocols, first port, last port, ranges.
_SNAKE = (("protocol", "ip_protocol"), "from_port", "to_port",
          ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"))  # fmt: skip
_CAMEL = (("IpProtocol",), "FromPort", "ToPort", ("CidrIp", "CidrIpv6"))
_Words = tuple[tuple[str, ...], str, str, tuple[str, ...]]


def _aws(resource: Resource, table: Table, owner: object, words: _Words = _SNAKE) -> _Rule:
    protocols, low, high, names = words
    everything = any(_text(table, one) in ("-1", "all") for one in protocols)
    first, last = _port(table, low, 0), _port(table, high, 65_535)
    if everything or (first, last) == (-1, -1):
        first, last = 0, 65_535
    ports = [setting(table, name) for name in (low, high)]
    sure = everything or all(one is None or known_text(one.value) is not None for one in ports)
    return _Rule(owner, called(resource), first, last, tuple(_ranges(table, names)), sure)


def _google(resource: Resource) -> Iterator[_Rule]:
    direction = setting(resource.properties, "direction")
    if direction is not None and known_text(direction.value) == "EGRESS":
        return
    ranges = tuple(_ranges(resource.properties, ("source_ranges",)))
    for block in settings(resource.properties, "allow"):
        for one in each(block.value):
            if not isinstance(one, Table):
                continue
            ports = [known_text(inner) or "0-65535" for found in settings(one, "ports") for inner in each(found.value)]
            for text in ports or ["0-65535"]:
                first, _, last = text.partition("-")
                if first.isdecimal() and (last or first).isdecimal():
                    yield _Rule(resource.address, called(resource), int(first[:6]), int((last or first)[:6]), ranges)


def _azure(resource: Resource, table: Table) -> Iterator[_Rule]:
    if _text(table, "direction") == "Outbound" or _text(table, "access") == "Deny":
        return
    ranges = tuple(_ranges(table, ("source_address_prefix", "source_address_prefixes")))
    names = ("destination_port_range", "destination_port_ranges")
    ports = [known_text(inner) or "*" for name in names for one in settings(table, name) for inner in each(one.value)]
    for text in ports or ["*"]:
        first, _, last = ("0-65535" if text == "*" else text).partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            owner = (resource.address, table.span)
            yield _Rule(owner, called(resource), int(first[:6]), int((last or first)[:6]), ranges)


def _ranges(table: Table, names: tuple[str, ...]) -> Iterator[tuple[str | None, Span]]:
    for name in names:
        for one in settings(table, name):
            for inner in each(one.value):
                # The range of another resource is that of a network which is made here.
                if not _absent(inner) and not isinstance(inner, Reference):
                    yield known_text(inner), _place(inner, one)


def _place(value: Value, found: Setting) -> Span:
    inside = value.span.path == found.span.path and found.span.line <= value.span.line <= found.span.end_line
    return value.span if inside else found.span


def _absent(value: Value) -> bool:
    return getattr(value, "data", "") is None


def _text(table: Table, name: str) -> str:
    found = setting(table, name)
    return known_text(found.value) or "" if found is not None else ""


def _port(table: Table, name: str, default: int) -> int:
    text = _text(table, name)
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 7 else default
