"""Literal credentials in a text file of any kind.

Learners hide them in good faith and bad: under another name, in base64, cut in two, as a default.
What is found has an exact span and a masked preview; what is *not* a credential (placeholders,
documented examples, references to a store, hashes, public keys, sealed values) is left alone.
Cost is linear in the size of the file, whatever is in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradeline.facts.credential_arguments import scan_arguments
from gradeline.facts.credential_assignments import Scan, follow_names, scan_assignments
from gradeline.facts.credential_data import credential_data
from gradeline.facts.credential_literals import REFERENCE, Dialect, dialect_of, reference
from gradeline.facts.credential_values import (
    Confidence,
    decode_base64,
    entropy,
    is_placeholder,
    is_reference,
    judge,
    looks_random,
    mask,
    matches_format,
)
from gradeline.facts.credential_views import View, continued, joined
from gradeline.source import SourceFile, Span

_MAX_FINDINGS = 500
_MAX_RUNS = 2000
_NEAR = 400  # how far a secret key may stand from its access key id

_BASE64_RUN = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{16,65536}+={0,2}")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]{40,}")
_USERINFO = re.compile(
    r"(?P<user>[^\s/:@\"'<>`]{0,100}+)(?::(?P<password>[^\s/@\"'<>`]{1,400}+))?@(?P<host>\[?[A-Za-z0-9.:_${}-]{1,253}+)"
)
_DOCUMENT = re.compile(r"(?m)^---[^\n]{0,80}$")
_KIND = re.compile(r"(?m)^kind:[ \t]{0,8}[\"']?(?P<kind>SealedSecret|Secret)[\"']?[ \t]{0,8}\r?$")
_DATA = re.compile(r"(?m)^(?:data|stringData):[ \t]{0,8}\r?\n(?P<rows>(?:[ \t]{1,40}+[^\n]{0,65536}+\n?|[ \t]{0,40}+\n){1,2000}+)")
_ROW = re.compile(r"(?m)^[ \t]{1,40}[\"']?[\w.\-]{1,120}[\"']?:[ \t]{1,8}[\"']?(?P<value>[A-Za-z0-9+/]{4,65536}+={0,2})[\"']?[ \t]{0,8}\r?$")
_GLUE = re.compile(r"[A-Za-z0-9_\-]{0,80}")
_SUM = re.compile(r"(?<![\w.])[A-Za-z_]\w{0,80}+(?:[ \t]{0,4}\+[ \t]{0,4}[A-Za-z_]\w{0,80}+){1,8}")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Hit:
    """A finding before its place is known as line and column; a lower ``rank`` wins an overlap."""

    rank: int
    start: int
    end: int
    kind: str
    value: str
    confidence: Confidence
    reason: str
