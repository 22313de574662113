"""Components that answer instead of failing, and the values that they are given."""

from __future__ import annotations

import ast

import pytest

from gradeline.readers.kubeflow.answers import always, answer_of


def answer(body: str) -> tuple[object, object] | None:
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    function = ast.parse(f"def gate():\n{lines}\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    found = answer_of(function)
    return None if found is None else (found.passed, found.failed)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('done = run(c)\nreturn "yes" if done.returncode == 0 else "no"', ("yes", "no")),
        ('done = run(c)\nreturn "no" if done.returncode else "yes"', ("yes", "no")),
        ('done = run(c)\nif done.returncode != 0:\n    print("bad")\n    return "no"\nreturn "yes"', ("yes", "no")),
        ('done = run(c)\nif not done.returncode:\n    return "yes"\nelse:\n    return "no"', ("yes", "no")),
        ("return subprocess.run(c).returncode == 0", (True, False)),
        ("status = subprocess.call(c)\nreturn status == 0", (True, False)),
        ("try:\n    run(c, check=True)\nexcept OSError:\n    return False\nreturn True", (True, False)),
        ("try:\n    run(c, check=True)\n    return True\nexcept OSError:\n    return False", (True, False)),
    ],
)
def test_what_is_returned_for_good_and_for_bad(body: str, expected: tuple[object, object]) -> None:
    assert answer(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        'return "yes"',
        'done = run(c)\nreturn "same" if done.returncode == 0 else "same"',
        "done = run(c)\nreturn done.stdout",
        'return "yes" if auc > 0.8 else "no"',
        "done = run(c)\nreturn done.returncode",
        'done = run(c)\nreturn True if done.returncode == 0 else "no"',
    ],
)
def test_other_values_are_no_answer_about_a_program(body: str) -> None:
    assert answer(body) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('run(c)\nreturn "good"', "good"),
        ('if quick:\n    return "good"\nrun(c)\nreturn "good"', "good"),
        ('if quick:\n    return "bad"\nreturn "good"', None),
        ("run(c)", None),
        ("return run(c)", None),
    ],
)
def test_a_component_that_always_says_the_same(body: str, expected: str | None) -> None:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    function = ast.parse(f"def gate():\n{lines}\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert always(function) == expected
