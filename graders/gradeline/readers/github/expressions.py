"""GitHub expressions as model expressions, and scalars with expressions as texts.

Contexts become the model's own words here: ``needs.X.result`` a ``UnitResult``, ``secrets.X`` a
``Secret``, ``env.X`` what is bound to it, ``inputs.X`` what the caller gave.  What only exists at run
time stays a ``Name`` or becomes ``Unresolved``.  Nothing is evaluated except constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from gradeline.model.expression import (
    Call,
    Constant,
    Expression,
    Name,
    NeedsReport,
    NeedsResults,
    Operation,
    Output,
    Secret,
    Status,
    StepResult,
    UnitResult,
    Unresolved,
    walk,
)
from gradeline.model.text import Hole, Text
from gradeline.readers.github.functions import ARITY, MAX_SIZE, fold, literal_text, size_of
from gradeline.readers.github.names import is_untrusted
from gradeline.readers.github.reading import Reading, is_null, shown
from gradeline.readers.github.scope import ALL_CONTEXTS, CONTEXTS, HASH_PLACES, STATUS_PLACES, Scope
from gradeline.readers.texts import Places, plain
from gradeline.source import Span
from gradeline.syntax import expressions as syntax
from gradeline.syntax.yaml import Resolved

STATUS_FUNCTIONS: Mapping[str, Literal["success", "failure", "cancelled", "always"]] = {
    "always": "always",
    "cancelled": "cancelled",
    "failure": "failure",
    "success": "success",
}


def text(reading: Reading, scope: Scope, node: Resolved | None, where: str, what: str = "This value") -> Text | None:
    """A scalar as text with its expressions lowered; None when it is missing or not a scalar."""
    raw = plain(node)
    if raw is None:
        if node is not None:
            reading.say("error", "wrong-type", f"{what} needs a single value here.", node.span)
        return None
    return lowered(reading, scope, raw, where)


def optional(
    reading: Reading, scope: Scope, node: Resolved | None, where: str, what: str = "This value"
) -> Text | None:
    """Like ``text``, but a value written as nothing is also None."""
    return None if is_null(node) else text(reading, scope, node, where, what)


def lowered(reading: Reading, scope: Scope, raw: Text, where: str) -> Text:
    """``raw`` with every ``${{ }}`` as a hole."""
    reading.spend(1 + len(raw.raw) // 200)
    found = syntax.find(raw.raw)
    if not found:
        return raw
    lowering = Lowering(reading, scope, where, Places(raw).at)
    holes = tuple(Hole(item.start, item.end, lowering.occurrence(raw.raw, item)) for item in found)
    return Text(raw.raw, raw.span, holes, raw.lines)


class Condition(NamedTuple):
    expression: Expression | None
    span: Span | None
    implicit_success: bool


def condition(reading: Reading, scope: Scope, node: Resolved | None, where: str) -> Condition:
    """An ``if``.  A status function anywhere in it replaces the implied ``success()`` (GitHub Docs,
    "Evaluate expressions in workflows and actions", Status check functions)."""
    raw = plain(node)
    if raw is None or not raw.raw.strip():
        if node is not None and raw is None:
            reading.say("error", "wrong-type", "`if` needs a single value here.", node.span)
        return Condition(None, None, True)
    reading.spend(1 + len(raw.raw) // 200)
    lowering = Lowering(reading, scope, where, Places(raw).at)
    found = syntax.find(raw.raw)
    if not found:
        # GitHub Docs, "Workflow syntax", jobs.<job_id>.if: the delimiters may be left out.
        expression = lowering.parsed(raw.raw, 0, len(raw.raw))
        return Condition(expression, raw.span, not lowering.status_used)
    holes = tuple(Hole(item.start, item.end, lowering.occurrence(raw.raw, item)) for item in found)
    whole = Text(raw.raw, raw.span, holes, raw.lines).template()
    if len(found) > 1 or found[0].start > 0 or found[0].end < len(raw.raw):
        reading.say(
            "warning",
            "condition-always-true",
            "There is text outside `${{ }}` in this condition. Together they are a text that is not empty, and that "
            "counts as true whatever the expression says.",
            raw.span,
        )
    return Condition(whole, raw.span, not lowering.status_used)


def boolean(reading: Reading, scope: Scope, node: Resolved | None, where: str, what: str) -> Expression | None:
    """A key that is true, false or an expression; None when it is missing."""
    value = optional(reading, scope, node, where, what)
    if value is None:
        return None
    if value.holes:
        return value.template()
    if value.raw in ("true", "false"):
        return Constant(value.raw == "true", value.span)
    reading.say("error", "wrong-type", f"{what} must be true, false or an expression.", value.span)
    return None


def tolerance(reading: Reading, scope: Scope, node: Resolved | None, where: str) -> Expression | None:
    """``continue-on-error``; None when a failure counts."""
    value = boolean(reading, scope, node, where, "`continue-on-error`")
    return None if isinstance(value, Constant) and value.value is False else value


class Lowering:
    """Lowers the expressions of one text.  ``where`` is a key of ``scope.CONTEXTS``."""

    def __init__(self, reading: Reading, scope: Scope, where: str, place: Callable[[int, int], Span]) -> None:
        self.reading = reading
        self.scope = scope
        self.where = where
        self.place = place
        self.status_used = False

    def occurrence(self, raw: str, item: syntax.Occurrence) -> Expression:
        if not item.closed:
            span = self.place(item.start, item.end)
            self.reading.say("error", "expression-not-closed", "This `${{` has no `}}`.", span)
            return Unresolved("the expression is not closed", span)
        return self.parsed(raw, item.inner_start, item.inner_end)

    def parsed(self, raw: str, start: int, end: int) -> Expression:
        try:
            tree = syntax.parse(raw, start, end)
        except syntax.ExpressionError as error:
            span = self.place(error.offset, min(error.offset + 1, len(raw)))
            self.reading.say("error", "expression-syntax", f"This expression cannot be read: {error.message}.", span)
            return Unresolved("the expression cannot be read", self.place(start, end))
        return self.lower(tree)

    def span(self, node: syntax.Node) -> Span:
        return self.place(node.start, node.end)

    def unknown(self, node: syntax.Node, reason: str) -> Unresolved:
        return Unresolved(reason, self.span(node))

    def lower(self, node: syntax.Node) -> Expression:
        self.reading.spend()
        if isinstance(node, syntax.Literal):
            return Constant(node.value, self.span(node))
        if isinstance(node, syntax.Not):
            return Operation("not", (self.lower(node.operand),), self.span(node))
        if isinstance(node, syntax.Comparison):
            operands = (self.lower(node.left), self.lower(node.right))
            return Operation(node.operator, operands, self.span(node), loose=True)
        if isinstance(node, syntax.Logical):
            name = "and" if node.operator == "&&" else "or"
            return Operation(name, tuple(self.lower(operand) for operand in node.operands), self.span(node))
        if isinstance(node, syntax.Function):
            return self.function(node)
        return self.reference(node)

    # -- functions ---------------------------------------------------------------------------

    def function(self, node: syntax.Function) -> Expression:
        name = node.name.lower()
        span = self.span(node)
        arguments = tuple(self.lower(argument) for argument in node.arguments)
        if name in STATUS_FUNCTIONS:
            return self.status(node, name, span)
        if name not in ARITY:
            self.reading.say("error", "unknown-function", f"There is no function `{shown(node.name)}`.", span)
            return Unresolved(f"the function {shown(node.name)} is unknown", span)
        least, most = ARITY[name]
        if not least <= len(arguments) <= most or (name == "case" and len(arguments) % 2 == 0):
            self.reading.say("error", "wrong-arguments", f"`{node.name}` has the wrong number of arguments.", span)
            return Unresolved(f"{node.name} has the wrong number of arguments", span)
        if name == "hashfiles" and self.where not in HASH_PLACES:
            self.reading.say("error", "function-not-available", "`hashFiles` works only in steps.", span)
        return fold(Call(name, arguments, span))

    def status(self, node: syntax.Function, name: str, span: Span) -> Expression:
        self.status_used = True
        if self.where not in STATUS_PLACES:
            self.reading.say("error", "function-not-available", f"`{node.name}()` works only in `if`.", span)
        if node.arguments:
            return Unresolved(f"{node.name} with arguments is not documented", span)
        return Status(STATUS_FUNCTIONS[name], span)

    # -- contexts ----------------------------------------------------------------------------

    def reference(self, node: syntax.Node) -> Expression:
        root, parts = self.path(node)
        if not isinstance(root, syntax.Context):
            return self.member(node, self.lower(root), parts)
        context = root.name.lower()
        if context not in ALL_CONTEXTS:
            self.reading.say("error", "unknown-context", f"There is no context `{shown(root.name)}`.", self.span(root))
            return self.unknown(node, f"the context {shown(root.name)} is unknown")
        if context not in CONTEXTS[self.where]:
            message = f"The context `{context}` is not available in this place."
            self.reading.say("error", "context-not-available", message, self.span(root))
            return self.unknown(node, f"the context {context} is not available here")
        handlers = {
            "github": self._github,
            "env": self._env,
            "inputs": self._inputs,
            "secrets": self._secrets,
            "needs": self._needs,
            "jobs": self._jobs,
            "steps": self._steps,
        }
        handler = handlers.get(context)
        return self.named(node, context, parts) if handler is None else handler(node, parts)

    def path(self, node: syntax.Node) -> tuple[syntax.Node, list[str | None]]:
        """The start of ``a.b['c'].*`` and its steps; None stands for a step that is computed."""
        parts: list[str | None] = []
        while True:
            if isinstance(node, syntax.Property):
                parts.append(node.name)
            elif isinstance(node, syntax.Filter):
                parts.append("*")
            elif isinstance(node, syntax.Index):
                parts.append(literal_text(self.lower(node.index)))
            else:
                return node, parts[::-1]
            node = node.target

    def member(self, node: syntax.Node, target: Expression, parts: list[str | None]) -> Expression:
        """A step into a value that is itself computed: ``fromJSON(x).name``."""
        folded = fold(target, parts)
        if folded is not target:
            return folded
        for item in walk(target):
            if isinstance(item, Secret) or (isinstance(item, Name) and item.untrusted):
                return item  # what is dangerous in the whole is dangerous in a part of it
        return self.unknown(node, "a part of a computed value")

    def named(self, node: syntax.Node, context: str, parts: list[str | None]) -> Expression:
        if not all(part is not None for part in parts):
            return self.unknown(node, f"a value of {context} whose name is computed")
        return Name((context, *(part for part in parts if part is not None)), self.span(node))

    def _github(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        path = tuple("*" if part is None else part.lower() for part in parts)
        if path == ("token",):
            return Secret("GITHUB_TOKEN", self.span(node), automatic=True)
        if path[:2] == ("event", "inputs") and len(path) == 3:
            declared = (self.scope.inputs or {}).get(path[2])
            return Name(("github", *path), self.span(node), declared is None or declared.untrusted)
        return Name(("github", *path), self.span(node), is_untrusted(("github", *path)))

    def _env(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        if len(parts) != 1 or parts[0] is None:
            return self.named(node, "env", parts)
        bound = self.scope.variable(parts[0])
        if bound is None:
            return Name(("env", parts[0]), self.span(node))
        return self.substitute(node, bound.template() if bound.holes else Constant(bound.raw, self.span(node)))

    def _inputs(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        if len(parts) != 1 or parts[0] is None:
            return self.named(node, "inputs", parts)
        span = self.span(node)
        value = self.scope.input(parts[0], span)
        if value is None:
            self.reading.say("warning", "unknown-input", f"No input `{shown(parts[0])}` is declared.", span)
            return Constant("" if self.scope.in_action else None, span)
        return self.substitute(node, value)

    def _secrets(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        span = self.span(node)
        if len(parts) != 1 or parts[0] is None or parts[0] == "*":
            return Secret("*", span)  # any of them, or all
        if parts[0].upper() == "GITHUB_TOKEN":
            return Secret("GITHUB_TOKEN", span, automatic=True)
        passed = self.scope.secret(parts[0], span)
        return Secret(parts[0], span) if passed is None else self.substitute(node, passed)

    def _needs(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        if parts == ["*", "result"]:
            return NeedsResults(self.span(node))
        if not parts:
            units = tuple((_spelled(name, unit), unit) for name, unit in self.scope.needs.items())
            return NeedsReport(units, self.span(node))
        return self.owned(node, "needs", parts, self.scope.needs)

    def _jobs(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        return self.owned(node, "jobs", parts, self.scope.jobs)

    def owned(
        self, node: syntax.Node, context: str, parts: list[str | None], known: Mapping[str, str]
    ) -> Expression:
        """``needs.X.result`` and ``needs.X.outputs.y``; the same for ``jobs`` in the outputs of a workflow."""
        if not parts or parts[0] is None or parts[0] == "*":
            return self.named(node, context, parts)
        unit = known.get(parts[0].lower())
        if unit is None:
            where = "in `needs` of this job" if context == "needs" else "in this workflow"
            message = f"`{shown(parts[0])}` is not {where}, so this value is always empty."
            self.reading.say("warning", "not-needed", message, self.span(node))
            return Constant(None, self.span(node))
        if len(parts) == 2 and parts[1] == "result":
            return UnitResult(unit, self.span(node))
        if len(parts) == 3 and parts[1] == "outputs" and parts[2] not in (None, "*"):
            return Output("unit", unit, str(parts[2]), self.span(node))
        return self.named(node, context, parts)

    def _steps(self, node: syntax.Node, parts: list[str | None]) -> Expression:
        if not parts or parts[0] is None or parts[0] == "*":
            return self.named(node, "steps", parts)
        step = self.scope.steps.get(parts[0].lower())
        if step is None:
            message = f"No earlier step has the id `{shown(parts[0])}`, so this value is always empty."
            self.reading.say("warning", "unknown-step", message, self.span(node))
            return Constant(None, self.span(node))
        if len(parts) == 2 and parts[1] in ("outcome", "conclusion"):
            return StepResult(step, self.span(node), tolerated=parts[1] == "conclusion")
        if len(parts) == 3 and parts[1] == "outputs" and parts[2] not in (None, "*"):
            return Output("step", step, str(parts[2]), self.span(node))
        return self.named(node, "steps", parts)

    def substitute(self, node: syntax.Node, value: Expression) -> Expression:
        """A bound value in place of its name.  Values that grow by being used in each other are not followed."""
        size = size_of(value)
        if size > MAX_SIZE or size > self.reading.substitutions:
            return self.unknown(node, "a value that is too large to follow")
        self.reading.substitutions -= size
        return value


def _spelled(name: str, unit: str) -> str:
    """The name of a job as its file spells it: names are looked up without regard to case."""
    last = unit.rpartition("/")[2]
    return last if last.lower() == name else name
