"""Independent work runs side by side, and a matrix really varies what it says it varies.

What it looks for
    With ``tools``: a command of each class, in jobs (or matrix legs) that do not wait for each other.
    With ``fail_fast`` besides, a failure of one of them ends the others; without that, half is earned.
    With ``tool`` and ``over``: the command runs with at least ``min`` different versions of a language,
    the production version among them.  What counts is the version that is really installed.

What does not count
    Steps one after the other in one job, a job that waits for the other without need, and a matrix
    whose values no step uses.

How to repair
    Give each kind of work a job of its own, or pass the matrix value to the step that installs.

Parameters
    ``tools``: classes that must be independent, and ``fail_fast``: true.  Or ``tool``, ``over`` (a language),
    ``min`` (how many versions) and ``include: kit`` (the production version must be one of them).
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.checks.support.versions import leg_version, production_version, same_version
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.evaluate import known_truth
from gradeline.records import replace
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="F7",
    family="flow",
    params={
        "tools": WORDS,
        "fail_fast": {"type": "boolean"},
        "tool": WORDS,
        "over": {"type": "string"},
        "min": {"type": "integer", "minimum": 2},
        "include": {"enum": ["kit"]},
    },
)


def run(
    case: Case,
    tools: list[str] | None = None,
    tool: str | list[str] | None = None,
    over: str = "",
    min: int = 2,
    include: str | None = None,
    fail_fast: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    if tools:
        verdict = _independent(chosen, listed(tools))
        return _stopping(chosen, listed(tools), verdict) if fail_fast and verdict.status == "met" else verdict
    return _varied(case, chosen, listed(tool), over, min, include)


def _independent(chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...]) -> Verdict:
    for name in classes:
        if not any(facts.doing(name) for facts in chosen):
            return absent(chosen, (name,))
    waiting: Evidence | None = None
    for facts in chosen:
        groups = [facts.doing(name) for name in classes]
        if not all(groups):
            continue
        pair = _separate(facts, groups)
        if pair is not None:
            return Verdict(
                "met",
                f"{_named(classes)} do not wait for each other.",
                tuple(proof for item in pair for proof in item.proof()),
            )
        first, second = groups[0][0], groups[1][0]
        if second.unit.id in facts.simulator.ancestors[first.unit.id]:
            first, second = second, first
        waiting = waiting or Evidence(second.span, "problem", f"waits for `{first.text}`")
    if waiting is None:
        return Verdict(
            "met",
            "They run in pipelines of their own.",
            tuple(
                proof for facts in chosen for name in classes for item in facts.doing(name) for proof in item.proof()
            ),
        )
    return Verdict("unmet", f"{_named(classes)} run one after the other.", (waiting,))


def _named(classes: tuple[str, ...]) -> str:
    """The classes at the start of a sentence."""
    text = " and ".join(noun((name,)) for name in classes)
    return text[:1].upper() + text[1:]


def _stopping(chosen: tuple[PipelineFacts, ...], classes: tuple[str, ...], apart: Verdict) -> Verdict:
    """Whether a failure of one ends the others, in the units that run side by side."""
    lone: Evidence | None = None
    for facts in chosen:
        groups = [facts.doing(name) for name in classes]
        pair = _separate(facts, groups) if all(groups) else None
        for item in pair or ():
            place = _stopped_by(facts, item)
            if place is None:
                lone = lone or Evidence(item.unit.span, "problem", "runs to its end whatever happens beside it")
        if pair is not None and lone is None:
            places = [place for item in pair if (place := _stopped_by(facts, item)) is not None]
            proofs = tuple(Evidence(place, "proof", "one failure ends the others") for place in dict.fromkeys(places))
            return replace(apart, evidence=(*apart.evidence, *proofs))
    message = f"{apart.message} But when one of them fails, the others run to their end."
    return Verdict("partial", message, (lone,) if lone is not None else apart.evidence)


def _stopped_by(facts: PipelineFacts, item: Activity) -> Span | None:
    """The place that lets units, or legs, beside this one end it."""
    matrix = item.unit.matrix
    if matrix is not None and matrix.fail_fast is not None and facts.pipeline.scenarios:
        moment = facts.moment(item.unit, facts.pipeline.scenarios[0])
        if known_truth(matrix.fail_fast, moment):
            return matrix.fail_fast_span or matrix.span
    return item.unit.fails_fast


def _separate(facts: PipelineFacts, groups: list[tuple[Activity, ...]]) -> tuple[Activity, ...] | None:
    """One activity of each group such that no two wait for each other."""
    for first in groups[0]:
        picked = [first]
        for group in groups[1:]:
            other = next((item for item in group if all(_apart(facts, item, seen) for seen in picked)), None)
            if other is None:
                break
            picked.append(other)
        if len(picked) == len(groups):
            return tuple(picked)
    return None


def _apart(facts: PipelineFacts, left: Activity, right: Activity) -> bool:
    if left.unit.id == right.unit.id:
        return not {place.leg for place in left.places} & {place.leg for place in right.places}
    ancestors = facts.simulator.ancestors
    return left.unit.id not in ancestors[right.unit.id] and right.unit.id not in ancestors[left.unit.id]


def _varied(
    case: Case,
    chosen: tuple[PipelineFacts, ...],
    classes: tuple[str, ...],
    language: str,
    least: int,
    include: str | None,
) -> Verdict:
    found = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    if not found:
        return absent(chosen, classes)
    versions: dict[str, Evidence] = {}
    hidden: Verdict | None = None
    for facts, item in found:
        matrix = item.unit.matrix
        if matrix is not None and (matrix.legs is None or not matrix.complete):
            hidden = hidden or Verdict(
                "cannot_tell",
                "The matrix is computed when the pipeline runs, so not all of its legs can be seen.",
                (Evidence(matrix.span, "problem", "computed at run time"),),
            )
            if matrix.legs is None:
                continue
        for place in item.places:
            version = leg_version(facts, item, place.leg, language)
            if version == "?":
                hidden = hidden or Verdict(
                    "cannot_tell",
                    f"The {language} version of the job {item.unit.title!r} cannot be seen.",
                    (Evidence(item.unit.span, "problem", "the version is computed"),),
                )
            if version and version != "?":
                versions.setdefault(
                    ".".join(version.split(".")[:2]), Evidence(item.unit.span, "proof", f"{language} {version}")
                )
    seen = ", ".join(sorted(versions)) or "none that is set"
    facts, item = found[0]
    shown = Evidence(
        item.unit.matrix.span if item.unit.matrix else item.unit.span, "problem", f"{language} versions in use: {seen}"
    )
    wanted = production_version(case, language) if include else None
    lacks = wanted is not None and not any(same_version(version, wanted) for version in versions)
    if hidden is not None and (len(versions) < least or lacks):
        return hidden
    if len(versions) < least:
        declared = item.unit.matrix is not None and item.unit.matrix.total > 1
        unused = " The matrix has several legs, but they all install the same." if declared else ""
        return Verdict("unmet", f"The tests run with {len(versions)} {language} version(s): {seen}.{unused}", (shown,))
    if lacks:
        return Verdict("unmet", f"Production runs {language} {wanted}, but the tests run with {seen}.", (shown,))
    return Verdict(
        "met",
        f"The tests run with {language} {seen}.",
        (*versions.values(), *(proof for _, item in found for proof in item.proof())),
    )
