"""Tests that a learner may write to stop, slow down or mislead the reading of tests."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from gradeline.checks import registry
from gradeline.facts.case import Case, build_case
from gradeline.readers import load
from gradeline.source import SourceFile

CODE = '"""Code."""\n\n\ndef double(number):\n    return 2 * number\n'
IMPORT = "import pytest\n\nfrom churn.features import double\n\n\n"


@dataclass(frozen=True)
class Files:
    texts: Mapping[str, str]

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def case_of(text: str, **more: str) -> Case:
    named = {name.replace("__", "/") + ".py": body for name, body in more.items()}
    files = {"src/churn/features.py": CODE, "tests/unit/test_it.py": text, **named}
    project, pipelines = load(Files(files))
    return build_case(project, pipelines, {})


def status(case: Case, check: str, **params: object) -> str:
    return registry.run(check, case, params).status


ENDLESS = {
    "helpers that call each other": IMPORT
    + "def a(x):\n    return b(x)\n\n\ndef b(x):\n    return a(x)\n\n\ndef test_it():\n    assert a(double(1)) == 2\n",
    "fixtures that need each other": IMPORT
    + "@pytest.fixture\ndef a(b):\n    return b\n\n\n@pytest.fixture\ndef b(a):\n    return double(a)\n\n\n"
    + "def test_it(a):\n    assert double(a) == 2\n",
    "a name that is its own value": IMPORT
    + "A = B\nB = A\n\n\n@pytest.mark.parametrize('x', A)\ndef test_it(x):\n    assert double(x) == A\n",
    "a list of itself": IMPORT
    + "A = [*A, 1]\n\n\n@pytest.mark.parametrize('x', A)\ndef test_it(x):\n    assert double(x) == 2\n",
    "a billion cases": IMPORT
    + "@pytest.mark.parametrize('x', range(10**9))\ndef test_it(x):\n    assert double(x) == 2 * x\n",
    "cases times cases times cases": IMPORT
    + "".join(f"@pytest.mark.parametrize('x{n}', range(1000))\n" for n in range(9))
    + f"def test_it({', '.join(f'x{n}' for n in range(9))}):\n    assert double(x0) == 1\n",
    "a branch in a branch": IMPORT
    + "def test_it():\n    x = double(1)\n"
    + "".join(f"{'    ' * (n + 1)}if x > {n}:\n" for n in range(60))
    + "    " * 61
    + "assert x == 2\n",
    "an operand in an operand": IMPORT + "def test_it():\n    assert " + "-(" * 80 + "double(1)" + ")" * 80 + " == 2\n",
    "one thousand assignments": IMPORT
    + "def test_it():\n    x = double(1)\n"
    + "".join(f"    x{n} = [x for _ in x for _ in x]\n" for n in range(1000))
    + "    assert x == 2\n",
    "a helper for each other helper": IMPORT
    + "".join(f"def h{n}(x):\n    return [{', '.join(f'h{m}(x)' for m in range(8))}]\n\n\n" for n in range(8))
    + "def test_it():\n    assert h0(double(1)) == 2\n",
    "functions in functions": IMPORT
    + "def test_it():\n"
    + "".join(f"{'    ' * (n + 1)}def f{n}():\n" for n in range(50))
    + "    " * 51
    + "assert double(1) == 2\n",
    "nothing but decorators": IMPORT + "@pytest.mark.x\n" * 2000 + "def test_it():\n    assert double(1) == 2\n",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS.keys())
@pytest.mark.parametrize("check", ["test-kind", "real-assert", "isolated"])
def test_no_test_stops_or_slows_the_grader(text: str, check: str) -> None:
    started = time.perf_counter()
    assert status(case_of(text), check, **({"kind": "unit"} if check != "isolated" else {})) in (
        "met", "unmet", "cannot_tell",
    )  # fmt: skip
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["\x00", "def test_(:\n", "\udc80", "((((((((", "\ufeffdef test_it(): pass"])
def test_text_that_is_no_python_is_survived(text: str) -> None:
    assert status(case_of(text), "real-assert", kind="unit") in ("unmet", "cannot_tell")


def test_modules_that_import_all_names_of_each_other_end() -> None:
    case = case_of(
        "from churn.a import double\n\n\ndef test_it():\n    assert double(1) == 2\n",
        src__churn__a="from churn.b import *\n",
        src__churn__b="from churn.a import *\n",
    )
    assert status(case, "test-kind", kind="unit") == "unmet"


FAKES = {
    "true": "assert True",
    "a tuple": 'assert (x == 3, "wrong")',
    "itself": "assert x == x",
    "another name of itself": "y = x\n    assert x == y",
    "itself turned": "assert not (x is None) or 1",
    "a length": "assert len([x]) > -1",
    "there": "assert x is not None",
    "its own numbers": "assert 1 + 1 == 2",
    "a stand-in": "from unittest.mock import Mock\n    m = Mock(return_value=2)\n    assert m(x) == 2",
    "after the end": "return\n    assert x == 3",
    "in a function that is not called": "def later():\n        assert x == 3",
    "in no round of a loop": "for _ in []:\n        assert x == 3",
    "caught": "try:\n        assert x == 3\n    except AssertionError:\n        pass",
    "caught by a bare except": "try:\n        assert x == 3\n    except:\n        x = 3",
    "suppressed": "import contextlib\n    with contextlib.suppress(Exception):\n        assert x == 3",
    "after a skip": "pytest.skip('later')\n    assert x == 3",
    "raises of something else": "with pytest.raises(ZeroDivisionError):\n        1 / 0",
    "only printed": "print(x == 3)",
    "compared and dropped": "x == 3",
}


@pytest.mark.parametrize("body", FAKES.values(), ids=FAKES.keys())
def test_an_assertion_that_cannot_fail_proves_nothing(body: str) -> None:
    text = f"{IMPORT}def test_it():\n    x = double(1)\n    {body}\n"
    assert status(case_of(text), "real-assert", kind="unit") == "unmet"


TWINS = {
    "plain": "assert x == 2",
    "approximately": "assert x == pytest.approx(2)",
    "in a with": "import warnings\n    with warnings.catch_warnings():\n        assert x == 2",
    "in a loop": "for _ in range(3):\n        assert x == 2",
    "a comprehension": "assert all(one == 2 for one in [x])",
    "a function inside that is called": "def check(y):\n        assert y == 2\n    check(x)",
    "a lambda": "same = (lambda y: y == 2)(x)\n    assert same",
    "unpacked": "a, *rest = [x, x]\n    assert rest == [2] and a == 2",
    "a walrus": "assert (y := x) == 2 and y",
    "the same call twice": "assert double(3) == double(3)",
    "try that fails aloud": "try:\n        assert x == 2\n    except ValueError:\n        pytest.fail('no')",
    "raises": "with pytest.raises(TypeError):\n        double(None, None)",
    "a dictionary": "found = {}\n    found['x'] = x\n    assert found == {'x': 2}",
    "a list that grew": "found = []\n    found.append(x)\n    assert found == [2]",
    "numpy": "import numpy as np\n    np.testing.assert_allclose(x, 2)",
    "an f-string": "assert f'{x}' == '2'",
    "one of two": "assert x == 2 or x == 3",
    "a value that is a function": "table = {'d': lambda y: y}\n    assert table['d'](x) == 2",
}


@pytest.mark.parametrize("body", TWINS.values(), ids=TWINS.keys())
def test_an_assertion_that_can_fail_counts_in_any_clothes(body: str) -> None:
    text = f"{IMPORT}def test_it():\n    x = double(1)\n    {body}\n"
    verdict = registry.run("real-assert", case_of(text), {"kind": "unit"})
    assert (verdict.status, verdict.message) == ("met", verdict.message)


def test_a_fixture_may_give_a_function_that_calls_the_code() -> None:
    made = "@pytest.fixture\ndef made():\n    def make(n):\n        return double(n)\n\n    return make\n\n\n"
    case = case_of(f"{IMPORT}{made}def test_it(made):\n    assert made(1) == 2\n")
    assert status(case, "real-assert", kind="unit") == "met"


def test_what_the_code_logs_or_prints_is_evidence() -> None:
    text = f"{IMPORT}def test_it(caplog):\n    double(1)\n    assert 'doubled' in caplog.text\n"
    assert status(case_of(text), "real-assert", kind="unit") == "met"


def test_a_class_of_the_test_upon_one_of_the_code_is_evidence() -> None:
    text = "from churn.b import Base\n\n\ndef test_it():\n    class Mine(Base):\n        pass\n\n"
    text += "    assert Mine().n == 2\n"
    case = case_of(text + "\n\ndef test_other():\n    Base()\n", src__churn__b="class Base:\n    n = 2\n")
    assert [bool(one.proofs) for one in case.tests.about()] == [True, False]
