"""Commands that make the version before answer everybody again, after an experiment with another one.

Sources: kubectl reference ("rollout undo", "set image", "apply", "patch"); Argo Rollouts documentation, "kubectl argo
rollouts abort"; git-revert(1).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.deployments import order
from gradeline.facts.gate_scripts import started_by
from gradeline.facts.git_changes import reverts
from gradeline.facts.requests import places_of
from gradeline.facts.restoring import asks_cluster
from gradeline.facts.routed import given_text, has_new, routed
from gradeline.facts.script_shape import literal
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.code import Module
from gradeline.model.manifest import Bundle

_ACTING = ("subprocess", "os", "kubernetes", "requests", "httpx", "urllib", "http", "socket", "sh", "asyncio")
_OURS = (
    "actions/", "docker/login", "azure/login", "azure/setup", "aws-actions/configure", "google-github-actions/auth",
)  # fmt: skip
_MOST = 20_000


def ways_back(facts: PipelineFacts, decider: Activity) -> tuple[tuple[Activity, ...], tuple[Activity, ...]]:
    """The commands that certainly are a way back, and those of which nobody can tell what they do.

    What is reached before the decision, too, is none: it happens in any case.
    """
    items = tuple(item for item in (*facts.activities, *facts.dormant) if not _comes_before(facts, item, decider))
    certain = tuple(item for item in items if _is_way_back(facts, item, items))
    return certain, tuple(item for item in items if item not in certain and _may_be(facts, item))


def _comes_before(facts: PipelineFacts, item: Activity, decider: Activity) -> bool:
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in decider.scenarios:
            continue
        for run in facts.runs(scenario).results:
            places = order(run)
            decided = [places[key] for key in decider.keys if key in places]
            mine = [places[key] for key in item.keys if key in places]
            if decided and mine and min(mine) <= min(decided):
                return True
    return False


def _is_way_back(facts: PipelineFacts, item: Activity, items: Iterable[Activity]) -> bool:
    if _does(item, "rollback", "route-back"):
        # With two versions behind a router, undoing one of them changes nothing about who answers.
        return not (_undoes(item) and has_new(facts.project))
    if not _does(item, "deploy", "commit"):
        return False
    if any(reverts(one) and one.unit.id == item.unit.id and _place(one) < _place(item) for one in items):
        return True
    return _does(item, "deploy") and (_routes_given(facts, item) or _image_of_another(facts, item))


def _does(item: Activity, *classes: str) -> bool:
    return any(one.effect == "works" for one in item.readings_of(classes))


def _undoes(item: Activity) -> bool:
    words = item.invocation.words if item.invocation is not None else ()
    return "rollout" in words and "undo" in words


def _place(item: Activity) -> tuple[int, int, int]:
    steps = [step.id for step in item.unit.walk()]
    number = steps.index(item.step.id) if item.step.id in steps else len(steps)
    return number, item.span.line, item.span.column


def _routes_given(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a command is given, as a text in the script, rules by which the version before answers everybody."""
    words = item.invocation.words if item.invocation is not None else ()
    if "-" not in words[2:]:
        return False
    for _, _, node in places_of(facts, item):
        for redirect in node.redirects:
            text = literal(redirect.body) if redirect.body is not None else None
            if text is not None and given_text(facts.project, text) == "back":
                return True
    return False


# -- the image of another version ----------------------------------------------------------------


def _image_of_another(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a workload gets the image that another one has: as the repository says, or as the cluster was asked."""
    words = item.invocation.words if item.invocation is not None else ()
    if "image" not in words[1:6] or "set" not in words[1:5] or not has_new(facts.project):
        return False
    named = [word.partition("=")[2] for word in words if "=" in word and not word.startswith("-")]
    bundles = facts.project.manifests.bundles
    workloads = {one.name for bundle in bundles for one in bundle.workloads}
    changed = {word.rpartition("/")[2] for word in words[1:] if "=" not in word} & workloads
    if not named or not changed:
        return False
    others = frozenset(_images(bundles, changed))
    if all(image in others for image in named if HIDDEN not in image) and not any(HIDDEN in one for one in named):
        return True
    if not all(HIDDEN in image for image in named):
        return False
    for scenario in facts.pipeline.scenarios:
        if scenario.id in item.scenarios and asks_cluster(facts, scenario, item, changed):
            return True
    return False


def _images(bundles: Iterable[Bundle], changed: set[str]) -> Iterator[str]:
    for bundle in bundles:
        for workload in bundle.workloads:
            if workload.name not in changed:
                yield from (container.image for container in workload.containers if container.image)


# -- what cannot be followed ---------------------------------------------------------------------


def _may_be(facts: PipelineFacts, item: Activity) -> bool:
    if item.invocation is None:
        name = item.step.use.name if item.step.use is not None else ""
        known = any(one.classes and "deploy" not in one.classes for one in item.readings)
        return bool(name) and not known and not name.startswith(_OURS)
    words = item.invocation.words
    program = words[0].rpartition("/")[2]
    if program.startswith("python"):
        return not item.readings and _acts(facts, item)
    if program in ("kubectl", "oc"):
        open_ = "patch" in words or "-" in words or any(HIDDEN in word for word in words)
        known = _undoes(item) or routed(facts.project, item.invocation) is not None
        return _does(item, "deploy") and open_ and not known
    if program in ("gh", "glab"):
        return {"run", "api", "dispatch"} & set(words[1:4]) != set()
    if program == "curl":
        return any(word in ("-X", "--request", "-d", "--data", "--json") or word.startswith("-XP") for word in words)
    return bool(item.opaque) or HIDDEN in words[0]


def _acts(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a Python program may change something outside of it: it starts other programs, or asks other machines."""
    assert item.invocation is not None
    words = item.invocation.words
    if "-c" in words[:-1]:
        return _imports_something(words[words.index("-c") + 1])
    start = started_by(facts.project, words, item.invocation.directory)
    if start is None:
        return any(HIDDEN in word for word in words[:3])
    waiting, seen = [start.module], set[str]()
    while waiting:
        module = waiting.pop()
        if module.path in seen:
            continue
        seen.add(module.path)
        names = tuple(module.imports.values())
        if any(name.partition(".")[0] in _ACTING for name in names):
            return True
        waiting.extend(one for name in names for one in _local(facts, module, name))
    return False


def _local(facts: PipelineFacts, module: Module, name: str) -> Iterator[Module]:
    """The module of the repository that an import takes something from."""
    code = facts.project.code
    for wanted in (name, name.rpartition(".")[0]):
        found = code.module(wanted, module) if wanted else None
        if found is not None:
            yield found
            return


def _imports_something(code: str) -> bool:
    if len(code) > _MOST:
        return True
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
