"""What the containers of a cluster may do besides their work.

Kubernetes documentation, "Pod Security Standards", Restricted: no escalation, no root, all capabilities dropped.
"""

from __future__ import annotations

from gradeline.checks.support.releases import bad, chosen_bundles, guarded, worst
from gradeline.checks.support.workloads import NOTHING, workloads_of
from gradeline.facts.case import Case
from gradeline.model.workload import Container, Workload
from gradeline.result import Evidence, Verdict


def confined(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether every container runs as an ordinary user that cannot become another one."""
    bundles = chosen_bundles(case, patterns)
    found = [(one, container) for one in workloads_of(case, patterns) for container in one.containers]
    if not found:
        return guarded(bundles, NOTHING)
    return guarded(bundles, worst([_container(one, container) for one, container in found]))


def _container(workload: Workload, container: Container) -> Verdict:
    rights = container.confinement
    if rights is None:
        return bad(f"Nothing limits the rights of `{container.name}`.", container.span, "all rights of a container")
    if rights.privileged:
        return bad(f"`{container.name}` has the rights of the machine.", rights.span, "privileged")
    if not rights.non_root:
        return bad(f"`{container.name}` may run as root.", rights.span, "nothing forbids root")
    if rights.escalation is not False:
        return bad(f"`{container.name}` may gain rights while it runs.", rights.span, "nothing forbids escalation")
    if "ALL" not in rights.dropped or set(rights.added) - {"NET_BIND_SERVICE"}:
        return bad(f"`{container.name}` keeps rights that it does not need.", rights.span, "not all are dropped")
    proof = (Evidence(rights.span, "proof", "an ordinary user without further rights"),)
    return Verdict("met", "What runs has no rights that it does not need.", proof)
