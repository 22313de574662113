"""Who may do what: roles and service accounts with what they are granted, and who may become them.

IAM User Guide, "Grant least privilege", "Create a role for OpenID Connect federation"; GitHub Docs, "OpenID Connect
reference" (subject claims).  Google Cloud: "Understanding roles", "Workload Identity Federation".
Azure: "Azure built-in roles"; federated identity credentials.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.infrastructure import StackFacts, each, partial_text, setting, settings, shape
from gradeline.facts.infrastructure_policies import (
    HOLE,
    Condition,
    Document,
    Statement,
    Word,
    document,
    is_every_action,
    is_every_resource,
    near,
    needs_every_resource,
)
from gradeline.model.infrastructure import Reference, Resource, Table, Value
from gradeline.records import record
from gradeline.source import Span

Bound = Literal["bound", "repository", "open", "none", "anybody"]
_WIDE_ROLES = frozenset({"roles/owner", "roles/editor", "owner", "contributor", "user access administrator"})
# Google Cloud, "IAM roles and permissions index": these may delete what they are for, and let others in.
_WHOLE_SERVICES = frozenset({
    "roles/storage.admin", "roles/artifactregistry.admin", "roles/secretmanager.admin", "roles/bigquery.admin",
    "roles/pubsub.admin",
})  # fmt: skip
_POLICIES = ("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy")
# The exclusive one lists ready-made policies of one role (AWS provider, resource of that name).
_ATTACHMENTS = (
    "aws_iam_role_policy_attachment", "aws_iam_policy_attachment", "aws_iam_role_policy_attachments_exclusive",
)  # fmt: skip
# Resources of a template that are a policy: CloudFormation Template Reference, "IAM resource type reference".
_STACK_POLICIES = (
    "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy",
    "AWS::IAM::GroupPolicy",
)  # fmt: skip
_GOOGLE_GRANTS = (
    "google_project_iam_member", "google_project_iam_binding", "google_storage_bucket_iam_member",
    "google_storage_bucket_iam_binding", "google_artifact_registry_repository_iam_member",
    "google_artifact_registry_repository_iam_binding", "google_secret_manager_secret_iam_member",
    "google_secret_manager_secret_iam_binding", "google_bigquery_dataset_iam_member", "google_pubsub_topic_iam_member",
    "google_cloud_run_v2_service_iam_member", "google_service_account_iam_member", "google_folder_iam_member",
    "google_organization_iam_member",
)  # fmt: skip
# Claims that a subject of GitHub may start with and that its sender cannot choose (GitHub Docs, "OpenID Connect
# reference", customizing the subject claims).
_GITHUB_CLAIMS = frozenset(
    {"repo", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref", "enterprise"}
)
_IDENTITIES = ("aws_iam_role", "google_service_account", "azurerm_user_assigned_identity", "AWS::IAM::Role")


@record
class Grant:
    """Something an identity may do.  ``wide`` says in words why that is more than work needs, empty when it is not;
    ``mark`` tells grants apart."""

    span: Span
    mark: tuple[object, ...]
    wide: str = ""


@record
class Trust:
    """A way to become an identity by a token of a pipeline.  ``subject`` and ``audience``: how far the token is tied
    down; ``span`` is the place to repair."""

    span: Span
    subject: Bound
    audience: bool
    subject_span: Span


@record
class Identity:
    """``hidden`` are the places of grants that cannot be seen."""

    resource: Resource
    grants: tuple[Grant, ...]
    trusts: tuple[Trust, ...]
    hidden: tuple[tuple[str, Span], ...] = ()


def identities(facts: StackFacts) -> tuple[Identity, ...]:
    """Every role and service account of a stack, in the order they are declared."""
    return tuple(_identity(facts, one) for one in facts.of(*_IDENTITIES))


def loose_grants(facts: StackFacts) -> Iterator[Grant]:
    """The statements of policies, whether somebody has them yet or not, and grants of whole projects."""
    for policy in facts.of(*_POLICIES):
        yield from _grants(document(facts, policy.properties.entries.get("policy")))
    for policy in facts.of(*_STACK_POLICIES):
        yield from _grants(document(facts, policy.properties.entries.get("PolicyDocument")))
    for holder in facts.of("AWS::IAM::User", "AWS::IAM::Group"):
        yield from _camel_grants(facts, holder)[0]
    for grant in facts.of(*_GOOGLE_GRANTS):
        yield _google_grant(grant)
    for grant in facts.of("azurerm_role_assignment"):
        yield _azure_grant(grant)


def _identity(facts: StackFacts, resource: Resource) -> Identity:
    if resource.kind == "google_service_account":
        return _google(facts, resource)
    if resource.kind == "azurerm_user_assigned_identity":
        return _azure(facts, resource)
    if resource.kind == "AWS::IAM::Role":
        return _cloudformation(facts, resource)
    return _aws(facts, resource)


# -- AWS ---------------------------------------------------------------------------------------------


def _aws(facts: StackFacts, role: Resource) -> Identity:
    grants: list[Grant] = []
    hidden: list[tuple[str, Span]] = []
    for one in settings(role.properties, "inline_policy", "policy"):
        _add(grants, hidden, document(facts, one.value), one.span)
    for policy in facts.of("aws_iam_role_policy"):
        owner = setting(policy.properties, "role")
        if owner is not None and facts.means(owner.value, role, "name"):
            _add(grants, hidden, document(facts, policy.properties.entries.get("policy")), policy.head)
    for attachment in facts.of(*_ATTACHMENTS):
        owners = [inner for key in ("role", "roles", "role_name") for one in settings(attachment.properties, key)
                  for inner in each(one.value)]  # fmt: skip
        if any(facts.means(owner, role, "name") for owner in owners):
            listed = [inner for one in settings(attachment.properties, "policy_arns") for inner in each(one.value)]
            for ready_made in listed or (attachment.properties.entries.get("policy_arn"),):
                _attached(facts, ready_made, attachment.head, grants, hidden)
    for one in settings(role.properties, "managed_policy_arns"):
        for inner in each(one.value):
            _attached(facts, inner, one.span, grants, hidden)
    trust = document(facts, role.properties.entries.get("assume_role_policy"))
    return Identity(role, tuple(grants), tuple(_trusts(trust)), tuple(hidden))


def _add(grants: list[Grant], hidden: list[tuple[str, Span]], found: Document, place: Span) -> None:
    grants.extend(_grants(found))
    if found.hidden:
        hidden.append((found.hidden, place))


def _attached(
    facts: StackFacts, value: Value | None, place: Span, grants: list[Grant], hidden: list[tuple[str, Span]]
) -> None:
    managed = facts.find(value) if isinstance(value, Reference) else ()
    if any(one.kind == "AWS::IAM::ManagedPolicy" for one in managed):
        for one in managed:
            _add(grants, hidden, document(facts, one.properties.entries.get("PolicyDocument")), place)
        return
    if isinstance(value, Reference) and any(one.kind == "aws_iam_policy" for one in managed):
        _add(grants, hidden, document(facts, Reference(value.span, value.target, ("policy",), value.key)), place)
        return
    text = partial_text(value)
    if isinstance(value, Reference):
        for one in facts.find(value):
            text = partial_text(one.properties.entries.get("arn")) or partial_text(one.properties.entries.get("name"))
    if not text or text == HOLE:
        hidden.append(("which policy is attached is not known", place))
        return
    grants.append(Grant(place, ("managed", text), _managed(text)))


def _managed(text: str) -> str:
    name = text.rpartition("/")[2]
    if name in ("AdministratorAccess", "PowerUserAccess") or name.endswith("FullAccess"):
        return f"`{name}` allows everything of a service or more"
    return ""


def _grants(found: Document) -> Iterator[Grant]:
    for statement in found.statements:
        if statement.allows:
            wide, span = _wide(statement)
            mark = (tuple(one.text for one in statement.actions), tuple(one.text for one in statement.resources))
            yield Grant(span, mark, wide)


def _wide(statement: Statement) -> tuple[str, Span]:
    if statement.inverted:
        return "it allows everything but what it names", statement.span
    for action in statement.actions:
        if is_every_action(action.text):
            return f"`{action.text}` allows every action of a service or more", action.span
    for resource in statement.resources:
        if is_every_resource(resource.text):
            used = next((one for one in statement.actions if not needs_every_resource(one.text)), None)
            if used is not None:
                return f"`{used.text.replace(HOLE, '...')}` is allowed on every resource there is", resource.span
    return "", statement.span


def _trusts(found: Document) -> Iterator[Trust]:
    for statement in found.statements:
        if not statement.allows:
            continue
        if not _by_token(statement):
            everybody = next((word for kind, word in statement.principals if _is_anybody(kind, word)), None)
            if everybody is not None and not any(_ties(one) for one in statement.conditions):
                yield Trust(statement.span, "anybody", True, everybody.span)
            continue
        subjects = [one for one in statement.conditions if one.variable.casefold().endswith(":sub") and _ties(one)]
        audiences = [one for one in statement.conditions if one.variable.casefold().endswith(":aud") and _ties(one)]
        levels = [_subject(word, one.variable) for one in subjects for word in one.values]
        level: Bound = "none" if not levels else min(levels, key=("open", "repository", "bound").index)
        place = subjects[0].span if subjects else statement.span
        bound = any(word.text and set(word.text) != {"*"} for one in audiences for word in one.values)
        yield Trust(statement.span, level, bound, place)


def _by_token(statement: Statement) -> bool:
    if any(word.text.casefold() == "sts:assumerolewithwebidentity" for word in statement.actions):
        return True
    federated = any(kind == "Federated" and "saml" not in word.text.casefold() for kind, word in statement.principals)
    return federated and (not statement.actions or any(word.text in ("*", "sts:*") for word in statement.actions))


def _is_anybody(kind: str, word: Word) -> bool:
    """Whether a principal is everybody (IAM User Guide, "AWS JSON policy elements: Principal", all principals)."""
    parts = word.text.split(":")
    return word.text == "*" or (kind == "AWS" and len(parts) > 4 and parts[4] == "*")


def _ties(condition: Condition) -> bool:
    """Whether a condition can only hold for some values.  ``IfExists`` also holds where the claim is missing."""
    test = condition.test.rpartition(":")[2]
    return test in ("StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnLike")


def _subject(word: Word, variable: str = "") -> Bound:
    """How far a subject ties the token down: to one place in one repository, to a repository, or to nothing.

    Claims that whoever starts a workflow can choose, such as its name, tie nothing down.
    """
    text = word.text
    parts = text.split(":")
    if "githubusercontent" in variable and HOLE not in parts[0] and parts[0] not in _GITHUB_CLAIMS:
        return "open"
    owner = parts[1] if len(parts) > 1 else parts[0]
    if not owner.strip("*") or "*" in owner or "?" in owner:
        return "open"
    rest = ":".join(parts[2:])
    return "bound" if rest.strip("*:") else ("bound" if HOLE in text and len(parts) == 1 else "repository")


def _camel_grants(facts: StackFacts, holder: Resource) -> tuple[list[Grant], list[tuple[str, Span]]]:
    """What a role, user or group of a template carries itself."""
    grants: list[Grant] = []
    hidden: list[tuple[str, Span]] = []
    if holder.opaque:
        hidden.append((holder.opaque, holder.head))
    for one in settings(holder.properties, "Policies"):
        for inner in each(one.value):
            policy = inner.entries.get("PolicyDocument") if isinstance(inner, Table) else inner
            _add(grants, hidden, document(facts, policy), inner.span)
    for one in settings(holder.properties, "ManagedPolicyArns"):
        for inner in each(one.value):
            _attached(facts, inner, near(inner, one.span), grants, hidden)
    return grants, hidden


def _cloudformation(facts: StackFacts, role: Resource) -> Identity:
    grants, hidden = _camel_grants(facts, role)
    for policy in facts.of(*_STACK_POLICIES):
        owners = [inner for key in ("Roles", "RoleName") for one in settings(policy.properties, key)
                  for inner in each(one.value)]  # fmt: skip
        if any(facts.means(owner, role, "RoleName") for owner in owners):
            _add(grants, hidden, document(facts, policy.properties.entries.get("PolicyDocument")), policy.head)
    trust = document(facts, role.properties.entries.get("AssumeRolePolicyDocument"))
    return Identity(role, tuple(grants), tuple(_trusts(trust)), tuple(hidden))


# -- Google Cloud and Azure --------------------------------------------------------------------------


def _google_grant(grant: Resource) -> Grant:
    role = setting(grant.properties, "role")
    text = partial_text(role.value) if role is not None else ""
    span = role.span if role is not None else grant.head
    where = grant.kind.removeprefix("google_").partition("_iam_")[0]
    target = [shape(one) for name, one in sorted(grant.properties.entries.items()) if name not in ("member", "members")]
    wide = ""
    if text in _WIDE_ROLES:
        wide = f"`{text}` allows nearly everything"
    elif text in _WHOLE_SERVICES:
        wide = f"`{text}` allows every action of a service"
    elif where in ("project", "folder", "organization") and text.casefold().endswith("admin"):
        wide = f"`{text}` is given for a whole {where}"
    return Grant(span, (where, *target), wide)


def _google(facts: StackFacts, account: Resource) -> Identity:
    grants: list[Grant] = []
    trusts: list[Trust] = []
    for grant in facts.of(*_GOOGLE_GRANTS):
        members = [inner for key in ("member", "members") for one in settings(grant.properties, key)
                   for inner in each(one.value)]  # fmt: skip
        if grant.kind == "google_service_account_iam_member":
            owner = setting(grant.properties, "service_account_id")
            if owner is not None and facts.means(owner.value, account, "name") and any(
                partial_text(one).startswith("principal") for one in members
            ):
                trusts.extend(_google_trust(facts, grant, members))
        elif any(facts.means(one, account, "email") for one in members):
            grants.append(_google_grant(grant))
    return Identity(account, tuple(grants), tuple(trusts))


def _google_trust(facts: StackFacts, grant: Resource, members: list[Value]) -> Iterator[Trust]:
    """A pool's tokens are tied down by the members of the grant and by the condition of its provider."""
    for provider in facts.of("google_iam_workload_identity_pool_provider"):
        rule = setting(provider.properties, "attribute_condition")
        text = partial_text(rule.value) if rule is not None else ""
        narrow = any(word in text for word in ("assertion.sub", "assertion.ref", "assertion.environment",
                                               "attribute.ref", "attribute.environment", "google.subject"))  # fmt: skip
        subject = any("/subject/" in partial_text(one) for one in members)
        named = text.replace("repository_owner", "")
        by_repository = "repository" in named or "project_path" in named or "assertion.sub" in named or any(
            "/attribute.repo" in partial_text(one) and "owner/" not in partial_text(one) for one in members
        )
        level: Bound = "none"
        if subject or (by_repository and narrow):
            level = "bound"
        elif by_repository:
            level = "repository"
        elif "repository_owner" in text or narrow:
            level = "open"
        place = rule.span if rule is not None else provider.head
        yield Trust(provider.head, level, True, place)


# What makes a secret that lasts until somebody takes it back, and with which whoever has it gets in.
_KEYS = (
    "aws_iam_access_key", "google_service_account_key", "azuread_application_password",
    "azuread_service_principal_password", "AWS::IAM::AccessKey",
)  # fmt: skip


def lasting_keys(facts: StackFacts) -> tuple[Resource, ...]:
    """The keys that a stack makes for identities."""
    return tuple(facts.of(*_KEYS))


def _azure_grant(grant: Resource) -> Grant:
    role = setting(grant.properties, "role_definition_name")
    scope = setting(grant.properties, "scope")
    text = partial_text(role.value) if role is not None else ""
    mark = tuple(shape(one) for name, one in sorted(grant.properties.entries.items()) if name != "principal_id")
    wide = f"`{text}` allows nearly everything" if text.casefold() in _WIDE_ROLES else ""
    if not wide and scope is not None and "subscriptions/" in partial_text(scope.value) and (
        "resourceGroups" not in partial_text(scope.value)
    ):
        wide = f"`{text}` is given for a whole subscription"
    return Grant(role.span if role is not None else grant.head, mark, wide)


def _azure(facts: StackFacts, identity: Resource) -> Identity:
    grants = [
        _azure_grant(grant)
        for grant in facts.of("azurerm_role_assignment")
        if (owner := setting(grant.properties, "principal_id")) is not None
        and facts.means(owner.value, identity, "name")
    ]
    trusts = []
    for credential in facts.of("azurerm_federated_identity_credential"):
        names = ("parent_id", "user_assigned_identity_id")
        parent = next((one for name in names if (one := setting(credential.properties, name))), None)
        if parent is None or not facts.means(parent.value, identity, "id"):
            continue
        subject = setting(credential.properties, "subject")
        level = _subject(Word(partial_text(subject.value), subject.span)) if subject is not None else "none"
        audience = setting(credential.properties, "audience")
        place = subject.span if subject is not None else credential.head
        trusts.append(Trust(credential.head, level, audience is not None, place))
    return Identity(identity, tuple(grants), tuple(trusts))

