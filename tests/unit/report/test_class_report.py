"""The report of a class: its numbers, its files, and that a learner's text is nothing but text in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.hostile_text import ALL

from gradeline.grades import Comment, Grade, Learner, Override
from gradeline.report import charts, numbers
from gradeline.report.alike import read
from gradeline.report.site import Work, slug, write
from gradeline.words import Told, english

FIRST = "exercise-01"


def result(*criteria: tuple[str, int, int, str], said: str = "seen", path: str = "ci.yml") -> dict[str, Any]:
    """``criteria``: id, points, awarded and status."""
    score = sum(one[2] for one in criteria)
    return {
        "exercise": FIRST, "submission": {"id": "x", "digest": "d"}, "rubric": {"version": 1, "digest": "r"},
        "grader": {"version": "1"}, "tools": {}, "score": score, "max_score": sum(one[1] for one in criteria),
        "pass_mark": 70, "passed": score >= 70, "needs_review": any(one[3] == "cannot_tell" for one in criteria),
        "criteria": [
            {"id": name, "title": f"Title of {name}", "category": "c", "points": points, "awarded": awarded,
             "status": status, "message": said, "why": said, "hint": said, "path_trace": [],
             "evidence": [{"role": "problem", "text": said, "path": path, "line": 1, "column": 1, "end_line": 1,
                           "end_column": 3}]}
            for name, points, awarded, status in criteria
        ],
        "diagnostics": [],
    }  # fmt: skip


def graded(learner: str, data: dict[str, Any], **more: Any) -> Grade:
    return Grade(
        Learner(learner), FIRST, "graded", Fraction(data["score"]), Fraction(data["max_score"]),
        passed=data["passed"], needs_review=data["needs_review"], result=data, **more,
    )  # fmt: skip


def nothing(_: Grade) -> Work | None:
    return None


def a_class(size: int) -> list[Grade]:
    """Learner n has n of 40 points in the first criterion; the others have the second too from the middle on."""
    return [
        graded(f"l{at:02d}", result(("easy", 20, 20, "met"), ("hard", 40, 40 if at >= size * 3 / 4 else 0, "unmet"),
                                    ("fair", 40, 40 if at >= size / 2 else 0, "unmet")))
        for at in range(size)
    ]  # fmt: skip


# -- numbers --------------------------------------------------------------------------------------------------------


def exercise(grades: Sequence[Grade]) -> numbers.Exercise:
    titles = {(FIRST, name): (name, Fraction(points)) for name, points in (("easy", 20), ("hard", 40), ("fair", 40))}
    (found,) = numbers.exercises([numbers.cell(one) for one in grades], titles)
    return found


def test_a_class_is_counted_and_averaged_exactly() -> None:
    found = exercise([*a_class(12), Grade(Learner("m"), FIRST, "missing", None, Fraction(100), False, False)])
    assert (found.graded, found.missing, found.passed) == (12, 1, 3)
    assert (found.mean, found.median) == (Fraction(20 * 12 + 40 * 6 + 40 * 3, 12), 40)
    assert [(one.id, one.reached, one.lost) for one in found.criteria] == [
        ("easy", 1, 0), ("hard", Fraction(1, 4), 9), ("fair", Fraction(1, 2), 6),
    ]  # fmt: skip


def test_what_tells_learners_apart_correlates_with_the_rest_and_what_all_have_says_nothing() -> None:
    easy, hard, fair = exercise(a_class(12)).criteria
    assert easy.discrimination is None
    assert hard.discrimination == fair.discrimination == 0.58  # of phi for 3 in 6 of 12: 1/sqrt(3)
    assert exercise(a_class(9)).criteria[1].discrimination is None  # too few


def test_a_persons_points_count_in_the_numbers_of_a_criterion() -> None:
    given = (Override("t", "r", "2026-01-01T00:00:00Z", Fraction(10), "easy"),)
    found = exercise([graded("a", result(("easy", 20, 0, "cannot_tell")), overrides=given)])
    assert found.criteria[0].reached == Fraction(1, 2)


def test_what_to_teach_again_is_the_hardest_first_and_needs_a_class() -> None:
    assert [one.id for one in numbers.reteach([exercise(a_class(12))])] == ["hard", "fair"]
    assert numbers.reteach([exercise(a_class(9))]) == ()


@pytest.mark.parametrize(
    ("percents", "counts"),
    [([0, 9, 10, 99, 100], (2, 1, 0, 0, 0, 0, 0, 0, 0, 2)), ([], (0,) * 10), ([-5], (1,) + (0,) * 9)],
)
def test_a_tenth_has_its_lower_end_and_the_last_both(percents: list[int], counts: tuple[int, ...]) -> None:
    assert charts.bins([Fraction(one) for one in percents]) == counts


def test_a_chart_has_no_style_no_script_and_is_the_same_each_time() -> None:
    percents = [Fraction(30), Fraction(80)]
    drawn = [charts.distribution(percents, "two results", Fraction(70), english()) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert not re.search(r"style=|<style|<script|on\w+=|http://(?!www\.w3\.org)", drawn[0])
    assert 'aria-label="two results"' in drawn[0]


def test_what_waits_for_a_person_says_nothing_about_the_class() -> None:
    waits = [graded(f"w{at:02d}", result(("easy", 20, 0, "cannot_tell"), ("fair", 40, 40, "met"))) for at in range(12)]
    easy, _ = exercise(waits).criteria
    assert (easy.count, easy.reached, easy.lost, easy.waiting, easy.discrimination) == (0, None, 0, 12, None)
    assert numbers.reteach([exercise(waits)]) == ()
    some = exercise([*waits, graded("a", result(("easy", 20, 5, "partial"), ("fair", 40, 40, "met")))]).criteria[0]
    assert (some.count, some.reached, some.lost, some.waiting) == (1, Fraction(1, 4), 1, 12)


def test_a_decision_ends_the_waiting_and_nobody_lost_less_than_nothing() -> None:
    given = (Override("t", "r", "2026-01-01T00:00:00Z", Fraction(20), "easy"),)
    found = exercise([graded("a", result(("easy", 20, 0, "cannot_tell")), overrides=given)]).criteria[0]
    assert (found.count, found.reached, found.lost, found.waiting) == (1, 1, 0, 0)


def test_results_of_two_rubrics_are_compared_by_their_share() -> None:
    old = [graded(f"o{at}", result(("hard", 80, 80, "met"))) for at in range(3)]
    new = [graded(f"n{at}", result(("hard", 40, 20, "partial"))) for at in range(3)]
    found = exercise([*old, *new]).criteria[0]
    assert (found.reached, found.lost) == (Fraction(3, 4), 3)


def test_no_correlation_is_no_minus_nought() -> None:
    found = [
        graded(f"l{at}", result(("hard", 40, 40 * (at % 2), "unmet"), ("fair", 40, 40 * (at // 2 % 2), "unmet")))
        for at in range(12)
    ]
    assert [str(one.discrimination) for one in exercise(found).criteria] == ["0.0", "0.0"]


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_and_one_learner_are_a_class(tmp_path: Path, size: int) -> None:
    made = write(a_class(size), tmp_path, "T", nothing)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert (made.learners, made.results) == (size, size)
    assert f"<li><b>{size}</b> {'learner' if size == 1 else 'learners'}</li>" in index
    assert "nan" not in index.lower()


# -- files ----------------------------------------------------------------------------------------------------------


def test_the_same_grades_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(a_class(12), tmp_path / name, "T", nothing)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) == 12 + 3
    assert all((tmp_path / "one" / one).read_bytes() == (tmp_path / "two" / one).read_bytes() for one in files)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".", "", "CON", "\0", "\udcff", "x" * 5000, "Ä", "a\nb"])
def test_a_page_of_a_learner_has_a_safe_name(tmp_path: Path, name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,61}", slug(name))
    write([graded(name, result(("easy", 20, 20, "met")))], tmp_path / "site", "T", nothing)
    assert len(list((tmp_path / "site" / "learners").iterdir())) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["site"]


def test_learners_who_look_alike_have_pages_of_their_own() -> None:
    assert len({slug(name) for name in ("a b", "a-b", "A b", "a  b")}) == 4


def test_the_same_question_about_many_stands_once_in_the_queue(tmp_path: Path) -> None:
    asked = [graded(f"l{at}", result(("easy", 20, 0, "cannot_tell"), said="an image we cannot see")) for at in range(3)]
    failed = Grade(Learner("z"), FIRST, "error", None, Fraction(0), False, True, reason="timeout")
    decided = graded(
        "d", result(("easy", 20, 0, "cannot_tell"), said="an image we cannot see"),
        overrides=(Override("t", "r", "2026-01-01T00:00:00Z", Fraction(10), "easy"),),
    )  # fmt: skip
    made = write([*asked, failed, decided], tmp_path, "T", nothing)
    page = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert made.review == 2
    assert page.count("an image we cannot see") == 1
    assert "3 learners" in page
    assert "timeout" in page


def test_code_frames_show_the_lines_when_the_work_is_at_hand(tmp_path: Path) -> None:
    data = result(("easy", 20, 0, "unmet"))
    write([graded("a", data)], tmp_path, "T", lambda _: Work({"ci.yml": ("on:    push",)}, "<svg/>"))
    page = (tmp_path / "learners" / f"{slug('a')}.html").read_text(encoding="utf-8")
    assert "1 | on:    push\n  | ^^" in page
    assert "data:image/svg+xml;base64,PHN2Zy8+" in page


@pytest.mark.parametrize("name", ["../../x", "a/b", "", "content", "_content", "spread", "a b", "__" + "a" * 20, "Ü"])
def test_a_name_of_an_exercise_or_a_criterion_is_no_path_and_no_second_id(tmp_path: Path, name: str) -> None:
    data = {**result((name, 20, 5, "partial"), ("learners", 40, 40, "met")), "exercise": name}
    one = Grade(Learner("ada"), name, "graded", Fraction(45), Fraction(60), False, False, result=data)
    write([one], tmp_path / "site", "T", nothing)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    pages = {path.relative_to(tmp_path / "site").as_posix(): path.read_text(encoding="utf-8")
             for path in (tmp_path / "site").rglob("*.html")}  # fmt: skip
    assert len(pages) == 4
    for place, text in pages.items():
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(ids) == len(set(ids)), place
        assert set(re.findall(r'aria-labelledby="([^"]*)"', text)) <= set(ids)
        for target in re.findall(r'<a [^>]*href="([^"]+)"', text):
            page, _, part = target.partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(place), page)) if page else place
            assert there in pages, target
            assert not part or f'id="{part}"' in pages[there], target


def test_results_that_do_not_stand_together_are_told_and_not_lost(tmp_path: Path) -> None:
    ada, bob = a_class(2)
    with pytest.raises(Told, match="The results of l00 do not stand together"):
        write([ada, bob, Grade(**{**vars(ada), "exercise": "exercise-02"})], tmp_path, "T", nothing)
    with pytest.raises(Told, match="two results of l00 for exercise-01"):
        write([ada, ada], tmp_path, "T", nothing)


def test_what_one_of_two_exercises_says_about_a_learner_stands_on_the_page_of_both(tmp_path: Path) -> None:
    data = result(("easy", 20, 20, "met"))
    other = Grade(Learner("ada", "Ada L.", "a@x"), "exercise-02", "graded", Fraction(20), Fraction(20), True, False,
                  result={**data, "exercise": "exercise-02"})  # fmt: skip
    write([graded("ada", data), other], tmp_path, "T", nothing)
    page = (tmp_path / "learners" / f"{slug('ada')}.html").read_text(encoding="utf-8")
    assert "<h1>Ada L. (ada)</h1>" in page
    assert page.count("<h2 ") == 2


@pytest.mark.parametrize("damage", [{"criteria": [{}]}, {"criteria": 3}, {"pass_mark": "many"}, {"submission": None}])
def test_a_result_of_another_version_is_told_by_name(tmp_path: Path, damage: dict[str, Any]) -> None:
    bad = graded("ada", {**result(("easy", 20, 20, "met"))})
    with pytest.raises(Told, match="The result of ada for exercise-01 is none that this version of Gradeline knows"):
        write([Grade(**{**vars(bad), "result": {**(bad.result or {}), **damage}})], tmp_path, "T", nothing)


def test_pages_of_learners_who_have_gone_are_removed_and_nothing_else_is(tmp_path: Path) -> None:
    write(a_class(3), tmp_path, "T", nothing, ())
    assert (tmp_path / "similarity.html").exists()
    theirs = (tmp_path / "notes.html", tmp_path / "learners" / "notes.html")
    (tmp_path / ".index.html.7.tmp").write_bytes(b"half")
    (tmp_path / "learners" / ".x.html.7.tmp").write_bytes(b"half")
    for path in theirs:
        path.write_text("<p>mine</p>", encoding="utf-8")
    write(a_class(2), tmp_path, "T", nothing)
    assert sorted(path.name for path in (tmp_path / "learners").iterdir()) == sorted(
        ["notes.html", f"{slug('l00')}.html", f"{slug('l01')}.html"]
    )
    assert not (tmp_path / "similarity.html").exists()
    assert not list(tmp_path.rglob("*.tmp"))
    assert all(path.exists() for path in theirs)


# -- hostile text ---------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """Everything that a browser would do something with."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith(("javascript:", "http")):
                self.found.add(f"{tag} {name}={value}")


@pytest.mark.parametrize("payload", ALL)
def test_what_a_learner_wrote_is_text_on_every_page(
    tmp_path: Path, payload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "distribution", lambda *_: "<svg></svg>")  # slow, and tells only numbers
    data = result(("easy", 20, 0, "cannot_tell"), ("hard", 40, 0, "unmet"), said=f"`{payload}` {payload}", path=payload)
    hostile = Grade(
        Learner(payload, payload, payload, payload, payload), FIRST, "graded", Fraction(0), Fraction(60), False, True,
        result=data, submitted=payload, comments=(Comment(payload, payload, payload),),
        overrides=(Override(payload, payload, payload, Fraction(1), payload),),
    )  # fmt: skip
    write([hostile], tmp_path / "site", payload, lambda _: Work({payload: (payload,)}, f"<svg>{payload}</svg>"))
    write([graded("plain", result(("easy", 20, 0, "cannot_tell"), ("hard", 40, 0, "unmet")))], tmp_path / "ref", "T",
          lambda _: Work({"ci.yml": ("x",)}, "<svg/>"))  # fmt: skip
    allowed = _tags(tmp_path / "ref")
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert _tags_of(text) <= allowed | {"details", "pre", "code", "div"}, page.name
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def _tags(folder: Path) -> set[str]:
    return set().union(*(_tags_of(page.read_text(encoding="utf-8")) for page in folder.rglob("*.html")))


def _tags_of(text: str) -> set[str]:
    parser = _Tags()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "x", "exercises": []}', "\xff", '{"schema": 1}'])
def test_a_file_that_similarity_did_not_write_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(Told, match=r"a\.json is not what grade similarity --format json writes"):
        read(tmp_path / "a.json")


def test_a_class_without_a_comparison_has_no_page_and_no_link_for_it(tmp_path: Path) -> None:
    write(a_class(3), tmp_path, "T", nothing)
    assert not (tmp_path / "similarity.html").exists()
    assert not list(tmp_path.rglob("*.tmp"))
    assert "similarity.html" not in (tmp_path / "index.html").read_text(encoding="utf-8")
