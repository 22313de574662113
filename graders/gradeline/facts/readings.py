"""What a command line means: the answers of ``tools``, ``unwrap`` and ``install``.

A string in these answers may contain ``arguments.HOLE`` where a part of a word is unknown; None is a
word of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.records import field, record

Effect = Literal["works", "pretends", "unknown"]

QUESTION = "question"  # the class of requests that ask a service how it is: their address says so, not their tool


@record
class Reading:
    """One thing a command or an action does.

    ``classes`` are the tool classes of ``tools/classes.yaml``.  ``effect``: ``works``; ``pretends`` when
    its arguments keep it from doing the work of the classes, or from ever failing for what it finds;
    ``unknown`` when that depends on something that is not known.  ``reason`` says why it is not ``works``.
    ``targets`` are what it works on (paths, image references), ``excluded`` what it leaves out; no target
    means the current directory.  ``options`` are keyed by canonical name, a flag has ``()``.
    ``fails_on_findings`` says whether a problem it finds ends it with a failure, None when that depends
    on something outside the command line.  ``scopes`` are the token scopes it needs
    (``packages:write``), ``possible_scopes`` those it may need, depending on something unknown; ``*`` is
    any.
    """

    tool: str
    classes: frozenset[str]
    effect: Effect = "works"
    reason: str = ""
    targets: tuple[str | None, ...] = ()
    options: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    fails_on_findings: bool | None = True
    scopes: frozenset[str] = frozenset()
    possible_scopes: frozenset[str] = frozenset()
    excluded: tuple[str | None, ...] = ()


@record
class InstallReading:
    """What a command installs and how firmly the versions are fixed.

    ``scope``: ``project`` (packages of a language), ``tool`` (a program in an environment of its own) or
    ``system``.  ``lock_files`` are requirement or lock files; ``requires_hashes`` whether every package is
    checked against a hash; ``frozen`` whether the lock is taken as it is, so that it cannot change on the
    way.  ``packages`` are requirements as written (``ruff==0.5``), ``local`` paths and archives.  ``verifies``:
    hashes that stand in the files are looked at.  ``checks_lock``: it only verifies that the lock fits.  ``alone``:
    what is named is installed without the packages it depends on.  ``pretends`` says why nothing is installed.
    """

    manager: str
    scope: Literal["project", "tool", "system"] = "project"
    lock_files: tuple[str | None, ...] = ()
    requires_hashes: bool | None = False
    frozen: bool | None = False
    packages: tuple[str | None, ...] = ()
    upgrade: bool = False
    local: tuple[str | None, ...] = ()
    editable: bool = False
    constraints: tuple[str | None, ...] = ()
    verifies: bool = True
    checks_lock: bool = False
    alone: bool = False
    pretends: str = ""

    @property
    def unpinned(self) -> tuple[str | None, ...]:
        """Packages whose exact version is not given on the command line."""
        return tuple(name for name in self.packages if name is None or not is_exact(name))


def is_exact(requirement: str) -> bool:
    """Whether a requirement names one version: ``a==1.2``, ``a===1.2``, ``a@1.2.3``, ``a=1.2`` (conda, apt)."""
    for separator in ("===", "==", "="):
        name, found, version = requirement.partition(separator)
        if found:
            return bool(name) and name[-1] not in "<>!~" and bool(version) and not set(version) & set("*,<>~!")
    name, found, version = requirement.rpartition("@")
    return bool(name and found and version[:1].isdigit())


@record
class Unwrapped:
    """One wrapper taken off a command line.

    ``kind`` ``command``: ``argv`` is the inner command, ``positions`` the index of each of its words in the
    outer command (None for a word that is not written there).
    ``text``: ``text`` is a script of ``program`` (None when it is unknown), ``argv`` its arguments.
    ``file``: the script ``path`` or the Python ``module`` is run, ``argv`` are its arguments;
    ``program`` is empty when the first line of the file decides.
    ``stdin``: ``program`` reads its script from standard input.
    ``runner``: the task runner ``runner`` runs the tasks ``names`` (none: its default), with ``argv`` for
    them.  For a runner that takes a name or a command (``fallback``), ``argv`` is the command to run when
    the project defines no such task.

    ``status``: whether the inner exit status is passed on.  ``pretends`` says why nothing is run at all.
    ``ignores_errors``: the runner goes on and ends with success.  ``replaces``: nothing after it runs.
    ``sourced``: the file runs in the same shell.  ``skipped`` are hooks left out by the environment, ``stage``
    is the stage hooks are run for (hooks that name no stage belong to all).
    ``installs`` is what the wrapper itself installs before it runs the command (``uv run --with x``).
    """

    kind: Literal["command", "text", "file", "stdin", "runner"]
    wrapper: str
    argv: tuple[str | None, ...] = ()
    positions: tuple[int | None, ...] = ()
    text: str | None = None
    path: str | None = None
    module: str | None = None
    program: str = ""
    errexit: bool = False
    pipefail: bool = False
    xtrace: bool = False
    runner: str = ""
    names: tuple[str | None, ...] = ()
    fallback: bool = False
    directory: str | None = None
    file: str | None = None
    overrides: Mapping[str, str | None] = field(default_factory=dict)
    ignores_errors: bool = False
    env: Mapping[str, str | None] = field(default_factory=dict)
    image: str | None = None
    service: str | None = None
    remote: bool = False
    status: Literal["passes", "swallowed"] = "passes"
    pretends: str = ""
    replaces: bool = False
    sourced: bool = False
    skipped: tuple[str, ...] = ()
    stage: str | None = None
    installs: InstallReading | None = None
