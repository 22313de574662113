"""Whether people who read a proposed change see what it does to the numbers, in a text that each run makes anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.checks.support.explain import unseen_in
from gradeline.checks.support.handed import handed
from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.review import DEFAULT
from gradeline.facts.shown_content import COMPUTED, Content, Part, Shown
from gradeline.model.expression import Secret
from gradeline.model.pipeline import Scenario, Step, Unit
from gradeline.records import record
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_IMAGE = re.compile(r"!\[[^\]\n]{0,200}\]\(\s*([^)\s]{1,500})|<img[^>\n]{0,200}src=\"?([^\"\s>]{1,500})")
_COMPARES, _DRAWS = "compare", "plot"
_NOUNS = {"comparison": "the numbers of the change beside those of the target branch", "plot": "a plot"}


@record
class Place:
    """A command or step that shows a text to people; ``parts`` make the text.  ``uploads``: pictures that the text
    names by their path are put where the reader can see them."""

    unit: Unit
    span: Span
    text: str
    parts: tuple[Part, ...]
    uploads: bool = False
    item: Activity | None = None


def changes_shown(chosen: tuple[PipelineFacts, ...], holds: tuple[str, ...]) -> Verdict:
    """All of ``holds`` is in what the runs of a proposed change show, taken together."""
    best: Verdict | None = None
    for facts in chosen:
        shown = Shown(facts)
        places = list(_places(facts, shown))
        if not places:
            continue
        verdict = _judge(facts, shown, places, holds)
        if verdict.status == "met":
            return _fresh((facts,)) or verdict
        if best is None or verdict.status == "cannot_tell":
            best = verdict
    return best or _nothing(chosen)


def _fresh(chosen: tuple[PipelineFacts, ...]) -> Verdict | None:
    """What is wrong when the numbers that are compared are not those of this run; None when they are."""
    if not any(facts.doing(_COMPARES) and facts.doing("train") for facts in chosen):
        return None
    verdict = handed(chosen, "train", (_COMPARES,))
    return verdict if verdict.status != "met" else None


def _nothing(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    for facts in chosen:
        for item in facts.activities:
            if item.opaque or any(reading.possible_scopes for reading in item.readings):
                why = item.opaque or "what it changes depends on something that is not followed"
                message = f"`{item.text}` may show a report, but cannot be followed: {why}."
                return Verdict("cannot_tell", message, (Evidence(item.span, "problem", why),))
    looked = tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen)
    return Verdict("unmet", "Nothing is shown to those who read the proposed change.", looked)


def _concerns(scenario: Scenario) -> bool:
    """Whether a run is one of a proposed change, or of a branch that is about to become one."""
    if scenario.kind == "push":
        return scenario.branch != DEFAULT
    return scenario.kind in ("review", "after")


def _places(facts: PipelineFacts, shown: Shown) -> Iterator[Place]:
    asked = {scenario.id for scenario in facts.pipeline.scenarios if _concerns(scenario)}
    for item in facts.doing("comment", effect=None):
        told = any(reading.effect != "pretends" for reading in item.readings_of(("comment",)))
        if not told or not asked & set(item.scenarios):
            continue
        if item.step.use is not None:
            parts = tuple(part for text in item.step.inputs.values() for part in shown.of_text(item.unit, text))
        else:
            parts = tuple(shown.at(item))
        uploads = item.invocation is not None and item.invocation.words[0].startswith("cml")
        yield Place(item.unit, item.span, item.text, parts, uploads, item)
    for unit in facts.pipeline.units:
        for step in unit.walk():
            at = facts.reached_steps.get((unit.id, step.id), ())
            if any(scenario.id in asked for scenario, _ in at):
                parts = tuple(shown.flows.get(("summary", f"{unit.id} {step.id}"), ()))
                if parts:
                    yield Place(unit, step.span, step.title, parts)


def _judge(facts: PipelineFacts, shown: Shown, places: list[Place], holds: tuple[str, ...]) -> Verdict:
    texts = [(place, shown.of_parts(list(place.parts)), _rights(place)) for place in places]
    proofs: list[Evidence] = []
    refused: Verdict | None = None
    for wanted in holds:
        found = [(place, _holds(facts, place, content, wanted), problem) for place, content, problem in texts]
        held = [one for one in found if one[1].status == "met"]
        if not held:
            return next((one[1] for one in found if one[1].status == "cannot_tell"), found[0][1])
        place, verdict, problem = next((one for one in held if one[2] is None), held[0])
        refused = refused or problem
        proofs.extend((Evidence(place.span, "proof", "shown to people"), *verdict.evidence))
    wide = ((place, problem) for place, _, problem in texts if problem is not None)
    everything = next((problem for place, problem in wide if place.unit.permissions.rest == "write"), None)
    problem = everything or refused
    return problem or Verdict("met", "Who reads the change sees what it does to the numbers.", _once(proofs))


def _once(proofs: list[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(proofs))


def _rights(place: Place) -> Verdict | None:
    """What is wrong with the rights of a step that writes a comment; None when it may do just what it does."""
    item = place.item
    if item is None:
        return None
    needed = {scope for reading in item.readings_of(("comment",)) for scope in reading.scopes}
    own = item.unit.permissions
    where = own.span or item.unit.span
    if not needed or not own.declared or _brings_a_token(item.step):  # what nothing states is the platform's default
        return None
    if own.rest == "write":
        message = f"The job {item.unit.title!r} may write everything, only to write a comment."
        return Verdict("unmet", message, (Evidence(where, "problem", "the right to write everything"),))
    missing = next((scope for scope in sorted(needed) if own.level(scope.partition(":")[0]) != "write"), None)
    if missing is None:
        return None
    message = f"`{item.text}` fails: {item.unit.title!r} does not have the right it needs."
    return Verdict(
        "unmet", message, (Evidence(where, "problem", "a right is missing"), Evidence(item.span, "context", "needs it"))
    )


def _brings_a_token(step: Step) -> bool:
    """Whether the step works with a credential of its own instead of the token of the run."""
    texts = [variable.value for variable in step.env] + list(step.inputs.values())
    secrets = [node for text in texts for node in text.expressions() if isinstance(node, Secret)]
    return any(not one.automatic for one in secrets) and not any(one.automatic for one in secrets)


def _holds(facts: PipelineFacts, place: Place, content: Content, wanted: str) -> Verdict:
    if wanted == "comparison":
        proof = next((item for item in content.items if _works(item, _COMPARES)), None)
        if proof is not None:
            return Verdict("met", "", (Evidence(proof.span, "proof", f"`{proof.text}` compares"),))
    else:
        found = _plotted(facts, place, content)
        if found is not None:
            return found
    hidden = _unknown(facts, place, content)
    if hidden is not None:
        message = f"Whether `{place.text}` shows {_NOUNS[wanted]} cannot be seen: {hidden[1]}."
        return Verdict("cannot_tell", message, (Evidence(hidden[0], "problem", hidden[1]),))
    constant = not content.items or all(_says_only(item) for item in content.items)
    what = "shows the same text whatever was measured" if constant else f"does not show {_NOUNS[wanted]}"
    return Verdict("unmet", f"`{place.text}` {what}.", (Evidence(place.span, "problem", what),))


def _works(item: Activity, name: str) -> bool:
    return any(reading.effect == "works" for reading in item.readings_of((name,)))


def _says_only(item: Activity) -> bool:
    return bool(item.readings_of(("comment",))) or not item.readings


def _plotted(facts: PipelineFacts, place: Place, content: Content) -> Verdict | None:
    drawn = next((item for item in content.items if _works(item, _DRAWS)), None)
    if drawn is not None:
        return Verdict("met", "", (Evidence(drawn.span, "proof", f"`{drawn.text}` draws"),))
    text = "\n".join(content.words)
    for match in _IMAGE.finditer(text):
        address = match.group(1) or match.group(2)
        if COMPUTED in address and not address.startswith(("http://", "https://")):
            what = "the address of the picture is computed at run time"
            message = f"Whether `{place.text}` shows a plot cannot be seen: {what}."
            return Verdict("cannot_tell", message, (Evidence(place.span, "problem", what),))
        if address.startswith(("http://", "https://")):
            return Verdict("met", "", (Evidence(place.span, "proof", f"shows {address}"),))
        name = address.rpartition("/")[2]
        if not place.uploads:
            what = f"{address} is a path, and only the machine of the run has the file"
            return Verdict("unmet", f"`{place.text}` shows no plot: {what}.", (Evidence(place.span, "problem", what),))
        if name and _made(facts, name):
            return Verdict("met", "", (Evidence(place.span, "proof", f"shows {address}"),))
        what = f"no command makes {address}"
        return Verdict("unmet", f"`{place.text}` shows no new plot: {what}.", (Evidence(place.span, "problem", what),))
    return None


def _made(facts: PipelineFacts, name: str) -> bool:
    """Whether a stage or a command of the run makes a file of this name."""
    data = facts.project.data
    paths = [product.path for stage in data.stages for product in stage.products]
    if any(path.rpartition("/")[2] == name for path in paths):
        return True
    return any(
        item.invocation is not None and any(word.rpartition("/")[2] == name for word in item.invocation.words)
        for item in facts.activities
        if not item.readings_of(("comment",))
    )


def _unknown(facts: PipelineFacts, place: Place, content: Content) -> tuple[Span, str] | None:
    """A part of the text whose content cannot be followed."""
    for item in content.items:
        if item.opaque:
            return item.span, item.opaque
        words = item.invocation.words if item.invocation is not None else ()
        if not item.readings and words[:1] and words[0].startswith(("python", "node", "jq", "Rscript", "./")):
            return item.span, "what this program writes is not followed"
    if place.item is not None and not place.parts:
        return place.span, "where its text comes from is not followed"
    blind = next(unseen_in(facts, place.unit), None)
    if blind is not None and not content.items:
        return place.span, "a part of the job cannot be followed"
    return None
