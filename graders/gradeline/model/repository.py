"""What a repository says about itself: what Git keeps and how, who reviews what, and which rules branches have.

The same words hold for every platform that hosts repositories.  Patterns keep their places, because the last one
that matches decides, and people want to see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.model.git_patterns import matches_part, matches_path
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Diagnostic, Span


@record
class FilePattern:
    """A line of an ignore file of Git's kind.  ``folder`` is where the file lies, ``glob`` what is matched below it.

    ``anchored``: only there, not in any folder below.  ``folders_only``: it was written with a ``/`` at its end.
    """

    folder: str
    glob: str
    span: Span
    negated: bool = False
    anchored: bool = False
    folders_only: bool = False

    def matches(self, path: str, is_folder: bool = False) -> bool:
        """Whether it matches this very path of the repository (not what is inside)."""
        inside = _below(path, self.folder)
        if inside is None or (self.folders_only and not is_folder):
            return False
        if self.anchored:
            return matches_path(self.glob, inside)
        return matches_part(self.glob, inside.rpartition("/")[2])


def _below(path: str, folder: str) -> str | None:
    if not folder:
        return path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None


@record
class IgnoreFile:
    path: str
    folder: str
    patterns: tuple[FilePattern, ...] = ()


def deciding(files: tuple[IgnoreFile, ...], path: str) -> FilePattern | None:
    """The pattern that decides whether ``path`` is left out; None when none matches.

    gitignore(5): the last match in the nearest file decides, and nothing inside a folder that is left out can be
    taken back.
    """
    parts = path.strip("/").split("/")[:64]
    found: FilePattern | None = None
    for count in range(1, len(parts) + 1):
        found = _last_match(files, "/".join(parts[:count]), count < len(parts)) or None
        if found is not None and not found.negated:
            return found
    return found


def _last_match(files: tuple[IgnoreFile, ...], path: str, is_folder: bool) -> FilePattern | None:
    for file in sorted(files, key=lambda one: -len(one.folder)):
        for pattern in reversed(file.patterns):
            if pattern.matches(path, is_folder):
                return pattern
    return None


AttributeState = str | bool | None  # a value, set, unset (False), or left to others (None)


@record
class AttributeLine:
    """A line of ``.gitattributes``: ``states`` in their order.  ``macro`` is the name it defines instead."""

    folder: str
    glob: str
    anchored: bool
    span: Span
    states: tuple[tuple[str, AttributeState], ...] = ()
    macro: str = ""

    def matches(self, path: str) -> bool:
        inside = _below(path, self.folder)
        if inside is None or self.macro:
            return False
        return matches_path(self.glob, inside) if self.anchored else matches_part(
            self.glob, inside.rpartition("/")[2])  # fmt: skip


@record
class Attribute:
    """What a path has, and the line that says so."""

    state: AttributeState
    line: AttributeLine


@record
class Owner:
    """``kind``: a user, a team (group), a role of the project, or an address of mail."""

    name: str
    kind: Literal["user", "team", "role", "mail"]


@record
class OwnerRule:
    """A line that gives files to people.  ``everywhere``: in any folder.  ``inside``: also what is in a folder that
    matches.  ``excluded``: the line takes files out instead."""

    glob: str
    span: Span
    owners: tuple[Owner, ...] = ()
    section: str = ""
    optional: bool = False
    inside: bool = True
    excluded: bool = False

    def matches(self, path: str) -> bool:
        if matches_path(self.glob, path):
            return True
        if not self.inside:
            return False
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if matches_path(self.glob, folder):
                return True
        return False


@record
class Owners:
    """The file that says who has to look at which changes.  ``used``: the platform takes this one."""

    path: str
    rules: tuple[OwnerRule, ...] = ()
    used: bool = True
    diagnostics: tuple[Diagnostic, ...] = ()

    def deciding(self, path: str) -> tuple[OwnerRule, ...]:
        """The last rule of each section that matches a path; sections are judged by themselves."""
        found: dict[str, OwnerRule] = {}
        for rule in self.rules:
            if rule.matches(path):
                found[rule.section] = rule
        return tuple(found.values())


@record
class Known:
    """A setting that was found: its value and where it stands."""

    value: bool | int | str
    span: Span


@record
class RequiredCheck:
    """A result that has to be there before a merge.  ``elsewhere``: it is reported by another program than the
    pipelines of the repository."""

    name: str
    span: Span
    elsewhere: bool = False


@record
class Bypass:
    """Somebody for whom the rules do not hold.  ``everyone``: everybody who may write."""

    span: Span
    shown: str
    everyone: bool = False


@record
class BranchRules:
    """One set of rules for branches.  None: it says nothing about that.

    ``branches`` and ``excluded`` are patterns of short names; ``~default`` and ``~all`` stand for themselves, and
    no pattern at all means that the file does not say which branch it is for.
    """

    path: str
    span: Span
    name: str
    active: Known
    branches: tuple[Text, ...] = ()
    excluded: tuple[Text, ...] = ()
    review: Span | None = None  # changes come in by a request only
    approvals: Known | None = None
    dismisses_stale: Known | None = None
    owners_approve: Known | None = None
    checks: tuple[RequiredCheck, ...] = ()
    checks_span: Span | None = None
    every_pipeline: Known | None = None  # the pipeline as a whole has to succeed, whatever its jobs are called
    up_to_date: Known | None = None
    no_force_push: Known | None = None
    no_deletion: Known | None = None
    bypasses: tuple[Bypass, ...] = ()

    def holds_for(self, branch: str, default: str) -> bool:
        """Whether the rules are about a branch."""
        if not self.branches:
            return branch == default
        return _named(self.branches, branch, default) and not _named(self.excluded, branch, default)


def _named(patterns: tuple[Text, ...], branch: str, default: str) -> bool:
    for pattern in patterns:
        if pattern.raw == "~all" or (pattern.raw == "~default" and branch == default):
            return True
        if matches_path(pattern.raw, branch):
            return True
    return False


@record
class Updates:
    """What an update bot does for one kind of packages (``github-actions``, ``python``, ``docker``, ``npm``, ...).

    ``idle`` says why it does nothing, empty when it works.  ``schedule`` is where it is told when to look,
    ``calm`` where it groups updates or waits before it takes a release.
    """

    kind: str
    span: Span
    folders: tuple[str, ...] = ()
    schedule: Span | None = None
    calm: Span | None = None
    idle: str = ""


@record
class UpdateBot:
    path: str
    span: Span
    updates: tuple[Updates, ...] = ()
    problem: str = ""  # why not all of it can be seen


@record
class FindingPolicy:
    """A merge that brings findings of a scan needs approvals.  No ``scans``, ``levels`` or ``branches``: all of them.
    ``allowed`` is how many findings need none."""

    path: str
    span: Span
    name: str
    active: Known
    scans: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    branches: tuple[Text, ...] = ()
    allowed: Known | None = None
    approvals: Known | None = None

    def holds_for(self, branch: str, default: str) -> bool:
        return not self.branches or _named(self.branches, branch, default)


@record
class Repository:
    """``ignores`` are Git's own ignore files, ``attributes`` the lines of all attribute files, outermost first."""

    ignores: tuple[IgnoreFile, ...] = ()
    data_ignores: tuple[IgnoreFile, ...] = ()
    attributes: tuple[AttributeLine, ...] = ()
    owners: tuple[Owners, ...] = ()
    rules: tuple[BranchRules, ...] = ()
    bots: tuple[UpdateBot, ...] = ()
    policies: tuple[FindingPolicy, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def attributes_of(self, path: str) -> dict[str, Attribute]:
        """What Git knows of a path (attr.c, ``fill`` and ``macroexpand_one``): lines from the last to the first,
        and in a line from the last word to the first; what is decided once stays."""
        found: dict[str, Attribute] = {}
        macros = {line.macro: line for line in self.attributes if line.macro}
        for line in reversed(self.attributes):
            if line.matches(path):
                _fill(found, line, line.states, macros, 0)
        return found

    def taken(self) -> Iterator[Owners]:
        return (one for one in self.owners if one.used)


_BINARY: tuple[tuple[str, AttributeState], ...] = (("diff", False), ("merge", False), ("text", False))


def _fill(
    found: dict[str, Attribute],
    line: AttributeLine,
    states: tuple[tuple[str, AttributeState], ...],
    macros: dict[str, AttributeLine],
    depth: int,
) -> None:
    for name, state in reversed(states):
        if name in found:
            continue
        found[name] = Attribute(state, line)
        if state is not True or depth > 8:
            continue
        if name in macros:
            _fill(found, line, macros[name].states, macros, depth + 1)
        elif name == "binary":  # the macro that Git brings itself
            _fill(found, line, _BINARY, macros, depth + 1)
