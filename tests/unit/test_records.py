"""Frozen records behave like frozen dataclasses, without generated code."""

from __future__ import annotations

import copy
from functools import cached_property

import pytest

from gradeline.records import OFTEN, _init, field, record, replace


@record
class Point:
    """A point."""

    x: int
    y: int = 0
    tags: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.x + self.y


@record
class Named(Point):
    name: str = "p"

    def __post_init__(self) -> None:
        if self.y < 0:
            object.__setattr__(self, "y", 0)


@record
class Circle:
    radius: int

    @cached_property
    def area(self) -> int:
        return 3 * self.radius**2


@record
class Nothing:
    pass


@record(order=True)
class Version:
    major: int
    minor: int = 0


def test_values_are_given_by_place_or_name_and_defaults_fill_the_rest() -> None:
    assert (Point(1).x, Point(1).y, Point(1, y=5).total) == (1, 0, 6)
    assert Named(1, -3, name="q").y == 0
    assert Named(1).name == "p"


def test_a_factory_makes_a_new_value_each_time() -> None:
    assert Point(1).tags is not Point(1).tags


def test_records_compare_and_hash_by_value_within_their_type() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(2, 1)
    assert Point(1) != Named(1)
    assert len({Version(1), Version(1, 0), Version(2)}) == 2
    assert Version(1, 9) < Version(2, 0)


def test_a_record_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del point.x


def test_replace_works_everything_out_again() -> None:
    circle = Circle(2)
    assert (circle.area, replace(circle, radius=3).area, circle.area) == (12, 27, 12)
    assert "area" not in replace(circle).__dict__
    assert replace(Named(1, 2), y=-1).y == 0  # __post_init__ ran


def test_replace_refuses_a_value_that_the_record_does_not_have() -> None:
    with pytest.raises(TypeError, match="unexpected or repeated value 'z'"):
        replace(Point(1), z=2)


def test_a_record_of_one_value_or_of_none_compares_and_hashes_by_it() -> None:
    assert (Circle(2) == Circle(2), Circle(2) == Circle(3), hash(Circle(2)) == hash(Circle(2))) == (True, False, True)
    assert len({Nothing(), Nothing()}) == 1


def test_replace_and_copy_give_equal_values_elsewhere() -> None:
    assert replace(Point(1, 2), y=3) == Point(1, 3)
    assert copy.deepcopy(Point(1, 2)) == Point(1, 2)


@pytest.mark.parametrize(("values", "named"), [((), {}), ((1, 2, {}, 4), {}), ((1,), {"x": 2}), ((1,), {"z": 2})])
def test_wrong_construction_is_refused(values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Point(*values, **named)  # type: ignore[arg-type]


def test_a_record_shows_its_values() -> None:
    assert repr(Version(1, 2)) == "Version(major=1, minor=2)"


@record
class Awkward:
    """Names that a written-out constructor might use itself."""

    state: int
    names: tuple[str, ...] = ()
    after: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(sorted(self.names)))


def test_a_record_that_is_made_often_is_made_the_same_way() -> None:
    seldom = Awkward(1, names=("b", "a"))
    for _ in range(OFTEN):
        Awkward(state=1)
    assert Awkward.__init__ is not _init
    often = Awkward(1, names=("b", "a"))
    assert often == seldom
    assert often.after is not Awkward(1).after
    assert Awkward(1, (), {"x": 1}).after == {"x": 1}
    for wrong in (lambda: Awkward(), lambda: Awkward(1, (), {}, 4), lambda: Awkward(1, state=1), lambda: Awkward(z=1)):  # type: ignore[call-arg,misc]
        with pytest.raises(TypeError):
            wrong()
