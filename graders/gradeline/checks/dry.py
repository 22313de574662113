"""What several jobs need is written once and shared.

What it looks for
    No two jobs hold the same run of commands, inputs and variables, whatever the steps are called and
    however the text is laid out.  Shared steps and shared pipelines of the repository are really used.
    With ``given``: a pipeline that the platform brings is taken in, and jobs of it run.  With ``shared``:
    something stands in a file of its own and is part of at least that many jobs.

What does not count
    Copies under another name or with another layout, and a shared part that no run goes through.  What
    is written once and used in several jobs is no copy.  Fetching the source is needed in every job and
    does not count as a line.  With ``repeated`` some copies may stay: what counts is how many lines are
    written once more than needed.

How to repair
    Move the common steps into one shared part of the repository, and use it from each job.

Parameters
    ``lines``: how many equal lines in a row make a copy (6).  ``repeated``: how many lines of copies there may be
    in all; without it, none.  ``shared``: how many jobs have to use something that is written in a shared file.
    ``given``: names of pipelines of the platform (with ``*``), of which one is used.  ``sets_up``: what the shared part
    has to prepare: names of languages, ``cache``, ``install``.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.copies import Copy, blocks, copied_lines, find_copy
from gradeline.facts.shared_units import SharedUnit, set_up_together, shared_parts, shared_units
from gradeline.result import Evidence, Verdict

_COUNT = {"type": "integer", "minimum": 2}
CHECK = Check(
    code="Q1",
    family="structure",
    params={
        "lines": _COUNT,
        "shared": _COUNT,
        "given": WORDS,
        "repeated": {"type": "integer", "minimum": 0},
        "sets_up": WORDS,
    },
)


def run(
    case: Case,
    lines: int = 6,
    shared: int | None = None,
    repeated: int = 0,
    given: str | list[str] | None = None,
    sets_up: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    found = blocks(chosen)
    copy = find_copy(found, lines)
    if copy is not None:
        again = len(copied_lines(found, lines)) if repeated else 0
        if not repeated or again > repeated:
            return _copied(copy, again, repeated)
    platforms = {facts.pipeline.platform for facts in chosen}
    files = [unit for unit in shared_units(case) if unit.platform in platforms]
    for unit in files:
        if not unit.used:
            return Verdict(
                "unmet",
                f"{unit.path} is made to be shared, but no run uses it.",
                (Evidence(unit.span, "problem", "nothing uses this file"),),
            )
    proofs = [Evidence(unit.span, "proof", "written once and used") for unit in files]
    if given:
        verdict = _given(chosen, listed(given))
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    if shared is not None:
        parts = [span for facts in chosen for span in shared_parts(facts, shared)]
        if not parts:
            return Verdict(
                "unmet",
                f"Nothing that {shared} jobs use stands in a shared file.",
                tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen),
            )
        proofs.extend(Evidence(span, "proof", "written once, used by several jobs") for span in parts[:3])
    if sets_up:
        verdict = _set_up(chosen, files, listed(sets_up), shared or 2)
        if verdict.status != "met":
            return verdict
    proofs.extend(Evidence(facts.pipeline.span, "proof", "no copied lines in here") for facts in chosen)
    few = f"At most {repeated} lines are repeated." if copy is not None else "No job repeats the lines of another."
    return Verdict("met", few, tuple(proofs))


def _set_up(
    chosen: tuple[PipelineFacts, ...], files: list[SharedUnit], wanted: tuple[str, ...], least: int
) -> Verdict:
    """Whether what jobs share prepares them, and the platform takes it."""
    paths = {unit.path for unit in files}
    for facts in chosen:
        for said in facts.pipeline.diagnostics:
            if said.code in _REFUSED and said.span is not None and said.span.path in paths:
                place = Evidence(said.span, "problem", "refused")
                return Verdict("unmet", f"The platform refuses {said.span.path}: {said.message}", (place,))
    known = frozenset(name for facts in chosen for name in set_up_together(facts, least))
    alike = {name: _SAME.get(name, (name,)) for name in wanted}
    missing = next((name for name in wanted if not known & {*alike[name]}), None)
    if missing is None:
        return Verdict("met", "")
    hidden = next((item for facts in chosen for item in facts.activities if item.opaque), None)
    if hidden is not None:
        message = f"Whether {least} jobs share what sets up {missing} cannot be seen: {hidden.opaque}."
        return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", hidden.opaque),))
    spans = [unit.span for unit in files] or [facts.pipeline.span for facts in chosen]
    what = _SETS_UP.get(missing, f"sets up {missing}")
    message = f"What {least} jobs share does not hold all of the preparation: nothing there {what}."
    return Verdict("unmet", message, tuple(Evidence(span, "problem", f"nothing {what}") for span in spans[:1]))


# What readers say of shared steps that the platform does not take.
_REFUSED = frozenset({"no-shell", "bad-action", "no-steps", "action-cycle"})
# Tools that bring Python themselves.
_SAME = {"python": ("python", "uv", "pixi")}
_SETS_UP = {"cache": "keeps a cache", "install": "installs packages"}


def _copied(copy: Copy, again: int, most: int) -> Verdict:
    more = f" So do {copy.others} more." if copy.others > 1 else " So does one more." if copy.others else ""
    total = f" In all, {again} lines repeat others; at most {most} may." if most else ""
    return Verdict(
        "unmet",
        f"{copy.first.title!r} and {copy.second.title!r} hold the same {copy.count} lines.{more}{total}",
        (
            Evidence(copy.second_span, "problem", "written again here"),
            Evidence(copy.first_span, "context", "first written here"),
        ),
    )


def _given(chosen: tuple[PipelineFacts, ...], names: tuple[str, ...]) -> Verdict:
    """Whether a job of a pipeline that the platform brings runs; its settings may have been changed."""
    taken: list[str] = []
    for facts in chosen:
        running = {unit for unit, _ in facts.reached_steps}
        for template, units in facts.pipeline.given.items():
            if any(fnmatchcase(template, name) for name in names):
                taken.append(template)
                live = [unit for unit in facts.pipeline.units if unit.id in units and unit.id in running]
                if live:
                    proofs = tuple(Evidence(unit.span, "proof", f"a job of {template}") for unit in live[:3])
                    return Verdict("met", "", proofs)
    looked = tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen)
    if taken:
        return Verdict("unmet", f"{taken[0]} is included, but none of its jobs runs.", looked)
    return Verdict("unmet", "Nothing that the platform brings is used.", looked)
