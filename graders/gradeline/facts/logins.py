"""How a pipeline gets an identity: by what a step is known to do, and by the commands of its script."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import performed
from gradeline.model.effects import Login
from gradeline.model.pipeline import Unit
from gradeline.model.text import Text

# Commands that exchange an identity token: their first words, and an option that must be there, if any.
# AWS CLI, sts assume-role-with-web-identity; Google Cloud CLI, auth login --cred-file; Azure CLI, az login
# --federated-token; HashiCorp Vault, JWT/OIDC auth method.
_FEDERATED: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("aws", "sts", "assume-role-with-web-identity"), "", "aws"),
    (("gcloud", "auth", "login"), "--cred-file", "gcp"),
    (("az", "login"), "--federated-token", "azure"),
)
_STATIC: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("gcloud", "auth", "activate-service-account"), ("--key-file",), "gcp"),
    (("az", "login"), ("-p", "--password"), "azure"),
)
# Variables from which a cloud's tools take the identity token by themselves (AWS SDKs and Tools Reference,
# "Assume role credential provider"; Azure Identity, WorkloadIdentityCredential).
_BY_VARIABLES = {
    "aws": ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "azure": ("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    "gcp": ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIAL_CONFIG"),
}
_CLOUD_TOOLS = {"aws": ("aws",), "az": ("azure",), "gcloud": ("gcp",)}
# These take the libraries of whichever cloud they are asked to work with, and so the same variables (DVC documentation,
# "Amazon S3 and compatible servers"; Terraform AWS provider, "Authentication"); a program may do so as well.
_SDKS = frozenset({"dvc", "terraform", "tofu", "terragrunt", "pulumi", "packer", "cdk", "sam", "python", "python3"})


def logins(facts: PipelineFacts, unit: Unit) -> tuple[Login, ...]:
    """Every login that some run of a unit reaches, in the order of its steps, then those of its commands."""
    found = [item.effect for item in performed(facts, Login, unit)]
    for item in facts.activities:
        if item.unit.id == unit.id:
            found.extend(_command(item))
    return tuple(dict.fromkeys(found))


def _command(item: Activity) -> Iterator[Login]:
    words = item.invocation.words if item.invocation is not None else ()
    options = {word.partition("=")[0] for word in words}
    for start, option, provider in _FEDERATED:
        if words[: len(start)] == start and (not option or option in options):
            yield Login(item.span, "cloud", provider, federated=True)
            return
    for start, wanted, provider in _STATIC:
        if words[: len(start)] == start and options & set(wanted):
            yield Login(item.span, "cloud", provider, static=(Text(item.text, item.span),))
            return
    if _asks_vault(words):
        yield Login(item.span, "cloud", "vault", federated=True)
    elif words[:1] and (providers := tuple(_BY_VARIABLES) if words[0] in _SDKS else _CLOUD_TOOLS.get(words[0], ())):
        bound = {variable.name for variable in (*item.unit.env, *item.step.env)}
        if item.invocation is not None:
            bound |= {name for name, _ in item.invocation.environment}
        for provider in providers:
            if set(_BY_VARIABLES[provider]) <= bound:
                yield Login(item.span, "cloud", provider, federated=True)


# The option that names what is obtained, by the first words of a command that logs in.
_NAMED: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("aws", "sts", "assume-role-with-web-identity"), ("--role-arn",), "aws"),
    (("gcloud", "auth", "login"), ("--cred-file", "--account"), "gcp"),
    (("az", "login"), ("-u", "--username", "--client-id"), "azure"),
)


def is_login(item: Activity) -> bool:
    """Whether a command obtains an identity of a cloud."""
    return any(login.kind == "cloud" for login in _command(item))


def command_identity(item: Activity) -> tuple[str, str]:
    """The cloud, and the role or account that a command asks for; the second is empty when it does not say."""
    words = item.invocation.words if item.invocation is not None else ()
    for start, options, provider in _NAMED:
        if words[: len(start)] != start:
            continue
        for at, word in enumerate(words):
            name, equals, value = word.partition("=")
            if name in options:
                return provider, value if equals else words[at + 1] if at + 1 < len(words) else ""
        return provider, ""
    return next((login.provider for login in _command(item) if login.kind == "cloud"), ""), ""


def _asks_vault(words: tuple[str, ...]) -> bool:
    """``vault write auth/jwt/login`` and ``vault login -method=jwt``."""
    if words[:2] == ("vault", "write"):
        return any("/jwt/login" in word or "/oidc/login" in word for word in words)
    return words[:2] == ("vault", "login") and any(word.startswith("-method=jwt") for word in words)
