"""What is applied to each environment: one base, and values of the environment that are laid over it.

Kustomize documentation, "Bases and Overlays"; Kubernetes documentation, "Declarative Management of Kubernetes Objects
Using Kustomize".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradeline.checks.support.releases import bad, chosen_bundles, guarded
from gradeline.facts.case import Case
from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.manifest import Bundle, Manifest, entries, listed, place, text
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

MAX_DEPTH = 40
# What a container does, as against how much it gets and what it is told.
_CONDUCT = ("command", "args", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle", "securityContext")
_TIMING = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold",
           "terminationGracePeriodSeconds")  # fmt: skip


def overlaid(case: Case, environments: tuple[str, ...], patterns: list[str] | None) -> Verdict:
    """Whether each of the environments is made from the same files, in a namespace of its own.

    Numbers, images of the same repository, settings, resources of one environment only, and how long probes wait are
    data.  What containers run, what they are asked and what they may do has to be the same.
    """
    bundles = chosen_bundles(case, patterns)
    return guarded(bundles, _overlaid(bundles, environments))


def _overlaid(bundles: tuple[Bundle, ...], environments: tuple[str, ...]) -> Verdict:
    built: list[tuple[str, Bundle]] = []
    for name in environments:
        mine = [one for one in bundles if one.built and name in one.path.split("/")[:-1]]
        if not mine:
            if not bundles:
                return Verdict("unmet", "There is no file that says what is applied to a cluster.")
            return bad(f"Nothing is built for {name!r} from files that others share.", bundles[0].span,
                       "is applied as it is")  # fmt: skip
        built.extend((name, one) for one in mine)
    proofs: list[Evidence] = []
    spaces: dict[str, str] = {}
    seen: dict[tuple[str, str], tuple[str, Manifest]] = {}
    for name, bundle in built:
        running = [one for one in bundle.manifests if _containers(one)]
        if not running:
            return bad(f"Nothing that runs is applied to {name!r}.", bundle.span, "starts nothing")
        for one in running:
            problem = _space(spaces, name, one, bundle)
            first = seen.setdefault((one.kind, one.names[0] if one.names else one.name), (name, one))
            if problem is None and first[0] != name:
                problem = _compared(first, (name, one))
            if problem is not None:
                return problem
        proofs.append(Evidence(bundle.span, "proof", f"{name} is laid over what others share"))
    alone = _alone(built, seen)
    if alone is not None:
        return alone
    return Verdict("met", "The environments share one base and differ by data.", tuple(proofs))


def _space(spaces: dict[str, str], name: str, one: Manifest, bundle: Bundle) -> Verdict | None:
    """Two environments in one namespace would overwrite each other."""
    if not one.namespace:
        return bad(f"Into which namespace {name!r} goes is left to whoever applies it.", bundle.span, "no namespace")
    other = spaces.setdefault(one.namespace, name)
    if other != name:
        return bad(f"{other!r} and {name!r} share a namespace.", bundle.span, f"also `{one.namespace[:60]}`")
    return None


def _alone(built: list[tuple[str, Bundle]], seen: Mapping[tuple[str, str], tuple[str, Manifest]]) -> Verdict | None:
    """When no workload is part of all environments, they have nothing in common."""
    for kind, name in seen:
        if all(any(one.kind == kind and one.called(name) for one in bundle.manifests) for _, bundle in built):
            return None
    where, bundle = built[-1]
    return bad(f"Nothing that runs in {where!r} also runs in the other environments.", bundle.span, "shares nothing")


def _compared(first: tuple[str, Manifest], second: tuple[str, Manifest]) -> Verdict | None:
    (name, one), (other, two) = first, second
    if one.span.path != two.span.path or one.span.line != two.span.line:
        message = f"{name!r} and {other!r} each have a whole {two.kind} of their own."
        return bad(message, two.head, f"the other one is {one.span.path}")
    mine, others = _containers(one), _containers(two)
    for missing in sorted(set(mine) ^ set(others)):
        owner = mine.get(missing) or others[missing]
        return bad(f"{name!r} and {other!r} do not run the same containers.", owner.span, f"`{missing[:40]}` is in one")
    for label in mine:
        left, right = mine[label], others[label]
        if _repository(text(left, "image")) != _repository(text(right, "image")):
            message = f"{name!r} and {other!r} run images of different repositories."
            return bad(message, place(right, "image") or right.span, "another image")
        for key in _CONDUCT:
            span = _changed(entries(left).get(key), entries(right).get(key))
            if span is not None:
                message = f"`{key}` of {other!r} is not that of {name!r}, so one does not try out the other."
                return bad(message, span, "is changed for one environment")
    return None


def _changed(left: Value | None, right: Value | None) -> Span | None:
    """Where they differ first, in the later one if it is there; None when they only differ in how long they wait."""
    mine, others = dict(_leaves(left, (), 0)), dict(_leaves(right, (), 0))
    for path in (*others, *mine):
        one, two = mine.get(path), others.get(path)
        if _data(one) != _data(two):
            found = two or one
            return found.span if found is not None else None
    return None


def _data(value: Value | None) -> object:
    return (type(value), value.data if isinstance(value, Plain) else None)


def _containers(manifest: Manifest) -> dict[str, Value]:
    """Containers of the pods it starts, by name; none when it starts no pods."""
    for path in (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec")):
        found = {
            text(item, "name"): item
            for part in ("initContainers", "containers")
            for item in listed(manifest.body, *path, part)
        }
        if found:
            return found
    return {}


def _repository(image: str) -> str:
    """The reference without its digest and tag; a port of the registry is no tag."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def _leaves(value: Value | None, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Everything in it but how long it waits, by its path."""
    if value is None or depth > MAX_DEPTH:
        return
    if isinstance(value, Table):
        for key in sorted(value.entries):
            if key not in _TIMING:
                yield from _leaves(value.entries[key], (*path, key), depth + 1)
    elif isinstance(value, Items):
        for number, item in enumerate(value.items):
            yield from _leaves(item, (*path, str(number)), depth + 1)
    else:
        yield path, value
