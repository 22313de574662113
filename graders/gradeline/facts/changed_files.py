"""What ``git`` says about the files that a change touches, where the scenario tells which they are.

A change of the code touches the examples of the scenario and maybe other files: what is not among them may have changed
as well.  A change of documentation touches nothing else.

git-diff(1): ``--quiet`` and ``--exit-code`` end with 1 when there is a difference, ``--name-only`` prints the paths.
gitglossary(7), pathspec: ``:(exclude)`` or ``:!`` leaves files out, ``*`` crosses folders unless ``:(glob)`` is said.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from gradeline.facts import globs
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record

_DOCUMENTS = (".md", ".rst", ".txt", ".adoc")
_QUIET = frozenset(("--quiet", "--exit-code"))
# They change nothing about which paths are named.
_HARMLESS = frozenset(
    ("--no-color", "--no-ext-diff", "--no-renames", "--no-commit-id", "-r", "--merge-base", "--relative", "-M",
     "--diff-filter=d", "--diff-filter=ACMR", "--diff-filter=ACMRT", "--diff-filter=AM", "--diff-filter=ACM")
)  # fmt: skip
_COMMIT = re.compile(r"[0-9a-f]{7,40}|(?:refs/|origin/|upstream/)\S+|FETCH_HEAD|ORIG_HEAD|main|master|HEAD[~^]\S*")


@record
class Diff:
    """How the command ends and what it prints."""

    status: int
    text: str


def only_documents(changed: tuple[str, ...]) -> bool:
    """Whether a change touches nothing but documentation."""
    return bool(changed) and all(path.endswith(_DOCUMENTS) or path.startswith("docs/") for path in changed)


def asks_for_changes(script: str) -> bool:
    return "git diff" in script or "git -C" in script or "git --no-pager diff" in script


def diff(words: list[str], changed: tuple[str, ...]) -> Diff | None:
    """The answer of ``git diff`` between commits; None for other commands and those that are not understood."""
    rest = [word for word in words[1:] if word != "--no-pager"]
    if rest[:1] not in (["diff"], ["diff-tree"]):
        return None
    quiet = named = False
    commits: list[str] = []
    specs: list[str] = []
    after = False
    for word in rest[1:]:
        if word == "--" and not after:
            after = True
        elif after:
            specs.append(word)
        elif word in _QUIET:
            quiet = True
        elif word == "--name-only":
            named = True
        elif word.startswith("-"):
            if word not in _HARMLESS:
                return None
        elif specs or not _is_commit(word):
            specs.append(word)
        else:
            commits.append(word)
    if not commits or commits == ["HEAD"] or len(commits) > 2 or any(HIDDEN in spec for spec in specs):
        return None  # it compares with what lies in the folder
    kept = _kept(specs, changed)
    whole = only_documents(changed)
    if kept is None or not (quiet or named) or not (kept or whole):
        return None  # a change of the code may be one of other files, too
    text = "".join(f"{path}\n" for path in kept) if named and "--quiet" not in rest else ""
    return Diff(1 if quiet and kept else 0, text if whole or not text else f"{text}{HIDDEN}\n")


def _is_commit(word: str) -> bool:
    return HIDDEN in word or ".." in word.replace("../", "") or word == "HEAD" or _COMMIT.fullmatch(word) is not None


def _kept(specs: list[str], changed: tuple[str, ...]) -> tuple[str, ...] | None:
    """The changed paths that the path specifications leave; None for one that is not understood."""
    wanted: list[tuple[str, bool]] = []
    unwanted: list[tuple[str, bool]] = []
    for spec in specs:
        pattern, out, plain = spec, False, False
        if spec.startswith(":("):
            words, closed, pattern = spec[2:].partition(")")
            said = set(words.split(","))
            if not closed or said - {"exclude", "glob", "top", ""}:
                return None
            out, plain = "exclude" in said, "glob" in said
        elif spec.startswith(":"):
            signs = re.match(r":([!^/]+):?", spec)
            if signs is None:
                return None
            out, pattern = bool(set(signs[1]) & set("!^")), spec[signs.end() :]
        (unwanted if out else wanted).append((pattern, plain))
    return tuple(
        path
        for path in changed
        if (not wanted or any(_fits(path, *one) for one in wanted)) and not any(_fits(path, *one) for one in unwanted)
    )


def _fits(path: str, pattern: str, plain: bool) -> bool:
    """Whether a path is the one that is named, lies in the folder that is named, or fits the pattern."""
    pattern = pattern.removeprefix("./").rstrip("/")
    if pattern in ("", "."):
        return True
    if path == pattern or path.startswith(f"{pattern}/"):
        return True
    if plain:
        return globs.matches(path, pattern) or globs.matches(path, f"{pattern}/**")
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}/*")
