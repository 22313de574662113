"""What authors are told about leaks, dead links and stray files."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.authoring.files import dead_links
from gradeline.authoring.leaks import answer_lines, leaks, normalised
from gradeline.words import english


def test_only_lines_with_twelve_letters_and_digits_count() -> None:
    text = "on: push\nruns: abcdefg\n# a comment that is long enough\n}}}}}}}}}}}}}}}}}\nruns: abcdefgh\n"
    assert answer_lines([text]) == ("runs:abcdefgh",)


def test_lines_are_compared_without_layout_quotes_dashes_and_comments() -> None:
    assert answer_lines(['  - run:   "Make  check-all"   # why']) == ("run:makecheck-all",)
    assert normalised("`run: make check-all`") == "run:makecheck-all"


def test_a_hash_inside_a_word_is_no_comment() -> None:
    assert answer_lines(["url: https://example.org/#anchor"]) == ("url:https://example.org/#anchor",)


def test_lines_that_everybody_has_are_no_answer() -> None:
    assert answer_lines(["runs-on: ubuntu-latest"], {"runs-on:ubuntu-latest"}) == ()


def test_every_line_is_reported_once_for_each_text_that_has_it() -> None:
    texts = {"the brief": "Use timeout-minutes:  15 here.", "hint 1": "How long?", "hint 2": "'timeout-minutes: 15'"}
    found = leaks(answer_lines(["timeout-minutes: 15\n  timeout-minutes: 15"]), texts)
    assert [english().say(one) for one in found] == [
        "the brief gives away a line of a solution: timeout-minutes:15",
        "hint 2 gives away a line of a solution: timeout-minutes:15",
    ]


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("[a](starter/there.md)", []), ("[a](https://example.org/x)", []), ("[a](starter/there.md#one--two-3)", []),
        ("# Part `A`!\n[a](#part-a)", []), ("[a](#part)", ["#part"]), ("```\n# Part\n```\n[a](#part)", ["#part"]),
        ("[a](starter/there.md#part)", ["starter/there.md#part"]), ("[a](starter/script.sh#L3)", []),
        ("[a](mailto:a@b.c)", []), ("[a](gone.md)", ["gone.md"]), ("![a](gone.png)", ["gone.png"]),
        ('[a](gone.md "title")', ["gone.md"]), ("[a]: gone.md", ["gone.md"]), ("`[a](gone.md)`", []),
        ("```\n[a](gone.md)\n```\n[b](gone2.md)", ["gone2.md"]), ("[a](<gone.md>)", ["gone.md"]),
        ("[a](starter/folder/)", []), ("[a](beside.md)", ["beside.md"]),
        ("[a](starter/../beside.md)", ["starter/../beside.md"]),
    ],
)  # fmt: skip
def test_links_of_a_brief_lead_to_what_travels_with_it(tmp_path: Path, text: str, dead: list[str]) -> None:
    (tmp_path / "starter" / "folder").mkdir(parents=True)
    (tmp_path / "starter" / "there.md").write_text("text\n\n## One & two 3 ##\n", encoding="utf-8")
    for name in ("beside.md", "starter/script.sh"):
        (tmp_path / name).touch()
    brief = tmp_path / "README.md"
    brief.write_text(text, encoding="utf-8")
    assert [english().say(one).split()[3].rstrip(",") for one in dead_links(brief)] == dead
