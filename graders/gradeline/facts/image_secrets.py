"""Where a build leaves a secret in its layers or its history.

Docker documentation, "Build secrets" and build check SecretsUsedInArgOrEnv: arguments and variables stay in the
image; a file that a later layer deletes is still in the earlier one; a secret mount leaves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.facts.activities import Activity
from gradeline.facts.credential_values import credential_name, judge
from gradeline.facts.image_run_secrets import written_secrets
from gradeline.facts.images import ImageFacts
from gradeline.facts.secret_persistence import Kept
from gradeline.model.image import Assign, Copy, Run, Value
from gradeline.source import Span

# Files that are made to hold credentials, by name; the second list holds ones that often do.
_SECRET_NAMES = frozenset(
    {
        ".env", ".netrc", "_netrc", ".pypirc", ".git-credentials", "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa",
        "kubeconfig", "credentials.json", "service-account.json", "service_account.json", ".dockerconfigjson",
        "terraform.tfvars", "config.local",
    }
)  # fmt: skip
_MAYBE_NAMES = frozenset({".npmrc", "pip.conf", ".yarnrc.yml", "uv.toml"})
_SECRET_FOLDERS = frozenset({".aws", ".ssh", ".gnupg", ".kube", ".azure"})
_SECRET_ENDINGS = (".p12", ".pfx", ".kubeconfig", ".key", ".pem")
# Programs that bring something in from elsewhere, so that a credential may be of use to them.
_FETCHERS = frozenset(
    {
        "git", "curl", "wget", "ssh", "scp", "rsync", "pip", "pip3", "uv", "poetry", "pipenv", "pdm", "pixi", "conda",
        "mamba", "micromamba", "npm", "yarn", "pnpm", "apt", "apt-get", "apk", "dnf", "aws", "gcloud", "az", "dvc",
        "mlflow", "hf", "huggingface-cli", "oras", "crane",
    }
)  # fmt: skip
_HARMLESS_TAILS = ("_file", "_path", "_url", "_uri", "_name", "_version", "_type", "_dir", "_header", "_mode")


def image_secrets(facts: ImageFacts) -> Iterator[Kept]:
    """Every place of a build file that keeps a secret; all stages count, also those that are thrown away,
    because their layers lie in caches."""
    for item in facts.image.arguments:
        yield from _assigned(item)
    for stage in facts.image.stages:
        for number, instruction in enumerate(stage.instructions):
            if isinstance(instruction, Assign):
                yield from _assigned(instruction)
            elif isinstance(instruction, Copy):
                yield from _copied(facts, instruction)
            elif isinstance(instruction, Run):
                later = [one for one in stage.instructions[number + 1 :] if isinstance(one, Run)]
                yield from written_secrets(instruction, later)


def _assigned(item: Assign) -> Iterator[Kept]:
    kind = credential_name(item.name)
    text = item.value.text if item.value is not None else None
    if kind is not None and not item.name.lower().endswith(_HARMLESS_TAILS):
        if item.kind == "arg":
            yield Kept(f"the build argument `{item.name}` stays readable in the history of the image", item.span)
            return
        if text is None or (item.value is not None and item.value.arguments) or judge(text, kind) is not None:
            yield Kept(f"the variable `{item.name}` stays in the image", item.span)
            return
    if item.value is not None and _address_with_password(item.value):
        yield Kept(f"`{item.name}` holds an address with its password", item.span)


def _address_with_password(value: Value) -> bool:
    written = value.written.raw
    start = written.find("://")
    while start >= 0:
        authority = written[start + 3 :].split("/")[0].split()
        user, at, _ = authority[0].rpartition("@") if authority else ("", "", "")
        if at and ":" in user and user.partition(":")[2]:
            return True
        start = written.find("://", start + 3)
    return False


def _copied(facts: ImageFacts, item: Copy) -> Iterator[Kept]:
    if item.origin != "context":
        return
    for source in item.sources:
        if source.text is None:
            continue
        named = is_secret_file(source.text)
        if named:
            if facts.files.excluded(facts.files.in_repository(source.text)):
                continue  # it is left out of the context, so the build stops here
            certain = named == "certain" or _has_credentials(facts, source.text)
            what = "" if certain else " may hold credentials, and it"
            yield Kept(f"`{source.text}`{what} stays in a layer of the image", item.span, certain)
            continue
        for path in facts.files.taken(source):
            if is_secret_file(path) == "certain" and not any(fnmatchcase(path, one) for one in item.excluded):
                yield Kept(f"`{path}` is copied along and stays in a layer of the image", item.span)
                break


def is_secret_file(path: str) -> str:
    """``certain`` for a file that is made to hold credentials, ``maybe`` for one that often does, else empty."""
    parts = path.strip("/").split("/")
    name = parts[-1].lower()
    if name in _SECRET_NAMES or (name.startswith(".env.") and not name.endswith((".example", ".sample", ".template"))):
        return "certain"
    if _SECRET_FOLDERS.intersection(parts[:-1]) or name in _SECRET_FOLDERS or path.endswith(".docker/config.json"):
        return "certain"
    return "maybe" if name in _MAYBE_NAMES or name.endswith(_SECRET_ENDINGS) else ""


def _has_credentials(facts: ImageFacts, path: str) -> bool:
    source = facts.project.files.get(facts.files.in_repository(path))
    if source is None:
        return False
    from gradeline.facts.credentials import find_credentials

    return bool(find_credentials(source))


def secret_mounts(facts: ImageFacts) -> Iterator[Span]:
    """The places where a build takes a secret in the way that leaves nothing."""
    for stage in facts.image.stages:
        for instruction in stage.instructions:
            if isinstance(instruction, Run):
                yield from (mount.span for mount in instruction.mounts if mount.kind in ("secret", "ssh"))


def used_secrets(facts: ImageFacts) -> Iterator[Span]:
    """The mounts of secrets that a command of a build really fetches something with."""
    for stage, number, run in facts.runs():
        mounts = [mount for mount in run.mounts if mount.kind in ("secret", "ssh")]
        if mounts and any(_fetches(facts, command) for command in facts.commands(stage, number)):
            yield from (mount.span for mount in mounts)


def _fetches(facts: ImageFacts, command: Activity) -> bool:
    words = command.invocation.words if command.invocation is not None else ()
    if command.opaque or any(not reading.pretends for reading in facts.toolbox.installs(command)):
        return True
    name = words[0].rsplit("/", 1)[-1] if words else ""
    module = words[2] if name.startswith("python") and words[1:2] == ("-m",) and len(words) > 2 else ""
    return name in _FETCHERS or module in _FETCHERS
