"""Pages for instructors and feedback for learners say nothing of their own but what is in the words.

The words are in capitals here and all else is a number (see ``support.capitals``), so a small letter is a word that
nobody could translate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.capitals import CAPITALS

from gradeline.exports import feedback
from gradeline.gradebook.database import open_book
from gradeline.gradebook.pen import Voice
from gradeline.gradebook.taking import add_results
from gradeline.grades import Comment, Grade, Learner, Override
from gradeline.render import markdown
from gradeline.render.findings import Graded
from gradeline.render.stored import report_of
from gradeline.report.alike import Alike, Pair, Side
from gradeline.report.site import Work, write
from gradeline.result import CRITICAL
from gradeline.review.desk import Decision, Desk
from gradeline.review.questions import question_key
from gradeline.words import Words, load

FIRST = "exercise-01"
WHEN = "2026-01-01"
SEEN = ("aria-label", "alt", "title", "placeholder", "lang")
STATUSES = ("met", "unmet", "partial", "cannot_tell", "not_applicable", "error")
# Names that are no sentences: of exercises and files, keys on a keyboard, the languages of the page and its parts.
NAMES = re.compile(r"exercise-01|\bcapitals\b|\ben\b|\bj, k\b|\b[pc]\b(?= )|Esc|\S*/1\.2|```text|## Gradeline")


class Shown(HTMLParser):
    """What a page says to eyes and ears."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        self.said += [value or "" for name, value in attributes if name in SEEN]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def shown(page: str) -> str:
    reader = Shown()
    reader.feed(page)
    return " ".join(" ".join(reader.said).split())


def small(text: str) -> list[str]:
    return re.findall(r"\S* ?\S*[a-z]\S*", NAMES.sub("", text))


def result() -> dict[str, Any]:
    place = {"role": "problem", "text": "1", "path": "2", "line": 1, "column": 1, "end_line": 1, "end_column": 2}
    return {
        "exercise": FIRST, "submission": {"id": "3", "digest": "4"}, "rubric": {"version": 1, "digest": "5"},
        "grader": {"version": "6"}, "tools": {}, "score": 10, "max_score": 60, "pass_mark": 70, "passed": False,
        "needs_review": True,
        "criteria": [
            {"id": f"{at}", "title": f"{at}", "category": "7", "points": 10, "awarded": 10 if status == "met" else 0,
             "status": status, "message": "8", "why": "9", "hint": "10", "evidence": [place, {**place, "text": ""}],
             "path_trace": [{"text": "11", "path": "2", "line": 1, "column": 1}]}
            for at, status in enumerate(STATUSES, start=20)
        ],
        "diagnostics": [
            {"severity": "warning", "code": CRITICAL, "message": "12", "path": "", "line": None},
            {"severity": "error", "code": "13", "message": "14", "path": "2", "line": 1},
        ],
    }  # fmt: skip


def grades(size: int = 12) -> Iterator[Grade]:
    given = (Override("15", "16", WHEN, Fraction(5), "21"), Override("15", "17", WHEN, Fraction(6)))
    for at in range(size):
        yield Grade(
            Learner(f"{at + 100}", f"{at + 200}", f"{at}@1", section="18"), FIRST, "graded", Fraction(10), Fraction(60),
            passed=at == 0, needs_review=True, result=result(), submitted=WHEN, late=Fraction(1), overrides=given[: at],
            comments=(Comment("19", "20", WHEN),), digest="4",
        )  # fmt: skip
    for at, (standing, reason) in enumerate(
        [
            ("missing", ""),
            ("excused", ""),
            *(("error", one) for one in ("timeout", "memory", "crash", "bug", "unreadable")),
        ]
    ):
        yield Grade(Learner(f"{at + 300}"), FIRST, standing, None, Fraction(60), passed=False,  # type: ignore[arg-type]
                    needs_review=standing == "error", reason=reason)  # fmt: skip


def work(_: Grade) -> Work:
    return Work({"2": ("30", "31")}, "<svg/>")


def pages(folder: Path, words: Words, size: int = 12) -> dict[str, str]:
    side = Side("2", 1, ("40",))
    pair = Pair("100", "101", 90, 10, 3, ((side, side),))
    alike = [
        Alike(FIRST, 12, (pair,), 4, (("100", "101", "999"),), ("102",), ("103",)),
        Alike(FIRST, 0, (), 0, (), (), ()),
    ]
    write(grades(size), folder, "50", work, alike, words)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def test_the_report_adds_no_word_that_is_not_translated(tmp_path: Path) -> None:
    for at, size in enumerate((12, 2)):  # a class, and too few for some of the numbers
        written = pages(tmp_path / f"{at}", CAPITALS, size)
        assert {"index.html", "review.html", "similarity.html", f"exercises/{FIRST}.html"} < set(written)
        assert {name: small(shown(page)) for name, page in written.items() if small(shown(page))} == {}


def test_a_report_on_nothing_adds_no_word_that_is_not_translated(tmp_path: Path) -> None:
    write([], tmp_path, "50", work, [], CAPITALS)
    for path in tmp_path.rglob("*.html"):
        assert small(shown(path.read_text(encoding="utf-8"))) == [], path.name


def test_a_report_in_german_says_so_to_who_reads_aloud_and_keeps_the_graders_english(tmp_path: Path) -> None:
    written = pages(tmp_path, load("de"))
    page = written["index.html"]
    assert '<html lang="de">' in page
    assert "<li><b>19</b> Lernende</li>" in page
    assert "✓ bestanden, ✗ nicht bestanden, ? wartet auf einen Menschen" in page
    assert "<b>Erreicht</b> ist der Anteil an den Punkten" in written[f"exercises/{FIRST}.html"]
    assert '<h2 lang="en">23</h2>\n<p><span class="word">nicht erkennbar</span>, exercise-01' in written["review.html"]
    (learner,) = (text for name, text in written.items() if name.startswith("learners/104-"))
    for part in (
        '<dd>10 von 60 Punkten, nicht bestanden</dd>', "<dt>Zum Bestehen nötig</dt><dd lang=\"en\">12</dd>",
        "<dd>6 Punkte für das Ganze, 15, 2026-01-01: 17</dd>", '<p><b>Tipp:</b> <span lang="en">10</span></p>',
        "<summary>Die Pipeline, wie der Prüfer sie sieht</summary>",
    ):  # fmt: skip
        assert part in learner, part
    english = pages(tmp_path / "en", load("en"))
    assert all('lang="en"' not in page.replace('<html lang="en">', "") for page in english.values())


# -- the review ---------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    book = open_book(str(tmp_path / "1.2"), create=True)
    add_results(book, list(grades(3)), Voice("0", datetime(2026, 1, 1, tzinfo=UTC)))

    def look(grade: Grade) -> Future[Work | None]:
        found: Future[Work | None] = Future()
        if grade.learner.id != "100":
            found.set_result(work(grade))
        return found

    yield Desk(book, "60", look, CAPITALS)
    book.close()


def test_the_review_adds_no_word_that_is_not_translated(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradeline.review.desk.PATIENCE", 0.1)
    page = shown(desk.page("61", ""))
    assert small(page) == []
    assert "THE WORK IS STILL BEING READ." in page
    key = question_key(desk._questions.now().questions[0])
    form = desk.page("61", "").split(f'name="question" value="{key}"')[1].partition("</form>")[0]
    people = tuple(re.findall(r'name="work" value="([^"]+)"', form))
    told, _ = desk.decide(Decision(key, people, "5", "62", "63"))
    assert re.fullmatch(r"GAVE 5 POINTS TO \d LEARNERS?\. COMMENTED ON THE WORK OF \d LEARNERS?\.", told)


# -- feedback -----------------------------------------------------------------------------------------


def test_feedback_adds_no_word_that_is_not_translated() -> None:
    for grade in grades(3):
        assert small(" ".join(feedback.sentences(grade, CAPITALS))) == []
        assert small(feedback.as_markdown(grade, "64", CAPITALS)) == []
        assert small(shown(feedback.as_html(grade, "64", CAPITALS))) == []


def test_feedback_in_german_speaks_to_the_learner() -> None:
    *_, graded, missing, excused, error = list(grades(3))[:6]
    assert feedback.sentences(missing, load("de")) == ("Es wurde nichts abgegeben.",)
    assert feedback.sentences(excused, load("de")) == ("Du bist für diese Übung entschuldigt.",)
    assert feedback.sentences(error, load("de"))[0].startswith("Es gibt noch keine Bewertung: Der Bewerter ist")
    said = feedback.sentences(graded, load("de"))
    assert said[:5] == (
        "10 von 60 Punkten, nicht bestanden.", "1 Punkt wurde wegen Verspätung abgezogen.",
        "Einige Punkte warten auf einen Menschen.", "15 gab 5 Punkte für 21: 16", "15 gab 6 Punkte: 17",
    )  # fmt: skip
    page = feedback.as_html(graded, "64", load("de"))
    assert page.startswith('<!doctype html>\n<html lang="de">\n')
    assert '<h3>23: nicht erkennbar (0/10)</h3><p lang="en">8</p>' in page
    assert "## Was der Bewerter fand\n\n| | Punkte | Kriterium |\n" in feedback.as_markdown(graded, "64", load("de"))


# -- a summary of a pull request ----------------------------------------------------------------------


def test_the_summary_of_a_pull_request_adds_no_word_that_is_not_translated() -> None:
    one = Graded(report_of(result(), "65"), "66")
    assert small(markdown.render([one, one], ["67"], words=CAPITALS)) == []
    for limit in (3000, 400):  # parts are left out
        assert small(markdown.render([one, one], ["67"], limit=limit, words=CAPITALS)) == []
    assert small(markdown.comment([one], ["67"], words=CAPITALS).removeprefix(markdown.MARK)) == []
