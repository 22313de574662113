"""The pipeline's token can do no more than the work needs.

What it looks for
    Style ``read-only``: the pipeline states at its top that the token may at most read.  Style ``needed``:
    the top is read-only or empty, and each right to write is given only to the job that uses it.
    Subject ``cloud``: each of at least ``roles`` roles or service accounts of the infrastructure has rights of its own;
    every right names its actions and what they are for; who may become a role by a token of a pipeline is tied to one
    place of one repository, and to the token's audience.  A whole repository earns half.
    Subject ``network``: nothing but the ports of ``open`` can be reached by the whole world; ranges that together make
    up most addresses are the whole world.
    Subject ``cluster``: a role is bound to whoever deploys, in one namespace; it names what may be changed, and how.
    Subject ``controller``: the server that runs the pipelines takes no work itself, has machines with labels for
    it, and is closed to people without a login.  When they may read, it is half.
    Subject ``account``: every job acts as an account that is made for it; with ``confined`` its processes never run
    as root.
    Subject ``shadow``: what only gets copies of requests is told so by a variable, has none of the variables and
    secrets by which it could act, and its numbers and its log are its own.  A policy of the network that lets its
    requests reach chosen places only is as good as having no such variables.

What does not count
    No statement at all (the platform's default may be wide), the right to write everything, and the
    same wide rights repeated on each job.  ``*`` as an action or as a resource, but for actions that only list or
    describe, or that know no resources; a ready-made policy that allows all of a service; one set of rights for all.
    In a cluster: ``cluster-admin`` and ``admin``, ``*``, rights to change things that hold for the whole cluster or for
    a whole group of accounts, and rights by which an account can give itself more.

How to repair
    Start with reading at the top.  Give a job the one scope its steps need.

Parameters
    ``subject``: ``ci-token`` (default), ``cloud``, ``network``, ``cluster``, ``controller``, ``account``,
    ``shadow``, or ``host``: plays make an account for the jobs that cannot become root, run them as it, and leave
    nothing for the next job.
    ``style``: ``read-only`` (default) or ``needed``.
    ``roles``: how many identities there are at least (1).  ``federated``: true when one of them must be for a pipeline.
    ``open``: ports that everybody may reach (80 and 443).  ``confined``: true when jobs may never run as root.
    For a shadow: ``flag`` is the variable that tells it, ``never`` are patterns of names of variables by which it could
    act, and ``logs`` are variables that name its log.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.logins import logins
from gradeline.facts.tokens import uses_token
from gradeline.model.effects import Login
from gradeline.model.pipeline import Permissions, Unit
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="S5",
    family="secrets",
    params={
        "subject": {"enum": ["ci-token", "cloud", "network", "cluster", "controller", "account", "host", "shadow"]},
        "style": {"enum": ["read-only", "needed"]},
        "roles": {"type": "integer", "minimum": 1},
        "federated": {"type": "boolean"},
        "confined": {"type": "boolean"},
        "open": {"type": "array", "items": {"type": "integer"}},
        "flag": {"type": "string"},
        "never": WORDS,
        "logs": WORDS,
    },
    reads=("pipelines", "infrastructure", "manifests", "playbooks"),
)


def run(
    case: Case,
    subject: str = "ci-token",
    style: str = "read-only",
    roles: int = 1,
    federated: bool = False,
    confined: bool = False,
    open: list[int] | None = None,
    flag: str = "",
    never: str | list[str] | None = None,
    logs: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if subject == "cloud":
        from gradeline.checks.support.cloud_rights import rights
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        return softened(stacks, rights(stacks, roles, federated))
    if subject == "network":
        from gradeline.checks.support.cloud_rights import reachable
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        return softened(stacks, reachable(stacks, tuple(open if open is not None else (80, 443))))
    if subject == "cluster":
        from gradeline.checks.support.cluster_rights import rights as granted

        return granted(case, pipelines)
    if subject == "controller":
        from gradeline.checks.support.server import privileges

        described = any(unit.resources is not None for facts in case.select(None) for unit in facts.pipeline.units)
        return privileges(case.project.controller, described)
    if subject == "host":
        from gradeline.checks.support.plays import accounts as of_plays

        return of_plays(case, pipelines)
    if subject == "shadow":
        from gradeline.checks.support.shadowed import harmless

        return harmless(case, listed(never), flag, listed(logs), pipelines)
    chosen = case.select(pipelines)
    if subject == "account":
        from gradeline.checks.support.accounts import accounts

        return accounts(chosen, confined)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file whose permissions could be read.")
    verdicts = [_read_only(facts) if style == "read-only" else _needed(facts) for facts in chosen]
    for status in ("unmet", "cannot_tell", "partial"):
        found = next((verdict for verdict in verdicts if verdict.status == status), None)
        if found is not None:
            return found
    return Verdict("met", verdicts[0].message, tuple(item for verdict in verdicts for item in verdict.evidence))


def _writes(permissions: Permissions) -> tuple[str, ...]:
    """The scopes with the right to write; ``everything`` for a blanket right."""
    named = tuple(sorted(scope for scope, level in permissions.scopes.items() if level == "write"))
    return (*named, "everything") if permissions.rest == "write" else named


def _top(facts: PipelineFacts) -> Verdict | None:
    """What is wrong with the statement at the top, if anything."""
    top = facts.pipeline.permissions
    if not top.declared:
        return None
    writes = _writes(top)
    if writes:
        return Verdict(
            "unmet",
            f"The token of every job may write: {', '.join(writes)}.",
            (Evidence(top.span or facts.pipeline.span, "problem", "given to every job"),),
        )
    return None


def _read_only(facts: PipelineFacts) -> Verdict:
    top = facts.pipeline.permissions
    problem = _top(facts)
    if problem is not None:
        return problem
    working = [unit for unit in facts.pipeline.units if unit.kind == "work"]
    for unit in working:
        writes = _writes(unit.permissions)
        if unit.permissions.declared and writes:
            return Verdict(
                "unmet",
                f"The job {unit.title!r} may write: {', '.join(writes)}.",
                (Evidence(unit.permissions.span or unit.span, "problem", "a right to write"),),
            )
    if top.declared:
        return Verdict(
            "met", "The token may only read.", (Evidence(top.span or facts.pipeline.span, "proof", "reading at most"),)
        )
    if working and all(unit.permissions.declared for unit in working):
        return Verdict(
            "partial",
            "Each job limits the token, but the pipeline itself does not, so a new job starts with the default.",
            tuple(Evidence(unit.permissions.span or unit.span, "context", "limited here") for unit in working[:3]),
        )
    return _unsaid(facts)


def _unsaid(facts: PipelineFacts) -> Verdict:
    """The pipeline says nothing of its token; on some platforms it could not."""
    if facts.pipeline.rights_elsewhere:
        return Verdict(
            "cannot_tell",
            f"What the token may do cannot be seen: {facts.pipeline.rights_elsewhere}.",
            (Evidence(facts.pipeline.span, "problem", facts.pipeline.rights_elsewhere),),
        )
    return Verdict(
        "unmet",
        "Nothing says what the token may do, so the platform's default applies.",
        (Evidence(facts.pipeline.span, "problem", "no permissions here"),),
    )


def _needed(facts: PipelineFacts) -> Verdict:
    top = facts.pipeline.permissions
    unclear = None if top.declared else _unsaid(facts)
    if unclear is not None and unclear.status == "unmet":
        return unclear
    problem = _top(facts)
    if problem is not None:
        return problem
    proofs = [Evidence(top.span or facts.pipeline.span, "proof", "reading at most")]
    for unit in facts.pipeline.units:
        if unit.kind != "work" or not unit.permissions.declared or unit.permissions.span == top.span:
            continue
        for scope in _writes(unit.permissions):
            place = unit.permissions.span or unit.span
            needed = _needs(facts, unit, scope)
            if needed is False:
                return Verdict(
                    "unmet",
                    f"The job {unit.title!r} may write {scope!r}, but nothing in it needs that.",
                    (Evidence(place, "problem", f"{scope}: write is not used"),),
                )
            if needed is None:
                unclear = unclear or Verdict(
                    "cannot_tell",
                    f"Whether {unit.title!r} needs to write {scope!r} cannot be seen from the files.",
                    (Evidence(place, "problem", f"{scope}: write"),),
                )
            proofs.append(Evidence(place, "proof", f"{scope}: write is used here"))
    return unclear or Verdict("met", "Each job has only the rights it uses.", tuple(dict.fromkeys(proofs)))


def _needs(facts: PipelineFacts, unit: Unit, scope: str) -> bool | None:
    if scope == "everything":
        return False
    wanted = f"{scope}:write"
    activities: list[Activity] = [item for item in facts.activities if item.unit.id == unit.id]
    if not activities:  # a job that only runs after a failure
        activities = [item for item in facts.dormant if item.unit.id == unit.id]
        effects = (effect for step in unit.walk() for effect in step.effects)
        if scope == "id-token" and any(isinstance(effect, Login) and effect.federated for effect in effects):
            return True
    readings = [reading for item in activities for reading in item.readings]
    if any(wanted in reading.scopes for reading in readings):
        return True
    if scope == "id-token" and any(login.federated for login in logins(facts, unit)):
        return True
    if any({wanted, "*"} & reading.possible_scopes for reading in readings) or unit.opaque is not None:
        return None
    if any(uses_token(item) for item in activities):
        return None
    return False
