"""Whether the plan of an experiment says everything that has to be fixed before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from gradeline.model.document import Document, Key, Value
from gradeline.model.project import Project
from gradeline.result import Evidence, Verdict

_VAGUE = frozenset({"", "?", "-", "todo", "tbd", "tba", "none", "n/a", "xxx", "..."})


def planned(project: Project, paths: Sequence[str], says: Sequence[Mapping[str, Any]]) -> Verdict:
    plans = [one for pattern in paths for path, one in sorted(project.documents.items()) if fnmatchcase(path, pattern)]
    if not plans:
        return Verdict("unmet", f"There is no `{paths[0]}`.")
    plan = plans[0]
    if plan.problem:
        return Verdict("cannot_tell", f"{plan.path} cannot be read: {plan.problem}.", (
            Evidence(plan.span, "problem", plan.problem),))  # fmt: skip
    proofs: list[Evidence] = []
    for wanted in says:
        found = [_wrong(plan, key, wanted) for key in _places(plan, wanted)]
        good = next((evidence for sentence, evidence in found if not sentence), None)
        if good is not None:
            proofs.append(good)
            continue
        if found:
            sentence, evidence = found[0]
            return Verdict("unmet", sentence, (evidence,))
        at = Evidence(plan.span, "problem", f"says nothing about: {wanted['name']}")
        return Verdict("unmet", f"{plan.path} does not say {wanted['name']}.", (at,))
    return Verdict("met", f"{plan.path} says what has to be fixed before the experiment.", tuple(proofs))


def _places(plan: Document, wanted: Mapping[str, Any]) -> Iterator[Key]:
    """Where a key of one of the names stands: ``min_days``, or ``sample.min_days`` for one inside another."""
    for name in wanted["keys"]:
        parts = tuple(_plain(part) for part in name.split("."))
        for key in plan.values:
            words = tuple(_plain(str(part)) for part in key if isinstance(part, str))
            if key and isinstance(key[-1], str) and words[-len(parts) :] == parts:
                yield key


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def _wrong(plan: Document, key: Key, wanted: Mapping[str, Any]) -> tuple[str, Evidence]:
    """What is wrong with an entry, empty when nothing is; and the place."""
    value = plan.values[key]
    name, what = wanted["name"], _problem(plan, key, value, wanted)
    if not what:
        return "", Evidence(value.span, "proof", f"says {name}")
    return f"{plan.path} does not really say {name}: {what}.", Evidence(value.span, "problem", what)


def _problem(plan: Document, key: Key, value: Value, wanted: Mapping[str, Any]) -> str:
    if "text" in wanted:
        words = [word for word in value.text.split() if any(letter.isalnum() for letter in word)]
        if value.size is not None:  # a name with a chat and an address, for example
            words = [word for inner in _inside(plan, key) for word in inner.text.split()]
        if value.text.strip().lower() in _VAGUE and value.size is None:
            return "nothing is said here"
        return "" if len(words) >= wanted["text"] else "this is too short to be understood"
    if "one_of" in wanted:
        texts = [value.text] if value.size is None else [inner.text for inner in _inside(plan, key)]
        known = {_plain(one) for one in wanted["one_of"]}
        return "" if any(_plain(one) in known for one in texts) else f"it is not {' or '.join(wanted['one_of'])}"
    if "least" in wanted or "most" in wanted:
        return _number(plan, key, value, wanted)
    if "shares" in wanted:
        return _shares(plan, key, wanted["shares"])
    return _listed(plan, key, value, wanted)


def _number(plan: Document, key: Key, value: Value, wanted: Mapping[str, Any]) -> str:
    """A number, or a table in which one number says how much (``{absolute: 0.01}``)."""
    found = [value] if value.size is None else _inside(plan, key)
    numbers = [number for one in found if (number := _as_number(one)) is not None]
    if not numbers:
        return "this is no number"
    low, high = wanted.get("least"), wanted.get("most")
    if low is not None and not max(numbers) >= low:
        return f"{max(numbers):g} is too small to decide anything"
    if high is not None and not min(numbers) <= high:
        return f"{min(numbers):g} is too large to decide anything"
    return ""


def _as_number(one: Value) -> float | None:
    if isinstance(one.data, bool):
        return None
    if isinstance(one.data, int | float):
        return float(one.data)
    text = one.text.strip().removesuffix("%")
    for unit in ("days", "day", "d"):
        text = text.removesuffix(unit)
    try:
        return float(text)
    except ValueError:
        return None


def _shares(plan: Document, key: Key, least: int) -> str:
    shares = [number for one in _inside(plan, key) if (number := _as_number(one)) is not None]
    if len(shares) < least:
        return f"it gives {len(shares)} groups a share, not {least}"
    if any(share <= 0 for share in shares):
        return "one group gets nobody"
    return "" if any(abs(sum(shares) - whole) < 1e-6 for whole in (1, 100)) else "the shares are not the whole together"


def _listed(plan: Document, key: Key, value: Value, wanted: Mapping[str, Any]) -> str:
    entries = list(plan.items(*key))
    if value.size is None or len(entries) < wanted["listed"]:
        return f"it has {len(entries)} entries, not at least {wanted['listed']}"
    for entry in entries:
        inner = [plan.values[entry], *_inside(plan, entry)]
        if all(one.size is not None or one.text.strip().lower() in _VAGUE for one in inner):
            return "one entry is empty"
        if wanted.get("each_bounded") and not any(_as_number(one) is not None for one in inner):
            return "one entry has no number that it may not pass"
    return ""


def _inside(plan: Document, key: Key) -> list[Value]:
    """The scalars inside a table or a list."""
    return [one for other, one in plan.values.items()
            if len(other) > len(key) and other[: len(key)] == key and one.size is None]  # fmt: skip


__all__ = ["planned"]
