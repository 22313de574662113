"""Gradings as SARIF 2.1.0, one run for each: for code scanning, editors and archives.

Fixed by the standard (OASIS SARIF 2.1.0): URIs are relative and percent-encoded (3.4), ``[text](target)`` in a
message would make a link (3.11.6), columns count characters (3.14.17) and the end of a region is
exclusive (3.30.8).  GitHub's subset asks for a location in each result and takes 5,000 results of a run
(GitHub Docs, "SARIF support for code scanning").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gradeline.render.findings import Finding, Graded, said, score_line, wanted
from gradeline.render.json import dumped, number
from gradeline.result import CriterionResult, Hop, Report
from gradeline.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"
MAX_RESULTS = 5000
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # what no byte of a file name became
_MAX_PLACES = 50  # related places and stations of one result


def render(gradings: Sequence[Graded]) -> str:
    """The log file as indented JSON with a line end."""
    log = {"$schema": SCHEMA, "version": VERSION, "runs": [_run(graded) for graded in gradings]}
    return dumped(log)


def uri(path: str) -> str:
    """``path`` as a relative reference: nothing in it is a scheme, a query, a way up, or outside ASCII."""
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return "/".join(_quoted(part) for part in parts)


def _quoted(part: str) -> str:
    """RFC 3986, 2.3: what is unreserved stays, every other byte is percent-encoded."""
    content = part.encode("utf-8", "backslashreplace" if _LONE.search(part) else "surrogateescape")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in content)


def _run(graded: Graded) -> dict[str, object]:
    report = graded.report
    found = [one for one in wanted(graded) if one.span is not None][:MAX_RESULTS]
    rules = _rules(report, found)
    index = {str(rule["id"]): position for position, rule in enumerate(rules)}
    category = "/".join(("gradeline", report.exercise, uri(graded.root))).rstrip("/")
    return {
        "tool": {
            "driver": {
                "name": "Gradeline",
                "version": report.grader_version,
                "semanticVersion": report.grader_version,
                "rules": rules,
            }
        },
        "automationDetails": {"id": f"{category}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The top of the repository."}}},
        "results": [_result(one, index[one.rule]) for one in found],
        "invocations": [
            {
                "executionSuccessful": not any(one.status == "error" for one in report.criteria),
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": _text(one.message)}, "descriptor": {"id": one.id}}
                    for one in report.criteria
                    if one.status == "error"
                ],
            }
        ],
        "properties": {
            "exercise": report.exercise,
            "score": number(report.score),
            "maxScore": number(report.max_score),
            "passMark": number(report.pass_mark),
            "passed": report.passed,
            "needsReview": report.needs_review,
            "summary": score_line(report),
            "submissionDigest": report.submission_digest,
            "rubric": {"version": report.rubric_version, "digest": report.rubric_digest},
        },
    }


def _rules(report: Report, found: Iterable[Finding]) -> list[dict[str, object]]:
    rules = [_rule(one) for one in report.criteria]
    known = {one.id for one in report.criteria}
    others = dict.fromkeys(one.rule for one in found if one.rule not in known)
    return rules + [{"id": code, "shortDescription": {"text": f"About the files: {_text(code)}"}} for code in others]


def _rule(result: CriterionResult) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": result.id,
        "shortDescription": {"text": _text(result.title) or result.id},
        "properties": {"category": result.category, "points": number(result.points)},
    }
    if result.why:
        rule["fullDescription"] = {"text": _text(result.why)}
        rule["help"] = {"text": _text(result.why)}
    return rule


def _result(one: Finding, rule: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": one.rule,
        "ruleIndex": rule,
        "level": one.level,
        "kind": "review" if one.result is not None and one.level == "note" else "fail",
        "message": {"text": _unlinked(one.message)},
        "locations": [_location(one.span)] if one.span is not None else [],
        # The name is GitHub's; the value is ours and moves with the line.
        "partialFingerprints": {"primaryLocationLineHash": one.fingerprint},
    }
    if result["kind"] == "review":
        result["level"] = "none"  # SARIF 3.27.10: a level other than none needs the kind "fail"
    if one.result is not None:
        result["properties"] = {
            "status": one.result.status,
            "points": number(one.result.points),
            "awarded": number(one.result.awarded),
        }
    if one.related:
        result["relatedLocations"] = [
            {**_location(item.span), "id": position, "message": {"text": _text(item.text) or "see here"}}
            for position, item in enumerate(one.related[:_MAX_PLACES], start=1)
        ]
    if one.trace:
        result["codeFlows"] = [{"threadFlows": [{"locations": [_hop(hop) for hop in one.trace[:_MAX_PLACES]]}]}]
    return result


def _hop(hop: Hop) -> dict[str, object]:
    location = _location(hop.span) if hop.span is not None else {}
    return {"location": {**location, "message": {"text": _text(hop.text) or "then"}}}


def _location(span: Span) -> dict[str, object]:
    region = {"startLine": max(span.line, 1)}
    if span.end_line > span.line or (span.end_line == span.line and span.end_column > span.column):
        region |= {"startColumn": max(span.column, 1), "endLine": span.end_line, "endColumn": max(span.end_column, 1)}
    elif span.column > 1:
        region["startColumn"] = span.column
    artifact = {"uri": uri(span.path), "uriBaseId": "SRCROOT"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _text(text: str) -> str:
    return _unlinked(said(text))


def _unlinked(harmless: str) -> str:
    """Without the form of a link.  Escapes are shown as they are by some readers, so the form is broken up."""
    return harmless.replace("](", "] (")
