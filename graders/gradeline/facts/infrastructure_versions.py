"""Version constraints of Terraform, and what is taken from outside under which.

Terraform documentation, "Version Constraints" and "Dependency Lock File"; module sources: "Module Sources".
"""

from __future__ import annotations

import re

from gradeline.model.infrastructure import Needed, Stack
from gradeline.records import record

_ONE = re.compile(r"\s*(~>|>=|<=|!=|=|>|<|)\s*v?(\d{1,6}(?:\.\d{1,6}){0,2})(?:-[0-9A-Za-z.\-]{1,40})?\s*\Z")
MAX_PARTS = 10
Version = tuple[int, ...]


@record
class Bound:
    """One condition of a constraint; ``parts`` counts the numbers that were written."""

    operator: str
    version: Version
    parts: int


def bounds(constraint: str) -> tuple[Bound, ...] | None:
    """The conditions of a constraint, None when it cannot be understood."""
    found = []
    pieces = constraint[:400].split(",")
    for piece in pieces[:MAX_PARTS]:
        match = _ONE.match(piece)
        if match is None:
            return None
        numbers = tuple(int(part) for part in match.group(2).split("."))
        found.append(Bound(match.group(1) or "=", (*numbers, 0, 0)[:3], len(numbers)))
    return tuple(found)


def is_bounded(constraint: str) -> bool | None:
    """Whether a constraint has an upper end; None when it cannot be understood."""
    found = bounds(constraint)
    return None if found is None else any(one.operator in ("~>", "=", "<", "<=") for one in found)


def admits(constraint: str, version: str) -> bool | None:
    """Whether a version fits a constraint; None when one of them cannot be understood."""
    found, wanted = bounds(constraint), bounds(version)
    if found is None or wanted is None or len(wanted) != 1:
        return None
    given = wanted[0].version
    return all(_holds(one, given) for one in found)


def _holds(bound: Bound, version: Version) -> bool:
    low = bound.version
    if bound.operator == "~>":
        if bound.parts == 1:
            return version >= low
        at = bound.parts - 2
        return version >= low and version[: at + 1] == low[: at + 1]
    return {
        "=": version == low,
        "!=": version != low,
        ">": version > low,
        ">=": version >= low,
        "<": version < low,
        "<=": version <= low,
    }[bound.operator]


def allows(stack: Stack, kind: str, version: str) -> bool:
    """Whether the constraints let something be at least ``version``: they do when nobody keeps it below."""
    wanted = bounds(version)
    assert wanted is not None
    for one in stack.needed:
        found = bounds(one.version) if one.kind == kind and one.version else None
        for bound in found or ():
            upper = _upper(bound)
            if upper is not None and upper <= wanted[0].version:
                return False
    return True


def _upper(bound: Bound) -> Version | None:
    """The first version that a condition refuses from above."""
    if bound.operator == "<":
        return bound.version
    if bound.operator in ("=", "<="):
        return (*bound.version[:2], bound.version[2] + 1)
    if bound.operator == "~>" and bound.parts > 1:
        at = bound.parts - 2
        return (*bound.version[:at], bound.version[at] + 1, 0, 0)[:3]
    return None


def provider_source(needed: Needed) -> str:
    """The full address of a provider, as the lock file writes it without its host."""
    source = needed.source or f"hashicorp/{needed.name}"
    parts = source.lower().split("/")
    return "/".join(parts[-2:])


_REMOTE = ("git::", "git@", "github.com/", "bitbucket.org/", "hg::", "s3::", "gcs::")
_ARCHIVES = (".zip", ".tar.gz", ".tgz")
_REF = re.compile(r"[?&]ref=([^&]{1,200})")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_TAG = re.compile(r"(?:.*/)?[A-Za-z\-_.]{0,30}?v?\d+(?:\.\d+){1,3}(?:[-+].{1,40})?\Z")


def module_pin(needed: Needed) -> str:
    """How firmly a module from elsewhere is named: ``fixed``, ``open`` (no upper end), ``moving``, ``none`` or
    ``unknown``."""
    source = needed.source
    if not source:
        return "unknown"
    if "://" in source or source.startswith(_REMOTE):
        match = _REF.search(source)
        if match is None:
            fetched = source.startswith(("s3::", "gcs::")) or source.partition("?")[0].endswith(_ARCHIVES)
            return "unknown" if fetched else "none"
        ref = match.group(1)
        return "fixed" if _COMMIT.match(ref) or _TAG.match(ref) else "moving"
    if needed.version is None:
        return "none"
    bounded = is_bounded(needed.version)
    return "unknown" if bounded is None else "fixed" if bounded else "open"
