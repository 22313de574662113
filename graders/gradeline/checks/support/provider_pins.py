"""What infrastructure takes from elsewhere and under which version: ``pinned`` with the kind ``provider``."""

from __future__ import annotations

from gradeline.checks.support.stacks import NO_STACK, guarded
from gradeline.facts.infrastructure import StackFacts
from gradeline.facts.infrastructure_versions import admits, is_bounded, module_pin, provider_source
from gradeline.model.infrastructure import Needed
from gradeline.result import Evidence, Verdict

_BUILT_IN = frozenset({"terraform", "module:", "data"})
_MODULE = {
    "none": "has no version",
    "moving": "follows a branch, which moves",
    "open": "may be any later version",
    "unknown": "has a version that cannot be seen",
}


def providers(stacks: tuple[StackFacts, ...]) -> Verdict:
    """Whether the program, each provider that is used and each module is bounded, and the lock file fits."""
    if not stacks:
        return NO_STACK
    half: Verdict | None = None
    unclear: Verdict | None = None
    proofs: list[Evidence] = []
    for stack in stacks:
        for verdict in (*_program(stack), *_used(stack), *_modules(stack), *_locked(stack)):
            if verdict.status == "unmet":
                return verdict
            if verdict.status == "partial":
                half = half or verdict
            elif verdict.status == "cannot_tell":
                unclear = unclear or verdict
            proofs.extend(verdict.evidence)
    message = "The program, its providers and its modules are the same on every machine."
    verdict = Verdict("met", message, tuple(dict.fromkeys(proofs)))
    return unclear or half or guarded(stacks, verdict, ("terraform", "provider", "module"))


def _program(stack: StackFacts) -> list[Verdict]:
    mine = [one for one in stack.stack.needed if one.kind == "program"]
    if not mine:
        message = f"Nothing in {stack.shown.split(' with ')[0]} says which version of the program it is for."
        return [Verdict("unmet", message, (Evidence(stack.stack.span, "problem", "no `required_version`"),))]
    return [_bounded(mine, "the program")]


def _bounded(all_of_it: list[Needed], name: str) -> Verdict:
    """The verdict on constraints that hold together: one with an upper end is enough."""
    first = all_of_it[0]
    answers = [(one, is_bounded(one.version) if one.version else False) for one in all_of_it]
    for one, answer in answers:
        if answer:
            return Verdict("met", "", (Evidence(one.span, "proof", f"`{one.version}`"),))
    for one, answer in answers:
        if answer is None:
            message = f"The version of {name}, `{one.version}`, cannot be understood."
            return Verdict("cannot_tell", message, (Evidence(one.span, "problem", "not understood"),))
    written = next((one for one, _ in answers if one.version), None)
    if written is None:
        message = f"Any version of {name} will do."
        return Verdict("unmet", message, (Evidence(first.span, "problem", "no version"),))
    message = f"`{written.version}` lets {name} be any later version."
    return Verdict("partial", message, (Evidence(written.span, "problem", "no upper end"),))


def _providers_used(stack: StackFacts) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in stack.stack.resources:
        kind = one.kind.removeprefix("data.").removeprefix("ephemeral.")
        name = one.provider.partition(".")[0] or kind.partition("_")[0]
        if not kind.startswith("module:") and name not in _BUILT_IN:
            found.setdefault(name, one.head)
    for provider in stack.stack.providers:
        found.setdefault(provider.name, provider.span)
    return found


def _used(stack: StackFacts) -> list[Verdict]:
    found = []
    for name, place in _providers_used(stack).items():
        mine = [one for one in stack.stack.needed if one.kind == "provider" and one.name == name]
        if not mine:
            evidence = (Evidence(place, "problem", "not among the required providers"),)  # type: ignore[arg-type]
            found.append(Verdict("unmet", f"The provider `{name}` is used, but nothing says which one.", evidence))
            continue
        without = next((one for one in mine if one.source), None)
        if without is None:
            message = f"Nothing says where the provider `{name}` comes from."
            found.append(Verdict("unmet", message, (Evidence(mine[0].span, "problem", "no source"),)))
            continue
        found.append(_bounded(mine, f"the provider `{name}`"))
    return found


def _modules(stack: StackFacts) -> list[Verdict]:
    found = []
    for one in stack.stack.needed:
        if one.kind != "module" or one.local:
            continue
        pin = module_pin(one)
        if pin == "fixed":
            found.append(Verdict("met", "", (Evidence(one.span, "proof", "one version"),)))
            continue
        status = {"open": "partial", "unknown": "cannot_tell"}.get(pin, "unmet")
        evidence = (Evidence(one.span, "problem", _MODULE[pin]),)
        found.append(Verdict(status, f"The module `{one.name}` {_MODULE[pin]}.", evidence))  # type: ignore[arg-type]
    return found


def _locked(stack: StackFacts) -> list[Verdict]:
    if stack.stack.platform != "terraform" or not _providers_used(stack):
        return []
    if not stack.stack.lock_file:
        message = f"There is no `.terraform.lock.hcl` in `{stack.stack.path or '.'}`."
        return [Verdict("unmet", message, (Evidence(stack.stack.span, "problem", "no lock file beside it"),))]
    found = []
    for name, place in _providers_used(stack).items():
        mine = [one for one in stack.stack.needed if one.kind == "provider" and one.name == name]
        source = next((provider_source(one) for one in mine if one.source), f"hashicorp/{name}")
        lock = next((one for one in stack.stack.locks if one.source.lower().endswith(f"/{source}")), None)
        if lock is None:
            message = f"`{stack.stack.lock_file}` does not hold the provider `{name}`."
            evidence = (Evidence(place, "problem", "not in the lock file"),)  # type: ignore[arg-type]
            found.append(Verdict("unmet", message, evidence))
            continue
        refused = next((one for one in mine if one.version and admits(one.version, lock.version) is False), None)
        if refused is not None:
            message = f"The lock file holds `{name}` {lock.version}, which `{refused.version}` refuses."
            found.append(Verdict("unmet", message, (Evidence(lock.span, "problem", "does not fit"),)))
        elif not lock.hashes:
            message = f"The lock file holds `{name}` without a hash, so anything may come under that version."
            found.append(Verdict("unmet", message, (Evidence(lock.span, "problem", "no hash"),)))
        else:
            found.append(Verdict("met", "", (Evidence(lock.span, "proof", f"{name} {lock.version}"),)))
    return found
