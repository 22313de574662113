"""The value of an expression in one moment of one simulated run, or *unknown*.

``evaluate`` never guesses: it gives ``UNKNOWN`` when the files do not determine the value.
``holds`` answers a condition in one world and asks the world's oracle about what is unknown.
Comparison rules for ``loose`` operations are GitHub's: GitHub Docs, "Evaluate expressions in
workflows and actions", section Operators (types are coerced to numbers, text ignores case).
"""

from __future__ import annotations

import json
import math
from enum import Enum
from typing import Final, Protocol

from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.worlds import Oracle
from gradeline.model.expression import (
    Call,
    Constant,
    Decision,
    Expression,
    Name,
    NeedsReport,
    NeedsResults,
    Operation,
    Output,
    Secret,
    Status,
    StepResult,
    Template,
    UnitResult,
    Unresolved,
    Value,
    walk,
)


class Unknown(Enum):
    """The one value that is not known."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Result = Value | tuple[Value, ...] | Unknown

MAX_DEPTH = 60


class Moment(Protocol):
    """What can be asked while a run is simulated."""

    def name(self, path: tuple[str, ...]) -> Result: ...
    def unit_result(self, unit: str) -> Result: ...
    def raw_unit_result(self, unit: str) -> Result: ...
    def needs_results(self) -> Result: ...
    def needs_report(self, node: NeedsReport) -> str: ...
    def step_result(self, step: str, tolerated: bool) -> Result: ...
    def output(self, node: Output) -> Result: ...
    def status(self, kind: str) -> bool: ...


def evaluate(node: Expression, moment: Moment, depth: int = 0) -> Result:
    """The value of ``node`` now; text, number, true/false, None, a tuple for a list, or UNKNOWN."""
    if depth > MAX_DEPTH:
        return UNKNOWN
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Name):
        return moment.name(node.path)
    if isinstance(node, Operation):
        return _operation(node, moment, depth)
    if isinstance(node, Template):
        return _template(node, moment, depth)
    if isinstance(node, Call):
        return _call(node, moment, depth)
    if isinstance(node, UnitResult):
        return moment.raw_unit_result(node.unit) if node.raw else moment.unit_result(node.unit)
    if isinstance(node, NeedsResults):
        return moment.needs_results()
    if isinstance(node, StepResult):
        return moment.step_result(node.step, node.tolerated)
    if isinstance(node, Output):
        return moment.output(node)
    if isinstance(node, Status):
        return moment.status(node.kind)
    assert isinstance(node, Decision | NeedsReport | Secret | Unresolved)
    return UNKNOWN


class _Nowhere:
    """A moment in which nothing is known."""

    def name(self, path: tuple[str, ...]) -> Result:
        return UNKNOWN

    def unit_result(self, unit: str) -> Result:
        return UNKNOWN

    def raw_unit_result(self, unit: str) -> Result:
        return UNKNOWN

    def needs_results(self) -> Result:
        return UNKNOWN

    def needs_report(self, node: NeedsReport) -> str:
        return HIDDEN

    def step_result(self, step: str, tolerated: bool) -> Result:
        return UNKNOWN

    def output(self, node: Output) -> Result:
        return UNKNOWN

    def status(self, kind: str) -> bool:
        return False


def folded(node: Expression) -> Expression:
    """``node`` as a constant when it is made of constants only, whatever functions are around them."""
    if isinstance(node, Constant):
        return node
    leaves = [part for part in walk(node) if not isinstance(part, Call | Operation | Template)]
    if not all(isinstance(part, Constant) for part in leaves):
        return node
    value = evaluate(node, _Nowhere())
    return node if value is UNKNOWN or isinstance(value, tuple) else Constant(value, node.span)


def truth(value: Result) -> bool | None:
    """Whether a value counts as true: empty text, 0, NaN, false and null do not.  None: unknown."""
    if value is UNKNOWN:
        return None
    if isinstance(value, tuple):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value)


def text_of(value: Result) -> str | None:
    """A value as it appears when it is put into text; None when unknown or a list."""
    if value is UNKNOWN or isinstance(value, tuple):
        return None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return str(int(value)) if float(value).is_integer() else repr(value)
    assert isinstance(value, str)
    return value


def known_truth(node: Expression, moment: Moment, depth: int = 0) -> bool | None:
    """Three-valued truth of a condition: ``unknown and false`` is false, ``unknown or true`` is true."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, Operation) and node.operator in ("and", "or", "not"):
        parts = [known_truth(operand, moment, depth + 1) for operand in node.operands]
        if node.operator == "not":
            return None if parts[0] is None else not parts[0]
        decisive = node.operator == "or"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if isinstance(node, Template) and any(isinstance(part, str) and part for part in node.parts):
        return True  # a text with anything literal in it is never empty, whatever the rest is
    return truth(evaluate(node, moment, depth + 1))


def holds(node: Expression, moment: Moment, oracle: Oracle, depth: int = 0) -> bool:
    """Whether the condition is true in this world."""
    known = known_truth(node, moment)
    if known is not None:
        return known
    if depth < MAX_DEPTH and isinstance(node, Operation):
        if node.operator == "not":
            return not holds(node.operands[0], moment, oracle, depth + 1)
        if node.operator == "and":
            return all(holds(operand, moment, oracle, depth + 1) for operand in node.operands)
        if node.operator == "or":
            return any(holds(operand, moment, oracle, depth + 1) for operand in node.operands)
        if node.operator in ("==", "!="):
            return _comparison_holds(node, moment, oracle, depth)
    if isinstance(node, Name) and node.unset:
        return oracle.has_value(node.path, node.span)
    return oracle.decide(describe(node), node.span, choice=isinstance(node, Decision))


def _comparison_holds(node: Operation, moment: Moment, oracle: Oracle, depth: int) -> bool:
    left, right = node.operands
    for unknown, other in ((left, right), (right, left)):
        value = evaluate(other, moment, depth + 1)
        if isinstance(unknown, Name | Output) and value is not UNKNOWN and not isinstance(value, tuple):
            if node.loose and isinstance(value, str):
                value = value.lower()
            path = unknown.path if isinstance(unknown, Name) else (unknown.owner, unknown.id, unknown.name)
            unset = isinstance(unknown, Name) and unknown.unset
            return oracle.equals(path, value, node.span, unset) == (node.operator == "==")
    same = oracle.decide(f"{describe(left)} == {describe(right)}", node.span)
    return same == (node.operator == "==")


def describe(node: Expression, depth: int = 0) -> str:
    """The expression as a person would read it; stable, so that equal questions have equal text."""
    if depth > 12:
        return "..."
    if isinstance(node, Constant):
        return repr(node.value) if isinstance(node.value, str) else str(text_of(node.value))
    if isinstance(node, Name):
        return ".".join(node.path)
    if isinstance(node, Secret):
        return f"secrets.{node.name}"
    if isinstance(node, UnitResult):
        return f"result of {node.unit}"
    if isinstance(node, NeedsResults):
        return "results of needs"
    if isinstance(node, StepResult):
        return f"result of step {node.step}"
    if isinstance(node, Output):
        return f"output {node.name} of {node.id}"
    if isinstance(node, Status):
        return f"{node.kind}()"
    if isinstance(node, Operation):
        inner = [describe(operand, depth + 1) for operand in node.operands]
        return f"not {inner[0]}" if node.operator == "not" else f" {node.operator} ".join(inner)
    if isinstance(node, Call):
        return f"{node.function}({', '.join(describe(argument, depth + 1) for argument in node.arguments)})"
    if isinstance(node, Decision):
        return node.question
    if isinstance(node, Template):
        return "".join(part if isinstance(part, str) else "{" + describe(part, depth + 1) + "}" for part in node.parts)
    return "a value that is not in the files"


def _template(node: Template, moment: Moment, depth: int) -> Result:
    pieces: list[str] = []
    for part in node.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        text = text_of(evaluate(part, moment, depth + 1))
        if text is None:
            # Literal text around an unknown value still makes the whole a non-empty string, but
            # its content is open; only truth() of it is decidable and that is asked separately.
            return UNKNOWN
        pieces.append(text)
    return "".join(pieces)


def _operation(node: Operation, moment: Moment, depth: int) -> Result:
    if node.operator == "not":
        known = known_truth(node.operands[0], moment, depth + 1)
        return UNKNOWN if known is None else not known
    if node.operator in ("=~", "!~", "==~"):
        return _matches(node, moment, depth)
    if node.operator in ("and", "or"):
        # The operators give one of their operands, not a truth value.
        value: Result = node.operator == "and"
        for operand in node.operands:
            value = evaluate(operand, moment, depth + 1)
            decided = truth(value)
            if decided is None:
                whole = known_truth(node, moment, depth + 1)
                return whole if whole is False else UNKNOWN
            if decided == (node.operator == "or"):
                return value
        return value
    left = evaluate(node.operands[0], moment, depth + 1)
    right = evaluate(node.operands[1], moment, depth + 1)
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, tuple) or isinstance(right, tuple):
        return node.operator == "!="
    return _compare(node.operator, left, right, node.loose)


def _matches(node: Operation, moment: Moment, depth: int) -> Result:
    """A text against a pattern; one without a value is empty (gitlab-org/gitlab, pipeline/expression, Matches)."""
    from gradeline.facts.patterns import search

    text = evaluate(node.operands[0], moment, depth + 1)
    pattern = text_of(evaluate(node.operands[1], moment, depth + 1))
    written = text_of(text)
    if written is None or pattern is None:
        return UNKNOWN
    found = search(pattern, written, node.loose, node.operator == "==~")
    if found is None:
        return UNKNOWN
    return not found if node.operator == "!~" else found


def _compare(operator: str, left: Value, right: Value, loose: bool) -> Result:
    if isinstance(left, str) and isinstance(right, str):
        if loose:
            left, right = left.lower(), right.lower()
    elif loose and type(left) is not type(right):
        left, right = _number(left), _number(right)
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    if isinstance(left, str) != isinstance(right, str) or left is None or right is None:
        return False
    ordered = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}  # type: ignore[operator]
    return ordered.get(operator, UNKNOWN)


def _number(value: Value) -> float:
    if value is None:
        return 0.0
    if isinstance(value, str):
        try:
            return float(value.strip()) if value.strip() else 0.0
        except ValueError:
            return math.nan
    return float(value)


def _case(node: Call, moment: Moment, depth: int) -> Result:
    """``case(condition, value, ..., otherwise)``: the value behind the first condition that is true."""
    for position in range(0, len(node.arguments) - 1, 2):
        chosen = known_truth(node.arguments[position], moment, depth + 1)
        if chosen is None:
            return UNKNOWN
        if chosen:
            return evaluate(node.arguments[position + 1], moment, depth + 1)
    return evaluate(node.arguments[-1], moment, depth + 1) if len(node.arguments) % 2 else UNKNOWN


def _call(node: Call, moment: Moment, depth: int) -> Result:
    if node.function == "case":
        return _case(node, moment, depth)
    if isinstance(node.arguments[0] if node.arguments else None, NeedsReport):
        report = reported(node, moment)
        return UNKNOWN if report is None or HIDDEN in report else report
    if node.arguments and (report := reported(node.arguments[0], moment)) is not None:
        return _of_report(node, report, moment, depth)
    values = [evaluate(argument, moment, depth + 1) for argument in node.arguments]
    if node.function == "contains" and len(values) == 2:
        return _contains(values[0], values[1])
    if node.function == "tojson" and len(values) == 1 and isinstance(values[0], tuple):
        return json.dumps(list(values[0]))
    texts = [text_of(value) for value in values]
    if node.function == "join" and values and isinstance(values[0], tuple):
        separator = texts[1] if len(texts) > 1 else ","
        items = [text_of(item) for item in values[0]]
        if separator is None or None in items:
            return UNKNOWN
        return separator.join(item for item in items if item is not None)
    if any(text is None for text in texts):
        return UNKNOWN
    known = [text for text in texts if text is not None]
    if node.function in ("startswith", "endswith") and len(known) == 2:
        whole, part = known[0].lower(), known[1].lower()
        return whole.startswith(part) if node.function == "startswith" else whole.endswith(part)
    if node.function == "format" and known:
        text = formatted(known[0], known[1:])
        return UNKNOWN if text is None else text
    if node.function == "tojson" and len(values) == 1 and not isinstance(values[0], tuple | Unknown):
        return json.dumps(values[0])
    if node.function == "fromjson" and len(known) == 1:
        return _from_json(known[0])
    return UNKNOWN


def reported(node: Expression, moment: Moment) -> str | None:
    """``toJSON(needs)`` as text, with ``HIDDEN`` for outputs that are not known; None for other expressions."""
    if isinstance(node, Call) and node.function == "tojson" and isinstance(node.arguments[0], NeedsReport):
        return moment.needs_report(node.arguments[0])
    return None


def _of_report(node: Call, report: str, moment: Moment, depth: int) -> Result:
    """What a function says about ``toJSON(needs)``.  Outputs that are not known are taken to hold no such word."""
    if node.function != "contains" or len(node.arguments) != 2:
        return UNKNOWN
    part = text_of(evaluate(node.arguments[1], moment, depth + 1))
    return UNKNOWN if part is None else part.lower() in report.lower()


def _contains(whole: Result, part: Result) -> Result:
    if whole is UNKNOWN or part is UNKNOWN:
        return UNKNOWN
    if isinstance(whole, tuple):
        wanted = part.lower() if isinstance(part, str) else part
        return any((item.lower() if isinstance(item, str) else item) == wanted for item in whole)
    haystack, needle = text_of(whole), text_of(part)
    if haystack is None or needle is None:
        return UNKNOWN
    return needle.lower() in haystack.lower()


def formatted(pattern: str, arguments: list[str]) -> str | None:
    """``format('{0}-{1}', ...)``; None when the pattern asks for an argument that is not there."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if pattern.startswith(("{{", "}}"), position):
            pieces.append(character)
            position += 2
        elif character == "{":
            end = pattern.find("}", position)
            number = pattern[position + 1 : end] if end > 0 else ""
            if not number.isdigit() or len(number) > 3 or int(number) >= len(arguments):
                return None
            pieces.append(arguments[int(number)])
            position = end + 1
        else:
            pieces.append(character)
            position += 1
    return "".join(pieces)


def _from_json(text: str) -> Result:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return UNKNOWN
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, list) and all(item is None or isinstance(item, str | bool | int | float) for item in value):
        return tuple(value)
    return UNKNOWN
