"""The rules of the catalogue: conditions over options, with three answers, and what follows from them.

A condition is a mapping whose entries must all hold:

* ``has: [names]`` one of them is given and not false; ``lacks: [names]`` none is;
* ``equals: {name: [values]}`` its last value is one of these; ``differs`` it is given and is none of them;
* ``within: {name: [values]}`` it is given and every item of its last value is one of these;
* ``contains: {name: [values]}`` one item is; an entry ``S*`` also means ``S`` with a number;
* ``starts``/``ends: {name: [texts]}`` one value starts or ends like that;
* ``most``/``least: {name: number}`` its last value is a number and at most or at least this;
* ``not: condition``, ``all: [conditions]`` and ``any: [conditions]``.

What follows: ``pretends`` no work is done; ``toothless`` the work is done but cannot fail; ``unknown`` it
cannot be told; ``fails`` for ``fails_on_findings``; classes to ``add`` or ``drop``; ``scopes`` and
``possible`` scopes; ``also`` a reading of its own.  An ``unknown`` condition makes these possible only.

A name is an option or an input, ``@`` the operands, ``@0`` the first one, ``$NAME`` an environment
variable.  Items are separated by commas or blanks, and letter case does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradeline.facts.arguments import HOLE, Values, is_false
from gradeline.facts.readings import Effect, Reading
from gradeline.records import field, record

Truth = bool | None
_ITEMS = re.compile(r"[,\s]+")


@record
class Subject:
    """What conditions are asked about.

    ``hidden``: options may be given that are not seen.  ``valued`` are the options that take a value, so
    that ``--exit-code 0`` is given; only the word false takes such an option back.
    """

    options: Mapping[str, Values]
    operands: Values = ()
    env: Mapping[str, str | None] = field(default_factory=dict)
    hidden: bool = False
    valued: frozenset[str] = frozenset()

    def values(self, name: str) -> Values | None:
        """The values of ``name``, None when it is not given."""
        if name == "@":
            return self.operands or None
        if name.startswith("@"):
            place = int(name[1:])
            return self.operands[place : place + 1] or None
        if name.startswith("$"):
            return (self.env[name[1:]],) if name[1:] in self.env else None
        return self.options.get(name)


def _both(first: Truth, second: Truth) -> Truth:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _either(first: Truth, second: Truth) -> Truth:
    return _opposite(_both(_opposite(first), _opposite(second)))


def _opposite(value: Truth) -> Truth:
    return None if value is None else not value


def _given(subject: Subject, name: str) -> Truth:
    values = subject.values(name)
    if values is None:
        return False
    if not values or name.startswith("@"):
        return True
    value = values[-1]
    if value is None:
        return True if name in subject.valued else None
    if name in subject.valued:
        return value.strip().lower() != "false"
    return not is_false(value) and not (name.startswith("$") and not value)


def _has(subject: Subject, names: Sequence[str]) -> Truth:
    found: Truth = False
    for name in names:
        found = _either(found, _given(subject, name))
    return found


def _lacks(subject: Subject, names: Sequence[str]) -> Truth:
    found = _opposite(_has(subject, names))
    hides = subject.hidden and any(not name.startswith(("@", "$")) for name in names)
    return None if found is True and hides else found


def items(value: str) -> tuple[str, ...]:
    """The items of a list written with commas or blanks, in lower case."""
    return tuple(item.lower() for item in _ITEMS.split(value) if item)


def _same(item: str, wanted: str) -> bool:
    wanted = wanted.lower()
    if wanted.endswith("*"):
        stem = wanted[:-1]
        return item.startswith(stem) and item[len(stem) :].strip("0123456789") == ""
    return item == wanted


def _last(subject: Subject, name: str) -> tuple[bool, str | None]:
    """Whether ``name`` has a value, and its last one (None: unknown)."""
    values = subject.values(name)
    return (False, None) if not values else (True, values[-1])


def _equals(subject: Subject, name: str, wanted: Sequence[str]) -> Truth:
    given, value = _last(subject, name)
    if not given:
        return False
    if value is None or HOLE in value:
        return None
    return value.strip().lower() in {text.lower() for text in wanted}


def _differs(subject: Subject, name: str, wanted: Sequence[str]) -> Truth:
    given, _ = _last(subject, name)
    return _opposite(_equals(subject, name, wanted)) if given else False


def _within(subject: Subject, name: str, wanted: Sequence[str]) -> Truth:
    given, value = _last(subject, name)
    if not given:
        return False
    if value is None or HOLE in value:
        return None
    found = items(value)
    return bool(found) and all(any(_same(item, text) for text in wanted) for item in found)


def _contains(subject: Subject, name: str, wanted: Sequence[str]) -> Truth:
    values = subject.values(name) or ()
    known = [item for value in values if value is not None for item in items(value)]
    if any(_same(item, text) for item in known for text in wanted):
        return True
    return None if any(value is None or HOLE in value for value in values) else False


def _starts(subject: Subject, name: str, wanted: Sequence[str]) -> Truth:
    values = subject.values(name) or ()
    if any(value is not None and value.startswith(tuple(wanted)) for value in values):
        return True
    return None if any(value is None or value.startswith(HOLE) for value in values) else False


def _ends(subject: Subject, name: str, wanted: Sequence[str]) -> Truth:
    values = subject.values(name) or ()
    if any(value is not None and value.endswith(tuple(wanted)) for value in values):
        return True
    return None if any(value is None or value.endswith(HOLE) for value in values) else False


def number(value: str) -> float | None:
    """A decimal number, None for any other text."""
    text = value.strip().removesuffix("%")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{0,15})?", text):
        return None
    return float(text)


def _compare(subject: Subject, name: str, bound: float, least: bool) -> Truth:
    given, value = _last(subject, name)
    if not given:
        return False
    found = None if value is None else number(value)
    if found is None:
        return None if value is None or HOLE in value else False
    return found >= bound if least else found <= bound


def holds(condition: Mapping[str, Any], subject: Subject) -> Truth:
    """The answer of a condition; None when it depends on something unknown."""
    answer: Truth = True
    for key, wanted in condition.items():
        if key == "has":
            answer = _both(answer, _has(subject, wanted))
        elif key == "lacks":
            answer = _both(answer, _lacks(subject, wanted))
        elif key == "not":
            answer = _both(answer, _opposite(holds(wanted, subject)))
        elif key == "any":
            found: Truth = False
            for inner in wanted:
                found = _either(found, holds(inner, subject))
            answer = _both(answer, found)
        elif key == "all":
            for inner in wanted:
                answer = _both(answer, holds(inner, subject))
        else:
            for name, value in wanted.items():
                answer = _both(answer, _TESTS[key](subject, name, value))
        if answer is False:
            return False
    return answer


def _most(subject: Subject, name: str, bound: float) -> Truth:
    return _compare(subject, name, bound, False)


def _least(subject: Subject, name: str, bound: float) -> Truth:
    return _compare(subject, name, bound, True)


_TESTS: Mapping[str, Callable[[Subject, str, Any], Truth]] = {
    "equals": _equals,
    "differs": _differs,
    "within": _within,
    "contains": _contains,
    "starts": _starts,
    "ends": _ends,
    "most": _most,
    "least": _least,
}
CONDITIONS = frozenset({"has", "lacks", "not", "all", "any", *_TESTS})
RESULTS = frozenset(
    {"if", "pretends", "toothless", "unknown", "fails", "add", "drop", "scopes", "possible", "also", "source"}
)


class _Draft:
    def __init__(self, classes: Sequence[str], fails: bool | None, scopes: Sequence[str]) -> None:
        self.classes = set(classes)
        self.effect: Effect = "works"
        self.reason = ""
        self.fails = fails
        self.scopes = set(scopes)
        self.possible: set[str] = set()
        self.idle = False
        self.also: list[tuple[frozenset[str], Effect, str, bool | None, frozenset[str], str]] = []

    def pretend(self, reason: str, idle: bool = True) -> None:
        if self.effect != "pretends" or (idle and not self.idle):
            self.effect, self.reason, self.fails, self.idle = "pretends", reason, False, idle

    def doubt(self, reason: str) -> None:
        if self.effect == "works":
            self.effect, self.reason = "unknown", reason
            self.fails = None if self.fails else self.fails

    def apply(self, rule: Mapping[str, Any]) -> None:
        if "fails" in rule and self.effect == "works":
            self.fails = rule["fails"]
        self.classes |= set(rule.get("add", ()))
        self.classes -= set(rule.get("drop", ()))
        self.scopes |= set(rule.get("scopes", ()))
        self.possible |= set(rule.get("possible", ()))
        if "pretends" in rule:
            self.pretend(rule["pretends"])
        elif "toothless" in rule:
            self.pretend(rule["toothless"], idle=False)
        elif "unknown" in rule:
            self.doubt(rule["unknown"])
        if "also" in rule:
            self.side(rule["also"], rule["also"].get("effect", "works"), rule["also"].get("reason", ""))

    def maybe(self, rule: Mapping[str, Any]) -> None:
        """The rule applies or not: what it would change is unknown."""
        reason = rule.get("pretends") or rule.get("toothless") or rule.get("unknown")
        if reason:
            self.doubt(f"it depends on a value that is not known: {reason}")
        if "fails" in rule and self.effect == "works":
            self.fails = None
        added = frozenset(rule.get("add", ())) - self.classes
        if added:
            note = "whether it does this depends on a value that is not known"
            self.also.append((added, "unknown", note, None, frozenset(), ""))
        self.possible |= set(rule.get("scopes", ())) | set(rule.get("possible", ()))
        if "also" in rule:
            self.side(rule["also"], "unknown", "it depends on a value that is not known")

    def side(self, extra: Mapping[str, Any], effect: Effect, reason: str) -> None:
        fails = False if effect == "pretends" else extra.get("fails", True)
        self.also.append(
            (
                frozenset(extra["classes"]), effect, reason, fails, frozenset(extra.get("scopes", ())),
                extra.get("tool", ""),
            )
        )


def interpret(
    tool: str,
    classes: Sequence[str],
    rules: Sequence[Mapping[str, Any]],
    subject: Subject,
    fails: bool | None = True,
    scopes: Sequence[str] = (),
    targets: Values = (),
    excluded: Values = (),
    extra_pretends: str = "",
) -> tuple[Reading, ...]:
    """The readings of one command or action.  ``extra_pretends`` is a reason that was found before."""
    draft = _Draft(classes, fails, scopes)
    if extra_pretends:
        draft.pretend(extra_pretends)
    for rule in rules:
        answer = holds(rule.get("if", {}), subject)
        if answer is True:
            draft.apply(rule)
        elif answer is None:
            draft.maybe(rule)
    if subject.hidden:
        draft.doubt("a word that is not known may be an option that keeps it from working, such as --help")
    main: list[Reading] = []
    if draft.classes or draft.scopes or draft.possible:
        main.append(
            Reading(
                tool, frozenset(draft.classes), draft.effect, draft.reason, targets, subject.options, draft.fails,
                frozenset(draft.scopes), frozenset(draft.possible), excluded,
            )
        )
    for added, effect, reason, side_fails, side_scopes, name in draft.also:
        if draft.idle:
            effect, reason, side_fails = "pretends", draft.reason, False
        main.append(
            Reading(name or tool, added, effect, reason, targets, subject.options, side_fails, side_scopes,
                    frozenset(), excluded)
        )
    return tuple(main)
