"""The programs of a submission that register or move model versions, each with how it is started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gradeline.facts.gate_experiment import Run, Start
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_scripts import has_start, produced, started_by
from gradeline.facts.gate_values import Const, Data, Value, ancestry
from gradeline.facts.registry_acts import Act, acts, module_may_act, text_of
from gradeline.model.project import Project
from gradeline.records import record, replace

if TYPE_CHECKING:
    from gradeline.facts.activities import Activity
    from gradeline.facts.case import Case, PipelineFacts

MAX_PROGRAMS = 12
_LATEST = frozenset({"search_model_versions", "get_latest_versions", "list_model_versions", "latest_versions"})
_APPROVALS = {"challenger": "PendingManualApproval", "champion": "Approved"}  # SageMaker's words


@record
class Registrar:
    """A program that may change the registry.  ``item`` is the command of a pipeline that starts it; None when no
    pipeline does."""

    gate: Gate
    facts: PipelineFacts | None = None
    item: Activity | None = None
    places: tuple[tuple[PipelineFacts, Activity], ...] = ()  # every command that starts it so

    @property
    def path(self) -> str:
        return self.gate.path

    @property
    def good(self) -> Run | None:
        return self.gate.good[1] if self.gate.good is not None else None

    @property
    def acts(self) -> tuple[Act, ...]:
        return acts(self.good.calls) if self.good is not None else ()


def registrars(case: Case, patterns: Iterable[str] | None = None) -> tuple[Registrar, ...]:
    """The programs to ask: each as pipelines start it, and those that none starts as people would."""
    wanted = tuple(one for one in patterns or () if one.endswith(".py"))
    made = produced(case)
    # What the kit measures with is not followed: it answers numbers, and learners may import it.
    measuring = frozenset(path for path, one in case.toolbox.programs.items() if "evaluate" in one.classes)
    found: dict[tuple[str, object], Registrar] = {}
    for facts in case.select([one for one in patterns or () if not one.endswith(".py")]):
        for item in facts.activities:
            if item.invocation is None:
                continue
            start = started_by(case.project, item.invocation.words, item.invocation.directory)
            if start is None or not _fits(case, start.module.path, wanted):
                continue
            key = (start.module.path, start.arguments)
            gate = Gate(case.code, case.project.documents, replace(start, answers=measuring), made)
            first = found.get(key, Registrar(gate, facts, item))
            found[key] = replace(first, places=(*first.places, (facts, item)))
    known = {path for path, _ in found}
    for path in case.project.paths:
        if path.endswith(".py") and path not in known and _fits(case, path, wanted) and not path.startswith("tests/"):
            module = case.code.modules.get(path)
            if module is not None and has_start(module):
                gate = Gate(case.code, case.project.documents, Start(module, answers=measuring), made)
                found[(path, None)] = Registrar(gate)
    return tuple(list(found.values())[:MAX_PROGRAMS])


def _fits(case: Case, path: str, wanted: tuple[str, ...]) -> bool:
    if path in case.toolbox.programs:
        return False
    return not wanted or any(fnmatchcase(path, pattern) for pattern in wanted)


def acts_on_registry(project: Project, words: tuple[str, ...], directory: str, kind: str) -> bool | None:
    """Whether a command starts a program that registers a version (``register``) or moves an alias (``alias``); None
    when it may, and cannot be followed."""
    start = started_by(project, words, directory)
    if start is None or not module_may_act(project.code, start.module):
        return False
    gate = Gate(project.code, project.documents, start)
    if gate.good is not None:
        if any(one.kind == kind for one in acts(gate.good[1].calls)):
            return True
        return False if gate.lost is None else None
    return None


def fetches(value: Value, alias: str) -> Data | None:
    """The call by which a value was asked of the registry under an alias; None when it was not."""
    for one in ancestry(value):
        if isinstance(one, Data) and one.key and (
            one.key[-2:] == ("aliases", alias) or any(_names(part, alias) for part in _own(one))
        ):
            return one
    return None


def _own(call: Data) -> Iterator[Value]:
    """What a call was given itself, with what is in its tables and texts."""
    for value in (*call.given, *call.named.values()):
        yield from ancestry(value) if not isinstance(value, Data) or value.call == "text" else (value,)


def _names(value: Value, alias: str) -> bool:
    if isinstance(value, Data) and value.call != "text":
        return False
    text = text_of(value)
    if text in (alias, _APPROVALS.get(alias)):
        return True
    return any(text.endswith(f"{sign}{alias}") for sign in (":", "@", "#", "/", "=")) or (
        f"alias={alias}" in text or f"@{alias}/" in text or f"#{alias}#" in text
    )


def latest(value: Value) -> Data | None:
    """The call that looked for the newest version, when a value comes from one."""
    for one in ancestry(value):
        if isinstance(one, Data) and one.call.rpartition(".")[2] in _LATEST:
            return one
        if isinstance(one, Const) and text_of(one).endswith((":latest", "/latest", "@latest")):
            return Data(("latest",), one.span) if one.span is not None else None
    return None


def asked_among(run: Run, alias: str) -> bool:
    """Whether a program looks among versions for the one that has an alias: ``"challenger" in found.aliases``"""
    return any(key[-2:] == ("aliases", alias) for key in run.touched)


def handed_in(value: Value) -> bool:
    """Whether a value is an argument or a variable: a version that somebody has chosen."""
    for one in ancestry(value):
        if isinstance(one, Data) and one.key and one.key[0] in ("argument", "environment"):
            return True
        if isinstance(one, Const) and one.origin == "argument":
            return text_of(one) != "latest"
    return False


def without_option(start: Start, name: str) -> Start | None:
    """The same start without an option and its value; None when its words do not show it."""
    if start.arguments is None:
        return None
    kept: list[str | None] = []
    taken = False
    words = list(start.arguments)
    position = 0
    while position < len(words):
        word = words[position]
        flag, equals, _ = (word or "").partition("=")
        if word is not None and flag.startswith("-") and flag.lstrip("-").replace("-", "_") == name:
            taken = True
            position += 1 if equals else 2
            continue
        kept.append(word)
        position += 1
    return replace(start, arguments=tuple(kept)) if taken else None
