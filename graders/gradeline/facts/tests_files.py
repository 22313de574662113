"""Which files are tests and which are the code under test."""

from __future__ import annotations

_HELPERS = ("conftest.py", "noxfile.py", "setup.py", "tasks.py", "fabfile.py")
_FOLDERS = frozenset({"test", "tests", "testing", "locust", "load", "performance", "benchmarks", "docs"})


def looks_like_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def is_under_test(path: str) -> bool:
    """Whether a file is code that tests are about: no test, no helper of tests, no setting."""
    folder, _, name = path.rpartition("/")
    if not name.endswith(".py") or name in _HELPERS or looks_like_test(path):
        return False
    return not _FOLDERS & {part.lower() for part in folder.split("/")}
