"""What may be changed in a cluster, and where: roles and who is bound to them.

Kubernetes documentation, "Using RBAC Authorization" (a RoleBinding gives its rights in one namespace, a
ClusterRoleBinding everywhere; user-facing roles) and "Role Based Access Control Good Practices" (wildcards, escalate,
bind and impersonate, the group system:masters).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.checks.support.releases import bad, chosen_bundles, guarded, open_, worst
from gradeline.facts.case import Case
from gradeline.model.infrastructure import Value
from gradeline.model.manifest import Bundle, Manifest, listed, place, text
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_READING = frozenset({"get", "list", "watch"})
_CLIMBING = {"escalate": "roles", "bind": "roles", "impersonate": "identities"}
_WHOLE = frozenset({"cluster-admin", "admin", "system:masters"})
_KNOWN = {"view": _READING, "edit": frozenset({"get", "list", "watch", "create", "update", "patch", "delete"})}
_EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:masters")


def rights(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether whoever deploys may change what it deploys, in one namespace, and nothing else."""
    bundles = chosen_bundles(case, patterns)
    found = [verdict for bundle in bundles for verdict in _of(bundle)]
    if not found:
        sentence = "Nothing says what the deployment may do in the cluster."
        first = next((one.head for bundle in bundles for one in bundle.manifests), None)
        if first is None:
            return guarded(bundles, Verdict("unmet", sentence))
        return guarded(bundles, bad(sentence, first, "no role is bound to anybody"))
    verdict = worst([one for one, _ in found])
    if verdict.status == "met" and not any(changes for _, changes in found):
        sentence = "Nobody is given the right to change what runs."
        return guarded(bundles, bad(sentence, verdict.evidence[0].span, "may only look"))
    return verdict if verdict.status == "unmet" else guarded(bundles, verdict)


def _of(bundle: Bundle) -> Iterator[tuple[Verdict, bool]]:
    """A verdict for each binding, and whether its rights can change what runs."""
    for binding in bundle.of("RoleBinding", "ClusterRoleBinding"):
        yield _bound(bundle, binding)


def _bound(bundle: Bundle, binding: Manifest) -> tuple[Verdict, bool]:
    name, kind = text(binding.body, "roleRef", "name"), text(binding.body, "roleRef", "kind")
    here = place(binding.body, "roleRef", "name") or binding.head
    for number, subject in enumerate(listed(binding.body, "subjects")):
        who = text(subject, "name")
        where = place(subject, "name") or place(binding.body, "subjects", number) or binding.head
        if who in _EVERYBODY or who.startswith("system:serviceaccounts:"):
            return bad(f"`{who}` is a whole group, not the deployment alone.", where, "a whole group"), True
        if who == "default" and text(subject, "kind") == "ServiceAccount":
            return bad("Every pod that names no account of its own gets these rights.", where, "everybody's"), True
    if name in _WHOLE and (kind == "ClusterRole" or name != "admin"):
        return bad(f"`{name}` may do everything{_reach(binding)}.", here, "may do everything"), True
    role = bundle.find(kind, name)
    verbs: frozenset[str] = frozenset()
    if role is not None:
        wide = next(_too_wide(role), None)
        if wide is not None:
            return wide, True
        verbs = frozenset(text(verb) for rule in listed(role.body, "rules") for verb in listed(rule, "verbs"))
    elif name in _KNOWN:
        verbs = _KNOWN[name]
    else:
        return open_(f"What `{name}` allows stands in no file.", here, "the role is not here"), True
    changes = bool(verbs - _READING)
    if binding.kind == "ClusterRoleBinding" and changes:
        sentence = f"`{name}` is bound for the whole cluster, so it may change every namespace."
        return bad(sentence, place(binding.body, "kind") or binding.head, "the whole cluster"), True
    proof = Evidence(here, "proof", f"{name}{_reach(binding)}")
    return Verdict("met", "Who deploys may change one namespace, and only what is named.", (proof,)), changes


def _reach(binding: Manifest) -> str:
    return " in the whole cluster" if binding.kind == "ClusterRoleBinding" else " in one namespace"


def _too_wide(role: Manifest) -> Iterator[Verdict]:
    for rule in listed(role.body, "rules"):
        for key in ("verbs", "resources", "apiGroups"):
            span = _star(rule, key)
            if span is not None:
                yield bad(f"`*` under `{key}` allows also what nobody thought of.", span, "everything")
        for verb in listed(rule, "verbs"):
            if text(verb) in _CLIMBING:
                sentence = f"With `{text(verb)}` the account can give itself other {_CLIMBING[text(verb)]}."
                yield bad(sentence, verb.span, "a way to more rights")


def _star(rule: Value, key: str) -> Span | None:
    return next((value.span for value in listed(rule, key) if text(value) == "*" or text(value).startswith("*/")), None)
