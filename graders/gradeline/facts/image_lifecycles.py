"""Whether the rules about old images of a registry ever take one away.

Amazon ECR User Guide, "Lifecycle policy properties": a rule has a selection with ``countType`` and ``countNumber``, and
an action, which is to expire an image or to move it to another storage class.  "Amazon ECR service quotas": a
repository holds at most 100,000 images, so a rule for more than that is never used.  Provider documentation of
``aws_ecr_lifecycle_policy_document``: a rule expires images when it says nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gradeline.facts.infrastructure import StackFacts, each, known_text, settings
from gradeline.model.infrastructure import Items, Plain, Reference, Table, Value

DOCUMENT = "data.aws_ecr_lifecycle_policy_document"
MOST_IMAGES = 100_000
MOST_DAYS = 36_500  # a hundred years: no image of today comes to its end
LONGEST = 30_720  # characters of a policy, as the quota says

# Action, kind of count and number of a rule, None for what is not known.
_Rule = tuple[str | None, str | None, str | None]


def takes_away(facts: StackFacts, policy: Value | None) -> bool | None:
    """Whether a lifecycle policy ends an image that is old; None when that is not known."""
    answers = [_ends(*rule) for rule in _rules(facts, policy)]
    return True if True in answers else None if None in answers else False


def _rules(facts: StackFacts, policy: Value | None) -> Iterator[_Rule]:
    if isinstance(policy, Table):
        rules = policy.entries.get("rules")
        yield from _read(rules, ("countType", "countNumber"))
    elif isinstance(policy, Plain) and isinstance(policy.data, str):
        yield from _written(policy.data)
    elif isinstance(policy, Reference) and (documents := facts.find(policy)):
        for one in documents:
            if one.kind != DOCUMENT:
                yield None, None, None
            yield from _read(one.properties.entries.get("rule"), ("count_type", "count_number"), "expire")
    elif policy is not None:
        yield None, None, None


def _read(rules: Value | None, names: tuple[str, str], action: str | None = None) -> Iterator[_Rule]:
    """Rules of a value; ``action`` is what one that says nothing does."""
    for rule in each(rules) if rules is not None else ():
        if not isinstance(rule, Table):
            if not isinstance(rule, Plain | Items):
                yield None, None, None
            continue
        kind, number = (next(settings(rule, "selection", name), None) for name in names)
        said = next(settings(rule, "action", "type"), None)
        if kind is not None and (said is not None or action is not None):
            told = known_text(said.value) if said is not None else action
            yield told, known_text(kind.value), known_text(number.value) if number is not None else None


def _written(text: str) -> Iterator[_Rule]:
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
