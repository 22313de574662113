"""Each secret reaches only the step that uses it, and never the log.

What it looks for
    Secrets are bound on a step, or on a job that is tied to a protected environment.  They are handed to
    logins on standard input.  With ``of: tasks``: a task of a play that is given a secret has ``no_log``.

What does not count
    A secret in the variables of the whole pipeline or of an ordinary job, a secret that is printed (also encoded,
    and also by a step of the platform itself), one whose value is put into the text of a script where that text is
    stored with the run, a password as a command argument of a login, and all secrets passed on to a workflow that
    lives elsewhere.  For tasks: ``no_log`` that is false, and one that a variable without a known value decides.

How to repair
    Move the binding to the step, pipe the value into the login, and pass on secrets by name.

Parameters
    ``aspect``: ``place`` looks only at where secrets are bound, ``leaks`` only at what scripts do with them;
    both by default.  With ``leaks``, a script that switches on the tracing of its commands while secrets are
    in reach does not count either.  ``of``: ``pipelines`` (the default), or ``tasks`` of plays.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.secret_flow import secrets_of
from gradeline.model.pipeline import Unit, Variable
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="S3",
    family="secrets",
    params={"aspect": {"enum": ["place", "leaks"]}, "of": {"enum": ["pipelines", "tasks"]}},
    reads=("pipelines", "playbooks"),
)
_SHOWN = ("printed", "argument", "dumped", "kept")
_IN_LOGS = ("traced",)  # what `secret-not-persisted` asks about, too
_GOOD = {
    "": "Secrets are bound where they are used, and none is printed.",
    "place": "Secrets are bound where they are used.",
    "leaks": "No script shows a secret.",
}


def run(case: Case, aspect: str = "", of: str = "pipelines", pipelines: list[str] | None = None) -> Verdict:
    if of == "tasks":
        return _tasks(case, pipelines)
    proofs: list[Evidence] = []
    chosen = case.select(pipelines)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    for facts in chosen:
        placed = None if aspect == "leaks" else _bindings(facts) or _inherited(facts)
        problem = placed or (None if aspect == "place" else _exposed(facts, aspect == "leaks"))
        if problem is not None:
            return problem
        proofs.extend(_proofs(facts))
    return Verdict("met", _GOOD[aspect], tuple(dict.fromkeys(proofs)))


def _tasks(case: Case, patterns: list[str] | None) -> Verdict:
    from gradeline.checks.support.plays import NO_PLAY, judged
    from gradeline.facts.playbooks import chosen, secret_tasks, shown_secrets

    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = [one for play in plays for one in shown_secrets(play)]
    places = [task.span for play in plays for task, _ in secret_tasks(play)]
    good = "Every task that is given a secret keeps it out of the log." if places else "No task is given a secret."
    return judged(case.project.playbooks, plays, found, good, places)


def _proofs(facts: PipelineFacts) -> list[Evidence]:
    """Where secrets are bound; for a pipeline without any, that it was looked through."""
    found: list[Evidence] = []
    for unit in facts.pipeline.units:
        found.extend(
            Evidence(variable.span, "proof", "bound in a job of a protected environment")
            for variable in unit.env
            if variable.scope == "unit" and secrets_of(variable.value)
        )
        found.extend(
            Evidence(variable.span, "proof", "bound where it is used")
            for variable in unit.env
            if variable.scope == "step" and secrets_of(variable.value)
        )
        for step in unit.walk():
            found.extend(
                Evidence(variable.span, "proof", "bound where it is used")
                for variable in step.env
                if secrets_of(variable.value)
            )
            found.extend(
                Evidence(text.span, "proof", "handed to the step that uses it")
                for text in step.inputs.values()
                if secrets_of(text)
            )
    return found or [Evidence(facts.pipeline.span, "proof", "looked through every job, and none holds a secret")]


def _bindings(facts: PipelineFacts) -> Verdict | None:
    for variable in facts.pipeline.env:
        if secrets_of(variable.value):
            return _wide(variable, "every job of the pipeline")
    for unit in facts.pipeline.units:
        for variable in unit.env:
            if variable.scope == "unit" and secrets_of(variable.value) and unit.environment is None:
                return _wide(variable, f"every step of {unit.title!r}")
    return None


def _wide(variable: Variable, who: str) -> Verdict:
    return Verdict(
        "unmet",
        f"The secret in {variable.name} can be read by {who}.",
        (Evidence(variable.span, "problem", f"readable by {who}"),),
    )


def _inherited(facts: PipelineFacts) -> Verdict | None:
    unit: Unit
    for unit in facts.pipeline.units:
        if unit.passes_all_secrets is not None and unit.use is not None and unit.use.kind != "local":
            return Verdict(
                "unmet",
                f"{unit.title!r} hands every secret to a workflow that lives elsewhere.",
                (Evidence(unit.passes_all_secrets, "problem", "all secrets leave the repository"),),
            )
    return None


def _exposed(facts: PipelineFacts, logs: bool) -> Verdict | None:
    for exposure in facts.exposures:
        if exposure.kind in _SHOWN or (logs and exposure.kind in _IN_LOGS):
            sentence = f"{exposure.sentence[:1].upper()}{exposure.sentence[1:]}."
            return Verdict("unmet", sentence, (Evidence(exposure.span, "problem", exposure.sentence),))
    return None
