"""What brings back the version that ran before, when a deployment turns out to be bad: an experiment.

The check after the deployment fails; what is then reached, and is it the old version?  Kubernetes documentation,
"Deployments" (Rolling back to a previous revision); Helm documentation, "helm rollback" (no revision: the one
before), "helm upgrade --rollback-on-failure" (before Helm 4: ``--atomic``); Argo Rollouts, "kubectl argo rollouts
undo" and "abort"; Argo CD, "argocd app rollback".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.deployments import looked_at_after, order
from gradeline.facts.image_refs import Images
from gradeline.facts.patterns import search
from gradeline.facts.requests import given_nothing, places_of, request_of
from gradeline.facts.runs import Run
from gradeline.facts.script_shape import literal, tree, walk_deep
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traced import Traced
from gradeline.facts.traces import plain
from gradeline.model.expression import Constant, Operation, Output
from gradeline.model.expression import walk as walk_expression
from gradeline.model.pipeline import Scenario
from gradeline.records import record
from gradeline.result import Evidence, Hop, Verdict
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

_ITSELF = "takes itself back when it does not become ready"
_BY_ITSELF = ("--atomic", "--rollback-on-failure")
# Commands that tell which version runs now, by their first words.
_ASKING = (
    ("kubectl", "get"), ("kubectl", "rollout", "history"), ("helm", "history"), ("helm", "list"), ("helm", "get"),
    ("helm", "status"), ("docker", "inspect"), ("docker", "service", "inspect"), ("aws", "ecs", "describe-services"),
    ("aws", "ecs", "describe-task-definition"), ("aws", "lambda", "get-alias"),
    ("gcloud", "run", "services", "describe"), ("az", "containerapp", "show"), ("az", "webapp", "config"),
    ("argocd", "app", "get"), ("argocd", "app", "history"),
    ("crane", "digest"), ("curl",), ("mlflow",),
)  # fmt: skip


_LOOKS_LIKE = re.compile(r"`\[\[ \S{1,80} =~ (\S{1,200}) \]\]`")
_DIGEST = f"sha256:{'0123456789abcdef' * 4}"
_VERSIONS = (_DIGEST, f"ghcr.io/kestrel/churn-api@{_DIGEST}", "12", "1.4.2", "v1.4.2")


@record
class Answer:
    """How a pipeline answers to one failed check.  ``by``: the command that restores, None when none does."""

    status: Literal["restores", "partly", "nothing", "same", "late", "hides", "unseen", "unknown"]
    check: Activity
    by: Activity | None = None
    run: Run | None = None


def restores_itself(item: Activity) -> bool:
    """Whether the deployment takes itself back when what it starts does not become ready."""
    return any(option in reading.options for reading in item.readings_of(("deploy",)) for option in _BY_ITSELF)


def _may_restore(item: Activity) -> bool:
    return any(reading.effect == "works" for reading in item.readings_of(("deploy", "rollback")))


def _answers(
    facts: PipelineFacts,
    deployed: tuple[Activity, ...],
    checks: tuple[Activity, ...],
    ways: tuple[Activity, ...],
    again: bool,
) -> Iterator[Answer]:
    """What happens after each check alone has failed, in the scenarios that reach it.  ``ways``: commands that bring
    back what ran before; a check behind one of them looks at that."""
    for check in checks:
        failing = (*check.keys, *(key for one in given_nothing(facts, check) for key in one.keys))
        for scenario in facts.pipeline.scenarios:
            if scenario.id not in check.scenarios:
                continue
            worlds = [run for run in facts.runs(scenario, failing).results if set(check.keys) & set(run.reached)]
            worlds = [run for run in worlds if not _is_back(run, check, ways)]
            if worlds:
                candidates = tuple(item for item in facts.reached_in(scenario, worlds) if _may_restore(item))
                yield _answer(facts, scenario, worlds, check, deployed, candidates, again)


def _answer(
    facts: PipelineFacts,
    scenario: Scenario,
    worlds: list[Run],
    check: Activity,
    deployed: tuple[Activity, ...],
    candidates: tuple[Activity, ...],
    again: bool,
) -> Answer:
    restored: list[Activity] = []
    without: list[Run] = []
    worst: Answer | None = None
    for run in worlds:
        reached = _reached_after(run, check, candidates, deployed)
        good = [item for item in reached if _brings_back(facts, scenario, run, item, deployed) == "restores"]
        if good:
            restored.append(good[0])
            if not run.failed:
                return Answer("hides", check, good[0], run)
            if again and not _looked_at_again(facts, scenario, run, good[0]):
                return Answer("unseen", check, good[0], run)
            continue
        without.append(run)
        for item in reached:
            status = _brings_back(facts, scenario, run, item, deployed)
            worst = worst or Answer(status, check, item, run)
    if not restored:
        return worst or Answer("nothing", check, None, worlds[0])
    without = [run for run in without if not _refuses_what_is_no_version(run, restored[0])]
    if not without:
        return Answer("restores", check, restored[0], worlds[0])
    if worst is None and _needs_a_note(restored[0]):
        return Answer("restores", check, restored[0], worlds[0])
    if any(assumed.choice for run in without for assumed in run.assumptions):
        return Answer("partly", check, restored[0], without[0])
    return Answer("unknown", check, restored[0], without[0])


def _refuses_what_is_no_version(run: Run, item: Activity) -> bool:
    """Whether the script of the way back ended red because what it was given does not look like a version.  The
    pattern has to take a version of some kind, or the script would refuse always."""
    if not run.failed:
        return False
    guards = (_LOOKS_LIKE.search(one.text) for one in run.assumptions
              if one.span is not None and one.span.path == item.span.path and one.text.startswith("not ("))  # fmt: skip
    return any(guard is not None and any(search(guard.group(1), one, False, False) for one in _VERSIONS)
               for guard in guards)  # fmt: skip


def _needs_a_note(item: Activity) -> bool:
    """Whether the way back is only left out when nothing was noted before: there is no version to go back to then."""
    for condition in (item.unit.condition, item.step.condition):
        for node in walk_expression(condition) if condition is not None else ():
            if not isinstance(node, Operation) or not any(isinstance(one, Output) for one in node.operands):
                continue
            empty = any(isinstance(one, Constant) and one.value in ("", None) for one in node.operands)
            if node.operator == "and" or (node.operator == "!=" and empty):
                return True
    return False


def _reached_after(
    run: Run, check: Activity, candidates: tuple[Activity, ...], deployed: tuple[Activity, ...]
) -> list[Activity]:
    """The candidates that this run reaches after the check; conditional steps have keys of their own."""
    places = order(run)
    failed_at = min(places[key] for key in check.keys if key in places)
    first = {key for item in deployed for key in item.keys}
    return [
        item
        for item in candidates
        if any(places.get(key, -1) > failed_at and key not in first for key in item.keys)
    ]


def _looked_at_again(facts: PipelineFacts, scenario: Scenario, run: Run, restoring: Activity) -> bool:
    """Whether something waits for the version that was brought back, or asks it."""
    if any({"--wait", *_BY_ITSELF} & reading.options.keys() for reading in restoring.readings_of(("rollback",))):
        return True
    places = order(run)
    done = max(places[key] for key in restoring.keys if key in places)
    looks = [
        item
        for item in facts.reached_in(scenario, (run,))
        if any(reading.effect == "works" for reading in item.readings_of(("health-check", "test", "load-test")))
        or request_of(facts, item) is not None
    ]
    if any(places.get(key, -1) > done for item in looks for key in item.keys):
        return True
    return any(item.span in _called_after(facts, restoring) for item in looks)


def _called_after(facts: PipelineFacts, item: Activity) -> frozenset[Span]:
    """The commands of functions that are called again behind a command of the same script: a run notes only where
    a command is reached first."""
    found: set[Span] = set()
    for _, text, node in places_of(facts, item):
        root = tree(text.raw)
        bodies = {one.name: one for one in walk_deep(root) if isinstance(one, sh.Function)}
        calls = (one for one in walk_deep(root) if isinstance(one, sh.Simple) and one.words and one.start > node.start)
        for name in dict.fromkeys(literal(call.words[0]) or "" for call in calls):
            if name in bodies:
                inner = (one for one in walk_deep(bodies[name].body) if isinstance(one, sh.Simple) and one.words)
                found.update(text.at(one.start, one.end) for one in inner)
    return frozenset(found)


def _brings_back(
    facts: PipelineFacts, scenario: Scenario, run: Run, item: Activity, deployed: tuple[Activity, ...]
) -> Literal["restores", "same", "late", "unknown"]:
    """Whether the command brings back what ran before: by the platform's memory, or by a version that was noted."""
    if any("rollback" in reading.classes for reading in item.readings_of(("rollback",))):
        return "restores"
    if any(reading.tool not in _KNOWN for reading in item.readings_of(("deploy",))) and item.invocation is not None:
        given = [word for word in item.invocation.words if HIDDEN in word]
        if not given and item.text in {one.text for one in deployed}:
            return "same"
    images = Images(facts, scenario)
    origins = frozenset(origin for ref in images.deployed(item) for origin in ref.origins)
    if origins & {"commit", "run", "version"} or item.text in {one.text for one in deployed}:
        return "same"
    if _given_again(facts, scenario, item, deployed):
        return "same"
    places = order(run)
    started = min((places[key] for one in deployed for key in one.keys if key in places), default=-1)
    told = _told_when(facts, facts.traced, scenario, run, item)
    if told and min(told) < started < max(told):  # asked before and again behind it: which answer is used?
        told = _told_when(facts, facts.placed, scenario, run, item) or told
    if told:
        return "restores" if any(place < started for place in told) else "late"
    noted = _noted_when(facts, scenario, run, item)
    if noted:
        return "restores" if max(noted) < started else "late"
    commands = [reached for reached in run.reached.values() if reached.invocation is not None]
    asked = [places[one.key] for one in commands if one.invocation is not None and _asks(one.invocation.words)]
    if any(place < started for place in asked):
        return "restores" if _computed(facts, item) else "unknown"
    if asked and _computed(facts, item):
        return "late"
    return "unknown"


def _told_when(facts: PipelineFacts, traced: Traced, scenario: Scenario, run: Run, item: Activity) -> list[int]:
    """When the version was asked for that a command brings back; empty when that cannot be followed."""
    traces = traced.traces
    words = [word for one in traced.activities(scenario, (item,), least=False) if one.invocation is not None
             for word in one.invocation.words]  # fmt: skip
    roots = {root for word in words for root in traces.roots(word) if root is not None}
    asked = {(root.unit, tuple(map(plain, call)), place)
             for root in roots
             for call, place in zip(root.words, root.places or (None,) * len(root.words), strict=True)
             if _asks(call)}  # fmt: skip
    places = order(run)
    found: list[int] = []
    for key, reached in run.reached.items():
        if (made := reached.invocation) is not None:
            same = ((reached.place.unit, made.words, where) for where in (None, made.span))
            found.extend(places[key] for one in same if one in asked)
    return found


def _noted_when(facts: PipelineFacts, scenario: Scenario, run: Run, item: Activity) -> list[int]:
    """When what stands in the files that a command reads was asked for; each note takes the place of the one before."""
    traces = facts.traced.traces
    values = [value for one in facts.traced.activities(scenario, (item,), least=False) if one.invocation is not None
              for value in one.invocation.words]  # fmt: skip
    sources = {root for value in values for root in traces.roots(value) if root is not None and root.kind == "file"}
    read = {word.strip("\"'") for source in sources for word in source.name.split()}
    if not read:
        return []
    places = order(run)
    found: list[int] = []
    for one in facts.activities:
        if one.unit.id != item.unit.id or one.invocation is None or not _asks(one.invocation.words):
            continue
        targets = {literal(redirect.target) for _, _, node in places_of(facts, one) for redirect in node.redirects
                   if redirect.operator in (">", ">|") and redirect.target is not None}  # fmt: skip
        if targets & read:
            found.extend(places[key] for key in one.keys if key in places)
    return found


def _given_again(
    facts: PipelineFacts, scenario: Scenario, item: Activity, deployed: tuple[Activity, ...]
) -> bool:
    """Whether a command names the image that went out before, by the same value from the same place."""
    images = Images(facts, scenario)

    def named(among: tuple[Activity, ...]) -> list[str]:
        traced = facts.traced.activities(scenario, among, least=False)
        return [value for one in traced for value, _ in images.named(one)]

    units = {one.unit.id for one in deployed}
    new = set(named(tuple(one for one in facts.activities if one.unit.id in units and one.span != item.span)))
    again = named((item,))
    return bool(again) and all(HIDDEN in value and None not in facts.traced.traces.sources(value) and value in new
                               for value in again)  # fmt: skip


_KNOWN = frozenset({"kubectl", "helm", "argocd", "docker"})


def _asks(words: tuple[str, ...]) -> bool:
    plain = tuple(word for word in words if not word.startswith("-"))
    return any(plain[: len(known)] == known for known in _ASKING) or any(
        plain[:1] == known[:1] and len(known) > 1 and known[1] in plain[1:4] for known in _ASKING
    )


def asks_cluster(facts: PipelineFacts, scenario: Scenario, item: Activity, about: set[str]) -> bool:
    """Whether what a command is given was asked for, and not about one of these names."""
    words = [word for one in facts.traced.activities(scenario, (item,), least=False) if one.invocation is not None
             for word in one.invocation.words]  # fmt: skip
    roots = {root for word in words for root in facts.traced.traces.roots(word) if root is not None}
    calls = [tuple(map(plain, call)) for root in roots for call in root.words]
    asked = [call for call in calls if _asks(call)]
    return bool(asked) and not any(name in about for call in asked for word in call[1:]
                                   for name in (word, word.rpartition("/")[2]))  # fmt: skip


def _computed(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a word of the command is a value that something before it found out."""
    if item.invocation is None:
        return any(text.holes for text in item.step.inputs.values())
    if any(HIDDEN in word for word in item.invocation.words):
        return True
    return any(
        isinstance(part, sh.Parameter | sh.Placeholder | sh.Substitution)
        for _, _, node in places_of(facts, item)
        for word in node.words
        for part in word.parts
    )


# -- verdict ---------------------------------------------------------------------------------------------------


def judge(facts: PipelineFacts, deployed: tuple[Activity, ...], again: bool = False) -> Verdict:
    """Whether a bad deployment is taken back; ``again``: and what was brought back is looked at."""
    putting = tuple(item for item in deployed if _puts_back(facts, item))
    deployed = tuple(item for item in deployed if item not in putting) or deployed
    ways = (*(item for item in facts.activities if item.readings_of(("rollback",))),
            *(item for item in putting if item not in deployed))  # fmt: skip
    looks = tuple(item for item in looked_at_after(facts, deployed) if not _may_restore(item))
    checks = tuple(item for item in looks if not _follows_a_way_back(facts, item, ways))
    by_itself = [item for item in deployed if restores_itself(item)]
    if not checks:
        if by_itself and len(by_itself) == len(deployed):
            shown = tuple(item for one in by_itself for item in one.proof(_ITSELF))
            return Verdict("met", "A deployment that does not become ready takes itself back.", shown)
        first = deployed[0]
        message = f"Nothing looks at what `{first.text}` deployed, so nothing can notice that it is bad."
        return Verdict("unmet", message, (Evidence(first.span, "problem", "deployed, and never looked at"),))
    found = list(_answers(facts, deployed, checks, ways, again))
    for status in ("hides", "nothing", "same", "late", "unseen", "unknown", "partly"):
        for answer in found:
            if answer.status != status:
                continue
            if status == "nothing" and by_itself and _is_rollout(answer.check):
                continue
            if status == "nothing" and by_itself:
                return _half(answer, by_itself[0])
            return _bad(answer)
    proofs = [
        Evidence(answer.by.span, "proof", f"runs when `{answer.check.text}` fails: `{answer.by.text}`")
        for answer in found
        if answer.by is not None
    ]
    proofs.extend(item for one in by_itself for item in one.proof(_ITSELF))
    return Verdict("met", "A bad deployment is taken back to what ran before.", tuple(dict.fromkeys(proofs)))


def _puts_back(facts: PipelineFacts, item: Activity) -> bool:
    """Whether a deployment names what ran in the very same place: a way back that a script may reach by itself."""
    scenario = next((one for one in facts.pipeline.scenarios if one.id in item.scenarios), None)
    if scenario is None or item.invocation is None:
        return False
    images = Images(facts, scenario)
    traces = facts.traced.traces
    return any(
        _asks(call) and _where(tuple(map(plain, call))) == _where(item.invocation.words)
        for one in facts.traced.activities(scenario, (item,), least=False)
        for value, _ in images.named(one)
        for root in traces.roots(value) if root is not None
        for call in root.words
    )  # fmt: skip


def _where(words: tuple[str, ...]) -> str:
    """The place in a cluster that a command means; empty when it names none."""
    for word, following in pairwise((*words, "")):
        if word in ("-n", "--namespace"):
            return following
        if word.startswith("--namespace="):
            return word.partition("=")[2]
    return ""


def _follows_a_way_back(facts: PipelineFacts, check: Activity, ways: tuple[Activity, ...]) -> bool:
    """Whether a check is only reached when something was brought back before: then it looks at that."""
    runs = [run for scenario in facts.pipeline.scenarios if scenario.id in check.scenarios
            for run in facts.runs(scenario).results if set(check.keys) & set(run.reached)]  # fmt: skip
    return bool(runs) and all(_is_back(run, check, ways) for run in runs)


def _is_back(run: Run, check: Activity, ways: tuple[Activity, ...]) -> bool:
    """Whether a run reaches the check only when something was brought back already."""
    places = order(run)
    back = [places[key] for item in ways for key in item.keys if key in places]
    return bool(back) and min(back) < min(places[key] for key in check.keys if key in places)


def _is_rollout(check: Activity) -> bool:
    """A check that only waits until a deployment is complete, which a deployment that waits does itself."""
    return any(reading.tool == "kubectl" for reading in check.readings_of(("health-check",)))


def _half(answer: Answer, deployed: Activity) -> Verdict:
    message = (
        f"`{deployed.text}` takes itself back while it starts, but nothing is taken back "
        f"when `{answer.check.text}` fails."
    )
    return Verdict("partial", message, (Evidence(answer.check.span, "problem", "its failure brings nothing back"),))


def _bad(answer: Answer) -> Verdict:
    check, by = answer.check, answer.by
    path: tuple[Hop, ...] = ()
    if answer.run is not None:
        start = answer.run.scenario
        path = (Hop(start.title, start.trigger.span), Hop(f"`{check.text}` (failure)", check.span))
    failing = Evidence(check.span, "context", "fails in this experiment")
    if by is None:
        message = f"When `{check.text}` fails, the bad version stays: nothing brings back what ran before."
        return Verdict("unmet", message, (Evidence(check.span, "problem", "its failure brings nothing back"),), path)
    here = Evidence(by.span, "problem", "runs after the failure")
    path = (*path, Hop(f"`{by.text}`", by.span))
    if answer.status == "hides":
        message = f"`{by.text}` brings the old version back, but the run then ends as if all were well."
        return Verdict("unmet", message, (failing, here)[::-1], path)
    if answer.status == "same":
        message = f"When `{check.text}` fails, `{by.text}` deploys the new version again, not the one before."
        return Verdict("unmet", message, (here, failing), path)
    if answer.status == "unseen":
        message = f"Nothing waits for what `{by.text}` brings back, or asks it."
        return Verdict("unmet", message, (Evidence(by.span, "problem", "is never looked at again"), failing), path)
    if answer.status == "late":
        message = f"`{by.text}` uses a version that was looked up after the deployment, when the new one already ran."
        return Verdict("unmet", message, (here, failing), path)
    if answer.status == "partly":
        message = f"After `{check.text}` failed, somebody has to start `{by.text}` by hand."
        return Verdict("partial", message, (here, failing), path)
    message = f"Whether `{by.text}` brings back the version before cannot be seen."
    return Verdict("cannot_tell", message, (here, failing), path)
