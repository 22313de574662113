"""A bad deployment is taken back to the version that ran before.

What it looks for
    The grader lets each check that looks at the deployment fail.  Then a command has to be reached that brings
    back the version before: the platform's own way back, or a deployment of a version that was noted before
    the new one went out.  The run must stay red.

What does not count
    A message instead of a command, deploying the new version again, a version that was looked up after the
    deployment, a way back that runs only after other failures, and a run that ends green.  A way back that
    somebody has to start by hand, or one that only covers the start of the new version, earns half.

How to repair
    Look at the deployment with a command that fails.  Let the step or job after it run on failure and undo the
    deployment, or note the running version before you deploy and deploy that one again.

Parameters
    ``of``: ``deployment`` (default), or ``release``: a release in steps whose controller goes back by itself when a
    measurement fails or the new version does not start; or ``stack``: nothing switches off the way back that the
    platform of a stack has by itself.  ``watched``: for a stack, true also asks for a policy that refuses to replace or
    delete its resources, or for alarms on which the platform goes back.  ``script``: each of ``scripts``, by which
    people go back to a version that they name, takes that version, stops at a problem (``set -euo pipefail``) and waits
    for what it brings back.  ``git``: where a controller keeps the cluster in step with Git, one of ``scripts`` or a
    pipeline that somebody starts takes a commit back that is named to it, and sends that to Git.
    ``again``: true when the version that was brought back has to be waited for or asked as well.
    ``environment``: only deployments into this one.  ``targets``: other names by which a command says that it
    means it.  ``alias``: programs that move the alias of a registered model, ``alias`` (``champion``), keep the version
    that had it before in the registry or in an output, before it moves; one that is kept later or only printed earns
    half.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, unseen
from gradeline.facts import restoring
from gradeline.facts.case import Case
from gradeline.facts.deployments import deployments, targeted
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="D2",
    family="deployment",
    params={
        "of": {"enum": ["deployment", "release", "stack", "script", "git", "alias"]},
        "environment": {"type": "string"},
        "targets": WORDS,
        "watched": {"type": "boolean"},
        "again": {"type": "boolean"},
        "scripts": WORDS,
        "alias": {"type": "string"},
    },
    reads=("pipelines", "manifests", "scripts"),
)


def run(
    case: Case,
    of: str = "deployment",
    environment: str = "",
    targets: str | list[str] | None = None,
    watched: bool = False,
    again: bool = False,
    scripts: str | list[str] | None = None,
    alias: str = "champion",
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "release":
        from gradeline.checks.support.aborts import aborted

        return aborted(case, pipelines)
    if of == "stack":
        from gradeline.checks.support.stack_rollback import kept

        return kept(case, case.select(pipelines), watched)
    if of == "script":
        from gradeline.facts import way_back_scripts

        judged = [way_back_scripts.judge(case, path) for path in listed(scripts) or ("scripts/rollback.sh",)]
        return next((one for one in judged if one.status != "met"), judged[0])
    if of == "alias":
        from gradeline.checks.support.registered import remembered
        from gradeline.facts.registry_scripts import registrars

        return remembered(registrars(case, pipelines), alias)
    if of == "git":
        from gradeline.facts import way_back_git

        return way_back_git.judge(case, listed(scripts) or ("scripts/rollback.sh",))
    chosen = case.select(pipelines)
    names = {environment: listed(targets)} if environment else {}
    verdicts: list[Verdict] = []
    for facts in chosen:
        deployed = targeted(facts, environment, names)
        if not deployed:
            continue
        verdict = restoring.judge(facts, deployed, again)
        if verdict.status == "unmet" and not verdict.path_trace:
            verdict = next(unseen([facts]), verdict)
        verdicts.append(verdict)
    if not verdicts:
        elsewhere = [item for facts in chosen for item in deployments(facts)]
        if elsewhere and environment:
            problem = (Evidence(elsewhere[0].span, "problem", "goes somewhere else"),)
            return Verdict("unmet", f"Nothing is deployed to {environment!r}.", problem)
        return absent(chosen, ("deploy",))
    for status in ("unmet", "cannot_tell", "partial"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    proofs = tuple(item for verdict in verdicts for item in verdict.evidence)
    return Verdict("met", verdicts[0].message, proofs)
