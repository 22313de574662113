"""A new learner's session in a real terminal (tmux), as `make screenshots` plays it for the documentation."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from session.__main__ import play
from session.picture import svg
from session.terminal import COLUMNS, Terminal

ROOT = Path(__file__).resolve().parents[2]
SHOWN = ROOT / "docs" / "session"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="the session is played in tmux")
def test_a_new_learner_gets_from_the_list_to_a_pass_with_two_hints(tmp_path: Path) -> None:
    # The program of this environment, also where only `python -m` works.
    program = tmp_path / "bin" / "grade"
    program.parent.mkdir()
    paths = f"{ROOT / 'graders'}:{ROOT / 'cli'}"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{paths}" exec "{sys.executable}" -m gradeline_cli "$@"\n', "utf-8")
    program.chmod(0o755)

    with Terminal(program.parent) as terminal:
        shown = play(terminal)

    text = {one.title: one.text for one in shown}
    scores = [int(number) for one in shown for number in re.findall(r"^Score (\d+) of 100", one.text, re.MULTILINE)]
    assert (scores[0], max(scores), scores[-1]) == (6, 92, 92)
    assert "Hint 2 of 3" in text["h: one more hint"]
    assert "Hint 3 of 3" in text["h: and another one"]
    assert "A quote is opened here and closes only" in text["saved in the middle of a word"]
    assert "✘ lost  Each job has a time limit below the default" in text["saved: something is lost"]
    assert "exercise-12: passed, best score 92" in text["what comes next"]
    assert all(len(line) <= COLUMNS for one in shown for line in one.text.splitlines())


def test_the_pictures_of_the_session_are_whole_and_load_nothing() -> None:
    pictures = sorted(SHOWN.glob("*.svg"))
    assert len(pictures) >= 4
    for picture in pictures:
        content = picture.read_text(encoding="utf-8")
        assert content.rstrip().endswith("</svg>")
        assert set(re.findall(r"https?://[^\s\"<]+", content)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
        assert "url(http" not in content


def test_the_same_screen_gives_the_same_picture() -> None:
    screen = "\x1b[32m✔ met\x1b[0m  <script>&amp; ]]>"
    assert svg(screen, "a title") == svg(screen, "a title")
    assert "<script>" not in svg(screen, "a title")
