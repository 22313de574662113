"""A template becomes a stack whose known values are known and whose other values are not."""

from __future__ import annotations

import pytest

from gradeline.model.infrastructure import Infrastructure, Mixed, Plain, Reference, Table, Unresolved
from gradeline.readers.cloudformation import read_cloudformation
from gradeline.source import SourceFile

_HEAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {Env: {Type: String, Default: prod}, Pw: {Type: String, NoEcho: true, Default: x}}
Conditions: {P: !Equals [!Ref Env, prod], Q: !Not [!Condition P], Z: !Condition Z, U: !Equals [!Ref Pw, x]}
Mappings: {M: {prod: {v: Enabled}}}
Resources:
  C: {Type: AWS::SNS::Topic, Condition: %s}
  B:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      V: %s
"""


def _read(text: str) -> Infrastructure:
    source = SourceFile("infra/stack.yaml", text, "")
    return read_cloudformation(["infra/stack.yaml"], lambda _: source)


def _value(text: str) -> object:
    return _read(_HEAD % ("P", text)).stacks[0].resources[1].properties.entries.get("V")


@pytest.mark.parametrize(("condition", "present"), [("P", True), ("Z", None), ("U", None)])
def test_a_resource_is_there_as_far_as_its_condition_is_known(condition: str, present: bool | None) -> None:
    first = _read(_HEAD % (condition, "1")).stacks[0].resources[0]
    assert (first.name, first.present) == ("C", present)


def test_a_resource_whose_condition_does_not_hold_is_not_made() -> None:
    assert [one.name for one in _read(_HEAD % ("Q", "1")).stacks[0].resources] == ["B"]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("!FindInMap [M, !Ref Env, v]", "Enabled"),
        ('{"Fn::Join": ["-", [a, !Ref Env]]}', "a-prod"),
        ('!Sub "a-${Env}-${!x}"', "a-prod-${x}"),
        ("!Select [1, [a, b]]", "b"),
        ("!If [Q, yes, no-thanks]", "no-thanks"),
    ],
)
def test_functions_of_known_values_are_folded(text: str, known: str) -> None:
    value = _value(text)
    assert isinstance(value, Plain)
    assert value.data == known


@pytest.mark.parametrize(
    "text",
    ['"{{resolve:secretsmanager:a:b}}"', "!Ref Pw", "!ImportValue a", "!Select [9, [a]]", "!GetAtt X.Arn"],
)
def test_what_only_the_platform_knows_is_not_known(text: str) -> None:
    assert isinstance(_value(text), Unresolved)


def test_no_value_takes_the_property_away() -> None:
    assert _value("!If [P, !Ref AWS::NoValue, 1]") is None


def test_an_attribute_refers_to_its_resource() -> None:
    value = _value("!GetAtt C.TopicArn")
    assert isinstance(value, Reference)
    assert (value.target, value.path, value.span.line) == ("C", ("TopicArn",), 11)
    assert isinstance(_value('!Sub "x-${AWS::Region}"'), Mixed)


def test_the_policies_of_a_resource_are_its_guards() -> None:
    guards = _read(_HEAD % ("P", "1")).stacks[0].resources[1].guards
    assert isinstance(guards, Table)
    assert guards.entries["DeletionPolicy"].span.line == 9


def test_json_is_read_and_other_yaml_is_not() -> None:
    found = _read('{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}')
    assert [one.kind for one in found.stacks[0].resources] == ["AWS::S3::Bucket"]
    assert _read("on: push\nenv: {A: 'AWS::S3::Bucket'}\n").stacks == ()


def test_a_transform_leaves_the_stack_incomplete() -> None:
    stack = _read("Transform: AWS::Serverless-2016-10-31\n" + _HEAD % ("P", "1")).stacks[0]
    assert (stack.complete, stack.opaque[0].span.line) == (False, 1)


def test_long_chains_and_circles_end() -> None:
    chain = "".join(f"  C{n}: !Not [!Condition C{n + 1}]\n" for n in range(2000))
    circle = "Mappings: {M: {a: {b: [!FindInMap [M, a, b], !FindInMap [M, a, b]]}}}\n"
    body = "  R: {Type: AWS::S3::Bucket, Condition: C0, Properties: {V: !FindInMap [M, a, b]}}\n"
    found = _read(f"Conditions:\n{chain}{circle}Resources:\n{body}")
    assert found.stacks[0].resources[0].present is None
