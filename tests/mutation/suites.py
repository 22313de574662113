"""Damage to suites of tests in Python: tests that ask less than they seem to, and tests that nobody hears.

A suite may hold more tests than a criterion asks for, and then one of them may be damaged without any loss.  So the
damage is done to an answer without the tests that it could spare: each test that is left is needed.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping

from mutation.operators import Change, Files, note
from mutation.python_edits import (
    Edit,
    Source,
    Test,
    body_start,
    cases_of,
    claims_of,
    name_of,
    tests_of,
)
from mutation.rewrites import REWRITES

Damage = Callable[[Source, Test], list[Edit] | None]

SAYS = frozenset({"behaviour", "test-kind", "real-assert", "slices:tested"})  # what a test claims
GONE = frozenset({"decision-doc"})  # a log names the tests that there are
HEARD = SAYS | {"known-failures", "capabilities"}  # a test that does not run is about no capability
OFF = HEARD | {"isolated", "gates", "timeout"}  # with all tests of a kind gone, nothing is true of them
BEHAVES = frozenset({"behaviour"})
CAPABILITIES = frozenset({"capabilities"})
ONE_MODEL = frozenset({"behaviour:once"})
MOST = 2  # places of one right answer that an operator damages
DEAR = "scripts/fairness_gate.py"  # tests that are followed through this program take seconds

# The tests, and the cases of tests, that the right answers could spare: nothing is lost without all of them.
SPARE: Mapping[str, frozenset[str]] = {
    "tests/behavioral/test_churn_behavior.py": frozenset(
        {"test_the_order_of_the_rows_changes_nothing", "test_more_tickets_never_lower_the_risk[0]",
         "test_a_longer_tenure_never_raises_the_risk", "test_a_higher_price_never_lowers_the_risk[0]", "test_no_group_is_judged_much_worse_than_it_is[0]",
         "test_contracts_bind"}),
    "tests/unit/test_tenure_bucket.py": frozenset(
        {"test_each_side_of_each_boundary[1]", "test_each_side_of_each_boundary[4]",
         "test_each_side_of_each_boundary[7]", "test_below_zero_is_refused[0]"}),
    "tests/data/test_customers.py": frozenset(
        {"test_the_export_has_the_columns_of_the_contract", "test_no_value_is_missing"}),
    "tests/integration/test_pipeline.py": frozenset({"test_from_an_export_to_a_ranking"}),
    "tests/integration/test_service.py": frozenset({"test_the_service_says_what_the_model_says"}),
    "tests/unit/test_evaluate.py": frozenset(
        {"test_a_perfect_ranking_finds_the_only_leaver", "test_a_reversed_ranking_finds_nobody",
         "test_recall_is_refused_where_it_means_nothing", "test_the_gap_is_between_the_best_and_the_worst_group"}),
    "tests/unit/test_features.py": frozenset(
        {"test_spend_is_spread_over_the_months", "test_spend", "test_nobody", "test_contract_columns[1]"}),
    "tests/test_export.py": frozenset({"test_the_export_follows_the_schema"}),
    "tests/test_functions.py": frozenset({"test_first_month_counts_as_one", "test_spread_over_ten_months"}),
    "tests/test_models.py": frozenset({"test_one_answer_each"}),
    "tests/integration/test_api.py": frozenset(
        {"test_a_customer_gets_a_probability[0]", "test_a_customer_gets_a_probability[1]",
         "test_what_is_no_customer_is_refused[0]", "test_what_is_no_customer_is_refused[1]",
         "test_what_is_no_customer_is_refused[2]", "test_it_says_how_it_is[1]",
         "test_the_second_answer_comes_from_the_memory_and_is_the_same"}),
    "tests/unit/test_fairness_gate.py": frozenset(
        {"test_groups_that_are_treated_alike_pass", "test_a_group_that_is_left_behind_fails",
         "test_a_gap_that_the_champion_has_not_fails", "test_nobody_without_a_prediction",
         "test_a_group_that_is_left_behind_stops_the_run[0]", "test_a_candidate_that_is_less_fair_than_the_champion",
         "test_nobody_to_measure", "test_the_exit_status", "test_is_content_with_groups_that_are_alike"}),
}  # fmt: skip


# Two more tests ask what these ask, and are there only because a document names them: damage to one changes nothing.
IDLE = frozenset({"test_whoever_stays_is_loyal", "test_first_month_of_the_third_year", "test_half_a_month_later"})


def is_suite(path: str) -> bool:
    return path in SPARE


def is_conftest(path: str) -> bool:
    return path in ("tests/behavioral/conftest.py", "tests/conftest.py")


def spared(path: str, source: Source) -> list[Edit]:
    """The edits that take away what a suite could spare."""
    edits = []
    for test in tests_of(source):
        if test.name in SPARE[path]:
            edits.append(source.cut(test.node))
        edits += [
            _only(source, cases, left)
            for cases in cases_of(test.node)
            if len(left := _left(source, test, cases)) < len(cases.elts)
        ]
    return edits


def _left(source: Source, test: Test, cases: ast.List | ast.Tuple) -> list[str]:
    """The cases of a test that no right answer could spare."""
    spare = set().union(*SPARE.values())
    return [source.of(case) for number, case in enumerate(cases.elts) if f"{test.name}[{number}]" not in spare]


def _only(source: Source, cases: ast.List | ast.Tuple, left: list[str]) -> Edit:
    return source.put(cases, f"[{', '.join(left)}]")


def needed(files: Files) -> tuple[dict[str, str], dict[str, Source], list[tuple[str, Test]]]:
    """The files without what they could spare, the suites as they are written, and the tests that are left."""
    sources = {path: Source(files[path]) for path in sorted(filter(is_suite, files))}
    tight = {path: source.edited(spared(path, source)) for path, source in sources.items()}
    tests = [(path, one) for path, source in sources.items() for one in tests_of(source)
             if one.name not in SPARE[path] | IDLE]  # fmt: skip
    return {**files, **tight}, sources, tests


def on_tests(name: str, attacks: frozenset[str], damage: Damage, targets: frozenset[str] = frozenset()) -> None:
    """An operator on one test, at the first places where it applies; where it begins depends on its name, so that
    operators damage different tests."""

    def apply(files: Files) -> Iterator[Change]:
        tight, sources, tests = needed(files)
        found = []
        for path, test in tests:
            edits = damage(sources[path], test)
            if edits:
                found.append((path, test, edits))
        first = int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(found) if found else 0
        for path, test, edits in (found[first:] + found[:first])[: 1 if DEAR in files else MOST]:
            source = sources[path]
            text = source.edited([*edits, *spared(path, source)])
            yield f"{path}:{test.node.lineno}", {**tight, path: text}

    note(name, attacks, apply, targets)


def on_lines(
    name: str,
    attacks: frozenset[str],
    where: Callable[[str], bool],
    pattern: str,
    new: str,
    targets: frozenset[str] = frozenset(),
    most: int = MOST,
) -> None:
    """An operator that replaces what matches a pattern, one place after the other; 0 is all places of a file at once."""
    known = re.compile(pattern, re.MULTILINE)

    def apply(files: Files) -> Iterator[Change]:
        tight, sources, tests = needed(files)
        for path in sorted(filter(where, files)):
            if path in sources and path not in {one for one, _ in tests}:
                continue  # all of its tests are spare
            text, places = tight[path], list(known.finditer(tight[path]))
            for place in places[: most or 1]:
                changed = known.sub(new, text) if not most else text[: place.start()] + place.expand(new) + text[place.end() :]
                # The line of the file as it is written, which has what was spared.
                line = text[text.rfind("\n", 0, place.start()) + 1 :].partition("\n")[0]
                number = files[path].split("\n").index(line) + 1 if line in files[path].split("\n") else 1
                if changed != text:
                    yield f"{path}:{number}", {**tight, path: changed}

    note(name, attacks, apply, targets)


# -- assertions that cannot fail --------------------------------------------------------------------------------------------


def _each_claim(new: Callable[[Source, ast.stmt], str | None]) -> Damage:
    """Damage that writes other lines for each assertion of a test, and leaves those of which it knows none."""

    def damage(source: Source, test: Test) -> list[Edit] | None:
        claims = claims_of(test.node)
        edits = [source.block(one, text) for one in claims if (text := new(source, one)) is not None]
        return edits if len(edits) == len(claims) else None

    return damage


def _asserted(text: str) -> Callable[[Source, ast.stmt], str | None]:
    """Other lines for ``assert``; ``{}`` is what is asserted."""

    def new(source: Source, one: ast.stmt) -> str | None:
        return text.format(" ".join(source.of(one.test).split())) if isinstance(one, ast.Assert) else None

    return new


def _around(head: str, tail: str = "") -> Callable[[Source, ast.stmt], str]:
    """An assertion below another line."""

    def new(source: Source, one: ast.stmt) -> str:
        inner = "\n".join(f"    {line}" for line in source.lines_of(one).splitlines())
        return f"{head}\n{inner}{tail}"

    return new


on_tests("test asserts what is always true", SAYS, _each_claim(lambda source, one: "assert True"))
on_tests("test asserts one thing or true", SAYS, _each_claim(_asserted("assert ({}) or True")))
on_tests("test asserts a tuple", SAYS, _each_claim(_asserted('assert (({}), "so it is")')))
on_tests("test computes and claims nothing", SAYS, _each_claim(_asserted("{}")))
on_tests("test prints instead of a claim", SAYS, _each_claim(_asserted("print({})")))
on_tests("test asserts the text of a thing", SAYS, _each_claim(_asserted("assert str({})")))
on_tests("test asserts a list of one", SAYS, _each_claim(_asserted("assert [{}]")))
on_tests("failure is caught", HEARD, _each_claim(_around("try:", "\nexcept AssertionError:\n    pass")))
on_tests("every error is caught", HEARD, _each_claim(_around("try:", "\nexcept Exception as error:\n    print(error)")))
on_tests("failure is suppressed", HEARD, _each_claim(_around("import contextlib\nwith contextlib.suppress(AssertionError):")))
on_tests("claim that is never reached", SAYS, _each_claim(_around("if False:")))
on_tests("claim of nobody", SAYS, _each_claim(_around("for _ in []:")))
on_tests("claim in a function that nobody calls", SAYS, _each_claim(_around("def claim():")))
on_tests("claim while there is no such thing", SAYS, _each_claim(_around("while None:")))


def _returns(source: Source, test: Test) -> list[Edit]:
    first = claims_of(test.node)[0]
    outer = next(one for one in test.node.body if one.lineno <= first.lineno <= (one.end_lineno or 0))
    at = source.line_start(source.first_line(outer))
    return [(at, at, " " * outer.col_offset + "return\n")]


on_tests("test returns before its claim", SAYS, _returns)

_PAIRS = re.compile(r"assert_(series|frame|index)_equal|assert_(all|array_)\w+|assertEqual|assertListEqual|assertAlmostEqual")


def _with_itself(source: Source, test: Test) -> list[Edit] | None:
    edits = []
    for one in claims_of(test.node):
        if isinstance(one, ast.Assert):
            pair = [node for node in ast.walk(one.test) if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.LtE, ast.GtE))]
            if len(pair) != 1 or len(pair[0].ops) != 1:
                return None
            edits.append(source.put(pair[0].comparators[0], f"({source.of(pair[0].left)})"))
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and _PAIRS.fullmatch(name_of(one.value.func)):
            edits.append(source.put(one.value.args[1], source.of(one.value.args[0])))
        else:
            return None
    return edits


on_tests("a thing is compared with itself", SAYS, _with_itself)


def _only_something(source: Source, test: Test) -> list[Edit] | None:
    """What is compared is only looked at."""
    edits = []
    for one in claims_of(test.node):
        if not isinstance(one, ast.Assert) or not isinstance(one.test, ast.Compare):
            return None
        edits.append(source.put(one.test, f"({source.of(one.test.left)}) is not None"))
    return edits


on_tests("something comes out", SAYS, _only_something)

# -- tests that do not run ------------------------------------------------------------------------------------------------------


def _first_line(text: str, imports: str = "", only: Callable[[Test], bool] = lambda test: True) -> Damage:
    def damage(source: Source, test: Test) -> list[Edit] | None:
        first = body_start(test.node)
        at, top = source.line_start(source.first_line(first)), source.after_imports()
        return [(at, at, " " * first.col_offset + text + "\n"), (top, top, imports)] if only(test) else None

    return damage


def _decorated(text: str) -> Damage:
    def damage(source: Source, test: Test) -> list[Edit] | None:
        at = source.line_start(source.first_line(test.node))
        top = source.after_imports()
        return [(at, at, " " * test.node.col_offset + text + "\n"), (top, top, "import unittest\n\nimport pytest\n")]

    return damage


def _renamed(source: Source, test: Test) -> list[Edit]:
    at = source.text.index("test", source.start(test.node))
    return [(at, at + 4, "check")]


def _shadowed(source: Source, test: Test) -> list[Edit]:
    end = source.end(test.node)
    depth = " " * test.node.col_offset
    argument = "self" if test.owner is not None else ""
    return [(end, end, f"\n\n\n{depth}def {test.name}({argument}):\n{depth}    pass")]


on_tests("test is gone", OFF | GONE, lambda source, test: [source.cut(test.node)])
on_tests("test that pytest does not collect", OFF | GONE, _renamed)
on_tests("test of the same name stands below", OFF, _shadowed)
on_tests("test is skipped", OFF, _decorated('@unittest.skip("slow")'))
on_tests("test is skipped by pytest", OFF, _decorated('@pytest.mark.skip(reason="slow")'))
on_tests("test is skipped on every machine", OFF, _decorated('@pytest.mark.skipif(True, reason="later")'))
on_tests("test may fail", OFF, _decorated('@pytest.mark.xfail(reason="red since March")'))
on_tests("test skips itself", OFF, _first_line('pytest.skip("later")', "import pytest\n"))
on_tests("test skips itself (unittest)", HEARD, _first_line('self.skipTest("later")', only=lambda test: test.is_unittest))
on_tests("test returns at once", HEARD, _first_line("return"))
on_tests("table without cases", OFF, lambda source, test: [_only(source, one, []) for one in cases_of(test.node)])
on_tests("a loop over no case", HEARD, lambda source, test: [
    source.put(one.iter, "[]") for one in ast.walk(test.node) if isinstance(one, ast.For) and claims_of(one)])  # fmt: skip


def _a_case_less(source: Source, test: Test) -> list[Edit]:
    return [
        _only(source, cases, left[1:])
        for cases in [*cases_of(test.node)][:1]
        if len(left := _left(source, test, cases)) > 1
    ]


on_tests("a case less", HEARD, _a_case_less)

for _name, _line in (
    ("file of tests is skipped", 'pytestmark = pytest.mark.skip(reason="slow")'),
    ("file of tests may fail", 'pytestmark = pytest.mark.xfail(reason="known")'),
    ("file of tests skips itself", 'pytest.skip("no time", allow_module_level=True)'),
    ("file of tests waits for a library of nobody", 'pytest.importorskip("no_such_library")'),
):
    on_lines(_name, OFF | ONE_MODEL, is_suite, r'\A((?:"""(?:.|\n)*?"""\n+)?)', rf"\1import pytest\n\n{_line}\n", most=1)
on_lines("nobody collects the tests of a class", OFF | GONE, is_suite, r"^class Test(\w+):", r"class Checks\1:")
on_lines("a class of tests without its base", OFF | GONE, is_suite, r"^class (?!Test)(\w+)\(unittest\.TestCase\):", r"class \1:")
on_lines("made-up customers are all refused", SAYS, is_suite, r"^(@given\(.*\)\ndef test_\w+\(.*\):\n)", r"\1    __import__('hypothesis').assume(False)\n")
on_lines("one example is enough", BEHAVES, is_suite, r"max_examples=\d+", "max_examples=1", most=0)

# -- what is asked of the code ---------------------------------------------------------------------------------------------------


def is_unit(path: str) -> bool:
    return path in ("tests/unit/test_tenure_bucket.py", "tests/unit/test_features.py")


def _stand_ins(files: Files) -> Iterator[Change]:
    """A function of the tests in the place of each one that they import from the code."""
    tight, sources, _ = needed(files)
    for path in filter(is_unit, sources):
        source = Source(tight[path])
        names = [
            alias.name
            for node in source.tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("churn")
            for alias in node.names
            if alias.name.islower()
        ]
        at = source.after_imports()
        text = "".join(f"\n\ndef {name}(*given, **more):\n    return given[0]\n" for name in names)
        yield f"{path}:1", {**tight, path: source.edited([(at, at, text)])}


note("tests ask functions of their own", frozenset({"test-kind", "real-assert"}), _stand_ins)
on_lines("any error will do here", frozenset({"real-assert"}), lambda path: path == "tests/unit/test_tenure_bucket.py",
         r"(raises|assertRaisesRegex)\(ValueError", r"\1(Exception")  # fmt: skip
on_lines("any message of an error will do", frozenset({"real-assert"}), lambda path: path == "tests/unit/test_tenure_bucket.py",
         r'raises\(ValueError, (?:match|check)=.*\):$', r"raises(ValueError):")  # fmt: skip
on_lines("any status will do", frozenset({"real-assert", "test-kind"}), lambda path: path == "tests/integration/test_api.py",
         r"status_code == (?:422|200)$", "status_code < 600", targets=frozenset({"real-assert"}), most=0)  # fmt: skip

# -- what is asked of a model ----------------------------------------------------------------------------------------------------


def is_behaviour(path: str) -> bool:
    return path == "tests/behavioral/test_churn_behavior.py"


def is_model(path: str) -> bool:
    return path == "tests/behavioral/conftest.py"


_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _turned(source: Source, test: Test) -> list[Edit]:
    edits = []
    for one in claims_of(test.node):
        for node in ast.walk(one):
            if isinstance(node, ast.Compare):
                left = node.left
                for _op, right in zip(node.ops, node.comparators, strict=True):
                    start, end = source.end(left), source.start(right)
                    between = source.text[start:end]
                    sign = between.strip(" ()")
                    if sign in _TURNED:
                        edits.append((start, end, between.replace(sign, _TURNED[sign])))
                    left = right
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and isinstance(one.value.func, ast.Attribute):
            other = {"assertLess": "assertGreater", "assertGreater": "assertLess"}.get(one.value.func.attr)
            if other:
                edits.append(source.put(one.value.func, f"self.{other}"))
    return edits


def _only_differs(source: Source, test: Test) -> list[Edit]:
    edits = []
    for one in claims_of(test.node):
        for node in ast.walk(one):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.GtE, ast.LtE, ast.Gt, ast.Lt)):
                start, end = source.end(node.left), source.start(node.comparators[0])
                edits.append((start, end, re.sub(r"[<>]=?", "!=", source.text[start:end])))
    return edits


def _nothing_changes(source: Source, test: Test) -> list[Edit]:
    """What a test changes before it asks again stays as it is."""
    edits: list[Edit] = []
    for node in ast.walk(test.node):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            base = target.value if isinstance(target, ast.Subscript) else None
            if base is not None and not isinstance(base, ast.Constant):
                edits.append(source.put(node, "pass"))
        if isinstance(node, ast.Call) and name_of(node.func) == "change":
            edits.append(source.put(node, source.of(node.args[0])))
        if isinstance(node, ast.Call) and name_of(node.func) == "assign" and isinstance(node.func, ast.Attribute):
            edits.append(source.put(node, source.of(node.func.value)))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and name_of(node.left) == "customer":
            edits.append(source.put(node, "customer"))
        if isinstance(node, ast.Dict) and None in node.keys and isinstance(node.values[0], ast.Name):
            edits.append(source.put(node, node.values[0].id))
    return edits


def _if_behaviour(damage: Damage) -> Damage:
    """Damage that only the tests of a model know."""

    def kept(source: Source, test: Test) -> list[Edit] | None:
        asked = "model" in source.text and "predict" in source.text + "predict_proba" and "churn(" in source.text
        return damage(source, test) if asked or "CUSTOMER = st." in source.text or "template" in source.text else None

    return kept


on_tests("the wrong way round", BEHAVES, _if_behaviour(_turned))
on_tests("it only has to differ", BEHAVES, _if_behaviour(_only_differs))
on_tests("nothing is changed", BEHAVES, _if_behaviour(_nothing_changes))
on_lines("any row instead of all", BEHAVES, is_behaviour, r"\.all\(\)", ".any()", most=0)
on_lines("any row instead of all (NumPy)", BEHAVES, is_behaviour, r"np\.all\(", "np.any(", most=0)
on_lines("the largest difference decides", BEHAVES, is_behaviour, r"difference\.min\(\)", "difference.max()")
on_lines("on average only", BEHAVES, is_behaviour, r"\((\w+) >= (\w+)\)\.all\(\)", r"\1.mean() >= \2.mean()")
on_lines("a tolerance that nothing exceeds", BEHAVES, is_behaviour, r"^TOLERANCE = .*$", "TOLERANCE = 1.0")
on_lines("a tolerance within a line that nothing exceeds", BEHAVES, is_behaviour, r"approx\((\w+)\)", r"approx(\1, abs=1)")
on_lines("a wide tolerance of NumPy", BEHAVES, is_behaviour, r"(np\.(?:testing\.assert_)?allclose\(.*)\)$", r"\1, atol=1.0)", most=3)
on_lines("the gap may be one", BEHAVES, is_behaviour, r"^LARGEST_GAP = .*$", "LARGEST_GAP = 1.0")
on_lines("the worst may be as bad as it likes", BEHAVES, is_behaviour, r"^WORST_AUC = .*$", "WORST_AUC = 0.0")
on_lines("a gap of a group is below one", BEHAVES, is_behaviour, r"<= RECALL_GAP_MAXIMUM$", "<= 1")
on_lines("every spread will do", BEHAVES, is_behaviour, r"< 1e-12", "< 1.0")
on_lines("few rows have to", BEHAVES, is_behaviour, r"^MOST = .*$", "MOST = 0.3")
on_lines("every probability will do", BEHAVES, is_behaviour, r", 0\.[0268], (?:0\.[23]|1\.0)\)", ", 0.0, 1.0)", most=0)
on_lines("a leaver has any risk", BEHAVES, is_behaviour, r"\[0\] > 0\.8$", "[0] > 0")
on_lines("a leaver has any risk (unittest)", BEHAVES, is_behaviour, r"assertGreater\(found, 0\.8\)", "assertGreater(found, 0.0)")
on_lines("who stays has any risk", BEHAVES, is_behaviour, r"\[0\] < 0\.2$", "[0] <= 1")
on_lines("who stays has any risk (unittest)", BEHAVES, is_behaviour, r"assertLess\(found, 0\.2\)", "assertLess(found, 1.1)")
on_lines("all customers at once", BEHAVES, is_behaviour, r"\.groupby\(sample\[group\]\)\.mean\(\)\.abs\(\)", ".mean()")
on_lines("all customers in one group", BEHAVES, is_behaviour, r'in customers\.groupby\("age_band"\):', 'in [("all", customers)]:')
on_lines("all customers for each region", BEHAVES, is_behaviour, r'export\[export\["region"\] == region\]', "export")
on_lines("the mean of the gaps", BEHAVES, is_behaviour, r"gap\.max\(\)", "gap.mean()")
on_lines("the best group decides", BEHAVES, is_behaviour, r"gap\.max\(\)", "gap.min()")
on_lines("a bound without a name", frozenset({"behaviour:named"}), is_behaviour, r"<= (?:LARGEST_GAP|RECALL_GAP_MAXIMUM)$", "<= 0.15")
on_lines("a bound without a name (at least)", frozenset({"behaviour:named"}), is_behaviour, r">= WORST_AUC", ">= 0.7")
on_lines("one customer is asked", BEHAVES, is_model, r"\.tail\(200\)", ".tail(1)")
on_lines("a template of two", BEHAVES, is_model, r"pd\.DataFrame\(rows\)", "pd.DataFrame(rows[:2])")

# -- the model ----------------------------------------------------------------------------------------------------------------------

MODEL = BEHAVES | {"isolated", "capabilities", "known-failures"}
on_lines("a model for each test", ONE_MODEL, is_model, r"@pytest\.fixture\(scope=\"session\"\)\ndef model\(export\)", '@pytest.fixture\ndef model(export)')
on_lines("a model for each test (customers)", ONE_MODEL, is_model, r"@pytest\.fixture\(scope=\"session\"\)\ndef model\(customers\)", '@pytest.fixture\ndef model(customers)')
on_lines("a model that nobody keeps", ONE_MODEL, is_model, r"@lru_cache\(maxsize=None\)\n((?:.|\n)*?)@pytest\.fixture\(scope=\"session\"\)\ndef model", r"\1@pytest.fixture\ndef model")
on_lines("a mock answers", MODEL, is_model, r"^    return (?:train\(.*|trained\(\))$", "    return __import__('unittest.mock').mock.MagicMock()", targets=ONE_MODEL)
on_lines("a model of nobody", MODEL, is_model, r"^    return (?:train\(.*|trained\(\))$", "    return None", targets=ONE_MODEL)
on_lines("the model skips all tests", MODEL, is_model, r"^    return (?:train\(.*|trained\(\))$", r'    pytest.skip("no model")', targets=ONE_MODEL)
on_lines("a fixture that answers always the same", MODEL, is_model, r"^        return predict\(model, table\)$", "        return pd.Series(0.5, index=table.index)", targets=ONE_MODEL)
on_lines("a helper that answers always the same", MODEL, is_behaviour, r"^    return (?:model\.predict_proba.*|predict\(model, pd.*)$", "    return np.full(len(table), 0.5)" , targets=ONE_MODEL)
on_lines("other customers each day", ONE_MODEL, is_model, r", random_state=SEED", "")
on_lines("other customers each day (copy)", frozenset({"isolated"}), is_behaviour, r"frac=1, random_state=3", "frac=1")

# -- capabilities ------------------------------------------------------------------------------------------------------------------

on_lines("one capability for all", CAPABILITIES, is_behaviour, r"mark\.capability\(\"\w+\"\)", 'mark.capability("churn")', most=0)
on_lines("one capability for all (markers)", CAPABILITIES, is_behaviour, r"mark\.(?:identity|service|loyalty|pricing|contract)\b", "mark.identity", most=0)
on_lines("no capability has a name", CAPABILITIES, is_behaviour, r"^@pytest\.mark\.capability\(.*\)\n|, marks=pytest\.mark\.capability\(\"\w+\"\)", "", most=0)
on_lines("a marker that nobody registered", CAPABILITIES, is_model, r"^    config\.addinivalue_line.*$", "    pass")
on_lines("a table without its tests", CAPABILITIES, is_behaviour, r"^(\| (?:\w+) \|).*\|$", r"\1 | | |", most=0)
on_lines("a table of tests that are not there", CAPABILITIES, is_behaviour, r"^(\| .*\|) test_(\w+)", r"\1 test_that_\2", most=0)


def _tight(files: Files) -> Iterator[Change]:
    """Says that the table above is right: a right answer without what it could spare is one still."""
    tight, sources, _ = needed(files)
    if any(tight[path] != files[path] for path in sources):
        yield f"{next(iter(sources))}:file", tight


REWRITES.append(("a suite without the tests that it could spare", _tight))
