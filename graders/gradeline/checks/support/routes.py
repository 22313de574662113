"""Whether requests reach what runs: the names that manifests use for each other lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.checks.support.ports import closed_ports
from gradeline.checks.support.releases import NO_MANIFEST, bad, chosen_bundles, guarded
from gradeline.facts.case import Case
from gradeline.model.manifest import Bundle, Manifest, Route, at, entries, listed, place, text
from gradeline.model.release import Release
from gradeline.model.workload import Workload
from gradeline.result import Evidence, Verdict
from gradeline.source import Span


def connected(case: Case, patterns: list[str] | None) -> Verdict:
    bundles = chosen_bundles(case, patterns)
    if not any(bundle.manifests for bundle in bundles):
        return guarded(bundles, NO_MANIFEST)
    for bundle in bundles:
        for sentence, span, text_ in _dangling(bundle):
            return guarded([bundle], bad(sentence, span, text_))
    proofs: list[Evidence] = []
    for bundle in bundles:
        proofs.extend(Evidence(one.head, "proof", "selects what runs") for one in bundle.of("Service"))
        proofs.extend(Evidence(one.manifest.head, "proof", "names what is there") for one in bundle.routes)
        made = [one for one in bundle.releases if one.makes_services]
        proofs.extend(Evidence(one.strategy_span, "proof", "the controller makes the services") for one in made)
    if not proofs:
        workload = next((one for bundle in bundles for one in bundle.workloads), None)
        span = workload.span if workload is not None else bundles[0].span
        return guarded(bundles, bad("No service leads to what runs.", span, "nothing sends requests here"))
    return Verdict("met", "Every name leads to something that is there.", tuple(dict.fromkeys(proofs)))


_Problem = tuple[str, Span, str]


def _dangling(bundle: Bundle) -> Iterator[_Problem]:
    for release in bundle.releases:
        yield from _release(bundle, release)
    workloads = [one for one in bundle.workloads if one.served]
    for service in bundle.of("Service"):
        selector = selector_of(service)
        if not selector or not workloads or text(service.body, "spec", "type") == "ExternalName":
            continue
        # A controller adds labels of its own to select one of two versions.
        if not any(fits(selector, one, bundle) for one in workloads):
            span = place(service.body, "spec", "selector") or service.head
            yield f"The service `{service.name}` selects nothing that runs here.", span, "no pod has these labels"
            continue
        yield from _closed_ports(service, [one for one in workloads if fits(selector, one, bundle)])
    for route in bundle.routes:
        for host, span in route.hosts:
            if not _is_there(bundle, host):
                yield f"There is no service `{host}`.", span, "leads nowhere"
        for host, subset, span in route.subsets:
            if not _has_subset(bundle, host, subset):
                yield f"Nothing says what the part `{subset}` of `{host}` is.", span, "leads nowhere"


def _release(bundle: Bundle, release: Release) -> Iterator[_Problem]:
    if release.workload_reference and release.workload is None:
        yield f"There is no workload `{release.workload_reference}`.", release.strategy_span, "leads nowhere"
    elif release.workload is not None and release.workload.problem and release.kind == "Rollout":
        yield f"The release starts nothing: {release.workload.problem}.", release.workload.span, "leads nowhere"
    if not release.makes_services:
        for name, span in ((release.stable, release.stable_span), (release.canary, release.canary_span)):
            service = bundle.find("Service", name) if name else None
            if name and service is None:
                yield f"There is no service `{name}`.", span or release.strategy_span, "leads nowhere"
        if release.strategy == "canary" and release.stable and release.stable == release.canary:
            yield "Both versions have the same service.", release.canary_span or release.strategy_span, "the same"
        if release.router in ("istio", "nginx", "alb", "plugins", "traefik", "apisix") and not release.routes:
            span = release.router_span or release.strategy_span
            yield "What splits the traffic names no route.", span, "names no route"
    for kind, name, span in release.routes:
        named = (item for item in bundle.routes if item.manifest.kind == kind and item.manifest.called(name))
        route = next(named, None)
        if route is None and bundle.find(kind, name) is None:
            yield f"There is no {kind} `{name}`.", span, "leads nowhere"
        elif route is not None and kind in ("VirtualService", "HTTPRoute", "GRPCRoute") and not release.subsets:
            hosts = {host.partition(".")[0] for host, _ in route.hosts}
            for one in (release.stable, release.canary):
                if one and one not in hosts:
                    yield (f"`{name}` sends no request to `{one}`, so its share cannot change.",
                           route.manifest.head, "one of the two versions is missing")  # fmt: skip
        if kind == "VirtualService" and route is not None:
            yield from _route_parts(release, route, name)
    for rule, subset, span in release.subsets:
        found = bundle.find("DestinationRule", rule)
        names = [text(one, "name") for one in listed(found.body, "spec", "subsets")] if found is not None else []
        if found is not None and subset not in names:
            yield f"`{rule}` has no part `{subset}`.", span, "leads nowhere"


def _route_parts(release: Release, route: Route, name: str) -> Iterator[_Problem]:
    """The controller looks for its routes by name, and for both versions in them (Argo Rollouts documentation, "Istio",
    Host-level and Subset-level Traffic Splitting)."""
    body = route.manifest.body
    there = {text(rule, "name") for rule in listed(body, "spec", "http")}
    for owner, part, span in release.route_parts:
        if owner == name and part not in there:
            yield f"`{name}` has no route `{part}`, so its share cannot change.", span, "leads nowhere"
    used = {subset for _, subset, _ in route.subsets}
    for _, subset, _ in release.subsets:
        if subset not in used:
            yield (f"`{name}` sends no request to the part `{subset}`, so its share cannot change.",
                   route.manifest.head, "one of the two versions is missing")  # fmt: skip


def _closed_ports(service: Manifest, workloads: list[Workload]) -> Iterator[_Problem]:
    """Ports of a service that are called by a name which no container gives to a port of its own."""
    for why, span in closed_ports(service, [one for each in workloads for one in each.containers], 0):
        yield f"{why}, so no request arrives.", span, "no port has this name"


def selector_of(service: Manifest) -> dict[str, str]:
    return {key: text(value) for key, value in entries(service.body, "spec", "selector").items()}


def fits(selector: dict[str, str], workload: Workload, bundle: Bundle) -> bool:
    known = dict(workload.labels)
    if any(one.workload == workload for one in bundle.releases):
        selector = {key: value for key, value in selector.items() if key != "rollouts-pod-template-hash"}
    return bool(selector) and all(known.get(key) == value for key, value in selector.items())


def _is_there(bundle: Bundle, host: str) -> bool:
    """Whether a host is a service of the bundle; hosts of other places are nobody's business here."""
    short, _, rest = host.partition(".")
    if "." in rest and not rest.endswith(("svc.cluster.local", ".svc")):
        return True
    if rest and bundle.find("Service", short) is None:
        namespace = rest.partition(".")[0]
        mine = {one.namespace for one in bundle.manifests if one.namespace}
        return bool(mine) and namespace not in mine and namespace != "svc"
    made = {name for one in bundle.releases if one.makes_services for name in (one.stable, one.canary,
            one.workload_reference)}  # fmt: skip
    return short in made or bundle.find("Service", short) is not None


def _has_subset(bundle: Bundle, host: str, subset: str) -> bool:
    for rule in bundle.of("DestinationRule"):
        if text(rule.body, "spec", "host").partition(".")[0] == host.partition(".")[0]:
            for one in listed(rule.body, "spec", "subsets"):
                if text(one, "name") == subset and at(one, "name") is not None:
                    return True
    return False
