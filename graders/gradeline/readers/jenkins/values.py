"""Groovy expressions as expressions of the model, and Groovy strings as texts.

Values that only Groovy's run time could compute become ``Unresolved`` with the reason.
"""

from __future__ import annotations

import re

from gradeline.model.expression import (
    Call,
    Constant,
    Expression,
    Name,
    Operation,
    Secret,
    Status,
    Unresolved,
    children,
)
from gradeline.model.text import Hole, Text
from gradeline.readers.jenkins.names import RESULTS, SCENARIO_NAMES, UNTRUSTED_NAMES
from gradeline.readers.jenkins.reading import shown
from gradeline.readers.jenkins.scope import Scope, Value
from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gr

MAX_SIZE = 60  # of a variable's value that is put in the place of its name
COMPUTED = "it is computed by Groovy code when the pipeline runs"
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "=~", "==~"})
_LOGIC = {"&&": "and", "||": "or"}
# How the result of a build so far answers to the words of Jenkins (hudson.model.Result).
_STATUS = {"SUCCESS": "success", "FAILURE": "failure", "UNSTABLE": "unstable", "ABORTED": "cancelled"}
_KEEPS = frozenset({"trim", "toString", "strip", "stripIndent", "intern"})  # methods that give the text, more or less
# Methods that make another text of it: what they give depends on nothing else.
_MAKES = frozenset(
    {"split", "tokenize", "readLines", "take", "takeWhile", "drop", "substring", "replace", "replaceAll",
     "replaceFirst", "toLowerCase", "toUpperCase", "first", "last", "padLeft", "minus"}
)  # fmt: skip


def expression(scope: Scope, node: gr.Node) -> Expression:
    """The value of ``node`` in the words of the model."""
    span = node.span
    if isinstance(node, gr.Literal):
        number = isinstance(node.value, int) and not isinstance(node.value, bool)
        return Constant(_float(node.value) if number else node.value, span)
    if isinstance(node, gr.String):
        return text(scope, node).template()
    if isinstance(node, gr.Name):
        return _variable(scope, node.name, span)
    if isinstance(node, gr.Property):
        return _property(scope, node)
    if isinstance(node, gr.Index):
        return _index(scope, node)
    if isinstance(node, gr.Unary) and node.operator == "!":
        return Operation("not", (expression(scope, node.operand),), span)
    if isinstance(node, gr.Binary):
        return _binary(scope, node)
    if isinstance(node, gr.Ternary):
        parts = (node.condition, node.then, node.otherwise)
        return Call("case", tuple(expression(scope, part) for part in parts), span)
    if isinstance(node, gr.Elvis):
        return Operation("or", (expression(scope, node.value), expression(scope, node.otherwise)), span)
    if isinstance(node, gr.Cast):
        return expression(scope, node.value)
    if isinstance(node, gr.Call):
        return _call(scope, node)
    if isinstance(node, gr.Closure) and len(node.body.statements) == 1:
        return returned(scope, node.body)
    return Unresolved(COMPUTED, span)


def _float(value: int | float | bool | None) -> float | None:
    try:
        return float(value) if value is not None else None
    except OverflowError:
        return float("inf")


def returned(scope: Scope, body: gr.Block) -> Expression:
    """What a block of one statement gives back, such as that of ``when { expression { } }``."""
    statements = body.statements
    last = statements[-1] if statements else None
    if len(statements) == 1 and isinstance(last, gr.Return) and last.value is not None:
        return expression(scope, last.value)
    if len(statements) == 1 and last is not None and not isinstance(last, gr.Return):
        return expression(scope, last)
    return Unresolved(COMPUTED, body.span)


def text(scope: Scope, node: gr.Node) -> Text:
    """A string as written, its ``${ }`` as holes; anything else as one hole."""
    if isinstance(node, gr.String):
        holes = tuple(
            Hole(hole.at, hole.until, expression(scope, hole.expression))
            for hole in node.holes
            if hole.expression is not None
        )
        return Text(node.value, node.span, holes, node.lines)
    if isinstance(node, gr.Name):
        held = scope.variables.get(node.name)
        if held is not None and isinstance(held.node, gr.String) and held.variables is None and not held.node.holes:
            return text(scope, held.node)
    if isinstance(node, gr.Call) and node.target is not None and node.name in _KEEPS and not node.arguments:
        return text(scope, node.target)
    if isinstance(node, gr.Binary) and node.operator == "+":
        joined = _joined(scope, node)
        if joined is not None:
            return joined
    value = expression(scope, node)
    if isinstance(value, Constant) and isinstance(value.value, str | float | bool):
        raw = node.source if not isinstance(value.value, str) else value.value
        return Text(raw, node.span)
    return Text(node.source, node.span, (Hole(0, len(node.source), value),))


def _joined(scope: Scope, node: gr.Binary) -> Text | None:
    """``'a' + b + 'c'`` as one text."""
    parts: list[gr.Node] = []
    todo: list[gr.Node] = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, gr.Binary) and current.operator == "+":
            todo.extend((current.right, current.left))
        else:
            parts.append(current)
    if not any(isinstance(part, gr.String) for part in parts):
        return None
    pieces: list[str] = []
    length = 0
    holes: list[Hole] = []
    for part in parts:
        piece = text(scope, part)
        holes.extend(Hole(length + hole.start, length + hole.end, hole.expression) for hole in piece.holes)
        pieces.append(piece.raw)
        length += len(piece.raw)
    return Text("".join(pieces), node.span, tuple(holes))


def constant(scope: Scope, node: gr.Node | None) -> str | None:
    """The text of a value that is the same in every run, else None."""
    if node is None:
        return None
    return text(scope, node).constant


def environment_name(scope: Scope, name: str, span: Span) -> Expression:
    """The value of ``env.NAME``: what the file binds it to, since Groovy puts that into a text."""
    variable = scope.bound(name)
    if variable is not None:
        value = variable.value.template()
        if _small(value):
            return value
        tainted = any(isinstance(node, Name) and node.untrusted for node in variable.value.expressions())
        return Name(("env", name), span, tainted)
    if name in SCENARIO_NAMES:
        return Name(("jenkins", name), span, name in UNTRUSTED_NAMES)
    if name in scope.parameters:
        return parameter_name(scope, name, span)
    where = "server" if name in scope.later else "env"  # what the stage binds is not there yet
    return Name((where, name), span, name in UNTRUSTED_NAMES)


def _small(value: Expression) -> bool:
    todo = [value]
    seen = 0
    while todo:
        seen += 1
        if seen > MAX_SIZE:
            return False
        todo.extend(children(todo.pop()))
    return True


def parameter_name(scope: Scope, name: str, span: Span) -> Expression:
    """``params.NAME``; Jenkins refuses values of a choice that are none of its choices."""
    parameter = scope.parameters.get(name)
    return Name(("params", name), span, parameter is None or parameter.free)


def _variable(scope: Scope, name: str, span: Span) -> Expression:
    held = scope.variables.get(name)
    if held is not None:
        return held.expression if _small(held.expression) else Unresolved(COMPUTED, span)
    if scope.bound(name) is not None or name in SCENARIO_NAMES or name in scope.parameters:
        return environment_name(scope, name, span)
    if name.replace("_", "").isalnum() and name.isupper():
        return environment_name(scope, name, span)
    return Unresolved(f"what `{shown(name)}` holds is computed when the pipeline runs", span)


def member(scope: Scope, target: gr.Node, name: str) -> Value | None:
    """What a map of the file has under a name: ``config.model`` and ``config['model']``."""
    held = scope.variables.get(target.name) if isinstance(target, gr.Name) else None
    if held is None:
        return None
    if held.entries is not None and name in held.entries:
        return held.entries[name]
    if isinstance(held.node, gr.MapLiteral):
        node = held.node.get(name)
        if node is not None:
            inner = scope if held.variables is None else _seen_from(scope, held)
            return Value(expression(inner, node), node, held.variables)
        whole = held.entries is None and not any(entry.spread or entry.name is None for entry in held.node.entries)
        return Value(Constant(None, target.span)) if whole else None
    return None


def _seen_from(scope: Scope, held: Value) -> Scope:
    from gradeline.records import replace

    return replace(scope, variables=held.variables or {})


def _property(scope: Scope, node: gr.Property) -> Expression:
    path = node.path
    if path[:1] == ("env",) and len(path) == 2:
        return environment_name(scope, path[1], node.span)
    if path[:1] == ("params",) and len(path) == 2:
        return parameter_name(scope, path[1], node.span)
    if path in RESULTS:
        return Name(("jenkins", "result"), node.span)
    if len(path) == 2:
        held = member(scope, node.target, path[1])
        if held is not None:
            return held.expression
    return Unresolved(f"`{shown(node.source)}` is computed when the pipeline runs", node.span)


def _index(scope: Scope, node: gr.Index) -> Expression:
    key = constant(scope, node.arguments[0].value) if len(node.arguments) == 1 else None
    if isinstance(node.target, gr.Name) and key is not None:
        if node.target.name == "env":
            return environment_name(scope, key, node.span)
        if node.target.name == "params":
            return parameter_name(scope, key, node.span)
        held = member(scope, node.target, key)
        if held is not None:
            return held.expression
    if isinstance(node.target, gr.Call) and node.target.name in _MAKES:
        return expression(scope, node.target)  # `.split()[0]`: a part of it
    return Unresolved(f"`{shown(node.source)}` is computed when the pipeline runs", node.span)


def _binary(scope: Scope, node: gr.Binary) -> Expression:
    span = node.span
    if node.operator in _LOGIC:
        parts = (expression(scope, node.left), expression(scope, node.right))
        return Operation(_LOGIC[node.operator], parts, span)
    if node.operator == "+":
        joined = _joined(scope, node)
        return joined.template() if joined is not None else Unresolved(COMPUTED, span)
    if node.operator in _COMPARISONS:
        status = _status_question(node)
        if status is not None:
            return status
        left, right = expression(scope, node.left), expression(scope, node.right)
        # A status that was handed from unit to unit is a text by then.
        loose = any(isinstance(side, Constant) and isinstance(side.value, float) for side in (left, right))
        return Operation(node.operator, (left, right), span, loose)
    if node.operator == "in":
        return _among(scope, node)
    return Unresolved(COMPUTED, span)


def _among(scope: Scope, node: gr.Binary) -> Expression:
    listed = node.right
    if isinstance(listed, gr.Name) and listed.name in scope.variables:
        listed = scope.variables[listed.name].node or listed
    if not isinstance(listed, gr.ListLiteral) or any(item.spread for item in listed.items):
        return Unresolved(COMPUTED, node.span)
    left = expression(scope, node.left)
    choices = tuple(Operation("==", (left, expression(scope, item.value)), item.span) for item in listed.items)
    return Operation("or", choices, node.span) if choices else Constant(False, node.span)


def _status_question(node: gr.Binary) -> Expression | None:
    """``currentBuild.result == 'FAILURE'``; the result is null as long as nothing went wrong."""
    for left, right in ((node.left, node.right), (node.right, node.left)):
        word = right.constant if isinstance(right, gr.String) else None
        if isinstance(right, gr.Literal) and right.value is None:
            word = "SUCCESS"
        if isinstance(left, gr.Property) and left.path in RESULTS and word in _STATUS:
            status: Expression = result_is(_STATUS[word], node.span)
            if node.operator == "==":
                return status
            if node.operator == "!=":
                return Operation("not", (status,), node.span)
    return None


def result_is(kind: str, span: Span) -> Expression:
    """Whether the run so far has this result: the worst of what stages threw and what they were marked with.

    jenkinsci/pipeline-model-definition-plugin, BuildCondition.getCombinedResult.
    """
    failed = Operation("or", (Status("failure", span), Status("marked", span)), span)
    if kind == "failure":
        return failed
    unstable = Status("unstable", span)
    if kind == "unstable":
        return Operation("and", (unstable, Operation("not", (failed,), span)), span)
    if kind == "success":
        marked = Operation("or", (Status("marked", span), unstable), span)
        return Operation("and", (Status("success", span), Operation("not", (marked,), span)), span)
    return Status("cancelled", span)


def _call(scope: Scope, node: gr.Call) -> Expression:
    span = node.span
    known = scope.results.get(id(node))
    if known is not None:
        return known
    if node.target is None:
        if node.name == "isUnix":
            return Constant(True, span)  # the machines of the example run Linux
        if node.name == "credentials" and node.positional:
            return Secret(constant(scope, node.positional[0]) or shown(node.source), span)
        return Unresolved(f"what `{shown(node.name)}` gives is known only when the pipeline runs", span)
    target = node.target
    if isinstance(target, gr.Name) and target.name == "env" and node.name in ("getProperty", "get"):
        name = constant(scope, node.positional[0]) if node.positional else None
        if name:
            return environment_name(scope, name, span)
    if node.name in _KEEPS and not node.arguments:
        return expression(scope, target)
    if node.name in _MAKES and len(node.positional) == len(node.arguments):
        return _made(scope, node, target)
    if len(node.positional) == 1 and len(node.arguments) == 1:
        return _asked(scope, node, target, node.positional[0])
    return Unresolved(f"what `{shown(node.name)}` gives is known only when the pipeline runs", span)


def _made(scope: Scope, node: gr.Call, target: gr.Node) -> Expression:
    """A text that is made of another one: a call that nobody evaluates, with what it depends on."""
    subject = expression(scope, target)
    if isinstance(subject, Unresolved | Constant):
        return Unresolved(f"what `{shown(node.name)}` gives is known only when the pipeline runs", node.span)
    return Call("made", (subject, *(expression(scope, given) for given in node.positional)), node.span)


def _asked(scope: Scope, node: gr.Call, target: gr.Node, given: gr.Node) -> Expression:
    """A method with one argument that compares."""
    span = node.span
    argument = expression(scope, given)
    if node.name == "contains" and isinstance(target, gr.ListLiteral):
        choices = tuple(Operation("==", (expression(scope, item.value), argument), span) for item in target.items)
        return Operation("or", choices, span) if choices else Constant(False, span)
    subject = expression(scope, target)
    if node.name in ("equals", "equalsIgnoreCase"):
        return Operation("==", (subject, argument), span, node.name == "equalsIgnoreCase")
    if node.name == "matches":
        return Operation("==~", (subject, argument), span)
    if node.name in ("startsWith", "endsWith", "contains") and isinstance(argument, Constant):
        # Java compares letter by letter, while the functions of the model ignore case.
        literal = re.escape(str(argument.value))
        pattern = {"startsWith": f"^{literal}", "endsWith": f"{literal}$", "contains": literal}[node.name]
        return Operation("=~", (subject, Constant(pattern, span)), span)
    return Unresolved(f"what `{shown(node.name)}` gives is known only when the pipeline runs", span)


def all_of(parts: tuple[Expression, ...], span: Span) -> Expression | None:
    """All of the conditions, None when there is none."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Operation("and", parts, span)


def secret_text(name: str, span: Span) -> Text:
    """The value of a credential of the store."""
    raw = f"credentials('{name}')"
    return Text(raw, span, (Hole(0, len(raw), Secret(name, span)),))


def unknown_text(reason: str, span: Span) -> Text:
    """A value that cannot be seen."""
    return Text("?", span, (Hole(0, 1, Unresolved(reason, span)),))
