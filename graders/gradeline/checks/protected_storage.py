"""Every bucket keeps old versions, is encrypted, and can be opened to nobody outside.

What it looks for
    For each bucket of the infrastructure: its versions are kept, how it is encrypted is said or the platform always
    does it, and public access is refused as a whole.  The settings may stand in the bucket, in resources that belong
    to it, or in a module of the submission.

What does not count
    Settings for one bucket when there are two, settings that belong to no bucket, versions that are suspended, a
    block of public access with one of its parts off, and a list of rights that opens the bucket.  A bucket that only
    takes the access logs of others needs no versions.  With ``transport``, a policy that only allows, that is for the
    bucket without what is in it, or that lets some requests through by another condition.

How to repair
    Give each bucket the three settings.  A loop over the buckets forgets none.

Parameters
    ``count``: how many buckets there are at least (1).  ``transport``: true when each bucket also has to refuse what
    travels without encryption.
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.checks.support.stacks import NO_STACK, chosen_stacks, guarded, sentence, softened, unseen_modules
from gradeline.facts.case import Case
from gradeline.facts.infrastructure import Answer, StackFacts, called
from gradeline.facts.infrastructure_storage import Bucket, buckets
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="I2",
    family="iac",
    params={"count": {"type": "integer", "minimum": 1}, "transport": {"type": "boolean"}},
    reads=("infrastructure",),
)

ABOUT = ("bucket", "s3", "storage", "module", "locals")


def run(case: Case, count: int = 1, transport: bool = False, pipelines: list[str] | None = None) -> Verdict:
    stacks = chosen_stacks(case, pipelines)
    if not stacks:
        return NO_STACK
    return softened(stacks, _judged(stacks, count, transport))


def _judged(stacks: tuple[StackFacts, ...], count: int, transport: bool) -> Verdict:
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    both = [(stack, bucket) for stack in stacks for bucket in buckets(stack)]
    found = [bucket for _, bucket in both]
    for stack, bucket in both:
        asked = _asked(bucket)
        if transport:
            from gradeline.facts.infrastructure_transport import refuses_plain

            asked = (*asked, refuses_plain(stack, bucket.resource))
        for answer in asked:
            evidence = [Evidence(answer.span, "problem", answer.sentence)]
            if answer.span != bucket.resource.head:
                evidence.append(Evidence(bucket.resource.head, "context", "the bucket"))
            if answer.holds is False:
                return Verdict("unmet", sentence(answer.sentence), tuple(evidence))
            if answer.holds is None:
                unclear = unclear or Verdict("cannot_tell", sentence(answer.sentence), tuple(evidence))
            proofs.append(Evidence(answer.span, "proof", answer.sentence))
    if unclear is not None:
        return unclear
    if len({called(bucket.resource) for bucket in found}) < count:
        return unseen_modules(stacks) or _too_few(stacks[0].stack.span, len(found), count)
    return guarded(stacks, Verdict("met", "Every bucket keeps versions, is encrypted and is closed.",
                                   tuple(dict.fromkeys(proofs))), ABOUT)  # fmt: skip


def _asked(bucket: Bucket) -> tuple[Answer, ...]:
    return (bucket.encrypted, bucket.private) if bucket.log else bucket.answers


def _too_few(span: Span, found: int, count: int) -> Verdict:
    message = "No bucket is declared." if found == 0 else f"Only {found} of {count} buckets are declared."
    return Verdict("unmet", message, (Evidence(span, "problem", "looked through every file of this folder"),))
