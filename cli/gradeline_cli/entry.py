"""The entry point of the installed program.

``grade EXERCISE`` and ``grade EXERCISE PATH`` are what learners type all day.  One or two plain words need no
parser of options, and importing click takes 26 ms of a cold start of 100 ms; everything else goes to click.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from gradeline_cli.parts import App

INTERRUPTED = 130
COMPLETE = "_GRADE_COMPLETE"


def main() -> NoReturn:
    """Run the program with the words of the command line."""
    try:
        _main()
    except KeyboardInterrupt:  # while modules are still being imported; later `guarded` sees to it
        sys.stderr.write("\nInterrupted.\n")
        os._exit(INTERRUPTED)


def _main() -> NoReturn:
    # What a grading makes is needed until its end, so the collector finds nothing: 5 ms of a cold start of 115 ms.
    gc.set_threshold(100_000)
    from gradeline_cli.ending import guarded, leave

    words = sys.argv[1:]
    if COMPLETE not in os.environ and is_plain(words):
        from gradeline_cli.parts import App

        app = App()
        leave(guarded(lambda: _grade(app, words), False, app))
    from gradeline_cli.main import run

    leave(run(words))


def is_plain(words: Sequence[str]) -> bool:
    """Whether the words are an exercise and perhaps a path, without any option."""
    from gradeline_cli.commands import COMMANDS

    return 1 <= len(words) <= 2 and words[0] not in COMMANDS and not any(word.startswith("-") for word in words)


def _grade(app: App, words: Sequence[str]) -> int:
    from pathlib import Path

    from gradeline_cli.grading import grade_folder, require_exercise

    require_exercise(app.course(), words[0])
    return grade_folder(app, words[0], Path(words[1]) if len(words) == 2 else None)
