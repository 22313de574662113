"""What tests ask a service, and what of its answers they judge: the status, the body, the range of a number.

Sources: the documentation of requests, HTTPX, urllib.request and aiohttp (attributes of an answer, and the time a
client waits when nobody says a time), of Schemathesis (``call_and_validate``) and of pytest-timeout.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from gradeline.facts.http_statuses import status_of
from gradeline.facts.tests_claims import Claim
from gradeline.facts.tests_generated import LEFT_OUT, OPEN, WHOLE
from gradeline.facts.tests_values import Value
from gradeline.model.code import Defined, Module
from gradeline.records import record

# Attributes of an answer by what they say of it.
STATUS = frozenset({"status_code", "status", "ok", "is_success", "is_error", "is_client_error", "reason", "code"})
BODY = frozenset({"json", "text", "content", "read", "data", "body"})
CONTRACTS = frozenset({"call_and_validate", "validate_response"})
# Clients that end a request by themselves when nobody says after how long.
PATIENT = ("httpx.", "aiohttp.", "schemathesis.")
Resolve = Callable[[Module, ast.expr], Defined | None]
_REFUSED = frozenset({"400", "422"})


def asks(values: Iterable[Value]) -> frozenset[str]:
    """The labels for the paths that a request goes to: ``ask:/predict``."""
    return frozenset(f"ask:{path}" for value in values for text in value.texts if (path := path_of(text)))


def path_of(text: str) -> str:
    """The path in a piece of an address; empty for what is none."""
    if len(text) > 300 or any(character.isspace() for character in text):
        return ""
    rest = text.partition("://")[2] if "://" in text else text
    if "://" in text:
        slash = rest.find("/")
        rest = rest[slash:] if slash >= 0 else ""
    elif ":" in rest or "." in rest or "{" in rest:
        return ""  # a host, a file
    path = rest.partition("?")[0].partition("#")[0].strip("/")
    return f"/{path}" if path else ""


def status_label(module: Module, node: ast.expr) -> str:
    """``=422`` for an expression that names a status; empty for all others."""
    if isinstance(node, ast.Constant):
        value = node.value
        plain = isinstance(value, int) and not isinstance(value, bool)
        return f"={value}" if isinstance(value, int) and plain and 100 <= value <= 599 else ""
    number = status_of(module.full(node))
    return f"={number}" if number is not None else ""


@record
class Judged:
    """What one claim says about answers: from which paths, with which statuses, and what of them."""

    claim: Claim
    paths: frozenset[str]
    codes: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()  # status, body, low, high
    whole: bool = False  # the contract of the service is judged, for every path that is not in ``left_out``
    left_out: frozenset[str] = frozenset()
    unclear: bool = False  # for which paths cannot be told

    @property
    def refused(self) -> bool:
        return bool(self.codes & _REFUSED)

    @property
    def answered(self) -> bool:
        return any(code.startswith("2") for code in self.codes)


def judged(claim: Claim) -> Judged | None:
    """What a claim says about an answer of the service; None when it is about something else."""
    if "http" not in claim.labels or claim.problem:
        return None
    paths = frozenset(label[4:] for label in claim.labels if label.startswith("ask:"))
    if claim.form == "contract":
        left_out = frozenset(label.removeprefix(LEFT_OUT) for label in claim.labels if label.startswith(LEFT_OUT))
        return Judged(
            claim, paths, frozenset({"200", "422"}), frozenset({"status", "body", "low", "high"}),
            WHOLE in claim.labels, left_out, OPEN in claim.labels,
        )  # fmt: skip
    if claim.form == "status":
        return Judged(claim, paths, frozenset({"200"}), frozenset({"status"}))
    parts: set[str] = set()
    codes: frozenset[str] = frozenset()
    if "status" in claim.labels:
        parts.add("status")
        codes = frozenset(label[1:] for label in claim.labels if label.startswith("="))
        codes = codes or (frozenset({"200"}) if not _negated(claim.test) else frozenset())
    if "body" in claim.labels:
        parts.add("body")
        parts |= _bounds(claim)
    return Judged(claim, paths, codes, frozenset(parts))


def _negated(test: ast.expr | None) -> bool:
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)


def _bounds(claim: Claim) -> set[str]:
    """``low`` and ``high`` when the claim bounds a number of the body by 0 and by 1, or says which number it is."""
    if "code" in claim.labels or "predicted" in claim.labels or "bounded" in claim.labels:
        return {"low", "high"}
    if claim.test is None:
        return set()
    found: set[str] = set()
    for node in _stated(claim.test):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for left, op, right in zip(operands, node.ops, operands[1:], strict=False):
                found |= _bound(claim.module, left, op, right)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "between":
            found |= {"low", "high"}
    return found


def _stated(test: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression that all have to be true."""
    stack = [test]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            stack += node.values
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "all" and node.args:
            inner = node.args[0]
            stack.append(inner.elt if isinstance(inner, ast.GeneratorExp | ast.ListComp) else inner)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "all":
            stack.append(node.func.value)
        else:
            yield node


def _bound(module: Module, left: ast.expr, op: ast.cmpop, right: ast.expr) -> set[str]:
    if isinstance(op, ast.Eq):
        exact = [_number(module, side) for side in (left, right)]
        close = any(isinstance(one, ast.Call) and module.full(one.func).endswith("approx") for one in (left, right))
        fraction = any(isinstance(one, float) for one in exact)
        return {"low", "high"} if close or fraction else set()
    if isinstance(op, ast.Gt | ast.GtE):
        left, right, op = right, left, ast.LtE()
    if not isinstance(op, ast.Lt | ast.LtE):
        return set()
    small, large = _number(module, left), _number(module, right)
    found = set()
    if small is not None and 0 <= small <= 1:
        found.add("low")
    if large is not None and 0 <= large <= 1:
        found.add("high")
    return found


def _number(module: Module, node: ast.expr, hops: int = 3) -> float | int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.Name) and hops and (value := module.constant(node.id)) is not None:
        return _number(module, value, hops - 1)
    return None


def bounded_schema(module: Module, nodes: Iterable[ast.expr], resolve: Resolve) -> bool:
    """Whether a schema that a body is held against has a lowest and a highest number in it."""
    for node in nodes:
        value = module.constant(node.id) if isinstance(node, ast.Name) else None
        defined = resolve(module, node)
        tree: ast.AST = defined.node if defined is not None else value if value is not None else node
        words = {
            one.value if isinstance(one, ast.Constant) else one.arg
            for one in ast.walk(tree)
            if isinstance(one, ast.Constant | ast.keyword)
        }
        if words & {"minimum", "exclusiveMinimum", "ge", "gt", "min_value"} and words & {
            "maximum", "exclusiveMaximum", "le", "lt", "max_value"
        }:  # fmt: skip
            return True
    return False


def limited(full: str, last: str, node: ast.Call, base: Value) -> bool:
    """Whether a request, or a client that sends requests, gives up after some time."""
    for word in node.keywords:
        if word.arg in ("timeout", "request_timeout"):
            return not (isinstance(word.value, ast.Constant) and word.value.value is None)
    if full.startswith("urllib.request.urlopen") and len(node.args) >= 3:
        return True
    if any(word.arg is None for word in node.keywords):
        return True  # ``**settings``: what is in it is not followed
    if "unlimited" in base.labels:
        return False
    return "limited" in base.labels or full.startswith(PATIENT)
