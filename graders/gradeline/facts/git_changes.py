"""Changes of an environment that reach Git: a command edits its folder, and another one sends the result.

Where a controller keeps the cluster in step with Git, such a change is the deployment.  git-push(1) (refspecs, ``-o``);
GitLab documentation, "Push options" (``merge_request.create``); GitHub CLI manual, "gh pr create" and "gh pr merge";
GitLab CLI documentation, "glab mr create"; Kustomize reference, "edit"; yq manual, "In-place updates".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.approvals import asked_before
from gradeline.facts.case import PipelineFacts
from gradeline.facts.changed_images import fill_of
from gradeline.facts.deployment_marks import marks_of
from gradeline.facts.deployments import Names, comes_after, says
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario
from gradeline.records import record

How = Literal["request", "push"]
Told = Literal["yes", "no", "moves", "unknown"]
_REQUESTING = frozenset({"peter-evans/create-pull-request"})
_IN_PLACE = frozenset({"sed", "yq", "perl"})
_WRITING = frozenset({"cp", "mv", "tee", "install", "rsync", "jq", "envsubst"})
_READING = frozenset({"git", "cat", "echo", "printf", "ls", "cd", "test", "[", "grep", "gh", "glab", "kustomize"})
_APPROVING = frozenset({"hmarr/auto-approve-action"})


@record
class Change:
    """``item`` is what sends the change, ``editors`` what makes it.  ``how``: whether it is proposed, or sent to
    ``branch`` (empty when that is not known).  ``hidden``: a program of the repository works on the folder, too.
    ``back``: the same job takes a commit back, so it brings no version of its own."""

    item: Activity
    how: How
    branch: str
    editors: tuple[Activity, ...]
    hidden: Activity | None = None
    back: bool = False


def changes(facts: PipelineFacts, environment: str, names: Names) -> tuple[Change, ...]:
    """What a pipeline sends to Git after it has changed the folder of an environment."""
    said = (environment.lower(), *(other.lower() for other in names.get(environment, ())))
    found: list[Change] = []
    touching = [item for item in facts.activities if _touches(item, said)]
    for unit in dict.fromkeys(item.unit.id for item in touching):
        mine = tuple(item for item in touching if item.unit.id == unit)
        editors = tuple(item for item in mine if edits(item))
        hidden = next((item for item in mine if item.invocation is not None and _is_program(item)), None)
        if not editors and hidden is None:
            continue
        first = editors or mine
        sent = [item for item in facts.doing("commit") if item.unit.id == unit and comes_after(facts, item, first)]
        sent = [item for item in sent if not merges(item)]
        asked = [item for item in sent if is_request(item)]
        back = any(item.unit.id == unit and reverts(item) for item in facts.activities)
        for item in asked or sent:
            how: How = "request" if asked else "push"
            found.append(Change(item, how, _branch(facts, item), editors, hidden, back))
    return tuple(found)


def reverts(item: Activity) -> bool:
    """Whether a command takes files or a commit back: ``git revert``, or files as they were at a commit."""
    return reverting(item.invocation.words if item.invocation is not None else ())


def operands_of(words: tuple[str, ...]) -> list[str]:
    """The words of a Git command that are no options: ``git -c user.name=x push origin main``."""
    found: list[str] = []
    before = ""
    for word in words[1:]:
        if not word.startswith("-") and (found or before not in ("-c", "-C", "--git-dir", "--work-tree")):
            found.append(word)
        before = word
    return found


def reverting(words: tuple[str, ...]) -> bool:
    """Whether these are the words of such a command."""
    if _base(words[0] if words else "") != "git":
        return False
    operands = operands_of(words)
    return operands[:1] in (["revert"], ["restore"]) or (operands[:1] == ["checkout"] and "--" in words)


def edits(item: Activity) -> bool:
    """Whether a command changes a file in place, or writes one."""
    if item.invocation is None:
        return False
    words = item.invocation.words
    name = _base(words[0])
    if name == "kustomize":
        return "edit" in words[1:3]
    if name in _IN_PLACE:
        return any(word.startswith(("-i", "--in")) for word in words[1:])
    return name in _WRITING


def _touches(item: Activity, said: tuple[str, ...]) -> bool:
    if item.invocation is None:
        return False
    texts = (*item.invocation.words[1:], item.invocation.directory)
    return any(says(word, name) for word in texts for name in said)


def _is_program(item: Activity) -> bool:
    """Whether it may change files in a way that nobody sees here."""
    assert item.invocation is not None
    return bool(item.opaque) or (not item.readings and _base(item.invocation.words[0]) not in _READING | _IN_PLACE)


def _base(word: str) -> str:
    return word.rpartition("/")[2]


# -- how it is sent ------------------------------------------------------------------------------------------------


def is_request(item: Activity) -> bool:
    """Whether the change is proposed: somebody else has to merge it."""
    if any(reading.tool in _REQUESTING for reading in item.readings):
        return True
    words = item.invocation.words if item.invocation is not None else ()
    if words[1:3] in (("pr", "create"), ("mr", "create")):
        return True
    return _base(words[0]) == "git" and any("merge_request.create" in word for word in words) if words else False


def merges(item: Activity) -> bool:
    """Whether a command merges a request, or approves it."""
    words = item.invocation.words if item.invocation is not None else ()
    return words[1:3] in (("pr", "merge"), ("mr", "merge"), ("mr", "accept"), ("mr", "approve")) or (
        words[1:3] == ("pr", "review") and bool({"--approve", "-a"} & set(words))
    )


def merged_by_itself(facts: PipelineFacts, change: Change) -> Activity | None:
    """A step after a request that merges it without waiting for anybody, or approves it."""
    for item in facts.activities:
        if item.unit.id != change.item.unit.id and not comes_after(facts, item, (change.item,)):
            continue
        if any(reading.tool in _APPROVING for reading in item.readings):
            return item
        if merges(item) and item.invocation is not None and not {"--auto", "--auto-merge"} & set(item.invocation.words):
            return item
    return None


def _branch(facts: PipelineFacts, item: Activity) -> str:
    """The branch that a push goes to; empty when it is not known."""
    words = item.invocation.words if item.invocation is not None else ()
    operands = operands_of(words)
    if operands[:1] != ["push"]:
        return ""
    if len(operands) > 2:
        target = operands[-1].removeprefix("+").rpartition(":")[2].removeprefix("refs/heads/")
        if target != "HEAD":
            return "" if HIDDEN in target else target
    for other in _switches(facts, item):
        return "" if HIDDEN in other else other
    scenario = next((one for one in facts.pipeline.scenarios if one.id in item.scenarios), None)
    return (scenario.branch or "") if scenario is not None else ""


def _switches(facts: PipelineFacts, item: Activity) -> Iterator[str]:
    """Branches that the same job has switched to before, the last one first."""
    for other in reversed(facts.activities):
        if other.unit.id != item.unit.id or other.invocation is None or other.invocation.words[0] != "git":
            continue
        operands = operands_of(other.invocation.words)
        if operands[:1] in (["switch"], ["checkout"]) and len(operands) > 1 and "--" not in other.invocation.words:
            yield operands[1]


# -- what it says --------------------------------------------------------------------------------------------------


def asks_somebody(facts: PipelineFacts, change: Change, environment: str) -> bool | None:
    """Whether a person decides about the change: a request, a protected environment, or a pause before it."""
    if change.how == "request":
        return merged_by_itself(facts, change) is None
    declared = change.item.unit.environment
    if declared is not None and declared.name.raw.lower().startswith(environment.lower()):
        return True
    return bool(asked_before(facts, change.item))


def tells_digest(facts: PipelineFacts, scenario: Scenario, change: Change) -> Told:
    """Whether the change puts the digest of an image into the folder that this run found out or was given."""
    from gradeline.facts.promotion import written_by

    moving = False
    for item in facts.traced.activities(scenario, change.editors):
        if any(True for _ in written_by(facts.traced, item, scenario)):
            return "yes"
        fill = fill_of(facts, item)
        if fill is None:
            continue
        for bundle in facts.project.manifests.bundles:
            for workload in bundle.workloads:
                for container in workload.containers:
                    new = fill.change(bundle, container, container.image)
                    if new != container.image and HIDDEN in new:
                        if "@" in new:
                            return "yes"
                        moving = True
    return "moves" if moving else "unknown" if change.hidden is not None else "no"


def tells(facts: PipelineFacts, scenario: Scenario, environment: str, names: Names, fact: str) -> Told:
    """Whether what is changed says the commit, the model or the run."""
    marks, editor = marks_of(facts, facts.traced, scenario, environment, names)
    if any(fact in one.tells and one.certain for one in marks):
        return "yes"
    return "unknown" if editor is not None or any(fact in one.tells for one in marks) else "no"
