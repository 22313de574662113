"""Nothing gets into the main branch past other people's eyes, and what is pinned is kept up to date.

What it looks for
    ``of: review``: rules of the branch let changes in by a request only, with at least one approval that does not
    survive new commits.  ``of: status-checks``: results have to be green before a merge, each of them is reported by
    a job of the repository's pipelines on a proposed change, and the change has to be tested on top of what is
    merged already.  ``of: history``: nobody rewrites or deletes the branch.  ``of: owners``: each of the paths
    belongs to somebody.  ``of: findings``: a policy asks for an approval when a scan that the pipeline runs finds
    something severe.  ``of: updates``: an update bot looks for new versions at fixed times, and groups them or
    lets them settle first.

What does not count
    Rules that are not in force, that are about another branch, or that everybody who may write can pass.  The name of
    a result that no job reports: a merge would wait for it for ever.  A line that names nobody and takes files away
    from their owners.  A bot that is switched off, that ignores every package, or that looks into a folder where
    nothing is.

How to repair
    Export the rules from the platform after you have set them, and commit the file.  Compare names with those of the
    jobs.  Read a file with owners from its end: the last line that matches decides.

Parameters
    ``of``: ``review``, ``status-checks``, ``history``, ``owners``, ``findings`` or ``updates``.
    ``scan``: which scan for findings (``image``).  ``branch``: whose rules
    (``main``).  ``approvals``: how many at least (1).  ``paths``: what has to have owners; ``a|b`` is either of two.
    ``covers``: classes of work on a proposed change whose failure has to keep it from being merged.
    ``kinds``: what has to be updated (``actions``, ``python``, ``docker``, ...); a kind of which the repository has
    no file needs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.git_files import examples
from gradeline.facts.manifests import folders_of, looks_into
from gradeline.facts.review import Standing, lacking, reported, standing
from gradeline.model.repository import BranchRules, Known, Owners, UpdateBot, Updates
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="Q5",
    family="structure",
    params={
        "of": {"enum": ["review", "status-checks", "history", "owners", "findings", "updates"]},
        "scan": {"enum": ["image", "dependency", "secret", "sast"]},
        "branch": {"type": "string"},
        "approvals": {"type": "integer", "minimum": 1},
        "paths": WORDS,
        "kinds": WORDS,
        "covers": WORDS,
    },
    required=("of",),
    reads=("repository",),
)
_WORDS = {"actions": "actions of pipelines", "python": "Python packages", "docker": "base images"}


def run(
    case: Case,
    of: str,
    branch: str = "main",
    approvals: int = 1,
    paths: str | list[str] | None = None,
    kinds: str | list[str] | None = None,
    scan: str = "image",
    covers: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "owners":
        return _owners(case, listed(paths))
    if of == "updates":
        return _updates(case, listed(kinds) or ("actions", "python"))
    if of == "findings":
        return _findings(case, case.select(pipelines), scan, branch)
    found = standing(case.project.repository.rules, branch)
    if not found.rules:
        return _no_rules(case, found, branch)
    if of == "review":
        return _review(found, approvals)
    if of == "history":
        return _history(found)
    chosen = case.select(pipelines)
    verdict = _checks(chosen, found)
    if covers is None or verdict.status != "met":
        return verdict
    from gradeline.checks.support.waited_for import waited_for

    return waited_for(chosen, found, listed(covers)) or verdict


def _no_rules(case: Case, found: Standing, branch: str) -> Verdict:
    if found.others:
        span, why = found.others[0]
        return Verdict("unmet", f"No rule protects {branch}: {why}.", (Evidence(span, "problem", why), *(
            Evidence(other, "problem", text) for other, text in found.others[1:])))  # fmt: skip
    broken = next((one for one in case.project.repository.diagnostics if one.severity == "error" and one.span), None)
    if broken is not None and broken.span is not None:
        message = f"The rules in `{broken.path}` cannot be read. {broken.message}"
        return Verdict("cannot_tell", message, (Evidence(broken.span, "problem", "repair this first"),))
    return Verdict("unmet", f"No file holds rules for the branch {branch}.")


def _missing(found: Standing, message: str, shown: str, place: Span | None = None) -> Verdict:
    first = Evidence(place if place is not None else found.rules[0].span, "problem", shown)
    return Verdict("unmet", message, (first, *found.evidence()))


def _review(found: Standing, least: int) -> Verdict:
    asks = next((rules.review for rules in found.rules if rules.review is not None), None)
    if asks is None:
        return _missing(found, "Changes can be pushed without a request that anybody looks at.", "asks for no request")
    count = found.best(lambda rules: rules.approvals)
    if count is None or int(count.value) < least:
        number = int(count.value) if count is not None else 0
        message = f"A request needs {number} approvals, and at least {least} are needed."
        return _missing(found, message, f"{number} approvals", count.span if count is not None else asks)
    stale = found.best(lambda rules: rules.dismisses_stale)
    if stale is None or not stale.value:
        message = "An approval still counts after other commits were added."
        return _missing(found, message, "old approvals stay", stale.span if stale is not None else asks)
    proofs = (
        Evidence(asks, "proof", "changes come in by a request"),
        Evidence(count.span, "proof", f"approvals: {count.value}"),
        Evidence(stale.span, "proof", "new commits need a new approval"),
    )
    return Verdict("met", "Somebody else approves every change, as it is merged.", proofs)


def _history(found: Standing) -> Verdict:
    proofs: list[Evidence] = []
    asked: tuple[tuple[Callable[[BranchRules], Known | None], str, str], ...] = (
        (lambda rules: rules.no_force_push, "rewritten by a forced push", "no forced pushes"),
        (lambda rules: rules.no_deletion, "deleted", "no deletion"),
    )
    for ask, what, shown in asked:
        known = found.best(ask)
        if known is None or not known.value:
            place = known.span if known is not None else None
            return _missing(found, f"The branch can be {what}.", "nothing here forbids it", place)
        proofs.append(Evidence(known.span, "proof", shown))
    return Verdict("met", "Nobody can rewrite or delete the branch.", tuple(proofs))


def _checks(chosen: tuple[PipelineFacts, ...], found: Standing) -> Verdict:
    every = found.best(lambda rules: rules.every_pipeline)
    wanted = [check for rules in found.rules for check in rules.checks]
    place = next((rules.checks_span for rules in found.rules if rules.checks_span is not None), None)
    proofs: list[Evidence] = []
    unknown: Verdict | None = None
    if every is not None and every.value:
        proofs.append(Evidence(every.span, "proof", "the whole pipeline has to succeed"))
    elif not [check for check in wanted if check.name]:
        return _missing(found, "A merge waits for no result.", "names no result", place)
    for check in wanted:
        answer, where = reported(chosen, check)
        if answer == "yes" and where is not None:
            proofs += [Evidence(check.span, "proof", f"waits for `{check.name}`"),
                       Evidence(Span(where.path, where.line, where.column), "proof", "reports it")]  # fmt: skip
        elif check.elsewhere:
            continue  # another program reports it, and no file here tells how
        elif answer == "unknown":
            message = f"Whether a job reports `{check.name}` cannot be seen: names of jobs are computed."
            evidence = [Evidence(check.span, "problem", "no name that is known")]
            evidence += [Evidence(where, "context", "this name is computed")] if where is not None else []
            unknown = unknown or Verdict("cannot_tell", message, tuple(evidence))
        elif answer == "never-runs":
            message = f"The job that reports `{check.name}` does not run on a proposed change."
            return Verdict("unmet", message, (Evidence(check.span, "problem", "nothing reports this on a change"),))
        else:
            message = f"No job reports a result with the name `{check.name}`, so every merge would wait for ever."
            return Verdict("unmet", message, (Evidence(check.span, "problem", "no job has this name"),))
    if unknown is not None:
        return unknown
    if not proofs:
        return _missing(found, "No result of the repository's own jobs is waited for.", "only results of others", place)
    fresh = found.best(lambda rules: rules.up_to_date)
    if fresh is None or not fresh.value:
        message = "A change can be merged although it was tested on an older state of the branch."
        return _missing(found, message, "need not be up to date", fresh.span if fresh is not None else place)
    proofs.append(Evidence(fresh.span, "proof", "tested on top of what is merged"))
    return Verdict("met", "Only what its jobs have tested as it will be is merged.", tuple(dict.fromkeys(proofs)))


def _findings(case: Case, chosen: tuple[PipelineFacts, ...], scan: str, branch: str) -> Verdict:
    tool = scan if scan == "sast" else f"{scan}-scan"
    runs = next((item for facts in chosen for item in facts.doing(tool, effect=None)), None)
    problem: Verdict | None = None
    for policy in case.project.repository.policies:
        lacks = lacking(policy, scan, branch)
        if lacks is None and runs is not None:
            return Verdict("met", "A merge that brings severe findings needs an approval.", (
                Evidence(policy.span, "proof", policy.name or "asks for an approval"), *runs.proof()))  # fmt: skip
        if lacks is not None:
            problem = problem or Verdict("unmet", f"The policy about findings does not hold: {lacks[1]}.", (
                Evidence(lacks[0], "problem", lacks[1]),))  # fmt: skip
    if problem is None and case.project.repository.policies:
        span = case.project.repository.policies[0].span
        message = "A policy waits for the findings of a scan that no pipeline runs."
        problem = Verdict("unmet", message, (Evidence(span, "problem", "there is no such scan"),))
    return problem or Verdict("unmet", "No policy asks for an approval because of findings.")


# -- owners ----------------------------------------------------------------------------------------


def _owners(case: Case, wanted: tuple[str, ...]) -> Verdict:
    files = tuple(case.project.repository.taken())
    if not files:
        unused = next(iter(case.project.repository.owners), None)
        if unused is not None:
            message = f"Nobody reads `{unused.path}`: owners are looked for in other places."
            return Verdict("unmet", message, (Evidence(Span(unused.path, 1), "problem", "not looked at here"),))
        return Verdict("unmet", "No file says who owns which paths.")
    proofs: list[Evidence] = []
    for either in wanted:
        verdicts = [_owned(case, files[0], path) for path in either.split("|")]
        best = next((one for one in verdicts if one.status == "met"), verdicts[0])
        if best.status != "met":
            return best
        proofs.extend(best.evidence)
    return Verdict("met", "Each of the paths has an owner.", tuple(dict.fromkeys(proofs)))


def _owned(case: Case, owners: Owners, wanted: str) -> Verdict:
    proofs: list[Evidence] = []
    for path in examples(case.project, wanted):
        rules = owners.deciding(path)
        if any(rule.owners and not rule.optional and not rule.excluded for rule in rules):
            proofs.extend(Evidence(rule.span, "proof", f"owns {wanted}") for rule in rules if rule.owners)
            continue
        real = path if case.project.has(path) else wanted
        if rules:
            what = "only asks" if rules[-1].owners else "names nobody"
            message = f"`{real}` has no owner: the last line that matches it {what}."
            return Verdict("unmet", message, tuple(Evidence(rule.span, "problem", what) for rule in rules[-1:]))
        message = f"`{real}` has no owner: no line matches it."
        broken = next((one.span for one in owners.diagnostics if one.span is not None), None)
        place = broken or Span(owners.path, 1)
        shown = "this line is passed over" if broken is not None else "looked at every line here"
        return Verdict("unmet", message, (Evidence(place, "problem", shown),))
    return Verdict("met", "", tuple(dict.fromkeys(proofs)))


# -- updates ---------------------------------------------------------------------------------------


def _updates(case: Case, kinds: tuple[str, ...]) -> Verdict:
    bots = case.project.repository.bots
    if not bots:
        return Verdict("unmet", "No file configures an update bot.")
    proofs: list[Evidence] = []
    for kind in kinds:
        folders = folders_of(case.project, kind)
        if folders == []:
            continue
        verdict = _kept_fresh(bots, kind, folders)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    return Verdict("met", "What is pinned is kept up to date, in calm steps.", tuple(dict.fromkeys(proofs)))


def _kept_fresh(bots: tuple[UpdateBot, ...], kind: str, folders: list[str] | None) -> Verdict:
    what = _WORDS.get(kind, f"packages of {kind}")
    mine = [(bot, one) for bot in bots for one in bot.updates if one.kind == kind]
    hidden = next((bot for bot in bots if bot.problem), None)
    if not mine:
        if hidden is not None:
            return _hidden(hidden, what)
        place = tuple(Evidence(bot.span, "problem", f"says nothing about {what}") for bot in bots)
        return Verdict("unmet", f"The update bot does not look at {what}.", place)
    best: Verdict | None = None
    for bot, one in mine:
        verdict = _one_update(one, what, folders)
        if verdict.status == "met":
            return verdict
        if bot.problem and one.calm is None and not one.idle:
            verdict = _hidden(bot, what)
        best = best or verdict
    assert best is not None
    return best


def _one_update(one: Updates, what: str, folders: list[str] | None) -> Verdict:
    if one.idle:
        return Verdict("unmet", f"The update bot does nothing for {what}: {one.idle}.", (
            Evidence(one.span, "problem", one.idle),))  # fmt: skip
    if one.schedule is None:
        return Verdict("unmet", f"The update bot is not told when to look at {what}.", (
            Evidence(one.span, "problem", "has no interval"),))  # fmt: skip
    if folders is not None and not any(looks_into(pattern, folder) for pattern in one.folders for folder in folders):
        shown = ", ".join(one.folders)[:60]
        return Verdict("unmet", f"The update bot looks for {what} in {shown}, and there are none.", (
            Evidence(one.span, "problem", "looks into another folder"),))  # fmt: skip
    if one.calm is None:
        message = f"Each update of {what} becomes a request of its own on the day of its release."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "neither groups nor waits"),))
    return Verdict("met", "", (
        Evidence(one.schedule, "proof", f"looks at {what}"), Evidence(one.calm, "proof", "groups updates or waits"),
    ))  # fmt: skip


def _hidden(bot: UpdateBot, what: str) -> Verdict:
    message = f"What the update bot does for {what} cannot be seen: {bot.problem}."
    return Verdict("cannot_tell", message, (Evidence(bot.span, "problem", bot.problem),))
