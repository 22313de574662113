"""The packages that files of requirements ask for, with their versions.

pip documentation, "Requirements File Format"; Python Packaging User Guide, "Version specifiers".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from gradeline.model.project import Project
from gradeline.records import record
from gradeline.source import SourceFile, Span

_LINE = re.compile(r"\s{0,20}([A-Za-z0-9][\w.-]{0,100})\s{0,9}(?:\[[^\]]{0,200}\])?\s{0,9}(.{0,400})")
_CLAUSE = re.compile(r"(===|==|~=|>=|<=|!=|>|<)\s{0,9}v?([0-9][0-9A-Za-z.*+!-]{0,60})")
_DASHES = re.compile(r"[-_.]+")


@record
class Requirement:
    """One line.  ``name`` is normalised; ``clauses`` are its operators with their versions."""

    name: str
    clauses: tuple[tuple[str, str], ...]
    span: Span

    @property
    def lowest(self) -> str:
        """The version it names: the exact one, or the least it takes; empty when it names none."""
        return next((version for sign, version in self.clauses if sign in ("==", "===", "~=", ">=", ">")), "")

    @property
    def one_major(self) -> bool:
        """Whether every version that fits has the same major number."""
        for sign, version in self.clauses:
            major = _major(version)
            if sign in ("==", "===") and major is not None:
                return True
            if sign == "~=" and major is not None and "." in version:
                return True
        low = next((_major(version) for sign, version in self.clauses if sign in (">=", ">")), None)
        high = next((version for sign, version in self.clauses if sign in ("<", "<=")), "")
        top = _major(high)
        if low is None or top is None:
            return False
        below = ("<", high) in self.clauses and not high.partition(".")[2].strip("0.")
        return (top - 1 if below else top) == low


def requirements(project: Project, patterns: Sequence[str]) -> Iterator[Requirement]:
    """What the files of those paths ask for, in their order."""
    for path in project.paths:
        source = project.files.get(path)
        if source is not None and any(fnmatchcase(path, pattern) for pattern in patterns):
            yield from _of_file(source)


def same_name(name: str) -> str:
    """The name as package indexes compare it."""
    return _DASHES.sub("-", name).lower()


def _of_file(source: SourceFile) -> Iterator[Requirement]:
    joined = ""
    for number, line in enumerate(source.text.splitlines(), start=1):
        text = line if not line.lstrip().startswith("#") else ""
        text = re.split(r"(?:^|\s)#", text[:2000], maxsplit=1)[0]
        if joined:
            joined = "" if not text.rstrip().endswith("\\") else joined
            continue  # what follows a requirement on later lines are its hashes
        joined = "more" if text.rstrip().endswith("\\") else ""
        if text.lstrip().startswith("-"):
            continue
        found = _LINE.match(text.rstrip().rstrip("\\"))
        if found is None:
            continue
        rest = found[2].partition(";")[0]
        clauses = tuple((one[1], one[2]) for one in _CLAUSE.finditer(rest)) if not rest.startswith("@") else ()
        yield Requirement(same_name(found[1]), clauses, Span(source.path, number, 1, number, len(line.rstrip()) + 1))


def _major(version: str) -> int | None:
    head = version.partition("!")[2] or version
    first = re.match(r"\d{1,6}", head)
    return int(first[0]) if first is not None else None
