"""Filter patterns and schedules of GitHub workflows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradeline.readers.github import cron, globs


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("feature/*", ["feature/my-branch", "feature/"], ["feature/a/b", "feature"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/x"], ["main"]),
        ("main", ["main"], ["main2", "Main"]),
        ("*", ["main", "releases"], ["all/the"]),
        ("**", ["all/the/branches", "x"], []),
        ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.0", "v1.x.0"]),
        ("*.jsx?", ["page.js", "page.jsx"], ["page.jsxx", "a/page.js"]),
        ("*.js", ["app.js"], ["js/app.js"]),
        ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["a.ts"]),
        ("docs/*", ["docs/README.md"], ["docs/a/b.md"]),
        ("docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["docs"]),
        ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/a.txt"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["mydocs/x"]),
        ("**/README.md", ["README.md", "js/README.md"], ["xREADME.md"]),
        ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src"]),
        ("**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md"]),
        ("**/migrate-*.sql", ["migrate-10909.sql", "db/sept/migrate-v1.sql"], ["db/migrate/x.sql"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("[CB]at", ["Cat", "Bat"], ["cat", "at"]),
    ],
)
def test_the_examples_of_the_cheat_sheet(pattern: str, taken: list[str], left: list[str]) -> None:
    """GitHub Docs, "Workflow syntax", Filter pattern cheat sheet."""
    assert [text for text in taken + left if globs.matches(pattern, text)] == taken


def test_the_order_of_patterns_decides() -> None:
    """GitHub Docs, Patterns to match file paths, the two last rows."""
    assert globs.selected(["*.md", "!README.md"], "hello.md")
    assert not globs.selected(["*.md", "!README.md"], "README.md")
    assert not globs.selected(["*.md", "!README.md"], "docs/hello.md")
    assert globs.selected(["*.md", "!README.md", "README*"], "README.md")
    assert not globs.selected(["!README.md"], "hello.md")


def test_matching_takes_no_exponential_time() -> None:
    start = time.process_time()
    assert not globs.matches("**a" * 150 + "b", "a" * 200)
    assert not globs.matches("a+" * 300 + "b", "a" * 200)
    assert not globs.matches("a?" * 300 + "b", "a" * 200)
    assert time.process_time() - start < 8


def test_an_absurdly_long_pattern_matches_nothing() -> None:
    assert not globs.matches("*" + "a?" * 1000, "b")


@given(st.text("ab/*?+[]!\\-", max_size=12), st.text("ab/", max_size=12))
def test_any_pattern_gives_an_answer(pattern: str, text: str) -> None:
    assert globs.matches(pattern, text) in (True, False)


@pytest.mark.parametrize(
    ("pattern", "example"),
    [("release/**", "release/x"), ("v[12].[0-9]+", "v1.0"), ("develop", "develop"), ("**.py", "x.py"), ("a\\*", "a*")],
)
def test_an_example_is_made_from_a_pattern(pattern: str, example: str) -> None:
    assert globs.example(pattern, "x") == example


@given(st.text("ab/*?+[]\\-", max_size=12))
def test_examples_match_their_pattern(pattern: str) -> None:
    made = globs.example(pattern, "x")
    assert made is None or globs.matches(pattern, made)


@pytest.mark.parametrize(
    "expression",
    ["15 4,5 * * *", "30 5 * * 1-5", "*/15 * * * *", "0 0 1 JAN *", "0 4 * * SUN", "5/15 0 1-31/2 * *", "0 0 29 2 *"],
)
def test_schedules_github_accepts(expression: str) -> None:
    """GitHub Docs, "Events that trigger workflows", schedule."""
    assert cron.problem(expression) == ""


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 3 * *", "five fields, this one has 4"),
        ("@daily", "five fields, this one has 1"),
        ("60 3 * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 0 0 * *", "day of the month"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 7", "day of the week"),
        ("0 0 * * L", "day of the week"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        (", * * * *", "minute"),
        ("0 0 31 2 *", "never starts"),
        ("0 0 30,31 FEB *", "never starts"),
    ],
)
def test_schedules_github_refuses(expression: str, words: str) -> None:
    assert words in cron.problem(expression)


def test_a_day_of_the_week_makes_an_impossible_day_of_the_month_harmless() -> None:
    assert cron.problem("0 0 31 2 1") == ""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", True),
        ("*/4 * * * *", True),
        ("*/5 * * * *", False),
        ("0,2 3 * * *", True),
        ("58,1 * * * *", True),
        ("58,1 3 * * *", False),
        ("58,1 23,0 * * *", True),
        ("0 3 * * *", False),
    ],
)
def test_schedules_closer_than_five_minutes_are_seen(expression: str, expected: bool) -> None:
    """GitHub Docs: the shortest interval is once every 5 minutes."""
    assert cron.too_often(expression) is expected
