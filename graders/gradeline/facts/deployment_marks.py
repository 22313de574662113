"""What a deployment leaves behind about itself: annotations, labels and records with the commit, the model and the run.

Kustomize reference, "edit set annotation" and "edit add annotation"; kubectl reference, annotate, label, set env, patch
and set image; Helm documentation, "helm upgrade" (``--set``, ``--description``); Argo CD documentation, "argocd app
set" (``--kustomize-common-annotation``); GitHub REST API, "Create a deployment".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.changed_images import assigned_value
from gradeline.facts.deployments import Names, target_of
from gradeline.facts.filled_manifests import filling
from gradeline.facts.origins import Resolver
from gradeline.facts.run_lineage import ADDRESSES
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.text_edits import replacements
from gradeline.facts.traced import Traced
from gradeline.facts.traces import Source, plain
from gradeline.model.pipeline import Scenario
from gradeline.records import record
from gradeline.source import Span

WORDS = {
    "commit": ("commit", "sha", "revision"),
    "model": ("model",),
    "run": ("run", "pipeline", "build", "workflow", "job"),
}
_SETTINGS = ("--set", "--set-string", "--set-json", "--set-literal")
_COMMON = ("--kustomize-common-annotation", "--kustomize-common-label")
_FIELDS = ("-f", "-F", "--field", "--raw-field")
_EDITORS = frozenset({"envsubst", "jsonnet", "ytt", "cue"})
_IN_PLACE = frozenset({"sed", "yq", "perl"})  # with an option that begins with `-i` or `--in`
_MOST = 50_000
_LINE = re.compile(r"""[\s"'-]*([A-Za-z_][\w./-]{0,120})["']?\s*[=:]\s*(.*)""", re.DOTALL)
_KEY = re.compile(r"""["']?([A-Za-z_][\w./-]{0,120})["']?""")


@record
class Mark:
    """One thing that is said about a deployment.  ``tells`` are the facts its value holds, ``fixed`` whether the
    value is the same for every run.  ``certain`` false: whether it reaches what runs is decided by a chart."""

    name: str
    tells: frozenset[str]
    fixed: bool
    certain: bool
    span: Span
    shown: str


def marks_of(
    facts: PipelineFacts, traced: Traced, scenario: Scenario, environment: str, names: Names
) -> tuple[tuple[Mark, ...], Activity | None]:
    """What is said about the deployment into an environment, and a command that may say more in a file."""
    said = (environment.lower(), *(other.lower() for other in names.get(environment, ())))
    mine = tuple(
        item for item in facts.activities
        if scenario.id in item.scenarios and plain(target_of(facts, item, scenario, names).name or "") in said
    )  # fmt: skip
    resolver = Resolver(facts, scenario)
    found: list[Mark] = []
    read: set[Span] = set()
    for item in traced.activities(scenario, mine):
        filled = filling(facts, item)
        read |= {item.span} if filled is not None else set()
        for name, value, certain in (*_said(item), *((*note, True) for note in (filled.notes if filled else ()))):
            roots = traced.traces.roots(value)
            tells = frozenset(fact for fact in WORDS if _tells(facts, resolver, fact, name, value, roots))
            shown = f"{name}: {plain(value).replace(HIDDEN, '…')}"
            found.append(Mark(name, tells, HIDDEN not in value, certain, item.span, shown))
    return tuple(dict.fromkeys(found)), next((item for item in mine if _edits(item) and item.span not in read), None)


def _edits(item: Activity) -> bool:
    """Whether a command fills something into a file or a text that is then applied."""
    words = item.invocation.words if item.invocation is not None else ("",)
    if _base(words[0]) in _EDITORS:
        return True
    return _base(words[0]) in _IN_PLACE and any(word.startswith(("-i", "--in")) for word in words[1:])


def _base(word: str) -> str:
    return word.rpartition("/")[2]


def _tells(
    facts: PipelineFacts, resolver: Resolver, fact: str, name: str, value: str, roots: frozenset[Source | None]
) -> bool:
    if HIDDEN not in value:
        return False
    kinds = {_kind(facts, resolver, root) for root in roots}
    if fact in kinds:
        return True
    # What the run was given or found out counts by its name; the commit does not become a run by being called one.
    called = [name, *(root.name for root in roots if root is not None)]
    named = any(word in part.lower().rpartition("/")[2] for part in called for word in WORDS[fact])
    return named and bool(kinds - {"commit", "run", "ref"})


def _kind(facts: PipelineFacts, resolver: Resolver, root: Source | None) -> str:
    """``commit`` or ``run`` for what tells one from another on the platform, else empty."""
    if root is None:
        return ""
    if root.kind == "setting":
        return facts.pipeline.identity.get(tuple(root.name.split(".")), "")
    if root.kind == "variable":
        return "run" if root.name in ADDRESSES else resolver.shell_names.get(root.name, "")
    if any(words[:2] in (("git", "rev-parse"), ("git", "log"), ("git", "show")) for words in root.words):
        return "commit"
    return ""


def _said(item: Activity) -> Iterator[tuple[str, str, bool]]:
    """Names and values that a command puts on what it deploys, and whether that is certain."""
    words = item.invocation.words if item.invocation is not None else ()
    tool = _base(words[0]) if words else ""
    plain_words = [word for word in words[1:] if not word.startswith("-")]
    if tool == "kustomize" and plain_words[:1] == ["edit"] and set(plain_words[2:3]) & {"annotation", "label"}:
        for word in plain_words[3:]:
            yield from ((*part.partition(":")[::2], True) for part in word.split(","))
    elif tool == "kustomize" and plain_words[:1] == ["edit"] and "configmap" in plain_words:
        yield from ((*value.partition("=")[::2], True) for value in _given(words, ("--from-literal",)))
    elif tool == "yq":
        yield from _assigned(item)
    elif tool in ("sed", "gsed"):
        yield from _substituted(words)
    elif tool in ("kubectl", "oc"):
        yield from _on_the_cluster(words, plain_words)
    elif (tool == "helm" and "upgrade" in words) or (tool == "helm" and "install" in words):
        for value in _given(words, _SETTINGS):
            for part in value.split(","):
                name, equals, text = part.partition("=")
                if equals:
                    yield name, text, "annotation" in name.lower() or "label" in name.lower()
        for value in _given(words, ("--description",)):
            yield "description", value, True
    elif tool == "argocd":
        for value in _given(words, _COMMON):
            yield (*value.partition("=")[::2], True)
    elif tool == "gh" and plain_words[:1] == ["api"] and any("/deployments" in word for word in plain_words):
        for value in _given(words, _FIELDS):
            yield (*value.partition("=")[::2], True)


def _substituted(words: tuple[str, ...]) -> Iterator[tuple[str, str, bool]]:
    """What ``sed -i "s/MODEL=.*/MODEL=$MODEL/" FILE`` writes: the name before the sign, and the value behind it."""
    if not any(word.startswith(("-i", "--in")) for word in words[1:]):
        return
    plain_words = [word for word in words[1:] if not word.startswith("-")]
    scripts = [*_given(words, ("-e", "--expression"))] or plain_words[:1]
    for script in scripts:
        for new in replacements(script):
            found = _LINE.match(new)
            if found is not None:
                yield found[1], found[2].strip().strip("\"'"), True


def _assigned(item: Activity) -> Iterator[tuple[str, str, bool]]:
    """What ``yq -i '.commonAnnotations."model-version" = strenv(MODEL)' FILE`` assigns."""
    assert item.invocation is not None
    words = item.invocation.words
    if not any(word.startswith(("-i", "--in")) for word in words[1:]):
        return
    expression = next((word for word in words[1:] if " = " in word), "")[:_MOST]
    for part in _split(expression, " | "):
        where, *more = _split(part, " = ")
        names = _KEY.findall(where)
        if len(more) != 1 or not names:
            continue
        # An entry of a list is found by its name: `select(.name == "MODEL").value`.
        name = names[-1] if names[-1] != "value" or len(names) < 2 else names[-2]
        given = more[0].strip()
        if given.startswith("[") and given.endswith("]"):
            # Lines of a generator: `.literals = ["MODEL=" + strenv(MODEL)]`.
            for one in _split(given[1:-1], ","):
                line = assigned_value(item, one) or ""
                if "=" in line:
                    yield (*line.partition("=")[::2], True)
            continue
        value = assigned_value(item, given)
        if value is not None and names[-1] == "literals":  # one line of a generator, by its number
            yield (*value.partition("=")[::2], True)
        elif value is not None:
            yield name, value, True


def _split(text: str, sign: str) -> list[str]:
    """The parts of an expression between signs that stand in no brackets and no quotes."""
    parts, start, depth, quote = [], 0, 0, ""
    position = 0
    while position < len(text):
        letter = text[position]
        if quote:
            position += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(sign, position):
            parts.append(text[start:position])
            position += len(sign) - 1
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _on_the_cluster(words: tuple[str, ...], plain_words: list[str]) -> Iterator[tuple[str, str, bool]]:
    if set(plain_words) & {"annotate", "label"} or ("set" in plain_words and "env" in plain_words):
        for word in plain_words:
            name, equals, value = word.partition("=")
            if equals:
                yield name, value, True
    elif "patch" in plain_words:
        for value in _given(words, ("-p", "--patch")):
            yield from _patched(value)


def _given(words: tuple[str, ...], options: tuple[str, ...]) -> Iterator[str]:
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options:
            if equals and word.startswith("--"):
                yield value
            elif position + 1 < len(words):
                yield words[position + 1]


def _patched(text: str) -> Iterator[tuple[str, str, bool]]:
    """The annotations and labels inside a patch that is written as JSON."""
    if len(text) > _MOST:
        return
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key in ("annotations", "labels") and isinstance(inner, dict):
                    yield from ((name, text, True) for name, text in inner.items() if isinstance(text, str))
                else:
                    waiting.append(inner)
