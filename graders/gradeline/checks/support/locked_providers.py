"""Whether infrastructure code gets its providers from the lock file.

Terraform documentation, "terraform init": ``-lockfile=readonly`` refuses a lock file that does not fit, ``-upgrade``
takes newer versions, ``-input=false`` asks nobody; ``TF_INPUT`` does that for all commands ("Environment Variables").
"""

from __future__ import annotations

import posixpath

from gradeline.checks.support.explain import unseen
from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.terraform_commands import TerraformCommand, terraform_commands
from gradeline.model.project import Project
from gradeline.result import Evidence, Verdict

_NEEDS = frozenset({"plan", "apply", "destroy", "validate", "test"})
_LOCK = ".terraform.lock.hcl"


def locked_providers(project: Project, chosen: tuple[PipelineFacts, ...]) -> Verdict:
    judged: list[Verdict] = []
    for facts in chosen:
        commands = terraform_commands(facts)
        prepared = [one for one in commands if one.name == "init"]
        judged.extend(_of(project, one) for one in prepared)
        needing = (one for one in commands if one.name in _NEEDS and not _by_hook(one))
        judged.extend(_unprepared(facts, one) for one in needing
                      if not any(_same_place(facts, one, other) for other in prepared))  # fmt: skip
    for status in ("unmet", "cannot_tell", "partial"):
        for verdict in judged:
            if verdict.status == status:
                return verdict
    if not judged:
        return next(unseen(chosen), None) or Verdict("unmet", "No job prepares infrastructure code.")
    proofs = tuple(item for verdict in judged for item in verdict.evidence)
    return Verdict("met", "The providers come from the lock file, as they are there.", tuple(dict.fromkeys(proofs)))


def _by_hook(one: TerraformCommand) -> bool:
    """Whether a commit hook runs it, which prepares the folder by itself (pre-commit-terraform README)."""
    return any(frame.text.split(" ", 1)[0].rpartition("/")[2] in ("pre-commit", "prek") for frame in one.item.trail)


def _same_place(facts: PipelineFacts, one: TerraformCommand, other: TerraformCommand) -> bool:
    return other.item.unit.id in facts.seen_by(one.item.unit)


def _unprepared(facts: PipelineFacts, one: TerraformCommand) -> Verdict:
    item = one.item
    if one.program == "terragrunt":
        message = f"`{item.text}` prepares the code by itself, and how is set where Terragrunt is configured."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "prepares by itself"),))
    hidden = next(unseen([facts]), None)
    message = f"Nothing prepares the code in the job of `{item.text}`."
    return hidden or Verdict("unmet", message, (Evidence(item.span, "problem", "no `init` before it"),))


def _of(project: Project, one: TerraformCommand) -> Verdict:
    item = one.item
    if "upgrade" in one.options and not one.off("upgrade"):
        message = f"`{item.text}` takes newer providers than the lock file says."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "`-upgrade`"),))
    if one.open:
        message = f"`{item.text}` gets options from a variable that is not in the files."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "options that are not known"),))
    if not one.says("lockfile", "readonly"):
        message = f"`{item.text}` may write another lock file, and nobody sees it."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "the lock file may change"),))
    if HIDDEN not in one.folder:
        path = posixpath.normpath(posixpath.join(one.folder or ".", _LOCK))
        if not project.has(path):
            message = f"There is no lock file where `{item.text}` works."
            return Verdict("unmet", message, (Evidence(item.span, "problem", f"no {path}"),))
    if not one.off("input") and _environment(one).get("TF_INPUT") not in ("0", "false"):
        message = f"`{item.text}` may ask a question, and nobody is there to answer."
        return Verdict("partial", message, (Evidence(item.span, "problem", "may ask a question"),))
    return Verdict("met", "", item.proof("takes what the lock file says"))


def _environment(one: TerraformCommand) -> dict[str, str | None]:
    return dict(one.item.invocation.environment) if one.item.invocation is not None else {}
