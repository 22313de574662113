"""Files that a ``conftest.py`` keeps pytest from collecting."""

from __future__ import annotations

import pytest

from gradeline.facts.readings import Reading
from gradeline.facts.selection import select_tests
from gradeline.readers.project_tests import Conventions, read_tests
from gradeline.readers.python import read_code
from gradeline.source import SourceFile

TEST = "def test_one():\n    assert 1\n"


def ignored(conftest: str, folder: str = "tests") -> dict[str, str]:
    """The conftest.py that leaves each test file out, by the path of the file."""
    texts = {
        f"{folder}/conftest.py": conftest,
        "tests/test_a.py": TEST,
        "tests/unit/test_b.py": TEST,
        "tests/slow/test_c.py": TEST,
    }
    found, _ = read_tests(tuple(texts), code(texts), Conventions())
    return {one.path: one.ignored for one in found if one.ignored}


def code(texts: dict[str, str]):
    return read_code(tuple(texts), lambda path: SourceFile(path, texts[path]) if path in texts else None)


@pytest.mark.parametrize(
    "conftest",
    [
        'collect_ignore = ["slow"]',
        'collect_ignore = []\ncollect_ignore.append("slow/test_c.py")',
        'collect_ignore = ["setup.py"]\ncollect_ignore += ["slow"]',
        'collect_ignore_glob = ["*_c.py"]',
        'collect_ignore_glob = ["slow/*"]',
    ],
)
def test_a_list_leaves_files_out(conftest: str) -> None:
    assert ignored(conftest) == {"tests/slow/test_c.py": "tests/conftest.py"}


@pytest.mark.parametrize(
    "conftest",
    [
        'import sys\ncollect_ignore = []\nif sys.platform == "win32":\n    collect_ignore.append("slow")',
        'collect_ignore = ["slow"]\ncollect_ignore = []',
        'ignore = ["slow"]',
        'collect_ignore = ["test_c.py"]',
        "collect_ignore = names()",
    ],
)
def test_nothing_is_left_out_that_may_be_collected(conftest: str) -> None:
    assert ignored(conftest) == {}


def test_a_list_only_reaches_below_its_own_folder() -> None:
    assert ignored('collect_ignore = ["test_b.py"]', "tests/unit") == {"tests/unit/test_b.py": "tests/unit/conftest.py"}


def test_a_file_that_a_command_names_runs_although_it_is_left_out() -> None:
    texts = {"tests/conftest.py": 'collect_ignore = ["test_a.py"]', "tests/test_a.py": TEST}
    found, _ = read_tests(tuple(texts), code(texts), Conventions())
    tests = frozenset({"test"})
    assert select_tests(Reading("pytest", tests, targets=("tests",)), found) == 0
    assert select_tests(Reading("pytest", tests, targets=("tests/test_a.py",)), found) == 1
    assert select_tests(Reading("pytest", tests, targets=("./tests/test_a.py::test_one",)), found) == 1


def test_the_file_of_a_test_is_parsed_once() -> None:
    texts = {"tests/test_a.py": TEST}
    modules = code(texts)
    found, _ = read_tests(tuple(texts), modules, Conventions())
    module = modules.modules["tests/test_a.py"]
    assert [one.name for one in found] == ["test_one"]
    assert found[0].span is module.span(module.tree.body[0])
