"""Questions about infrastructure: versions, open ranges, secret names, wildcards, deletion policies of templates."""

from __future__ import annotations

import pytest

from gradeline.facts.infrastructure import StackFacts
from gradeline.facts.infrastructure_guards import kept
from gradeline.facts.infrastructure_inputs import fixed_texts
from gradeline.facts.infrastructure_networks import covers_world, openings
from gradeline.facts.infrastructure_policies import is_every_action, is_every_resource, needs_every_resource
from gradeline.facts.infrastructure_secrets import is_secret_name
from gradeline.facts.infrastructure_storage import buckets
from gradeline.facts.infrastructure_versions import admits, is_bounded, module_pin
from gradeline.model.infrastructure import Items, Needed, Plain, Resource, Stack, Table, Value
from gradeline.readers.terraform import read_terraform
from gradeline.source import SourceFile, Span

HERE = Span("main.tf", 1)


def facts(text: str) -> StackFacts:
    read = {"main.tf": SourceFile("main.tf", text)}
    return StackFacts(read_terraform(["main.tf"], read.get).stacks[0])


@pytest.mark.parametrize(
    ("constraint", "bounded"),
    [("~> 6.0", True), ("= 1.2.3", True), ("1.2.3", True), (">= 1.0, < 2.0", True), (">= 1.0", False),
     ("!= 1.1", False), (">1", False), ("latest", None), ("", None)],
)  # fmt: skip
def test_a_constraint_has_an_upper_end_or_not(constraint: str, bounded: bool | None) -> None:
    assert is_bounded(constraint) is bounded


@pytest.mark.parametrize(
    ("constraint", "version", "fits"),
    [("~> 6.14", "6.20.0", True), ("~> 6.14", "7.0.0", False), ("~> 6.14", "6.13.9", False), ("~> 6.14.0", "6.15.0", False),  # noqa: E501
     ("~> 6", "9.0.0", True), (">= 1.2, != 1.3.0", "1.3.0", False), ("= 1.2", "1.2.0", True), ("< 2", "2.0.0", False)],
)  # fmt: skip
def test_a_version_fits_a_constraint_as_terraform_says(constraint: str, version: str, fits: bool) -> None:
    assert admits(constraint, version) is fits


@pytest.mark.parametrize(
    ("source", "version", "pin"),
    [
        ("terraform-aws-modules/vpc/aws", "~> 6.0", "fixed"),
        ("terraform-aws-modules/vpc/aws", ">= 6.0", "open"),
        ("terraform-aws-modules/vpc/aws", None, "none"),
        ("git::https://x.org/m.git?ref=v1.2.0", None, "fixed"),
        ("git::https://x.org/m.git//sub?ref=" + "a" * 40, None, "fixed"),
        ("git::https://x.org/m.git?ref=main", None, "moving"),
        ("git::https://x.org/m.git?ref=release-candidate", None, "moving"),
        ("github.com/kestrel/m", None, "none"),
        ("https://x.org/m-1.2.zip", None, "unknown"),
    ],
)
def test_a_module_is_fixed_by_a_tag_a_commit_or_a_range_with_an_end(source: str, version: str | None, pin: str) -> None:
    assert module_pin(Needed(HERE, "module", "m", source, version)) == pin


@pytest.mark.parametrize(
    ("ranges", "world"),
    [
        (["0.0.0.0/0"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["0.0.0.0/2", "64.0.0.0/2"], True),
        (["::/0"], True),
        (["::/1", "8000::/1"], True),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], False),
        (["203.0.113.7/32", "not a range"], False),
        ([], False),
    ],
)
def test_ranges_that_together_are_most_of_the_world_are_open(ranges: list[str], world: bool) -> None:
    assert covers_world(ranges) is world


def test_an_open_port_is_shown_where_its_range_is_written() -> None:
    text = 'resource "aws_security_group" "a" {\n  ingress {\n    from_port = 20\n    to_port = 30\n    cidr_blocks = ["::/0"]\n  }\n}\n'  # noqa: E501
    (found,) = openings(facts(text))
    assert (found.holds, found.reaches(22), found.reaches(80), found.span.line) == (False, True, False, 5)


@pytest.mark.parametrize("name", ["db_password", "MLFLOW_DB_PASSWORD", "api_key", "client_secret", "github_token"])
def test_a_name_may_say_that_its_value_is_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["db_password_secret_arn", "token_ttl", "secret_name", "tokenizer", "key", "kms_key_id", "password_length"]
)
def test_a_name_about_a_secret_is_not_one(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "wide"),
    [("*", True), ("arn:aws:s3:::*", True), ("arn:aws:s3:::*/*", True), ("arn:aws:logs:*:*:*", True),
     ("arn:aws:logs:*:*:log-group:*", True), ("arn:aws:s3:::churn/*", False), ("arn:aws:s3:::churn-*", False),
     ("arn:aws:ecr:*:*:repository/churn", False), ("\ue000/*", False)],
)  # fmt: skip
def test_a_resource_with_a_star_is_everything_or_only_a_part(text: str, wide: bool) -> None:
    assert is_every_resource(text) is wide


def test_some_actions_know_no_resources() -> None:
    assert [needs_every_resource(one) for one in ("ecr:GetAuthorizationToken", "s3:ListAllMyBuckets", "s3:GetObject")] == [  # noqa: E501
        True, True, False,
    ]  # fmt: skip
    assert [is_every_action(one) for one in ("*", "s3:*", "s3:Get*", "*:*")] == [True, True, False, True]


def test_texts_of_an_environment_are_found_and_comparisons_are_not() -> None:
    text = """
resource "a_b" "c" {
  x = "churn-production"
  y = var.env == "production" ? 2 : 1
  z = "eu-central-1a"
  n = "arn:aws:iam::111122223333:role/x"
  w = "reproduction"
}
"""
    assert [(one.found, one.written.span.line) for one in fixed_texts(facts(text))] == [
        ("production", 3), ("eu-central-1a", 5), ("111122223333", 6),
    ]  # fmt: skip


def _table(**entries: Value) -> Table:
    return Table(HERE, entries)


def _template(**guards: str) -> StackFacts:
    """A bucket as a reader of CloudFormation would give it."""
    on = Plain(HERE, True)
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    default = _table(ServerSideEncryptionByDefault=_table(SSEAlgorithm=Plain(HERE, "AES256")))
    properties = _table(
        VersioningConfiguration=_table(Status=Plain(HERE, "Enabled")),
        BucketEncryption=_table(ServerSideEncryptionConfiguration=Items(HERE, (default,))),
        PublicAccessBlockConfiguration=_table(**dict.fromkeys(names, on)),
    )
    policies = _table(**{name: Plain(HERE, value) for name, value in guards.items()})
    bucket = Resource(HERE, HERE, "AWS::S3::Bucket", "Models", "Models", properties, guards=policies)
    return StackFacts(Stack("cloudformation", "infra", HERE, ("infra/stack.yaml",), resources=(bucket,)))


def test_a_bucket_of_a_template_answers_the_same_questions() -> None:
    (bucket,) = buckets(_template())
    assert [answer.holds for answer in bucket.answers] == [True, True, True]


@pytest.mark.parametrize(
    ("guards", "holds"),
    [
        ({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}, True),
        ({"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}, True),
        ({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Snapshot"}, False),  # of a bucket there is none
        ({"DeletionPolicy": "Retain"}, False),
        ({"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Delete"}, False),
        ({}, False),
    ],
)
def test_a_template_needs_both_policies_since_a_replacement_deletes_too(guards: dict[str, str], holds: bool) -> None:
    assert [one.answer.holds for one in kept(_template(**guards), ("bucket",))] == [holds]
