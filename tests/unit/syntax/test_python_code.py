"""Python files of a submission: what is read of a damaged one, and what names stand for."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from gradeline.model.code import Codebase
from gradeline.readers.python import read_code
from gradeline.source import SourceFile
from gradeline.syntax.python import MAX_DEPTH, depth_of, parse


def code(files: Mapping[str, str]) -> Codebase:
    sources = {path: SourceFile(path, text) for path, text in files.items()}
    return read_code(tuple(sorted(sources)), sources.get)


def names(text: str) -> tuple[list[str], list[tuple[str, int | None]]]:
    parsed = parse(SourceFile("m.py", text))
    found = [node.name for node in parsed.tree.body if isinstance(node, ast.FunctionDef)]
    return found, [(one.code, one.span.line if one.span else None) for one in parsed.diagnostics]


GOOD = "def first():\n    return 1\n\n\n"
LAST = "\n\ndef last():\n    return 2\n"


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("def broken(:\n    pass\n", 5),
        ("def broken():\n    x = (1,\n    return x\n", 6),
        ('def broken():\n    x = "no end\n    return x\n', 6),
        ("def broken()\n    return 1\n", 5),
        ("@decorated\ndef broken():\n  a = 1\n    b = 2\n", 8),
        ("if True:\n    x = 1\nelse\n    x = 2\n", 7),
    ],
)
def test_a_mistake_in_one_statement_keeps_the_others(broken: str, line: int) -> None:
    assert names(GOOD + broken + LAST) == (["first", "last"], [("python-syntax", line)])


def test_two_mistakes_are_both_reported_at_their_lines() -> None:
    found, problems = names("a = )\n" + GOOD + "b = = 2\n" + LAST)
    assert found == ["first", "last"]
    assert problems == [("python-syntax", 1), ("python-syntax", 6)]


def test_a_text_that_never_becomes_python_ends_after_a_few_tries() -> None:
    found, problems = names("x = )\n" * 100)
    assert (found, len(problems)) == ([], 8)


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "[" * 5_000, "-" * 100_000 + "1", "a" + ".b" * 50_000, "x = 1\x00", "'''" + "\n" * 9, "\\" * 1000],
)
def test_hostile_text_is_a_diagnostic(text: str) -> None:
    parsed = parse(SourceFile("m.py", text))
    assert parsed.tree.body == []
    assert parsed.diagnostics[0].severity == "error"


def test_what_is_nested_too_deep_is_left_out_and_the_rest_is_kept() -> None:
    deep = "x = " + "+".join(["1"] * 400) + "\n"
    found, problems = names(GOOD + deep + LAST)
    assert (found, problems) == (["first", "last"], [("too-deep", 5)])


def test_the_depth_of_a_tree_counts_its_root() -> None:
    assert depth_of(ast.parse("x")) == 4  # Module, Expr, Name, Load
    assert depth_of(ast.parse("x").body[0]) < MAX_DEPTH


def test_places_count_characters_not_bytes() -> None:
    module = code({"m.py": "städte = über('ä', y)\n"}).modules["m.py"]
    call = next(node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    span = module.span(call.args[1])
    assert (span.line, span.column, span.end_column) == (1, 20, 21)


def test_a_definition_is_shown_by_its_first_line_without_decorators() -> None:
    module = code({"m.py": "@cached\ndef train(x):\n    return x\n"}).modules["m.py"]
    span = module.span(module.definitions["train"])
    assert (span.line, span.end_line, span.end_column) == (2, 2, 14)


def test_a_definition_is_found_through_imports_and_packages() -> None:
    known = code(
        {
            "src/churn/__init__.py": "from .features import encode as encode_row\n",
            "src/churn/features.py": "def encode(row):\n    return row\n\nclass Model:\n    def fit(self): ...\n",
            "tests/test_a.py": "import churn\nimport churn.features as f\nfrom churn import encode_row\n"
            "from churn.features import Model\n",
        }
    )
    user = known.modules["tests/test_a.py"]
    for written in ("encode_row", "churn.encode_row", "f.encode", "churn.features.encode"):
        found = known.defined(user, written)
        assert found is not None, written
        assert (found.module.path, found.node.name, found.node.lineno) == ("src/churn/features.py", "encode", 1)
    method = known.defined(user, "Model.fit")
    assert method is not None
    assert method.node.lineno == 5


def test_a_script_finds_the_file_beside_it_before_the_package() -> None:
    known = code(
        {"scripts/gate.py": "import limits\n", "scripts/limits.py": "def read(): ...\n", "limits.py": "read = 1\n"}
    )
    found = known.defined(known.modules["scripts/gate.py"], "limits.read")
    assert found is not None
    assert found.module.path == "scripts/limits.py"


def test_a_name_of_a_foreign_package_is_no_definition_of_the_repository() -> None:
    known = code({"m.py": "import pandas as pd\nfrom sklearn import metrics\nx = pd.read_csv('a')\n"})
    module = known.modules["m.py"]
    assert known.defined(module, "pd.read_csv") is None
    assert module.full(ast.parse("pd.read_csv", mode="eval").body) == "pandas.read_csv"
    assert module.full(ast.parse("metrics.roc_auc_score", mode="eval").body) == "sklearn.metrics.roc_auc_score"


def test_imports_in_a_circle_end() -> None:
    known = code({"a.py": "from b import x\n", "b.py": "from a import x\n"})
    assert known.defined(known.modules["a.py"], "x") is None


def test_only_a_name_that_is_bound_once_is_a_constant() -> None:
    module = code({"m.py": "A = 1\nB = 1\nB += 1\nfor C in A: pass\nif A:\n    D = 2\nE, F = 1, 2\n"}).modules["m.py"]
    assert [name for name in "ABCDEFG" if module.constant(name) is not None] == ["A", "D"]


def test_a_relative_import_never_leaves_the_repository() -> None:
    known = code({"pkg/a.py": "from ...outside import x\nfrom . import b\nb.f()\n", "pkg/b.py": "def f(): ...\n"})
    user = known.modules["pkg/a.py"]
    assert known.defined(user, "x") is None
    found = known.defined(user, "b.f")
    assert found is not None
    assert found.module.path == "pkg/b.py"
