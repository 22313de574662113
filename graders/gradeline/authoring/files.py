"""What lies in an exercise's folders: stray files, misplaced solutions, dead links in the brief."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from gradeline.words import Phrase, phrase

_STRAY = (
    "__pycache__", "*.py[cod]", ".DS_Store", "Thumbs.db", "*~", "*.swp", "*.orig", "*.rej", ".git", ".venv", "venv",
    ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "node_modules", ".coverage", ".gradeline.json",
    ".idea", ".vscode", "nohup.out",
)  # fmt: skip
_SOLUTION = ("solution", "solutions", "exemplar", "exemplar-*", "wrong", "expect.yaml", "answer", "answers")

_FENCE = re.compile(r"^\s*(```|~~~)")
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?(?:\s+[\"'][^)]*)?\)")
_DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?([^\s<>]+)")
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_HEADING = re.compile(r"^ {0,3}#{1,6} +(.*?)[ #]*$")
_NOT_IN_A_SLUG = re.compile(r"[^\w\- ]")


def files_below(folder: Path) -> tuple[Path, ...]:
    """Everything below ``folder``, folders and links too, sorted; links are not followed."""
    return tuple(sorted(folder.rglob("*")))


def text_files(folder: Path) -> dict[str, str]:
    """The UTF-8 text files below ``folder`` by relative path; others and links are left out."""
    found = {}
    for path in files_below(folder):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def stray_files(starter: Path) -> Iterator[Phrase]:
    """A sentence for each thing in a starter that tools or editors left behind."""
    for path in files_below(starter):
        name = path.relative_to(starter).as_posix()
        if path.is_symlink():
            yield phrase("proof.link", path=name)
        elif any(fnmatchcase(path.name, pattern) for pattern in _STRAY):
            yield phrase("proof.stray", path=name)


def misplaced_solutions(exercise: Path) -> Iterator[Phrase]:
    """A sentence for each thing in an exercise's folder that is named like a solution."""
    for path in files_below(exercise):
        if any(fnmatchcase(path.name.casefold(), pattern) for pattern in _SOLUTION):
            yield phrase("proof.misplaced", path=path.relative_to(exercise).as_posix())


def dead_links(brief: Path) -> Iterator[Phrase]:
    """A sentence for each link of a brief that leads nowhere.

    A brief travels into a learner's folder, and only ``starter/`` travels with it; so a relative link
    has to stay in there.  Links to the web are not followed.
    """
    for number, line in _prose(brief):
        bare = _CODE.sub("", line)
        for target in [*_LINK.findall(bare), *_DEFINITION.findall(bare)]:
            if _ELSEWHERE.match(target):
                continue
            path, _, section = target.partition("#")
            file = brief.parent / path if path else brief
            if not file.exists():
                yield phrase("proof.dead_link", place=f"{brief.name}:{number}", target=target)
            elif path and not file.resolve().is_relative_to((brief.parent / "starter").resolve()):
                yield phrase("proof.far_link", place=f"{brief.name}:{number}", target=target)
            elif section and file.suffix == ".md" and section not in _sections(file):
                yield phrase("proof.no_heading", place=f"{brief.name}:{number}", target=target)


def _prose(file: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a Markdown file outside of code blocks."""
    fenced = False
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def _sections(file: Path) -> set[str]:
    """What links to the headings of a Markdown file end with, as GitHub makes it from their words."""
    titles = [match[1] for _, line in _prose(file) if (match := _HEADING.match(line))]
    return {_NOT_IN_A_SLUG.sub("", title.strip().lower()).replace(" ", "-") for title in titles}
