"""Whether a bucket refuses requests that travel without encryption.

AWS: S3 User Guide, "Security best practices for Amazon S3" (enforce encryption of data in transit by a policy that
denies where ``aws:SecureTransport`` is false).  Google Cloud Storage has no such switch.  Azure:
``azurerm_storage_account`` refuses plain HTTP unless it is told not to.
"""

from __future__ import annotations

from gradeline.facts.infrastructure import Answer, StackFacts, called, flag, setting
from gradeline.facts.infrastructure_policies import Statement, document
from gradeline.model.infrastructure import Resource

# The kind of a bucket, of the policy that is for it, and what the policy calls the bucket and itself.
_POLICIES = {
    "aws_s3_bucket": ("aws_s3_bucket_policy", "bucket", "policy", ("bucket", "id")),
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument", ("BucketName",)),
}
_READS = frozenset({"s3:*", "*", "s3:get*", "s3:getobject"})
_WRITES = frozenset({"s3:*", "*", "s3:put*", "s3:putobject"})


def refuses_plain(facts: StackFacts, bucket: Resource) -> Answer:
    name = called(bucket)
    if bucket.kind == "azurerm_storage_account":
        on, span = flag(bucket, "https_traffic_only_enabled", default=True)
        return Answer(on, f"`{name}` takes {'no ' if on else ''}requests without encryption", span)
    if bucket.kind not in _POLICIES:
        if bucket.kind.startswith("module:"):
            return Answer(None, f"what `{name}` refuses is set in a module that is not here", bucket.head)
        return Answer(True, f"the platform encrypts what travels to `{name}`", bucket.head)
    kind, owner, text, names = _POLICIES[bucket.kind]
    unclear: Answer | None = None
    weak: Answer | None = None
    for policy in facts.of(kind):
        named = setting(policy.properties, owner)
        mine = facts.means(named.value, bucket, *names) if named is not None else None
        if mine is False:
            continue
        found = document(facts, policy.properties.entries.get(text))
        good = next((one for one in found.statements if _refuses(one)), None)
        if mine and good is not None and policy.present:
            return Answer(True, f"`{name}` refuses requests without encryption", good.span)
        if mine is None or found.hidden or policy.opaque or policy.present is None:
            reason = f"what `{called(policy)}` says, or which bucket it is for, is not known"
            unclear = unclear or Answer(None, reason, policy.head)
        else:
            said = f"the policy of `{name}` does not refuse every request without encryption"
            weak = weak or Answer(False, said, policy.head)
    if bucket.opaque:
        unclear = unclear or Answer(None, f"what protects `{name}` cannot be seen", bucket.head)
    said = f"nothing here refuses requests to `{name}` without encryption"
    return unclear or weak or Answer(False, said, bucket.head)


def _refuses(statement: Statement) -> bool:
    """Whether a statement denies everybody what is in the bucket when the request is not encrypted."""
    if statement.allows or statement.inverted:
        return False
    if not any(word.text == "*" for _, word in statement.principals):
        return False
    tests = {(one.test, one.variable.casefold(), word.text.casefold()) for one in statement.conditions
             for word in one.values}  # fmt: skip
    plain = any((test, "aws:securetransport", "false") in tests for test in ("Bool", "BoolIfExists"))
    old = any(test.startswith("NumericLessThan") and name == "s3:tlsversion" for test, name, _ in tests)
    if len(statement.conditions) != 1 or not (plain or old):
        return False  # every further condition lets some requests through
    actions = {word.text.casefold() for word in statement.actions}
    objects = any(word.text.endswith("*") for word in statement.resources)
    return objects and bool(actions & _READS) and bool(actions & _WRITES)
