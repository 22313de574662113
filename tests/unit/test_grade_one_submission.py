"""Grading one submission: what is missing, what is blocked, what failed, and what it all adds up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gradeline.exercise import Exercise
from gradeline.grade import NOTHING_TO_GRADE, CheckInfo, Reading, Submission, grade
from gradeline.result import Evidence, Hop, Report, Verdict
from gradeline.rubric import Document, build_rubric
from gradeline.source import Diagnostic, GradelineError, SourceFile, Span

CI = ".github/workflows/ci.yml"
PR = ".github/workflows/pr.yml"
UNREADABLE = "not text"
TOO_BIG = Diagnostic("error", "too-large", "This file is too large.", "x")


@dataclass
class Folder:
    files: Mapping[str, str]
    diagnostics: Sequence[Diagnostic] = ()

    @property
    def paths(self) -> Sequence[str]:
        return tuple(self.files)

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return {path: TOO_BIG for path, text in self.files.items() if text == UNREADABLE}

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files and path not in self.unreadable else None

    def digest(self) -> str:
        return "f" * 64

    def changed(self, path: str) -> bool:
        return False


@dataclass
class Fake:
    """An engine whose checks answer what a test says, and that remembers what it was asked."""

    answers: Mapping[str, Verdict | Exception | str]
    reading: Callable[[], Reading] = lambda: Reading("case")
    asked: list[str] = field(default_factory=list)
    kits: list[Mapping[str, object]] = field(default_factory=list)

    def read(
        self, submission: Submission, kit: Mapping[str, object], programs: Mapping[str, Sequence[str]]
    ) -> Reading:
        self.kits.append(kit)
        return self.reading()

    def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
        assert case == "case"
        self.asked.append(check_id)
        answer = self.answers[check_id]
        if isinstance(answer, Exception):
            raise answer
        return Verdict(answer, f"{check_id} says so") if isinstance(answer, str) else answer  # type: ignore[arg-type]

    def checks(self) -> Mapping[str, CheckInfo]:
        return {}


def run(
    engine: Fake,
    criteria: list[dict[str, Any]],
    files: Mapping[str, str] | None = None,
    submit: tuple[str, ...] = (CI,),
    instead: Mapping[str, tuple[str, ...]] | None = None,
    **options: Any,
) -> Report:
    rows = [{"category": "style", **row} for row in criteria]
    rubric = build_rubric(Document("r", {"exercise": "exercise-12", "version": 2, "pass_mark": 70, "criteria": rows}))
    exercise = Exercise(
        "exercise-12", "x", "Twelve", submit, Path("nowhere"), production={"python": "3.12"}, instead=instead or {}
    )
    return grade(Folder({CI: "jobs: {}\n"} if files is None else files), exercise, rubric, engine, **options)


def test_what_a_check_found_out_while_reading_more_is_in_the_report() -> None:
    late = Diagnostic("warning", "python-syntax", "No Python.", "test_a.py")
    found: list[Diagnostic] = []

    class Reader(Fake):
        def run(self, check_id: str, case: object, params: Mapping[str, object]) -> Verdict:
            found.append(late)
            return super().run(check_id, case, params)

    engine = Reader({"a": "met"}, lambda: Reading("case", later=lambda: tuple(found)))
    assert run(engine, [row("one", 100, "a")]).diagnostics == (late,)


def row(name: str, points: int, check: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "points": points, "check": check, "hints": ["first", "second", "third"], "why": "so", **more}


def by_id(report: Report) -> dict[str, str]:
    return {result.id: result.status for result in report.criteria}


def codes(report: Report) -> list[str]:
    return [one.code for one in report.diagnostics]


def test_a_report_says_what_was_graded_with_what() -> None:
    report = run(Fake({"a": "met", "b": "partial"}), [row("one", 60, "a"), row("two", 40, "b")], submission_id="alice")
    assert (report.exercise, report.title, report.submission_id) == ("exercise-12", "Twelve", "alice")
    assert (report.submission_digest, report.rubric_version, len(report.rubric_digest)) == ("f" * 64, 2, 64)
    assert (report.score, report.max_score, report.pass_mark) == (80, 100, 70)
    assert report.passed
    assert not report.needs_review
    assert report.diagnostics == ()


def test_facts_of_the_kit_reach_the_engine() -> None:
    engine = Fake({"a": "met"})
    run(engine, [row("one", 100, "a")])
    assert engine.kits == [{"python": "3.12"}]


def test_the_first_hint_is_given_for_what_is_lost_and_none_for_what_is_met() -> None:
    report = run(Fake({"a": "met", "b": "unmet", "c": "partial"}),
                 [row("one", 60, "a"), row("two", 20, "b"), row("three", 20, "c")])  # fmt: skip
    assert [result.hint for result in report.criteria] == ["", "first", "first"]


def test_half_is_given_when_only_the_lesser_demand_holds() -> None:
    report = run(Fake({"a": "unmet", "b": "met"}), [row("one", 100, "a", half={"check": "b"})])
    assert report.criteria[0].status == "partial"
    assert report.score == 50
    assert report.criteria[0].message == "a says so"


def test_half_is_not_asked_for_when_the_criterion_is_met() -> None:
    engine = Fake({"a": "met", "b": "met"})
    assert run(engine, [row("one", 100, "a", half={"check": "b"})]).score == 100
    assert engine.asked == ["a"]


def test_all_and_any_combine_checks() -> None:
    rule = {"all": [{"check": "a"}, {"any": [{"check": "b"}, {"check": "c"}]}]}
    report = run(Fake({"a": "met", "b": "unmet", "c": "met"}), [{"id": "one", "points": 100, **rule}])
    assert report.score == 100


def test_a_criterion_whose_need_is_unmet_is_not_looked_at_and_says_which() -> None:
    engine = Fake({"a": "unmet", "b": "met", "c": "met"})
    rows = [row("later", 30, "b", needs=["base"]), row("base", 40, "a"), row("last", 30, "c", needs=["later"])]
    report = run(engine, rows)
    assert by_id(report) == {"later": "not_applicable", "base": "unmet", "last": "not_applicable"}
    assert report.criteria[0].message == 'This is looked at once "Base" is repaired.'
    assert report.criteria[0].hint == ""
    assert engine.asked == ["a"]
    assert report.score == 0


@pytest.mark.parametrize("status", ["met", "partial", "cannot_tell"])
def test_a_criterion_is_looked_at_when_its_need_is_not_surely_lost(status: str) -> None:
    report = run(Fake({"a": status, "b": "met"}), [row("base", 40, "a"), row("later", 60, "b", needs=["base"])])
    assert by_id(report)["later"] == "met"


def test_what_cannot_be_told_withholds_points_and_asks_for_a_person() -> None:
    report = run(Fake({"a": "met", "b": "cannot_tell"}), [row("one", 60, "a"), row("two", 40, "b")])
    assert report.score == 60
    assert report.needs_review
    assert not report.passed


def test_a_check_that_raises_is_an_error_of_its_criterion_only() -> None:
    report = run(Fake({"a": ValueError("secret /home/prof"), "b": "met"}), [row("one", 30, "a"), row("two", 70, "b")])
    assert by_id(report) == {"one": "error", "two": "met"}
    assert report.needs_review
    assert report.passed
    assert [one.message for one in report.diagnostics] == ["The grader failed in the check `a`: ValueError."]


def test_an_unknown_check_is_an_error_and_never_a_lost_point() -> None:
    report = run(Fake({}), [row("one", 100, "nobody-wrote-this")])
    assert by_id(report) == {"one": "error"}


@pytest.mark.parametrize("failure", [RecursionError(), MemoryError(), AssertionError(), UnicodeError()])
def test_a_reader_that_fails_makes_every_criterion_an_error(failure: Exception) -> None:
    def fail() -> Reading:
        raise failure

    report = run(Fake({"a": "met"}, reading=fail), [row("one", 60, "a"), row("two", 40, "a")])
    assert set(by_id(report).values()) == {"error"}
    assert codes(report) == ["grader-error"]


def test_a_known_problem_of_reading_is_for_a_person_to_decide() -> None:
    def fail() -> Reading:
        raise GradelineError("the archive nests too deep")

    report = run(Fake({"a": "met"}, reading=fail), [row("one", 100, "a")])
    assert by_id(report) == {"one": "cannot_tell"}
    assert "the archive nests too deep" in report.criteria[0].message


def test_bugs_are_raised_when_somebody_looks_for_them() -> None:
    with pytest.raises(ValueError, match="found"):
        run(Fake({"a": ValueError("found")}), [row("one", 100, "a")], raise_bugs=True)


def test_an_interruption_is_not_swallowed() -> None:
    def interrupt() -> Reading:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Fake({"a": "met"}, reading=interrupt), [row("one", 100, "a")])


@pytest.mark.parametrize("files", [{}, {"README.md": "hello"}, {CI: ""}, {CI: "# later\n---\n  \n"}])
def test_an_empty_submission_scores_nothing_and_says_so(files: Mapping[str, str]) -> None:
    engine = Fake({"a": "met"})
    report = run(engine, [row("one", 60, "a"), row("two", 40, "a")], files)
    assert report.score == 0
    assert not report.passed
    assert NOTHING_TO_GRADE in codes(report)
    assert engine.asked == []
    assert all(result.status == "unmet" and CI in result.message for result in report.criteria)


def test_pipelines_without_any_work_score_nothing() -> None:
    report = run(Fake({"a": "met"}, reading=lambda: Reading("case", empty=True)), [row("one", 100, "a")])
    assert report.score == 0
    assert codes(report) == [NOTHING_TO_GRADE]
    assert "not one job, stage or step" in report.criteria[0].message


@pytest.mark.parametrize(
    "found", [".github/workflow/ci.yml", ".github/workflows/ci.yaml", "ci.yml", ".github/workflows/CI.yml",
              ".github/workflows/c1.yml"],
)  # fmt: skip
def test_a_file_at_a_similar_place_is_named(found: str) -> None:
    report = run(Fake({"a": "met"}), [row("one", 100, "a")], {found: "jobs: {}"})
    assert report.criteria[0].message == (
        f"`{CI}` is missing. Found instead: `{found}`. Compare the names and the folders."
    )
    assert report.criteria[0].evidence == (Evidence(Span(found, 1), "context", f"expected: {CI}"),)


def test_a_pattern_that_no_file_matches_is_said_as_a_pattern() -> None:
    report = run(Fake({}), [row("one", 100, "a")], {"notes.md": "x"}, submit=(".github/workflows/*.yml",))
    assert report.criteria[0].message == "No file matches `.github/workflows/*.yml` in the folder that is graded."


def test_files_that_are_not_alike_are_not_named() -> None:
    report = run(Fake({"a": "met"}), [row("one", 100, "a")], {"README.md": "x", "src/main.py": "y"})
    assert "Found instead" not in report.criteria[0].message


def test_only_the_checks_of_a_missing_file_are_unmet_when_another_file_is_there() -> None:
    engine = Fake({"a": "met", "b": "met"})
    rows = [row("one", 60, "a"), row("two", 40, "b", **{"with": {"pipelines": [PR]}})]
    report = run(engine, rows, {CI: "jobs: {}"}, submit=(CI, PR))
    assert by_id(report) == {"one": "met", "two": "unmet"}
    assert engine.asked == ["a"]
    assert report.criteria[1].message.startswith(f"`{PR}` is missing")
    assert [(one.code, one.path) for one in report.diagnostics] == [("missing-file", PR)]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"CODEOWNERS": "* @kestrel/churn\n"}, []),
        ({".github/CODEOWNERS": "# soon\n", "CODEOWNERS": "* @kestrel/churn\n"}, ["empty-file"]),
        ({"owners.txt": "* @kestrel/churn\n"}, ["missing-file"]),
    ],
)
def test_a_file_that_may_be_handed_in_elsewhere_is_not_called_missing(files: dict[str, str], said: list[str]) -> None:
    owners = ".github/CODEOWNERS"
    report = run(
        Fake({"a": "met"}),
        [row("one", 100, "a")],
        {CI: "jobs: {}\n", **files},
        submit=(CI, owners),
        instead={owners: ("CODEOWNERS", "docs/CODEOWNERS")},
    )
    assert codes(report) == said


def test_a_blank_file_counts_as_missing_for_the_checks_that_look_at_it() -> None:
    rows = [row("one", 60, "a"), row("two", 40, "b", **{"with": {"pipelines": [PR]}})]
    report = run(Fake({"a": "met", "b": "met"}), rows, {CI: "jobs: {}", PR: "# soon\n"}, submit=(CI, PR))
    assert by_id(report) == {"one": "met", "two": "unmet"}
    assert report.criteria[1].message == f"`{PR}` is empty: there is nothing in it to grade."
    assert codes(report) == ["empty-file"]


def test_files_that_cannot_be_read_are_for_a_person_to_decide() -> None:
    engine = Fake({"a": "met"})
    report = run(engine, [row("one", 100, "a")], {CI: UNREADABLE})
    assert by_id(report) == {"one": "cannot_tell"}
    assert report.criteria[0].message == f"`{CI}` cannot be read. This file is too large."
    assert engine.asked == []


@pytest.mark.parametrize("status", ["met", "partial"])
def test_what_an_unreadable_file_hides_earns_no_points(status: str) -> None:
    rows = [
        row("everywhere", 30, "a"), row("there", 30, "a", **{"with": {"pipelines": [PR]}}),
        row("here", 20, "a", **{"with": {"pipelines": [CI]}}), row("lost", 20, "b"),
    ]  # fmt: skip
    report = run(Fake({"a": status, "b": "unmet"}), rows, {CI: "jobs: {}", PR: UNREADABLE}, submit=(CI, PR))
    assert by_id(report) == {"everywhere": "cannot_tell", "there": "cannot_tell", "here": status, "lost": "unmet"}


@pytest.mark.parametrize("status", ["met", "partial"])
@pytest.mark.parametrize(
    ("proof", "seen"),
    [(Span(PR, 3, 5, 3, 20), True), (Span(PR, 2, 1, 5, 4), False), (None, False)],
    ids=["a line of the readable part", "the file as a whole", "nothing"],
)
def test_a_damaged_file_earns_what_its_readable_part_proves(status: str, proof: Span | None, seen: bool) -> None:
    error = Diagnostic("error", "yaml-syntax", "A bracket is never closed.", PR, Span(PR, 5, 4))
    later = Diagnostic("error", "x", "Something else.", PR, Span(PR, 9))
    rows = [
        row("everywhere", 30, "a"), row("there", 30, "a", **{"with": {"pipelines": [PR]}}),
        row("here", 20, "a", **{"with": {"pipelines": [CI]}}), row("lost", 20, "b"),
    ]  # fmt: skip
    evidence = (Evidence(proof, "proof", "here"),) if proof is not None else ()
    met = Verdict(status, "It holds.", evidence)  # type: ignore[arg-type]
    engine = Fake({"a": met, "b": "unmet"}, lambda: Reading("case", (error, later)))
    report = run(engine, rows, {CI: "jobs: {}", PR: "# c\non: push\njobs:\n  a: 1\n  b: [\n"}, submit=(CI, PR))
    there = status if seen else "cannot_tell"
    assert by_id(report) == {"everywhere": there, "there": there, "here": status, "lost": "unmet"}
    if not seen:
        assert report.criteria[1].message == (
            f"`{PR}` has an error in line 5, so a part of it cannot be seen. A bracket is never closed."
        )
        assert [one.span for one in report.criteria[1].evidence] == [Span(PR, 5, 4)]


def test_a_file_that_its_platform_refuses_withholds_the_pass_and_keeps_its_points() -> None:
    error = Diagnostic("error", "duplicate-key", "`on` stands here twice.", CI, Span(CI, 3))
    report = run(Fake({"a": "met"}, lambda: Reading("case", (error,))), [row("one", 100, "a")])
    assert (report.score, report.passed) == (100, False)
    assert [one.message for one in report.diagnostics if one.code == "critical-criterion"] == [
        f"`{CI}` has an error in line 3, so it does not run. Repair it to pass this exercise."
    ]


@pytest.mark.parametrize(("severity", "path"), [("warning", CI), ("error", "Makefile")])
def test_a_warning_or_an_error_elsewhere_costs_nothing_by_itself(severity: str, path: str) -> None:
    found = Diagnostic(severity, "x", "Odd.", path, Span(path, 1))  # type: ignore[arg-type]
    assert run(Fake({"a": "met"}, lambda: Reading("case", (found,))), [row("one", 100, "a")]).score == 100


def test_a_link_in_the_place_of_a_file_to_hand_in_is_an_error_and_elsewhere_a_warning() -> None:
    links = [Diagnostic("warning", "link", "This is a link.", path) for path in (CI, "notes.md")]
    rows = [row("one", 100, "a")]
    rubric = build_rubric(
        Document("r", {"exercise": "exercise-12", "version": 2, "pass_mark": 70,
                       "criteria": [{"category": "style", **one} for one in rows]})
    )  # fmt: skip
    exercise = Exercise("exercise-12", "x", "Twelve", (CI,), Path("nowhere"))
    report = grade(Folder({CI: UNREADABLE}, links), exercise, rubric, Fake({"a": "met"}))
    assert [(one.path, one.severity) for one in report.diagnostics] == [(CI, "error"), ("notes.md", "warning")]


def test_a_check_of_a_missing_file_still_has_its_partial_credit() -> None:
    rows = [row("one", 100, "a", **{"with": {"pipelines": [PR]}, "half": {"check": "b"}})]
    assert run(Fake({"a": "met", "b": "met"}), rows).score == 50


def test_a_critical_criterion_that_is_lost_fails_the_exercise_and_is_said() -> None:
    report = run(Fake({"a": "met", "b": "unmet"}), [row("one", 90, "a"), row("two", 10, "b", critical=True)])
    assert report.score == 90
    assert not report.passed
    assert report.lost_critical == ("two",)
    assert [one.message for one in report.diagnostics] == ['"Two" must hold to pass this exercise, whatever the score.']


def test_the_report_carries_the_lines_that_evidence_points_into_and_no_others() -> None:
    trace = (Hop("push"), Hop("x", Span("Makefile", 1)))
    verdict = Verdict("unmet", "m", (Evidence(Span(CI, 1), "problem", "t"),), trace)
    files = {CI: "a\nb", "Makefile": "x:", "other": "z"}
    report = run(Fake({"a": verdict}), [row("one", 100, "a")], files)
    assert report.sources == {CI: ("a", "b"), "Makefile": ("x:",)}


def test_diagnostics_come_by_place_and_never_twice() -> None:
    def note(path: str, line: int) -> Diagnostic:
        return Diagnostic("warning", "x", "y", path, Span(path, line))

    notes = (note("b", 2), note("a", 9), note("b", 1), note("a", 9))
    engine = Fake({"a": "met"}, reading=lambda: Reading("case", notes))
    report = run(engine, [row("one", 100, "a")])
    assert [(one.path, one.span.line) for one in report.diagnostics if one.span] == [("a", 9), ("b", 1), ("b", 2)]


def test_equal_submissions_give_equal_reports() -> None:
    def once() -> Report:
        return run(Fake({"a": "met", "b": "partial"}), [row("one", 61, "a"), row("two", 39, "b")])

    assert once() == once()
    assert once().score == Fraction(161, 2)
