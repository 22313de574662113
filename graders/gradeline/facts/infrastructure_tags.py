"""Tags and labels: those a provider gives to everything, and those of each resource.

Provider documentation: AWS ``default_tags``, Google Cloud ``default_labels``; Azure has none, so there each resource
carries its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.infrastructure import StackFacts, called, partial_text, settings
from gradeline.model.infrastructure import Plain, Provider, Resource, Table, Value
from gradeline.records import record
from gradeline.source import Span

ABSENT = "nothing"
_DEFAULTS = {"aws": ("default_tags", "tags"), "google": ("default_labels",), "google-beta": ("default_labels",)}
_OWN = {"aws": "tags", "google": "labels", "google-beta": "labels", "azurerm": "tags", "AWS": "Tags"}
# Kinds with tags that exercises are about; others may or may not take some.
TAGGED = frozenset(
    {
        "aws_s3_bucket", "aws_ecr_repository", "aws_iam_role", "aws_kms_key", "aws_db_instance", "aws_instance",
        "aws_dynamodb_table", "aws_iam_policy", "aws_secretsmanager_secret", "aws_sagemaker_domain", "aws_ecs_cluster",
        "google_storage_bucket", "google_artifact_registry_repository", "google_secret_manager_secret",
        "azurerm_storage_account", "azurerm_container_registry", "azurerm_resource_group",
        "azurerm_user_assigned_identity", "azurerm_key_vault",
        "AWS::S3::Bucket", "AWS::ECR::Repository", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::RDS::DBInstance",
        "AWS::DynamoDB::Table", "AWS::EC2::Instance", "AWS::ECS::Cluster", "AWS::SageMaker::Domain",
        "AWS::SageMaker::ModelPackageGroup", "AWS::SecretsManager::Secret",
    }
)  # fmt: skip
_EMPTY = frozenset(
    {"", "todo", "tbd", "fixme", "changeme", "xxx", "foo", "bar", "test", "unknown", "none", "n/a", "null"}
)
_SPELLINGS = {
    "env": ("env", "environment", "stage"),
    "project": ("project", "application", "app", "service", "product"),
    "owner": ("owner", "team", "contact", "ownedby"),
    "dataclass": ("dataclass", "dataclassification", "classification", "sensitivity", "dataclassificationlevel"),
}


@record
class Tagged:
    """A resource or provider; ``missing`` names the tag that is not there or says nothing."""

    holds: bool | None
    sentence: str
    missing: str
    span: Span


def missing_tags(facts: StackFacts, keys: tuple[str, ...]) -> Iterator[Tagged]:
    """One answer for each provider whose tags reach everything, else one for each resource."""
    mine = [one for one in facts.stack.resources if one.kind in TAGGED]
    if not mine:
        yield Tagged(False, "nothing is declared that could have tags", ABSENT, facts.stack.span)
        return
    for resource in mine:
        yield _answer(facts, resource, keys)


def _answer(facts: StackFacts, resource: Resource, keys: tuple[str, ...]) -> Tagged:
    family = resource.provider.partition(".")[0] or resource.kind.partition("_")[0].partition("::")[0]
    provider = _provider(facts, resource, family)
    given: dict[str, Value] = {}
    span = resource.head
    hidden = False
    if provider is not None and family in _DEFAULTS:
        for one in settings(provider.properties, *_DEFAULTS[family]):
            span = one.span
            hidden = not _take(one.value, given) or hidden
    given.update((_plain(key), one) for key, one in facts.stack.tags.items())
    for one in settings(resource.properties, _OWN.get(family, "tags")):
        if not given:
            span = one.span
        hidden = not _take(one.value, given) or hidden
    for key in keys:
        spellings = _SPELLINGS.get(_plain(key), (_plain(key),))
        value = next((given[name] for name in spellings if name in given), None)
        if value is None:
            said = f"`{called(resource)}` has no tag `{key}`"
            place = span if not given else resource.head if span == resource.head else span
            return Tagged(None if hidden else False, said, f"no tag `{key}`", place)
        if isinstance(value, Plain) and str(value.data or "").strip().casefold() in _EMPTY:
            return Tagged(False, f"The tag `{key}` of `{called(resource)}` says nothing", "says nothing", value.span)
    texts = [partial_text(value) for value in given.values()]
    if len(keys) > 1 and len(set(texts)) == 1 and len(texts) > 1:
        return Tagged(False, f"All tags of `{called(resource)}` have the same value", "the same value", span)
    return Tagged(True, f"`{called(resource)}` says whose it is", "", span)


def _provider(facts: StackFacts, resource: Resource, family: str) -> Provider | None:
    """The provider block that a resource uses: by its alias, else the one without."""
    alias = resource.provider.partition(".")[2]
    mine = [one for one in facts.stack.providers if one.name == family]
    return next((one for one in mine if one.alias == alias), None)


def _take(value: Value, given: dict[str, Value]) -> bool:
    """Note the tags of a table, or of a list of pairs; False when they are not known."""
    if isinstance(value, Table):
        for key, inner in value.entries.items():
            given[_plain(key)] = inner
        return True
    if isinstance(value, Plain):
        return True
    items = getattr(value, "items", None)
    if not isinstance(items, tuple):
        return False
    for one in items:
        if isinstance(one, Table) and "Key" in one.entries:
            given[_plain(partial_text(one.entries["Key"]))] = one.entries.get("Value", one.entries["Key"])
    return True


def _plain(key: str) -> str:
    return "".join(character for character in key.casefold() if character.isalnum())
