"""Routers of traffic: which services and which parts of them they send requests to.

Istio documentation, "Virtual Service", "Destination Rule"; Gateway API, HTTPRoute; Kubernetes API reference, Ingress.
"""

from __future__ import annotations

from gradeline.model.infrastructure import Value
from gradeline.model.manifest import Manifest, Route, at, listed, place, text
from gradeline.source import Span

KINDS = frozenset({"VirtualService", "DestinationRule", "HTTPRoute", "GRPCRoute", "Ingress"})


def read_route(manifest: Manifest) -> Route:
    hosts: list[tuple[str, Span]] = []
    subsets: list[tuple[str, str, Span]] = []
    spec = at(manifest.body, "spec")

    def host(owner: Value | None, key: str) -> None:
        name = text(owner, key)
        if name and "*" not in name:
            hosts.append((name, place(owner, key) or manifest.head))

    if manifest.kind == "VirtualService":
        for section in ("http", "tls", "tcp"):
            for rule in listed(spec, section):
                targets = [at(one, "destination") for one in listed(rule, "route")]
                targets += [at(rule, "mirror"), *(at(one, "destination") for one in listed(rule, "mirrors"))]
                for target in targets:
                    host(target, "host")
                    if text(target, "subset"):
                        place_of = place(target, "subset") or manifest.head
                        subsets.append((text(target, "host"), text(target, "subset"), place_of))
    elif manifest.kind == "DestinationRule":
        host(spec, "host")
    elif manifest.kind in ("HTTPRoute", "GRPCRoute"):
        for rule in listed(spec, "rules"):
            for one in listed(rule, "backendRefs"):
                if text(one, "kind") in ("", "Service"):
                    host(one, "name")
            for one in listed(rule, "filters"):
                host(at(one, "requestMirror", "backendRef"), "name")
    else:
        host(at(spec, "defaultBackend", "service"), "name")
        for rule in listed(spec, "rules"):
            for one in listed(rule, "http", "paths"):
                host(at(one, "backend", "service"), "name")
                host(at(one, "backend"), "serviceName")
    return Route(manifest, tuple(hosts), tuple(subsets))
