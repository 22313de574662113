"""A new learner's first hour with exercise 12, played in a real terminal: ``make screenshots``.

From ``grade list`` to a pass, with ``grade watch`` and two hints.  The keys go to a shell in tmux, and what the screen
shows is captured: as text in ``docs/session/transcript.txt``, which people read, and as pictures for the README.
The edits are the learner's; this folder is never shipped.

Usage: ``python -m session [FOLDER]`` in ``tests/``.  FOLDER is ``docs/session`` by default.
"""

from __future__ import annotations

import sys
from pathlib import Path

from session.edits import EDITS, Edit
from session.picture import svg
from session.terminal import Screen, Terminal

ROOT = Path(__file__).resolve().parents[2]
WORK = "exercise-12-gha-matrix-cache"


def play(terminal: Terminal) -> list[Screen]:
    """The session; every screen that is worth a look, in order."""
    shown: list[Screen] = []

    def see(title: str, *texts: str, picture: bool = False) -> None:
        shown.append(terminal.see(title, *texts, picture=picture))

    def save(edit: Edit) -> None:
        path = terminal.home / WORK / ".github" / "workflows" / "ci.yml"
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")

    terminal.type("clear; grade list")
    see("grade list", "0 of", "Next step:", picture=True)
    terminal.type("clear; grade start exercise-13-gha")
    see("a name that is wrong", "Did you mean")
    terminal.type("clear; grade start exercise-12")
    see("grade start", "grade watch exercise-12")
    terminal.type(f"cd {WORK}; clear; grade watch exercise-12")
    see("grade watch, the starter", "Score 6 of 100", "q quit.")
    save(EDITS["matrix"])
    see("saved: the legs are real", "Score 26 of 100", "now met", "q quit.", picture=True)
    save(EDITS["half written"])
    see("saved in the middle of a word", "About the files", "q quit.", picture=True)
    save(EDITS["finished"])
    see("and finished", "Score 26 of 100", "q quit.")
    terminal.press("h")
    see("h: one more hint", "Hint 2 of 3", "q quit.")
    terminal.press("h")
    see("h: and another one", "Hint 3 of 3", "q quit.")
    save(EDITS["cache"])
    see("saved: the key", "Score 48 of 100", "q quit.")
    terminal.press("g")
    see("g: the pipeline", "What the criteria found", "q quit.")
    terminal.press("n")
    see("n: the next open criterion", "not met:", "q quit.")
    save(EDITS["limits"])
    see("saved: limits, and old runs stop", "Score 70 of 100", "q quit.")
    save(EDITS["broken limit"])
    see("saved: something is lost", "lost", "hint exercise-12 time-limits", "q quit.", picture=True)
    save(EDITS["order"])
    see("saved: the package is handed over", "passed", "Score 92 of 100", "q quit.", picture=True)
    terminal.press("q")
    see("q", "Stopped watching.")
    terminal.type("clear; grade progress; grade progress exercise-12; grade next; grade list | head -8")
    see("what comes next", "1 of", "grade start exercise-01", "Data and pipeline as code")
    terminal.type("clear; grade exercise-12 --plain | head -30")
    see("for a screen reader", "Criteria, 11 in all")
    terminal.type("clear; GRADE_LANG=de grade exercise-12 | head -40")
    see("auf Deutsch", "bestanden ab 70")
    return shown


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "session"
    folder.mkdir(parents=True, exist_ok=True)
    with Terminal(Path(sys.executable).parent) as terminal:
        shown = play(terminal)
    rule = "=" * 80
    text = "".join(f"{rule}\n{number}. {one.title}\n{rule}\n{one.text}\n" for number, one in enumerate(shown, start=1))
    (folder / "transcript.txt").write_text(text, encoding="utf-8")
    for one in shown:
        if one.picture:
            (folder / f"{one.name}.svg").write_text(svg(one.ansi, one.title), encoding="utf-8")
    print(f"{len(shown)} screens in {folder}")  # noqa: T201


if __name__ == "__main__":
    main()
