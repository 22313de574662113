"""Whether the rules about old images of a registry ever take one away.

Amazon ECR User Guide, "Lifecycle policy properties": a rule has a selection with ``countType`` and ``countNumber``, and
an action, which is to expire an image or to move it to another storage class.  "Amazon ECR service quotas": a
repository holds at most 100,000 images, so a rule for more than that is never used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gradeline.facts.infrastructure import each, known_text
from gradeline.model.infrastructure import Items, Plain, Table, Value

MOST_IMAGES = 100_000
MOST_DAYS = 36_500  # a hundred years: no image of today comes to its end
LONGEST = 30_720  # characters of a policy, as the quota says


def takes_away(policy: Value | None) -> bool | None:
    """Whether a lifecycle policy ends an image that is old; None when that is not known."""
    answers = [_ends(*rule) for rule in _rules(policy)]
    return True if True in answers else None if None in answers else False


def _rules(policy: Value | None) -> Iterator[tuple[str | None, str | None, str | None]]:
    """Action, kind of count and number of each rule, None for what is not known."""
    if isinstance(policy, Plain) and isinstance(policy.data, str):
        yield from _written(policy.data)
        return
    rules = policy.entries.get("rules") if isinstance(policy, Table) else None
    if policy is not None and not isinstance(policy, Table):
        yield None, None, None
    for rule in each(rules) if rules is not None else ():
        action = rule.entries.get("action") if isinstance(rule, Table) else None
        selection = rule.entries.get("selection") if isinstance(rule, Table) else None
        if isinstance(action, Table) and isinstance(selection, Table):
            kind, number = selection.entries.get("countType"), selection.entries.get("countNumber")
            yield known_text(action.entries.get("type")), known_text(kind), known_text(number)
        elif not isinstance(rule, Plain | Items):
            yield None, None, None


def _written(text: str) -> Iterator[tuple[str | None, str | None, str | None]]:
    try:
        data = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        return
    rules = data.get("rules") if isinstance(data, dict) else None
    for rule in rules if isinstance(rules, list) else ():
        action = rule.get("action") if isinstance(rule, dict) else None
        selection = rule.get("selection") if isinstance(rule, dict) else None
        if isinstance(action, dict) and isinstance(selection, dict):
            yield str(action.get("type")), str(selection.get("countType")), str(selection.get("countNumber"))


def _ends(action: str | None, kind: str | None, number: str | None) -> bool | None:
    if action is not None and action != "expire":
        return False
    try:
        count = float(number) if number is not None else None
    except ValueError:
        return False
    if count is not None and count > (MOST_IMAGES if kind == "imageCountMoreThan" else MOST_DAYS):
        return False
    return True if action is not None else None
