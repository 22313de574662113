"""``column.str`` of a followed test (pandas, "Working with text data")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradeline.facts.trial_names import _text
from gradeline.facts.trial_values import Column, Lost

_PLAIN = frozenset({
    "upper", "lower", "strip", "lstrip", "rstrip", "title", "capitalize", "swapcase", "casefold", "center", "ljust",
    "rjust", "zfill", "startswith", "endswith", "removeprefix", "removesuffix",
})  # fmt: skip


class Texts:
    __slots__ = ("of",)

    def __init__(self, of: Column) -> None:
        self.of = of

    def attribute(self, name: str) -> Any:
        if name in _PLAIN:
            return lambda *given: self._each(lambda one: _text(one, name)(*given))
        found = getattr(self, name, None)
        if found is None or name in ("of", "attribute"):
            raise Lost(f"{name} of texts is not known")
        return found

    def _each(self, function: Callable[[str], Any]) -> Column:
        return self.of._each(lambda one: function(one) if isinstance(one, str) else one)

    def replace(self, pat: Any, repl: Any, regex: bool = False, **options: Any) -> Column:
        if regex or not isinstance(pat, str) or not isinstance(repl, str) or options:
            raise Lost("a pattern replaces values")
        return self._each(lambda one: _text(one, "replace")(pat, repl))

    def pad(self, width: int, side: str = "left", fillchar: str = " ") -> Column:
        name = {"left": "rjust", "right": "ljust", "both": "center"}[side]
        return self._each(lambda one: _text(one, name)(width, fillchar))

    def len(self) -> Column:
        return self._each(len)

    def contains(self, pat: str, regex: bool = True, **options: Any) -> Column:
        if not pat.replace("-", "").replace("_", "").replace(" ", "").isalnum():
            raise Lost("a pattern is looked for")
        return self._each(lambda one: pat in one)

    def slice(self, start: int | None = None, stop: int | None = None) -> Column:
        return self._each(lambda one: one[start:stop])

    def cat(self, others: Any = None, sep: str = "") -> Column:
        if not isinstance(others, Column):
            raise Lost("texts are put together")
        found: Column = self.of + (sep + others) if sep else self.of + others
        return found
