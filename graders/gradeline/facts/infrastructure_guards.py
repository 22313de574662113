"""What keeps state from being deleted: guards on buckets, registries and databases, and switches that defeat them.

Terraform documentation, "The lifecycle Meta-Argument" (``prevent_destroy``); provider documentation of
``force_destroy``, ``force_delete``, ``deletion_protection``.  CloudFormation User Guide, "DeletionPolicy attribute"
and "UpdateReplacePolicy attribute": a replacement deletes too, so both are needed.
"""

from __future__ import annotations

from gradeline.facts.infrastructure import Answer, StackFacts, called, flag, known_text, known_truth, setting
from gradeline.model.infrastructure import Resource
from gradeline.records import record

# What a kind is, the switches that let a deletion take everything along, and the switch of its platform that guards.
KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "aws_s3_bucket": ("bucket", ("force_destroy",), ""),
    "google_storage_bucket": ("bucket", ("force_destroy",), ""),
    "azurerm_storage_account": ("bucket", (), ""),
    "module:terraform-aws-modules/s3-bucket/aws": ("bucket", ("force_destroy",), ""),
    "AWS::S3::Bucket": ("bucket", (), ""),
    "aws_ecr_repository": ("registry", ("force_delete",), ""),
    "google_artifact_registry_repository": ("registry", (), ""),
    "azurerm_container_registry": ("registry", (), ""),
    "AWS::ECR::Repository": ("registry", ("EmptyOnDelete",), ""),
    "aws_db_instance": ("database", (), "deletion_protection"),
    "aws_rds_cluster": ("database", (), "deletion_protection"),
    "aws_dynamodb_table": ("database", (), "deletion_protection_enabled"),
    "google_sql_database_instance": ("database", (), "deletion_protection"),
    "AWS::RDS::DBInstance": ("database", (), "DeletionProtection"),
    "AWS::RDS::DBCluster": ("database", (), "DeletionProtection"),
    "AWS::DynamoDB::Table": ("database", (), "DeletionProtectionEnabled"),
    "AWS::DynamoDB::GlobalTable": ("database", (), ""),
    "AWS::SageMaker::ModelPackageGroup": ("registry", (), ""),
}
# What a last copy can be made of; for anything else the platform refuses that policy.
_SNAPSHOTS = frozenset({"AWS::RDS::DBInstance", "AWS::RDS::DBCluster"})
_LOCKS = frozenset({"CanNotDelete", "ReadOnly"})


@record
class Kept:
    """A resource that holds state: ``family`` is ``bucket``, ``registry`` or ``database``."""

    resource: Resource
    family: str
    answer: Answer


def kept(facts: StackFacts, families: tuple[str, ...]) -> tuple[Kept, ...]:
    """Every resource of the families with whether a deletion of it is refused."""
    found = []
    for resource in facts.stack.resources:
        family, switches, guard = KINDS.get(resource.kind, ("", (), ""))
        if family in families:
            found.append(Kept(resource, family, _answer(facts, resource, switches, guard)))
    return tuple(found)


def _answer(facts: StackFacts, resource: Resource, switches: tuple[str, ...], guard: str) -> Answer:
    name = called(resource)
    for switch in switches:
        on, span = flag(resource, switch)
        if on is not False and setting(resource.properties, switch) is not None:
            said = "is not known" if on is None else "is on, so a deletion takes everything along"
            return Answer(None if on is None else False, f"`{switch}` of `{name}` {said}", span)
    if resource.kind.startswith("module:"):
        return Answer(None, f"whether `{name}` may be deleted is set in a module that is not here", resource.head)
    if guard:
        on, span = flag(resource, guard)
        if on:
            return Answer(True, f"`{guard}` guards `{name}`", span)
    if facts.stack.platform == "cloudformation":
        return _policies(resource)
    prevented = setting(resource.guards, "prevent_destroy")
    if prevented is not None:
        on = known_truth(prevented.value)
        if on:
            return Answer(True, f"a plan that deletes `{name}` is refused", prevented.span)
        return Answer(on, f"`{name}` may be deleted by any plan", prevented.span)
    return _locked(facts, resource) or Answer(False, f"`{name}` may be deleted by any plan", resource.head)


def _policies(resource: Resource) -> Answer:
    name = called(resource)
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        found = setting(resource.guards, attribute)
        text = known_text(found.value) if found is not None else ""
        span = found.span if found is not None else resource.head
        fine = text == "Retain" or (text == "Snapshot" and resource.kind in _SNAPSHOTS)
        fine = fine or (attribute == "DeletionPolicy" and text == "RetainExceptOnCreate")
        if text is None:
            return Answer(None, f"the `{attribute}` of `{name}` is not known", span)
        if not fine:
            return Answer(False, f"`{name}` has no `{attribute}` that keeps it", span)
    return Answer(True, f"`{name}` is kept when the stack lets go of it", resource.head)


def _locked(facts: StackFacts, resource: Resource) -> Answer | None:
    """A lock of the platform around a resource (Azure Resource Manager, "Lock your resources")."""
    for lock in facts.of("azurerm_management_lock"):
        scope, level = setting(lock.properties, "scope"), setting(lock.properties, "lock_level")
        if scope is None or level is None or known_text(level.value) not in _LOCKS:
            continue
        if facts.means(scope.value, resource, "id"):
            return Answer(True, f"a lock guards `{called(resource)}`", lock.head)
    return None
