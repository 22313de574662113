"""What was looked at and what is then done: saved plans of Terraform, change sets of CloudFormation.

Terraform documentation, "terraform apply": with a saved plan it does exactly that and asks nothing, without one it
plans anew.  What is done to stacks of CloudFormation is in ``stack_operations``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.handover import fits as named
from gradeline.facts.reached_effects import performed
from gradeline.facts.saved_plans import copies, held, made_of
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.stack_operations import Operation, operations
from gradeline.facts.terraform_commands import TerraformCommand, of_activity
from gradeline.model.effects import ArtifactGet, ArtifactPut
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import record

Family = Literal["terraform", "cloudformation", "service", "remote"]
# Actions that apply what was planned in the pull request, and nothing else, unless they are told otherwise.
SERVICES = ("dflook/terraform-apply", "dflook/tofu-apply")
SERVICE_PLANS = ("dflook/terraform-plan", "dflook/tofu-plan")
# Actions of HCP Terraform: a run is planned there, and waits until it is applied by its number.
REMOTE_APPLIES = ("hashicorp/tfc-workflows-github/actions/apply-run",)
REMOTE_PLANS = ("hashicorp/tfc-workflows-github/actions/create-run",)
# Actions that fetch an artifact of another run.
_FROM_OTHER_RUNS = ("dawidd6/action-download-artifact",)
# Services that plan in the pull request and apply what was planned there, by the name of their file.
ATLANTIS = frozenset({"atlantis.yaml", "atlantis.yml", "digger.yml", "digger.yaml", "config.yml"})


def service_file(paths: tuple[str, ...]) -> str:
    """The file by which such a service is configured; empty when there is none.

    Atlantis documentation, "Repo Level atlantis.yaml Config"; Digger documentation, "digger.yml"; Spacelift
    documentation, "Runtime configuration" (``.spacelift/config.yml``).
    """
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in ATLANTIS and (name != "config.yml" or folder.rpartition("/")[2] == ".spacelift"):
            return path
    return ""


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
        elif name in REMOTE_APPLIES:
            yield Move(item, "remote", False, "the run")
        elif name in REMOTE_PLANS:
            given = item.step.inputs.get("plan_only")
            yield Move(item, "remote", True, "the run" if given is None or given.constant != "true" else "")
        return
    for command in of_activity(item):
        yield from _terraform(command)


def _terraform(command: TerraformCommand) -> Iterator[Move]:
    if any(name in command.options for name in ("help", "h", "refresh-only")):
        return
    if command.name == "plan":
        out = command.options.get("out", "")
        yield Move(command.item, "terraform", True, out.rpartition("/")[2], _path(command.folder, out))
    elif command.name in ("apply", "destroy"):
        given = command.operands[-1] if command.operands and command.name == "apply" else ""
        yield Move(command.item, "terraform", False, given.rpartition("/")[2], _path(command.folder, given))


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder or ".", name)) if name else ""


def fits(plan: Move, change: Move, facts: PipelineFacts | None = None) -> bool:
    """Whether a change does what this plan said: both have one name, as far as it is known, or the job of the change
    makes its file out of that plan, such as by decrypting it."""
    if plan.family != change.family or not plan.saved or not change.saved:
        return False
    if change.family == "cloudformation":
        both = plan.path, change.path
        if all(both) and not any(HIDDEN in one for one in both) and plan.path != change.path:
            return False  # the change set of another stack
        if HIDDEN in (plan.saved, change.saved):
            return True
    if plan.saved.split(HIDDEN) == change.saved.split(HIDDEN):
        return True
    if facts is None or change.family != "terraform" or plan.item.unit.id == change.item.unit.id:
        return False
    names = frozenset(one.name for one in held(facts, plan.item.unit, plan.saved))
    return made_of(facts, change.item.unit, change.saved, names)


def reaches(facts: PipelineFacts, plan: Move, change: Move, scenario: Scenario) -> bool:
    """Whether the saved plan is there where it is applied: in one folder, handed over as a file, or by a store."""
    if change.family != "terraform":
        return True
    maker, user = plan.item.unit, change.item.unit
    if maker.id == user.id or maker.id in facts.seen_by(user):
        return True
    names = tuple(one.name for one in held(facts, maker, plan.saved))
    for unit in facts.pipeline.units:
        if unit.id == user.id or unit.id in facts.seen_by(user):
            for put, leg in _handed(facts, scenario, maker, unit):
                if any(_holds(facts, plan, put, scenario, name, leg) for name in names):
                    return True
    if _fetched_by_command(facts, user):
        for kept in performed(facts, ArtifactPut, maker):
            for leg in kept.legs(scenario):
                if any(_holds(facts, plan, kept.effect, scenario, name, leg) for name in names):
                    return True
    return stored(facts, plan, change)


def _handed(facts: PipelineFacts, scenario: Scenario, maker: Unit, user: Unit) -> Iterator[tuple[ArtifactPut, int]]:
    """What some leg of the first publishes, under a name by which some leg of the other fetches it; with that leg."""
    if maker.id not in facts.simulator.ancestors.get(user.id, frozenset()):
        return
    for get in performed(facts, ArtifactGet, user):
        for leg in get.legs(scenario):
            moment = facts.moment(user, scenario, leg)
            wanted = moment.hidden_text(get.effect.name) if get.effect.name is not None else None
            pattern = moment.hidden_text(get.effect.pattern) if get.effect.pattern is not None else None
            for put in performed(facts, ArtifactPut, maker):
                for other in put.legs(scenario):
                    if named(facts.moment(maker, scenario, other).hidden_text(put.effect.name), wanted, pattern):
                        yield put.effect, other


def _fetched_by_command(facts: PipelineFacts, user: Unit) -> bool:
    """Whether a command fetches the artifacts of this very run (GitHub CLI manual, "gh run download")."""
    for item in facts.activities:
        words = item.invocation.words if item.invocation is not None and item.unit.id == user.id else ()
        if words[:3] == ("gh", "run", "download") and item.step.script is not None:
            raw = item.step.script.raw
            return "GITHUB_RUN_ID" in raw or "github.run_id" in raw
    return False


def stored(facts: PipelineFacts, plan: Move, change: Move) -> bool:
    """Whether one copies it into a store, and the other takes it from the same address there.  Where proposed changes
    are planned as well, an address that is the same in all runs may hold the plan of any of them."""
    names = {one.name for one in held(facts, plan.item.unit, plan.saved)}
    proposed = {scenario.id for scenario in facts.scenarios("review")} & set(plan.item.scenarios)
    sent = [one.address for one in copies(facts, plan.item.unit)
            if one.up and one.name in names and (HIDDEN in one.address or not proposed)]  # fmt: skip
    taken = [one.address for one in copies(facts, change.item.unit) if not one.up]
    return any(one.split(HIDDEN) == other.split(HIDDEN) for one in sent for other in taken)


def left_for(owner: PipelineFacts, plan: Move, facts: PipelineFacts, change: Move) -> bool:
    """Whether a run of another pipeline leaves its plan where this one looks for it: at the same address of a store,
    or as an artifact."""
    taken = [one.address for one in copies(facts, change.item.unit) if not one.up]
    names = {one.name for one in held(owner, plan.item.unit, plan.saved)}
    sent = [one.address for one in copies(owner, plan.item.unit) if one.up and one.name in names]
    if taken:
        return any(one.split(HIDDEN) == other.split(HIDDEN) for one in sent for other in taken)
    return any(True for _ in performed(owner, ArtifactPut, plan.item.unit))


def fetched_elsewhere(facts: PipelineFacts, change: Move) -> bool:
    """Whether the job of a change fetches files that another run has left."""
    unit = change.item.unit
    if any(not one.up for one in copies(facts, unit)):
        return True
    for item in facts.activities:
        if item.unit.id != unit.id:
            continue
        words = item.invocation.words if item.invocation is not None else ()
        if words[:3] == ("gh", "run", "download") or item.text.partition("@")[0] in _FROM_OTHER_RUNS:
            return True
        if item.text.partition("@")[0] == "actions/download-artifact" and "run-id" in item.step.inputs:
            return True
    return False


def _holds(facts: PipelineFacts, plan: Move, put: ArtifactPut, scenario: Scenario, name: str, leg: int) -> bool:
    """Whether what is published has the plan in it, in a file with this name."""
    moment = facts.moment(plan.item.unit, scenario, leg)
    known = posixpath.join(posixpath.dirname(plan.path), name).replace(HIDDEN, "*")
    for text in put.paths:
        for line in moment.hidden_text(text).split("\n"):
            if not line.strip() or line.strip().startswith("!"):
                continue
            pattern = line.strip().replace(HIDDEN, "*").removesuffix("/**").removesuffix("/*")
            pattern = posixpath.normpath(pattern or ".")
            inside = pattern == "." or known == pattern or known.startswith(f"{pattern}/")
            if inside or fnmatchcase(known, pattern) or fnmatchcase(name, pattern):
                return True
            if posixpath.basename(pattern) == name.replace(HIDDEN, "*"):  # the folder is one that is not followed
                return True
    return False
