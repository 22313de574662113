"""How a ``run`` script is started, and whether it stops at the first error.

GitHub Docs, "Workflow syntax", jobs.<job_id>.steps[*].shell and "Exit codes and error action
preference"; the argument strings are those of actions/runner, ``ScriptHandlerHelpers.cs``.
"""

from __future__ import annotations

from gradeline.model.pipeline import Shell
from gradeline.model.text import Text
from gradeline.readers.github.reading import Reading, shown
from gradeline.source import Span

# program -> (stops at the first error, a failing part fails a pipeline of commands)
_KEYWORDS = {
    "bash": (True, True),  # bash --noprofile --norc -eo pipefail {0}
    "sh": (True, False),  # sh -e {0}
    "python": (True, False),  # an exception ends the script
    "pwsh": (False, False),
    "powershell": (False, False),
    "cmd": (False, False),
}


def default(windows: bool, container: bool) -> Shell:
    """The shell of a step that names none.  ``bash -e {0}`` without pipefail on Linux and macOS; in a
    container it is ``sh`` (GitHub Docs, "Running jobs in a container"), on Windows PowerShell."""
    if container:
        return Shell("sh", errexit=True, pipefail=False)
    if windows:
        return Shell("pwsh", errexit=False, pipefail=False)
    return Shell("bash", errexit=True, pipefail=False)


def chosen(reading: Reading, value: Text) -> tuple[Shell, str]:
    """The shell a key names, and why it cannot be seen (empty when it can)."""
    span = value.span
    if value.holes:
        return Shell("computed", errexit=False, pipefail=False, span=span), "the shell is computed at run time"
    name, _, rest = value.raw.strip().partition(" ")
    rest = rest.strip()
    keyword = name.lower()
    if not rest:
        if keyword in _KEYWORDS:
            errexit, pipefail = _KEYWORDS[keyword]
            return Shell(keyword, errexit, pipefail, span), ""
        _refuse(reading, value.raw, span)
        return Shell(name, errexit=False, pipefail=False, span=span), ""
    if "{0}" not in rest:
        _refuse(reading, value.raw, span)
    program = name.rsplit("/", 1)[-1]
    words = rest.split()
    if program == "env" and len(words) > 1:
        words = [word for word in words if "=" not in word]
        program, words = words[0].rsplit("/", 1)[-1], words[1:]
    return Shell(program, *_options(program, words), span), ""


def _refuse(reading: Reading, raw: str, span: Span) -> None:
    reading.say(
        "error",
        "bad-shell",
        f"`{shown(raw)}` is no shell that GitHub knows. A custom one has `{{0}}` where the script's file goes.",
        span,
    )


def _options(program: str, words: list[str]) -> tuple[bool, bool]:
    """What the options of a custom shell turn on: ``bash -eo pipefail {0}``."""
    if program not in ("bash", "sh"):
        return (program.startswith("python"), False)
    errexit = pipefail = False
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "{0}" or not word.startswith(("-", "+")):
            break  # the script; what follows are its arguments
        if word.startswith("--"):
            continue
        on = word[0] == "-"
        for letter in word[1:]:
            if letter == "e":
                errexit = on
            elif letter == "o" and position < len(words):
                errexit = on if words[position] == "errexit" else errexit
                pipefail = on if words[position] == "pipefail" else pipefail
                position += 1
    return errexit, pipefail
