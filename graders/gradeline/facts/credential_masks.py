"""Which stretches of a text must not be shown: the finder's credentials, and what only looks like one.

A report errs on the side of hiding.  So cut tokens, documented examples and any literal beside a word for a
secret are hidden too, although the finder accuses nobody for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from gradeline.facts.credential_data import credential_data

# Beginnings of tokens that ordinary names have too; these are left to the finder.
_COMMON = frozenset({"key-", "pul-", "SK", "SG.", "eyJ"})
# A literal after a word that names a secret.  Expressions ($..., {{...}}) are not literals.
_NAMED = re.compile(
    r"(?:password|passwd|pwd|secret|token|(?:api|access|secret|private|account|storage)[-_]?key)"
    r"""["']?\s{0,4}[:=]\s{0,4}["']?(?![$%<{*])([^\s"'`,;${}()\[\]<>]{6,})""",
    re.IGNORECASE,
)
_URL_LOGIN = re.compile(r"://[^\s/:@]{0,80}:([^\s/:@$]{3,200})@")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")  # lines of a PEM block
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?")
_WORDS = frozenset({"inherit", "required", "optional", "secrets", "password"})
_DATA = ("PRIVATE KEY", "kind:", "base64", "--build-arg", "-p ", "-u ", "${")  # the finder looks closer then


@cache
def _starts() -> tuple[str, ...]:
    starts = {start for form in credential_data().formats for start in form.start if "/" not in start}
    return tuple(sorted(starts - _COMMON, key=lambda start: (-len(start), start)))


@cache
def _tokens() -> re.Pattern[str]:
    """Every known beginning of a token with what may be the rest of one, however short it was cut."""
    return re.compile(r"(?<![A-Za-z0-9_-])(?:" + "|".join(map(re.escape, _starts())) + r")[A-Za-z0-9_-]{12,}")


def hidden(text: str) -> tuple[tuple[int, int], ...]:
    """The stretches to hide, as offsets, in order and apart.  Linear in the length of the text."""
    found = sorted({*_shapes(text), *_found(text)})
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def _shapes(text: str) -> Iterator[tuple[int, int]]:
    if any(start in text for start in _starts()):  # the pattern is compiled when it may find something
        for match in _tokens().finditer(text):
            yield match.span()
    for match in _JWT.finditer(text):
        yield match.span()
    for pattern in (_NAMED, _URL_LOGIN):
        for match in pattern.finditer(text):
            called = text.startswith("(", match.end(1)) and all(one.isidentifier() for one in match[1].split("."))
            if match[1].casefold() not in _WORDS and not called:
                yield match.span(1)
    for match in _KEY_BODY.finditer(text):
        if _mixed(match[0]):
            yield match.span()


def _found(text: str) -> Iterator[tuple[int, int]]:
    """What the finder says, when there is anything in the text that it could say something about."""
    starts = (start for form in credential_data().formats for start in form.needles)
    named = (name for name in ("secret", "token", "passw", "pwd", "key", "auth", "cred", "://"))
    lowered = text.lower()
    if not any(word in lowered for word in named) and not any(word in text for word in (*_DATA, *starts)):
        return
    from gradeline.facts.credentials import offsets

    yield from offsets(text)


def _mixed(text: str) -> bool:
    """Upper and lower case and digits together: base64, not a digest in hexadecimal."""
    return any(c.isupper() for c in text) and any(c.islower() for c in text) and any(c.isdigit() for c in text)
