"""Whether a registered version says what it was made from, as a verdict."""

from __future__ import annotations

from gradeline.checks.support.registered import nothing_done
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import MISSING
from gradeline.facts.registry_acts import Act, acts, text_of
from gradeline.facts.registry_records import Record, about, inherent, records, source_of
from gradeline.facts.registry_scripts import Registrar, without_option
from gradeline.facts.run_lineage import Given, given
from gradeline.result import Evidence, Verdict

_NAMES = {
    "commit": "the commit", "data": "the version of the data", "metrics": "the numbers that were measured",
    "run": "the run of the pipeline",
}  # fmt: skip
_MUST = ("commit", "data")  # without these, a version must not be made at all


def told(found: tuple[Registrar, ...], facts: tuple[str, ...]) -> Verdict:
    making = [(one, act) for one in found for act in one.acts if act.kind == "register"]
    if not making:
        return nothing_done(found, "No program registers a version.", moves=False)
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for one, act in making:
        for fact in facts:
            verdict = _told(one, act, fact)
            if verdict.status == "unmet":
                return verdict
            if verdict.status == "cannot_tell":
                unclear = unclear or verdict
            proofs.extend(verdict.evidence if verdict.status == "met" else ())
    return unclear or Verdict("met", "A version says what it was made from.", tuple(dict.fromkeys(proofs)))


def _told(one: Registrar, act: Act, fact: str) -> Verdict:
    assert one.good is not None
    kept = records(one.good.calls)
    values = given(one.facts, one.item) if one.facts is not None and one.item is not None else ()
    hidden: Record | None = None
    for entry in kept:
        says = _says(entry, fact, values)
        if says:
            open_one = _stand_in(one, entry, fact) if fact in _MUST else None
            return open_one or Verdict("met", "", (Evidence(entry.span, "proof", f"says {_NAMES[fact]}"),))
        if says is None and (about(entry.name, fact) or not entry.name):
            hidden = hidden or entry
    if fact in inherent(act):
        return Verdict("met", "", (Evidence(act.span, "proof", f"belongs to {_NAMES[fact]}"),))
    if hidden is not None:
        message = f"Whether a version says {_NAMES[fact]} cannot be seen: the value comes from elsewhere."
        return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", "cannot be followed"),))
    named = next((entry for entry in kept if about(entry.name, fact)), None)
    if named is not None:
        return _named_wrong(one, named, fact)
    message = f"Nothing on the version that {one.path} makes says {_NAMES[fact]}."
    return Verdict("unmet", message, (Evidence(act.span, "problem", f"{_NAMES[fact]} is missing"),))


def _named_wrong(one: Registrar, entry: Record, fact: str) -> Verdict:
    source = source_of(entry.value)
    if source.options or source.variables:
        word = min(source.options | source.variables)
        if one.item is None and source.options:
            message = f"No pipeline starts {one.path}, so nobody gives it {_NAMES[fact]}."
        else:
            message = f"`{word}` of {one.path} is not {_NAMES[fact]}: nothing fills it in so."
        return Verdict("unmet", message, (Evidence(entry.span, "problem", f"is not {_NAMES[fact]}"),))
    message = f"`{entry.name}` says the same for every version."
    return Verdict("unmet", message, (Evidence(entry.span, "problem", "a fixed text"),))


def _says(entry: Record, fact: str, values: tuple[Given, ...]) -> bool | None:
    """Whether an entry says the fact; None when the pipeline gives it a value that cannot be followed."""
    source = source_of(entry.value)
    if fact in source.facts:
        return True
    wanted = {_plain(name) for name in source.options | source.variables}
    if not wanted:
        return False
    unclear = False
    for value in values:
        name = _plain(value.name)
        if name not in wanted and (len(name) > 1 or not source.options):
            continue
        if fact in value.origins:
            return True
        unclear = unclear or (value.hidden and name in wanted)
    if fact == "metrics" and source.options and about(entry.name, "metrics"):
        return None
    return None if unclear else False


def _plain(name: str) -> str:
    return name.lstrip("-").replace("-", "_").lower()


def _stand_in(one: Registrar, entry: Record, fact: str) -> Verdict | None:
    """What is kept when nobody gives the fact: a version that says something else must not be made."""
    source = source_of(entry.value)
    names = sorted(source.variables)
    runs = [(name, one.gate.with_face(("environment", name), MISSING)) for name in names]
    for option in sorted(source.options):
        start = without_option(one.gate.start, option)
        if start is not None:
            other = Gate(one.gate.code, one.gate.documents, start, one.gate.produced)
            runs.append((option, other.run(one.gate.good[0] if one.gate.good is not None else {})))
    for name, run in runs:
        if run.status != 0 or not any(act.kind == "register" for act in acts(run.calls)):
            continue
        same = [other for other in records(run.calls) if other.name == entry.name and other.span == entry.span]
        if any(fact in source_of(other.value).facts or _from_outside(other) for other in same) or not same:
            continue
        text = text_of(same[0].value)
        shown = f"`{text}`" if text else "nothing"
        message = f"Without `{name}`, {one.path} registers a version that says {shown} instead of {_NAMES[fact]}."
        return Verdict("unmet", message, (Evidence(entry.span, "problem", "kept all the same"),))
    return None


def _from_outside(entry: Record) -> bool:
    source = source_of(entry.value)
    return bool(source.variables or source.options)
