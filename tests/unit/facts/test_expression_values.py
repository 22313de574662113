"""Expressions have three answers, and GitHub's comparison rules where the reader asks for them."""

from __future__ import annotations

import pytest

from gradeline.facts.evaluate import UNKNOWN, Result, evaluate, holds, known_truth
from gradeline.facts.worlds import Oracle, explore
from gradeline.model.expression import Expression, Name, Output
from gradeline.model.text import Text
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile, Span

SPAN = Span("ci.yml", 1)
NAMES = {("github", "event_name"): "push", ("github", "ref"): "refs/heads/main", ("matrix", "n"): 3.0}
RESULTS = {"lint": "success", "test": "failure"}


class Moment:
    def name(self, path: tuple[str, ...]) -> Result:
        return NAMES.get(path, UNKNOWN)

    def unit_result(self, unit: str) -> Result:
        return RESULTS[unit]

    def needs_results(self) -> Result:
        return tuple(RESULTS.values())

    def step_result(self, step: str, tolerated: bool) -> Result:
        return "skipped"

    def output(self, node: Output) -> Result:
        return UNKNOWN

    def status(self, kind: str) -> bool:
        return kind in ("always", "failure")


def condition(text: str) -> Expression:
    """The expression as the reader understands it on a job that needs two others."""
    quoted = text.replace("'", "''")
    workflow = (
        "on: push\njobs:\n  lint: {runs-on: x, steps: [{run: a}]}\n  test: {runs-on: x, steps: [{run: a}]}\n"
        f"  z:\n    needs: [lint, test]\n    if: '{quoted}'\n    runs-on: x\n    steps: [{{run: a}}]\n"
    )
    source = SourceFile(".github/workflows/ci.yml", workflow)
    pipeline = read_workflow(source.path, lambda path: source if path == source.path else None)
    unit = pipeline.unit("z")
    assert unit is not None
    assert unit.condition is not None
    return unit.condition


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("github.event_name == 'push'", True),
        ("github.event_name == 'PUSH'", True),
        ("github.event_name != 'push'", False),
        ("github.ref == 'refs/heads/dev'", False),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("endsWith(github.ref, '/MAIN')", True),
        ("contains(github.ref, 'main')", True),
        ("contains(needs.*.result, 'failure')", True),
        ("contains(needs.*.result, 'cancelled')", False),
        ("needs.test.result == 'success'", False),
        ("needs.lint.result == 'success' && always()", True),
        ("always()", True),
        ("cancelled()", False),
        ("!cancelled()", True),
        ("failure() && github.event_name == 'push'", True),
        ("'' || 'text'", True),
        ("0", False),
        ("'0'", True),
        ("null", False),
        ("'3' == 3", True),
        ("'x' == 0", False),
        ("'' == 0", True),
        ("true == 1", True),
        ("format('{0}-{1}', 'a', 'b') == 'a-b'", True),
        ("join(needs.*.result, ' ') == 'success failure'", True),
        ("fromJSON('true')", True),
        ("github.actor == 'me'", None),
        ("github.actor == 'me' && false", False),
        ("github.actor == 'me' || true", True),
        ("!(github.actor == 'me')", None),
        ("hashFiles('x') != ''", None),
        ("${{ github.actor }} == 'me'", True),
        ("${{ false }}", False),
        ("false && github.actor", False),
    ],
)
def test_a_condition_is_true_false_or_unknown(text: str, truth: bool | None) -> None:
    assert known_truth(condition(text), Moment()) is truth


def test_operators_give_one_of_their_operands() -> None:
    assert evaluate(condition("github.event_name && 'yes' || 'no'"), Moment()) == "yes"


def worlds(*texts: str) -> set[tuple[bool, ...]]:
    conditions = [condition(text) for text in texts]
    found = explore(lambda oracle: tuple(holds(one, Moment(), oracle) for one in conditions), 64)
    assert found.complete
    return set(found.results)


def test_an_unknown_condition_is_explored_both_ways() -> None:
    assert worlds("github.actor == 'me'") == {(True,), (False,)}


def test_answers_agree_within_a_world() -> None:
    assert worlds("github.actor == 'me'", "github.actor != 'me'") == {(True, False), (False, True)}
    assert worlds("github.actor == 'a'", "github.actor == 'b'") == {(True, False), (False, True), (False, False)}


def test_short_circuits_do_not_ask_what_cannot_matter() -> None:
    assert worlds("github.event_name == 'pull_request' && github.actor == 'me'") == {(False,)}


def test_the_search_stops_at_its_bound_and_says_so() -> None:
    def run(oracle: Oracle) -> int:
        return sum(oracle.decide(f"question {number}") for number in range(10))

    found = explore(run, 20)
    assert not found.complete
    assert len(found.results) == 20


def test_a_text_with_holes_knows_the_place_of_every_character() -> None:
    text = Text("a\nbc", SPAN, lines=((4, 9), (5, 9)))
    assert text.at(2, 4) == Span("ci.yml", 5, 9, 5, 11)
    assert Name(("a",), SPAN) == Name(("a",), SPAN)
