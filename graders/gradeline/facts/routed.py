"""What a command does to the rules of a router: who answers the requests afterwards.

Which version is the new one is said by the repository: the one that gets copies of requests somewhere.

Istio documentation, "Virtual Service" (``weight``, ``mirror``, ``mirrors``); Gateway API, HTTPRoute (``backendRefs``,
``requestMirror``); kubectl reference, "apply", "replace" and "patch" (``--type``); Kubernetes documentation, "Update
API Objects in Place Using kubectl patch" (a strategic merge is not for custom resources); RFC 6902 (JSON patches).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from gradeline.facts.router_rules import Rule, Target, rules_in, rules_of, short
from gradeline.facts.shell_records import Invocation, join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.infrastructure import Items, Plain, Table, Value
from gradeline.model.manifest import Bundle, Manifest, at, text
from gradeline.model.project import Project
from gradeline.records import record
from gradeline.source import Span

Effect = Literal["back", "split", "new"]
CLASSES = {"back": "route-back", "split": "assign"}  # what a command with this effect does, in words of rubrics
ROUTES = frozenset({"VirtualService", "HTTPRoute", "GRPCRoute", "Ingress"})
_KINDS = {"virtualservice": "http", "virtualservices": "http", "vs": "http", "httproute": "rules",
          "httproutes": "rules"}  # fmt: skip
_PROGRAMS = frozenset({"kubectl", "oc"})
_TAKES_A_WORD = frozenset(
    {"-n", "--namespace", "--context", "--kubeconfig", "--type", "-o", "--output", "-p", "--patch", "--patch-file",
     "--timeout", "--as", "-f", "-k", "--filename", "--kustomize"}
)  # fmt: skip
_MOST = 20_000
_MOST_NODES = 4_000
_DEEPEST = 20


@record
class Answers:
    """Who answers the requests of one rule, and who gets copies of them: names of services, and of parts of them."""

    answers: frozenset[str]
    copies: frozenset[str]


def routed(project: Project, invocation: Invocation) -> Effect | None:
    """What a command makes of the requests; None where it changes no router, or that is not known."""
    words = invocation.words
    if words[0].rpartition("/")[2] not in _PROGRAMS or not any(one.routes for one in project.manifests.bundles):
        return None
    operands = _operands(words)
    if operands[:1] == ["patch"]:
        return effect(project, tuple(_patched(operands, words)))
    if operands[:1] in (["apply"], ["replace"]):
        return effect(project, tuple(_applied(project, invocation)))
    return None


def only_routes(project: Project, invocation: Invocation) -> bool:
    """Whether a command applies nothing but rules of routers: no version is brought anywhere by it."""
    places, built = _places(invocation)
    kinds = {
        one.kind
        for bundle in project.manifests.bundles
        for one in bundle.manifests
        if _is_named(bundle, one.span.path, places, built)
    }
    return bool(kinds) and kinds <= {*ROUTES, "DestinationRule"}


def given_text(project: Project, said: str) -> Effect | None:
    """The same for manifests that a command is given as text."""
    found = [one for body in _documents(said) for one in _of(body)]
    return effect(project, tuple(found))


def has_new(project: Project) -> bool:
    """Whether the repository says which of two versions behind a router is the new one."""
    return bool(_new(project))


def effect(project: Project, rules: tuple[Answers | None, ...]) -> Effect | None:
    new = _new(project)
    if not rules or not new:
        return None
    known = [one for one in rules if one is not None and one.answers]
    if len(known) < len(rules):
        return None
    if not any(one.answers & new for one in known):
        return "back"
    return "new" if all(one.answers <= new for one in known) else "split"


def _new(project: Project) -> frozenset[str]:
    found: set[str] = set()
    for bundle in project.manifests.bundles:
        found |= {_name(copy) for rule in rules_of(bundle) for copy in rule.copies}
    return frozenset(found)


# -- commands ------------------------------------------------------------------------------------


def _operands(words: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    before = ""
    for word in words[1:]:
        if not word.startswith("-") and before not in _TAKES_A_WORD:
            found.append(word)
        before = word
    return found


def _values(words: tuple[str, ...], names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name in names:
            found.append(value if equals else following)
    return found


def _applied(project: Project, invocation: Invocation) -> Iterator[Answers | None]:
    """The rules of what a command applies.  Two manifests of one name take each other's place: that is not known."""
    places, built = _places(invocation)
    if any(HIDDEN in one for one in (*places, *built)):
        yield None
        return
    seen: set[tuple[str, str]] = set()
    for bundle in project.manifests.bundles:
        for route in bundle.routes:
            one = route.manifest
            if _is_named(bundle, one.span.path, places, built):
                if (one.kind, one.name) in seen:
                    yield None
                seen.add((one.kind, one.name))
                yield from _said(rules_in(one, route.hosts))


def _places(invocation: Invocation) -> tuple[set[str], set[str]]:
    """The files and folders that are applied, and the folders that are built first."""
    files = [one for said in _values(invocation.words, ("-f", "--filename")) for one in said.split(",")]
    folders = _values(invocation.words, ("-k", "--kustomize"))
    return (
        {join_path(invocation.directory, one) for one in files if one != "-"},
        {join_path(invocation.directory, one) for one in folders},
    )


def _is_named(bundle: Bundle, path: str, places: set[str], built: set[str]) -> bool:
    folder = bundle.path.rpartition("/")[0]
    return path in places or path.rpartition("/")[0] in places or (bundle.built and folder in built)


def _patched(operands: list[str], words: tuple[str, ...]) -> Iterator[Answers | None]:
    kind, slash, _ = operands[1].partition("/") if len(operands) > 1 else ("", "", "")
    key = _KINDS.get(kind.partition(".")[0].lower())
    said = _values(words, ("-p", "--patch"))
    how = _values(words, ("--type",))
    if key is None or not said or not (slash or len(operands) > 2) or HIDDEN in said[0]:
        return
    name = "VirtualService" if key == "http" else "HTTPRoute"
    for body in _documents(said[0]):
        if how == ["merge"]:
            yield from _of(body, name)
        elif how == ["json"] and isinstance(body, Items):
            value = at(body, 0, "value")
            whole = text(body, 0, "path") == f"/spec/{key}" and text(body, 0, "op") in ("replace", "add")
            if len(body.items) == 1 and whole and value is not None:
                yield from _of(Table(body.span, {"spec": Table(body.span, {key: value})}), name)
            else:
                yield None


# -- rules ---------------------------------------------------------------------------------------


def _said(rules: Iterable[Rule]) -> Iterator[Answers | None]:
    """The rules in short; None for one that cannot be followed."""
    for rule in rules:
        parts = [one for one in rule.answers if one.share != 0]
        unclear = not parts or any(one.share is None for one in parts)
        yield None if unclear else Answers(
            frozenset(_name(one) for one in parts), frozenset(_name(one) for one in rule.copies)
        )


def _name(one: Target) -> str:
    return f"{short(one.host)}/{one.subset}" if one.subset else short(one.host)


def _of(body: Value, kind: str = "") -> Iterator[Answers | None]:
    """The rules of a manifest, or of a patch of a resource of this kind."""
    if isinstance(body, Table):
        yield from _said(rules_in(Manifest(body.span, "", kind or text(body, "kind"), "", "", body)))


# -- texts ---------------------------------------------------------------------------------------


def _documents(said: str) -> Iterator[Value]:
    """What a text in a script says (JSON is YAML, too); nothing where it cannot be read, or is too large."""
    import yaml

    if len(said) > _MOST:
        return
    left = [_MOST_NODES]
    try:
        for one in yaml.safe_load_all(said):
            yield _value(one, left)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        return


def _value(data: object, left: list[int], depth: int = 0) -> Value:
    """As a value of a manifest.  What lies too deep, and what comes after too many others, is nothing: an alias
    may repeat what it stands for many times."""
    left[0] -= 1
    span = Span("text", 1)
    if depth > _DEEPEST or left[0] < 0:
        return Plain(span, None)
    if isinstance(data, dict):
        named = ((key, one) for key, one in data.items() if isinstance(key, str))
        return Table(span, {key: _value(one, left, depth + 1) for key, one in named})
    if isinstance(data, list):
        return Items(span, tuple(_value(one, left, depth + 1) for one in data[:_MOST_NODES]))
    return Plain(span, data if isinstance(data, str | int | float | bool) else None)
