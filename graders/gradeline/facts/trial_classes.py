"""Classes and modules of the submission in a followed test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradeline.facts.trial_machine import Func, Lib, Machine, Scope
from gradeline.facts.trial_things import Fields
from gradeline.facts.trial_values import Lost
from gradeline.model.code import Function, Module


class ModuleNames:
    """A module of the submission."""

    __slots__ = ("machine", "module")

    def __init__(self, machine: Machine, module: Module) -> None:
        self.machine = machine
        self.module = module

    def attribute(self, name: str) -> Any:
        if (
            name not in self.module.definitions
            and name not in self.module.assigned
            and (name not in self.module.imports)
        ):
            package = self.module.folder.removeprefix("src/").replace("/", ".")
            inner = self.machine.code.module(f"{package}.{name}" if package else name)
            if inner is not None:
                return ModuleNames(self.machine, inner)
        return self.machine.of_module(self.module, name)


class Kind:
    """A class of the submission; its members are computed when they are first asked for."""

    __slots__ = ("kept", "machine", "node", "scope")

    def __init__(self, machine: Machine, node: ast.ClassDef, scope: Scope) -> None:
        self.machine = machine
        self.node = node
        self.scope = scope
        self.kept: dict[str, Any] = {}

    def bases(self) -> Iterator[Any]:
        for one in self.node.bases:
            yield self.machine.value(one, self.scope)

    def libraries(self) -> frozenset[str]:
        """The names of libraries that it is made from."""
        found: set[str] = set()
        for one in self.bases():
            if isinstance(one, Lib):
                found.add(one.name)
            elif isinstance(one, Kind):
                found |= one.libraries()
        return frozenset(found)

    def fields(self) -> list[tuple[str, ast.expr | None]]:
        """What a dataclass or a model keeps, with defaults."""
        found: dict[str, ast.expr | None] = {}
        for one in self.bases():
            found |= dict(one.fields()) if isinstance(one, Kind) else {}
        for node in self.node.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = node.value
        return list(found.items())

    def member(self, name: str) -> Any:
        """A method or a value of the class; None when it has none of that name."""
        if name in self.kept:
            return self.kept[name]
        for node in self.node.body:
            if isinstance(node, Function) and node.name == name:
                return Func(self.machine, node, self.scope)
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and target.id == name and isinstance(value, ast.expr):
                self.kept[name] = self.machine.value(value, self.scope)
                return self.kept[name]
        for one in self.bases():
            if isinstance(one, Kind) and (found := one.member(name)) is not None:
                return found
        return None

    def __iter__(self) -> Iterator[Any]:
        names = [node.targets[0].id for node in self.node.body
                 if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]  # fmt: skip
        if not self._counts():
            raise Lost("a class is gone through")
        return iter([self.attribute(name) for name in names])

    def _counts(self) -> bool:
        """Whether its members are those of an enumeration."""
        return any(one.rpartition(".")[2].endswith(("Enum", "Flag")) for one in self.libraries())

    def attribute(self, name: str) -> Any:
        found = self.member(name)
        if found is not None and not isinstance(found, Func) and self._counts():
            mixed = any(one in ("str", "int", "enum.StrEnum", "enum.IntEnum") for one in self.libraries())
            return found if mixed else Fields({"name": name, "value": found})
        if found is None:
            if name == "__name__":
                return self.node.name
            raise Lost(f"{name} of a class is not known")
        marks = _marks(found)
        return Func(found.machine, found.node, found.scope, self) if "classmethod" in marks else found

    def __call__(self, *given: Any, **named: Any) -> Thing:
        made = Thing(self)
        start = self.member("__init__")
        if start is not None:
            Func(start.machine, start.node, start.scope, made)(*given, **named)
            return made
        marks = {self.scope.module.full(one.func if isinstance(one, ast.Call) else one)
                 for one in self.node.decorator_list}  # fmt: skip
        names = self.libraries()
        keeps = bool(marks & {"dataclasses.dataclass", "pydantic.dataclasses.dataclass", "attrs.define", "attr.s"})
        keeps = keeps or any(one.rpartition(".")[2] in ("BaseModel", "NamedTuple") for one in names)
        if not keeps:
            if given or named or names - {"object", "unittest.TestCase"}:
                raise Lost("how a class is made is not known")
            return made
        fields = self.fields()
        if len(given) > len(fields):
            raise Lost("a class gets too many arguments")
        made.fields |= {name: value for (name, _), value in zip(fields, given, strict=False)} | named
        for name, default in fields:
            if name not in made.fields:
                if default is None:
                    raise Lost("a class misses an argument")
                made.fields[name] = self.machine.value(default, self.scope)
        after = self.member("__post_init__")
        if after is not None:
            Func(after.machine, after.node, after.scope, made)()
        return made


class Thing:
    """An object of a class of the submission."""

    __slots__ = ("fields", "kind")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.fields: dict[str, Any] = {}

    def attribute(self, name: str) -> Any:
        if name in self.fields:
            return self.fields[name]
        found = self.kind.member(name)
        if found is not None:
            if not isinstance(found, Func):
                return found
            marks = _marks(found)
            if marks & {"property", "cached_property"}:
                return Func(found.machine, found.node, found.scope, self)()
            if "staticmethod" in marks:
                return found
            return Func(found.machine, found.node, found.scope, self.kind if "classmethod" in marks else self)
        if name in ("model_dump", "dict", "_asdict"):
            return lambda **options: dict(self.fields)
        if any(one.rpartition(".")[2] == "TestCase" for one in self.kind.libraries()):
            from gradeline.facts.trial_asserts import unittest_method

            return unittest_method(self.kind.machine, name)
        raise Lost(f"{name} of an object is not known")

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.attribute("__call__")(*given, **named)

    def __eq__(self, other: Any) -> bool:
        return self is other or (isinstance(other, Thing) and self.fields == other.fields)

    def __iter__(self) -> Iterator[Any]:
        if self.kind.member("__iter__") is not None:
            return iter(self.attribute("__iter__")())
        return iter(self.fields.values())

    @property
    def entered(self) -> Any:
        return self.attribute("__enter__")() if self.kind.member("__enter__") is not None else self


def _marks(found: Any) -> set[str]:
    nodes = getattr(getattr(found, "node", None), "decorator_list", ())
    return {getattr(one, "id", getattr(one, "attr", "")) for one in nodes}


def above(machine: Machine, scope: Scope) -> Any:
    raise Lost("what a class above does is not known")
