"""Assertions of libraries in a followed test.

Sources: unittest (``TestCase``), NumPy (``numpy.testing``), pandas (``pandas.testing``), pytest (``approx``:
a relative tolerance of 1e-6 and an absolute one of 1e-12).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from gradeline.facts.trial_frames import Frame
from gradeline.facts.trial_grids import Grid
from gradeline.facts.trial_machine import Machine, Red
from gradeline.facts.trial_values import Column, Lost


def red(machine: Machine) -> Red:
    return Red(machine.at)


def plain(value: Any) -> Any:
    """A list, or a single value, of anything that holds numbers."""
    if isinstance(value, Column):
        return value.values
    if isinstance(value, Grid):
        return value.flat()
    if isinstance(value, Frame):
        return [one for row in zip(*value.cells.values(), strict=True) for one in row]
    if isinstance(value, list | tuple):
        return [one for part in value for one in (plain(part) if isinstance(part, list | tuple | Column) else [part])]
    return value


def paired(left: Any, right: Any) -> list[tuple[Any, Any]]:
    one, two = plain(left), plain(right)
    if not isinstance(one, list):
        one = [one] * (len(two) if isinstance(two, list) else 1)
    if not isinstance(two, list):
        two = [two] * len(one)
    if len(one) == 1:
        one = one * len(two)
    if len(two) == 1:
        two = two * len(one)
    if len(one) != len(two):
        return [(0.0, 1.0)]
    return list(zip(one, two, strict=True))


def near(one: Any, two: Any, rtol: float, atol: float) -> bool:
    if isinstance(one, int | float) and isinstance(two, int | float):
        if math.isnan(one) or math.isnan(two):
            return math.isnan(one) and math.isnan(two)
        return bool(one == two) or abs(one - two) <= atol + rtol * abs(two)
    return bool(one == two)


def close(left: Any, right: Any, rtol: Any = 1e-5, atol: Any = 1e-8, **options: Any) -> bool:
    return all(near(one, two, float(rtol), float(atol)) for one, two in paired(left, right))


class Approx:
    """``pytest.approx``"""

    is_approx = True
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> None:  # noqa: A002
        self.expected = expected
        self.rel = rel if rel is not None else (1e-6 if abs is None else 0.0)
        self.abs = abs if abs is not None else 1e-12

    def __eq__(self, other: Any) -> bool:
        if isinstance(self.expected, dict):
            return isinstance(other, dict) and other.keys() == self.expected.keys() and all(
                near(other[key], self.expected[key], self.rel, self.abs) for key in other)  # fmt: skip
        return all(
            near(one, two, 0.0, max(float(self.abs), float(self.rel) * builtin_abs(two)))
            for one, two in paired(other, self.expected)
        )

    def __ne__(self, other: Any) -> bool:
        return not self == other


def builtin_abs(value: Any) -> float:
    return abs(value) if isinstance(value, int | float) else 0.0


def holds(machine: Machine, truth: Any) -> None:
    if not machine.truth(truth):
        raise red(machine)


def _same(one: Any, two: Any) -> bool:
    found = one == two
    if isinstance(found, Column | Grid | Frame):
        return all(plain(found))
    return bool(found)


def testing(machine: Machine, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """A function of ``numpy.testing`` or ``pandas.testing``."""
    left, right = (*given, *[named.pop(one) for one in ("actual", "desired", "left", "right", "x", "y")
                             if one in named])[:2]  # fmt: skip
    if name in ("assert_allclose", "assert_almost_equal", "assert_array_almost_equal"):
        decimal = named.get("decimal", given[2] if len(given) > 2 and "almost" in name else 7)
        rtol = named.get("rtol", given[2] if len(given) > 2 else 1e-7) if name == "assert_allclose" else 0.0
        atol = named.get("atol", 0.0) if name == "assert_allclose" else 1.5 * 10.0 ** -min(int(decimal), 30)
        holds(machine, close(left, right, rtol, atol))
    elif name in ("assert_array_equal", "assert_equal", "assert_index_equal"):
        holds(machine, close(left, right, 0.0, 0.0))
    elif name == "assert_array_less":
        holds(machine, all(one < two for one, two in paired(left, right)))
    elif name in ("assert_series_equal", "assert_frame_equal"):
        exact = named.get("check_exact", False)
        rtol, atol = (0.0, 0.0) if exact else (named.get("rtol", 1e-5), named.get("atol", 1e-8))
        labels = named.get("check_index", True) and not named.get("check_like", False)
        if labels and _labels(left) != _labels(right):
            raise red(machine)
        if named.get("check_like", False) and isinstance(left, Frame) and isinstance(right, Frame):
            left, right = left.reindex(index=right.labels), right
        holds(machine, close(left, right, rtol, atol))
    else:
        raise Lost(f"{name} is not known")


def _labels(value: Any) -> Any:
    return value.labels if isinstance(value, Frame) else value.index if isinstance(value, Column) else None


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "assertGreater": operator.gt, "assertGreaterEqual": operator.ge, "assertLess": operator.lt,
    "assertLessEqual": operator.le,
}  # fmt: skip


def unittest_method(machine: Machine, name: str) -> Callable[..., Any]:
    """A method of ``unittest.TestCase``."""

    def method(*given: Any, **named: Any) -> Any:
        given = given[:-1] if given and isinstance(given[-1], str) and len(given) > 2 else given
        if name in _ORDERS:
            holds(machine, _ORDERS[name](*given[:2]))
        elif name in ("assertTrue", "assertFalse"):
            holds(machine, machine.truth(given[0]) == (name == "assertTrue"))
        elif name in ("assertEqual", "assertListEqual", "assertNotEqual", "assertSequenceEqual", "assertDictEqual"):
            holds(machine, _same(*given[:2]) == (name != "assertNotEqual"))
        elif name in ("assertAlmostEqual", "assertNotAlmostEqual"):
            delta = named.get("delta", 0.5 * 10.0 ** -int(named.get("places", given[2] if len(given) > 2 else 7)))
            holds(machine, (abs(given[0] - given[1]) <= delta) == (name == "assertAlmostEqual"))
        elif name in ("assertIn", "assertNotIn"):
            holds(machine, (given[0] in given[1]) == (name == "assertIn"))
        elif name == "assertIsNotNone":
            holds(machine, given[0] is not None)
        elif name == "subTest":
            return None
        elif name == "fail":
            raise red(machine)
        elif name in ("setUp", "tearDown", "addCleanup", "setUpClass"):
            return None
        else:
            raise Lost(f"{name} is not known")
        return None

    return method
