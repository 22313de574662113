"""What every check of playbooks shares: which plays, and what their unreadable parts mean for the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gradeline.facts.case import Case
from gradeline.facts.playbooks import Found, chosen, live
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


def asked(
    case: Case, patterns: list[str] | None, question: Callable[[Play], Iterable[Found]], good: str
) -> Verdict:
    """The verdict on what a question finds in the chosen plays."""
    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = [one for play in plays for one in question(play)]
    places = [task.span for play in plays for task, _ in live(play)]
    return judged(case.project.playbooks, plays, found, good, places)


def accounts(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether the jobs of a machine run as somebody who is not root."""
    from gradeline.facts.playbook_hosts import risky_accounts

    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = list(risky_accounts(plays, case.project.files))
    places = [task.span for play in plays for task, _ in live(play) if task.module == "ansible.builtin.user"]
    return judged(case.project.playbooks, plays, found, "Jobs run as somebody who cannot become root.", places)


def in_batches(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether plays that restart something change some hosts at a time."""
    from gradeline.facts.playbook_batches import all_at_once, restarts

    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = [one for play in plays for one in all_at_once(play, case.project.playbooks.inventories)]
    places = [play.span for play in plays]
    if not found and not any(restarts(play) for play in plays) and not case.project.playbooks.opaque:
        place = (Evidence(plays[0].span, "problem", "looked through all tasks and handlers"),)
        return Verdict("unmet", "No play restarts what it changed, so no new setting is ever taken.", place)
    return judged(case.project.playbooks, plays, found, "Some hosts at a time, and each one is looked at.", places)


def laid_out(case: Case, patterns: list[str] | None) -> Verdict:
    """Whether roles do the work, and inventories with files of variables say what is different."""
    from gradeline.facts.playbook_layout import mixed_up, of_inventories, outside_roles, variables, without_effect
    from gradeline.model.playbook import inventories

    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = [one for play in plays for one in mixed_up(play)]
    loose = outside_roles(plays)
    paths = case.project.paths
    if not found and loose is not None and not case.project.playbooks.opaque:
        found.append(Found(loose.span, loose.name or loose.written, "it stands in the play, and no role does the work"))
    said = variables(paths) or of_inventories(case.project.playbooks)
    if not found and (not inventories(paths) or not said):
        missing = "inventory" if not inventories(paths) else "variable for a group or a host"
        found.append(Found(plays[0].span, plays[0].name or plays[0].hosts, f"there is no {missing}"))
    if not case.project.playbooks.opaque:
        found.extend(without_effect(case.project.files))
    places = [task.span for play in plays for task, _ in live(play)]
    return judged(case.project.playbooks, plays, found, "Roles do the work, and files say what differs.", places)


def secrets_of_plays(case: Case, required: bool, patterns: list[str] | None) -> Verdict:
    """Whether each secret that a task is given is encrypted or looked up."""
    from gradeline.facts.playbook_secrets import sources

    plays = chosen(case.project.playbooks, patterns)
    if not plays:
        return NO_PLAY
    found = list(sources(case.project.playbooks, plays))
    if required and not found and not case.project.playbooks.opaque:
        place = (Evidence(plays[0].span, "problem", "looked through all tasks"),)
        return Verdict("unmet", "No task is given a secret, so it must come from somewhere else.", place)
    wrong = [one for one in found if one.sentence]
    good = "Each secret is encrypted, or looked up when the play runs."
    return judged(case.project.playbooks, plays, wrong, good, [one.span for one in found] or [plays[0].span])


def _sentence(one: Found) -> str:
    return f'"{one.name[:60]}": {one.sentence}.'


def _shown(found: Sequence[Found]) -> tuple[Evidence, ...]:
    return tuple(Evidence(one.span, "problem", one.sentence) for one in found[:SHOWN])
