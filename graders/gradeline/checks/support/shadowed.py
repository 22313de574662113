"""Whether a new version gets copies of real requests, and can do no harm with them.

Kubernetes documentation, "Network Policies" (a policy for egress without rules lets nothing out; what one policy of
several allows is allowed), "Define Environment Variables for a Container" and "ConfigMaps" (``envFrom``).
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.checks.support.releases import NO_MANIFEST, bad, chosen_bundles, guarded, open_, worst
from gradeline.checks.support.routes import fits, selector_of
from gradeline.facts.case import Case
from gradeline.facts.router_rules import Target, rules_of, short
from gradeline.model.infrastructure import Value
from gradeline.model.manifest import Bundle, Manifest, at, entries, listed, place, text
from gradeline.model.workload import Container, Workload
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

# They can mirror requests, too, in ways that are not read here.
_OTHER = ("EnvoyFilter", "InferenceService", "InferenceGraph", "TraefikService", "BackendTrafficPolicy")
_TRUE = frozenset({"true", "1", "yes", "on"})


def mirrored(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether the old version answers every request, and the new one gets copies of some."""
    bundles = chosen_bundles(case, patterns)
    if not any(bundle.manifests for bundle in bundles):
        return guarded(bundles, NO_MANIFEST)
    verdicts = [_copied(bundle) for bundle in bundles if any(rule.copies for rule in rules_of(bundle))]
    return guarded(bundles, worst(verdicts) if verdicts else _nothing_copied(bundles))


def harmless(
    case: Case, never: tuple[str, ...], flag: str, logs: tuple[str, ...], patterns: list[str] | None
) -> Verdict:
    """Whether what gets the copies has nothing to do harm with, and is told apart from what answers."""
    bundles = chosen_bundles(case, patterns)
    verdicts: list[Verdict] = []
    for bundle in bundles:
        for rule in rules_of(bundle):
            for copy in rule.copies:
                shadows = _behind(bundle, copy)
                if not shadows:
                    message = f"Nothing here says what runs behind `{copy.name}`."
                    verdicts.append(bad(message, copy.span, "runs nothing"))
                answering = [one for who in rule.answers if who.share != 0 for one in _behind(bundle, who)]
                verdicts += [_harmless(bundle, one, answering, never, flag, logs) for one in shadows]
    if not verdicts:
        return guarded(bundles, _nothing_copied(bundles)) if bundles else NO_MANIFEST
    return guarded(bundles, worst(verdicts))


def _nothing_copied(bundles: tuple[Bundle, ...]) -> Verdict:
    other = next((one for bundle in bundles for one in bundle.of(*_OTHER)), None)
    if other is not None:
        return open_(f"Whether this {other.kind} copies requests cannot be told.", other.head, "is not read")
    for bundle in bundles:
        for rule in rules_of(bundle):
            shared = [one for one in rule.answers if one.share != 0]
            if len(shared) > 1:
                return bad("Both versions answer customers here, and nobody gets copies.", shared[1].span,
                           "gets requests of its own, and its answers go to customers")  # fmt: skip
    span = next((rule.span for bundle in bundles for rule in rules_of(bundle)), None)
    message = "No request is copied to another version."
    if span is None:
        return bad(message, bundles[0].span, "looked through everything that is applied")
    return bad(message, span, "copies nothing")


def _copied(bundle: Bundle) -> Verdict:
    every = list(rules_of(bundle))
    copying = [rule.manifest for rule in every if rule.copies]
    copies = [copy for rule in every for copy in rule.copies]
    # Rules of the same name take their place one day; until then only these count.
    rules = [rule for rule in every if not any(_replaces(rule.manifest, one) for one in copying)]
    proofs: list[Evidence] = []
    for rule in rules:
        for one in rule.answers:
            if any(one.same(copy) for copy in copies) and one.share != 0:
                if one.share is None:
                    return open_(f"The share of `{one.name}` cannot be read.", one.span, "cannot be read")
                return bad(f"`{one.name}` also answers customers here.", one.span, "its answers go to customers")
        if not rule.copies:
            continue
        answering = [one for one in rule.answers if one.share != 0]
        if not answering:
            return bad("Nobody answers the requests that are copied.", rule.span, "names nobody who answers")
        if len(answering) > 1:
            return bad("More than one version answers customers here.", answering[1].span, "answers a part of them")
        for one in answering:
            if not _is_there(bundle, one):
                return bad(f"There is no service `{one.name}`.", one.span, "leads nowhere")
            proofs.append(Evidence(one.span, "proof", "answers all requests"))
        for copy in rule.copies:
            wrong = _copy(bundle, copy, answering[0])
            if wrong is not None:
                return wrong
            proofs.append(Evidence(copy.span, "proof", f"gets copies of {copy.share:g} % of them"))
    return Verdict("met", "The new version gets copies, and the old one answers.", tuple(dict.fromkeys(proofs)))


def _replaces(one: Manifest, other: Manifest) -> bool:
    same = (one.kind, one.name, one.namespace) == (other.kind, other.name, other.namespace)
    return same and one.span.path != other.span.path


def _copy(bundle: Bundle, copy: Target, answering: Target) -> Verdict | None:
    """What is wrong with a copy; None when nothing is."""
    if copy.share is None:
        return open_("How many requests are copied cannot be read.", copy.span, "cannot be read")
    if not 1 <= copy.share <= 100:
        return bad(f"{copy.share:g} % of the requests are copied, not 1 to 100 %.", copy.span, "this share")
    if not _is_there(bundle, copy):
        return bad(f"There is no service `{copy.name}`.", copy.span, "leads nowhere")
    shadows = _behind(bundle, copy)
    known = [one for one in bundle.workloads if one.served]
    if known and not shadows:
        return bad(f"No pod runs behind `{copy.name}`.", copy.span, "leads to nothing that runs")
    if shadows and {id(one) for one in shadows} & {id(one) for one in _behind(bundle, answering)}:
        return bad("The copies go to the pods that answer the requests, too.", copy.span, "the same pods")
    return None


# -- harm ----------------------------------------------------------------------------------------


def _harmless(
    bundle: Bundle, shadow: Workload, answering: list[Workload], never: tuple[str, ...], flag: str,
    logs: tuple[str, ...],
) -> Verdict:  # fmt: skip
    proofs: list[Evidence] = []
    serving = [one for one in shadow.containers if not one.first] or list(shadow.containers)
    if flag:
        told = next((one for one in serving if (one.env.get(flag) or "").lower() in _TRUE), None)
        if told is None and (span := _in_settings(bundle, shadow, flag)) is not None:
            proofs.append(Evidence(span, "proof", "knows that it only gets copies"))
        elif told is None:
            place_ = next((one.env_spans[flag] for one in serving if flag in one.env_spans), shadow.span)
            return bad(f"Nothing tells `{shadow.name}` that it only gets copies.", place_, f"{flag} is not true here")
        else:
            proofs.append(Evidence(told.env_spans.get(flag, told.span), "proof", "knows that it only gets copies"))
    dangerous = next(_dangerous(bundle, shadow, never), None)
    if dangerous is not None:
        span, what = dangerous
        about = [one for one in bundle.of("NetworkPolicy") if _is_about(one, shadow)]
        closed = next(iter(about), None)
        if closed is None or not all(_is_narrow(one) for one in about):
            return bad(f"`{shadow.name}` can do for real what it should only try: it has {what}.", span, "given here")
        proofs.append(Evidence(closed.head, "proof", "lets its requests reach chosen places only"))
    for other in answering:
        apart = next((key for key in sorted(shadow.labels) if shadow.labels[key] != other.labels.get(key)), None)
        if apart is None:
            return bad("Its numbers cannot be told from those of the version that answers.", shadow.span, "same labels")
        proofs.append(Evidence(shadow.label_spans.get(apart, shadow.span), "proof", "its numbers have this label"))
    if logs:
        mine = _setting(serving, logs)
        if mine is None:
            return bad(f"What `{shadow.name}` writes is mixed with what the version that answers writes.", shadow.span,
                       f"{logs[0]} is not set")  # fmt: skip
        value, span = mine
        for other in answering:
            theirs = _setting(list(other.containers), logs)
            if theirs is not None and theirs[0] == value:
                return bad("Both versions write into the same log.", span, "the same as the version that answers")
        proofs.append(Evidence(span, "proof", "its log is its own"))
    return Verdict("met", "What gets the copies can only answer.", tuple(dict.fromkeys(proofs)))


def _setting(containers: list[Container], names: tuple[str, ...]) -> tuple[str, Span] | None:
    for one in containers:
        for name in names:
            if one.env.get(name):
                return str(one.env[name]), one.env_spans.get(name, one.span)
    return None


def _dangerous(bundle: Bundle, shadow: Workload, never: tuple[str, ...]) -> Iterator[tuple[Span, str]]:
    """What a workload could do harm with: variables and secrets with one of the names, and whole secrets."""
    for one in shadow.containers:
        for name, value in one.env.items():
            if _is_named(name, never) and value != "":
                yield one.env_spans.get(name, one.span), f"`{name}`"
    for manifest in bundle.of(shadow.kind):
        if not manifest.called(shadow.name):
            continue
        pod = at(manifest.body, "spec", "template", "spec")
        for container in (*listed(pod, "containers"), *listed(pod, "initContainers")):
            for variable in listed(container, "env"):
                secret = at(variable, "valueFrom", "secretKeyRef")
                if secret is not None and _is_named(f"{text(secret, 'name')}_{text(secret, 'key')}", never):
                    yield place(variable, "name") or manifest.head, f"a key of the secret `{text(secret, 'name')}`"
            for source in listed(container, "envFrom"):
                for kind, key in (("Secret", "secretRef"), ("ConfigMap", "configMapRef")):
                    name = text(source, key, "name")
                    if name:
                        yield from _from(bundle, kind, name, place(source, key) or manifest.head, never)
        for volume in listed(pod, "volumes"):
            name = text(volume, "secret", "secretName")
            if name and (_is_named(name, never) or _is_named(f"{name}_", never)):
                yield place(volume, "secret") or manifest.head, f"the secret `{name}`"


def _from(bundle: Bundle, kind: str, name: str, span: Span, never: tuple[str, ...]) -> Iterator[tuple[Span, str]]:
    """All entries of a secret or a map of settings.  A secret that is not here may hold anything."""
    found = bundle.find(kind, name)
    if found is None:
        if kind == "Secret":
            yield span, f"all of the secret `{name}`"
        return
    for key in (*entries(found.body, "data"), *entries(found.body, "stringData")):
        if _is_named(key, never):
            yield span, f"`{key}`"


def _is_named(name: str, never: tuple[str, ...]) -> bool:
    """Whether a name fits one of the patterns, written as a variable would be."""
    constant = name.upper().replace("-", "_").replace(".", "_")
    return any(fnmatchcase(constant, pattern.upper()) for pattern in never)


def _in_settings(bundle: Bundle, shadow: Workload, flag: str) -> Span | None:
    """Where a map of settings, of which all entries become variables, says that a flag is true."""
    for manifest in bundle.of(shadow.kind):
        if not manifest.called(shadow.name):
            continue
        for container in listed(manifest.body, "spec", "template", "spec", "containers"):
            for source in listed(container, "envFrom"):
                found = bundle.find("ConfigMap", text(source, "configMapRef", "name"))
                if found is not None and text(found.body, "data", flag).lower() in _TRUE:
                    return place(found.body, "data", flag) or found.head
    return None


def _is_about(policy: Manifest, shadow: Workload) -> bool:
    """Whether a policy is about what these pods may ask.  What one of several policies allows is allowed."""
    spec = at(policy.body, "spec")
    kinds = {text(one) for one in listed(spec, "policyTypes")}
    if "Egress" not in kinds and not (not kinds and at(spec, "egress") is not None):
        return False
    chosen = {key: text(value) for key, value in entries(spec, "podSelector", "matchLabels").items()}
    if at(spec, "podSelector", "matchExpressions") is not None:
        return False
    return all(shadow.labels.get(key) == value for key, value in chosen.items())


def _is_narrow(policy: Manifest) -> bool:
    """Whether a policy keeps requests to chosen pods and addresses."""
    return all(_narrow(rule) for rule in listed(policy.body, "spec", "egress"))


def _narrow(rule: Value) -> bool:
    targets = listed(rule, "to")
    if not targets:
        ports = listed(rule, "ports")  # questions for names are no harm
        return bool(ports) and all(text(port, "port") in ("53", "dns", "dns-tcp") for port in ports)
    return all(text(one, "ipBlock", "cidr") not in ("0.0.0.0/0", "::/0") for one in targets)


# -- what is behind a service --------------------------------------------------------------------


def _is_there(bundle: Bundle, target: Target) -> bool:
    if bundle.find("Service", short(target.host)) is None:
        return False
    return not target.subset or _subset(bundle, target) is not None


def _subset(bundle: Bundle, target: Target) -> dict[str, str] | None:
    for rule in bundle.of("DestinationRule"):
        if short(text(rule.body, "spec", "host")) == short(target.host):
            for one in listed(rule.body, "spec", "subsets"):
                if text(one, "name") == target.subset:
                    return {key: text(value) for key, value in entries(one, "labels").items()}
    return None


def _behind(bundle: Bundle, target: Target) -> list[Workload]:
    """What runs behind a service, or behind a named part of it."""
    service = bundle.find("Service", short(target.host))
    if service is None:
        return []
    wanted = {**selector_of(service), **(_subset(bundle, target) or {})}
    return [one for one in bundle.workloads if one.served and fits(wanted, one, bundle)]
