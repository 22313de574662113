"""What a command line means is worked out once for all submissions, within bounds."""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts import kept
from gradeline.facts.kept import Exported, Kept


def counting() -> tuple[Kept[int], list[tuple[str | None, ...]]]:
    asked: list[tuple[str | None, ...]] = []

    def make(argv: tuple[str | None, ...], environment: Mapping[str, str | None]) -> int:
        asked.append(argv)
        return len(asked)

    return Kept(make), asked


def test_the_same_command_is_worked_out_once_and_another_environment_is_another_question() -> None:
    question, asked = counting()
    assert [question(("pytest",), {}), question(("pytest",), {})] == [1, 1]
    assert question(("pytest",), {"CI": "true"}) == 2
    assert question(("pytest",), {"CI": None}) == 3
    assert question(("pytest", None), {}) == 4
    assert len(asked) == 4


def test_equal_environments_of_different_pipelines_are_one() -> None:
    question, asked = counting()
    first, second = Exported({"CI": "true", "HOME": None}), Exported({"HOME": None, "CI": "true"})
    assert first.key is second.key
    assert question(("pytest",), first) == question(("pytest",), second) == 1
    assert question(("pytest",), Exported({"CI": "false", "HOME": None})) == 2
    assert len(asked) == 2


def test_a_long_command_is_not_kept() -> None:
    question, asked = counting()
    long = ("echo", "x" * kept.LONGEST)
    assert [question(long, {}), question(long, {})] == [1, 2]
    assert [question(("a",), {"B": "x" * kept.LONGEST}), question(("a",), {"B": "x" * kept.LONGEST})] == [3, 4]
    assert len(asked) == 4


def test_the_oldest_answer_goes_when_there_are_too_many() -> None:
    question, asked = counting()
    for number in range(kept.MOST + 1):
        question((str(number),), {})
    assert len(asked) == kept.MOST + 1
    assert question((str(kept.MOST),), {}) == kept.MOST + 1
    assert question(("0",), {}) == kept.MOST + 2
