"""Frozen records without the start-up cost of generated code.

A learner's ``grade exercise-12`` loads some 150 record types.  The standard library's ``dataclass``
compiles half a dozen methods for each, which took over a third of the whole command (see
docs/design/0003-records.md); here the methods are ordinary functions that all records share.  Type
checkers see the same as before through ``dataclass_transform``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")

# After so many constructions a kind gets a constructor of its own: compiling it takes as long as it then saves in
# as many more.
OFTEN = 200


class _Field:
    """A default that is made anew for each record, or a value that ``repr`` leaves out."""

    __slots__ = ("make", "shown")

    def __init__(self, make: Callable[[], Any], shown: bool) -> None:
        self.make = make
        self.shown = shown


@overload
def field(*, default_factory: Callable[[], T], repr: bool = True) -> T: ...


@overload
def field(*, default: T, repr: bool = True) -> T: ...


def field(*, default_factory: Callable[[], Any] | None = None, default: Any = None, repr: bool = True) -> Any:  # noqa: A002 - as in dataclasses
    """A default value that must not be shared, such as ``dict``, or one that is too long to show."""
    return _Field(default_factory if default_factory is not None else lambda: default, repr)


def _init(self: Any, *values: Any, **named: Any) -> None:
    # One grading makes some 5,000 records of 150 kinds, nearly all with every value given by place.
    kind = type(self)
    names: tuple[str, ...] = kind.__record_fields__
    kind.__record_made__ += 1
    if kind.__record_made__ == OFTEN and kind.__init__ is _init:
        kind.__init__ = _compiled(kind)
    self.__dict__.update(zip(names, values))  # noqa: B905 - _complete looks at the number of values
    if named or len(values) != len(names):
        _complete(self.__dict__, kind, len(values), named)
    after = kind.__record_after__
    if after is not None:
        after(self)


def _complete(state: dict[str, Any], kind: Any, given: int, named: dict[str, Any]) -> None:
    """Values given by name, and defaults."""
    names: tuple[str, ...] = kind.__record_fields__
    if given > len(names):
        raise TypeError(f"{kind.__name__}() takes {len(names)} values, got {given}")
    for name, value in named.items():
        if name in state or name not in kind.__record_set__:
            raise TypeError(f"{kind.__name__}() got an unexpected or repeated value {name!r}")
        state[name] = value
    if len(state) < len(names):
        defaults: dict[str, Any] = kind.__record_defaults__
        for name in names:
            if name not in state:
                if name not in defaults:
                    raise TypeError(f"{kind.__name__}() needs a value for {name!r}")
                default = defaults[name]
                state[name] = default.make() if isinstance(default, _Field) else default


def _compiled(kind: Any) -> Callable[..., None]:
    """The constructor of one kind, written out: pays only for a kind that is made often."""
    names: tuple[str, ...] = kind.__record_fields__
    defaults: dict[str, Any] = kind.__record_defaults__
    known = {f"__default_{name}": default for name, default in defaults.items()}
    head = [f"{name}=__default_{name}" if name in defaults else name for name in names]
    given = next((number for number, name in enumerate(names) if name in defaults), len(names))
    if any(name not in defaults for name in names[given:]):
        return _init  # Python has no signature with a needed value after one that is not
    # A field may have any name that does not begin with two underscores.
    # All values at once: CPython 3.11 reads them twice as fast as those that are put in one by one.
    lines = [f"def __init__(__self, {', '.join(head)}):", " __all = __self.__dict__", " __all |= {"]
    for name in names:
        made = isinstance(defaults.get(name), _Field)
        value = f"__default_{name}.make() if {name} is __default_{name} else {name}" if made else name
        lines.append(f" {name!r}: {value},")
    lines.append(" }")
    if kind.__record_after__ is not None:
        lines.append(" __after(__self)")
        known["__after"] = kind.__record_after__
    exec("\n".join(lines), known)  # noqa: S102 - the names of our own fields, as in dataclasses
    made_init: Callable[..., None] = known["__init__"]
    return made_init


def _read_all(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """All values of a record of one kind, in order."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple([getattr(self, name) for name in names])


def _equal(self: Any, other: Any) -> Any:
    if self is other:
        return True
    if type(other) is not type(self):
        return NotImplemented
    values = self.__record_values__
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(type(self).__record_values__(self))


def _less(self: Any, other: Any) -> Any:
    kind = type(self)
    if type(other) is not kind:
        return NotImplemented
    values = kind.__record_values__
    return values(self) < values(other)


def _show(self: Any) -> str:
    kind = type(self)
    hidden = {name for name, given in kind.__record_defaults__.items() if isinstance(given, _Field) and not given.shown}
    names = [name for name in kind.__record_fields__ if name not in hidden]
    return f"{kind.__qualname__}({', '.join(f'{name}={self.__dict__[name]!r}' for name in names)})"


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be changed")


@overload
def record(kind: type[T], /) -> type[T]: ...


@overload
def record(*, order: bool = False, frozen: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(kind: type[T] | None = None, /, *, order: bool = False, frozen: bool = True) -> Any:
    """Make ``kind`` a record of its annotated names, in order, with their defaults.

    Records compare and hash by their values; ``order`` adds ``<`` by them.  One that is not ``frozen`` can
    be changed and has no hash.  ``__post_init__`` runs at the end of the construction and may set values
    through ``object.__setattr__``.
    """
    if kind is None:
        return lambda cls: _make(cls, order, frozen)
    return _make(kind, order, frozen)


def _make(kind: type[T], order: bool, frozen: bool) -> type[T]:
    names = tuple(kind.__dict__.get("__annotations__", {}))  # noqa: RUF063 - inspect costs 10 ms to import
    defaults = {name: kind.__dict__[name] for name in names if name in kind.__dict__}
    for base in kind.__mro__[1:]:
        inherited = base.__dict__.get("__record_fields__", ())
        names = (*(name for name in inherited if name not in names), *names)
        defaults = {**base.__dict__.get("__record_defaults__", {}), **defaults}
    for name, default in defaults.items():
        if isinstance(default, _Field) and name in kind.__dict__:
            delattr(kind, name)
    methods: dict[str, Any] = {
        "__record_fields__": names,
        "__record_set__": frozenset(names),
        "__record_made__": 0,
        "__record_defaults__": defaults,
        "__record_values__": staticmethod(_read_all(names)),
        "__record_after__": getattr(kind, "__post_init__", None),
        "__match_args__": names,
        "__init__": _init,
        "__repr__": _show,
        "__eq__": _equal,
        "__hash__": _hash if frozen else None,
    }
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
    if order:
        methods["__lt__"] = _less
    for name, method in methods.items():
        if name.startswith("__record") or name not in kind.__dict__ or name == "__hash__":
            setattr(kind, name, method)
    return kind


def replace(record: T, **changes: Any) -> T:
    """A copy with some values changed."""
    kind: Any = type(record)
    known: frozenset[str] = kind.__record_set__
    state = record.__dict__
    if not known.issuperset(changes):
        name = next(name for name in changes if name not in known)
        raise TypeError(f"{kind.__name__}() got an unexpected or repeated value {name!r}")
    if len(state) > len(known):  # what was worked out from the old values is not copied
        state = {name: state[name] for name in kind.__record_fields__}
    made: T = object.__new__(kind)
    values = made.__dict__
    values |= state
    values |= changes
    if kind.__record_after__ is not None:
        kind.__record_after__(made)
    return made
