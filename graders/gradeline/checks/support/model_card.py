"""What a model card says: who and what it is about, numbers of each group, bounds, and why these numbers.

Mitchell et al., "Model Cards for Model Reporting"; Hugging Face Hub documentation, "Model Cards" (front matter).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradeline.facts.case import Case
from gradeline.facts.gate_values import constants
from gradeline.facts.prose import Prose
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_TEMPLATE = re.compile(
    r"\b(?:todo|tbd|tba|fixme|lorem ipsum|xxx+)\b|more information needed|to be (?:done|filled|added|defined)|"
    r"\[\s*(?:optional|insert|your|add|name|more)[^\]]{0,80}\]|<[a-z][a-z _-]{0,40}>|\.\.\.|…",
    re.IGNORECASE,
)
_EMPTY = frozenset({"", "-", "\u2013", "\u2014", "?", "n/a", "na", "none", "unknown", "null", "~"})
_NUMBER = re.compile(r"(?<![\w.@])[-+]?\d{1,9}(?:[.,]\d{1,6})?(?:\s?%)?(?![\w])")
_WORDS = re.compile(r"[a-z]{3,}")
_GENERAL = frozenset({"metrics", "metric", "max", "min", "maximum", "minimum", "bounds", "bound", "fairness", "rules",
                      "limits", "limit", "value", "threshold", "thresholds", "the", "and", "for", "gates", "gate",
                      "checks", "attributes", "notions"})  # fmt: skip
_BOUNDS = ("bound", "limit", "threshold", "gate", "fairness", "rule", "at most", "at least", "max", "min", "tolerance",
           "no more than", "≤", "≥", "<=", ">=")  # fmt: skip
_DASHES = str.maketrans(dict.fromkeys("\u2013\u2014\u2011\u2212", "-"))


def stated(document: Prose, names: Sequence[str], marks: str = "") -> Verdict:
    """One of the names has a text: as a heading, a label before a colon, a row, or a key of the front matter.
    ``marks``: a pattern of what has to be in the text."""
    pattern = re.compile(marks, re.IGNORECASE) if marks else None
    template: Span | None = None
    for line, text in _said(document, names):
        if _TEMPLATE.search(text) or text.strip(" :|").lower() in _EMPTY:
            template = template or document.place(line)
        elif pattern is None or pattern.search(text):
            return Verdict("met", "", (Evidence(document.place(line), "proof", f"{names[0]}: {text[:60]}"),))
    if template is not None:
        message = f"What the document says about {names[0]!r} is the text of a template."
        return Verdict("unmet", message, (Evidence(template, "problem", "nothing is said yet"),))
    message = f"The document does not say its {names[0]}."
    return Verdict("unmet", message, (Evidence(document.place(1), "problem", "looked through all of it"),))


def _said(document: Prose, names: Sequence[str]) -> Iterator[tuple[int, str]]:
    low = tuple(name.lower() for name in names)
    for part in document.sections:
        if part.level and any(name in part.title.lower() for name in low):
            lines = " ".join(item.text for item in part.lines)
            cells = " ".join(cell for table in part.tables for _, row in table.rows for cell in row)
            text = f"{lines} {cells}".strip()
            if len(text.split()) >= 2 or part.title.count(":"):
                yield part.line, text or part.title.partition(":")[2]
    for part in document.sections:
        for item in part.lines:
            before, colon, behind = item.text.partition(":")
            if colon and len(before) <= 60 and any(name in before.lower() for name in low) and not behind.startswith(
                "//"):  # fmt: skip
                yield item.number, behind
    for table in document.tables:
        for line, row in table.rows:
            if len(row) > 1 and any(name in row[0].lower() for name in low):
                yield line, " ".join(row[1:])
        for place, title in enumerate(table.header):
            if any(name in title.lower() for name in low) and table.rows:
                yield table.line, " ".join(one[1][place] for one in table.rows if place < len(one[1]))
        if len(table.header) > 1 and any(name in table.header[0].lower() for name in low):
            yield table.line, " ".join(table.header[1:])


def per_group(document: Prose, groups: Sequence[str]) -> Verdict:
    """Each group has at least one number of its own: in its row, or in its column."""
    proofs: list[Evidence] = []
    for name in groups:
        line = next(_with_number(document, name), None)
        if line is None:
            message = f"The document has no number for the group {name}."
            return Verdict("unmet", message, (Evidence(document.place(1), "problem", "looked at every table here"),))
        proofs.append(Evidence(document.place(line), "proof", f"a number for {name}"))
    return Verdict("met", "", tuple(proofs[:3]))


def _with_number(document: Prose, group: str) -> Iterator[int]:
    for table in document.tables:
        for line, cells in table.rows:
            place = next((at for at, cell in enumerate(cells) if _is(cell, group)), None)
            if place is not None and any(_shares(cell) for cell in cells[place + 1 :]):
                yield line
        for place, title in enumerate(table.header):
            if _is(title, group):
                for line, cells in table.rows:
                    if place < len(cells) and _shares(cells[place]):
                        yield line
    for part in document.sections:
        for item in part.lines:
            before, colon, behind = item.text.partition(":")
            if colon and _is(before, group) and _shares(behind):
                yield item.number


def _is(cell: str, group: str) -> bool:
    text, wanted = (" ".join(one.translate(_DASHES).lower().split()) for one in (cell, group))
    at = text.replace(" -", "-").replace("- ", "-").find(wanted)
    if at < 0:
        return False
    text = text.replace(" -", "-").replace("- ", "-")
    before, after = text[at - 1 : at], text[at + len(wanted) : at + len(wanted) + 1]
    return not before.isalnum() and not after.isalnum() and len(text) <= 60


def _shares(text: str) -> list[float]:
    """The numbers between 0 and 1 in a text; 70 % is 0.7."""
    return [one for one in _numbers(text) if 0 <= one <= 1]


def _numbers(text: str) -> list[float]:
    found: list[float] = []
    for one in _NUMBER.findall(text):
        value = float(one.rstrip("% ").replace(",", "."))
        found.append(value / 100 if one.endswith("%") else value)
        if one.endswith("%"):
            found.append(value)
    return found


def bounds(case: Case, document: Prose, paths: Sequence[str]) -> Verdict:
    """Each number that the gate compares with is stated, by the name it has in its file or among other bounds."""
    from gradeline.checks.support.group_verdicts import table_of
    from gradeline.facts.gate_scripts import gates
    from gradeline.facts.group_trials import Trials

    found: dict[tuple[Any, ...], tuple[float, Span]] = {}
    lost: tuple[Span, str] | None = None
    data = case.kit.get("predictions")
    if not isinstance(data, Mapping):
        return Verdict("cannot_tell", "Which bounds decide cannot be seen: nobody says what predictions look like.")
    for gate in gates(case, paths):
        trials = Trials(gate, table_of(data))
        ground = next(trials.grounds, None)
        if ground is None:
            lost = lost or trials.lost or (Span(gate.path, 1), "it says no to everybody")
        else:
            for _, left, right in ground.fair.constant:
                for one in constants(left, right):
                    number = isinstance(one.data, int | float) and not isinstance(one.data, bool)
                    if number and one.origin == "file" and one.key and one.span is not None:
                        found.setdefault((one.span.path, *one.key), (float(str(one.data)), one.span))
    if not found:
        if lost is not None:
            return Verdict("cannot_tell", f"Which bounds decide cannot be seen: {lost[1]}.", (
                Evidence(lost[0], "problem", lost[1]),))  # fmt: skip
        message = "No bound of a file decides, so that the document can name none."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "no bound to name"),))
    proofs: list[Evidence] = []
    for key, (value, span) in found.items():
        line = _stating(document, key, value)
        if line is None:
            other = _other(document, key)
            message = f"The document does not state {_shown(key, value)}, as {span.path} does."
            place = document.place(other) if other is not None else document.place(1)
            return Verdict("unmet", message, (
                Evidence(place, "problem", "states something else" if other is not None else "looked here"),
                Evidence(span, "context", "the bound"),
            ))  # fmt: skip
        proofs.append(Evidence(document.place(line), "proof", _shown(key, value)))
    return Verdict("met", "", tuple(proofs[:4]))


def _shown(key: tuple[Any, ...], value: float) -> str:
    named = ".".join(str(part) for part in key[1:] if isinstance(part, str)) or str(key[0])
    return f"{value:g} for {named}"


def _lines(document: Prose) -> Iterator[tuple[int, str, str]]:
    """Lines and rows, each with the headings and column titles over it."""
    for part in document.sections:
        for item in part.lines:
            yield item.number, item.text, part.title
    for table in document.tables:
        over = next((part.title for part in reversed(document.sections) if part.line <= table.line), "")
        for line, cells in table.rows:
            yield line, " ".join(cells), f"{over} {' '.join(table.header)}"


def _words(key: tuple[Any, ...]) -> set[str]:
    names = " ".join(str(part) for part in key[1:]).lower().replace("_", " ").replace("-", " ")
    return {word for word in _WORDS.findall(names) if word not in _GENERAL}


def _stating(document: Prose, key: tuple[Any, ...], value: float) -> int | None:
    words = _words(key)
    for line, text, over in _lines(document):
        low = f"{text} {over}".lower()
        if any(abs(one - value) < 1e-9 for one in _numbers(text)) and (
            any(word in low for word in words) or any(word in low for word in _BOUNDS)
        ):  # fmt: skip
            return line
    return None


def _other(document: Prose, key: tuple[Any, ...]) -> int | None:
    words = _words(key)
    for line, text, _ in _lines(document):
        low = text.lower()
        named = sum(1 for word in words if word in low)
        if words and 2 * named >= len(words) and any(word in low for word in _BOUNDS) and _numbers(text):
            return line
    return None


def explained(document: Prose, wanted: Mapping[str, Any]) -> Verdict:
    """A section says in words why these: it names at least ``least`` of the ``topics``."""
    topics = [[one] if isinstance(one, str) else list(one) for one in wanted["topics"]]
    least, words = int(wanted.get("least", 2)), int(wanted.get("words", 25))
    near: Evidence | None = None
    for part in document.sections:
        text = " ".join(item.text for item in part.lines)
        low = f"{part.title} {text}".lower().replace("_", " ")
        known = [names for names in topics if any(name.lower() in low for name in names)]
        if len(known) < least or _TEMPLATE.search(text):
            continue
        if len(text.split()) >= words:
            return Verdict("met", "", (Evidence(document.place(part.line), "proof", part.title or "says why"),))
        near = near or Evidence(document.place(part.line), "problem", "says next to nothing about the choice")
    message = f"No section of the document says in words why these {least} were chosen: {wanted['what']}."
    return Verdict("unmet", message, (near or Evidence(document.place(1), "problem", "looked at every section"),))
