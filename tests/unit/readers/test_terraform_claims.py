"""What a condition in a test of Terraform is about, and whether any plan could make it false."""

from __future__ import annotations

import time

import pytest

from gradeline.model.infrastructure import Claim, TrialFile
from gradeline.readers.terraform import read_terraform
from gradeline.source import SourceFile


def trials(text: str) -> TrialFile:
    texts = {"main.tf": 'resource "aws_s3_bucket" "data" {}\n', "a.tftest.hcl": text}
    read = read_terraform(sorted(texts), lambda path: SourceFile(path, texts[path]) if path in texts else None)
    return read.trials[0]


def claim(condition: str) -> Claim:
    text = f'run "a" {{\n  assert {{\n    condition     = {condition}\n    error_message = "?"\n  }}\n}}\n'
    return trials(text).runs[0].claims[0]


@pytest.mark.parametrize(
    "condition",
    [
        "aws_s3_bucket.data.tags.owner == var.owner",
        "alltrue([for one in aws_s3_bucket.data : one.tags.owner == 'a'])".replace("'", '"'),
        "aws_s3_bucket.data.enabled && true",
        "length(aws_s3_bucket.data) > 0",
        "length(aws_s3_bucket.data) == 0",
        "aws_s3_bucket.data.kms_key != null",
        "!aws_s3_bucket.data.force_destroy",
        "local.tags.owner != ''".replace("'", '"'),
        "can(regex('^a', aws_s3_bucket.data.bucket))".replace("'", '"'),
        "aws_s3_bucket.data.a == 1 || aws_s3_bucket.data.a == 2",
        "contains(keys(output.names), 'data')".replace("'", '"'),
        "var.strict ? aws_s3_bucket.data.a : false",
        "anytrue([false, aws_s3_bucket.data.a])",
        "try(aws_s3_bucket.data.a, false)",
        "0 < length(aws_s3_bucket.data.rules)",
    ],
)
def test_a_condition_that_some_plan_makes_false_is_a_claim(condition: str) -> None:
    assert claim(condition).empty == ""


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("true", "it says nothing about what the configuration makes"),
        ('var.owner == "a"', "it says nothing about what the configuration makes"),
        ("aws_s3_bucket.data.a == aws_s3_bucket.data.a", "it compares a value with itself"),
        ("aws_s3_bucket.data.a <= aws_s3_bucket.data.a", "it compares a value with itself"),
        ("aws_s3_bucket.data.a || true", "no plan could make it false"),
        ("length(aws_s3_bucket.data) >= 0", "no plan could make it false"),
        ("0 <= length(aws_s3_bucket.data)", "no plan could make it false"),
        ("length(aws_s3_bucket.data) > -1", "no plan could make it false"),
        ("aws_s3_bucket.data != null", "no plan could make it false"),
        ("aws_s3_bucket.data.id != null", "no plan could make it false"),
        ('aws_s3_bucket.data.arn != ""', "no plan could make it false"),
        ("can(aws_s3_bucket.data.bucket)", "no plan could make it false"),
        ("alltrue([for one in aws_s3_bucket.data.rules : true])", "no plan could make it false"),
        ("alltrue([for one in aws_s3_bucket.data.rules : true if one.on])", "no plan could make it false"),
        ("aws_s3_bucket.data.a == 1 || aws_s3_bucket.data.a != 1", "no plan could make it false"),
        ("aws_s3_bucket.data.a == 1 || 1 != aws_s3_bucket.data.a", "no plan could make it false"),
        ("aws_s3_bucket.data.a || !aws_s3_bucket.data.a", "no plan could make it false"),
        ("aws_s3_bucket.data.a > 1 || aws_s3_bucket.data.a <= 1", "no plan could make it false"),
        ("var.strict ? true : aws_s3_bucket.data.a == aws_s3_bucket.data.a", "no plan could make it false"),
        ("!(length(aws_s3_bucket.data) < 0)", "no plan could make it false"),
        ("anytrue([aws_s3_bucket.data.a, true])", "no plan could make it false"),
        ("aws_s3_bucket.data.a == true || aws_s3_bucket.data.a == false", "no plan could make it false"),
        ("output.names != null", "no plan could make it false"),
        ("aws_s3_bucket.data.a && false", "no plan could make it true"),
    ],
)
def test_a_condition_that_no_plan_decides_is_empty_and_says_why(condition: str, why: str) -> None:
    assert claim(condition).empty == why


def test_names_of_loops_are_not_what_a_claim_is_about() -> None:
    found = claim("alltrue([for one in aws_s3_bucket_versioning.data : one.rules[0].status == local.wanted])")
    assert found.about == ("aws_s3_bucket_versioning.data", "local.wanted")
    assert set(found.words) >= {"aws_s3_bucket_versioning", "rules", "status"}
    assert "one" not in found.words


def test_what_is_only_asked_for_its_being_there_says_nothing_else() -> None:
    assert "rules" not in claim('can(aws_s3_bucket.data["a"].rules)').words
    assert "rules" in claim('can(regex("a", aws_s3_bucket.data["a"].rules))').words


def test_a_run_is_dry_when_it_plans_or_when_something_stands_in_for_the_provider() -> None:
    text = 'run "a" {\n  command = plan\n}\n\nrun "b" {}\n'
    assert [one.dry for one in trials(text).runs] == [True, False]
    assert [one.dry for one in trials('mock_provider "aws" {}\n' + text).runs] == [True, True]


def test_what_stand_ins_answer_is_known_by_kind_and_by_resource() -> None:
    text = (
        'mock_provider "aws" {\n  mock_resource "aws_s3_bucket" {\n    defaults = { arn = "a" }\n  }\n'
        '  mock_data "aws_region" {\n    defaults = { name = "b" }\n  }\n}\n'
        'override_resource {\n  target = aws_s3_bucket.data\n  values = { id = "c" }\n}\n'
    )
    assert trials(text).made_up == ("aws_s3_bucket.arn", "data.aws_region.name", "aws_s3_bucket.data.id")


def test_a_condition_nested_on_purpose_takes_no_time() -> None:
    condition = "aws_s3_bucket.data.a"
    for _ in range(30):
        condition = f"({condition} ? aws_s3_bucket.data.b : aws_s3_bucket.data.c)"
    before = time.process_time()
    assert claim(condition).empty == ""
    assert time.process_time() - before < 5


def test_a_long_chain_takes_no_time() -> None:
    condition = " || ".join(f"aws_s3_bucket.data.a == {number}" for number in range(300))
    before = time.process_time()
    assert claim(condition).empty == ""
    assert time.process_time() - before < 5
