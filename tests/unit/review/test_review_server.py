"""``grade review`` as a server: who may decide, what a decision does, and that nobody else gets in."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from support.hostile_text import ALL

from gradeline.gradebook.database import Book, open_book
from gradeline.gradebook.history import entries
from gradeline.gradebook.pen import Voice
from gradeline.gradebook.reading import grades
from gradeline.gradebook.taking import add_results
from gradeline.grades import Grade, Learner
from gradeline.report.site import Work
from gradeline.review import desk, questions
from gradeline.review import server as server_module
from gradeline.review.desk import Desk
from gradeline.review.server import Server

VOICE = Voice("bench", datetime(2026, 1, 1, tzinfo=UTC))


def grade(learner: str, said: str = "an image we cannot see") -> Grade:
    data: dict[str, Any] = {
        "exercise": "exercise-01", "submission": {"id": "x", "digest": "d"}, "rubric": {"version": 1, "digest": "r"},
        "grader": {"version": "1"}, "tools": {}, "score": 60, "max_score": 100, "pass_mark": 70, "passed": False,
        "needs_review": True, "diagnostics": [],
        "criteria": [
            {"id": name, "title": f"Title of {name}", "category": "c", "points": points, "awarded": awarded,
             "status": status, "message": said, "why": "", "hint": "", "path_trace": [],
             "evidence": [{"role": "problem", "text": said, "path": "ci.yml", "line": 1, "column": 1, "end_line": 1,
                           "end_column": 2}]}
            for name, points, awarded, status in (("tests", 60, 60, "met"), ("image", 40, 0, "cannot_tell"))
        ],
    }  # fmt: skip
    return Grade(
        Learner(learner), "exercise-01", "graded", Fraction(60), Fraction(100), passed=False, needs_review=True,
        result=data,
    )  # fmt: skip


def nothing_at_hand(_: Grade) -> Future[Work | None]:
    found: Future[Work | None] = Future()
    found.set_result(None)
    return found


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    found = open_book(str(tmp_path / "grades.db"), create=True)
    add_results(found, [grade("ada"), grade("bob"), grade("cyd", "another question")], VOICE)
    yield found
    found.close()


@contextmanager
def serving(book: Book) -> Iterator[Server]:
    with Server(Desk(book, "tina", nothing_at_hand), 0) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


@pytest.fixture
def server(book: Book) -> Iterator[Server]:
    with serving(book) as found:
        yield found


class Visitor:
    """A browser without a screen."""

    def __init__(self, server: Server, **headers: str) -> None:
        self._server = server
        self.headers = {"Host": server.hosts[0], **headers}

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self._server.server_address[1], timeout=20)
        body = urlencode(form, doseq=True) if form is not None else None
        connection.request(method, path, body, {name: value for name, value in self.headers.items() if value})
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read().decode()
        connection.close()
        return found

    def enter(self) -> Visitor:
        status, headers, _ = self.ask("GET", f"/?token={self._server.token}")
        assert (status, headers["Location"]) == (303, "/")
        assert "HttpOnly; SameSite=Strict" in headers["Set-Cookie"]
        self.headers["Cookie"] = headers["Set-Cookie"].partition(";")[0]
        self.headers["Origin"] = f"http://{self._server.hosts[0]}"
        return self


def form(server: Server, page: str, **more: Any) -> dict[str, Any]:
    found = re.search(r'name="question" value="([0-9a-f]+)"', page)
    assert found is not None
    of = re.search(r'name="page" value="([0-9a-f]+)"', page)
    assert of is not None
    return {"csrf": server.csrf, "page": of[1], "question": found[1], "work": works(page, "ada", "bob"), **more}


def works(page: str, *names: str) -> list[str]:
    """What stands for the works of learners on a page."""
    known = {name: key for key, name in re.findall(r'name="work" value="([0-9a-f]+)" checked> (\w+)<', page)}
    return [known[name] for name in names if name in known]


def test_one_decision_helps_all_who_have_the_same_question(server: Server, book: Book) -> None:
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]
    assert page.count("<article") == 2
    assert "2 learners" in page
    said = form(server, page, points="30,5", reason="I have run it")
    assert visitor.ask("POST", "/decide", said)[0] == 303
    after = visitor.ask("GET", "/")[2]
    assert "Gave 30,5 points to 2 learners." in after
    assert after.count("<article") == 1
    found = {one.learner.id: one for one in grades(book)}
    assert [(found[name].score, found[name].passed) for name in ("ada", "bob", "cyd")] == [
        (Fraction("90.5"), True), (Fraction("90.5"), True), (60, False),
    ]  # fmt: skip
    assert [one.author for one in entries(book, "ada") if one.kind == "overrides"] == ["tina"]


def test_a_comment_goes_to_those_who_are_chosen(server: Server, book: Book) -> None:
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]
    said = form(server, page, text="see me")
    visitor.ask("POST", "/decide", {**said, "work": works(page, "bob")})
    found = {one.learner.id: [said.text for said in one.comments] for one in grades(book)}
    assert found == {"ada": [], "bob": ["see me"], "cyd": []}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"points": "41"}, "from 0 to 40"), ({"points": "many"}, "not a number of points"),
        ({"reason": " "}, "Say why"), ({"work": []}, "Choose at least one learner"),
        ({"question": "0" * 16}, "not open any more"), ({"work": ["x"]}, "has changed meanwhile"),
        ({"points": "", "text": " "}, "Give points, or write a comment"),
    ],
)  # fmt: skip
def test_a_slip_is_said_on_the_page_and_nothing_is_noted(
    server: Server, book: Book, more: dict[str, Any], said: str
) -> None:
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]
    visitor.ask("POST", "/decide", {**form(server, page, points="5", reason="r"), **more})
    after = visitor.ask("GET", "/")[2]
    assert "Nothing was noted." in after
    assert said in after
    assert not [one for one in entries(book) if one.kind == "overrides"]


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Host": "evil.example"}, True), ({"Host": "evil.example:80"}, True), ({}, False),
        ({"Cookie": "gradeline_review_1=x"}, False), ({"Cookie": "gradeline_review=\u00e9; ;=;"}, False),
    ],
)  # fmt: skip
def test_who_does_not_come_with_our_name_and_the_token_sees_nothing(
    server: Server, headers: dict[str, str], token: bool
) -> None:
    visitor = Visitor(server, **{name: value.encode("utf-8").decode("latin-1") for name, value in headers.items()})
    status, _, text = visitor.ask("GET", f"/?token={server.token}" if token else "/")
    assert status in (400, 403)
    assert "ada" not in text
    assert Visitor(server).ask("GET", "/?token=wrong")[0] == 403


@pytest.mark.parametrize(
    "change",
    [
        {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": ""}, {"Cookie": ""},
        {"Host": "evil.example"}, {"csrf": "x"}, {"csrf": ""},
    ],
)  # fmt: skip
def test_a_form_of_somebody_else_decides_nothing(server: Server, book: Book, change: dict[str, str]) -> None:
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]
    said = {**form(server, page, points="5", reason="r"), "csrf": change.get("csrf", server.csrf)}
    visitor.headers.update({name: value for name, value in change.items() if name != "csrf"})
    assert visitor.ask("POST", "/decide", said)[0] == 403
    assert not [one for one in entries(book) if one.kind == "overrides"]


def test_other_paths_methods_and_sizes_are_refused(server: Server) -> None:
    visitor = Visitor(server).enter()
    assert visitor.ask("GET", "/../../etc/passwd")[0] == 404
    assert visitor.ask("POST", "/other", {})[0] == 404
    assert visitor.ask("PUT", "/")[0] == 501
    visitor.headers["Content-Length"] = "999999999"
    assert visitor.ask("POST", "/decide")[0] == 413
    visitor.headers["Content-Length"] = "-1"
    assert visitor.ask("POST", "/decide")[0] == 413


def test_pages_allow_nothing_but_their_own_style_and_script(server: Server) -> None:
    _, headers, page = Visitor(server).enter().ask("GET", "/")
    policy = headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; script-src 'sha256-[^']+'; "
        r"form-action 'self'; frame-ancestors 'none'", policy,
    )  # fmt: skip
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert server.token not in page


def test_what_a_learner_wrote_is_text_on_the_desk(tmp_path: Path) -> None:
    book = open_book(str(tmp_path / "hostile.db"), create=True)
    add_results(book, [grade(f"{one}{at}", one) for at, one in enumerate(ALL)], VOICE)
    page = Desk(book, "tina", nothing_at_hand).page("csrf", ALL[0])
    book.close()
    assert page.count("<script") == 1
    assert not re.search(r"<(img|svg|iframe|a) [^>]*(onerror|onload|href=.javascript)", page)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


def test_work_that_hangs_holds_up_no_page_and_is_asked_for_once(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    coming: Future[Work | None] = Future()

    def look(grade: Grade) -> Future[Work | None]:
        asked.append(grade.learner.id)
        return coming

    monkeypatch.setattr(desk, "PATIENCE", 0.05)
    found = Desk(book, "tina", look)
    begin = time.monotonic()
    page = found.page("csrf", "")
    assert time.monotonic() - begin < 20
    assert page.count("The work is still being read. Load the page again to see its lines.") == 2
    assert "jobs: {}" not in page
    coming.set_result(Work({"ci.yml": ("jobs: {}",)}))
    again = found.page("csrf", "")
    assert "still being read" not in again
    assert again.count("1 | jobs: {}") == 2
    assert asked == ["ada"]  # the works of ada and cyd are the same bytes


def test_a_form_that_is_sent_twice_is_saved_once(server: Server, book: Book) -> None:
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]
    said = form(server, page, text="see me")
    visitor.ask("POST", "/decide", said)
    visitor.ask("POST", "/decide", said)
    again = visitor.ask("GET", "/")[2]
    assert "Nothing was noted. This was saved before." in again
    assert [len(one.comments) for one in grades(book)] == [1, 1, 0]
    visitor.ask("POST", "/decide", form(server, again, text="and again"))
    assert [len(one.comments) for one in grades(book)] == [2, 2, 0]


def test_a_form_with_a_slip_in_it_can_be_sent_again(server: Server, book: Book) -> None:
    visitor = Visitor(server).enter()
    said = form(server, visitor.ask("GET", "/")[2], points="41", reason="r")
    visitor.ask("POST", "/decide", said)
    visitor.ask("POST", "/decide", {**said, "points": "40"})
    assert "Gave 40 points to 2 learners." in visitor.ask("GET", "/")[2]


def test_nobody_decides_about_work_that_came_in_after_the_page(server: Server, book: Book) -> None:
    visitor = Visitor(server).enter()
    said = form(server, visitor.ask("GET", "/")[2], points="40", reason="I have run it")
    other = grade("ada")
    assert other.result is not None
    result = {**other.result, "submission": {"id": "x", "digest": "another"}}
    add_results(book, [Grade(**{**vars(other), "result": result, "digest": "another"})], VOICE)
    visitor.ask("POST", "/decide", said)
    page = visitor.ask("GET", "/")[2]
    assert "Nothing was noted. The work of somebody you chose has changed meanwhile." in page
    assert not [one for one in entries(book) if one.kind == "overrides"]
    visitor.ask("POST", "/decide", form(server, page, points="40", reason="I have run it"))
    assert "Gave 40 points to 2 learners." in visitor.ask("GET", "/")[2]


def test_a_question_about_other_points_is_another_question(tmp_path: Path) -> None:
    """A rubric that changed between two results: nobody gives 40 of 30 points."""
    found = open_book(str(tmp_path / "two.db"), create=True)
    other = grade("bob")
    assert other.result is not None
    criteria: Any = other.result["criteria"]
    fewer = {**other.result, "criteria": [criteria[0], {**criteria[1], "points": 30}]}
    add_results(found, [grade("ada"), Grade(**{**vars(other), "result": fewer})], VOICE)
    page = Desk(found, "tina", nothing_at_hand).page("csrf", "")
    found.close()
    assert page.count("<article") == 2
    assert len(set(re.findall(r'name="question" value="([0-9a-f]+)"', page))) == 2


def test_a_question_about_a_whole_large_class_can_be_decided(tmp_path: Path) -> None:
    found = open_book(str(tmp_path / "large.db"), create=True)
    names = [f"learner-with-a-long-name-{at:05}" for at in range(500)]
    failed = (Grade(Learner(one), "exercise-01", "error", None, Fraction(0), False, True, reason="crash",
                    digest=one) for one in names)  # fmt: skip
    add_results(found, failed, VOICE)
    with serving(found) as server:
        visitor = Visitor(server).enter()
        page = visitor.ask("GET", "/")[2]
        keys = re.findall(r'name="work" value="([0-9a-f]+)"', page)
        assert len(set(keys)) == 500
        assert 10 * len(urlencode({"work": keys * 20}, doseq=True)) < server_module.MOST
        assert visitor.ask("POST", "/decide", form(server, page, work=keys, text="we look at it"))[0] == 303
        assert "Commented on the work of 500 learners." in visitor.ask("GET", "/")[2]
    found.close()


@pytest.mark.parametrize("path", ["//[", "http://[x", "//[::1", "/?token=%ff%00", "*"])
def test_an_address_that_is_none_is_nothing_here(server: Server, path: str, capfd: pytest.CaptureFixture[str]) -> None:
    visitor = Visitor(server)
    assert visitor.ask("GET", path)[0] in (403, 404)
    assert visitor.ask("POST", path, {})[0] in (403, 404)
    assert capfd.readouterr().err == ""


def test_what_goes_wrong_is_said_in_the_browser_and_not_in_the_terminal(
    server: Server, book: Book, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(desk, "decide", full)
    status, _, text = visitor.ask("POST", "/decide", form(server, page, text="see me"))
    assert (status, text) == (500, "The review failed here: OSError. Nothing was noted.\n")
    monkeypatch.setattr(desk.Questions, "now", full)
    assert visitor.ask("GET", "/")[0] == 500
    assert capfd.readouterr().err == ""


def test_two_books_can_be_open_in_one_browser(tmp_path: Path, server: Server) -> None:
    """Cookies do not belong to a port: one name for both would put the first out of the room."""
    other_book = open_book(str(tmp_path / "other.db"), create=True)
    with serving(other_book) as other:
        first, second = Visitor(server).enter(), Visitor(other).enter()
        both = f"{first.headers['Cookie']}; {second.headers['Cookie']}"
        first.headers["Cookie"] = second.headers["Cookie"] = both
        assert first.headers["Cookie"].count("=") == 2
        assert first.headers["Cookie"].split("=")[0] != second.headers["Cookie"].split("; ")[1].split("=")[0]
        assert (first.ask("GET", "/")[0], second.ask("GET", "/")[0]) == (200, 200)
    other_book.close()


def test_many_visits_at_once_lose_no_decision(tmp_path: Path) -> None:
    found = open_book(str(tmp_path / "many.db"), create=True)
    names = [f"l{at}" for at in range(8)]
    add_results(found, [grade(one, f"question of {one}") for one in names], VOICE)
    with serving(found) as server:
        page = Visitor(server).enter().ask("GET", "/")[2]
        pairs = re.findall(r'name="question" value="([0-9a-f]+)".*?name="work" value="([0-9a-f]+)"', page, re.DOTALL)
        said = [form(server, page, question=question, work=[work], points="1", reason="r") for question, work in pairs]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: Visitor(server).enter().ask("POST", "/decide", one)[0], said))
    assert answers == [303] * 8
    assert [one.score for one in grades(found)] == [Fraction(61)] * 8
    found.close()


def test_a_page_shows_the_questions_with_the_most_points_and_says_how_many_more_there_are(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SHOWN", 1)
    found = Desk(book, "tina", nothing_at_hand)
    page = found.page("csrf", "")
    assert page.count("<article") == 1
    assert "2 questions" in page
    assert "Others wait behind these: 1. They come when these are decided." in page
    assert "<legend>2 learners</legend>" in page  # 80 points are open here, and 40 there


def test_a_book_is_read_again_when_something_was_added_and_only_then(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = questions.grades_now
    monkeypatch.setattr(questions, "grades_now", lambda connection: read.append(1) or real(connection))
    found = Desk(book, "tina", nothing_at_hand)
    pages = [found.page("csrf", "") for _ in range(3)]
    assert (len(read), {page.count("<article") for page in pages}) == (1, {2})
    add_results(book, [grade("dua", "a third question")], VOICE)
    assert found.page("csrf", "").count("<article") == 3
    assert len(read) == 2


def test_a_long_form_that_is_refused_gets_its_answer(server: Server) -> None:
    """As from a page that was open before the server was started anew."""
    for _ in range(5):
        status, _, text = Visitor(server).ask("POST", "/decide", {"text": "x" * 1_000_000})
        assert (status, text) == (403, "This form does not come from the review page.\n")


def test_a_person_goes_on_where_the_decision_was_made(server: Server, book: Book) -> None:
    add_results(book, [grade("dua", "a third question")], VOICE)
    visitor = Visitor(server).enter()
    page = visitor.ask("GET", "/")[2]
    first, second, third = re.findall(r'<article class="waiting" id="(q[0-9a-f]+)"', page)

    def decided(question: str, **more: str) -> str:
        names = re.search(f'id="{question}".*?</form>', page, re.DOTALL)
        assert names is not None
        keys = re.findall(r'name="work" value="([0-9a-f]+)"', names[0])
        said = form(server, page, question=question[1:], work=keys, **more)
        return visitor.ask("POST", "/decide", said)[1]["Location"]

    assert decided(second, text="I look at it tomorrow") == f"/#{second}"
    page = visitor.ask("GET", "/")[2]
    assert decided(second, points="41", reason="r") == f"/#{second}"
    assert decided(second, points="40", reason="r") == f"/#{third}"
    assert decided(third, points="40", reason="r") == f"/#{first}"
    assert decided(first, points="40", reason="r") == "/"
