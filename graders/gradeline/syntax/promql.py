"""PromQL to a tree, by the library ``promql_parser``, whatever the text holds.

The library recurses without a bound (100,000 parentheses end the process), takes time quadratic in the number
of operators, and compiles the regular expressions of matchers with up to 10 MB each.  So a text is first read word
by word: what nests or chains too far is refused, and every quoted text is replaced by a short name that the library
gives back.  Regular expressions are then judged by RE2, which is what Prometheus uses
(https://prometheus.io/docs/prometheus/latest/querying/basics/, "All regular expressions ... use RE2 syntax").
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from gradeline.records import record
from gradeline.syntax.promql_nodes import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Negative,
    Node,
    Number,
    Range,
    Selector,
    String,
)

MAX_CHARACTERS = 20_000
# Brackets and operators together: the library needs about 2 KB of stack for each, and threads may have 512 KB.
MAX_NESTING = 200
MAX_PATTERN = 4_000
_PATTERN_MEMORY = 1 << 20

_WORDS = re.compile(
    r"""(?P<space>[\s,]+|\#[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<variable>\$\{[A-Za-z_][\w.]*(?::\w+)?\}|\$\w+|\[\[\w+(?::\w+)?\]\]|\{\{[^{}"'`\n]*\}\})
    |(?P<word>[A-Za-z_][A-Za-z0-9_:]*)
    |(?P<number>[0-9.][0-9A-Za-z_.]*)
    |(?P<bracket>[\[\](){}])
    |(?P<operator>=~|!~|[=!<>]=|[-+*/%^<>=@:!])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING = {"(": ")", "[": "]", "{": "}"}
_OPERATOR_WORDS = frozenset({"and", "or", "unless", "atan2", "offset", "bool"})
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
# What newer servers read and the library does not (feature flags of Prometheus 3): no proof of a mistake.
_NEWER = frozenset({"anchored", "smoothed", "fill", "fill_left", "fill_right"})
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{3}|.)", re.DOTALL)
_VARIABLE = re.compile(r"\$\{[A-Za-z_][\w.]*(?::\w+)?\}|\$[A-Za-z_]\w*|\[\[\w+(?::\w+)?\]\]|\{\{.*?\}\}")
# They stand for a variable while the library reads the text; nobody writes such values.
_SOME_SECONDS = 7_654_321
_SOME_NUMBER = 7.654321e77


class PromQLError(ValueError):
    """Why a text is no expression.  ``certain`` is false when a newer server might read it, or it is too large."""

    def __init__(self, message: str, certain: bool = True) -> None:
        super().__init__(message)
        self.certain = certain


@record
class Query:
    """``variables`` are those of a dashboard or a template, as written."""

    text: str
    tree: Node
    variables: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def parse(text: str, variables: bool = False) -> Query:
    """The tree of an expression.  Raises :class:`PromQLError` and nothing else.

    With ``variables`` the text may hold those of Grafana (``$job``, ``${job:regex}``, ``[[job]]``) and the
    placeholders of templates (``{{args.job}}``).
    """
    prepared = _Prepared(text, variables)
    import promql_parser

    try:
        tree = promql_parser.parse(prepared.text)
        return Query(text, _Converter(prepared).node(tree), tuple(prepared.variables))
    except PromQLError:
        raise
    except ValueError as error:
        raise PromQLError(prepared.readable(str(error)), not prepared.newer) from None
    except (OverflowError, RecursionError, MemoryError):
        raise PromQLError("a number, a duration or the nesting is out of bounds", certain=False) from None
    except BaseException as error:
        # A panic of the library is no Exception; it says nothing about the text.
        if type(error).__name__ != "PanicException":
            raise
        raise PromQLError("the expression cannot be read", certain=False) from None


class _Prepared:
    """A text as the library gets it: short, shallow, ASCII."""

    def __init__(self, text: str, variables: bool) -> None:
        if len(text) > MAX_CHARACTERS:
            raise PromQLError(f"an expression of more than {MAX_CHARACTERS} characters is not read", certain=False)
        self.texts: list[str] = []
        self.variables: list[str] = []
        self.newer = False
        parts: list[str] = []
        open_brackets: list[tuple[str, str]] = []  # the bracket, and the word before it
        nesting = 0
        before = ""  # the last word, number, bracket or operator
        for match in _WORDS.finditer(text):
            kind, word = match.lastgroup, match.group()
            if kind == "space":
                parts.append("\n" if word.startswith("#") else word)
                continue
            if kind == "variable" and not variables:
                raise PromQLError(f"'{word}' is no part of PromQL, and nothing replaces it here")
            if kind == "variable":
                self.variables.append(word)
                inside = open_brackets[-1] if open_brackets else ("", "")
                following = text[match.end() : match.end() + 1]
                word = self._stand_in(parts, inside, before, following)
            elif kind == "text":
                word = self._text(word)
            elif kind == "bracket":
                nesting += word in _OPENING
                if word in _OPENING:
                    open_brackets.append((word, before))
                elif not open_brackets or _OPENING[open_brackets.pop()[0]] != word:
                    raise PromQLError(f"a '{word}' that nothing opens, after {text[: match.start()][-30:].strip()!r}")
            elif kind == "operator" or word.lower() in _OPERATOR_WORDS:
                nesting += 1
                self.newer = self.newer or bool(open_brackets and open_brackets[-1][0] == "[" and word in "+-*/%^")
            elif kind == "word":
                self.newer = self.newer or word in _NEWER
            elif kind == "other":
                raise PromQLError(f"an unexpected {word!r}, after {text[: match.start()][-30:].strip()!r}")
            if nesting > MAX_NESTING:
                raise PromQLError(f"more than {MAX_NESTING} brackets and operators are not read", certain=False)
            parts.append(word)
            before = word
        if open_brackets:
            raise PromQLError(f"a '{open_brackets[-1][0]}' is never closed")
        self.text = "".join(parts)

    def _stand_in(self, parts: list[str], inside: tuple[str, str], before: str, following: str) -> str:
        """What may stand where a variable is: a duration, a name, or a number."""
        if inside[0] == "[" or before == "offset":
            return f"{_SOME_SECONDS}s"
        glued = following[:1].isalnum() or following[:1] in ("_", ":", "{", "[", "(")
        if glued or (parts and (parts[-1][-1:].isalnum() or parts[-1][-1:] in ("_", ":"))):
            return f"v{len(self.variables)}_"
        if (inside[0] == "(" and inside[1] in _LISTS) or (inside[0] == "{" and before in ("{", "")):
            return f"v{len(self.variables)}_"
        return repr(_SOME_NUMBER)

    def _text(self, word: str) -> str:
        value = word[1:-1] if word[0] == "`" else _ESCAPE.sub(_unescaped, word[1:-1])
        if value in ("", ".*"):  # the library refuses a selector that may select everything
            return f'"{value}"'
        self.texts.append(value)
        return f'"t{len(self.texts) - 1}_"'

    def original(self, value: str) -> str:
        match = re.fullmatch(r"t(\d+)_", value)
        if match and int(match.group(1)) < len(self.texts):
            return self.texts[int(match.group(1))]
        return value

    def is_variable(self, name: str) -> bool:
        return any(f"v{number}_" in name for number in range(1, len(self.variables) + 1))

    def readable(self, message: str) -> str:
        return re.sub(r"t\d+_", lambda match: self.original(match.group()), message)


def _unescaped(match: re.Match[str]) -> str:
    """One escape of a Go string; another one is an error there (strconv.Unquote)."""
    word = match.group()[1:]
    if word in _ESCAPES:
        return _ESCAPES[word]
    try:
        if word[0] in "xuU" and len(word) > 1:
            return chr(int(word[1:], 16))
        if len(word) == 3:
            return chr(int(word, 8) & 0xFF)
    except ValueError:
        pass
    raise PromQLError(f"'\\{word}' in a quoted text is no escape; a backslash for a pattern is written '\\\\'")


class _Converter:
    """The library's objects to our records.  The depth is bounded: what nests has been counted."""

    def __init__(self, prepared: _Prepared) -> None:
        self._prepared = prepared

    def node(self, expr: Any) -> Node:
        kind = type(expr).__name__
        if kind == "ParenExpr":
            return self.node(expr.expr)
        if kind == "NumberLiteral":
            return Number(None if abs(expr.val) == _SOME_NUMBER else float(expr.val))
        if kind == "StringLiteral":
            return String(self._prepared.original(expr.val))
        if kind == "VectorSelector":
            return self._selector(expr)
        if kind == "MatrixSelector":
            return Range(self._selector(expr.vector_selector), _seconds(expr.range))
        if kind == "SubqueryExpr":
            step = 0.0 if expr.step is None else _seconds(expr.step)
            return Range(self.node(expr.expr), _seconds(expr.range), True, step, _seconds(expr.offset))
        if kind == "Call":
            return Call(expr.func.name, tuple(self.node(argument) for argument in expr.args))
        if kind == "AggregateExpr":
            return self._aggregate(expr)
        if kind == "UnaryExpr":
            return Negative(self.node(expr.expr))
        if kind == "BinaryExpr":
            return self._binary(expr)
        raise PromQLError(f"an expression of kind {kind} is not known", certain=False)

    def _aggregate(self, expr: Any) -> Aggregate:
        by = without = None
        if expr.modifier is not None:
            labels = self._labels(expr.modifier.labels)
            by, without = (labels, None) if str(expr.modifier.type).endswith("By") else (None, labels)
        parameter = None if expr.param is None else self.node(expr.param)
        return Aggregate(str(expr.op), self.node(expr.expr), parameter, by, without)

    def _binary(self, expr: Any) -> Binary:
        modifier = expr.modifier
        on = ignoring = None
        grouped: Any = ""
        included: tuple[str, ...] = ()
        if modifier is not None:
            if modifier.matching is not None:
                labels = self._labels(modifier.matching.labels)
                on, ignoring = (labels, None) if str(modifier.matching.type).endswith("Include") else (None, labels)
            card = str(modifier.card)
            grouped = "left" if card.endswith("ManyToOne") else "right" if card.endswith("OneToMany") else ""
            included = self._labels(modifier.group_labels or ())
        returns_bool = bool(modifier is not None and modifier.return_bool)
        left, right = self.node(expr.lhs), self.node(expr.rhs)
        return Binary(str(expr.op), left, right, returns_bool, on, ignoring, grouped, included)

    def _labels(self, labels: Any) -> tuple[str, ...]:
        return tuple(self._prepared.original(label) for label in labels)

    def _selector(self, expr: Any) -> Selector:
        matchers: list[Matcher] = []
        name = expr.name or ""
        for one in expr.matchers.matchers:
            value = self._prepared.original(one.value)
            operator: Any = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}[str(one.op).rpartition(".")[2]]
            known = not (self._prepared.variables or "$" in value or "{{" in value) or not _VARIABLE.search(value)
            if operator in ("=~", "!~") and known:
                _check_pattern(value)
            label = self._prepared.original(one.name)
            if label == "__name__" and operator == "=" and not name:
                name = value if known else ""
                continue
            matchers.append(Matcher(label, operator, value, known))
        if expr.matchers.or_matchers:  # an extension of other servers: any of several lists
            raise PromQLError("'or' between the matchers of a selector is no PromQL of Prometheus", certain=False)
        if self._prepared.is_variable(name):
            name = ""
        return Selector(name, tuple(matchers), _seconds(expr.offset), expr.at is not None)


def _seconds(duration: Any) -> float | None:
    if duration is None:
        return 0.0
    seconds = float(duration.total_seconds())
    return None if abs(seconds) == _SOME_SECONDS else seconds


@lru_cache(maxsize=1024)
def _check_pattern(pattern: str) -> None:
    if len(pattern) > MAX_PATTERN:
        raise PromQLError(f"a pattern of more than {MAX_PATTERN} characters is not read", certain=False)
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        # RE2 for C++ has a bound on memory that Go's has not.
        certain = "too large" not in str(error) and isinstance(error, re2.error)
        raise PromQLError(f"the pattern {pattern[:60]!r} is not a regular expression of RE2", certain) from None
