"""A document says what was decided and why, and its numbers are those of the files.

What it looks for
    The document has the wanted sections, each with something in it, and the wanted tables with filled rows.  A
    number that it states about a pipeline or a file is compared with the pipeline or the file itself.  With ``asks``
    it is a form to fill in: each of the subjects is asked for by a heading, a label, a question or a task.  With
    ``compare`` a table says of several ways how each of them does by the same criteria, and one is chosen.

What does not count
    A heading with nothing under it, a text inside a comment or a code block, an empty cell, and a number that
    the files do not bear out.

How to repair
    Write each section for somebody who was not there.  Take numbers from the files you hand in, and correct the
    document when you change them.

Parameters
    ``path``: the document (Markdown), or several of which the first that is there counts, whatever the letter case.
    ``asks``: subjects, each one text or a list of texts of which one has to stand there.  ``tasks``: how many tasks
    to tick at least.  ``sections``: headings, each one text or a list of texts of which one has to
    stand in it.  ``words``: how many words a section has at least (8).  ``tables``: each ``{columns, rows,
    values}``: the columns it has, how many filled rows at least (1), and for a column the texts of which each cell
    holds one.  ``claims``: each ``{name, column, equals, tolerance}``: a number behind one of the names (or in the
    row of that name and this column of a table) has to be ``equals``: a number, ``{file, key}`` for the value of
    a configuration file (``jobs.train.timeout-minutes``), or ``{critical-path: {minutes, cached, job}, pipelines}``
    for the longest way through the jobs.  Texts are compared with ``{pinned: package, files}`` (the version that the
    requirements ask for), ``{starts: true, pipelines}`` (the schedule, as cron or as a time) and ``{retries: [classes],
    pipelines}`` (how often such a task is tried again).  ``compare``: ``{options: [names], criteria, topics: [names],
    decision: headings}``.  ``refers``: patterns; a file like each of them is named, and no file that is not there.
    ``states``: what has to be said of the model, each ``{name, marks}``: by a heading, a label, a row or a key of
    the front matter; ``marks`` is a pattern of what has to be in the text.  ``per_group``: names of groups that have
    a number each.  ``bounds``: paths of a gate; each number of a file that it compares with is stated.
    ``explains``: ``{topics, least, words, what}``: a section says in words why, and names so many topics.
    ``cycles``: ``{least, topics}``: so many entries (3), each with all topics (texts or lists of texts) in a heading, a
    label or the first words of a line, and each with the name of a test that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.compared import compared
from gradeline.checks.support.compared import refers as files_named
from gradeline.checks.support.compared import stated as stated_text
from gradeline.checks.support.cycles import rounds
from gradeline.checks.support.explain import unseen
from gradeline.facts.case import Case
from gradeline.facts.critical_path import Costs, longest
from gradeline.facts.prose import Prose, columns, first_of
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_TABLE = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}
_EQUALS = {
    "oneOf": [
        {"type": "number"},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["file", "key"],
            "properties": {"file": {"type": "string"}, "key": {"type": "string"}},
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["critical-path"],
            "properties": {
                "critical-path": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["minutes"],
                    "properties": {"minutes": _TABLE, "cached": _TABLE, "job": {"type": "number", "minimum": 0}},
                },
                "pipelines": WORDS,
            },
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["pinned"],
            "properties": {"pinned": WORDS, "files": WORDS},
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["starts"],
            "properties": {"starts": {"const": True}, "pipelines": WORDS},
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["retries"],
            "properties": {"retries": WORDS, "pipelines": WORDS},
        },
    ]
}
CHECK = Check(
    code="Q6",
    family="structure",
    params={
        "path": WORDS,
        "asks": {"type": "array", "items": WORDS, "minItems": 1},
        "tasks": {"type": "integer", "minimum": 0},
        "sections": {"type": "array", "items": WORDS, "minItems": 1},
        "words": {"type": "integer", "minimum": 1},
        "tables": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["columns"],
                "properties": {
                    "columns": {"type": "array", "items": WORDS, "minItems": 1},
                    "rows": {"type": "integer", "minimum": 1},
                    "values": {"type": "object", "additionalProperties": WORDS},
                },
            },
        },
        "compare": {
            "type": "object",
            "additionalProperties": False,
            "required": ["options"],
            "properties": {
                "options": {"type": "array", "items": WORDS, "minItems": 2},
                "criteria": {"type": "integer", "minimum": 1},
                "topics": {"type": "array", "items": WORDS, "minItems": 1},
                "decision": WORDS,
            },
        },
        "refers": WORDS,
        "cycles": {
            "type": "object",
            "additionalProperties": False,
            "required": ["topics"],
            "properties": {
                "least": {"type": "integer", "minimum": 1},
                "topics": {"type": "array", "items": WORDS, "minItems": 1},
            },
        },
        "states": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {"name": WORDS, "marks": {"type": "string"}},
            },
            "minItems": 1,
        },
        "per_group": WORDS,
        "bounds": WORDS,
        "explains": {
            "type": "object",
            "additionalProperties": False,
            "required": ["topics", "what"],
            "properties": {
                "topics": {"type": "array", "items": WORDS, "minItems": 1},
                "least": {"type": "integer", "minimum": 1},
                "words": {"type": "integer", "minimum": 1},
                "what": {"type": "string"},
            },
        },
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "equals"],
                "properties": {
                    "name": WORDS,
                    "column": WORDS,
                    "equals": _EQUALS,
                    "tolerance": {"type": "number", "minimum": 0},
                },
            },
        },
    },
    required=("path",),
)


def run(
    case: Case,
    path: str | list[str],
    asks: list[str | list[str]] | None = None,
    tasks: int = 0,
    sections: list[str | list[str]] | None = None,
    words: int = 8,
    tables: list[dict[str, Any]] | None = None,
    claims: list[dict[str, Any]] | None = None,
    compare: Mapping[str, Any] | None = None,
    refers: str | list[str] | None = None,
    cycles: dict[str, Any] | None = None,
    states: list[dict[str, Any]] | None = None,
    per_group: str | list[str] | None = None,
    bounds: str | list[str] | None = None,
    explains: dict[str, Any] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    document = first_of(case.project, listed(path))
    if document is None:
        return Verdict("unmet", f"There is no document `{listed(path)[0]}`.", (
            Evidence(Span(listed(path)[0], 1), "context", "looked for it here"),))  # fmt: skip
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    verdicts: list[Verdict] = [
        *(_asked(document, listed(names)) for names in asks or ()),
        *([_tasks(document, tasks)] if tasks else ()),
        *(_section(document, listed(names), words) for names in sections or ()),
        *(_table(document, table) for table in tables or ()),
        *([compared(document, compare)] if compare else ()),
        *([files_named(case, document, listed(refers))] if refers else ()),
        *([rounds(case, document, int(cycles.get("least", 3)), [listed(one) for one in cycles["topics"]])]
          if cycles else ()),
        *(_claim(case, document, claim, pipelines) for claim in claims or ()),
        *(_card(case, document, states, listed(per_group), listed(bounds), explains)
          if states or per_group or bounds or explains else ()),
    ]
    for verdict in verdicts:
        if verdict.status == "unmet":
            return verdict
        unclear = unclear or (verdict if verdict.status == "cannot_tell" else None)
        proofs.extend(verdict.evidence)
    good = "asks for all that has to be told" if asks else "says what was decided, and its numbers are right"
    return unclear or Verdict("met", f"The document {good}.", tuple(proofs))


def _card(
    case: Case, document: Prose, states: list[dict[str, Any]] | None, per_group: tuple[str, ...],
    bounds: tuple[str, ...], explains: dict[str, Any] | None,
) -> list[Verdict]:  # fmt: skip
    from gradeline.checks.support import model_card

    return [
        *(model_card.stated(document, listed(one["name"]), one.get("marks", "")) for one in states or ()),
        *([model_card.per_group(document, per_group)] if per_group else ()),
        *([model_card.bounds(case, document, bounds)] if bounds else ()),
        *([model_card.explained(document, explains)] if explains else ()),
    ]


def _asked(document: Prose, names: tuple[str, ...]) -> Verdict:
    line = document.asks_for(names)
    if line is None:
        message = f"Nothing in the document asks for {names[0]!r}."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "looked at every heading and task"),))
    return Verdict("met", "", (Evidence(document.place(line), "proof", f"asks for {names[0]}"),))


def _tasks(document: Prose, least: int) -> Verdict:
    if len(document.tasks) < least:
        message = f"The document has {len(document.tasks)} tasks to tick, and {least} are needed."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "too few tasks"),))
    return Verdict("met", "", (Evidence(document.place(document.tasks[0]), "proof", "a list to tick"),))


def _section(document: Prose, names: tuple[str, ...], words: int) -> Verdict:
    found = document.section(names)
    if found is None:
        message = f"The document has no section about {names[0]!r}."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "looked at every heading here"),))
    if found.words < words:
        message = f"The section {found.title!r} says next to nothing."
        return Verdict("unmet", message, (Evidence(document.place(found.line), "problem", f"{found.words} words"),))
    return Verdict("met", "", (Evidence(document.place(found.line), "proof", found.title),))


def _table(document: Prose, wanted: Mapping[str, Any]) -> Verdict:
    names = [listed(column) for column in wanted["columns"]]
    least = wanted.get("rows", 1)
    headings = ", ".join(column[0] for column in names)
    fitting = [(table, places) for table in document.tables if (places := columns(table, names)) is not None]
    if not fitting:
        message = f"The document has no table with the columns {headings}."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "looked at every table here"),))
    table, places = max(fitting, key=lambda one: len(one[0].rows))
    for line, cells in table.rows:
        empty = [place for place in places if place >= len(cells) or not cells[place]]
        if empty:
            message = f"In the table with the columns {headings}, a cell is empty."
            return Verdict("unmet", message, (Evidence(document.place(line), "problem", table.header[empty[0]]),))
        for place, column in zip(places, names, strict=True):
            allowed = next((listed(wanted.get("values", {}).get(name)) for name in column if name in wanted.get(
                "values", {})), ())  # fmt: skip
            if allowed and not any(text.lower() in cells[place].lower() for text in allowed):
                message = f"{cells[place][:40]!r} is none of: {', '.join(allowed)}."
                return Verdict("unmet", message, (Evidence(document.place(line), "problem", table.header[place]),))
    if len(table.rows) < least:
        message = f"The table with the columns {headings} has {len(table.rows)} rows, and {least} are needed."
        return Verdict("unmet", message, (Evidence(document.place(table.line), "problem", "too few rows"),))
    return Verdict("met", "", (Evidence(document.place(table.line), "proof", f"table with {headings}"),))


def _claim(case: Case, document: Prose, claim: Mapping[str, Any], patterns: list[str] | None) -> Verdict:
    names = listed(claim["name"])
    if isinstance(claim["equals"], Mapping) and not claim["equals"].keys().isdisjoint(("pinned", "starts", "retries")):
        return stated_text(case, document, names, listed(claim.get("column")), claim["equals"])
    stated = document.number(names, listed(claim.get("column")))
    if stated is None:
        where = f" in a column {listed(claim['column'])[0]!r}" if "column" in claim else ""
        message = f"The document states no number for {names[0]!r}{where}."
        return Verdict("unmet", message, (Evidence(document.place(1), "problem", "no such number"),))
    real = _real(case, claim["equals"], patterns)
    if isinstance(real, Verdict):
        return real
    value, place, what = real
    if abs(stated.value - value) > claim.get("tolerance", 0.05):
        shown = f"{value:.2f}".rstrip("0").rstrip(".")
        message = f"The document says {stated.shown} for {names[0]!r}, but {what} {shown}."
        evidence = [Evidence(stated.span, "problem", f"states {stated.shown}")]
        evidence += [Evidence(place, "context", f"{what} {shown}")] if place is not None else []
        return Verdict("unmet", message, tuple(evidence))
    return Verdict("met", "", (Evidence(stated.span, "proof", f"{stated.shown} for {names[0]}"),))


def _real(case: Case, source: Any, patterns: list[str] | None) -> Verdict | tuple[float, Span | None, str]:
    """The number that the files bear out, where it stands, and words for it."""
    if isinstance(source, int | float):
        return float(source), None, "it is"
    if "file" in source:
        return _in_file(case, source["file"], source["key"])
    costs = source["critical-path"]
    chosen = case.select(list(listed(source.get("pipelines"))) or patterns)
    if not chosen:
        return Verdict("unmet", "There is no pipeline whose jobs could be measured.")
    table = Costs(costs["minutes"], costs.get("cached", {}), costs.get("job", 0.0))
    # Orchestrations know neither; what starts them is a schedule or a person.
    starts = [(facts, facts.scenarios("review", "push") or facts.pipeline.scenarios) for facts in chosen]
    ways = [longest(facts, one, table) for facts, scenarios in starts for one in scenarios]
    hidden = next(unseen(chosen), None)
    if hidden is not None:
        return hidden
    minutes = max((way.minutes for way in ways), default=0.0)
    return minutes, chosen[0].pipeline.span, "the longest way through the jobs takes"


def _in_file(case: Case, path: str, key: str) -> Verdict | tuple[float, Span | None, str]:
    document = case.project.documents.get(path)
    here = (Evidence(Span(path, 1), "problem", "looked here"),)
    if document is None:
        return Verdict("unmet", f"There is no file `{path}` to compare with.", here)
    if document.problem:
        return Verdict("cannot_tell", f"`{path}` cannot be read: {document.problem}", here)
    value = document.get(*(int(part) if part.isdigit() else part for part in key.split(".")))
    if value is None:
        return Verdict("unmet", f"`{path}` has no `{key}` to compare with.", here)
    try:
        return float(value.text), value.span, f"`{key}` is"
    except ValueError:
        message = f"`{key}` of `{path}` is computed when it runs."
        return Verdict("cannot_tell", message, (Evidence(value.span, "problem", "computed at run time"),))
