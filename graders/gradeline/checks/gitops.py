"""A controller in the cluster keeps each environment in step with Git.

What it looks for
    For each of the ``environments`` an application names a folder of this repository that exists, and a branch or
    tag.  What is applied without a person says openly whether it also removes and repairs.  No pipeline applies
    anything to the cluster itself.  With ``changed``, a pipeline changes the folders of these environments: it puts the
    digest of an image and the version of a model there, and sends that to Git.  A controller that commits the digest
    of each new image does the half of it.

What does not count
    A folder that is not there, a revision that is left to the default, and a pipeline that applies manifests beside
    the controller: the two would undo each other's work.  A change that stays on the machine of the run, one that
    names an image by a tag, and one that a pipeline merges itself where somebody has to be asked.

How to repair
    Give each environment an application of its own.  Let the pipeline change Git, and nothing else.

Parameters
    ``environments``: names of environments, as in namespaces or names of applications.  ``automatic``: those that must
    be applied without a person.  ``manual``: those that must not.  ``floating``: true tolerates a revision that is left
    to the default.  ``changed``: environments that a pipeline has to change; ``asked``: those whose change a person has
    to accept, by a request or an approval (``asked`` alone looks at nothing else).  ``closed``: true forbids that a
    pipeline gets access to the cluster at all.
    ``targets``: for an environment, other names by which a command says that it means it.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.changed import opened, sent
from gradeline.checks.support.releases import bad, chosen_bundles, guarded, open_, worst
from gradeline.facts.case import Case
from gradeline.model.delivery import Delivery
from gradeline.model.project import Project
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="D6",
    family="deployment",
    params={
        "environments": WORDS,
        "automatic": WORDS,
        "manual": WORDS,
        "floating": {"type": "boolean"},
        "changed": WORDS,
        "asked": WORDS,
        "closed": {"type": "boolean"},
        "targets": {"type": "object", "additionalProperties": WORDS},
    },
    reads=("manifests",),
)
_TOOLS = frozenset({"kubectl", "helm", "helmfile", "kustomize", "azure/k8s-deploy", "argocd"})


def run(
    case: Case,
    environments: str | list[str] | None = None,
    automatic: str | list[str] | None = None,
    manual: str | list[str] | None = None,
    floating: bool = False,
    changed: str | list[str] | None = None,
    asked: str | list[str] | None = None,
    closed: bool = False,
    targets: dict[str, str | list[str]] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    names = {name: listed((targets or {}).get(name)) for name in (*listed(changed), *listed(asked))}
    if names and not (environments or automatic or manual or changed or closed):
        return worst(sent(case, names, (), listed(asked)))
    bundles = chosen_bundles(case, None)
    found = [one for bundle in bundles for one in bundle.deliveries]
    if not found:
        place = bundles[0].span if bundles else None
        if place is None:
            return Verdict("unmet", "There is no application that a controller would keep in step with Git.")
        return guarded(bundles, bad("No controller keeps anything in step with Git.", place, "no application here"))
    for facts in case.pipelines:
        for item in facts.doing("deploy"):
            if any(reading.tool in _TOOLS - {"argocd"} for reading in item.readings_of(["deploy"])):
                return bad(f"`{item.text}` applies to the cluster beside the controller.", item.span, "undoes its work")
    verdicts = [opened(case)] if closed else []
    verdicts += [_one(case.project, one, floating) for one in found]
    verdicts += sent(case, names, listed(changed), listed(asked)) if names else []
    for name in listed(environments):
        mine = [one for one in found if name in one.name or name in one.namespace or one.computed]
        if not mine:
            verdicts.append(bad(f"No application is for {name!r}.", found[0].span, "only other environments"))
    for name in listed(automatic):
        verdicts.extend(
            bad(f"Nothing applies changes to {name!r} without a person.", one.span, "waits for somebody")
            for one in found
            if (name in one.name or name in one.namespace) and not one.automatic
        )
    for name in listed(manual):
        verdicts.extend(
            bad(f"Each change of Git goes to {name!r} at once.", one.automatic_span or one.span, "asks nobody")
            for one in found
            if (name in one.name or name in one.namespace) and one.automatic
        )
    return guarded(bundles, worst(verdicts))


def _one(project: Project, delivery: Delivery, floating: bool) -> Verdict:
    if not delivery.sources:
        return bad(f"`{delivery.name}` comes from nowhere.", delivery.span, "has no source")
    for source in delivery.sources:
        computed = any("{{" in text or "$" in text for text in (source.path, source.revision))
        if computed:
            return open_(f"Where `{delivery.name}` comes from is made by a generator.", source.span, "is computed")
        if source.chart:
            continue
        path = source.path.removeprefix("./").strip("/")
        if not path or not project.has(path):
            place = source.path_span or source.span
            return bad(f"The folder of `{delivery.name}` is not in this repository.", place, "leads nowhere")
        if source.revision in ("", "HEAD") and not floating:
            place = source.revision_span or source.span
            return bad(f"`{delivery.name}` does not say which branch it follows.", place, "left to the default")
    if delivery.automatic and delivery.prunes is None:
        place = delivery.automatic_span or delivery.span
        return bad(f"`{delivery.name}` does not say whether it removes what Git no longer has.", place, "not said")
    if delivery.automatic and delivery.heals is None:
        place = delivery.automatic_span or delivery.span
        return bad(f"`{delivery.name}` does not say whether it repairs changes by hand.", place, "not said")
    return Verdict("met", "A controller keeps the environments in step with Git.", (
        Evidence(delivery.span, "proof", "follows a folder and a branch"),
    ))  # fmt: skip
