"""What is drawn at random is drawn the same way each time.

What it looks for
    Each stage that draws at random takes its seed from a parameter file, as a whole number.  Several stages may share
    one seed.  With ``subject: scripts`` the grader follows the programs themselves: each split, each model, each
    generator and each sampler of a search that draws at random is given a seed, and the seed comes from a file, an
    argument or the environment.

What does not count
    No seed, an empty one, one that only stands in a file and that no stage names, and one in the command.  For
    programs: a seed that is written into the program, the clock, and a search whose sampler has none.  A library
    that was seeded as a whole before counts for what it draws.

How to repair
    Put a seed into the parameter file, name it in the stages that split data or train, and give it to the program.

Parameters
    ``tools``: the classes of work that draw at random (``prepare-data`` and ``train``).  ``names``: what a seed is
    called (``seed``, ``random_state``, ``random_seed``).  ``subject``: ``pipelines`` (default) or ``scripts``.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, noun
from gradeline.facts.case import Case
from gradeline.facts.stage_parameters import taken
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="R2",
    family="pinning",
    params={"tools": WORDS, "names": WORDS, "subject": {"enum": ["pipelines", "scripts"]}},
    reads=("pipelines", "scripts"),
)
_NAMES = ("seed", "random_state", "random_seed", "split_seed", "train_seed")


def run(
    case: Case,
    tools: str | list[str] | None = None,
    names: str | list[str] | None = None,
    subject: str = "pipelines",
    pipelines: list[str] | None = None,
) -> Verdict:
    if subject == "scripts":
        from gradeline.checks.support.searching import not_started, seeded
        from gradeline.facts.gate_scripts import gates

        programs = gates(case, pipelines, started=True)
        return seeded(programs) if programs else not_started(case)
    chosen = case.select(pipelines)
    proofs: list[Evidence] = []
    for name in listed(tools) or ("prepare-data", "train"):
        found = [(facts, item) for facts in chosen for item in facts.doing(name)]
        if not found:
            return absent(chosen, (name,))
        for facts, item in found:
            seed = taken(facts, item, listed(names) or _NAMES)
            what = noun((name,))
            if seed.how != "file":
                reasons = {"literal": "its seed stands in the command", "missing": "the file has no such seed"}
                why = reasons.get(seed.how, "its stage names no seed")
                message = f"Nobody can repeat {what}: {why}."
                return Verdict("unmet", message, (Evidence(seed.span, "problem", why),))
            if not isinstance(seed.value, float) or not seed.value.is_integer():
                message = f"`{seed.name}` is no whole number, so {what} is another one each time."
                return Verdict("unmet", message, (Evidence(seed.span, "problem", "no whole number"),))
            proofs.append(Evidence(seed.span, "proof", f"{seed.name} is {seed.value:g}"))
    return Verdict("met", "Everything that is drawn at random takes its seed from a parameter.", tuple(
        dict.fromkeys(proofs)))  # fmt: skip
