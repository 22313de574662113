"""How the program ends: tells known errors, bugs and interruptions apart, here and only here.

Exit codes: 0 passed; 1 graded and below the pass mark; 2 wrong usage or input that cannot be read; 3 the
grader or a tool it needs failed; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from gradeline_cli.entry import INTERRUPTED
from gradeline_cli.output import emit, forget

if TYPE_CHECKING:
    from gradeline.result import Report
    from gradeline.words import Words
    from gradeline_cli.parts import App

PASSED, BELOW, USAGE, FAILED = 0, 1, 2, 3


def exit_code(report: Report) -> int:
    """The exit code that says how a grading ended.  A check that failed is never a learner's failure."""
    if any(result.status == "error" for result in report.criteria):
        return FAILED
    return PASSED if report.passed else BELOW


def guarded(work: Callable[[], int], debug: bool, app: App) -> int:
    """The exit code of ``work``, whatever happens in it; ``app`` knows in which language that is told."""
    try:
        return work()
    except (KeyboardInterrupt, EOFError):
        return interrupted(app)
    except BrokenPipeError:  # only click's help writes outside emit(), and its reader has seen enough
        forget(sys.stdout)
        return PASSED
    except OSError as error:
        if error.errno == errno.ENOSPC and error.filename is None:  # click's help again
            forget(sys.stdout)
            error.filename = "the output"
        return _failure(error, debug, app)
    except Exception as error:
        return _failure(error, debug, app)


def interrupted(app: App) -> int:
    emit(f"\n{_words(app)('error.interrupted')}\n", error=True)
    return INTERRUPTED


def leave(code: int) -> NoReturn:
    """End the process without taking its objects apart one by one: 9 ms of a cold start of 115 ms (mypy does so too).

    Everything written is flushed first.  What has to happen at the end of a command, the command does itself.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BrokenPipeError:
            pass  # its reader has seen enough
        except OSError:
            code = code or FAILED
    os._exit(code)


def _failure(error: Exception, debug: bool, app: App) -> int:
    from gradeline.render.text import visible, wrap
    from gradeline.rubric import CourseError
    from gradeline.source import GradelineError, ToolError

    if isinstance(error, GradelineError) or (isinstance(error, OSError) and error.filename is not None):
        words = _words(app)
        lines = wrap(words("error.sentence", text=sentence(error, words)), 80)
        emit("".join(f"{line}\n" for line in lines), error=True)
        return FAILED if isinstance(error, (CourseError, ToolError)) else USAGE
    if debug:
        import traceback

        emit("".join(visible(line) + "\n" for line in traceback.format_exc().splitlines()), error=True)
    words = _words(app)
    lines = [words("error.bug", name=type(error).__name__), *([] if debug else [words("error.bug_report")])]
    emit("".join(f"{line}\n" for line in lines), error=True)
    return FAILED


def sentence(error: Exception, words: Words) -> str:
    """What a known problem says, in the language of ``words`` where it has been translated."""
    from gradeline.course import UnknownExerciseError
    from gradeline.words import Told

    if isinstance(error, Told):
        return words.say(error.phrase)
    if isinstance(error, UnknownExerciseError):
        names = f" {words('error.or')} ".join(error.suggestions)
        more = words("error.did_you_mean", names=names) if names else words("error.list")
        return f"{words('error.no_exercise', name=repr(error.name))} {more}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}."
    return str(error)


def _words(app: App) -> Words:
    """The words to tell a failure with: English when the wanted language is itself the failure."""
    from gradeline.words import Told, english

    try:
        return app.words()
    except Told:
        return english()
