"""Which names say what happens, and which leave it open."""

from __future__ import annotations

import pytest

from gradeline.checks.support.names import says_nothing, words


@pytest.mark.parametrize(
    "name",
    ["job1", "job_2", "step", "Step one", "Run", "run 2", "task", "build2", "build-2", "test1", "My workflow", "main",
     "x", "do", "🚀", "", "   ", "---", "³²", "job_²", "TODO", "stage 3", "workflow"],
)  # fmt: skip
def test_a_name_that_fits_anything_says_nothing(name: str) -> None:
    assert says_nothing(name)


@pytest.mark.parametrize(
    "name",
    ["test", "lint", "build", "CI", "e2e", "Run all tests", "runTests", "Build the package", "test-3.12", "py312",
     "test-312", "deploy-eu-west-1", "Release", "测试", "Prüfen", "s3-upload", "${{ matrix.title }}", "$STAGE"],
)  # fmt: skip
def test_a_name_with_a_word_about_the_work_says_something(name: str) -> None:
    assert not says_nothing(name)


def test_words_are_split_at_marks_and_at_capital_letters() -> None:
    assert words("runTests_2-python3") == ("run", "tests", "2", "python3")


def test_a_number_of_a_thousand_digits_is_no_problem() -> None:
    assert not says_nothing("test-" + "9" * 1000)
