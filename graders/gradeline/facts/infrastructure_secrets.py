"""Secret values in infrastructure: where they come in, where they are shown.

Terraform documentation, "Manage sensitive data": a value marked as sensitive is hidden from the terminal and still
stands in the state; one that is ephemeral, or an argument that is only written, does not.  CloudFormation Template
Reference, "Parameters" (``NoEcho`` hides nothing in ``Metadata`` and ``Outputs``, and no default); User Guide, "Get
values stored in other services using dynamic references" (none is filled in in ``UserData`` and in metadata).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from gradeline.facts.infrastructure import StackFacts, called, each
from gradeline.model.infrastructure import Items, Parameter, Plain, Table, Unresolved, Value, inner
from gradeline.records import record
from gradeline.source import Span

# Words of names that mean a value nobody but its owner may know, and words that take that meaning back.
_SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|secrets|token|api_?key|private_?key|access_?key|credential|credentials"
    r"|client_?secret|webhook_?url|dsn|connection_?string)(?:$|_)"
)
_NOT_SECRET = re.compile(
    r"(?:_|^)(?:arn|arns|template|validity|units|duration|characters|id|ids|name|names|path|paths|length|version|versions|ttl|rotation|days|enabled|policy|count"
    r"|kms|kms_key|prefix|url_path|lifetime|expiration|manager|type|audience|issuer|key_id|recovery_window|region|file)$"
)
# Attributes of resources that hold a secret (provider documentation, "Attributes Reference", marked sensitive).
ATTRIBUTES = {
    "random_password": ("result", "bcrypt_hash"),
    "tls_private_key": ("private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"),
    "aws_iam_access_key": ("secret", "ses_smtp_password_v4"),
    "aws_db_instance": ("password",),
    "aws_rds_cluster": ("master_password",),
    "aws_secretsmanager_secret_version": ("secret_string", "secret_binary"),
    "data.aws_secretsmanager_secret_version": ("secret_string", "secret_binary"),
    "data.aws_secretsmanager_random_password": ("random_password",),
    "aws_ssm_parameter": ("value",),
    "data.aws_ssm_parameter": ("value",),
    "google_service_account_key": ("private_key",),
    "google_secret_manager_secret_version": ("secret_data",),
    "data.google_secret_manager_secret_version": ("secret_data",),
    "azurerm_container_registry": ("admin_password",),
    "azurerm_storage_account": ("primary_access_key", "secondary_access_key", "primary_connection_string"),
    "data.azurerm_key_vault_secret": ("value",),
    "random_string": ("result",),
}
_MANAGED = frozenset({"ManageMasterUserPassword", "manage_master_user_password"})
# Settings by which a resource is known, and those that only sound so.
_IDENTIFIERS = ("Name", "Identifier")
_NO_IDENTIFIERS = frozenset({"DBName", "DatabaseName"})
_PLACEHOLDERS = frozenset({"", "changeme", "replace-me", "todo", "example"})
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DYNAMIC = ("resolve:secretsmanager:", "resolve:ssm-secure:")
Kind = Literal["default", "shown", "output", "literal", "lost"]


@record
class Exposed:
    """``kind``: a value in the files as ``default`` or as ``literal`` of a resource; a parameter that is ``shown``;
    an ``output`` that is; one that is ``lost``, as it is asked for where nothing fills it in."""

    kind: Kind
    name: str
    span: Span
    sentence: str


def is_secret_name(name: str) -> bool:
    """Whether a name says that its value is secret: ``db_password``, but not ``DbPasswordSecretArn``."""
    if name == "ServiceToken":  # the address of what makes a custom resource
        return False
    plain = _WORDS.sub("_", name).casefold().replace("-", "_")
    return bool(_SECRET.search(plain)) and not _NOT_SECRET.search(plain)


def secret_parameters(facts: StackFacts) -> tuple[Parameter, ...]:
    hides = facts.stack.platform == "cloudformation"  # there somebody hides only what is secret
    named = (one for one in facts.stack.parameters if is_secret_name(one.name) or (hides and one.hidden))
    return tuple(one for one in named if one.kind not in ("bool", "number", "Number") and not _looked_up(one))


def _looked_up(parameter: Parameter) -> bool:
    """Whether a parameter is the name of an entry of a store, and not what is in it."""
    return parameter.kind.startswith("AWS::SSM::")


def exposed(facts: StackFacts) -> Iterator[Exposed]:
    """Everything secret that is written down or shown, in the order of the files."""
    for parameter in secret_parameters(facts):
        name = parameter.name
        values = [("its default", parameter.default)] if parameter.default is not None else []
        values += [("a file of values", one) for one in parameter.given] if not parameter.module else []
        for where, value in values:
            if is_written(value):
                sentence = f"the value of the secret `{name}` stands in {where}"
                yield Exposed("default", name, value.span, sentence)
        if not parameter.hidden and not parameter.fleeting:
            sentence = f"`{name}` holds a secret, and nothing keeps it from being shown"
            yield Exposed("shown", name, parameter.head, sentence)
    yield from _literals(facts)
    yield from _beside(facts)
    for output in facts.stack.outputs:
        if output.hidden or output.fleeting:
            continue
        source = next((one for one in output.names if _gives_secret(facts, one)), None) or _secret_in(output.value)
        if source:
            sentence = f"the output `{output.name}` shows `{source}`"
            yield Exposed("output", output.name, output.head, sentence)


def _beside(facts: StackFacts) -> Iterator[Exposed]:
    """Secrets in what everybody may read beside a resource, and in scripts that a machine starts with."""
    for resource in facts.stack.resources:
        source = _hidden_in(facts, resource.notes)
        if source and resource.notes is not None:
            sentence = f"the metadata of `{called(resource)}` shows `{source}`"
            yield Exposed("output", source, resource.notes.span, sentence)
        for name, value in resource.properties.entries.items():
            place = resource.properties.places.get(name, value.span)
            if name.endswith(_IDENTIFIERS) and name not in _NO_IDENTIFIERS and (source := _secret_in(value)):
                sentence = f"the name of `{called(resource)}` shows `{source}`"
                yield Exposed("output", source, place, sentence)
        for name, value, place in leaves(resource.properties, whole=True):
            if name != "UserData":
                continue
            if _secret_in(value):
                sentence = f"nothing fills in a reference to a store in the `UserData` of `{called(resource)}`"
                yield Exposed("lost", name, place, sentence)
            elif source := _hidden_in(facts, value):
                sentence = f"whoever is on the machine reads `{source}` in the `UserData` of `{called(resource)}`"
                yield Exposed("output", source, place, sentence)


def _hidden_in(facts: StackFacts, value: Value | None) -> str:
    """The first secret that a value is made of."""
    secret = {f"var.{one.name}" for one in secret_parameters(facts)}
    found = (one.name for one in inner(value) if isinstance(one, Unresolved)) if value is not None else ()
    return next((name for name in found if name in secret or name.startswith(_DYNAMIC)), "")


def _secret_in(value: Value | None) -> str:
    """The first reference to a store of secrets in a value."""
    found = (one.name for one in inner(value) if isinstance(one, Unresolved)) if value is not None else ()
    return next((name for name in found if name.startswith(_DYNAMIC)), "")


def dynamic(facts: StackFacts) -> Iterator[Span]:
    """Where properties take their value from a store of secrets, or have the platform make and keep it."""
    for resource in facts.stack.resources:
        if resource.kind == "AWS::SecretsManager::Secret" and "GenerateSecretString" in resource.properties.entries:
            yield resource.head
        for name, value, place in leaves(resource.properties):
            if _secret_in(value) or (name in _MANAGED and isinstance(value, Plain) and value.data is True):
                yield place


def is_written(value: Value | None) -> bool:
    if not isinstance(value, Plain) or isinstance(value.data, bool):
        return False
    text = "" if value.data is None else str(value.data)
    marked = text.startswith("<") or "${" in text
    return text.strip().casefold() not in _PLACEHOLDERS and not marked


def _literals(facts: StackFacts) -> Iterator[Exposed]:
    """Secret arguments of resources with their value beside them."""
    for resource in facts.stack.resources:
        inside = range(resource.span.line, resource.span.end_line + 1)
        for path, value, place in leaves(resource.properties):
            if not is_secret_name(path) or not is_written(value):
                continue
            here = value.span.path == resource.span.path
            if here and (value.span.line in inside or facts.stack.platform == "cloudformation"):
                sentence = f"the secret `{path}` of `{called(resource)}` stands in the file"
                yield Exposed("literal", path, place, sentence)


def leaves(table: Table, whole: bool = False) -> Iterator[tuple[str, Value, Span]]:
    """Every value that is not made of others, with the name of its setting; ``whole`` also gives lists and tables."""
    waiting: list[tuple[str, Value, Span]] = [
        (name, value, table.places.get(name, value.span)) for name, value in table.entries.items()
    ]
    steps = 5_000
    while waiting and steps:
        steps -= 1
        name, value, place = waiting.pop(0)
        if whole and isinstance(value, Items | Table):
            yield name, value, place
        if isinstance(value, Table):
            waiting += [(key, one, value.places.get(key, one.span)) for key, one in value.entries.items()]
        elif isinstance(value, Items):
            waiting += [(name, one, place) for one in each(value)]
        else:
            yield name, value, place


def _gives_secret(facts: StackFacts, name: str) -> bool:
    """Whether a name of a parameter or of an attribute gives a secret value."""
    plain = name
    while plain.startswith("module."):
        plain = plain.split(".", 2)[2] if plain.count(".") > 1 else ""
    parts = plain.split(".")
    if parts[0] == "var" and len(parts) > 1:
        return any(one.name == parts[1] for one in secret_parameters(facts)) or any(
            one.name == parts[1] and one.hidden for one in facts.stack.parameters
        )
    kind, rest = (f"{parts[0]}.{parts[1]}", parts[3:]) if parts[0] in ("data", "ephemeral") else (parts[0], parts[2:])
    wanted = ATTRIBUTES.get(kind, ())
    return bool(rest) and rest[0] in wanted
