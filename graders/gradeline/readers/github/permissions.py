"""What the job token may do.

GitHub Docs, "Workflow syntax", permissions: as soon as one scope is given, every other one is none;
``jobs.<job_id>.permissions`` replaces what the workflow says.  "Reusing workflow configurations": a
called workflow can only lower what its caller has.
"""

from __future__ import annotations

from typing import Literal

from gradeline.model.pipeline import Permissions
from gradeline.readers.github.reading import Reading, is_null, shown
from gradeline.readers.texts import plain
from gradeline.source import Span
from gradeline.syntax.yaml import Resolved, Scalar

SCOPES = frozenset(
    {
        "actions", "artifact-metadata", "attestations", "checks", "code-quality", "contents", "copilot-requests",
        "deployments", "discussions", "drives", "id-token", "issues", "models", "packages", "pages", "pull-requests",
        "repository-projects", "security-events", "statuses", "vulnerability-alerts",
    }
)  # fmt: skip
_ORDER = {"none": 0, "read": 1, "write": 2}


def read_permissions(reading: Reading, key: Scalar | None, node: Resolved | None) -> Permissions:
    """``permissions`` of a workflow or job; not declared when the key is missing."""
    if key is None:
        return Permissions(False)
    span = key.span if node is None or is_null(node) else key.span.to(node.span)
    value = plain(node)
    if value is not None and not is_null(node):
        if value.raw in ("read-all", "write-all"):
            return Permissions(True, {}, "read" if value.raw == "read-all" else "write", span)
        reading.say("error", "bad-permissions", f"`{shown(value.raw)}` is no permission setting.", value.span)
        return Permissions(True, {}, "none", span)
    if is_null(node):
        reading.say("warning", "empty-permissions", "`permissions` has no value; write `{}` for none.", key.span)
        return Permissions(True, {}, "none", span)
    mapping = reading.mapping(node, "`permissions`")
    scopes: dict[str, str] = {}
    for name, item in mapping.items() if mapping is not None else ():
        level = plain(item)
        if name.value not in SCOPES:
            reading.say("warning", "unknown-permission", f"`{shown(name.value)}` is no known permission.", name.span)
        if level is None or level.raw not in _ORDER:
            reading.say("error", "bad-permissions", "A permission is read, write or none.", item.span)
            continue
        scopes[name.value] = level.raw
    return Permissions(True, scopes, "none", span)


def capped(reading: Reading, own: Permissions, caller: Permissions, call: Span) -> Permissions:
    """What a job of a called workflow really has: its own wish, never more than its caller."""
    if not caller.declared:
        return own
    if not own.declared:
        return caller
    scopes: dict[str, str] = {}
    for name in sorted({*own.scopes, *caller.scopes}):
        wanted, allowed = own.level(name), caller.level(name)
        if _rank(wanted) > _rank(allowed):
            message = f"The called workflow asks for `{name}: {wanted}`, but its caller only has `{allowed}`."
            reading.say("error", "permission-not-passed", message, call)
        scopes[name] = min(wanted, allowed, key=_rank)
    if own.rest in ("read", "write") and _rank(own.rest) > _rank(caller.rest):
        message = f"The called workflow asks for `{own.rest}-all`, but its caller has less."
        reading.say("error", "permission-not-passed", message, call)
    rests: list[Literal["none", "read", "write", "unknown"]] = [own.rest, caller.rest]
    return Permissions(True, scopes, min(rests, key=_rank), own.span)


def _rank(level: str) -> int:
    return _ORDER.get(level, 2)
