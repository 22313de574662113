"""Literal credentials in a text file of any kind.

Learners hide them in good faith and bad: under another name, in base64, cut in two, as a default.
What is found has an exact span and a masked preview; what is *not* a credential (placeholders,
documented examples, references to a store, hashes, public keys, sealed values) is left alone.
Cost is linear in the size of the file, whatever is in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice, pairwise, zip_longest

from gradeline.facts.credential_arguments import scan_arguments
from gradeline.facts.credential_assignments import Scan, follow_names, scan_assignments
from gradeline.facts.credential_data import credential_data
from gradeline.facts.credential_literals import REFERENCE, Dialect, Part, dialect_of, reference
from gradeline.facts.credential_values import (
    Confidence,
    decode_base64,
    entropy,
    is_placeholder,
    is_reference,
    is_service_default,
    judge,
    looks_random,
    mask,
    matches_format,
)
from gradeline.facts.credential_views import View, continued, joined
from gradeline.records import record, replace
from gradeline.source import SourceFile, Span

_MAX_FINDINGS = 500
_MAX_RUNS = 2000
_MAX_REFERENCES = 20_000
_NEAR = 400  # how far a secret key may stand from its access key id

_BASE64_RUN = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{16,65536}+={0,2}")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_PEM_NOISE = re.compile(r"\\[nr]|[\s\"',\\>]")
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]{64,}+")
_USERINFO = re.compile(
    r"(?P<user>[^\s/:@\"'<>`]{0,100}+)(?::(?P<password>[^\s/@\"'<>`]{1,400}+))?@(?P<host>\[?[A-Za-z0-9.:_${}-]{1,253}+)"
)
_DOCUMENT = re.compile(r"(?m)^---")
_KIND = re.compile(r"(?m)^kind:[ \t]{0,8}[\"']?(?P<kind>SealedSecret|Secret)\b")
_ROW = re.compile(r"[ \t]{1,40}[\"']?[\w.\-]{1,120}[\"']?:[ \t]{1,8}[\"']?(?P<value>[^\s\"']{8,4096})[\"']?\s{0,8}$")
_ANY_REFERENCE = re.compile(REFERENCE.pattern + r"|\{(?P<g>[A-Za-z_]\w{0,80}+)\}")
_GLUE = re.compile(r"[A-Za-z0-9_\-]{0,80}")
_SUM = re.compile(r"(?<![\w.])(?P<left>[A-Za-z_]\w{0,80}+)[ \t]{0,4}\+[ \t]{0,4}(?=(?P<right>[A-Za-z_]\w{0,80}+))")
# Names that no machine has (RFC 2606). Hosts of the top-level domain `example` are those of the course.
_EXAMPLE_HOSTS = (".invalid", ".test", "example.com", "example.org", "example.net")


@record
class CredentialFinding:
    """A literal credential.

    ``kind`` is a short word (``github-token``, ``private-key``, ``password``, ...); ``preview`` the first
    characters of the value, masked; ``reason`` a sentence for the learner.  ``confidence`` is ``high`` for
    known formats and random values, ``medium`` for words a person could have chosen.
    """

    kind: str
    span: Span
    preview: str
    confidence: Confidence
    reason: str


@record
class _Hit:
    """A finding before its place is known as line and column; a lower ``rank`` wins an overlap."""

    rank: int
    start: int
    end: int
    kind: str
    value: str
    confidence: Confidence
    reason: str


def find_credentials(source: SourceFile) -> tuple[CredentialFinding, ...]:
    """The literal credentials of a file in the order of their places; at most 500 are reported."""
    if len(source.text) <= _MAX_REMEMBERED:
        return _remembered(source)
    return _remembered_long(source) if len(source.text) <= _MAX_LONG else _found(source)


# Several checks look into the same files, and the files of a kit are the same in every submission of a batch.
# Short texts, and a few longer ones such as lock files, so that nobody can fill the memory.
_MAX_REMEMBERED = 65_536
_MAX_LONG = 524_288


@lru_cache(maxsize=256)
def _remembered(source: SourceFile) -> tuple[CredentialFinding, ...]:
    return _found(source)


@lru_cache(maxsize=6)
def _remembered_long(source: SourceFile) -> tuple[CredentialFinding, ...]:
    return _found(source)


def _found(source: SourceFile) -> tuple[CredentialFinding, ...]:
    view = continued(source.text)
    hits = [_moved(hit, view) for hit in _hits(view.text, dialect_of(source.path))]
    starts = [0]
    position = source.text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = source.text.find("\n", position + 1)
    return tuple(_finding(hit, source.path, starts) for hit in _without_overlaps(hits)[:_MAX_FINDINGS])


def offsets(text: str) -> tuple[tuple[int, int], ...]:
    """The places of the credentials in a text of no particular kind, as offsets."""
    view = continued(text)
    hits = [_moved(hit, view) for hit in _hits(view.text, "config")]
    return tuple((hit.start, hit.end) for hit in _without_overlaps(hits)[:_MAX_FINDINGS])


def _finding(hit: _Hit, path: str, starts: list[int]) -> CredentialFinding:
    first, last = bisect_right(starts, hit.start), bisect_right(starts, max(hit.start, hit.end - 1))
    span = Span(path, first, hit.start - starts[first - 1] + 1, last, hit.end - starts[last - 1] + 1)
    return CredentialFinding(hit.kind, span, mask(hit.value), hit.confidence, hit.reason)


def _moved(hit: _Hit, view: View) -> _Hit:
    start, end = view.origin(hit.start, hit.end)
    return replace(hit, start=start, end=end)


def _without_overlaps(hits: list[_Hit]) -> list[_Hit]:
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, hit.rank, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        elif hit.rank < kept[-1].rank:
            kept[-1] = hit
    return kept


def _hits(text: str, dialect: Dialect, *, decode: bool = True) -> Iterator[_Hit]:
    known = list(_known_formats(text))
    yield from known
    yield from _aws_secrets(text, known)
    yield from _private_keys(text)
    yield from _addresses(text)
    whole = joined(text)
    for hit in _known_formats(whole.text):
        yield replace(_moved(hit, whole), rank=1, reason=f"{hit.reason} It was put together from pieces.")
    scan = scan_assignments(text, dialect)
    scan_arguments(scan)
    follow_names(scan)
    yield from _given(scan)
    yield from _composed(scan)
    yield from _secret_manifests(text)
    if decode:
        yield from _encoded(text)


def _known_formats(text: str) -> Iterator[_Hit]:
    for format_ in credential_data().formats:
        if not any(needle in text for needle in format_.needles):
            continue
        for count, match in enumerate(format_.pattern.finditer(text)):
            if count >= _MAX_FINDINGS:
                break
            start, end = match.span("value" if "value" in format_.pattern.groupindex else 0)
            around = text[max(0, start - _NEAR) : end + _NEAR] if format_.requires else ""
            if format_.requires and not any(mark in around for mark in format_.requires):
                continue
            confidence = matches_format(format_, text[start:end])
            if confidence is not None:
                article = "an" if format_.title[0] in "aAeEiIoO18" else "a"
                reason = f"This has the form of {article} {format_.title}."
                yield _Hit(0, start, end, format_.kind, text[start:end], confidence, reason)


def _aws_secrets(text: str, known: list[_Hit]) -> Iterator[_Hit]:
    for hit in known:
        if hit.kind != "aws-access-key-id":
            continue
        for match in _AWS_SECRET.finditer(text, max(0, hit.start - _NEAR), hit.end + _NEAR):
            value = match.group()
            if looks_random(value) and entropy(value) >= 4.0 and not is_placeholder(value):
                reason = "This has the form of an AWS secret access key, and its key ID stands next to it."
                yield _Hit(0, *match.span(), "aws-secret-access-key", value, "high", reason)


def _private_keys(text: str) -> Iterator[_Hit]:
    matches = list(_PEM.finditer(text))
    for match, following in zip_longest(matches, matches[1:]):
        limit = min(following.start() if following else len(text), match.end() + 16_384)
        end = text.find("-----END", match.end(), limit)
        body = _PEM_BODY.search(_PEM_NOISE.sub("", text[match.end() : limit if end < 0 else end]))
        if body is None or entropy(body.group()) < 4.0:
            continue
        tail = text.find("-----", end + 8, end + 60) if end >= 0 else -1
        stop = tail + 5 if tail >= 0 else match.end()
        yield _Hit(0, match.start(), stop, "private-key", match.group(), "high", "This is a private key.")


def _addresses(text: str) -> Iterator[_Hit]:
    position = text.find("://")
    while position >= 0:
        match = _USERINFO.match(text, position + 3)
        position = text.find("://", position + 3)
        if match is None:
            continue
        group = "password" if match["password"] is not None else "user"
        value, start, end = match[group], *match.span(group)
        confidence = _password_in_address(value, match["host"]) if group == "password" else None
        if confidence is None and looks_random(value) and not is_placeholder(value):
            confidence = "high"
        if confidence is not None:
            yield _Hit(2, start, end, "address-with-password", value, confidence, "This address carries its password.")


def _password_in_address(value: str, host: str) -> Confidence | None:
    data = credential_data()
    name = host.strip("[]").partition(":")[0].lower()
    local = name in data.local_hosts or "." not in name or host.startswith("[::1]")
    if len(value) < 3 or is_placeholder(value) or (local and (value.isalpha() or value.lower() in data.throwaway)):
        return None
    if looks_random(value):
        return "high"
    if name.endswith(_EXAMPLE_HOSTS) or is_reference(host):
        return None
    return None if local and judge(value, "password") is None else "medium"


def _given(scan: Scan) -> Iterator[_Hit]:
    sealed = _sealed_documents(scan.text)
    for given in scan.given:
        value = given.value
        if len(value) >= 200 and any(start <= given.start < end for start, end in sealed):
            continue
        if "auth" in given.by.lower() or "Basic" in given.by:
            decoded = decode_base64(value)
            confidence = judge(decoded.partition(":")[2] if decoded and ":" in decoded else value, given.kind)
        else:
            confidence = judge(value, given.kind)
        if confidence is None or (confidence == "medium" and is_service_default(given.by, value)):
            continue
        if scan.dialect == "prose" and confidence != "high":
            continue
        reason = f"A literal value is given to {given.by}."
        if decode_base64(value) is not None:
            reason += " Base64 hides it from the eye only."
        yield _Hit(3, given.start, given.end, given.kind, value, confidence, reason)


def _sealed_documents(text: str) -> list[tuple[int, int]]:
    """Documents of sealed secrets: their long values are ciphertext."""
    if "SealedSecret" not in text:
        return []
    edges = [0, *(match.start() for match in _DOCUMENT.finditer(text)), len(text)]
    kinds = [match.start() for match in _KIND.finditer(text) if match["kind"] == "SealedSecret"]
    return [(start, end) for start, end in pairwise(edges) if any(start <= kind < end for kind in kinds[:200])][:200]


def _secret_manifests(text: str) -> Iterator[_Hit]:
    """Every value of a Kubernetes Secret is in a credential's place, whatever its key is called."""
    if "kind:" not in text or "Secret" not in text:
        return
    edges = [0, *(match.start() for match in _DOCUMENT.finditer(text)), len(text)]
    for start, end in pairwise(edges):
        found = _KIND.search(text, start, end)
        if found is None or found["kind"] != "Secret":
            continue
        inside, position = False, start
        for line in text[start:end].splitlines(keepends=True):
            if line[:1].strip():
                inside = line.startswith(("data:", "stringData:"))
            elif inside and (row := _ROW.match(line)) and (confidence := judge(row["value"], "token")):
                first, last = row.span("value")
                reason = "A value stands in a Secret manifest as it is."
                yield _Hit(4, position + first, position + last, "secret-manifest", row["value"], confidence, reason)
            position += len(line)


def _encoded(text: str) -> Iterator[_Hit]:
    """Credentials one level of base64 away.  All decoded texts are searched as one."""
    pieces: list[str] = []
    runs: list[re.Match[str]] = []
    starts: list[int] = []
    length = 0
    for run in _BASE64_RUN.finditer(text):
        decoded = decode_base64(run.group())
        if decoded is not None:
            runs.append(run)
            starts.append(length)
            pieces.append(decoded + "\n\x00\n")
            length += len(decoded) + 3
    if not pieces:
        return
    for hit in _hits("".join(pieces), "config", decode=False):
        run = runs[bisect_right(starts, hit.start) - 1]
        reason = f"{hit.reason} It is written in base64, which everyone can read."
        yield replace(hit, rank=1, start=run.start(), end=run.end(), value=run.group(), reason=reason)


def _composed(scan: Scan) -> Iterator[_Hit]:
    """Credentials that names put together again: ``A: ghp_...``, ``B: ...``, and then ``$A$B``."""
    for parts, kind, by in scan.composed[:_MAX_RUNS]:
        resolved = _resolve(scan, parts)
        if resolved is None:
            continue
        value, place = resolved
        confidence = judge(value, kind)
        if confidence is not None:
            reason = f"The value of {by} is put together from literals."
            yield _Hit(1, place.start, place.end, kind, value, confidence, reason)
    for count, parts in enumerate(chain(_reference_runs(scan.text), _sums(scan))):
        if count >= _MAX_RUNS:
            break
        resolved = _resolve(scan, parts)
        if resolved is None:
            continue
        value, place = resolved
        for hit in _known_formats(value):
            reason = f"{hit.reason} It was put together from pieces."
            yield replace(hit, rank=1, start=place.start, end=place.end, reason=reason)


def _resolve(scan: Scan, parts: tuple[Part, ...]) -> tuple[str, Part] | None:
    """The text the parts stand for and the place of the first literal in it; None when one is unknown."""
    texts: list[str] = []
    place: Part | None = None
    for part in parts:
        value = part if part.name is None else scan.value_of(part.name.rpartition(".")[2]) if part.name else None
        if value is None:
            return None
        texts.append(value.text)
        place = place or (value if value.text else None)
    return ("".join(texts), place) if place is not None else None


def _reference_runs(text: str) -> Iterator[tuple[Part, ...]]:
    """References with nothing but token characters between and around them, such as ``ghp_${A}${B}``."""
    run: list[Part] = []
    for match in islice(_ANY_REFERENCE.finditer(text), _MAX_REFERENCES):
        part = reference(match)
        if not part.name:
            continue
        if run and (glue := _GLUE.match(text, run[-1].end)) and glue.end() == part.start:
            run += [Part(glue.group(), *glue.span()), part]
            continue
        yield from _whole_run(text, run)
        run = [part]
    yield from _whole_run(text, run)


def _whole_run(text: str, run: list[Part]) -> Iterator[tuple[Part, ...]]:
    if not run:
        return
    before = text[max(0, run[0].start - 80) : run[0].start]
    stem = len(before) - len(before.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"))
    tail = _GLUE.match(text, run[-1].end)
    start, end = run[0].start - stem, tail.end() if tail else run[-1].end
    if len(run) > 1 or stem or end > run[-1].end:
        yield (
            Part(text[start : run[0].start], start, run[0].start),
            *run,
            Part(text[run[-1].end : end], run[-1].end, end),
        )


def _sums(scan: Scan) -> Iterator[tuple[Part, ...]]:
    if scan.dialect != "code":
        return
    run: list[Part] = []
    for match in islice(_SUM.finditer(scan.text), _MAX_REFERENCES):
        right = Part(match["right"], *match.span("right"), match["right"])
        if run and run[-1].start == match.start("left"):
            run.append(right)
            continue
        if run:
            yield tuple(run)
        run = [Part(match["left"], *match.span("left"), match["left"]), right]
    if run:
        yield tuple(run)
