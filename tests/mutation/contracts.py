"""Damage to contracts of data: the rules, the program that checks them, its stage and its tests; and other spellings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, changed, keys, line_of, lines, mutant
from mutation.rewrites import REWRITES, rewrite


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


SCHEMA = some("data-gate:schema")
QUALITY = some("data-gate:quality")
DRIFT = some("data-gate:distribution")
AMOUNT = some("data-gate:volume")
EVERY = some("data-gate:every")
CONFIGURED = some("data-gate:configured")
REPORTED = some("data-gate:reported")
BEFORE = some("gates")
TESTED = some("test-kind", "real-assert")
RULES = SCHEMA | QUALITY | DRIFT | AMOUNT
STOPS = RULES | EVERY | BEFORE  # a check that cannot say no checks nothing


def is_contract(path: str) -> bool:
    return path == "config/data_contract.yaml"


def is_schema(path: str) -> bool:
    return path == "src/churn/schema.py"


def is_check(path: str) -> bool:
    return path == "scripts/validate_data.py"


def is_test(path: str) -> bool:
    return path.startswith("tests/data/")


def is_code(path: str) -> bool:
    return is_schema(path) or is_check(path)


# -- the promises ---------------------------------------------------------------------------------------------------------


def _entries(files: Files, *names: str) -> Iterator[edit.Entry]:
    for path in filter(is_contract, files):
        for one in edit.walk(edit.tree(files[path]), flow=True):
            if isinstance(one, edit.Entry) and one.key.value in names:
                yield one


def _promise(name: str, attacks: frozenset[str], value: str | None, *names: str, targets: frozenset[str] = frozenset()) -> None:
    """An operator that takes promises with these names away, or gives them another value."""

    @mutant(name, attacks, targets)
    def apply(files: Files) -> Iterator[Change]:
        path = "config/data_contract.yaml"
        for one in _entries(files, *names):
            if isinstance(one.value, yaml.ScalarNode):
                new = edit.without(files[path], one) if value is None else edit.with_value(files[path], one, value)
                yield from changed(files, path, new, line_of(one))


_promise("nobody owns the contract", CONFIGURED, None, "owner")
# One of the programs writes the version into its report, and crashes without it.
_promise("a contract without a version", RULES | EVERY | CONFIGURED | REPORTED | BEFORE, None, "version", targets=CONFIGURED)
_promise("any drift is fine", DRIFT, "1000000", "bound", "shift")
_promise("an export as old as it likes", AMOUNT, "1000000", "days", "hours", "age_in_days")
_promise("an empty export is fine", AMOUNT, "0", "least_rows")
_promise("a column of any type", SCHEMA, "object", "dtype", "kind")


@mutant("no least number of rows", AMOUNT)
def no_rows(files: Files) -> Iterator[Change]:
    for path in filter(is_contract, files):
        yield from changed(files, path, re.sub(r"^(\s*(?:rows|volume): \{(?:min|low): )\d+", r"\g<1>0", files[path], flags=re.MULTILINE), "rows")


@mutant("a range without its end", QUALITY)
def endless(files: Files) -> Iterator[Change]:
    for path in filter(is_contract, files):
        for one in _entries(files, "max", "most", "high"):
            text = files[path]
            line = text[text.rfind("\n", 0, one.key.start_mark.index) + 1 :].lstrip()
            if line.startswith(("rows", "volume", "total_charges", "- {name: total_charges", "support_tickets", "- {name: support_tickets")):
                continue  # rows are another promise, and of these two columns no range is asked
            yield from changed(files, path, edit.with_value(text, one, "1000000000"), line_of(one))


@mutant("a column is forgotten", SCHEMA | QUALITY | DRIFT | EVERY | CONFIGURED | AMOUNT | BEFORE | REPORTED, SCHEMA)
def forgotten(files: Files) -> Iterator[Change]:
    for path in filter(is_contract, files):
        text = files[path]
        for one in _entries(files, "support_tickets_90d", "age_band"):
            yield from changed(files, path, edit.without(text, one), line_of(one))
        for item in edit.items(text, "fields"):
            if "support_tickets" in text[item.node.start_mark.index : item.node.end_mark.index]:
                yield from changed(files, path, edit.without_item(text, item), line_of(item))


@mutant("one column may drift", DRIFT)
def may_drift(files: Files) -> Iterator[Change]:
    for path in filter(is_contract, files):
        text = re.sub(r"^(\s+columns: \[\w+), .*\]$", r"\1]", files[path], flags=re.MULTILINE)
        text = re.sub(r"^(psi: \{\w+: [\d.]+), .*\}$", r"\1}", text, flags=re.MULTILINE)
        yield from changed(files, path, text, "drift")


# -- the rules ------------------------------------------------------------------------------------------------------------

lines("every type will do", SCHEMA, is_schema, r"pa\.Column\((?:rules|field)\[\"\w+\"\], ", "pa.Column(None, ")
lines("other columns are welcome", SCHEMA, is_schema, r"^\s+strict=True,\n", "")
lines("a customer may be there twice", QUALITY, is_schema, r', unique=rules\.get\("unique", False\)|^\s+unique=\["customer_id"\],\n', " ")
lines("words are not compared", QUALITY, is_schema, r"^(\s+)checks\.append\(pa\.Check\.isin\(.*\)$", r"\1pass")
lines("words are not compared (a list)", QUALITY, is_schema, r"^(\s+)return \[pa\.Check\.isin\(.*\]$", r"\1return []")
lines("a range with one end", QUALITY, is_schema, r", pa\.Check\.le\(.*?\)", " ")
lines("a total may be below a month", QUALITY, is_schema, r"^(\s+)checks=.*$", r"\1checks=[],")
lines("a rule finds nothing", RULES | EVERY, is_schema, r"^(\s+)found\.append\(.*\)$", r"\1pass", EVERY)
lines("a rule only prints", RULES | EVERY, is_schema, r"^(\s+)found\.append\((.*)\)$", r"\1print(\2)", EVERY)

# -- the program ----------------------------------------------------------------------------------------------------------

lines("it ends well whatever it found", STOPS, is_check, r"^(\s+)return 1 if found else 0$", r"\1return 0", EVERY)
lines("its answer is lost", STOPS, is_check, r"^(\s+)sys\.exit\(main\(\)\)$", r"\1main()", EVERY)
lines("it prints what it should stop at", STOPS, is_check, r'^(\s+)sys\.exit\("', r'\1print("', EVERY)
lines("a broken promise is only printed", RULES | EVERY, is_check, r"^(\s+)raise Broken\(", r"\1print(", EVERY)
lines("a problem is only printed", RULES | EVERY, is_check, r"^(\s+)(?:problems|found)\.append\(", r"\1print(", EVERY)
lines("errors of the schema are swallowed", SCHEMA | QUALITY | EVERY | BEFORE, is_check, r"^(\s+)return sorted\(set\(error.*$", r"\1return []", EVERY)
lines("nobody counts the rows", AMOUNT, is_check, r"volume\(customers, contract\) \+ ", " ")
lines("nobody looks at the day", AMOUNT, is_check, r" \+ freshness\(contract\)", " ")
lines("the distance is compared with nothing", DRIFT | EVERY | CONFIGURED, is_check, r"^(\s+)if not (\w+) <= contract.*drift.*:$", r"\1if False:", DRIFT)
lines("a bound in the program", CONFIGURED, is_check, r'contract\["drift"\]\["bound"\]|CONTRACT\["shift"\]', "0.2")
lines("rows in the program", CONFIGURED, is_check, r'contract\["least_rows"\]|rows\["min"\]', "200")
lines("days in the program", CONFIGURED, is_check, r'contract\["(?:days|hours)"\]|CONTRACT\["age_in_days"\]', "8")
lines("no report is written", REPORTED | BEFORE, is_check, r"^(\s+)(?:REPORT|report)\.write_text\((?!\"checking).*$", r"\1pass", REPORTED)
lines("customers in the report", REPORTED, is_check, r'\{"version": contract\["version"\], ', '{"rows": customers.to_dict(), "version": contract["version"], ')
lines("customers on the page", REPORTED, is_check, r'page\.write\("<h1>Data contract</h1><ul>"\)', 'page.write(new.to_html())')
lines("the report only when all is well", REPORTED, is_check, r"^(\s+)REPORT\.write_text\((.*)$", r"\1if not found:\n\1    REPORT.write_text(\2")


# -- its stage ------------------------------------------------------------------------------------------------------------


def is_stages(path: str) -> bool:
    return path == "dvc.yaml"


lines("the check may fail", STOPS, is_stages, r"^(\s+cmd: python scripts/validate_data\.py.*)$", r"\1 || true", BEFORE)
lines("the check is only mentioned", STOPS | REPORTED | CONFIGURED, is_stages, r"^(\s+cmd: )(python scripts/validate_data\.py.*)$", r"\1echo \2", BEFORE)
lines("another program is started", STOPS | REPORTED | CONFIGURED, is_stages, r"^(\s+cmd: python )scripts/validate_data\.py", r"\1-m churn.schema", BEFORE)


@mutant("trains on what was not checked", BEFORE | REPORTED, BEFORE)
def unchecked(files: Files) -> Iterator[Change]:
    """The stage of the training does not read what the check makes."""
    for path in filter(is_stages, files):
        pattern = r"(?<=, )(?:reports/contract\.txt|data/checked/customers\.csv)|^\s+- reports/validation\.json\n(?=\s+outs)"
        yield from changed(files, path, re.sub(pattern, "", files[path].replace(", reports/contract.txt", "").replace(", data/checked/customers.csv]", "]"), flags=re.MULTILINE), "train")


@mutant("a report that nobody declares", REPORTED | BEFORE, REPORTED)
def undeclared(files: Files) -> Iterator[Change]:
    for path in filter(is_stages, files):
        text = files[path]
        for item in edit.items(text, "outs"):
            if keys(item.node) & {"reports/validation.json", "reports/data.html", "reports/contract.txt"}:
                new = edit.without_item(text, item)
                if new is None:  # the only one
                    start = text.rfind("\n", 0, text.rfind("outs:", 0, item.node.start_mark.index)) + 1
                    new = text[:start] + text[edit._end(text, item.node) :]
                yield from changed(files, path, new, line_of(item))


# -- its tests ------------------------------------------------------------------------------------------------------------


@mutant("only good data is tested", TESTED)
def only_good(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_test, files)):
        tree = ast.parse(files[path])
        good = [one for one in tree.body if not (isinstance(one, ast.FunctionDef) and re.search("refused|named|drift", one.name))]
        if len(good) == len(tree.body):
            continue
        tree.body = good
        yield from changed(files, path, ast.unparse(tree) + "\n", "1")



@mutant("tests that ask nothing", TESTED)
def ask_nothing(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_test, files)):
        text = re.sub(r"^(\s+)assert .*$", r"\1assert True", files[path], flags=re.MULTILINE)
        text = re.sub(r"with pytest\.raises\(.*\):", "with contextlib.suppress(Exception):", text)
        yield from changed(files, path, re.sub(r"^(?=import pandas)", "import contextlib\n", text, count=1, flags=re.MULTILINE), "1")


@mutant("tests that nobody starts", TESTED)
def not_started(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_test, files)):
        yield from changed(files, path, re.sub(r"^def test_", "def check_", files[path], flags=re.MULTILINE), "1")


@mutant("tests that are skipped", TESTED)
def skipped(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_test, files)):
        yield from changed(files, path, re.sub(r"^import pytest$", 'import pytest\n\npytestmark = pytest.mark.skip(reason="slow")', files[path], flags=re.MULTILINE), "1")


@mutant("any error will do", some("real-assert"))
def any_error(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_test, files)):
        yield from changed(files, path, re.sub(r"pytest\.raises\([\w.]+\)", "pytest.raises(Exception)", files[path]), "1")


# -- the same in other words ----------------------------------------------------------------------------------------------


def _each(name: str, where: object, pattern: str, new: str) -> None:
    def apply(files: Files) -> Iterator[Change]:
        assert callable(where)
        for path in sorted(filter(where, files)):
            yield from changed(files, path, re.sub(pattern, new, files[path], flags=re.MULTILINE), "file")

    REWRITES.append((name, apply))


_each("remarks in the program of a contract", is_code, r"^(?=def |class |from )", "# found = []; strict=False\n")
_each("a problem more to the list", is_check, r"^(\s+)(problems|found)\.append\((.*)\)$", r"\1\2 += [\3]")
_each("a problem at the end of a list", is_schema, r"^(\s+)found\.append\((.*)\)$", r"\1found = [*found, \2]")
_each("what ends it by its name", is_check, r"^(\s+)sys\.exit\(main\(\)\)$", r"\1raise SystemExit(main())")
_each("the end in two lines", is_check, r"^(\s+)return 1 if found else 0$", r"\1if found:\n\1    return 1\n\1return 0")
_each("how many there are", is_check, r"\blen\((customers|new|frame)\)", r"\1.shape[0]")
_each("an order the other way round", is_check, r"^(\s+)if not (\w+) <= ([\w\[\]\"]+):$", r"\1if not \3 >= \2:")
_each("a report by open", is_check, r"^(\s+)report\.write_text\((\".*\")\)$", r'\1with open(report, "w") as page:' + "\n" + r"\1    page.write(\2)")
_each("the time by another name", is_check, r"(?s)(^import .*?)time\.time\(\)", r"import datetime\n\1datetime.datetime.now().timestamp()")
_each("the check from another folder", is_stages, r"cmd: python scripts/", "cmd: python ./scripts/")
_each("the check as a list of commands", is_stages, r"^(\s+)cmd: (python scripts/.*)$", r"\1cmd:\n\1  - \2")
_each("tests with other names", is_test, r"^def test_(\w+)\(", r"def test_that_\1(")


@rewrite("the program of a contract in another layout")
def another_layout(files: Files) -> Iterator[Change]:
    for path in sorted(path for path in files if is_code(path) or is_test(path)):
        yield from changed(files, path, ast.unparse(ast.parse(files[path])) + "\n", "1")


@rewrite("a contract written by a program")
def written(files: Files) -> Iterator[Change]:
    for path in filter(is_contract, files):
        yield from changed(files, path, yaml.safe_dump(yaml.safe_load(files[path]), sort_keys=False), "file")
