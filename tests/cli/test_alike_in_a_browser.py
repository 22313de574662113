"""The page of what is alike and the feedback of a learner in a real browser: accessible, quiet, they fit.

GRADELINE_TEST_BROWSER is the path of a Chromium.  CI sets it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright
from support.hostile_text import ALL

from gradeline.exports.feedback import as_html
from gradeline.grades import Comment, Grade, Learner
from gradeline.report.alike import read
from gradeline.report.site import slug, write

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


def grade(learner: str) -> Grade:
    data: dict[str, Any] = {
        "exercise": "exercise-01", "submission": {"id": "x", "digest": "d"}, "rubric": {"version": 1, "digest": "r"},
        "grader": {"version": "1"}, "tools": {}, "score": 50, "max_score": 100, "pass_mark": 70, "passed": False,
        "needs_review": True, "diagnostics": [],
        "criteria": [
            {"id": status, "title": HOSTILE, "category": "c", "points": 50, "awarded": 50 if status == "met" else 0,
             "status": status, "message": HOSTILE, "why": HOSTILE, "hint": HOSTILE,
             "path_trace": [{"text": HOSTILE, "path": HOSTILE, "line": 1, "column": 1}],
             "evidence": [{"role": "problem", "text": HOSTILE, "path": HOSTILE, "line": 1, "column": 1, "end_line": 1,
                           "end_column": 4}]}
            for status in ("met", "unmet", "cannot_tell")
        ],
    }  # fmt: skip
    return Grade(
        Learner(learner, learner), "exercise-01", "graded", Fraction(50), Fraction(100), passed=False,
        needs_review=True, result=data, comments=(Comment(HOSTILE, HOSTILE, "2026-11-25T12:00:00Z"),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    place = {"path": HOSTILE, "line": 9, "end_line": 10, "lines": [HOSTILE, "  - run: pytest " + "-x " * 90]}
    pair = {"left": "ada", "right": HOSTILE, "score": 0.873, "wording": 0.1, "shared": 40, "fewest": 45,
            "evidence": [{"left": place, "right": place, "shared": 9, "weight": 3.0}] * 3}  # fmt: skip
    in_common = {"left": "bob", "right": HOSTILE, "worth": 21.5, "shared": 24, "left_share": 0.126, "right_share": 0.5,
                 "evidence": pair["evidence"]}  # fmt: skip
    data = {"schema": "https://gradeline.dev/schema/similarity-1.json", "exercises": [
        {"exercise": "exercise-01", "threshold": 0.5, "compared": 9, "pairs": [pair, {**pair, "right": "bob"}],
         "clusters": [{"members": ["ada", "bob", HOSTILE], "score": 0.873}], "in_common": [in_common],
         "too_small": [HOSTILE, "cyd"], "unreadable": [{"learner": "dan", "reason": HOSTILE}]}]}  # fmt: skip
    (folder / "similarity.json").write_text(json.dumps(data), encoding="utf-8")
    grades = [grade(name) for name in ("ada", "bob", HOSTILE)]
    write(grades, folder, "T", lambda _: None, read(folder / "similarity.json"))
    (folder / "feedback.html").write_text(as_html(grades[0], HOSTILE), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield found
        found.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["similarity.html", "feedback.html"])
def test_a_page_is_accessible_fits_and_nothing_in_it_acts(
    site: Path, browser: Any, name: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page: Page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    page.goto((site / name).as_uri())
    for details in page.query_selector_all("details"):
        details.evaluate("one => { one.open = true }")
    assert said == []
    found = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if folder := os.environ.get("GRADELINE_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")
    context.close()


def test_the_class_leads_to_it_and_it_leads_to_the_learners(site: Path) -> None:
    assert '<a href="similarity.html">Alike</a>' in (site / "index.html").read_text("utf-8")
    text = (site / "similarity.html").read_text("utf-8")
    assert f'<a href="learners/{slug("ada")}.html">ada</a>' in text
    assert "87 % alike in what the pipeline is, 10 % in comments and names, 40 parts in common." in text
    assert "2 pairs to look at. With a passage in common: 1." in text
    assert "24 parts, 13 % of what the first has of its own, 50 % of what the second has." in text
