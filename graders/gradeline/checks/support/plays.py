"""What every check of playbooks shares: which plays, and what their unreadable parts mean for the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradeline.facts.playbooks import Found
from gradeline.model.playbook import Play, Playbooks
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

NO_PLAY = Verdict("unmet", "There is no playbook to look at.")
SHOWN = 10


def judged(
    playbooks: Playbooks, plays: Sequence[Play], found: Iterable[Found], good: str, places: Iterable[Span],
    whole: bool = True,
) -> Verdict:
    """Not met by what is certainly wrong, open by what nobody can see, met with ``good`` otherwise.  ``whole`` false:
    the answer does not depend on roles and tasks that are not in the submission."""
    problems = list(dict.fromkeys(found))
    certain = [one for one in problems if one.certain]
    if certain:
        return Verdict("unmet", _sentence(certain[0]), _shown(certain))
    if problems:
        return Verdict("cannot_tell", _sentence(problems[0]), _shown(problems))
    for one in playbooks.opaque if whole else ():
        reason = f"{one.reason[:1].upper()}{one.reason[1:]}."
        return Verdict("cannot_tell", reason, (Evidence(one.span, "problem", one.reason),))
    proofs = [Evidence(span, "proof", "looked at here") for span in dict.fromkeys(places)]
    return Verdict("met", good, tuple(proofs[:SHOWN]) or tuple(Evidence(one.span, "proof", "read") for one in plays))


def _sentence(one: Found) -> str:
    return f'"{one.name[:60]}": {one.sentence}.'


def _shown(found: Sequence[Found]) -> tuple[Evidence, ...]:
    return tuple(Evidence(one.span, "problem", one.sentence) for one in found[:SHOWN])
