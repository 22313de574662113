"""Hides credentials a learner committed by mistake, so that a report does not spread them further."""

from __future__ import annotations

import re

_KEPT = 4  # characters that stay readable, enough to recognise one's own token

# Published token formats.  Sources: GitHub Docs, "About authentication to GitHub" (gh*_, github_pat_);
# GitLab Docs, "Token overview" (glpat- and its relatives); AWS IAM User Guide, "IAM identifiers" (AKIA,
# ASIA); Slack API docs, "Token types" (xox*-); Google Cloud docs, "API keys" (AIza); PyPI help, "API
# tokens" (pypi-); npm docs, "Access tokens" (npm_); RFC 7519 (JSON Web Tokens begin with eyJ).
_TOKENS = re.compile(
    r"(?:gh[pousr]_|github_pat_|glpat-|gldt-|glrt-|glcbt-|xox[abeprs]-|pypi-|npm_|dckr_pat_|hf_|sk-)[A-Za-z0-9_-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[A-Za-z0-9_-]{35}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?"
)
# A literal after a word that names a secret.  Expressions ($..., {{...}}) are not literals.
_NAMED = re.compile(
    r"(?:password|passwd|pwd|secret|token|(?:api|access|secret|private|account|storage)[-_]?key)"
    r"""["']?\s{0,4}[:=]\s{0,4}["']?(?![$%<{*])([^\s"'`,;${}()\[\]<>]{6,})""",
    re.IGNORECASE,
)
_URL_LOGIN = re.compile(r"://[^\s/:@]{0,80}:([^\s/:@$]{3,200})@")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")  # lines of a PEM block
_WORDS = frozenset({"inherit", "required", "optional", "secrets", "password"})


def mask(text: str) -> str:
    """``text`` with what looks like a credential replaced by ``*``, character for character."""
    text = _TOKENS.sub(lambda found: _hidden(found[0]), text)
    text = _NAMED.sub(_hide_group, text)
    text = _URL_LOGIN.sub(_hide_group, text)
    return _KEY_BODY.sub(lambda found: _hidden(found[0]) if _mixed(found[0]) else found[0], text)


def _hide_group(found: re.Match[str]) -> str:
    if found[1].casefold() in _WORDS:
        return found[0]
    start = found.start(1) - found.start()
    return found[0][:start] + _hidden(found[1]) + found[0][start + len(found[1]) :]


def _hidden(secret: str) -> str:
    return secret[:_KEPT] + "*" * (len(secret) - _KEPT)


def _mixed(text: str) -> bool:
    """Upper and lower case and digits together: base64, not a digest in hexadecimal."""
    return any(c.isupper() for c in text) and any(c.islower() for c in text) and any(c.isdigit() for c in text)
