"""A model is promoted by moving its alias, after the gate, and nothing else changes.

What it looks for
    A live command that gives the alias to a registered version: a program of the exercise, a tool, or a Python
    file of the repository that calls the registry.  The grader lets the gate fail and looks whether the alias
    still moves.
    ``of: scripts``: programs of the repository, whether a pipeline or a person starts them.  The grader follows each
    of them, and looks which version it gives the alias to.

What does not count
    A move that a failed gate does not stop, training again or copying model files instead of moving the alias,
    deleting the version that was in use, and the stages that the registry no longer has.  For scripts: the newest
    version, one that was registered a moment ago, and one that is written down.

How to repair
    Evaluate the registered challenger, let the comparison fail the run, and only then point the alias at that
    very version.

Parameters
    ``to``: the alias that has to move.  ``gate``: the tool class that has to come before, ``model-gate`` by
    default.  ``never``: an alias that nothing here may move.  ``of``: ``pipelines`` (default) or ``scripts``, which
    takes no ``gate``; ``source`` is the alias by which the version is known that may move.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun, unseen
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import order
from gradeline.facts.registry import Move, moves, script_of
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="D5",
    family="deployment",
    params={
        "of": {"enum": ["pipelines", "scripts"]},
        "to": {"type": "string"},
        "gate": WORDS,
        "never": {"type": "string"},
        "source": {"type": "string"},
    },
    reads=("pipelines", "scripts"),
)


def run(
    case: Case,
    to: str = "",
    gate: str | list[str] | None = None,
    never: str = "",
    of: str = "pipelines",
    source: str = "challenger",
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "scripts":
        from gradeline.checks.support.registered import promoted
        from gradeline.facts.registry_scripts import registrars

        return promoted(registrars(case, pipelines), to or "champion", source)
    chosen = case.select(pipelines)
    gates = listed(gate) or ("model-gate",)
    found = [(facts, move) for facts in chosen for move in moves(facts)]
    for _, move in found:
        if move.stage is not None:
            message = f"`{move.item.text}` moves a stage, but registries have aliases instead of stages now."
            return Verdict("unmet", message, (Evidence(move.stage, "problem", "stages are deprecated"),))
        if never and move.alias == never:
            message = f"`{move.item.text}` moves the alias {never!r}, which is not for this pipeline to decide."
            return Verdict("unmet", message, (Evidence(move.item.span, "problem", f"moves {never!r}"),))
    if to:
        fitting = [(facts, move) for facts, move in found if move.alias in (None, to)]
        if found and not fitting:
            move = found[0][1]
            message = f"`{move.item.text}` moves the alias {move.alias!r}, and nothing moves {to!r}."
            return Verdict("unmet", message, (Evidence(move.item.span, "problem", f"moves {move.alias!r}"),))
        found = fitting
    if not found:
        return _missing(chosen)
    proofs: list[Evidence] = []
    for facts, move in found:
        verdict = _promoted(facts, move, gates)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    return Verdict("met", f"The alias moves only after {noun(gates)} succeeded.", tuple(dict.fromkeys(proofs)))


def _missing(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    for facts in chosen:
        for item in facts.activities:
            path = script_of(facts, item)
            if path is not None and not facts.project.has(path) and not item.readings:
                message = f"`{item.text}` may move the alias, but {path} is not in the submission."
                return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "this file is not here"),))
    return absent(chosen, ("promote",))


def _promoted(facts: PipelineFacts, move: Move, gates: tuple[str, ...]) -> Verdict:
    for span, what in (
        (move.trains, "trains a model, so what is promoted is not what was measured"),
        (move.copies, "copies files, although an alias only has to be moved"),
        (move.deletes, "deletes a version, so there is no way back"),
    ):
        if span is not None:
            message = f"`{move.item.text}` {what}."
            return Verdict("unmet", message, (Evidence(span, "problem", what.partition(",")[0]),))
    before = facts.doing(*gates)
    if not before:
        missing = absent([facts], gates)
        hidden = next(unseen([facts]), None)
        if hidden is not None or any(item.role == "problem" for item in missing.evidence):
            return hidden or missing
        message = f"{missing.message} So nothing decides whether `{move.item.text}` may run."
        return Verdict(missing.status, message, (Evidence(move.item.span, "problem", "runs without a gate"),))
    judgement = facts.gated((move.item,), before)
    if not judgement.holds:
        return judgement.verdict()
    again = _trains_between(facts, move, before)
    if again is not None:
        return again
    heard = facts.blocking(move.item)
    if heard.holds is False:  # a promotion that fails silently leaves the old model there under a green run
        return heard.verdict()
    return Verdict("met", "", tuple(proof for item in (*before, move.item) for proof in item.proof()))


def _trains_between(facts: PipelineFacts, move: Move, gates: tuple[object, ...]) -> Verdict | None:
    """A training between the gate and the move makes a model that nobody measured."""
    gate_keys = {key for gate in gates for key in getattr(gate, "keys", ())}
    for scenario in facts.pipeline.scenarios:
        for run_ in facts.runs(scenario).results:
            places = order(run_)
            moved = [places[key] for key in move.item.keys if key in places]
            passed = [places[key] for key in gate_keys if key in places]
            if not moved or not passed:
                continue
            for item in facts.doing("train"):
                if any(max(passed) < places.get(key, -1) < min(moved) for key in item.keys):
                    message = f"`{item.text}` trains again after the gate, so another model is promoted."
                    return Verdict("unmet", message, (Evidence(item.span, "problem", "trains after the gate"),))
    return None
