"""Whether a port leads to what listens (Kubernetes documentation, "Service", Port definitions; "Configure Liveness,
Readiness and Startup Probes", Use a named port)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gradeline.model.manifest import Bundle, Manifest, listed, place, text
from gradeline.model.workload import Container
from gradeline.source import Span

_ADDRESS = re.compile(r"(https?)://([a-z0-9.-]{1,253})(?::([0-9]{1,5}))?(?=[/?#]|$)")
_USUAL = {"http": "80", "https": "443"}


def closed(written: str, containers: Iterable[Container], listens: int) -> str:
    """Why nobody answers at a port, empty when somebody may.  ``listens`` is the only port that the program opens, 0
    when that is not known; a name means the number that a container gives it."""
    if not written:
        return ""
    number = written
    if not written.isdigit():
        known = [one.ports for one in containers if written in one.ports]
        if not known:
            return f"No container calls a port `{written}`"
        before = known[0][known[0].index(written) - 1] if known[0].index(written) else ""
        number = before if before.isdigit() else ""
    if listens and number and int(number) != listens:
        return f"Nothing listens at port {int(number)}"
    return ""


def closed_ports(service: Manifest, containers: Iterable[Container], listens: int) -> Iterator[tuple[str, Span]]:
    """Ports of a service that lead to none of the containers, with their places."""
    known = list(containers)
    for port in listed(service.body, "spec", "ports"):
        target, number = text(port, "targetPort"), text(port, "port")
        why = closed(target or number, known, listens)
        if why:
            yield why, place(port, "targetPort") or place(port, "port") or service.head


def unserved(bundle: Bundle, address: str) -> str:
    """Why an address inside the cluster leads to no port of its service; empty when it may lead to one."""
    found = _ADDRESS.match(address)
    if found is None:
        return ""
    host, port = found[2].split("."), int(found[3] or _USUAL[found[1]])
    inside = len(host) < 3 or host[2] == "svc"
    service = bundle.find("Service", host[0]) if inside else None
    if service is None:
        return ""
    ports = {text(one, "port") for one in listed(service.body, "spec", "ports")}
    if not ports or str(port) in ports:
        return ""
    return f"The service `{service.name}` has no port {port}"
