"""By which names programs load registered models, as a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from gradeline.facts.case import Case
from gradeline.facts.model_references import Reference, references
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_WRONG = {
    "stage": ("a stage, and registries have aliases instead of stages now", "a stage"),
    "latest": ("the newest version, whichever that is", "the newest version"),
    "run": ("one fixed run, so every new model is a change of the program", "a fixed run"),
    "path": ("a file, so nobody can say which version answers", "a file"),
}


def loaded(case: Case, files: tuple[str, ...], patterns: Iterable[str] | None) -> Verdict:
    """Whether the programs ask for models by alias or explicit version, and those of ``files`` at all."""
    wanted = tuple(one for one in patterns or () if one.endswith(".py"))
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for path in files:
        if path not in case.code.modules:
            return Verdict("unmet", f"{path} is not in the submission.")
    for path, module in sorted(case.code.modules.items()):
        answers = path in files
        if path.startswith("tests/") or path in case.toolbox.programs or not (answers or _matches(path, wanted)):
            continue
        found = references(module)
        if answers:
            found += _imported(path, case)
        from_registry = any(one.how == "fetched" for one in found)
        paths = answers and not from_registry  # what was fetched from the registry lies somewhere, too
        told = [one for one in found if one.how != "path" or paths]
        if not answers:
            told = [one for one in told if one.how != "run"]  # where a version is made of a run
        wrong = next((one for one in told if one.how in _WRONG), None)
        if wrong is not None:
            what, shown = _WRONG[wrong.how]
            message = f"{path} asks for `{wrong.shown}`: {what}."
            return Verdict("unmet", message, (Evidence(wrong.span, "problem", shown),))
        good = [one for one in found if one.how in ("alias", "version")]
        proofs += [Evidence(one.span, "proof", f"asks for {one.shown}") for one in good]
        if answers and not good:
            unclear = unclear or _nothing(path, found)
    met = Verdict("met", "Programs ask for a model by its alias or by a version.", tuple(dict.fromkeys(proofs)))
    return unclear or met


def _nothing(path: str, found: tuple[Reference, ...]) -> Verdict:
    computed = next((one for one in found if one.how == "computed"), None)
    if computed is not None:
        message = f"Which model {path} loads is put together where it cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(computed.span, "problem", "loaded here"),))
    at = Evidence(Span(path, 1), "problem", "looked here")
    return Verdict("unmet", f"{path} asks the registry for no model.", (at,))


def _imported(path: str, case: Case) -> tuple[Reference, ...]:
    """What the files of the repository ask for that a program imports: settings, a module about the registry."""
    module = case.code.modules[path]
    found: dict[str, tuple[Reference, ...]] = {}
    for name in module.imports.values():
        inner = case.code.module(name, module) or case.code.module(name.rpartition(".")[0] or name, module)
        if inner is not None and inner is not module:
            found[inner.path] = tuple(one for one in references(inner) if one.how not in ("path", "computed"))
    return tuple(one for path in sorted(found) for one in found[path])


def _matches(path: str, wanted: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in wanted)
