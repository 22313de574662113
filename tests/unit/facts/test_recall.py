"""Work that is looked up asks what it would have asked, and goes on where the known part ends."""

from __future__ import annotations

from gradeline.facts.recall import LONGEST, Recall
from gradeline.facts.worlds import Oracle, explore


class Work:
    """Asks one question, and another one after yes; counts how often it is really done."""

    def __init__(self) -> None:
        self.recall: Recall[str] = Recall()
        self.done = 0

    def __call__(self, oracle: Oracle) -> str:
        found = self.recall.find("key", oracle)
        if found is not None:
            return found[0]
        outcome = self._work(oracle)
        self.recall.keep("key", oracle, outcome)
        return outcome

    def _work(self, oracle: Oracle) -> str:
        self.done += 1
        if not oracle.decide("it rains"):
            return "dry"
        return ("wet", "soaked", "drowned")[oracle.pick("how much", 3)]


def both(work: Work, again: Work) -> list[tuple[tuple[str, ...], list[str]]]:
    def run(oracle: Oracle) -> tuple[tuple[str, ...], list[str]]:
        results = (work(oracle), again(oracle))
        return results, [one.text for one in oracle.assumptions]

    return list(explore(run, 99).results)


def test_every_way_is_done_once_and_all_worlds_are_seen() -> None:
    work = Work()
    expected = [("wet", True), ("soaked", True), ("drowned", True), ("dry", False)]
    for _ in range(3):
        results = both(work, work)
        assert results == [((name, name), ["it rains" if rains else "not (it rains)"]) for name, rains in expected]
    assert work.done == 4


def test_work_inside_other_work_is_recalled_by_itself() -> None:
    inner = Work()
    outer: Recall[tuple[bool, str]] = Recall()
    done = 0

    def run(oracle: Oracle) -> tuple[bool, str]:
        nonlocal done
        found = outer.find("outer", oracle)
        if found is not None:
            return found[0]
        done += 1
        outcome = (oracle.decide("it is cold"), inner(oracle))
        outer.keep("outer", oracle, outcome)
        return outcome

    ways = ("wet", "soaked", "drowned", "dry")
    expected = [(cold, way) for cold in (True, False) for way in ways]
    assert list(explore(run, 99).results) == expected
    assert (done, inner.done) == (8, 4)
    assert list(explore(run, 99).results) == expected
    assert (done, inner.done) == (8, 4)


def test_the_same_questions_asked_by_other_work_are_answered_alike() -> None:
    ways = ("wet", "soaked", "drowned", "dry")
    assert {results for results, _ in both(Work(), Work())} == {(name, name) for name in ways}


def test_work_that_asks_too_much_is_done_each_time() -> None:
    recall: Recall[int] = Recall()
    done = 0
    for _ in range(2):
        oracle = Oracle([])
        assert recall.find("key", oracle) is None
        done += sum(oracle.decide(f"question {number}") for number in range(LONGEST + 1))
        recall.keep("key", oracle, done)
    assert done == 2 * (LONGEST + 1)


def test_values_that_are_equal_but_not_the_same_are_told_apart() -> None:
    recall: Recall[object] = Recall()
    for value in (1, True, "1", None):
        oracle = Oracle([])
        oracle._values["x",] = value
        assert recall.find("key", oracle) is None
        known = oracle.known(("x",))
        recall.keep("key", oracle, known)
        again = Oracle([])
        again._values["x",] = value
        found = recall.find("key", again)
        assert repr(found) == repr((known,))
