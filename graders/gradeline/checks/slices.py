"""A number is measured for each group of customers, and no group may be left behind.

What it looks for
    A script that measures the same number for each group, compares the groups with a bound, and ends with a failure
    when one of them is on the wrong side: the gap between the best and the worst group, the ratio of the two, or a
    number that each group has to reach.  The grader follows the script with good numbers, then with a bad number for
    one group, with none for it, and with no groups at all.  Where the exercise says what predictions look like, it
    makes up customers and follows the script with the whole table: all groups alike, one group that is chosen less
    often, one that is small, one of whom nobody leaves.  It never runs the script.

What does not count
    One number for all customers, numbers of groups that are only printed, a bound that allows every gap, a group
    whose number is missing or NaN and that is passed over in silence, one number under two names, and tests that
    succeed whatever the script does.

How to repair
    Measure for each group, compare with a bound that hurts, and end with a failure also when a group has no number.

Parameters
    ``groups``: the columns whose values are the groups; each of them has to be looked at.  ``statistic``: names of
    what is measured.  ``gap``: the most that groups may be apart; ``ratio``: the least share of the best group that
    the worst one has to reach; ``each``: the least that every group has to reach; one that is given has to hold, and
    of several one is enough.  ``notions``: how many different numbers have to decide.  ``small``: only look
    whether a group with few customers is handled by a rule: it changes how the script ends, or what it reports.
    Only with predictions of the exercise: ``closed``: look whether groups without a number, and no customers at all,
    stop the script.  ``against: champion``: a gap that the champion does not have stops it; ``tolerance`` is the most
    by which it may grow.  ``configured``: columns, metrics and bounds come from a file that has the things in
    ``says``, too, such as its owner.  ``tested``: tests fail when the script is damaged, so that it lets a group fall
    behind, stops a fair candidate, or says nothing about small groups.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case
from gradeline.result import Verdict

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
CHECK = Check(
    code="G2",
    family="gates",
    params={
        "groups": WORDS,
        "statistic": WORDS,
        "gap": _SHARE,
        "ratio": _SHARE,
        "each": _SHARE,
        "notions": {"type": "integer", "minimum": 1},
        "small": {"type": "boolean"},
        "closed": {"type": "boolean"},
        "against": {"enum": ["champion"]},
        "tolerance": _SHARE,
        "configured": {"type": "boolean"},
        "tested": {"type": "boolean"},
        "says": {"type": "array", "items": WORDS, "minItems": 1},
    },
    required=("groups",),
    reads=("scripts",),
)


def run(
    case: Case,
    groups: str | list[str],
    statistic: str | list[str] | None = None,
    gap: float | None = None,
    ratio: float | None = None,
    each: float | None = None,
    notions: int = 1,
    small: bool = False,
    closed: bool = False,
    against: str = "",
    tolerance: float = 0.05,
    configured: bool = False,
    tested: bool = False,
    says: list[str | list[str]] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    from gradeline.checks.support.group_answers import Wanted, judged, small_groups
    from gradeline.facts.gate_scripts import gates

    found = gates(case, pipelines)

    def followed() -> Verdict:
        if small:
            return small_groups(found, listed(groups))
        return judged(found, Wanted(listed(groups), listed(statistic), gap, ratio, each, notions))

    data = case.kit.get("predictions")
    if not isinstance(data, Mapping):
        return followed()
    from gradeline.checks.support import group_verdicts as trials

    table = trials.table_of(data, listed(groups))
    apart = (0.1 if gap is None else gap, 0.8 if ratio is None else ratio)

    def unknown() -> Verdict:
        return Verdict("cannot_tell", "")

    if small:
        return trials.tried(found, table, trials.small, followed)
    if closed:
        return trials.tried(found, table, trials.closed(*apart), unknown)
    if against:
        return trials.tried(found, table, trials.ratchet(tolerance), unknown)
    if tested:
        return trials.tried(found, table, trials.proven(case, *apart), unknown)
    if configured:
        return trials.tried(found, table, trials.configured(says or []), unknown)
    return trials.tried(found, table, trials.judged(*apart) if notions < 2 else trials.notions(*apart), followed)
