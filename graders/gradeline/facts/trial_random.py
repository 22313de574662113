"""Drawn numbers in a followed test: generators, and the examples that Hypothesis would try.

Sources: NumPy (``numpy.random.Generator``), Python (``random``), Hypothesis ("Strategies").  Every trial draws the same
numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from gradeline.facts.trial_values import MAX_ROWS, Column, Lost, drawn, listed


class Draws:
    """A generator of numbers."""

    __slots__ = ("source",)

    def __init__(self, seed: Any = None) -> None:
        self.source = random.Random(seed if isinstance(seed, int | float | str) else 11)  # noqa: S311 - repeatable

    def _many(self, size: Any, one: Callable[[int], Any]) -> Any:
        if size is None:
            return one(0)
        if isinstance(size, tuple):
            if len(size) != 1:
                raise Lost("an array of more dimensions is drawn")
            size = size[0]
        if not isinstance(size, int) or not 0 <= size <= MAX_ROWS:
            raise Lost("too many numbers are drawn")
        return Column([one(place) for place in range(size)])

    def integers(self, low: Any, high: Any = None, size: Any = None, endpoint: bool = False, dtype: Any = None) -> Any:
        if high is None:
            low, high = 0, low

        def one(place: int) -> int:
            first = low.values[place] if isinstance(low, Column) else low
            last = high.values[place] if isinstance(high, Column) else high
            return self.source.randint(int(first), max(int(first), int(last) - (0 if endpoint else 1)))

        if size is None and isinstance(high, Column):
            size = len(high)
        return self._many(size, one)

    def randint(self, low: Any, high: Any = None, size: Any = None) -> Any:
        return self.integers(low, high, size)

    def randrange(self, start: Any, stop: Any = None, step: int = 1) -> Any:
        return self.integers(start, stop)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        return self._many(size, lambda place: self.source.uniform(low, high))

    def random(self, size: Any = None) -> Any:
        return self.uniform(0.0, 1.0, size)

    rand = random

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: Any = None) -> Any:
        return self._many(size, lambda place: self.source.gauss(loc, scale))

    gauss = normal

    def exponential(self, scale: float = 1.0, size: Any = None) -> Any:
        return self._many(size, lambda place: self.source.expovariate(1 / scale))

    def gamma(self, shape: float, scale: float = 1.0, size: Any = None) -> Any:
        return self._many(size, lambda place: self.source.gammavariate(shape, scale))

    def poisson(self, lam: float = 1.0, size: Any = None) -> Any:
        return self._many(size, lambda place: max(0, round(self.source.gauss(lam, lam**0.5))))

    def binomial(self, n: int, p: Any, size: Any = None) -> Any:
        if isinstance(p, Column):
            return Column([sum(self.source.random() < one for _ in range(min(n, 50))) for one in p.values])
        return self._many(size, lambda place: sum(self.source.random() < p for _ in range(min(n, 50))))

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        many = list(range(a)) if isinstance(a, int) else listed(a)
        if not many:
            raise Lost("something is drawn out of nothing")
        if not replace and isinstance(size, int):
            return Column(self.source.sample(many, min(size, len(many))))
        return self._many(
            size, lambda place: many[place % len(many)] if place < len(many) else self.source.choice(many)
        )

    def permutation(self, x: Any) -> Any:
        if isinstance(x, int):
            return Column(self._order(min(x, MAX_ROWS)))
        return Column([listed(x)[place] for place in self._order(len(listed(x)))])

    def _order(self, count: int) -> list[int]:
        return drawn(count, None, 1.0, False, self.source.randrange(1_000))

    def shuffle(self, x: Any) -> None:
        order = self._order(len(listed(x)))
        if isinstance(x, Column):
            x.values = [x.values[one] for one in order]
        elif isinstance(x, list):
            x[:] = [x[one] for one in order]
        else:
            raise Lost("what is shuffled is not known")

    def sample(self, population: Any, k: int) -> list[Any]:
        many = listed(population)
        return self.source.sample(many, min(k, len(many)))

    def choices(self, population: Any, k: int = 1, **options: Any) -> list[Any]:
        return [self.source.choice(listed(population)) for _ in range(min(k, MAX_ROWS))]

    def standard_normal(self, size: Any = None) -> Any:
        return self.normal(0.0, 1.0, size)


class Strategy:
    """What Hypothesis draws examples from."""

    __slots__ = ("one",)

    def __init__(self, one: Callable[[random.Random, int], Any]) -> None:
        self.one = one

    def map(self, function: Callable[[Any], Any]) -> Strategy:
        return Strategy(lambda draw, number: function(self.one(draw, number)))

    def filter(self, function: Callable[[Any], Any]) -> Strategy:
        def one(draw: random.Random, number: int) -> Any:
            for again in range(20):
                found = self.one(draw, number + again)
                if function(found):
                    return found
            raise Lost("no example passes a filter")

        return Strategy(one)

    def example(self) -> Any:
        return self.one(random.Random(3), 1)  # noqa: S311 - repeatable

    def __or__(self, other: Any) -> Strategy:
        return one_of(self, other)


class Assumed(Exception):
    """An example that the test does not want (``hypothesis.assume``)."""


def composite(function: Callable[..., Any]) -> Callable[..., Strategy]:
    def made(*given: Any, **named: Any) -> Strategy:
        return Strategy(lambda draw, number: function(lambda inner: inner.one(draw, number), *given, **named))

    return made


def one_of(*many: Any) -> Strategy:
    flat = listed(many[0]) if len(many) == 1 and isinstance(many[0], list | tuple) else list(many)
    return Strategy(lambda draw, number: flat[number % len(flat)].one(draw, number))


def _numbers(whole: bool) -> Callable[..., Strategy]:
    def made(min_value: Any = 0, max_value: Any = 1000, **options: Any) -> Strategy:
        low, high = (min_value if min_value is not None else 0), (max_value if max_value is not None else 1000)

        def one(draw: random.Random, number: int) -> Any:
            if number < 2:
                return high if number else low
            return draw.randint(int(low), int(high)) if whole else draw.uniform(low, high)

        return Strategy(one)

    return made


def strategy(name: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """A function of ``hypothesis.strategies``."""
    if name in ("integers", "floats", "decimals"):
        return _numbers(name == "integers")(*given, **named)
    if name == "sampled_from":
        many = listed(given[0] if given else named["elements"])
        return Strategy(lambda draw, number: many[number % len(many)] if number < len(many) else draw.choice(many))
    if name == "booleans":
        return Strategy(lambda draw, number: bool(number % 2))
    if name in ("just", "constant"):
        return Strategy(lambda draw, number: given[0])
    if name == "none":
        return Strategy(lambda draw, number: None)
    if name == "one_of":
        return one_of(*given)
    if name in ("text", "from_regex", "characters", "uuids", "emails"):
        return Strategy(lambda draw, number: f"text{draw.randrange(10_000)}")
    if name == "tuples":
        return Strategy(lambda draw, number: tuple(one.one(draw, number) for one in given))
    if name == "fixed_dictionaries":
        return Strategy(lambda draw, number: {key: one.one(draw, number) for key, one in given[0].items()})
    if name == "lists":
        least = named.get("min_size", 0)
        count = min(max(least, 3), named.get("max_size") or 50, 200)
        elements = given[0] if given else named["elements"]
        return Strategy(lambda draw, number: [elements.one(draw, number + place) for place in range(count)])
    if name == "permutations":
        many = listed(given[0])
        return Strategy(lambda draw, number: [many[one] for one in drawn(len(many), None, 1.0)])
    if name == "randoms":
        return Strategy(lambda draw, number: Draws(number))
    if name == "builds":
        return Strategy(lambda draw, number: given[0](
            *[one.one(draw, number) for one in given[1:]],
            **{key: one.one(draw, number) for key, one in named.items()}))  # fmt: skip
    if name == "data":
        return Strategy(lambda draw, number: Data(draw, number))
    if name == "shared":
        return given[0]
    raise Lost(f"what {name}() draws is not known")


class Data:
    """``data.draw(strategy)`` inside a test."""

    __slots__ = ("number", "source")

    def __init__(self, source: random.Random, number: int) -> None:
        self.source = source
        self.number = number

    def draw(self, wanted: Strategy, label: str = "") -> Any:
        return wanted.one(self.source, self.number)
