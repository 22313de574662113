"""What a filter of jq answers about the results of jobs, and what it leaves open."""

from __future__ import annotations

import pytest

from gradeline.facts.jq_filters import outputs
from gradeline.facts.jq_functions import Stopped, Unclear
from gradeline.facts.shell_state import HIDDEN

JOBS = {
    "lint": {"result": "success", "outputs": {}},
    "test": {"result": "failure", "outputs": {"report": HIDDEN}},
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('all(.[]; .result == "success")', [False]),
        ('any(.[]; .result == "failure" or .result == "cancelled")', [True]),
        ("[.[].result] | unique", [["failure", "success"]]),
        ('to_entries | map(select(.value.result != "success").key) | join(", ")', ["test"]),
        ('with_entries(select(.value.result == "success")) | keys', [["lint"]]),
        ('.[] | select(.result | IN("success", "skipped") | not) | .result', ["failure"]),
        ('map(.result) | index("failure")', [1]),
        ('[.[].result | test("^(success|skipped)$")] | all', [False]),
        ('[.[] | select(.result != "success")] | length', [1]),
        ("map_values(.result) | .test", ["failure"]),
        ('map(.result) | contains(["failure"])', [True]),
        ('all(.[]; has("result")) or error("no job reached this")', [True]),
        ("[.[]] | map(.result) | add", ["successfailure"]),
    ],
)
def test_a_filter_over_the_results_of_jobs_gives_what_jq_gives(text: str, found: list[object]) -> None:
    assert outputs(text, JOBS, {}) == found


@pytest.mark.parametrize(
    "text", ['error("stop")', ".lint | halt_error", 'if .test.result != "success" then error else . end']
)
def test_a_filter_may_end_jq_with_status_5(text: str) -> None:
    with pytest.raises(Stopped) as stop:
        outputs(text, JOBS, {})
    assert stop.value.status == 5


@pytest.mark.parametrize(
    "text",
    [
        '.test.outputs.report == "x"',
        "[.[].outputs] | unique",
        ".test.outputs.report | length",
        "reduce .[] as $job (0; . + 1)",
        ".lint.result[]",
        '.lint.result | test("(?=s)")',
    ],
)
def test_a_value_that_is_not_known_and_a_word_that_is_not_read_leave_the_answer_open(text: str) -> None:
    with pytest.raises(Unclear):
        outputs(text, JOBS, {})


@pytest.mark.parametrize(
    "text",
    [
        " | ".join(['"\\(.)\\(.)"'] * 19),
        " | ".join([". + ."] * 28),
        ".lint.result * 999999999",
        "[.[], .[], .[]] | " + " | ".join(["map(., .)"] * 12),
        "(" * 200 + "." + ")" * 200,
    ],
)
def test_a_filter_that_doubles_its_input_is_given_up_in_time(text: str) -> None:
    with pytest.raises(Unclear):
        outputs(text, JOBS if "lint" in text or "[" in text else "abc", {})
