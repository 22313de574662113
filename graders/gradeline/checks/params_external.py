"""Numbers that people tune stand in a file of parameters, and the work is done again when one of them changes.

What it looks for
    Each of the named values is in a parameter file, and the stage that uses it says so, by its own key, by the section
    it is in or by the whole file.  A value that is put into the command from such a file counts, too.
    Subject ``infrastructure``: the same files serve every environment, with a file of values, a workspace or a call of
    one module for each, and with a state for each; no resource names an environment, a region or an account itself.
    Subject ``scripts``: the bounds of a gate stand in a file, with the comparison and with what happens when it fails.
    The grader changes each entry of the file, and looks whether the script notices.
    Subject ``plays``: roles do the work, an inventory and files of variables say what is different, and each file that
    is put in place has its rights, and is tried before it counts where a broken one locks people out.
    Subject ``manifests``: each of ``environments`` is built by an overlay over one base, in a namespace of its own, and
    differs from the others by data: numbers, images of one repository, settings.
    Subject ``experiment``: the file at ``path`` says everything that ``says`` names, before the experiment begins.

What does not count
    A value in the command itself, one in the program only, a key that the file does not have, and an empty value.
    A copy of the resources for each environment, and one state for all of them.  An overlay that changes what runs or
    what it is asked.

How to repair
    Move the value into the parameter file, and name its key in each stage whose result depends on it.

Parameters
    ``uses``: the class of work with the values it needs: ``{train: [seed, c|regularisation]}``; ``a|b`` are two
    names for one value.  ``subject``: ``pipelines`` (default), or ``infrastructure``, ``scripts``, ``manifests``,
    ``plays`` or ``experiment``, which take no ``uses``.  ``least``: how many bounds of scripts have to come from a
    file.
    ``environments``: names of folders of overlays (``staging`` and ``production``).
    ``path``: the files of which the first that is there is the plan.  ``says``: each ``{name, keys}`` with what it has
    to be: ``text`` (at least so many words), ``one_of`` (one of these texts), ``least`` and ``most`` (a number),
    ``listed`` (a list with at least so many entries), ``each_bounded`` (each entry has a number), ``shares`` (numbers
    that are 100 or 1 together, at least so many of them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.facts.case import Case
from gradeline.facts.stage_parameters import Taken, taken
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="R3",
    family="pinning",
    params={
        "uses": {"type": "object", "minProperties": 1, "additionalProperties": WORDS},
        "subject": {"enum": ["pipelines", "infrastructure", "scripts", "manifests", "plays", "experiment"]},
        "environments": WORDS,
        "least": {"type": "integer", "minimum": 1},
        "path": WORDS,
        "says": {"type": "array", "items": {"type": "object"}, "minItems": 1},
    },
    reads=("pipelines", "infrastructure", "scripts", "manifests", "playbooks"),
)


def run(
    case: Case,
    uses: Mapping[str, str | list[str]] | None = None,
    subject: str = "pipelines",
    least: int = 1,
    environments: str | list[str] | None = None,
    path: str | list[str] | None = None,
    says: list[dict[str, Any]] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if subject == "infrastructure":
        from gradeline.checks.support.infrastructure_inputs import inputs
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        return softened(stacks, inputs(stacks))
    if subject == "experiment":
        from gradeline.checks.support.experiment_plan import planned

        return planned(case.project, listed(path), says or [])
    if subject == "plays":
        from gradeline.checks.support.plays import laid_out

        return laid_out(case, pipelines)
    if subject == "scripts":
        from gradeline.checks.support.gate_answers import configured
        from gradeline.facts.gate_scripts import gates

        return configured(gates(case, pipelines), least)
    if subject == "manifests":
        from gradeline.checks.support.overlays import overlaid

        return overlaid(case, listed(environments) or ("staging", "production"), pipelines)
    chosen = case.select(pipelines)
    proofs: list[Evidence] = []
    for name, values in (uses or {}).items():
        found = [(facts, item) for facts in chosen for item in facts.doing(name)]
        if not found:
            return absent(chosen, (name,))
        for facts, item in found:
            for value in listed(values):
                one = taken(facts, item, tuple(value.split("|")))
                problem = _problem(one, noun((name,)), value.split("|")[0])
                if problem is not None:
                    return problem
                proofs.append(Evidence(one.span, "proof", f"{one.name} is {_shown(one.value)}"))
    return Verdict("met", "What people tune stands in parameter files that the stages name.", tuple(
        dict.fromkeys(proofs)))  # fmt: skip


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)[:40]


def _problem(one: Taken, what: str, name: str) -> Verdict | None:
    if one.how == "literal":
        message = f"`{one.name}` stands in the command, so it cannot be tuned without a change of the pipeline."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "a value in the command"),))
    if one.how == "missing":
        message = f"The stage names the parameter `{one.name}`, but no file has it."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "no such key"),))
    if one.how == "nothing":
        message = f"When {name} changes, {what} is not done again: the stage names no such parameter."
        return Verdict("unmet", message, (Evidence(one.span, "problem", f"does not depend on {name}"),))
    if one.value is None or one.value == "" or one.value == ():
        return Verdict("unmet", f"The parameter `{one.name}` has no value.", (
            Evidence(one.span, "problem", "is empty"),))  # fmt: skip
    return None
