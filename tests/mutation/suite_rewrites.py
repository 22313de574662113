"""Other ways to write the same tests in Python.  Each rewrite is done at all places of all suites at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from mutation.operators import Change, Files
from mutation.python_edits import (
    Edit,
    Source,
    body_start,
    claims_of,
    fixtures_of,
    is_text,
    marks_of,
    name_of,
    tests_of,
)
from mutation.rewrites import REWRITES
from mutation.suites import is_conftest, is_suite

Spelling = Callable[[Source], list[Edit]]


def is_tests(path: str) -> bool:
    return is_suite(path) or is_conftest(path)


def spelled(name: str, new: Spelling, where: Callable[[str], bool] = is_suite) -> None:
    """A rewrite by edits of each file."""

    def apply(files: Files) -> Iterator[Change]:
        found = {path: source.edited(new(source)) for path, source in _sources(files, where)}
        yield from _all(files, found)

    REWRITES.append((name, apply))


def worded(name: str, pattern: str, new: str | Callable[[re.Match[str]], str], where: Callable[[str], bool] = is_tests, imports: str = "") -> None:
    """A rewrite by a pattern, with imports that the new words need."""
    known = re.compile(pattern, re.MULTILINE)

    def apply(files: Files) -> Iterator[Change]:
        found = {}
        for path, source in _sources(files, where):
            text = known.sub(new, source.text)
            if text != source.text and imports:
                top = Source(text).after_imports()
                text = text[:top] + imports + text[top:]
            found[path] = text
        yield from _all(files, found)

    REWRITES.append((name, apply))


def _sources(files: Files, where: Callable[[str], bool]) -> Iterator[tuple[str, Source]]:
    for path in sorted(filter(where, files)):
        yield path, Source(files[path])


def _all(files: Files, found: dict[str, str]) -> Iterator[Change]:
    """All files that changed, under the first of them."""
    new = {path: text for path, text in found.items() if text != files[path]}
    for text in new.values():
        ast.parse(text)
    if new:
        yield f"{next(iter(new))}:file", {**files, **new}


def _asserts(source: Source) -> Iterator[ast.Assert]:
    for test in tests_of(source):
        for one in claims_of(test.node):
            if isinstance(one, ast.Assert):
                yield one


# -- how a claim is written ---------------------------------------------------------------------------------------------------


def each_assert(name: str, new: Callable[[ast.expr], str | None], imports: str = "") -> None:
    """A rewrite of each ``assert`` without a message, by what it asserts."""

    def spelling(source: Source) -> list[Edit]:
        edits = [
            source.block(one, text)
            for one in _asserts(source)
            if one.msg is None and (text := new(one.test)) is not None
        ]
        top = source.after_imports()
        return [*([(top, top, imports)] if edits and imports else []), *edits]

    spelled(name, spelling)


_MIRRORED = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: ">", ast.LtE: ">=", ast.Gt: "<", ast.GtE: "<="}
_DENIED = {ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!="}


def _mirrored(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Compare) or any(type(op) not in _MIRRORED for op in node.ops):
        return None
    parts = [ast.unparse(one) for one in (node.left, *node.comparators)][::-1]
    signs = [_MIRRORED[type(op)] for op in node.ops][::-1]
    return "assert " + parts[0] + "".join(f" {sign} {part}" for sign, part in zip(signs, parts[1:], strict=True))


def _denied(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Compare) or len(node.ops) > 1 or type(node.ops[0]) not in _DENIED:
        return None
    return f"assert not {ast.unparse(node.left)} {_DENIED[type(node.ops[0])]} {ast.unparse(node.comparators[0])}"


def _in_parts(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Compare) or len(node.ops) < 2:
        return None
    parts = [node.left, *node.comparators]
    return "\n".join(
        "assert " + ast.unparse(ast.Compare(left, [op], [right]))
        for left, op, right in zip(parts, node.ops, parts[1:], strict=False)
    )


def _sides_named(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Compare) or len(node.ops) > 1:
        return None
    sign = ast.unparse(ast.Compare(ast.Name("found"), node.ops, [ast.Name("wanted")]))
    return f"found_here = {ast.unparse(node.left)}\nwanted = {ast.unparse(node.comparators[0])}\nassert {sign.replace('found', 'found_here', 1)}"


each_assert("sides of a claim exchanged", _mirrored)
each_assert("a claim by what must not be", _denied)
each_assert("a chain of comparisons in parts", _in_parts)
each_assert("a chain of comparisons with and", lambda node: text.replace("\nassert ", " and ") if (text := _in_parts(node)) else None)
each_assert("sides of a claim have names", _sides_named)
each_assert("what is claimed has a name", lambda node: f"holds = {ast.unparse(node)}\nassert holds")
each_assert("a claim as bool", lambda node: f"assert bool({ast.unparse(node)})")
each_assert("a claim with a message", lambda node: f'assert {ast.unparse(node)}, "this is not as it should be"')
each_assert("a claim with what was found", lambda node: f"assert {ast.unparse(node)}, f'not so: {{{ast.unparse(node.left)}}}'" if isinstance(node, ast.Compare) and "'" not in ast.unparse(node.left) else None)
each_assert("a claim by raise", lambda node: f'if not ({ast.unparse(node)}):\n    raise AssertionError("not so")')
each_assert("a claim by pytest.fail", lambda node: f'if not ({ast.unparse(node)}):\n    pytest.fail("not so")', "import pytest\n")
each_assert("a claim is true", lambda node: f"assert ({ast.unparse(node)}) == True")
each_assert("a claim as all of one", lambda node: f"assert all([{ast.unparse(node)}])")


def _helped(source: Source) -> list[Edit]:
    """What is claimed goes through a function of the file."""
    top = source.after_imports()
    edits = [source.block(one, f"claim({ast.unparse(one.test)})") for one in _asserts(source) if one.msg is None]
    return [(top, top, "\n\ndef claim(holds):\n    assert holds\n"), *edits] if edits else []


def _compared_by_a_helper(source: Source) -> list[Edit]:
    edits = []
    for one in _asserts(source):
        node = one.test
        if one.msg is None and isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            edits.append(source.block(one, f"check_equal({ast.unparse(node.left)}, {ast.unparse(node.comparators[0])})"))
    top = source.after_imports()
    text = "\n\ndef check_equal(found, expected):\n    if found != expected:\n        raise AssertionError(f'{found} is not {expected}')\n"
    return [(top, top, text), *edits] if edits else []


def _caught_by_hand(source: Source) -> list[Edit]:
    """``with pytest.raises`` by ``try``."""
    edits = []
    for test in tests_of(source):
        for one in claims_of(test.node):
            if isinstance(one, ast.With) and isinstance(call := one.items[0].context_expr, ast.Call) and name_of(call.func) == "raises":
                match = next((word.value for word in call.keywords if word.arg == "match"), None)
                if match is not None:
                    inner = "\n".join(f"    {ast.unparse(line)}" for line in one.body)
                    text = f"try:\n{inner}\nexcept {ast.unparse(call.args[0])} as error:\n    assert re.search({ast.unparse(match)}, str(error))\nelse:\n    pytest.fail('nothing was raised')"
                    edits.append(source.block(one, text))
    top = source.after_imports()
    return [(top, top, "import re\n"), *edits] if edits else []


def _asked_later(source: Source) -> list[Edit]:
    """``with pytest.raises(...) as info`` and the match below."""
    edits = []
    for test in tests_of(source):
        for one in claims_of(test.node):
            if isinstance(one, ast.With) and isinstance(call := one.items[0].context_expr, ast.Call) and name_of(call.func) == "raises":
                match = next((word.value for word in call.keywords if word.arg == "match"), None)
                if match is not None:
                    inner = "\n".join(f"    {ast.unparse(line)}" for line in one.body)
                    text = f"with pytest.raises({ast.unparse(call.args[0])}) as info:\n{inner}\nassert info.match({ast.unparse(match)})"
                    edits.append(source.block(one, text))
    return edits


spelled("a claim in a helper", _helped)
spelled("a comparison in a helper", _compared_by_a_helper)
spelled("an expected error is caught by hand", _caught_by_hand)
spelled("the message of an error is looked at later", _asked_later)

_UNITTEST = {
    "assertEqual": "{} == {}", "assertListEqual": "{} == {}", "assertLess": "{} < {}", "assertGreater": "{} > {}",
    "assertLessEqual": "{} <= {}", "assertGreaterEqual": "{} >= {}", "assertTrue": "{}", "assertIn": "{} in {}",
    "assertNotIn": "{} not in {}",
}  # fmt: skip


def _plain_asserts(source: Source) -> list[Edit]:
    return [
        source.block(one, "assert " + form.format(*(f"({ast.unparse(arg)})" for arg in one.value.args)))
        for test in tests_of(source)
        for one in claims_of(test.node)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and (form := _UNITTEST.get(name_of(one.value.func)))
    ]


spelled("unittest with plain assert", _plain_asserts)
worded("unittest compares by assertTrue", r"self\.assertEqual\((.+\)), ([^,()]+|\[[^\]]*\](?: \* \d)?)\)$", r"self.assertTrue(\1 == \2)")

# -- numbers that are nearly the same ----------------------------------------------------------------------------------------

NUMPY = "import numpy as np\n"
worded("nearly the same by NumPy", r"assert (.+) == pytest\.approx\((\w+)\)$", r"np.testing.assert_allclose(\1, \2, rtol=1e-6)", imports=NUMPY)
worded("nearly the same by pytest", r"np\.testing\.assert_allclose\((.+), (risk\(model, customer\)|expected|1\.0)(?:, rtol=1e-9)?\)$", r"assert \1 == pytest.approx(\2)", imports="import pytest\n")
worded("nearly the same by isclose", r"assert np\.allclose\((.+)\)$", r"assert np.isclose(\1).all()")
worded("nearly the same by testing", r"assert np\.allclose\((.+)\)$", r"np.testing.assert_allclose(\1, rtol=1e-5, atol=1e-8)")
worded("equal arrays by testing", r"assert np\.array_equal\((.+)\)$", r"np.testing.assert_array_equal(\1)")
worded("a difference of two series", r"pd\.testing\.assert_series_equal\((.+), (before|before\.sort_index\(\)), atol=TOLERANCE\)$", r"assert ((\1) - (\2)).abs().max() <= TOLERANCE")
worded("a difference of two series for each row", r"pd\.testing\.assert_series_equal\((.+), (before|before\.sort_index\(\)), atol=TOLERANCE\)$", r"for one, other in zip(\1, \2):\n        assert abs(one - other) <= TOLERANCE")
worded("two lists of a series", r"pd\.testing\.assert_series_equal\((.+), (before|before\.sort_index\(\)), atol=TOLERANCE\)$", r"assert (\1).tolist() == pytest.approx((\2).tolist(), abs=TOLERANCE)")
worded("all by NumPy", r"\((\w+(?:\(\w+\))?) (<=|>=) ([^()\n]+|[^()\n]*\(\w+\)[^()\n]*)\)\.all\(\)", r"np.all(\1 \2 \3)", imports=NUMPY)
worded("all by Python", r"assert \((\w+(?:\(\w+\))?) (<=|>=) ([^()\n]+|[^()\n]*\(\w+\)[^()\n]*)\)\.all\(\)", r"assert all(one \2 other for one, other in zip(\1, \3))")
worded("no row is on the wrong side", r"assert \((free) >= (bound)\)\.all\(\)", r"assert not (\1 < \2).any()")
worded("a share by sum", r"\((\w+\(\w+\)) >= (\w+\(\w+\))\)\.mean\(\) >= MOST", r"(\1 >= \2).sum() >= MOST * len(\2)")
worded("between by pandas", r"assert (\w+) <= (\w+) <= (\w+)$", r"assert pd.Series([\2]).between(\1, \3).all()", imports="import pandas as pd\n")
worded("a difference by NumPy", r"churn\(dearer\) - churn\(sample\)", r"np.subtract(churn(dearer), churn(sample))", imports=NUMPY)
worded("an absolute gap by Python", r"\.groupby\(sample\[group\]\)\.mean\(\)\.abs\(\)\n    assert gap\.max\(\)", r".groupby(sample[group]).mean()\n    assert max(abs(one) for one in gap)")
worded("groups one after the other", r"gap = (\(churn\(sample\) - .*\))\.groupby\(sample\[group\]\)\.mean\(\)\.abs\(\)\n    assert gap\.max\(\) <= LARGEST_GAP", r"wrong = \1\n    for name in sample[group].unique():\n        assert abs(wrong[sample[group] == name].mean()) <= LARGEST_GAP, name")
worded("a level by query", r'export\[export\["region"\] == region\]', r'export.query("region == @region")')
worded("a level by loc", r'export\[export\["region"\] == region\]', r'export.loc[export.region.eq(region)]')

# -- inputs --------------------------------------------------------------------------------------------------------------------

worded("assign by a column", r"^    older = sample\.assign\(tenure_months=.*$", r'    older = sample.copy()\n    older["tenure_months"] = older["tenure_months"] + 12')
worded("a column by assign", r'^    (\w+) = sample\.copy\(\)\n    \1\["(\w+)"\] \+= more$', r'    \1 = sample.assign(\2=sample["\2"] + more)')
worded("a column by loc", r'\b(troubled|dearer|changed)\["(\w+)"\] (\+?=)', r'\1.loc[:, "\2"] \3')
worded("a column by add", r'\b(\w+)\["(\w+)"\] \+= more$', r'\1["\2"] = \1["\2"].add(more)')
worded("a dict by unpacking", r"= customer \| \{(.+)\}$", r"= {**customer, \1}")
worded("a dict by update", r"^    (\w+) = customer \| (\{.+\})$", r"    \1 = dict(customer)\n    \1.update(\2)")
worded("a dict by dict", r"= BASE \| (\{.+\})$", r"= dict(BASE, **\1)")
worded("a copy of the copy", r"\b(\w+)\.copy\(\)$", r"\1.copy(deep=True)")
worded("an answer by its place", r"^    \((\w+),\) = (.+)$", r"    \1 = list(\2)[0]")
worded("two answers by their places", r"^    (\w+), (\w+) = (risk\(.+\))$", r"    both = \3\n    \1 = both[0]\n    \2 = both[1]")
worded("a model by its first column", r"\[:, 1\]$", r"[:, 0] * -1 + 1")
worded("probabilities by a transposed table", r"model\.predict_proba\((.+)\)\[:, 1\]$", r"model.predict_proba(\1).T[1]")

# -- tables of cases --------------------------------------------------------------------------------------------------------------


def _names_in_a_text(source: Source) -> list[Edit]:
    edits = []
    for test in tests_of(source):
        for mark in marks_of(test.node, "parametrize"):
            if isinstance(mark.args[0], ast.Tuple):
                names = [str(one.value) for one in mark.args[0].elts if isinstance(one, ast.Constant)]
                edits.append(source.put(mark.args[0], f'"{", ".join(names)}"'))
            elif isinstance(mark.args[0], ast.Constant):
                edits.append(source.put(mark.args[0], f"[{mark.args[0].value!r}]"))
                if isinstance(mark.args[1], (ast.List, ast.Tuple)):
                    return []  # one name in a list wants cases that are lists
    return edits


def _named_arguments(source: Source) -> list[Edit]:
    edits = []
    for test in tests_of(source):
        for mark in marks_of(test.node, "parametrize"):
            edits += [(source.start(mark.args[0]),) * 2 + ("argnames=",), (source.start(mark.args[1]),) * 2 + ("argvalues=",)]
    return edits


def _a_table_of_its_own(source: Source) -> list[Edit]:
    edits, top = [], source.after_imports()
    for test in tests_of(source):
        for number, mark in enumerate(marks_of(test.node, "parametrize")):
            if isinstance(mark.args[1], (ast.List, ast.Tuple)) and test.owner is None:
                name = f"{test.name.upper()}_{number}"[4:]
                at = source.line_start(source.first_line(test.node))
                edits += [(at, at, f"CASES{name} = {source.of(mark.args[1])}\n\n\n"), source.put(mark.args[1], f"CASES{name}")]
    return edits if top is not None else []


def _pytest_params(source: Source) -> list[Edit]:
    edits = []
    for test in tests_of(source):
        marks = list(marks_of(test.node, "parametrize"))
        for mark in marks:
            if isinstance(mark.args[1], (ast.List, ast.Tuple)):
                for number, case in enumerate(mark.args[1].elts):
                    if (isinstance(case, ast.Call) and name_of(case.func) == "param") or isinstance(case, ast.Starred):
                        continue
                    several = isinstance(mark.args[0], ast.Tuple) and isinstance(case, ast.Tuple)
                    given = ", ".join(map(ast.unparse, case.elts)) if several and isinstance(case, ast.Tuple) else ast.unparse(case)
                    edits.append(source.put(case, f'pytest.param({given}, id="case {number}")'))
    return edits


def _in_a_loop(source: Source) -> list[Edit]:
    """A table without marks in a loop, with the case as the message of each claim."""
    edits = []
    for test in tests_of(source):
        marks = list(marks_of(test.node, "parametrize"))
        if len(marks) != 1 or "marks=" in source.of(marks[0]) or "pytest.param" in source.of(marks[0]) or marks[0].keywords:
            continue
        names = marks[0].args[0]
        words = [str(one.value) for one in names.elts if isinstance(one, ast.Constant)] if isinstance(names, ast.Tuple) else [str(ast.literal_eval(names))]
        first = body_start(test.node)
        depth = first.col_offset
        start, end = source.line_start(source.first_line(first)), source.end(test.node)
        body = "".join(f"    {line}" if line.strip() else line for line in source.text[start:end].splitlines(keepends=True))
        edits.append((start, end, f"{' ' * depth}for {', '.join(words)} in {source.of(marks[0].args[1])}:\n{body}"))
        mark = source.start(marks[0]) - 1
        edits.append((mark - marks[0].col_offset + 1, source.end(marks[0]) + 1, ""))
        for argument in test.node.args.args:
            if argument.arg in words:
                spot = source.text.index(argument.arg, source._offset(argument.lineno, argument.col_offset))
                tail = source.text[spot + len(argument.arg) :]
                drop = len(argument.arg) + (2 if tail.startswith(", ") else 0)
                edits.append((spot, spot + drop, ""))
    return edits


spelled("names of a table in a text", _names_in_a_text)
spelled("a table by the names of its arguments", _named_arguments)
spelled("a table of its own", _a_table_of_its_own)
spelled("cases with names", _pytest_params)
spelled("a table in a loop", _in_a_loop)
worded("a table with ids", r'parametrize\("(\w+)", (\[[^\[\]\n]*\]|[A-Z]+)\)$', r'parametrize("\1", \2, ids=str)')
worded("a table as a tuple", r'parametrize\("(\w+)", \[([^\[\]\n]*)\]\)$', r'parametrize("\1", (\2,))')
worded("a table that is sorted", r'parametrize\("(\w+)", (\[[^\[\]\n*]*\])\)$', r'parametrize("\1", sorted(\2))')

# -- names, imports, layout -----------------------------------------------------------------------------------------------------


def _in_a_class(source: Source) -> list[Edit]:
    """The plain functions of tests in a class."""
    tests = [one for one in tests_of(source) if one.owner is None]
    edits: list[Edit] = []
    for number, test in enumerate(tests):
        if any(name in ast.unparse(mark) for mark in test.node.decorator_list for name in ("given", "example")):
            return []
        start, end = source.line_start(source.first_line(test.node)), source.end(test.node)
        text = re.sub(rf"def {test.name}\((?=\S)", f"def {test.name}(self, ", source.text[start:end], count=1).replace("self, )", "self)")
        inner = "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))
        edits.append((start, end, f"class TestPart{number}:\n{inner}"))
    return edits


def _documented(source: Source) -> list[Edit]:
    edits = []
    for test in tests_of(source):
        if not is_text(test.node.body[0]):
            first = source.first_line(test.node.body[0])
            at, depth = source.line_start(first), " " * test.node.body[0].col_offset
            edits.append((at, at, f'{depth}"""assert True; pytest.skip() is no word of ours."""\n'))
    return edits


def _returns_none(source: Source) -> list[Edit]:
    return [
        (at, at, " -> None")
        for test in tests_of(source)
        if test.node.returns is None
        for at in [source.text.rindex("):", 0, source.line_start(source.first_line(test.node.body[0]))) + 1]
    ]


def _yielded(source: Source) -> list[Edit]:
    """A fixture that yields what it returned."""
    edits = []
    for fixture in fixtures_of(source):
        last = fixture.body[-1]
        if isinstance(last, ast.Return) and last.value is not None:
            edits.append(source.block(last, "yield " + source.of(last.value)))
    return edits


def _fixture_by_name(source: Source) -> list[Edit]:
    """A fixture whose function has another name."""
    edits = []
    for fixture in fixtures_of(source):
        mark = fixture.decorator_list[-1]
        given = ast.unparse(mark)
        inner = given.partition("(")[2].rstrip(")")
        if "autouse" in inner:
            continue
        edits.append(source.put(mark, f'pytest.fixture(name="{fixture.name}"{", " + inner if inner else ""})'))
        at = source.text.index(fixture.name, source._offset(fixture.lineno, fixture.col_offset) + 3)
        edits.append((at, at + len(fixture.name), f"{fixture.name}_of_the_tests"))
    return edits


def _from_the_package(source: Source) -> list[Edit]:
    """``from churn.train import predict`` by the module."""
    edits = []
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("churn."):
            names = [alias.name for alias in node.names]
            module = (node.module or "").partition(".")[2]
            lines = [f"import churn.{module} as the_{module}", *(f"{name} = the_{module}.{name}" for name in names)]
            edits.append(source.block(node, "\n".join(lines)))
    return edits


def _with_other_names(source: Source) -> list[Edit]:
    """``from churn.train import predict as ask_predict``."""
    edits = []
    names = set()
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("churn"):
            names |= {alias.name for alias in node.names if alias.asname is None}
            edits.append(source.put(node, f"from {node.module} import " + ", ".join(
                f"{alias.name} as our_{alias.name}" if alias.asname is None else f"{alias.name} as {alias.asname}" for alias in node.names)))
    used = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id in names]
    return edits + [source.put(node, f"our_{node.id}") for node in used]


def _same_layout(files: Files) -> Iterator[Change]:
    yield from _all(files, {path: ast.unparse(source.tree) + "\n" for path, source in _sources(files, is_tests)})


REWRITES.append(("suites in another layout", _same_layout))
spelled("tests in classes", _in_a_class)
spelled("tests with remarks", _documented)
spelled("tests return nothing", _returns_none)
spelled("fixtures yield", _yielded, is_tests)
spelled("fixtures by another name", _fixture_by_name, is_tests)
spelled("code under test by its module", _from_the_package, is_tests)
spelled("code under test by other names", _with_other_names, is_tests)
worded("tests have other names", r"(?<=def )test_(?=\w+\()", "test_that_", lambda path: is_suite(path) and "behavioral" not in path and "tenure" not in path)  # their names stand in documents
worded("pandas by its name", r"\bpd\.(?=\w)|(?<=import pandas) as pd$", lambda found: "pandas." if found[0] == "pd." else "")
worded("NumPy by its name", r"\bnp\.(?=\w)|(?<=import numpy) as np$", lambda found: "numpy." if found[0] == "np." else "")
worded("marks by their own name", r"pytest\.mark\.", "mark.", is_suite, "from pytest import mark\n")
worded("a fixture with brackets", r"@pytest\.fixture$", "@pytest.fixture()")
worded("a fixture by its own name", r"@pytest\.fixture\b", "@fixture", is_tests, "from pytest import fixture\n")
worded("a fixture for the package", r'scope="session"', 'scope="package"')
worded("a fixture for the module", r'scope="session"\)\ndef (model|export)\(', r'scope="module")' + r"\ndef \1(")
worded("remarks that say the opposite", r"^(\s*)(?=assert |with |def )", r"\1# assert True, xfail, skip: not here" + r"\n\1", is_tests)
