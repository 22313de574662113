"""What was looked at and what is then done: saved plans of Terraform, change sets of CloudFormation.

Terraform documentation, "terraform apply": with a saved plan it does exactly that and asks nothing, without one it
plans anew.  What is done to stacks of CloudFormation is in ``stack_operations``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from gradeline.facts.case import Activity, PipelineFacts
from gradeline.facts.handover import handovers
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.stack_operations import Operation, operations
from gradeline.model.effects import ArtifactPut
from gradeline.model.pipeline import Scenario
from gradeline.records import record

Family = Literal["terraform", "cloudformation", "service"]
PROGRAMS = frozenset({"terraform", "tofu", "opentofu", "terragrunt"})
_VALUES = frozenset({"var", "var-file", "target", "replace", "lock-timeout", "parallelism", "state", "state-out",
                     "backup", "out", "exclude", "generate-config-out", "lock", "input", "refresh"})  # fmt: skip
# Actions that apply what was planned in the pull request, and nothing else, unless they are told otherwise.
SERVICES = ("dflook/terraform-apply", "dflook/tofu-apply")
SERVICE_PLANS = ("dflook/terraform-plan", "dflook/tofu-plan")
ATLANTIS = frozenset({"atlantis.yaml", "atlantis.yml"})


@record
class Move:
    """A look ahead (``plans``) or the change itself.  ``saved`` is the file or the name of what was or is looked at,
    empty for none; unknown parts are ``HIDDEN``.  ``path`` is the whole path of the file, or the stack."""

    item: Activity
    family: Family
    plans: bool
    saved: str
    path: str = ""


def moves(facts: PipelineFacts) -> tuple[Move, ...]:
    """Everything that plans or changes infrastructure, in the order it is reached."""
    changes = {id(one.item): one for one in operations(facts)}
    return tuple(move for item in facts.activities for move in (*_moves(item), *_stacks(changes.get(id(item)))))


def _stacks(one: Operation | None) -> Iterator[Move]:
    if one is not None and one.kind != "other":
        yield Move(one.item, "cloudformation", one.kind == "create", one.name, one.stack)


def _moves(item: Activity) -> Iterator[Move]:
    if item.invocation is None:
        name = item.text.partition("@")[0]
        if name in SERVICES:
            agreed = item.step.inputs.get("auto_approve")
            asks = agreed is None or agreed.constant in ("", "false")
            yield Move(item, "service", False, "the plan of the pull request" if asks else "")
        elif name in SERVICE_PLANS:
            yield Move(item, "service", True, "the plan of the pull request")
        return
    words = item.invocation.words
    program = words[0].rpartition("/")[2] if words else ""
    if program in PROGRAMS:
        yield from _terraform(item, words[1:])


def _terraform(item: Activity, words: tuple[str, ...]) -> Iterator[Move]:
    assert item.invocation is not None
    folder = item.invocation.directory
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at].lstrip("-").startswith("chdir="):
            folder = posixpath.join(folder, words[at].partition("=")[2])
        at += 1
    command = words[at] if at < len(words) else ""
    if command in ("run-all", "run"):
        at += 1
        command = words[at] if at < len(words) else ""
    options, names = _parsed(words[at + 1 :])
    if any(name in options for name in ("help", "h", "refresh-only")):
        return
    if command == "plan":
        out = options.get("out", "")
        yield Move(item, "terraform", True, out.rpartition("/")[2], _path(folder, out))
    elif command in ("apply", "destroy"):
        given = names[-1] if names and command == "apply" else ""
        yield Move(item, "terraform", False, given.rpartition("/")[2], _path(folder, given))


def _parsed(words: tuple[str, ...]) -> tuple[Mapping[str, str], list[str]]:
    options: dict[str, str] = {}
    names: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word.startswith("-") and len(word) > 1:
            name, equals, value = word.lstrip("-").partition("=")
            if not equals and name in _VALUES and name not in ("lock", "input", "refresh") and at + 1 < len(words):
                at += 1
                value = words[at]
            options[name] = value
        else:
            names.append(word)
        at += 1
    return options, names


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder or ".", name)) if name else ""


def fits(plan: Move, change: Move) -> bool:
    """Whether a change does what this plan said: both have one name, as far as it is known."""
    if plan.family != change.family or not plan.saved or not change.saved:
        return False
    if change.family == "cloudformation":
        both = plan.path, change.path
        if all(both) and not any(HIDDEN in one for one in both) and plan.path != change.path:
            return False  # the change set of another stack
        if HIDDEN in (plan.saved, change.saved):
            return True
    return plan.saved.split(HIDDEN) == change.saved.split(HIDDEN)


def reaches(facts: PipelineFacts, plan: Move, change: Move, scenario: Scenario) -> bool:
    """Whether the saved plan is there where it is applied: in one folder, or handed over as a file."""
    if change.family != "terraform":
        return True
    maker, user = plan.item.unit, change.item.unit
    if maker.id == user.id or maker.id in facts.seen_by(user):
        return True
    for unit in facts.pipeline.units:
        if unit.id == user.id or unit.id in facts.seen_by(user):
            for put, _ in handovers(facts, scenario, maker, unit):
                if _holds(facts, plan, put, scenario):
                    return True
    return False


def _holds(facts: PipelineFacts, plan: Move, put: ArtifactPut, scenario: Scenario) -> bool:
    """Whether what is published has the plan in it."""
    moment = facts.moment(plan.item.unit, scenario)
    known = plan.path.replace(HIDDEN, "*")
    for text in put.paths:
        for line in moment.hidden_text(text).split("\n"):
            if not line.strip() or line.strip().startswith("!"):
                continue
            pattern = line.strip().replace(HIDDEN, "*").removesuffix("/**").removesuffix("/*")
            pattern = posixpath.normpath(pattern or ".")
            inside = pattern == "." or known == pattern or known.startswith(f"{pattern}/")
            if inside or fnmatchcase(known, pattern) or fnmatchcase(plan.saved, pattern):
                return True
            if posixpath.basename(pattern) == plan.saved:  # the folder is one that is not followed
                return True
    return False
