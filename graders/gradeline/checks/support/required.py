"""Packages that a file of requirements has to name with their major version."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.facts.case import Case
from gradeline.facts.requirements import requirements, same_name
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_FILES = ("requirements*.txt", "requirements/*.txt", "*/requirements*.txt")


def majors(case: Case, packages: Sequence[str], patterns: Sequence[str] | None) -> Verdict:
    """Each of ``packages`` (``a|b`` is either of two) is asked for in one major version."""
    files = patterns or _FILES
    found = list(requirements(case.project, files))
    proofs: list[Evidence] = []
    for wanted in packages:
        names = {same_name(name) for name in wanted.split("|")}
        mine = [one for one in found if one.name in names]
        shown = wanted.partition("|")[0]
        if not mine:
            place = next((one.span for one in found), Span(files[0], 1))
            message = f"No requirement names `{shown}`."
            return Verdict("unmet", message, (Evidence(place, "context", "looked through these requirements"),))
        for one in mine:
            if not one.one_major:
                message = f"The next major version of `{one.name}` would be installed as well."
                return Verdict("unmet", message, (Evidence(one.span, "problem", "open for any version"),))
            proofs.append(Evidence(one.span, "proof", f"{one.name} {one.lowest}"))
    return Verdict("met", "Every major version is fixed.", tuple(proofs))
