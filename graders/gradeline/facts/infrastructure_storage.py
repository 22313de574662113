"""Buckets and their protection: versions, encryption, no public access.

AWS: provider documentation of ``aws_s3_bucket`` and of the resources that complete it (since version 4 the settings
are resources of their own); S3 User Guide, "Blocking public access".  Google Cloud: ``google_storage_bucket``;
Cloud Storage documentation, "Default encryption".  Azure: ``azurerm_storage_account``; "Azure Storage encryption for
data at rest".  CloudFormation: ``AWS::S3::Bucket``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradeline.facts.infrastructure import (
    Answer,
    StackFacts,
    called,
    flag,
    known_text,
    known_truth,
    setting,
    settings,
)
from gradeline.model.infrastructure import Items, Resource
from gradeline.records import record
from gradeline.source import Span

ALGORITHMS = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})
BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
CFN_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read", "website")
_PUBLIC_GROUPS = ("/AllUsers", "/AuthenticatedUsers")
_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
S3_MODULE = "terraform-aws-modules/s3-bucket/aws"


@record
class Bucket:
    """``kind`` is that of its resource; ``log`` means that other buckets write their access logs into it."""

    resource: Resource
    versioned: Answer
    encrypted: Answer
    private: Answer
    log: bool = False

    @property
    def answers(self) -> tuple[Answer, ...]:
        return (self.versioned, self.encrypted, self.private)


def buckets(facts: StackFacts) -> tuple[Bucket, ...]:
    """Every bucket of a stack, in the order they are declared."""
    found = []
    for resource in facts.stack.resources:
        kind = resource.kind.partition("//")[0]
        reader = _KINDS.get(kind)
        if reader is not None:
            found.append(reader(facts, resource))
        elif kind.startswith("module:") and not kind.startswith(f"module:{S3_MODULE}") and _sounds_like_one(kind):
            found.append(_closed(resource))
    return tuple(found)


def _sounds_like_one(kind: str) -> bool:
    return any(word in kind.casefold() for word in ("s3-bucket", "s3_bucket", "cloud-storage", "storage-account"))


def _closed(resource: Resource) -> Bucket:
    answer = Answer(None, f"what protects `{called(resource)}` is in a module that is not here", resource.head)
    return Bucket(resource, answer, answer, answer)


# -- AWS ---------------------------------------------------------------------------------------------


def _helpers(facts: StackFacts, bucket: Resource, kind: str) -> tuple[list[Resource], list[Resource]]:
    """The resources of a kind that are for this bucket, and those that may be for it."""
    certain: list[Resource] = []
    possible: list[Resource] = []
    for helper, answers in _assigned(facts, kind, bucket.kind):
        answer = answers.get(id(bucket), False)
        if answer:
            (certain if helper.present else possible).append(helper)
        elif answer is None and True not in answers.values():  # it may be for this one, and is for no other
            possible.append(helper)
    return certain, possible


def _assigned(facts: StackFacts, kind: str, buckets_of: str) -> list[tuple[Resource, dict[int, bool | None]]]:
    """For each resource of a kind, whether it is for each bucket."""
    key = (kind, buckets_of)
    if key not in facts.memo:
        found = []
        for helper in facts.of(kind):
            named = setting(helper.properties, "bucket")
            value = named.value if named is not None else None
            found.append((helper, {id(one): facts.means(value, one, "bucket", "id") for one in facts.of(buckets_of)}))
        facts.memo[key] = found
    return facts.memo[key]  # type: ignore[return-value]


def _s3(facts: StackFacts, bucket: Resource) -> Bucket:
    return Bucket(
        bucket,
        _s3_versioned(facts, bucket),
        _s3_encrypted(facts, bucket),
        _s3_private(facts, bucket),
        _takes_logs(facts, bucket),
    )


def _takes_logs(facts: StackFacts, bucket: Resource) -> bool:
    named = [setting(one.properties, "target_bucket") for one in facts.of("aws_s3_bucket_logging")]
    named += [setting(one.properties, "logging", "target_bucket") for one in facts.of("aws_s3_bucket")]
    path = ("LoggingConfiguration", "DestinationBucketName")
    named += [setting(one.properties, *path) for one in facts.of("AWS::S3::Bucket")]
    return any(one is not None and facts.means(one.value, bucket, "bucket", "BucketName") for one in named)


def _open(bucket: Resource, possible: list[Resource], what: str) -> Answer | None:
    if possible:
        sentence = f"`{called(possible[0])}` may be for `{called(bucket)}`, but which bucket it is for is not known"
        return Answer(None, sentence, possible[0].head)
    if bucket.opaque:
        return Answer(None, f"{what} of `{called(bucket)}` cannot be seen: {bucket.opaque}", bucket.head)
    return None


def _s3_versioned(facts: StackFacts, bucket: Resource) -> Answer:
    name = called(bucket)
    certain, possible = _helpers(facts, bucket, "aws_s3_bucket_versioning")
    for helper in certain:
        status = setting(helper.properties, "versioning_configuration", "status")
        span = status.span if status is not None else helper.head
        text = known_text(status.value) if status is not None else ""
        if text is None:
            return Answer(None, f"whether `{name}` keeps versions is not known", span)
        if text.casefold() != "enabled":
            return Answer(False, f"`{name}` keeps no versions: its status is `{text or 'not set'}`", span)
        return Answer(True, f"`{name}` keeps versions", span)
    inline = setting(bucket.properties, "versioning", "enabled")
    if inline is not None:
        on = known_truth(inline.value)
        return Answer(on, f"`{name}` keeps {'' if on else 'no '}versions", inline.span)
    found = _open(bucket, possible, "the versioning")
    return found or Answer(False, f"`{name}` keeps no versions: nothing here switches them on", bucket.head)


def _s3_encrypted(facts: StackFacts, bucket: Resource) -> Answer:
    name = called(bucket)
    certain, possible = _helpers(facts, bucket, "aws_s3_bucket_server_side_encryption_configuration")
    path = ("rule", "apply_server_side_encryption_by_default", "sse_algorithm")
    found = [(one, setting(one.properties, *path)) for one in certain]
    inline = setting(bucket.properties, "server_side_encryption_configuration", *path)
    if inline is not None:
        found.append((bucket, inline))
    for helper, chosen in found:
        span = chosen.span if chosen is not None else helper.head
        text = known_text(chosen.value) if chosen is not None else ""
        if text is None:
            return Answer(None, f"how `{name}` is encrypted is not known", span)
        if text not in ALGORITHMS:
            return Answer(False, f"`{text or 'nothing'}` is no way to encrypt `{name}`", span)
        return Answer(True, f"`{name}` is encrypted with `{text}`", span)
    opened = _open(bucket, possible, "the encryption")
    return opened or Answer(False, f"nothing here says how `{name}` is encrypted", bucket.head)


def _s3_private(facts: StackFacts, bucket: Resource) -> Answer:
    name = called(bucket)
    grant = _s3_grant(facts, bucket)
    if grant is not None and grant.holds is False:
        return grant
    certain, possible = _helpers(facts, bucket, "aws_s3_bucket_public_access_block")
    certain = certain or [one for one in facts.of("aws_s3_account_public_access_block") if one.present]
    for helper in certain:
        for part in BLOCKS:
            on, span = flag(helper, part)
            if on is not True:
                said = "is not known" if on is None else "is off"
                return Answer(on, f"`{part}` of `{name}` {said}", span)
        return grant or Answer(True, f"nobody outside can be given access to `{name}`", helper.head)
    return _open(bucket, possible, "the public access") or Answer(
        False, f"nothing here blocks public access to `{name}`", bucket.head
    )


def _s3_grant(facts: StackFacts, bucket: Resource) -> Answer | None:
    """Somebody outside who is let in by a list of rights."""
    certain, _ = _helpers(facts, bucket, "aws_s3_bucket_acl")
    for resource in (bucket, *certain):
        acl = setting(resource.properties, "acl")
        if acl is None:
            continue
        text = known_text(acl.value)
        if text in _PUBLIC_ACLS:
            return Answer(False, f"the list of rights `{text}` opens `{called(bucket)}` to everybody", acl.span)
        if text is None:
            return Answer(None, f"who may read `{called(bucket)}` is not known", acl.span)
    for resource in (bucket, *certain):
        for path in (("grant", "uri"), ("access_control_policy", "grant", "grantee", "uri")):
            for group in settings(resource.properties, *path):
                if (known_text(group.value) or "").endswith(_PUBLIC_GROUPS):
                    return Answer(False, f"a grant opens `{called(bucket)}` to everybody", group.span)
    return None


def _s3_module(facts: StackFacts, call: Resource) -> Bucket:
    """The bucket of the best known module; since its version 4 it blocks public access by itself."""
    name = called(call)
    status = next(
        (one for one in (setting(call.properties, "versioning", key) for key in ("enabled", "status")) if one), None
    )
    text = (known_text(status.value) or "?").casefold() if status is not None else ""
    keeps = None if text == "?" else text in ("true", "enabled")
    versioned = Answer(
        keeps, f"`{name}` keeps {'' if keeps else 'no '}versions", status.span if status is not None else call.head
    )
    path = ("server_side_encryption_configuration", "rule", "apply_server_side_encryption_by_default", "sse_algorithm")
    chosen = setting(call.properties, *path)
    algorithm = known_text(chosen.value) if chosen is not None else ""
    sure = None if algorithm is None else algorithm in ALGORITHMS
    said = f"`{name}` is encrypted with `{algorithm}`" if sure else f"nothing here says how `{name}` is encrypted"
    encrypted = Answer(sure, said, chosen.span if chosen is not None else call.head)
    private = Answer(True, f"nobody outside can be given access to `{name}`", call.head)
    for part in BLOCKS:
        found = setting(call.properties, part)
        on = known_truth(found.value) if found is not None else True
        if found is not None and on is not True:
            private = Answer(on, f"`{part}` of `{name}` is off", found.span)
            break
    acl = setting(call.properties, "acl")
    if acl is not None and known_text(acl.value) in _PUBLIC_ACLS:
        private = Answer(False, f"the list of rights opens `{name}` to everybody", acl.span)
    return Bucket(call, versioned, encrypted, private)


def _cloudformation(facts: StackFacts, bucket: Resource) -> Bucket:
    name = called(bucket)
    status = setting(bucket.properties, "VersioningConfiguration", "Status")
    text = known_text(status.value) if status is not None else ""
    keeps = None if text is None else text == "Enabled"
    place = status.span if status is not None else bucket.head
    versioned = Answer(keeps, f"`{name}` keeps {'' if keeps else 'no '}versions", place)
    path = ("BucketEncryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionByDefault", "SSEAlgorithm")
    chosen = setting(bucket.properties, *path)
    algorithm = known_text(chosen.value) if chosen is not None else ""
    sure = None if algorithm is None else algorithm in ALGORITHMS
    said = f"`{name}` is encrypted with `{algorithm}`" if sure else f"nothing here says how `{name}` is encrypted"
    encrypted = Answer(sure, said, chosen.span if chosen else bucket.head)
    private = Answer(True, f"nobody outside can be given access to `{name}`", bucket.head)
    for part in CFN_BLOCKS:
        on, span = flag(bucket, "PublicAccessBlockConfiguration", part)
        if on is not True:
            private = Answer(on, f"`{part}` of `{name}` is {'not known' if on is None else 'off'}", span)
            break
    acl = setting(bucket.properties, "AccessControl")
    if acl is not None and (known_text(acl.value) or "").startswith(("Public", "Authenticated")):
        private = Answer(False, f"the list of rights opens `{name}` to everybody", acl.span)
    answers = (versioned, encrypted, private)
    if bucket.opaque:  # what is not seen may be there
        hidden = Answer(None, f"what protects `{name}` cannot be seen: {bucket.opaque}", bucket.head)
        answers = tuple(one if one.holds else hidden for one in answers)  # type: ignore[assignment]
    return Bucket(bucket, *answers, _takes_logs(facts, bucket))


# -- Google Cloud and Azure --------------------------------------------------------------------------


def _gcs(facts: StackFacts, bucket: Resource) -> Bucket:
    name = called(bucket)
    on, span = flag(bucket, "versioning", "enabled")
    versioned = Answer(on, f"`{name}` keeps {'' if on else 'no '}versions", span)
    encrypted = Answer(True, f"the platform encrypts everything in `{name}`", bucket.head)
    uniform, span = flag(bucket, "uniform_bucket_level_access")
    private = Answer(uniform, f"rights to `{name}` can only be given for the bucket as a whole", span)
    if uniform is not True:
        said = f"rights to single objects of `{name}` can be given to anybody"
        private = Answer(uniform, said if uniform is False else f"who may read `{name}` is not known", span)
    prevention = setting(bucket.properties, "public_access_prevention")
    for span in _gcs_everybody(facts, bucket):
        private = Answer(False, f"`{name}` is open to everybody", span)
    if private.holds is None and prevention is not None and known_text(prevention.value) == "enforced":
        private = Answer(None, private.sentence, private.span)
    return Bucket(bucket, versioned, encrypted, private)


def _gcs_everybody(facts: StackFacts, bucket: Resource) -> Iterator[Span]:
    kinds = ("google_storage_bucket_iam_member", "google_storage_bucket_iam_binding",
             "google_storage_bucket_access_control", "google_storage_default_object_access_control")  # fmt: skip
    for grant in facts.of(*kinds):
        named = setting(grant.properties, "bucket")
        if named is None or facts.means(named.value, bucket, "name") is False:
            continue
        for key in ("member", "members", "entity"):
            for one in settings(grant.properties, key):
                inner = one.value.items if isinstance(one.value, Items) else (one.value,)
                if any(known_text(value) in _EVERYBODY for value in inner):
                    yield one.span


def _azure(facts: StackFacts, account: Resource) -> Bucket:
    name = called(account)
    on, span = flag(account, "blob_properties", "versioning_enabled")
    versioned = Answer(on, f"`{name}` keeps {'' if on else 'no '}versions", span)
    encrypted = Answer(True, f"the platform encrypts everything in `{name}`", account.head)
    public, span = flag(account, "allow_nested_items_to_be_public", default=True)
    said = "can" if public else "cannot"
    private = Answer(None if public is None else not public, f"containers of `{name}` {said} be made public", span)
    for container in facts.of("azurerm_storage_container"):
        access = setting(container.properties, "container_access_type")
        owner = setting(container.properties, "storage_account_id") or setting(
            container.properties, "storage_account_name"
        )
        if access is None or owner is None or facts.means(owner.value, account, "name") is False:
            continue
        if known_text(access.value) in ("blob", "container"):
            private = Answer(False, f"a container of `{name}` is open to everybody", access.span)
    return Bucket(account, versioned, encrypted, private)


_KINDS: dict[str, Callable[[StackFacts, Resource], Bucket]] = {
    "aws_s3_bucket": _s3,
    f"module:{S3_MODULE}": _s3_module,
    "AWS::S3::Bucket": _cloudformation,
    "google_storage_bucket": _gcs,
    "azurerm_storage_account": _azure,
}

