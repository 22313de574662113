"""Dependencies are installed from the lock file, so that one commit gives one environment.

What it looks for
    Every job that installs the project's dependencies takes them from a lock file with exact versions
    and hashes, and refuses a lock file that no longer fits.  With ``where: images`` the same of every build of an
    image; ``packages: tidy`` also asks that system packages come from fresh lists, without recommended ones,
    and that the lists are gone in what is shipped.  With ``where: providers``: each job that prepares infrastructure
    code takes its providers from the lock file, does not change that, and asks nobody.

What does not count
    Packages by name, the project with its ranges and no lock, an upgrade, and an installation that may
    rewrite the lock file.  Exact versions
    without hashes earn half.

How to repair
    Use the option of your package manager that installs exactly what the lock file says.

Parameters
    ``tool``: look only at jobs that run this class.  ``where``: ``pipelines``, ``images`` or
    ``providers``.  ``packages``: ``tidy``.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import unseen
from gradeline.checks.support.inside_builds import INSTALLS, inside_a_build
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.installs import Installed, judge
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="P2",
    family="pinning",
    params={"tool": WORDS, "where": {"enum": ["pipelines", "images", "providers"]}, "packages": {"enum": ["tidy"]}},
    reads=("pipelines", "images"),
)


def run(
    case: Case,
    tool: str | list[str] | None = None,
    where: str = "pipelines",
    packages: str | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if where == "images":
        return _images(case, packages, pipelines)
    judged: list[tuple[Activity, Installed]] = []
    chosen = case.select(pipelines)
    if where == "providers":
        from gradeline.checks.support.locked_providers import locked_providers

        return locked_providers(case.project, chosen)
    for facts in chosen:
        jobs = {item.unit.id for item in facts.doing(*listed(tool))} if tool else None
        judged.extend(judge(facts, jobs))
    return _answer(judged, "job", chosen)


def _answer(judged: list[tuple[Activity, Installed]], who: str, chosen: tuple[PipelineFacts, ...] = ()) -> Verdict:
    for status in ("unmet", "cannot_tell", "partial"):
        for item, answer in judged:
            if answer.status == status:
                return Verdict(
                    answer.status,
                    f"`{item.text}` {answer.sentence}.",
                    (Evidence(item.span, "problem", answer.sentence),),
                )
    locked = [(item, answer) for item, answer in judged if answer.from_lock]
    if not locked:
        looked = tuple(Evidence(facts.pipeline.span, "context", "looked through every job here") for facts in chosen)
        seen = tuple(Evidence(item.span, "problem", answer.sentence) for item, answer in judged[:3])
        message = f"No {who} installs the dependencies from the lock file."
        inside = inside_a_build(chosen, (INSTALLS,)) if not judged and who == "job" else None
        return next(unseen(chosen), None) or inside or Verdict("unmet", message, seen or looked)
    return Verdict(
        "met",
        "The dependencies come from the lock file.",
        tuple(Evidence(item.span, "proof", answer.sentence) for item, answer in locked),
    )


def _images(case: Case, packages: str | None, patterns: list[str] | None) -> Verdict:
    from gradeline.checks.support.images import NO_IMAGE, chosen_images, guarded
    from gradeline.facts.image_installs import judged as image_installs
    from gradeline.facts.image_packages import Untidy, system_packages

    images = chosen_images(case, patterns)
    if not images:
        return NO_IMAGE
    for facts in images if packages else ():
        for found in system_packages(facts):
            if isinstance(found, Untidy):
                message = f"The installation of system packages {found.sentence}."
                return Verdict("unmet", message, (Evidence(found.span, "problem", found.sentence),))
    judged = [(one.item, answer) for facts in images for one, answer in image_installs(facts)]
    if not judged:
        hidden = next(unseen([facts.build for facts in images]), None)
        if hidden is not None:
            return hidden
    return guarded(images, _answer(judged, "stage that is built"))
