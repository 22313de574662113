"""Policies by which a cluster itself refuses images that nobody vouches for.

Kyverno documentation, "Verify Images Rules" (failureAction is Audit by default; attestors) and "ImageValidatingPolicy";
Sigstore documentation, "Policy Controller" (ClusterImagePolicy: images, authorities, mode).
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.checks.support.releases import bad, chosen_bundles, guarded
from gradeline.facts.case import Case
from gradeline.model.infrastructure import Value
from gradeline.model.manifest import EMPTY, Manifest, at, entries, listed, place, text
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_SIGNER = ("subject", "subjectRegExp", "subjectRegex", "identities", "publicKeys", "key", "certificates", "data", "kms")
_MOST = 200  # parts of a policy that are looked through


def admitted(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether a policy refuses images of this repository that are not signed by somebody it names."""
    bundles = chosen_bundles(case, patterns)
    images = tuple(
        container.image.partition("@")[0]
        for bundle in bundles for one in bundle.workloads for container in one.containers if container.image
    )  # fmt: skip
    found = [verdict for bundle in bundles for one in bundle.manifests for verdict in _of(one, images)]
    for status in ("met", "unmet"):
        for verdict in found:
            if verdict.status == status:
                return verdict if status == "met" else guarded(bundles, verdict)
    return guarded(bundles, Verdict("unmet", "No policy of the cluster looks at signatures of images."))


def _of(policy: Manifest, images: tuple[str, ...]) -> Iterator[Verdict]:
    if policy.kind in ("ClusterPolicy", "Policy") and policy.api.startswith("kyverno.io/"):
        everywhere = text(policy.body, "spec", "validationFailureAction").lower() == "enforce"
        for rule in listed(policy.body, "spec", "rules"):
            for check in listed(rule, "verifyImages"):
                named = [text(one) for one in listed(check, "imageReferences")]
                action = text(check, "failureAction").lower()
                yield _judged(policy, named, action == "enforce" if action else everywhere, check, images)
    elif policy.kind == "ImageValidatingPolicy":
        named = [text(one, "glob") for one in listed(policy.body, "spec", "matchImageReferences")]
        acts = {text(one).lower() for one in listed(policy.body, "spec", "validationActions")}
        yield _judged(policy, named, not acts or "deny" in acts, at(policy.body, "spec") or EMPTY, images)
    elif policy.kind == "ClusterImagePolicy":
        named = [text(one, "glob") for one in listed(policy.body, "spec", "images")]
        enforced = text(policy.body, "spec", "mode").lower() != "warn"
        yield _judged(policy, named, enforced, at(policy.body, "spec") or EMPTY, images)


def _judged(policy: Manifest, named: list[str], enforced: bool, body: Value, images: tuple[str, ...]) -> Verdict:
    here: Span = place(policy.body, "metadata", "name") or policy.head
    if images and not any(_covers(pattern, image) for pattern in named for image in images):
        return bad("The policy looks at other images than those that run here.", here, "other images")
    if not enforced:
        return bad("The policy tells of images without a signature, and lets them in.", here, "does not refuse")
    if not _names_somebody(body):
        return bad("The policy does not say whose signature it wants.", here, "anybody's signature")
    proof = (Evidence(here, "proof", "refuses what is not signed"),)
    return Verdict("met", "The cluster refuses images that are not signed by whom it expects.", proof)


def _covers(pattern: str, image: str) -> bool:
    name = image.rpartition("/")[0] + "/" + image.rpartition("/")[2].partition(":")[0] if "/" in image else image
    return bool(pattern) and (fnmatchcase(name, pattern) or fnmatchcase(name + ":x", pattern)
                              or fnmatchcase(name + "@sha256:x", pattern))  # fmt: skip


def _names_somebody(body: Value) -> bool:
    waiting: list[Value] = [body]
    for _ in range(_MOST):
        if not waiting:
            return False
        value = waiting.pop()
        for key, inner in entries(value).items():
            if key in _SIGNER and (text(inner) not in ("", "*", ".*") or listed(inner) or entries(inner)):
                return True
            waiting.append(inner)
        waiting.extend(listed(value))
    return False
