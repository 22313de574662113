"""Policies that ask for approvals when a scan finds something.

GitLab Docs, "Merge request approval policies": ``approval_policy`` (``scan_result_policy`` before 16.9) in
``.gitlab/security-policies/policy.yml``.  An empty list of scanners, levels or branches means all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradeline.model.repository import FindingPolicy, Known
from gradeline.model.text import Text
from gradeline.readers.repository.values import Part, read_values
from gradeline.source import Diagnostic, SourceFile

PATH = ".gitlab/security-policies/policy.yml"
_SCANS = {"container_scanning": "image", "dependency_scanning": "dependency", "secret_detection": "secret",
          "sast": "sast"}  # fmt: skip
_APPROVERS = ("user_approvers", "user_approvers_ids", "group_approvers", "group_approvers_ids", "role_approvers")


def read_policies(read: Callable[[str], SourceFile | None], problems: list[Diagnostic]) -> Iterator[FindingPolicy]:
    """The approval policies about findings, one for each of their rules."""
    source = read(PATH)
    if source is None:
        return
    root = read_values(source, problems)
    for name in ("approval_policy", "scan_result_policy"):
        for policy in root.parts(name):
            for rule in policy.parts("rules"):
                if rule.text("type") == "scan_finding":
                    yield _policy(policy, rule)


def _policy(policy: Part, rule: Part) -> FindingPolicy:
    on = policy.get("enabled")
    allowed = rule.get("vulnerabilities_allowed")
    asked = next((one for one in policy.parts("actions") if one.text("type") == "require_approval"), None)
    count = asked.get("approvals_required") if asked is not None else None
    people = asked is not None and any(asked.has(name) for name in _APPROVERS)
    kind = rule.text("branch_type")
    branches = (Text({"default": "~default"}.get(kind, "~all"), rule.head),) if kind else rule.texts("branches")
    return FindingPolicy(
        path=policy.span.path,
        span=policy.head,
        name=policy.text("name"),
        active=Known(on is not None and on.data is True, on.span if on is not None else policy.head),
        scans=tuple(_SCANS.get(text.raw, text.raw) for text in rule.texts("scanners")),
        levels=tuple(text.raw for text in rule.texts("severity_levels")),
        branches=branches,
        allowed=Known(int(allowed.data) if allowed is not None and isinstance(allowed.data, int | float) else 0,
                      allowed.span if allowed is not None else rule.head),
        approvals=Known(int(count.data) if people and count is not None and isinstance(count.data, int | float) else 0,
                        count.span if count is not None else policy.head),
    )  # fmt: skip
