"""What every check declares about itself: its manual page, its parameters, its place in the vocabulary."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gradeline import checks
from gradeline.checks import registry
from gradeline.checks.contract import Check

FOLDER = Path(checks.__path__[0])
IDS = registry.names()
SECTIONS = ["What it looks for", "What does not count", "How to repair", "Parameters"]
FAMILIES = {
    "flow", "bounds", "caching", "artifacts", "secrets", "pinning", "gates", "structure", "tests", "deployment",
    "monitoring", "iac",
}  # fmt: skip
PLATFORMS = ("github", "gitlab", "jenkins", "bitbucket", "circleci", "azure devops", "travis", "gitea", "forgejo")
SOURCES = ("github docs", "gitlab docs", "jenkins handbook")  # a fact may say where it was read


def module_of(check_id: str) -> ModuleType:
    return import_module(f"gradeline.checks.{check_id.replace('-', '_')}")


def parameters_of(check_id: str) -> dict[str, inspect.Parameter]:
    """The parameters of the check's function, without the case."""
    return dict(list(inspect.signature(module_of(check_id).run).parameters.items())[1:])


def sections_of(page: str) -> list[str]:
    return [line for line in page.splitlines()[1:] if line and not line.startswith(" ")]


def test_every_module_of_the_package_is_a_check_or_a_known_helper() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "contract", "registry"}
    assert {name.replace("_", "-") for name in modules} == set(IDS)


@pytest.mark.parametrize("check_id", IDS)
def test_the_docstring_is_a_manual_page_with_four_sections(check_id: str) -> None:
    page = inspect.cleandoc(module_of(check_id).__doc__ or "")
    summary = page.splitlines()[0]
    assert summary.endswith(".")
    assert len(summary) <= 110
    assert page.splitlines()[1] == ""
    assert sections_of(page) == SECTIONS


@pytest.mark.parametrize("check_id", IDS)
def test_every_section_of_the_manual_page_says_something(check_id: str) -> None:
    page = inspect.cleandoc(module_of(check_id).__doc__ or "")
    for section in SECTIONS:
        after = page.split(f"\n{section}\n", 1)[1]
        assert after.startswith("    ")
        assert after.splitlines()[0].strip()


@pytest.mark.parametrize("check_id", IDS)
def test_the_manual_page_names_every_parameter(check_id: str) -> None:
    check: Check = module_of(check_id).CHECK
    described = inspect.cleandoc(module_of(check_id).__doc__ or "").split("\nParameters\n", 1)[1]
    if not check.params:
        assert described.strip() == "None."
    for name in check.params:
        assert f"``{name}``" in described or f"``{name}:" in described


@pytest.mark.parametrize("check_id", IDS)
def test_the_schema_of_the_parameters_is_a_valid_json_schema(check_id: str) -> None:
    Draft202012Validator.check_schema(dict(registry.find(check_id).schema))


@pytest.mark.parametrize("check_id", IDS)
def test_the_function_takes_exactly_the_declared_parameters(check_id: str) -> None:
    check: Check = module_of(check_id).CHECK
    assert set(parameters_of(check_id)) == {*check.params, "pipelines"}


@pytest.mark.parametrize("check_id", IDS)
def test_parameters_without_a_default_are_the_required_ones(check_id: str) -> None:
    check: Check = module_of(check_id).CHECK
    needed = {name for name, item in parameters_of(check_id).items() if item.default is inspect.Parameter.empty}
    assert needed == set(check.required)


@pytest.mark.parametrize("check_id", IDS)
def test_the_defaults_fit_the_schema(check_id: str) -> None:
    schema: Mapping[str, Any] = registry.find(check_id).schema["properties"]
    for name, item in parameters_of(check_id).items():
        if item.default in (inspect.Parameter.empty, None):
            continue
        default = list(item.default) if isinstance(item.default, tuple) else item.default
        if default == "":
            continue
        Draft202012Validator(dict(schema[name])).validate(default)


@pytest.mark.parametrize("check_id", IDS)
def test_an_unknown_parameter_is_refused_by_the_schema(check_id: str) -> None:
    errors = Draft202012Validator(dict(registry.find(check_id).schema)).iter_errors({"no-such-parameter": 1})
    assert any(error.validator == "additionalProperties" for error in errors)


@pytest.mark.parametrize("check_id", IDS)
def test_the_family_is_a_known_one(check_id: str) -> None:
    assert module_of(check_id).CHECK.family in FAMILIES


def test_no_two_checks_share_a_code() -> None:
    codes = [module_of(check_id).CHECK.code for check_id in IDS]
    assert sorted(codes) == sorted(set(codes))
    assert all(re.fullmatch(r"[A-Z][0-9]+(\.[0-9])?", code) for code in codes)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_nothing_in_checks_names_a_platform(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    for source in SOURCES:
        text = text.replace(source, "")
    assert [name for name in PLATFORMS if name in text] == []


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_checks_import_neither_readers_nor_syntax(path: Path) -> None:
    imported: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            imported.append(node.module or "")
        elif isinstance(node, ast.Import):
            imported.extend(alias.name for alias in node.names)
    assert [name for name in imported if name.startswith(("gradeline.readers", "gradeline.syntax"))] == []
