"""Values of a followed test that are neither tables nor numbers: paths, cases, marks, stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradeline.facts.trial_values import STAND_IN, Lost

Given = tuple[Any, ...]
Named = dict[str, Any]


class Fields:
    """A value with named parts."""

    __slots__ = ("fields",)

    def __init__(self, fields: Named) -> None:
        self.fields = fields

    def attribute(self, name: str) -> Any:
        if name == "_asdict":
            return lambda: dict(self.fields)
        if name not in self.fields:
            raise Lost(f"{name} of a value is not known")
        return self.fields[name]

    def __iter__(self) -> Any:
        return iter(self.fields.values())

    def __getitem__(self, key: Any) -> Any:
        return list(self.fields.values())[key]


class PathText:
    """A path."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def attribute(self, name: str) -> Any:
        if name == "parent":
            return PathText(self.text.rpartition("/")[0])
        if name == "parents":
            parts = self.text.split("/")
            return [PathText("/".join(parts[:-one])) for one in range(1, len(parts) + 1)]
        if name in ("resolve", "absolute", "expanduser", "as_posix"):
            return lambda *given: self
        if name in ("exists", "is_file"):
            return lambda: True
        if name == "joinpath":
            return lambda *given: PathText("/".join([self.text, *map(str, given)]))
        if name in ("name", "stem", "suffix"):
            last = self.text.rpartition("/")[2]
            return {"name": last, "stem": last.rpartition(".")[0], "suffix": "." + last.rpartition(".")[2]}[name]
        if name in ("read_text", "read_bytes", "open"):
            return lambda *given, **named: OpenFile(self.text)
        if name in ("mkdir", "write_text", "unlink"):
            return lambda *given, **named: None
        raise Lost(f"{name} of a path is not known")

    def __truediv__(self, other: Any) -> PathText:
        return PathText(f"{self.text}/{other.text if isinstance(other, PathText) else other}".removeprefix("/"))

    def __str__(self) -> str:
        return self.text


class OpenFile:
    """A file of the repository that was opened, or its text until something reads the values in it."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def attribute(self, name: str) -> Any:
        if name in ("read", "encode", "decode", "close"):
            return lambda *given: self
        raise Lost("what is in a file cannot be seen")

    def __iter__(self) -> Any:
        raise Lost("what is in a file cannot be seen")


class Made(dict[Any, Any]):
    """A mapping that makes its entries (``collections.defaultdict``)."""

    made: Callable[[], Any] | None = None


class Case:
    """``pytest.param``: the values of one case."""

    __slots__ = ("marks", "values")

    def __init__(self, values: Given, marks: Any) -> None:
        self.values = values
        self.marks = marks


class MarkGiven:
    """``pytest.mark.xfail(strict=True)``"""

    __slots__ = ("marked", "options")

    def __init__(self, marked: str, options: Named) -> None:
        self.marked = marked
        self.options = options


class Anything:
    """A tool of pytest that changes nothing that matters here: ``caplog``, ``subtests``, ``monkeypatch``."""

    def attribute(self, name: str) -> Any:
        if name in ("rootpath", "rootdir", "invocation_dir", "startpath"):
            return PathText("")
        if name == "config":
            return self
        return lambda *given, **named: Anything()

    def __iter__(self) -> Any:
        raise Lost("what a tool of pytest holds is not known")

    def __bool__(self) -> bool:
        raise Lost("what a tool of pytest holds is not known")


class StandIn:
    """A mock: whatever is asked of it, the test itself said what it answers."""

    def attribute(self, name: str) -> Any:
        return StandIn()

    def __call__(self, *given: Any, **named: Any) -> Any:
        raise Lost(STAND_IN)
