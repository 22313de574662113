"""What expressions of Terraform are worth: functions, conditions, loops, references, and what stays unknown."""

from __future__ import annotations

import pytest

from gradeline.model.infrastructure import Mixed, Plain, Reference, Stack, Unresolved, Value
from gradeline.readers.terraform import read_terraform
from gradeline.readers.terraform.values import plain
from gradeline.source import SourceFile


def stack(text: str, **files: str) -> Stack:
    texts = {"main.tf": text, **files}
    return read_terraform(sorted(texts), lambda path: SourceFile(path, texts[path]) if path in texts else None).stacks[0]  # noqa: E501


def value(expression: str, around: str = "") -> Value:
    return stack(f"locals {{\n  x = {expression}\n}}\n{around}\n").locals["x"]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ('"a${1 + 2}b${true}"', "a3btrue"),
        ("7 / 2", 3.5),
        ("7 % 4", 3),
        ("!(1 < 2 && 3 >= 4)", True),
        ('"1" == 1', False),
        ("true ? 1 : 2", 1),
        ('format("%s-%03d-%s", "a", 7, true)', "a-007-true"),
        ('join("-", ["a", "b"])', "a-b"),
        ('upper("ab")', "AB"),
        ('replace("a.b", ".", "-")', "a-b"),
        ('replace("ab12", "/[0-9]+/", "x")', "abx"),
        ("concat([1], [2, 3])", [1, 2, 3]),
        ("merge({a = 1}, {b = 2, a = 3})", {"a": 3, "b": 2}),
        ('lookup({a = 1}, "b", 2)', 2),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ("length({a = 1})", 1),
        ('contains(["a"], "b")', False),
        ('coalesce("", null, "c")', "c"),
        ('try({a = 1}.b, "else")', "else"),
        ("can({a = 1}.b)", False),
        ('jsondecode("{\\"a\\": [1, null]}")', {"a": [1, None]}),
        ('cidrsubnet("10.0.0.0/16", 8, 2)', "10.0.2.0/24"),
        ("[for n in range(5) : n * 2 if n > 2]", [6, 8]),
        ('{for k, v in {a = 1} : upper(k) => v}', {"A": 1}),
        ('{for v in ["ab", "ac", "b"] : substr(v, 0, 1) => v...}', {"a": ["ab", "ac"], "b": ["b"]}),
        ("[{a = 1}, {a = 2}][*].a", [1, 2]),
        ('"%{ if 1 > 2 }a%{ else }b%{ endif }"', "b"),
        ('"%{ for n in [1, 2] }${n};%{ endfor }"', "1;2;"),
        ('regex("v([0-9]+)", "v12")', ["12"]),
        ("flatten([[1, [2]], 3])", [1, 2, 3]),
        ('{a = {b = [1, 2]}}.a["b"][1]', 2),
        ("max(1, 5, 3)", 5),
        ('one([])', None),
    ],
)
def test_what_can_be_worked_out_is(expression: str, wanted: object) -> None:
    assert plain(value(expression)) == wanted


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("var.size", "no file gives `size` a value"),
        ("terraform.workspace", "`terraform.workspace` is chosen when it is run"),
        ("timestamp()", "what `timestamp()` gives is not worked out here"),
        ("1 / 0", "it divides by zero"),
        ("{a = 1}.b", "there is no `b` in it"),
        ("local.x", "`local.x` depends on itself"),
        ("nothing.here", "`nothing` is not declared"),
        ('file("missing.txt")', "`missing.txt` is not in the submission"),
        ("var.size > 3 ? 1 : 2", "no file gives `size` a value"),
    ],
)
def test_what_cannot_be_worked_out_says_why(expression: str, reason: str) -> None:
    found = value(expression, 'variable "size" {}')
    assert isinstance(found, Unresolved)
    assert found.reason == reason


def test_a_known_side_decides_although_the_other_is_unknown() -> None:
    around = 'variable "a" {}'
    assert plain(value("false && var.a", around)) is False
    assert plain(value("true || var.a", around)) is True
    assert isinstance(value("true && var.a", around), Unresolved)


def test_both_ways_of_an_unknown_condition_may_be_the_same() -> None:
    assert plain(value('var.a ? "x" : "x"', 'variable "a" {}')) == "x"


def test_a_resource_stays_a_reference_also_inside_a_text() -> None:
    around = 'resource "aws_s3_bucket" "data" {}'
    found = value('format("%s/*", aws_s3_bucket.data.arn)', around)
    assert isinstance(found, Mixed)
    first, last = found.parts
    assert isinstance(first, Reference)
    assert isinstance(last, Plain)
    assert (first.target, first.path, last.data) == ("aws_s3_bucket.data", ("arn",), "/*")


def test_each_instance_of_a_resource_is_told_apart_by_its_key() -> None:
    around = 'resource "aws_s3_bucket" "all" {\n  for_each = toset(["a", "b"])\n}'
    found = value("{for k, b in aws_s3_bucket.all : k => b.id}", around)
    inner = getattr(found, "entries", {})
    assert {key: (one.target, one.key, one.path) for key, one in inner.items()} == {
        "a": ("aws_s3_bucket.all", "a", ("id",)),
        "b": ("aws_s3_bucket.all", "b", ("id",)),
    }


def test_a_value_stands_where_it_is_written() -> None:
    found = stack('variable "a" {\n  default = "x"\n}\nlocals {\n  b = var.a\n}\n').locals["b"]
    assert (found.span.line, found.span.column) == (2, 13)


def test_optional_attributes_get_their_defaults() -> None:
    text = """
variable "buckets" {
  type = map(object({ versions = optional(bool, true), days = optional(number) }))
  default = { data = {}, logs = { versions = false } }
}
locals {
  x = var.buckets
}
"""
    assert plain(stack(text).locals["x"]) == {
        "data": {"versions": True, "days": None},
        "logs": {"versions": False, "days": None},
    }


def test_a_type_converts_what_a_file_gives() -> None:
    text = 'variable "n" {\n  type = string\n}\nvariable "b" {\n  type = bool\n}\nlocals {\n  x = [var.n, var.b]\n}\n'
    given = stack(text, **{"terraform.tfvars": 'n = 7\nb = "true"\n'})
    assert plain(given.locals["x"]) == ["7", True]
