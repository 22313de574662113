"""Whether changes of infrastructure wait for the lock of their state.

Terraform documentation, "terraform apply": ``-lock-timeout`` (0s by default, so it gives up at once) and
``-lock=false``; HCP Terraform and the actions that plan and apply by themselves have a queue or a timeout of their own.
"""

from __future__ import annotations

from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.plan_apply import Move, moves, service_file
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.terraform_commands import TerraformCommand, terraform_commands
from gradeline.model.infrastructure import Infrastructure
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_QUEUED = frozenset({"cloud", "remote"})  # stores of state that queue what wants to change it
_CHANGES = frozenset({"apply", "destroy", "import"})
_NOTHING = frozenset({"", "0", "0s", "0m", "0h", "0ms"})


def waits_for_lock(case: Case, chosen: tuple[PipelineFacts, ...]) -> Verdict:
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for facts in chosen:
        applied = [one for one in moves(facts) if not one.plans]
        proofs.extend(Evidence(one.item.span, "proof", "waits in the queue of a service")
                      for one in applied if one.family in ("service", "remote"))  # fmt: skip
        for command in terraform_commands(facts):
            if command.name == "force-unlock":
                message = f"`{command.item.text}` takes the lock away, whoever is at work."
                return Verdict("unmet", message, (Evidence(command.item.span, "problem", "the lock is taken away"),))
            if command.name not in _CHANGES and not _leads_to(command, applied):
                continue
            verdict = _of(case.project.infrastructure, command)
            if verdict.status == "unmet":
                return verdict
            unclear = unclear or (verdict if verdict.status == "cannot_tell" else None)
            proofs.extend(verdict.evidence)
    if unclear is not None:
        return unclear
    if not proofs:
        service = service_file(case.project.paths)
        if service:
            place = Evidence(Span(service, 1), "problem", "its settings are elsewhere")
            return Verdict("cannot_tell", "A service changes the infrastructure, with a queue of its own.", (place,))
        return Verdict("unmet", "No command changes infrastructure, so none waits for a lock.")
    return Verdict("met", "What changes the infrastructure waits for the lock of its state.", tuple(proofs))


def _leads_to(command: TerraformCommand, applied: list[Move]) -> bool:
    """Whether it makes a plan that is then applied: a look at a state that somebody is changing is no good plan."""
    if command.name != "plan" or "out" not in command.options:
        return False
    mine = set(command.item.scenarios)
    return any(mine & set(one.item.scenarios) for one in applied)


def _of(infrastructure: Infrastructure, command: TerraformCommand) -> Verdict:
    item = command.item
    if command.off("lock"):
        message = f"`{item.text}` goes without the lock, whoever is at work."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "the lock is switched off"),))
    if command.name not in _CHANGES:
        return Verdict("met", "")
    if command.open:
        message = f"Whether `{item.text}` waits for the lock depends on a variable that is not in the files."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "options that are not known"),))
    waiting = command.options.get("lock-timeout", "")
    if waiting not in _NOTHING:
        return Verdict("met", "", item.proof(f"waits {waiting.replace(HIDDEN, '…')} for the lock"))
    folder = command.folder.strip("/") if HIDDEN not in command.folder else ""
    stores = [store for stack in infrastructure.stacks if not folder or stack.path == folder for store in stack.stores]
    if stores and all(store.kind in _QUEUED for store in stores):
        return Verdict("met", "", item.proof("the store of the state has a queue"))
    if command.program == "terragrunt":
        message = f"Whether `{item.text}` waits for the lock may be set where Terragrunt is configured."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "no time is set here"),))
    message = f"`{item.text}` gives up at once when somebody else has the lock."
    return Verdict("unmet", message, (Evidence(item.span, "problem", "does not wait for the lock"),))
