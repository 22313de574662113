"""Whether programs that change a registry stop when something is missing, as a verdict."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from gradeline.checks.support.registered import fetches_itself, lost_one, nothing_done
from gradeline.facts.gate_experiment import Run, Start
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import MISSING, Const, Data, Value, ancestry
from gradeline.facts.registry_acts import Act, acts, text_of, unheard
from gradeline.facts.registry_records import records
from gradeline.facts.registry_scripts import Registrar, without_option
from gradeline.records import replace
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

MAX_TRIALS = 40
_DONE = ("register", "alias", "stage")


def closed(found: tuple[Registrar, ...], files: tuple[str, ...]) -> Verdict:
    working = [one for one in found if any(act.kind in _DONE for act in one.acts)]
    for path in files:
        if not any(one.path == path for one in found):
            return Verdict("unmet", f"{path} is not there, or does nothing when it is started.")
    idle = tuple(one for one in found if one.path in files and one not in working)
    if idle or not working:
        return nothing_done(idle or found, f"{(idle or found)[0].path if found else 'No program'} changes no registry.")
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for one in working:
        wrong = _guarded(one) or _unheard(one) or next(_trials(one), None)
        if wrong is not None and wrong.status == "unmet":
            return wrong
        unclear = unclear or wrong
        proofs.append(Evidence(one.acts[0].span, "proof", "only done when nothing is missing"))
    unclear = unclear or lost_one(working)
    return unclear or Verdict("met", "When something is missing, the programs end with a failure.", tuple(proofs))


def _guarded(one: Registrar) -> Verdict | None:
    """Whether importing the file does nothing."""
    module = one.gate.start.module
    if module.path.endswith("__main__.py"):
        return None
    for node in module.tree.body:
        if isinstance(node, ast.If) and any(
            isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test)
        ):
            return None
    message = f"{one.path} starts to work as soon as something imports it."
    at = one.acts[0].span
    return Verdict("unmet", message, (Evidence(at, "problem", "done by an import"),))


def _unheard(one: Registrar) -> Verdict | None:
    """Whether a pipeline that promotes goes on as if nothing had happened: under a green run the old model stays.  A
    registration that nobody hears of is no registration, which is another question."""
    if any(act.kind == "register" for act in one.acts):
        return None
    for facts, item in one.places:
        heard = facts.blocking(item)
        if heard.holds is False:
            return heard.verdict()
    return None


def _trials(one: Registrar) -> Iterator[Verdict]:
    """What is wrong with one thing missing at a time."""
    assert one.good is not None
    for act in one.acts:
        if act.kind in _DONE and unheard(act.call, one.good):
            message = f"{one.path} does not look whether this has worked."
            yield Verdict("unmet", message, (Evidence(act.span, "problem", "a failure is not noticed"),))
    for data, what in islice(_needed(one), MAX_TRIALS):
        run = one.gate.with_face(data.key, MISSING)
        yield from _judged(one, run, data.span, what)
    yield from _inputs(one)


def _judged(one: Registrar, run: Run, span: Span, what: str) -> Iterator[Verdict]:
    if run.status is None:
        at, reason = run.lost or (span, "this cannot be followed")
        yield Verdict("cannot_tell", f"{one.path} cannot be followed: {reason}.", (Evidence(at, "problem", reason),))
    elif run.status == 0:
        message = f"When {what}, {one.path} ends with success all the same."
        yield Verdict("unmet", message, (Evidence(span, "problem", "fails, and nobody hears of it"),))


def _needed(one: Registrar) -> Iterator[tuple[Data, str]]:
    """What the work cannot be done without: the calls that do it, what they are given, and what is kept with it."""
    assert one.good is not None
    calls = {call.key: call for call in one.good.calls}
    final = [act for act in one.acts if act.kind in _DONE]
    kept = records(one.good.calls)
    wanted: dict[tuple[str, ...], tuple[Data, str]] = {}
    for act in final:
        wanted.setdefault(act.call.key, (act.call, f"`{_short(act.call)}` fails"))
    for entry in kept:
        if entry.call.call.endswith("="):
            continue  # an attribute of something that is sent later
        wanted.setdefault(entry.call.key, (entry.call, f"`{_short(entry.call)}` fails"))
    values: list[Value] = [value for act in final for value in (act.version,) if value is not None and _own(one, act)]
    values += [entry.value for entry in kept]
    for value in ancestry(*values):
        if not isinstance(value, Data) or not value.key:
            continue
        if any(fetches_itself(value, act.name) for act in final if act.kind == "alias"):
            continue  # nobody has the alias yet: that is no error
        if value.key in calls:
            wanted.setdefault(value.key, (value, f"`{_short(value)}` fails"))
        elif value.call == "file":
            known = one.good.touched.get(value.key)
            if known is not None and len(value.key) > 1:
                wanted.setdefault(value.key, (value, f"{value.key[-1]} is not in {value.key[0]}"))
    yield from wanted.values()


def _own(one: Registrar, act: Act) -> bool:
    """Whether an act is what the program is for: keeping the version before is not, when there is none yet."""
    last = next((other for other in reversed(one.acts) if other.kind in _DONE), act)
    return act.kind != "alias" or act.call.key == last.call.key


def _short(call: Data) -> str:
    return call.call.rpartition(".")[2] or call.key[-1]


def _inputs(one: Registrar) -> Iterator[Verdict]:
    """Arguments and variables that nobody gives must not become empty values of the registry."""
    assert one.good is not None
    faces = one.gate.good[0] if one.gate.good is not None else {}
    names = {data.key[1] for data in one.good.touched.values() if data.key[:1] == ("environment",)}
    trials = [(name, one.gate.with_face(("environment", name), MISSING)) for name in sorted(names)]
    for option in _options(one.gate.start):
        start = without_option(one.gate.start, option)
        if start is not None:
            trials.append((option, Gate(one.gate.code, one.gate.documents, start, one.gate.produced).run(faces)))
    if one.gate.start.arguments is None:
        bare = replace(one.gate.start, arguments=())
        trials.append(("its arguments", Gate(one.gate.code, one.gate.documents, bare, one.gate.produced).run(faces)))
    for name, run in trials:
        if run.status != 0:
            continue
        for act in acts(run.calls):
            empty = next((value for value in (act.model, act.alias, act.version) if _empty(value)), None)
            if empty is not None:
                message = f"Without `{name}`, {one.path} works with nothing in its place."
                yield Verdict("unmet", message, (Evidence(act.span, "problem", "given nothing"),))
        for entry in records(run.calls):
            if _empty(entry.value):
                message = f"Without `{name}`, {one.path} keeps nothing as `{entry.name}`, and ends with success."
                yield Verdict("unmet", message, (Evidence(entry.span, "problem", "given nothing"),))


def _options(start: Start) -> list[str]:
    words = [word.partition("=")[0] for word in start.arguments or () if word is not None and word.startswith("--")]
    return sorted({word.lstrip("-").replace("-", "_") for word in words})


def _empty(value: Value | None) -> bool:
    return isinstance(value, Const) and (value.data is None or text_of(value) in ("", "None"))
