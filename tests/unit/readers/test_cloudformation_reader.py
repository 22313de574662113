"""A template becomes a stack whose known values are known and whose other values are not."""

from __future__ import annotations

import subprocess
import sys
import time

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


def _files(**texts: str) -> Infrastructure:
    named = {f"infra/{name}": text for name, text in texts.items()}
    return read_cloudformation(named, lambda path: SourceFile(path, named[path], ""))


_TWO = """\
Parameters:
  Env: {Type: String, AllowedValues: [staging, production]}
  Size: {Type: Number}
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "churn-${Env}"}}
"""


@pytest.mark.parametrize(
    "given",
    [
        '[{"ParameterKey": "Env", "ParameterValue": "production"}, {"ParameterKey": "Size", "ParameterValue": "2"}]',
        '{"Parameters": {"Env": "production", "Size": 2}}',
        '["Env=production", "Size=2"]',
    ],
)
def test_a_file_of_parameters_is_read_in_each_of_its_forms(given: str) -> None:
    (stack,) = _files(**{"a.yaml": _TWO, "params-production.json": given}).stacks
    value = stack.resources[0].properties.entries["BucketName"]
    assert isinstance(value, Plain)
    assert (stack.values, value.data, stack.refused) == ("infra/params-production.json", "churn-production", ())


def test_values_that_the_platform_would_refuse_are_named_with_their_line() -> None:
    given = '{"Parameters": {\n"Env": "prod",\n"Siez": "2"}}'
    (stack,) = _files(**{"a.yaml": _TWO, "b.json": given}).stacks
    assert [(one.span.path, one.span.line, one.sentence) for one in stack.refused] == [
        ("infra/b.json", 2, "`prod` is none of the values that `Env` may have"),
        ("infra/b.json", 3, "the template has no parameter `Siez`"),
        ("infra/a.yaml", 3, "`Size` has no default, and infra/b.json does not give it"),
    ]


def test_a_file_of_parameters_belongs_to_the_template_that_knows_most_of_its_names() -> None:
    other = "Parameters: {Env: {Type: String}}\nResources: {T: {Type: AWS::SNS::Topic}}\n"
    found = _files(**{"a.yaml": _TWO, "b.yaml": other, "p.json": '{"Parameters": {"Env": "staging", "Size": 1}}'})
    assert [(one.path, one.values) for one in found.stacks] == [("infra/a.yaml", "infra/p.json"), ("infra/b.yaml", "")]


def test_a_dynamic_reference_is_known_as_one_also_when_it_is_put_together() -> None:
    whole = _value('!Sub "x-{{resolve:secretsmanager:${C}:SecretString:p}}-y"')
    joined = _value('!Join ["", ["{{resolve:secretsmanager:", !Ref C, ":SecretString:p}}"]]')
    assert isinstance(whole, Mixed)
    assert isinstance(joined, Unresolved)
    assert [getattr(part, "data", getattr(part, "name", "")) for part in whole.parts] == [
        "x-", "resolve:secretsmanager:C:SecretString:p", "-y"
    ]  # fmt: skip
    assert joined.name == "resolve:secretsmanager:C:SecretString:p"


def test_texts_of_a_resource_are_those_that_become_its_values() -> None:
    text = '!If [P, {a: !Sub "x-${Env}", b: [!Ref Env, eu-west-1, !FindInMap [M, !Ref Env, v]]}, !GetAtt C.Arn]'
    written = _read(_HEAD % ("P", text)).stacks[0].resources[1].written
    assert [(one.path, one.text, one.span.line) for one in written] == [
        (("V", "a"), "x-${}", 11),
        (("V", "b"), "eu-west-1", 11),
    ]


def test_a_broken_line_damages_the_resource_around_it() -> None:
    text = "Resources:\n  A: {Type: AWS::SNS::Topic}\n  B:\n    Type: AWS::S3::Bucket\n    X: 'open\n"
    (stack,) = _read(text).stacks
    assert stack.complete is False
    assert [(one.line, one.end_line >= 4) for one in stack.damaged] == [(3, True)]


@pytest.mark.parametrize(
    "text",
    [
        # a text that doubles with every step
        "Mappings:\n  M:\n"
        + "".join(f"    k{n}: {{v: !Join ['', [!FindInMap [M, k{n + 1}, v], !FindInMap [M, k{n + 1}, v]]]}}\n"
                  for n in range(60))
        + "    k60: {v: !Ref AWS::Region}\n"
        + "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {V: !FindInMap [M, k0, v]}}\n",
        # lists that repeat each other by their anchors
        "A0: &a0 [x, x]\n"
        + "".join(f"A{n + 1}: &a{n + 1} [*a{n}, *a{n}, *a{n}, *a{n}]\n" for n in range(30))
        + "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {V: *a30}}\n",
        # functions inside each other
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      V: "
        + '{"Fn::Base64": ' * 3_000 + "x" + "}" * 3_000 + "\n",
        # many more resources than the platform takes
        "Resources:\n" + "".join(f"  B{n}: {{Type: AWS::S3::Bucket}}\n" for n in range(5_000)),
        # references without an end
        "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {V: '" + "{{resolve:ssm:" * 20_000 + "'}}\n",
        'Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {V: !Sub "' + "${" * 50_000 + '"}}\n',
    ],
    ids=["doubling", "anchors", "deep", "many", "references", "holes"],
)  # fmt: skip
def test_no_template_takes_long(text: str) -> None:
    start = time.process_time()
    _read(text)
    assert time.process_time() - start < 10


def test_a_list_of_unknown_parameters_is_for_the_only_template_of_its_folder() -> None:
    given = '[{"ParameterKey": "Environment", "ParameterValue": "production"}]'
    alone = _files(**{"a.yaml": _TWO, "p.json": given}).stacks
    other = '{"Parameters": {"Environment": "production"}}'
    assert [one.values for one in alone] == ["infra/p.json"]
    assert alone[0].refused[0].sentence == "the template has no parameter `Environment`"
    assert [one.values for one in _files(**{"a.yaml": _TWO, "p.json": other}).stacks] == [""]


def _loaded(asks: bool, **texts: str) -> bool:
    code = f"""
import sys
from gradeline.readers import load
from gradeline.source import SourceFile
class Files:
    texts = {texts!r}
    paths = sorted(texts)
    def read(self, path):
        return SourceFile(path, self.texts[path])
project, _ = load(Files())
if {asks}:
    project.infrastructure
print("gradeline.readers.cloudformation" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip() == "True"


def test_nothing_is_loaded_before_somebody_asks_for_a_template_that_is_there() -> None:
    assert [_loaded(False, a=_TWO), _loaded(True, **{"a.yaml": "a: 1\n"}), _loaded(True, **{"a.yaml": _TWO})] == [
        False, False, True
    ]  # fmt: skip


def test_a_stack_inside_of_another_has_the_values_that_it_is_given_there() -> None:
    parent = """\
Parameters: {Env: {Type: String, Default: prod}}
Resources:
  S:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./parts/bucket.yaml
      Parameters: {Name: !Sub "churn-${Env}", Role: !GetAtt R.Arn}
  R: {Type: AWS::IAM::Role}
"""
    child = (
        "Parameters: {Name: {Type: String, Default: wrong}, Role: {Type: String}}\n"
        "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name, Role: !Ref Role}}\n"
    )
    found = _files(**{"top.yaml": parent, "parts/bucket.yaml": child}).stacks
    bucket = found[1].resources[0].properties.entries
    assert [one.path for one in found] == ["infra/top.yaml", "infra/parts/bucket.yaml"]
    assert isinstance(bucket["BucketName"], Plain)
    assert bucket["BucketName"].data == "churn-prod"
    assert isinstance(bucket["Role"], Unresolved)
    assert found[1].refused == ()


def test_stacks_that_hold_each_other_end() -> None:
    body = "Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}\n"
    alone = "Resources: {T: {Type: AWS::SNS::Topic}}"
    found = _files(**{"a.yaml": body % "b.yaml", "b.yaml": body % "a.yaml", "c.yaml": alone}).stacks
    assert [one.path for one in found] == ["infra/c.yaml", "infra/a.yaml", "infra/b.yaml"]
