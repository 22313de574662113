"""What a simulated script is given, and what is known of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gradeline.model.project import Project
from gradeline.records import field, record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.assumed import Assumed
    from gradeline.facts.kept import Exported
    from gradeline.facts.traces import Trace

MAX_DEPTH = 24  # texts inside one another
ENDS = " ends with "  # behind the key of a command, and before a number: the experiment ends it with this status


@record
class Frame:
    """How a command was reached: the words that lead into the next text, and where they are."""

    text: str
    span: Span


@record
class Invocation:
    """One external command of one run, after expansion.  ``words`` may contain ``HIDDEN``."""

    key: str
    words: tuple[str, ...]
    environment: tuple[tuple[str, str | None], ...]
    directory: str
    span: Span
    trail: tuple[Frame, ...]
    status: int
    tested: bool  # its status is looked at by the script (if, &&, ||, !)
    opaque: str = ""  # why what it runs cannot be seen
    installs: tuple[object, ...] = ()  # what the wrappers around it install first
    signs: tuple[tuple[str, str], ...] = ()  # of a traced run: exported variables that are not wholly known


@record
class ScriptRun:
    """One world of one script.  ``published`` are the lines written to a channel, None for a line
    that is not known: ``("output", "docs=true")``."""

    status: int
    invocations: tuple[Invocation, ...]
    published: tuple[tuple[str, str | None], ...]
    cut: bool  # a bound was reached, so something may be missing
    work: int = 0  # commands and compound commands that were simulated
    touched: frozenset[str] = frozenset()  # channels that a command which ran was given, by whatever way


@record
class Setting:
    """What surrounds a script: the repository, its variables and the values of its expressions."""

    project: Project
    variables: Mapping[str, str]
    channels: Mapping[str, str]
    placeholder: Callable[[int], str | None]
    fails: Callable[[str], bool]
    predicate: Callable[[tuple[str | None, ...], Mapping[str, str | None]], bool]
    # whether a command is asked for its answer (grep, git diff --quiet) rather than for its work
    follow: Callable[[tuple[str | None, ...], Mapping[str, str | None], str], Follow | None]
    directory: str = ""
    trace: Trace | None = None  # tells values that are not known apart
    reports: frozenset[str] = frozenset()  # files whose lines become variables of later units
    assumed: Assumed | None = None  # files with an assumed content, whose numbers are followed
    endings: Callable[[tuple[str | None, ...], Mapping[str, str | None]], tuple[int, ...]] | None = None
    # the statuses with which a command ends when nothing is wrong, where these are more than 0
    wrapped: Mapping[str, Wrapped] = field(default_factory=dict)  # programs that a set-up step has put something around
    exported: Exported | None = None  # ``variables`` as a command finds them, where somebody has made that already


@record
class Wrapped:
    """A program around another one: it publishes the status as an output, and ends with 0 for some others, too."""

    output: str
    succeeds: tuple[int, ...] = (0,)


@record
class Follow:
    """What a command leads to: another command, a text, a script file or recipes of a task runner."""

    kind: str  # command, text, stdin, file, recipe
    words: tuple[str | None, ...] = ()
    text: str | None = None
    path: str = ""
    runner: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()  # recipes to run, as the project names them
    overrides: Mapping[str, str | None] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    errexit: bool = False
    pipefail: bool = False
    passes_status: bool = True
    ignores_errors: bool = False  # of recipes: the runner goes on after a line that failed
    replaces: bool = False  # nothing after it runs
    directory: str | None = None  # the folder the wrapper changes to, seen from the current one
    maybe: bool = False  # the file is not in the repository, but the job may have written it
    absolute: bool = False  # ``path`` is relative to the repository, not to the current folder
    positions: tuple[int | None, ...] = ()  # index of each of ``words`` in the outer command
    install: object | None = None  # what the wrapper itself installs first
    counts: bool = False  # the command is work of its own as well, such as one that trains by running stages
    opaque: str = ""
    otherwise: Follow | None = None  # what it is when the job has not written the file itself


class Exit(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class Return(Exit):
    pass


class Loop(Exception):
    def __init__(self, levels: int, again: bool) -> None:
        self.levels = levels
        self.again = again


def join_path(directory: str, path: str) -> str:
    """``path`` seen from ``directory``, relative to the repository root; ``..`` is resolved."""
    if path.startswith("/"):
        return path
    parts: list[str] = []
    for part in f"{directory}/{path}".split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def parse(text: str) -> sh.Script:
    """The tree of a script."""
    from gradeline.syntax.shell import parse as parse_shell

    return parse_shell(text)
