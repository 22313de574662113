"""What a script computes with, as far as it can be known without running it.

A value is known (``Const`` and the containers of values), or it comes from outside: ``Data`` is a metric read from a
report, a model, a table, an answer of a library.  Arithmetic with such numbers stays an ``Expr``, so that it can be
asked where a comparison turns.  Values are compared by identity: two equal numbers may come from different places.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from gradeline.model.code import Module
from gradeline.model.document import Key
from gradeline.source import Span

Face = object  # what a value from outside is in one experiment: a number, a truth, a text, None
Faces = Mapping[tuple[str, ...], Face]

MISSING = "\0missing"  # a face: there is no such entry
EMPTY = "\0empty"  # a face: there is nothing in it
MAX_WORDS = 60
MAX_ANCESTRY = 600
# Shared by most values, which need none of their own.
_NOTHING: Mapping[str, Any] = {}
_NO_LABELS: frozenset[str] = frozenset()


class Value:
    """Anything a name may stand for.  ``is_held``: its content is known, see ``known_values.Held``."""

    __slots__ = ()
    is_held = False


class Const(Value):
    """A number, text, truth or None.  ``origin``: written in the ``code``, read from a ``file`` of the repository,
    given as an ``argument``, or ``derived`` from others, which are then ``parts``."""

    __slots__ = ("data", "key", "origin", "parts", "span")

    def __init__(
        self, data: object, origin: str = "code", span: Span | None = None, key: Key = (), parts: tuple[Value, ...] = ()
    ) -> None:
        self.data = data
        self.origin = origin
        self.span = span
        self.key = key
        self.parts = parts


class Seq(Value):
    """A list, tuple or set of known length."""

    __slots__ = ("items", "kind")

    def __init__(self, items: list[Value], kind: str = "list") -> None:
        self.items = items
        self.kind = kind


class Table(Value):
    """A dictionary with known keys.  ``path`` and ``key`` say where it was read, when it was."""

    __slots__ = ("factory", "items", "key", "path", "rest", "span")

    def __init__(self, items: dict[Any, Value], path: str = "", key: Key = (), span: Span | None = None) -> None:
        self.items = items
        self.path = path
        self.key = key
        self.span = span
        self.factory: Value | None = None  # of a defaultdict
        self.rest: Data | None = None  # where all other entries come from: ``{**metrics, "lead": lead}``


class Data(Value):
    """Something from outside.  ``key`` says how it is reached: a file or a call, then the keys inside.  ``words``
    are the identifiers on the way; ``call`` is the library function that made it, from ``given`` and ``named``.
    ``source`` is what it was taken out of, when it is a part of something from outside."""

    __slots__ = ("call", "given", "key", "labels", "named", "source", "span", "words")

    def __init__(
        self,
        key: tuple[str, ...],
        span: Span,
        words: frozenset[str] = frozenset(),
        call: str = "",
        given: tuple[Value, ...] = (),
        named: Mapping[str, Value] | None = None,
    ) -> None:
        self.key = key
        self.span = span
        self.words = words
        self.call = call
        self.given = given
        self.named = _NOTHING if named is None else named
        self.source: Data | None = None
        self.labels = _NO_LABELS  # the names it is kept under

    def child(self, name: str, span: Span | None = None) -> Data:
        more = words_of(name)
        words = self.words if more <= self.words else self.words | more
        found = Data((*self.key, name)[-12:], span or self.span, words, self.call)
        found.source = self
        return found


class Expr(Value):
    """A number computed from others, at least one of them from outside."""

    __slots__ = ("args", "labels", "op")

    def __init__(self, op: str, args: tuple[Value, ...]) -> None:
        self.op = op
        self.args = args
        self.labels = _NO_LABELS


class Scope:
    """The names of a module, function or class."""

    __slots__ = ("module", "names", "outer", "shared")

    def __init__(self, module: Module, outer: Scope | None = None) -> None:
        self.module = module
        self.names: dict[str, Value] = {}
        self.outer = outer
        self.shared: set[str] = set()  # names of `global` and `nonlocal`

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and name not in scope.shared:
                return scope.names[name]
            scope = scope.outer
        return None

    def set(self, name: str, value: Value) -> None:
        if name in self.shared:
            scope = self.outer
            while scope is not None:
                if name in scope.names or scope.outer is None:
                    scope.names[name] = value
                    return
                scope = scope.outer
        self.names[name] = value


class Func(Value):
    """A function of the submission; ``owner`` is the object it is a method of."""

    __slots__ = ("node", "owner", "scope")

    def __init__(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, owner: Value | None = None
    ) -> None:
        self.node = node
        self.scope = scope
        self.owner = owner


class Klass(Value):
    """A class of the submission.  ``bases`` are those of the submission or names of libraries."""

    __slots__ = ("bases", "node", "scope")

    def __init__(self, node: ast.ClassDef, scope: Scope, bases: tuple[Value, ...]) -> None:
        self.node = node
        self.scope = scope  # names of the class body
        self.bases = bases

    def lineage(self) -> Iterator[str]:
        """Its name and those of what it is made from, libraries and builtins included."""
        yield self.node.name
        for base in self.bases:
            if isinstance(base, Klass):
                yield from base.lineage()
            elif isinstance(base, Lib):
                found = lineage_of(base.name)
                fails = len(found) != 3 or found[0].endswith(("Error", "Exception", "Warning", "Exit"))
                yield from found if fails else found[:1]

    def member(self, name: str) -> Value | None:
        if name in self.scope.names:
            return self.scope.names[name]
        for base in self.bases:
            if isinstance(base, Klass) and (found := base.member(name)) is not None:
                return found
        return None


class Thing(Value):
    """An object of a class of the submission."""

    __slots__ = ("fields", "klass")

    def __init__(self, klass: Klass) -> None:
        self.klass = klass
        self.fields: dict[str, Value] = {}


class Lib(Value):
    """A name of a library: ``yaml.safe_load``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Typed(Value):
    """A type with its parts: ``list[Gate]``, as an annotation."""

    __slots__ = ("annotation", "scope")

    def __init__(self, annotation: ast.expr, scope: Scope) -> None:
        self.annotation = annotation
        self.scope = scope


class ModuleValue(Value):
    """A module of the submission."""

    __slots__ = ("scope",)

    def __init__(self, scope: Scope) -> None:
        self.scope = scope


class Native(Value):
    """Something the reader plays the part of: a method of a known value, an argument parser."""

    __slots__ = ("call", "name", "state")

    def __init__(
        self, name: str, call: Callable[..., Value] | None = None, state: dict[str, Value] | None = None
    ) -> None:
        self.name = name
        self.call = call
        self.state = state if state is not None else {}


class Opened(Value):
    """An open file."""

    __slots__ = ("mode", "path")

    def __init__(self, path: Value, mode: str) -> None:
        self.path = path
        self.mode = mode


NONE = Const(None)


def text_of(value: Value) -> str:
    """What printing a value shows, as far as it is known."""
    told = getattr(value, "told", None)  # a member of an enumeration
    if told is not None:
        return str(told)
    if isinstance(value, Const):
        return str(value.data)
    if isinstance(value, Native) and value.name == "error" and "code" in value.state:
        return text_of(value.state["code"])
    shown = getattr(value, "text", None)  # a thing whose content is known
    return str(shown()) if shown is not None else "{…}"


def shortened(text: str, length: int) -> str:
    """A text that is at most so long; two long ones that differ stay different."""
    if len(text) <= length:
        return text
    from hashlib import blake2s

    return f"{text[: length - 9]}#{blake2s(text.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


def as_data(value: Value, span: Span) -> Value:
    """A name of a library that is used as a thing, such as ``sys.version_info``, is something from outside."""
    if isinstance(value, Lib):
        return Data((value.name,), span, words_of(value.name), "library")
    return value


def lineage_of(name: str) -> tuple[str, ...]:
    """What an exception of Python is made from, by name; one of a library is some Exception."""
    import builtins

    last = name.rpartition(".")[2]
    known = getattr(builtins, last, None)
    if isinstance(known, type) and issubclass(known, BaseException):
        return tuple(one.__name__ for one in known.__mro__ if one is not object)
    return (last, "Exception", "BaseException")


@lru_cache(maxsize=4096)
def words_of(text: str) -> frozenset[str]:
    """The words an identifier, key or path is made of, in lower case: ``p95_latency`` has ``p95`` and ``latency``."""
    parts: list[str] = []
    word = ""
    for letter in text[:200]:
        if letter.isalnum():
            if letter.isupper() and word and word[-1].islower():
                parts.append(word)
                word = ""
            word += letter
        elif word:
            parts.append(word)
            word = ""
    if word:
        parts.append(word)
    return frozenset(part.lower() for part in parts)


def leaves(*values: Value) -> tuple[Data, ...]:
    """What from outside a value is computed from, each once, in order."""
    found: dict[tuple[str, ...], Data] = {}
    seen: set[int] = set()
    todo = list(reversed(values))
    for _ in range(400):
        if not todo:
            break
        value = todo.pop()
        if isinstance(value, Data):
            found.setdefault(value.key, value)
        elif isinstance(value, Expr):
            if id(value) not in seen:
                todo.extend(reversed(value.args))
            seen.add(id(value))
        elif isinstance(value, Seq):
            todo.extend(reversed(value.items))
        elif isinstance(value, Const):
            todo.extend(reversed(value.parts))
    return tuple(found.values())


def ancestry(*values: Value) -> tuple[Value, ...]:
    """Everything that some values were made of: what calls were given and what parts were taken out of, each once."""
    found: list[Value] = []
    seen: set[int] = set()
    todo = list(reversed(values))
    while todo and len(found) < MAX_ANCESTRY:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        found.append(value)
        if isinstance(value, Data):
            todo.extend(value.named.values())
            todo.extend(reversed(value.given))
            if value.source is not None:
                todo.append(value.source)
        elif isinstance(value, Expr):
            todo.extend(reversed(value.args))
        elif isinstance(value, Seq):
            todo.extend(reversed(value.items[:60]))
        elif isinstance(value, Table):
            todo.extend(list(value.items.values())[:60])
        elif isinstance(value, Const):
            todo.extend(reversed(value.parts))
    return tuple(found)


def constants(*values: Value) -> tuple[Const, ...]:
    """The known numbers inside a computed value, those first that were read or written and not derived."""
    found: list[Const] = []
    todo = list(reversed(values))
    for _ in range(400):
        if not todo:
            break
        value = todo.pop()
        if isinstance(value, Const):
            if value.parts:
                todo.extend(reversed(value.parts))
            elif value not in found:
                found.append(value)
        elif isinstance(value, Expr):
            todo.extend(reversed(value.args))
        elif isinstance(value, Seq):
            todo.extend(reversed(value.items))
    return tuple(found)


def label(value: Value, name: object) -> None:
    """Remember the name under which a number from outside is kept."""
    if isinstance(value, Data | Expr) and isinstance(name, str) and len(value.labels) < 8:
        value.labels |= {name}


def labels_of(*values: Value) -> frozenset[str]:
    """The names of numbers inside a computed value."""
    found: set[str] = set()
    todo = list(values)
    for _ in range(100):
        if not todo:
            break
        value = todo.pop()
        if isinstance(value, Data | Expr):
            found |= value.labels
        if isinstance(value, Expr):
            todo.extend(value.args)
    return frozenset(found)


def external(value: Value) -> bool:
    """Whether something from outside is in a value."""
    if isinstance(value, Data | Expr):
        return True
    return isinstance(value, Seq) and any(external(item) for item in value.items[:200])


def gathered(*values: Value) -> frozenset[str]:
    """The identifiers that lead to some values; names of text constants count as well."""
    found: set[str] = set()
    todo = list(values)
    for _ in range(200):
        if not todo or len(found) > MAX_WORDS:
            break
        value = todo.pop(0)
        if isinstance(value, Data):
            found |= value.words
        elif isinstance(value, Expr):
            todo.extend(value.args)
        elif isinstance(value, Seq):
            todo.extend(value.items[:20])
        elif isinstance(value, Table):
            todo.extend(list(value.items.values())[:20])
        elif isinstance(value, Thing):
            todo.extend(list(value.fields.values())[:20])
        elif isinstance(value, Const) and isinstance(value.data, str):
            found |= words_of(value.data)
    return frozenset(found)
