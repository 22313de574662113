"""What a command covers: folders by targets, tests by selection."""

from __future__ import annotations

import shlex

import pytest

from gradeline.facts.tools import Reading, classify, covers, select_tests
from gradeline.model.project import TestFunction as Case
from gradeline.source import Span

FILES = (
    "pyproject.toml",
    "src/churn/__init__.py",
    "src/churn/features.py",
    "src/churn/py.typed",
    "tests/conftest.py",
    "tests/data/sample.csv",
    "tests/model/test_model.py",
    "tests/unit/test_features.py",
    "tests/unit/test_io.py",
    "tools/gen.py",
)


def reading(line: str) -> Reading:
    return classify(tuple(None if word == "?" else word for word in shlex.split(line)), {})[0]


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        ("ruff check", "src", True),
        ("ruff check .", "src", True),
        ("ruff check ./src/ tests", "src", True),
        ("ruff check src", "tests", False),
        ("ruff check src/churn", "src", True),
        ("ruff check src/churn/features.py", "src", False),
        ("ruff check src/churn/features.py src/churn/__init__.py", "src", True),
        ("ruff check 'src/**/*.py'", "src", True),
        ("ruff check 'src/churn/*.py'", "src", True),
        ("ruff check src/*", "src", True),
        ("ruff check nowhere", "src", False),
        ("ruff check ?", "src", None),
        ("ruff check src ?", "src", True),
        ("ruff check src ?", "tests", None),
        ("ruff check /abs/src", "src", False),
        ("ruff check ../x", "src", False),
        ("ruff check tests/../src", "src", True),
        ("ruff check . --exclude src", "src", False),
        ("ruff check . --exclude src/churn", "src", False),
        ("ruff check . --exclude=docs,build", "src", True),
        ("ruff check . --exclude ?", "src", None),
        ("ruff check .", "nowhere", False),
        ("black --check . --exclude '(^build/|\\.git)'", "src", True),
        ("black --check . --extend-exclude '/src/'", "src", False),
        ("black --check . --exclude '.*'", "src", False),
        ("mypy --exclude '^tests/' .", "src", True),
        ("mypy --exclude '^src/' .", "src", False),
        ("flake8 --exclude tests,src", "src", False),
        ("pylint src tests", "src", True),
        ("bandit -r src -x src/churn", "src", False),
        ("xargs ruff check", "src", None),
        ("pytest", "tests", True),
        ("pytest tests", "tests", True),
        ("pytest tests/", "tests", True),
        ("pytest tests/unit", "tests", False),
        ("pytest tests/unit tests/model", "tests", True),
        ("pytest tests/unit/test_io.py tests/unit/test_features.py tests/model", "tests", True),
        ("pytest tests/none", "tests", False),
        ("pytest tests/unit/test_io.py::test_read", "tests/unit", False),
        ("pytest src", "tests", False),
        ("pytest --ignore=tests", "tests", False),
        ("pytest --ignore tests/model", "tests", True),
        ("pytest --ignore tests/unit --ignore tests/model", "tests", False),
        ("pytest --rootdir . tests", "tests", True),
    ],
)
def test_targets_cover_a_folder_or_not(line: str, path: str, expected: bool | None) -> None:
    assert covers(reading(line), path, FILES) is expected


def test_without_targets_the_configured_paths_or_the_directory_count() -> None:
    assert covers(reading("pytest"), "tests", FILES, default=("tests/unit",)) is False
    assert covers(reading("pytest"), "tests", FILES, default=("tests",)) is True
    assert covers(reading("pytest"), "tests", FILES, directory="src") is False
    assert covers(reading("pytest unit model"), "tests", FILES, directory="tests") is True
    assert covers(reading("pytest .."), "tests", FILES, directory="src") is True


def case(path: str, name: str, *markers: str) -> Case:
    return Case(path, name, frozenset(markers), Span(path, 1))


TESTS = (
    case("tests/unit/test_features.py", "test_bucket"),
    case("tests/unit/test_features.py", "test_bucket_edges", "parametrize"),
    case("tests/unit/test_io.py", "TestReader::test_read", "slow"),
    case("tests/model/test_model.py", "test_fit", "slow", "gpu"),
)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("pytest", 4),
        ("pytest tests", 4),
        ("pytest tests/unit", 3),
        ("pytest tests/none", 0),
        ("pytest tests/unit/test_io.py::TestReader", 1),
        ("pytest tests/unit/test_io.py::TestReader::test_read", 1),
        ("pytest tests/unit/test_io.py::test_read", 0),
        ("pytest 'tests/unit/test_features.py::test_bucket_edges[0-13]'", 1),
        ("pytest -k bucket", 2),
        ("pytest -k 'BUCKET and not edges'", 1),
        ("pytest -k 'reader or fit'", 2),
        ("pytest -k 'not (bucket or slow)'", 0),
        ("pytest -k model", 1),
        ("pytest -k test_nothing_at_all", None),
        ("pytest -k test_nothing_at_all tests/model", 0),
        ("pytest -k ''", 4),
        ("pytest -k ?", None),
        ("pytest -k 'a and'", None),
        ("pytest -m slow", 2),
        ("pytest -m 'slow and not gpu'", 1),
        ("pytest -m 'not slow'", 2),
        ("pytest -m never", 0),
        ("pytest -m slo", 0),
        ("pytest -m 'slow(reason=1)'", None),
        ("pytest -m slow -m gpu", 1),
        ("pytest -m slow -k fit", 1),
        ("pytest --deselect tests/unit", 1),
        ("pytest --deselect tests/unit/test_features.py::test_bucket", 3),
        ("pytest --deselect tests/unit/test_io.py::TestReader", 3),
        ("pytest --ignore=tests/unit --ignore=tests/model", 0),
        ("pytest --ignore-glob='*/test_io.py'", 3),
        ("pytest --ignore ?", None),
        ("pytest ?", None),
        ("pytest tests/model ?", 1),
    ],
)
def test_a_selection_keeps_so_many_tests(line: str, kept: int | None) -> None:
    assert select_tests(reading(line), TESTS) == kept


def test_a_selection_starts_in_the_directory_of_the_command() -> None:
    assert select_tests(reading("pytest unit"), TESTS, directory="tests") == 3
    assert select_tests(reading("pytest"), TESTS, default=("tests/model",)) == 1


def test_deep_parentheses_in_an_expression_are_no_problem() -> None:
    expression = "(" * 900 + "bucket" + ")" * 900
    assert select_tests(reading(f"pytest -k '{expression}'"), TESTS) == 2
    assert select_tests(reading(f"pytest -k '{'(' * 50000}'"), TESTS) is None
    assert select_tests(reading(f"pytest -m '{'not ' * 1001}slow'"), TESTS) == 2
