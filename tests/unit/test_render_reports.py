"""One report, two renderers: complete, stable, and harmless whatever a learner wrote."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gradeline.course_schema import schema
from gradeline.records import replace
from gradeline.render import json as json_renderer
from gradeline.render import plain as plain_renderer
from gradeline.render import terminal
from gradeline.render.since import Since
from gradeline.render.text import width
from gradeline.result import CriterionResult, Evidence, Hop, Report, Status
from gradeline.rubric import Rubric
from gradeline.score import award
from gradeline.source import Diagnostic, Span
from gradeline.words import english
from gradeline_cli.editor.findings import findings

CI = ".github/workflows/ci.yml"
SOURCE = (
    "name: CI", "on: push", "jobs:", "  build:", "    needs: []", "    steps:",
    "      - run: pytest || true", "  deploy:", "    needs: build",
)  # fmt: skip
STATUSES: tuple[Status, ...] = ("met", "partial", "unmet", "cannot_tell", "not_applicable", "error")
NASTY = [
    "ci\x1b[2J\x1b[1;1HSCORE 100.yml", "\x1b]8;;http://evil\x07click\x1b]8;;\x07", "\x1b]52;c;QkFTRTY0\x07", "\x9b31m",
    "\x1b]0;title\x07", "over\rwrite", "back\b\b\bspace", "src/[id].tsx", "[/bold]", "[link=http://evil]x[/link]",
    "x\n::error file=x::hacked", "\n::add-mask::100", "::stop-commands::tok", "::GROUP::", "##[error]x",
    "##vso[task.setvariable variable=a]b", "section_start:1:x\r\x1b[0K", "\u202eevil\u202c", "\u2066a\u2069",
    "zero\u200bwidth",
    "\ufeffbom", "nul\0byte", "del\x7f", "\ud800", "\udcff", "\u2028\u2029", "\U000e0041\U000e0042",
    "e" + "\u0301" * 50, "\u6f22" * 60, "a" * 500, "<script>alert(1)</script>", "=HYPERLINK(1)", "%0A%0D", "{{7*7}}",
    "${jndi:x}", "'\"`$(id)", "alice\n2026-11-23 INFO alice 100/100", "", " ", "\t\t",
]  # fmt: skip


def criterion(name: str, status: Status, points: int, **more: Any) -> CriterionResult:
    value = Fraction(points)
    fields: dict[str, Any] = {
        "title": name.replace("-", " ").capitalize(), "category": "gates", "message": f"{name} was seen.",
        "why": "It matters.", "hint": "What stops it?" if status in ("unmet", "partial") else "", "check": name, **more,
    }  # fmt: skip
    return CriterionResult(id=name, points=value, awarded=award(value, status), status=status, **fields)


def report(*criteria: CriterionResult, **more: Any) -> Report:
    score = sum((one.awarded for one in criteria), Fraction(0))
    fields: dict[str, Any] = {
        "exercise": "exercise-12", "title": "Matrix and cache", "submission_id": "alice", "submission_digest": "a" * 64,
        "rubric_version": 1, "rubric_digest": "b" * 64, "grader_version": "0.1.0", "score": score,
        "max_score": Fraction(100), "pass_mark": Fraction(70), "passed": score >= 70, "needs_review": False,
        "diagnostics": (), "sources": {CI: SOURCE}, **more,
    }  # fmt: skip
    return Report(criteria=criteria, **fields)


FAILING = report(
    criterion("tests-block", "unmet", 40, message="When `pytest` fails, its step still succeeds.",
              evidence=(Evidence(Span(CI, 7, 14, 7, 28), "problem", "this exit status is lost"),)),
    criterion("gates", "unmet", 15, path_trace=(
        Hop("push to main", Span(CI, 2, 5)), Hop("build", Span(CI, 4, 3)), Hop("deploy", Span(CI, 8, 3)))),
    criterion("cache-key", "partial", 15), criterion("timeouts", "met", 21), criterion("remote", "cannot_tell", 5),
    criterion("later", "not_applicable", 4, message='This is looked at once "Gates" is repaired.'),
    needs_review=True,
    diagnostics=(Diagnostic("warning", "duplicate-key", "The key is given twice.", CI, Span(CI, 3, 1)),),
)  # fmt: skip


def as_json(one: Report) -> Any:
    return json.loads(json_renderer.render(one))


def test_the_terminal_page_reads_like_this() -> None:
    assert (
        terminal.render(FAILING, ascii_only=True)
        == """\
exercise-12  Matrix and cache
Submission: alice

Score 28.5 of 100  x not passed  (pass mark 70)
5 points cannot be decided from the files and are not in the score: a person
  has to look.

  x not met        0/40  Tests block
  x not met        0/15  Gates
  ~ partly met   7.5/15  Cache key
  + met           21/21  Timeouts
  ? cannot tell     0/5  Remote
  - waiting         0/4  Later

About the files
  warning: .github/workflows/ci.yml:3: The key is given twice.

x not met: Tests block (0 of 40 points)
  When `pytest` fails, its step still succeeds.

    .github/workflows/ci.yml:7:14
    6 |     steps:
    7 |       - run: pytest || true
      |              ^^^^^^^^^^^^^^ this exit status is lost
    8 |   deploy:

  Why: It matters.
  Hint: What stops it?
  More: `grade explain tests-block`, `grade hint exercise-12 tests-block`

x not met: Gates (0 of 15 points)
  gates was seen.

  The path:
    push to main (.github/workflows/ci.yml:2)
    -> build (.github/workflows/ci.yml:4)
    -> deploy (.github/workflows/ci.yml:8)

  Why: It matters.
  Hint: What stops it?
  More: `grade explain gates`, `grade hint exercise-12 gates`

~ partly met: Cache key (7.5 of 15 points)
  cache-key was seen.
  Why: It matters.
  Hint: What stops it?
  More: `grade explain cache-key`, `grade hint exercise-12 cache-key`

? cannot tell: Remote (0 of 5 points)
  remote was seen.
  Why: It matters.
  Note: The files do not say. No points are lost: a person decides.

Well done: "Timeouts" holds, that earns 21 points.
Next step: work on "Tests block" in .github/workflows/ci.yml:7, then run
  `grade exercise-12` again.
"""
    )


def test_symbols_are_used_where_the_terminal_can_show_them() -> None:
    page = terminal.render(FAILING)
    for word in ("✘ not met", "◐ partly met", "✔ met", "? cannot tell", "→ build", "│"):
        assert word in page


def test_colour_adds_nothing_but_colour() -> None:
    coloured = terminal.render(FAILING, palette=terminal.COLOUR)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == terminal.render(FAILING)


def test_plain_text_has_no_escape_sequence() -> None:
    assert "\x1b" not in terminal.render(FAILING)


@pytest.mark.parametrize("columns", [1, 50, 57, 80, 200])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_no_line_is_wider_than_the_terminal(columns: int, ascii_only: bool) -> None:
    for line in terminal.render(FAILING, columns=columns, ascii_only=ascii_only).splitlines():
        assert width(line) <= max(columns, terminal.NARROWEST)
        assert line == line.rstrip()


def test_one_reason_shared_by_many_criteria_is_explained_once() -> None:
    missing = "`.github/workflows/ci.yml` is missing."
    page = terminal.render(report(*(criterion(f"c{n}", "unmet", 25, message=missing) for n in range(4))))
    assert page.count(missing) == 1
    assert "  The same: C1\n            C2\n            C3\n" in page
    page = terminal.render(report(*(criterion(f"c{n}", "unmet", 50, message=missing) for n in range(2))))
    assert "  The same: C1\n" in page


def test_a_blocked_criterion_is_in_the_table_and_not_complained_about() -> None:
    page = terminal.render(FAILING)
    assert "waiting" in page
    assert "This is looked at once" not in page


def test_everything_met_is_praised_and_points_to_the_list() -> None:
    page = terminal.render(report(criterion("a", "met", 100)))
    assert "✔ passed" in page
    assert page.endswith(
        "Well done: everything this exercise asks for holds.\nNext step: `grade next` shows what comes next.\n"
    )


def test_only_points_that_wait_leave_nothing_to_repair() -> None:
    page = terminal.render(report(criterion("a", "met", 90), criterion("b", "cannot_tell", 10)))
    assert page.endswith("Next step: nothing is left to repair; a person looks at what the files do not\n  say.\n")


def test_a_broken_file_is_the_next_step() -> None:
    found = Diagnostic("error", "yaml", "A bracket is not closed.", CI, Span(CI, 5, 12))
    page = terminal.render(replace(FAILING, diagnostics=(found,)), ascii_only=True)
    assert "  error: .github/workflows/ci.yml:5: A bracket is not closed.\n    4 |   build:\n    5 |     needs" in page
    assert "Next step: repair .github/workflows/ci.yml:5 first" in page


def test_a_missing_file_is_to_be_handed_in_and_not_to_be_repaired() -> None:
    found = Diagnostic("error", "missing-file", f"`{CI}` is missing.", CI)
    page = terminal.render(replace(FAILING, diagnostics=(found,)))
    assert f"Next step: hand in {CI} first (see About the files), then" in page


def test_points_behind_a_broken_file_wait_for_its_repair_and_for_no_person() -> None:
    found = Diagnostic("error", "yaml", "A bracket is not closed.", CI, Span(CI, 5, 12))
    page = terminal.render(replace(FAILING, diagnostics=(found,)))
    assert "5 points cannot be decided until the files are repaired.\n" in page
    assert "No points are lost yet: this is looked at again when the files are\n        repaired.\n" in page
    assert "a person" not in page


def test_what_a_pass_needs_stands_under_a_heading_of_its_own() -> None:
    needed = Diagnostic("warning", "critical-criterion", '"Tests block" must hold to pass this exercise.', "")
    page = terminal.render(replace(FAILING, diagnostics=(needed,)))
    assert 'Later\n\nNeeded to pass\n  "Tests block" must hold to pass this exercise.\n' in page
    assert "About the files" not in page


def test_the_next_step_is_what_still_withholds_the_pass() -> None:
    rows = (
        criterion("big", "met", 72), criterion("tail", "unmet", 20), criterion("core", "unmet", 8),
    )  # fmt: skip
    assert 'work on "Core"' in terminal.render(report(*rows, passed=False, lost_critical=("core",)))
    assert 'work on "Tail"' in terminal.render(report(*rows))


def test_the_title_of_an_exercise_is_never_cut() -> None:
    title = "GitHub Actions: matrix, caching, artifacts and much more than that"
    page = terminal.render(report(criterion("a", "met", 100), title=title), columns=50)
    assert page.startswith(
        "exercise-12  GitHub Actions: matrix, caching,\n             artifacts and much more than that\n"
    )


def test_long_lists_are_cut_with_their_number() -> None:
    places = tuple(Evidence(Span(CI, 7, 14, 7, 20), "problem", f"place {n}") for n in range(9))
    hops = tuple(Hop(f"hop {n}") for n in range(30))
    notes = tuple(Diagnostic("note", "x", f"note {n}", "") for n in range(40))
    page = terminal.render(report(criterion("a", "unmet", 100, evidence=places, path_trace=hops), diagnostics=notes))
    for said in ("... and 6 more places", "... 18 more ...", "... and 28 more"):
        assert said in page
    assert "hop 0" in page
    assert "hop 29" in page


def test_evidence_in_a_file_that_is_not_at_hand_still_names_its_place() -> None:
    gone = Evidence(Span("gone.yml", 3, 2), "problem", "here")
    page = terminal.render(report(criterion("a", "unmet", 100, evidence=(gone,))))
    assert "    gone.yml:3:2\n      here\n" in page


def test_long_titles_are_wrapped_and_never_cut() -> None:
    title = "The cache key changes with the system, the Python and the lock file, and with nothing else"
    page = terminal.render(report(criterion("a", "unmet", 100, title=title)), ascii_only=True)
    assert """\
  x not met  0/100  The cache key changes with the system, the Python and the
                    lock file, and with nothing else
""" in page
    assert """\
x not met: The cache key changes with the system, the Python and the lock file,
           and with nothing else (0 of 100 points)
""" in page


def test_hints_keep_their_lines() -> None:
    hint = "GitLab:\n\n  script:\n    - make test\n"
    page = terminal.render(report(criterion("a", "unmet", 100, hint=hint)))
    assert "  Hint: GitLab:\n\n          script:\n            - make test\n" in page


def test_json_is_exactly_the_published_object() -> None:
    data = as_json(FAILING)
    Draft202012Validator(schema("result-1")).validate(data)
    assert data["score"] == 28.5
    assert data["submission"] == {"id": "alice", "digest": "a" * 64}
    assert data["diagnostics"] == [
        {"severity": "warning", "code": "duplicate-key", "message": "The key is given twice.", "path": CI, "line": 3}
    ]
    first, second = data["criteria"][:2]
    assert first["evidence"] == [
        {"path": CI, "line": 7, "column": 14, "end_line": 7, "end_column": 28, "role": "problem",
         "text": "this exit status is lost"}
    ]  # fmt: skip
    assert second["path_trace"][1] == {"text": "build", "path": CI, "line": 4, "column": 3}
    assert [one["awarded"] for one in data["criteria"]] == [0, 0, 7.5, 21, 0, 0]


def test_json_is_sorted_ascii_and_the_same_every_time() -> None:
    text = json_renderer.render(FAILING)
    assert text == json_renderer.render(replace(FAILING))
    assert text.isascii()
    assert text.endswith("}\n")
    keys = list(json.loads(text))
    assert keys == sorted(keys)


def test_terminal_and_json_show_one_score() -> None:
    assert f"Score {as_json(FAILING)['score']} of" in terminal.render(FAILING)


def spoiled(text: str) -> Report:
    """A report with ``text`` wherever something of a learner can stand."""
    span = Span(text or "x", 1, 1, 1, 9)
    evidence = (Evidence(span, "problem", text), Evidence(Span("f", 2, 2, 2, 4), "context", text))
    return report(
        criterion("a", "unmet", 50, message=text, evidence=evidence, path_trace=(Hop(text), Hop(text, span))),
        criterion("b", "met", 50, message=text), submission_id=text,
        diagnostics=(Diagnostic("error", "x", text, text, span), Diagnostic("note", "y", text, text)),
        sources={text or "x": (text, text), "f": ("a", text, text)},
    )  # fmt: skip


def check_harmless(text: str) -> None:
    one = spoiled(text)
    for ascii_only in (False, True):
        coloured = terminal.render(one, palette=terminal.COLOUR, ascii_only=ascii_only)
        plain = re.sub(r"\x1b\[\d+m", "", coloured)
        for line in plain.split("\n"):
            assert line.isprintable()
            assert width(line) <= terminal.COLUMNS
            assert not line.lstrip().startswith("::")
            assert not re.search(r"##[A-Za-z]{0,20}\[", line)
        assert plain.isascii() or not ascii_only
    told = plain_renderer.render(one, since=Since("compared", Fraction(1), one.criteria, one.criteria, one.criteria))
    for line in told.removesuffix("\n").split("\n"):
        assert line.isascii()
        assert line.isprintable()
        assert len(line) <= plain_renderer.COLUMNS
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##[A-Za-z]{0,20}\[", line)
    for finding in findings(one, Rubric(one.exercise, 1, 70, (), ""), english(), "ci.yml"):
        for said in (finding.message, *(text for _, text in finding.related)):
            assert said.isprintable()
    rendered = json_renderer.render(one)
    assert rendered.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", rendered)
    data = json.loads(rendered)
    json.dumps(data, ensure_ascii=False).encode("utf-8")
    Draft202012Validator(schema("result-1")).validate(data)


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_text_is_harmless_in_every_field(text: str) -> None:
    check_harmless(text)


@settings(deadline=None)  # three renderers and a schema; a busy machine is no failure
@given(st.text(max_size=120))
def test_any_text_is_harmless_in_every_field(text: str) -> None:
    check_harmless(text)


def test_a_committed_credential_is_in_no_output() -> None:
    token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
    one = spoiled(f"env TOKEN {token}")
    one = replace(one, sources={"f": ("a", token, token)}, submission_id="alice", diagnostics=(), criteria=tuple(
        replace(c, evidence=tuple(replace(e, span=Span("f", 2, 1, 2, 9)) for e in c.evidence),
                path_trace=(Hop(token),)) for c in one.criteria))  # fmt: skip
    assert token not in terminal.render(one)
    assert token not in json_renderer.render(one)
    assert token not in plain_renderer.render(one)
    assert token not in repr(findings(one, Rubric(one.exercise, 1, 70, (), ""), english(), "ci.yml"))
    assert "ghp_****" in terminal.render(one)
