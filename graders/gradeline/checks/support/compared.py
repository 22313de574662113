"""A comparison of several ways, and statements of a document that its files bear out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.comparisons import comparison, named_files, says
from gradeline.facts.prose import Prose
from gradeline.facts.requirements import requirements, same_name
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_EMPTY = frozenset({"", "-", "\u2013", "\u2014", "?", "tbd", "todo", "n/a", "na", "...", "\u2026", "tba"})
_CRON = re.compile(r"(?<![\w*/])(?:[\d*/,?-]{1,40}[ \t]{1,4}){4}[\w*/,?-]{1,40}(?![\w*/])")
_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-3])[:.h]([0-5]\d)(?![\d:.])")
_VERSION = re.compile(r"(?<![\w.])v?(\d{1,4}(?:\.\d{1,4}){0,3})(?![\w])")


def compared(document: Prose, wanted: Mapping[str, Any]) -> Verdict:
    """The table has all options and enough criteria, and says something of each; the decision names an option."""
    options = [_words(names) for names in wanted["options"]]
    shown = ", ".join(names[0] for names in options)
    found = comparison(document, options)
    if found is None:
        message = f"No table compares all of these: {shown}."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "looked at every table here"),))
    for criterion in found.criteria:
        here = document.place(criterion.line)
        gap = next((place for place, text in enumerate(criterion.said) if text.strip().lower() in _EMPTY), None)
        if gap is not None:
            message = f"For {criterion.name[:60]!r}, the table says nothing about {options[gap][0]}."
            return Verdict("unmet", message, (Evidence(here, "problem", "an empty cell"),))
        if len({text.lower() for text in criterion.said}) == 1:
            message = f"{criterion.name[:60]!r} is the same for all, so it decides nothing."
            return Verdict("unmet", message, (Evidence(here, "problem", "the same in every cell"),))
    least = wanted.get("criteria", 1)
    if len(found.criteria) < least:
        message = f"The table compares {len(found.criteria)} things, and {least} are needed."
        return Verdict("unmet", message, (Evidence(document.place(found.line), "problem", "too few"),))
    for names in wanted.get("topics", ()):
        if not any(says(criterion.name, _words(names)) for criterion in found.criteria):
            message = f"The table has no criterion about {_words(names)[0]}."
            return Verdict("unmet", message, (Evidence(document.place(found.line), "problem", "not among them"),))
    proofs = [Evidence(document.place(found.line), "proof", f"{len(found.criteria)} criteria for {shown}")]
    heading = _words(wanted.get("decision"))
    if heading:
        section = document.section(heading)
        told = [] if section is None else [(section.line, section.title)]
        told += [] if section is None else [(item.number, item.text) for item in section.lines]
        chosen = next((line for line, text in told if any(says(text, names) for names in options)), None)
        if chosen is None:
            line = 1 if section is None else section.line
            message = f"No section about {heading[0]!r} says which of these was chosen: {shown}."
            return Verdict("unmet", message, (Evidence(document.place(line), "problem", "nothing is chosen"),))
        proofs.append(Evidence(document.place(chosen), "proof", "says what was chosen"))
    return Verdict("met", "", tuple(proofs))


def _words(given: Any) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


def refers(case: Case, document: Prose, patterns: Sequence[str]) -> Verdict:
    """For each pattern a file of the submission is named, and no file is named that is not there."""
    _, missing = named_files(document, case.project, patterns)
    if missing:
        path, line = next(iter(missing.items()))
        message = f"The document names `{path}`, and there is no such file."
        return Verdict("unmet", message, (Evidence(document.place(line), "problem", "no such file"),))
    proofs: list[Evidence] = []
    for pattern in patterns:
        matched, _ = named_files(document, case.project, [pattern])
        if not matched:
            message = f"The document does not say which file it speaks of: none that is like `{pattern}` is named."
            return Verdict("unmet", message, (Evidence(document.place(1), "problem", "no such name"),))
        proofs.extend(Evidence(document.place(line), "proof", f"names {path}") for path, line in matched.items())
    return Verdict("met", "", tuple(proofs))


def stated(
    case: Case, document: Prose, names: Sequence[str], column: Sequence[str], source: Mapping[str, Any]
) -> Verdict:
    """The text that stands for a name agrees with the files: a version, the start of a pipeline, a number of tries."""
    found = document.statement(names, column)
    where = f" in a column {column[0]!r}" if column else ""
    if found is None:
        message = f"The document states nothing for {names[0]!r}{where}."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "no such statement"),))
    text, span = found
    proof = Verdict("met", "", (Evidence(span, "proof", f"{names[0]}: {text[:60]}"),))
    if "pinned" in source:
        wrong = _version(case, text, source)
    else:
        chosen = case.select(list(_words(source.get("pipelines"))) or None)
        if not chosen:
            return Verdict("unmet", "There is no pipeline that the document could speak of.")
        wrong = _start(chosen, text) if "starts" in source else _tries(chosen, text, _words(source["retries"]))
    if wrong is None:
        return proof
    sentence, place = wrong
    if not sentence:
        message = f"Whether {names[0]!r} of the document is right is decided when the pipeline runs."
        return Verdict("cannot_tell", message, (Evidence(place or span, "problem", "computed"),))
    evidence = [Evidence(span, "problem", f"states {text[:60]}")]
    evidence += [Evidence(place, "context", sentence)] if place is not None else []
    message = f"The document says {text[:60]!r} for {names[0]!r}{where}, but {sentence}."
    return Verdict("unmet", message, tuple(evidence))


Wrong = tuple[str, Span | None] | None  # what the files say instead and where; an empty text: it cannot be told


def _version(case: Case, text: str, source: Mapping[str, Any]) -> Wrong:
    names = {same_name(name) for name in _words(source["pinned"])}
    pins = [one for one in requirements(case.project, _words(source.get("files")) or ("*requirements*.txt",))
            if one.name in names and one.lowest]  # fmt: skip
    if not pins:
        return f"no requirement names a version of {_words(source['pinned'])[0]}", None
    for given in _VERSION.findall(text):
        for pin in pins:
            mine, other = given.split("."), [part for part in pin.lowest.split(".") if part != "*"]
            if all(one == two for one, two in zip(mine, other, strict=False)):
                return None
    return f"the requirements ask for {pins[0].lowest}", pins[0].span


def _start(chosen: Sequence[PipelineFacts], text: str) -> Wrong:
    triggers = [trigger for facts in chosen for trigger in facts.pipeline.triggers]
    crons = [trigger.cron for trigger in triggers if trigger.cron is not None]
    if any(cron.holes for cron in crons):
        return "", crons[0].span
    written = {" ".join(cron.raw.split()) for cron in crons}
    given = [" ".join(one.rstrip(",").split()) for one in _CRON.findall(text)]
    if given:
        if any(one in written for one in given):
            return None
        return (f"the schedule is {min(written)}" if written else "it has no such schedule"), triggers[0].span
    clock = [(int(hour), int(minute)) for hour, minute in _CLOCK.findall(text)]
    times = {(int(part[1]), int(part[0])) for cron in written if len(part := cron.split()) >= 2
             and part[0].isdecimal() and part[1].isdecimal()}  # fmt: skip
    if clock and times and not times.intersection(clock):
        hour, minute = min(times)
        return f"the schedule is at {hour:02}:{minute:02}", crons[0].span
    if written and not clock:
        return f"it does not say when: the schedule is {min(written)}", crons[0].span
    return None


def _tries(chosen: Sequence[PipelineFacts], text: str, classes: tuple[str, ...]) -> Wrong:
    items = [item for facts in chosen for item in facts.doing(*classes)]
    if not items:
        return f"no task does that: {', '.join(classes)}", None
    number = re.search(r"(?<![\w.])\d{1,4}(?![\w.])", text)
    given = number[0] if number else ("0" if says(text, ("no", "none", "never")) else "")
    for item in items:
        retry = item.unit.retry
        if retry is not None and (retry.attempts is None or retry.attempts.holes):
            return "", retry.span
        real = "0" if retry is None or retry.attempts is None else retry.attempts.raw
        if real == given:
            return None
    retry = items[0].unit.retry
    real = "0" if retry is None or retry.attempts is None else retry.attempts.raw
    return f"the task is tried again {real} times", items[0].span if retry is None else retry.span
