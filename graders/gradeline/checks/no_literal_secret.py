"""No credential is written in any file.

What it looks for
    Tokens, passwords, private keys and connection strings in every text file of the submission:
    pipelines, scripts, settings, tests, documents, comments.  Encoded and divided values are put together
    first.  So are the settings with which the data's tool opens its remote, in the file that is in Git.

What does not count
    Another name, base64, two halves that are joined later, a default or fallback value, and a comment.
    Values that were made to be replaced, references to a store, sealed values and public keys are no
    credentials.

How to repair
    Take the value back at the service it opens, since it is known now.  Put the new one into the
    platform's store, and let the file hold only its name there.

Parameters
    ``files``: patterns of the files to look at (all).
"""

from __future__ import annotations

from gradeline.checks.contract import Check
from gradeline.facts.case import Case
from gradeline.facts.credentials import CredentialFinding, find_credentials
from gradeline.facts.globs import matches
from gradeline.facts.remote_credentials import shared_credentials
from gradeline.result import Evidence, Verdict
from gradeline.source import SourceFile, Span

CHECK = Check(
    code="S1",
    family="secrets",
    params={"files": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
)
MAX_SHOWN = 10


def run(case: Case, files: list[str] | None = None, pipelines: list[str] | None = None) -> Verdict:
    sources = [
        source
        for path, source in sorted(case.project.files.items())
        if _wanted(path, files) and _wanted(path, pipelines)
    ]
    if not sources:
        return Verdict("unmet", "There is no text file to look at.")
    findings = [finding for source in sources for finding in find_credentials(source)]
    if findings:
        return _found(findings)
    given = [one for one in shared_credentials(case.data) if any(one.span.path == source.path for source in sources)]
    if given:
        message = f"{given[0].span.path} holds `{given[0].name}` of a remote, and that file is in Git."
        return Verdict("unmet", message, tuple(Evidence(one.span, "problem", one.name) for one in given[:MAX_SHOWN]))
    return Verdict("met", f"None of the {len(sources)} text files holds a credential.", _proofs(case, sources))


def _wanted(path: str, patterns: list[str] | None) -> bool:
    return patterns is None or any(matches(path, pattern) for pattern in patterns)


def _found(findings: list[CredentialFinding]) -> Verdict:
    first = findings[0]
    more = f" There are {len(findings) - 1} more." if len(findings) > 1 else ""
    return Verdict(
        "unmet",
        f"{first.span.path} holds a credential: {first.preview} {first.reason}{more}",
        tuple(Evidence(item.span, "problem", f"{item.kind}: {item.preview}") for item in findings[:MAX_SHOWN]),
    )


def _proofs(case: Case, sources: list[SourceFile]) -> tuple[Evidence, ...]:
    """The pipelines first, since that is where credentials are used."""
    paths = [facts.pipeline.path for facts in case.pipelines]
    ordered = sorted((source.path for source in sources), key=lambda path: (path not in paths, path))
    return tuple(Evidence(Span(path, 1), "proof", "no credential in here") for path in ordered[:MAX_SHOWN])
