"""The report in a real browser: accessible, quiet, and deaf to what learners wrote.

GRADELINE_TEST_BROWSER is the path of a Chromium.  CI sets it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright
from support.hostile_text import ALL

from gradeline.gradebook.database import open_book
from gradeline.gradebook.pen import Voice
from gradeline.gradebook.reading import grades
from gradeline.gradebook.taking import add_results
from gradeline.grades import Comment, Grade, Learner
from gradeline.report.site import Work, slug, write
from gradeline.review.desk import Desk
from gradeline.review.server import Server

BROWSER = os.environ.get("GRADELINE_TEST_BROWSER", "")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
HOSTILE = "".join(one for one in ALL if one.isprintable() or len(one) < 40)

pytestmark = [
    pytest.mark.skipif(not BROWSER, reason="no browser: GRADELINE_TEST_BROWSER is not set"),
    pytest.mark.xdist_group("browser"),
]


def grade(learner: str, status: str, said: str) -> Grade:
    awarded = 100 if status == "met" else 0
    data: dict[str, Any] = {
        "exercise": "exercise-01", "submission": {"id": "x", "digest": "d"}, "rubric": {"version": 1, "digest": "r"},
        "grader": {"version": "1"}, "tools": {}, "score": awarded, "max_score": 100, "pass_mark": 70,
        "passed": awarded == 100, "needs_review": status == "cannot_tell", "diagnostics": [],
        "criteria": [{
            "id": "c", "title": said, "category": "c", "points": 100, "awarded": awarded, "status": status,
            "message": said, "why": said, "hint": said,
            "path_trace": [{"text": said, "path": "ci.yml", "line": 1, "column": 1}],
            "evidence": [{"role": "problem", "text": said, "path": "ci.yml", "line": 1, "column": 1, "end_line": 1,
                          "end_column": 4}],
        }],
    }  # fmt: skip
    return Grade(
        Learner(learner, learner, learner), "exercise-01", "graded", Fraction(awarded), Fraction(100),
        passed=awarded == 100, needs_review=status == "cannot_tell", result=data,
        comments=(Comment(said, said, "2026-11-25T12:00:00Z"),),
    )  # fmt: skip


def nothing_at_hand(_: Grade) -> Future[Work | None]:
    found: Future[Work | None] = Future()
    found.set_result(None)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    picture = f'<svg xmlns="http://www.w3.org/2000/svg"><script>window.seen=1</script><text>{json.dumps("x")}</text></svg>'
    statuses = ("met", "unmet", "partial", "cannot_tell", "error", "not_applicable")
    grades = [grade(f"learner {at:02d}", statuses[at % 6], "`on: push` is seen") for at in range(30)]
    grades += [grade(HOSTILE, "unmet", HOSTILE), grade("quiet", "cannot_tell", HOSTILE)]
    write(grades, folder, HOSTILE, lambda _: Work({"ci.yml": (HOSTILE.replace("\n", " "), "on: push")}, picture))
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield found
        found.close()


PAGES = ("index.html", "review.html", "exercises/exercise-01.html", f"learners/{slug(HOSTILE)}.html",
         f"learners/{slug('learner 01')}.html")  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_fits_and_nothing_in_it_acts(
    site: Path, browser: Any, name: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page: Page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: said.append(request.url) if "file:" != request.url[:5] != "data:" else None)
    page.goto((site / name).as_uri())
    for details in page.query_selector_all("details"):
        details.evaluate("one => { one.open = true }")
    assert said == []  # no violation of the policy, no script, no connection
    assert page.evaluate("window.seen") is None
    found = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_the_keyboard_reaches_the_content_and_the_table(site: Path, browser: Any) -> None:
    page: Page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_content"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label') || ''"))
    assert {"Table of exercises", "Table of learners"} <= reached
    page.close()


def test_a_decision_with_the_keyboard_alone(tmp_path: Path, browser: Any) -> None:
    book = open_book(str(tmp_path / "grades.db"), create=True)
    waiting = [grade("ada", "cannot_tell", "an image"), grade("bob", "cannot_tell", "an image"),
               grade("cyd", "cannot_tell", HOSTILE)]  # fmt: skip
    add_results(book, waiting, Voice("bench", datetime(2026, 1, 1, tzinfo=UTC)))
    with Server(Desk(book, "tina", nothing_at_hand), 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        page: Page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server.address)
        assert page.url == f"http://{server.hosts[0]}/"
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(page)
            assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.activeElement.querySelector('legend').textContent") == "2 learners"
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.querySelector('legend').textContent") == "1 learner"
        page.keyboard.press("k")
        page.keyboard.press("p")
        page.keyboard.type("80")
        page.keyboard.press("Tab")
        page.keyboard.type("I have run it")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Gave 80 points to 2 learners.")
        assert said == []
        page.close()
        server.shutdown()
        thread.join()
    scores = {one.learner.id: one.score for one in grades(book)}
    book.close()
    assert (scores["ada"], scores["bob"]) == (80, 80)
