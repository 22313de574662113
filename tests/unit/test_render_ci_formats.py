"""Formats for CI systems: each as its reader's specification says, one score in all, and no text that acts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from markdown_it import MarkdownIt
from support import hostile_text

from gradeline.records import replace
from gradeline.render import codequality, formats, github, junit, markdown, sarif
from gradeline.render import json as json_renderer
from gradeline.render import terminal as terminal_renderer
from gradeline.render.findings import Graded, findings
from gradeline.render.markdown_text import code, prose
from gradeline.render.neighbours import github_classroom
from gradeline.result import CRITICAL, CriterionResult, Evidence, Hop, Report, Status
from gradeline.score import award
from gradeline.source import Diagnostic, Span

if TYPE_CHECKING:
    from markdown_it.token import Token

CI = ".github/workflows/ci.yml"
LINES = ("name: CI", "on: push", "jobs:", "  build:", "    steps:", "      - run: pytest || true", "  deploy:")
STATUSES: tuple[Status, ...] = ("met", "partial", "unmet", "cannot_tell", "not_applicable", "error")
SCHEMA = Path(__file__).parent.parent / "fixtures" / "schemas" / "sarif-schema-2.1.0.json"
SCHEMA_DIGEST = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
RUNNER = {
    "CLASSROOM": "cicd", "ASSIGNMENT": "exercise-12", "SUBMISSION_TAG": "submit/20261123T101500Z-abc1234",
    "COMMIT_URL": "https://example.org/c", "RELEASE_URL": "https://example.org/r", "REVIEW_URL": "https://example.org/v",
}  # fmt: skip


def criterion(name: str, status: Status, points: int = 10, text: str = "", path: str = CI) -> CriterionResult:
    value = Fraction(points)
    return CriterionResult(
        id=name, title=f"{name} {text}".strip(), category="gates", points=value, awarded=award(value, status),
        status=status, message=f"Seen: {text}" if text else "Seen.", why=text or "It matters.", hint=text, check=name,
        evidence=(
            Evidence(Span(path, 6, 14, 6, 28), "problem", text or "lost"), Evidence(Span(path, 2), "context", text),
        ),
        path_trace=(Hop(text or "push"), Hop(text or "deploy", Span(path, 7, 3))),
    )  # fmt: skip


def report(*criteria: CriterionResult, **more: Any) -> Report:
    fields: dict[str, Any] = {
        "exercise": "exercise-12", "title": "Matrix", "submission_id": "alice", "submission_digest": "a" * 64,
        "rubric_version": 1, "rubric_digest": "b" * 64, "grader_version": "0.1.0",
        "score": sum((one.awarded for one in criteria), Fraction(0)),
        "max_score": sum((one.points for one in criteria), Fraction(0)), "pass_mark": Fraction(70), "passed": False,
        "needs_review": True, "diagnostics": (), "sources": {CI: LINES}, **more,
    }  # fmt: skip
    return Report(criteria=criteria, **fields)


def said_by_a_learner(text: str) -> Report:
    """A report with ``text`` in every place that may hold text of a learner."""
    path = f"{text}.yml"
    criteria = [criterion(f"c{number}", status, text=text, path=path) for number, status in enumerate(STATUSES)]
    return report(
        *criteria,
        title=text, submission_id=text, sources={path: (text, *[text] * 6)}, tools={"zizmor": text},
        lost_critical=("c2",),
        diagnostics=(
            Diagnostic("error", "yaml-syntax", text, path, Span(path, 1)), Diagnostic("note", "odd-name", text, path),
            Diagnostic("warning", CRITICAL, text, ""),
        ),
    )  # fmt: skip


SAMPLE = report(
    criterion("gates", "unmet", 40), criterion("cache-key", "partial", 15), criterion("timeout", "met", 21),
    criterion("remote", "cannot_tell", 5), criterion("later", "not_applicable", 4), criterion("broken", "error", 15),
    lost_critical=("gates",),
    diagnostics=(Diagnostic("warning", "duplicate-key", "The key is given twice.", CI, Span(CI, 3, 1)),),
)  # fmt: skip


def graded(one: Report, root: str = "") -> list[Graded]:
    return [Graded(one, root)]


OUTPUTS: dict[str, Callable[[Report, str], str]] = {
    "terminal": lambda one, root: terminal_renderer.render(one),
    "json": lambda one, root: json_renderer.render(one),
    "sarif": lambda one, root: sarif.render(graded(one, root)),
    "junit": lambda one, root: junit.render(graded(one, root)),
    "github": lambda one, root: github.render(graded(one, root)),
    "codequality": lambda one, root: codequality.render(graded(one, root)),
    "markdown": lambda one, root: markdown.render(graded(one, root), [root]),
    "comment": lambda one, root: markdown.comment(graded(one, root), [root]),
    "classroom-output": lambda one, root: github_classroom.output(one) + "\n",
    **{
        kind: lambda one, root, kind=kind: formats.render(kind, one, RUNNER | {"CLASSROOM": f"x{root}"})
        for kind in formats.REPORTS
    },  # type: ignore[misc]
}


# --- text that acts --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", hostile_text.ALL)
def test_no_text_of_a_learner_acts_in_any_output(text: str) -> None:
    one = said_by_a_learner(text)
    for name, render in OUTPUTS.items():
        output = render(one, text)
        for line in output.split("\n"):
            assert line.isprintable(), (name, line)
            assert "##[" not in line, (name, line)
            assert "##vso[" not in line, (name, line)
            ours = re.match(r"::(error|warning|notice) title=", line) if name == "github" else None
            assert ours or not line.lstrip().startswith("::"), (name, line)
        output.encode("utf-8")  # no lone surrogates


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80))
def test_no_text_at_all_acts_in_any_output(text: str) -> None:
    test_no_text_of_a_learner_acts_in_any_output(text)


@pytest.mark.parametrize("text", hostile_text.ALL)
def test_an_annotation_is_one_command_with_the_properties_we_gave(text: str) -> None:
    lines = OUTPUTS["github"](said_by_a_learner(text), text).splitlines()
    assert len(lines) == 7  # five criteria without all points, two files
    for line in lines:
        kind, _, message = line[2:].partition("::")
        names = [pair.split("=")[0] for pair in kind.partition(" ")[2].split(",")]
        assert names in (["title", "file", "line"], ["title", "file", "line", "col", "endColumn"])
        assert "\r" not in message


def tokens(text: str) -> list[Token]:
    """The page as GitHub's dialect of Markdown has it, HTML allowed."""
    found = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    return [one for token in found for one in (token, *(token.children or ()))]


def shape(text: str) -> list[str]:
    """The blocks of a page, without what stands in a line."""
    return [token.type for token in tokens(text) if token.block]


# What GitHub and GitLab look for in the text of a page after Markdown was read.
ACTIVE = re.compile(
    r"@[\w-]|#\d|![0-9]|\bGH-\d|://|\bwww\.|\w@\w|(?<![0-9a-zA-Z])[0-9a-f]{7,40}(?![0-9a-zA-Z])|:[a-z0-9_+-]+:|\$|~\d|%\d"
)


@pytest.mark.parametrize("text", [text for text in hostile_text.ALL if text])
@pytest.mark.parametrize("name", ["markdown", "comment"])
def test_a_page_has_the_blocks_we_wrote_and_nothing_else(name: str, text: str) -> None:
    page = OUTPUTS[name](said_by_a_learner(text), text)
    assert shape(page) == shape(OUTPUTS[name](said_by_a_learner("x"), "x"))
    allowed = {"text", "code_inline", "strong_open", "strong_close", "em_open", "em_close", "softbreak", "inline"}
    for token in tokens(page):
        if token.block and token.type != "inline":
            assert token.type != "html_block" or token.content.strip() == markdown.MARK
        else:
            assert token.type in allowed, (token.type, page)
        if token.type == "text":
            assert ACTIVE.search(token.content) is None, token.content


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet="`@#$[]()<>!*_~:|\\-. \nax1&/", max_size=40))
def test_prose_and_code_make_text_and_code_only(text: str) -> None:
    for made in (f"— {prose(text)} end", f"— {code(text)} end"):
        kinds = {token.type for token in tokens(made)}
        assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
        for token in tokens(made):
            if token.type == "text":
                assert ACTIVE.search(token.content) is None, token.content


def test_plain_sentences_stay_plain_and_quotes_become_code() -> None:
    assert prose("When `pytest || true` fails, its step (still) succeeds.") == (
        "When `pytest || true` fails, its step (still) succeeds."
    )
    assert prose("Ask @team about #1, see www.example.org.") == "Ask `@team` about `#1,` see `www.example.org.`"
    assert prose("Für 87.5 points, it's 100% fine: yes!") == "Für 87.5 points, it's 100% fine: yes!"


# --- SARIF -----------------------------------------------------------------------------------------


def sarif_schema() -> Any:
    content = SCHEMA.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SCHEMA_DIGEST
    return json.loads(content)


VALIDATOR = Draft4Validator(sarif_schema(), format_checker=Draft4Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("text", ["x", *hostile_text.ALL])
def test_sarif_validates_against_the_schema_of_the_standard(text: str) -> None:
    log = json.loads(sarif.render([*graded(said_by_a_learner(text), text), *graded(SAMPLE, "work/b")]))
    assert not [error.message for error in VALIDATOR.iter_errors(log)]
    for uri in uris(log):
        assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2}|/)*", uri), uri
        assert not uri.startswith("/")
        assert not {"", ".", ".."} & set(uri.split("/"))
    assert "](" not in json.dumps([result["message"] for run in log["runs"] for result in run["results"]])


def uris(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "artifactLocation" in node:
            yield node["artifactLocation"]["uri"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from uris(item)


def test_sarif_results_have_a_rule_a_place_a_level_and_a_fingerprint() -> None:
    (run,) = json.loads(sarif.render(graded(SAMPLE, "work/é b")))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    shown = [
        (one["ruleId"], one["level"], one["kind"], rules[one["ruleIndex"]] == one["ruleId"]) for one in run["results"]
    ]
    assert shown == [
        ("gates", "error", "fail", True), ("broken", "none", "review", True), ("cache-key", "warning", "fail", True),
        ("remote", "none", "review", True), ("later", "none", "review", True),
        ("duplicate-key", "warning", "fail", True),
    ]  # fmt: skip
    first = run["results"][0]["locations"][0]["physicalLocation"]
    assert first == {
        "artifactLocation": {"uri": "work/%C3%A9%20b/.github/workflows/ci.yml", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 6, "startColumn": 14, "endLine": 6, "endColumn": 28},
    }
    assert run["automationDetails"]["id"] == "gradeline/exercise-12/work/%C3%A9%20b/"
    assert run["invocations"][0]["executionSuccessful"] is False
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]]
    assert len(set(prints)) == len(prints)


def test_a_fingerprint_moves_with_its_line_and_changes_with_it() -> None:
    moved = replace(
        SAMPLE.criteria[0],
        evidence=(Evidence(Span("ci.yml", 8, 14), "problem", "lost"),),
    )
    here = replace(moved, evidence=(Evidence(Span("ci.yml", 6, 14), "problem", "lost"),))

    def fingerprint(result: CriterionResult, lines: tuple[str, ...]) -> str:
        return findings(Graded(report(result, sources={"ci.yml": lines})))[0].fingerprint

    assert fingerprint(here, LINES) == fingerprint(moved, ("", "", *LINES))
    assert fingerprint(here, LINES) != fingerprint(here, (*LINES[:5], "      - run: pytest", *LINES[6:]))


# --- JUnit -----------------------------------------------------------------------------------------

# Jenkins' junit-10.xsd: which elements stand where, and their attributes.
CHILDREN = {
    "testsuites": {"testsuite"}, "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "properties": {"property"}, "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
}  # fmt: skip
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id",
                  "package"},
    "property": {"name", "value"}, "testcase": {"name", "assertions", "time", "classname", "status"},
    "skipped": {"message", "type"}, "error": {"message", "type"}, "failure": {"message", "type"},
}  # fmt: skip


def check_element(element: ET.Element) -> None:
    assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set()), element.tag
    for child in element:
        assert child.tag in CHILDREN.get(element.tag, set()), (element.tag, child.tag)
        check_element(child)


@pytest.mark.parametrize("text", ["x", *hostile_text.ALL])
def test_junit_parses_strictly_and_has_only_what_its_schema_knows(text: str) -> None:
    root = ET.fromstring(junit.render([*graded(said_by_a_learner(text), text), *graded(SAMPLE)]))
    check_element(root)
    for suite in root:
        cases = suite.findall("testcase")
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == sum(case.find(tag) is not None for case in cases)
        assert int(suite.attrib["tests"]) == len(cases)


def test_junit_fails_what_lost_points_and_skips_what_a_person_decides() -> None:
    root = ET.fromstring(junit.render(graded(SAMPLE)))
    kinds = [[child.tag for child in case] for case in root.iter("testcase")]
    assert kinds == [["failure"], ["failure"], [], ["skipped"], ["skipped"], ["error"]]
    failure = next(root.iter("failure"))
    assert failure.attrib == {"type": "unmet", "message": "not met, 0/40 points: Seen."}
    assert failure.text == (
        "Seen.\n.github/workflows/ci.yml:6: lost\n.github/workflows/ci.yml:2: \n"
        "The path: push -> deploy (.github/workflows/ci.yml:7)\nWhy: It matters."
    )


# --- annotations, Code Quality, pages ---------------------------------------------------------------


def test_annotations_stand_at_the_lines_and_the_most_points_come_first() -> None:
    place = "file=a%2Cb/.github/workflows/ci.yml,line=6,col=14,endColumn=28"
    assert github.render(graded(SAMPLE, "a,b")).splitlines()[:2] == [
        f"::error title=gates (not met%2C 0/40 points),{place}::Seen.",
        f"::warning title=cache-key (partly met%2C 7.5/15 points),{place}::Seen.",
    ]


def test_github_gets_no_more_annotations_of_a_kind_than_it_shows() -> None:
    many = report(*[criterion(f"c{number}", "unmet", number) for number in range(1, 15)])
    lines = github.render(graded(many)).splitlines()
    assert [line.split(" (")[0] for line in lines] == [f"::error title=c{number}" for number in range(14, 4, -1)]


ISSUE = {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "properties": {
        "description": {"type": "string", "minLength": 1}, "check_name": {"type": "string", "minLength": 1},
        "fingerprint": {"type": "string", "minLength": 1},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": {
            "type": "object", "required": ["path", "lines"],
            "properties": {
                "path": {"type": "string", "not": {"pattern": "^\\./"}},
                "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
            },
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("text", ["x", *hostile_text.ALL])
def test_code_quality_has_the_fields_gitlab_needs_and_its_own_print_for_each(text: str) -> None:
    issues = json.loads(codequality.render([*graded(said_by_a_learner(text), text), *graded(SAMPLE, "b")]))
    Draft202012Validator({"type": "array", "items": ISSUE}).validate(issues)
    prints = [one["fingerprint"] for one in issues]
    assert len(set(prints)) == len(prints) == 13
    assert [one["severity"] for one in issues][7:] == ["blocker", "info", "minor", "info", "info", "minor"]


def test_a_page_that_is_too_long_says_how_much_is_left_out() -> None:
    long = report(*[criterion(f"c{number}", "unmet", 1, text="lorem ipsum " * 30) for number in range(400)])
    page = markdown.comment(graded(long))
    assert len(page) < 65_536
    assert re.fullmatch(r"_\d+ more parts do not fit here\. The whole report is in .*_", page.split("\n\n")[-1].strip())
    assert len(markdown.render(graded(long)).encode()) < 1024 * 1024
    assert len(markdown.render(graded(long)).encode()) > 100_000


# --- one score -------------------------------------------------------------------------------------


def scores(one: Report) -> dict[str, Fraction]:
    """The score as each format's reader gets it."""
    data = {kind: formats.render(kind, one, RUNNER) for kind in formats.NAMES}
    parsed = {kind: json.loads(text) for kind, text in data.items() if text.startswith("{")}
    properties = {
        item.attrib["name"]: item.attrib["value"] for item in ET.fromstring(data["junit"]).iter("property")
    }
    tests = parsed["github-classroom"]["tests"]
    passed = sum(test["status"] == "pass" for test in tests)
    said = re.compile(r"(\d+(?:\.\d+)?) of \d")
    found: dict[str, Any] = {
        "json": json.loads(json_renderer.render(one))["score"],
        "terminal": said_number(said, terminal_renderer.render(one)),
        "sarif": parsed["sarif"]["runs"][0]["properties"]["score"],
        "junit": properties["score"],
        "markdown": said_number(said, data["markdown"]),
        "gradescope": sum(Fraction(str(test["score"])) for test in parsed["gradescope"]["tests"]),
        "classroom50": Fraction(parsed["classroom50"]["score"], 100),
        "classroom50 tests": Fraction(sum(test["score"] for test in parsed["classroom50"]["tests"]), 100),
        # what the reporter adds up for the grade, and what it computes for its table
        "github-classroom": sum(Fraction(str(test["score"])) for test in tests),
        "github-classroom table": Fraction(passed, len(tests)) * Fraction(str(parsed["github-classroom"]["max_score"])),
        "check50": sum(Fraction(str(one["data"]["awarded"])) for one in parsed["check50"]["results"]),
        "prairielearn": Fraction(parsed["prairielearn"]["score"]).limit_denominator(10_000) * one.max_score,
        "prairielearn tests": sum(Fraction(str(test["points"])) for test in parsed["prairielearn"]["tests"]),
        "exercism": said_number(said, parsed["exercism"]["summary"]),
    }
    return {name: Fraction(str(value)) for name, value in found.items()}


def said_number(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    assert found is not None
    return found[1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(1, 40)), min_size=1, max_size=14))
def test_one_grading_has_one_score_in_every_format(rows: list[tuple[Status, int]]) -> None:
    one = report(*[criterion(f"c{number}", status, points) for number, (status, points) in enumerate(rows)])
    assert set(scores(one).values()) == {one.score}
