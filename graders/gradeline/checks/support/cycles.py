"""Entries of a log of work done test first: each says what happened, and names a test that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from gradeline.facts.case import Case
from gradeline.facts.prose import Prose
from gradeline.result import Evidence, Verdict

_TEST = re.compile(r"\btest_[a-z0-9_]{1,120}", re.IGNORECASE)
Entry = tuple[int, tuple[tuple[int, str], ...]]  # the line it begins in, and its lines with their numbers


def rounds(case: Case, document: Prose, least: int, topics: Sequence[tuple[str, ...]]) -> Verdict:
    known = {one.name.rpartition("::")[2] for one in case.project.tests}
    found: list[int] = []
    for line, lines in _entries(document, topics):
        names = [(number, name) for number, text in lines for name in _TEST.findall(text)]
        strange = next(((number, name) for number, name in names if name not in known and f"{name}.py" not in
                        {path.rpartition("/")[2] for path in case.project.paths}), None)  # fmt: skip
        if strange is not None:
            message = f"The document names the test `{strange[1]}`, and there is no such test."
            return Verdict("unmet", message, (Evidence(document.place(strange[0]), "problem", "no such test"),))
        if not any(name in known for _, name in names):
            place = Evidence(document.place(line), "problem", "names no test")
            return Verdict("unmet", "An entry of the document does not say which test it is about.", (place,))
        found.append(line)
    if len(found) < least:
        many = f"{len(found)} entr{'y' if len(found) == 1 else 'ies'}"
        message = f"The document has {many} with everything that an entry needs; at least {least} are wanted."
        first = document.place((found or [1])[0])
        return Verdict("unmet", message, (Evidence(first, "problem", "entries are missing"),))
    return Verdict("met", "", tuple(Evidence(document.place(line), "proof", "a whole round") for line in found[:4]))


def _entries(document: Prose, topics: Sequence[tuple[str, ...]]) -> Iterator[Entry]:
    """The smallest sections, and the rows of tables, that speak of every topic."""
    whole = [part for part in document.sections if part.level and _speaks(_lines(part), topics)]
    for part in whole:
        lines = _lines(part)
        last = lines[-1][0] if lines else part.line
        inside = any(other is not part and part.line < other.line <= last for other in whole)
        if not inside and sum(1 for _ in _rows(part.tables, topics)) < 2:
            yield part.line, lines
    for table in document.tables:
        rows = list(_rows((table,), topics))
        if len(rows) > 1 or not whole:
            yield from rows


def _rows(tables: Sequence[Any], topics: Sequence[tuple[str, ...]]) -> Iterator[Entry]:
    for table in tables:
        heads = " ".join(table.header).lower()
        if not all(any(name in heads for name in names) for names in topics):
            continue
        for line, cells in table.rows:
            if cells and all(cell.strip() for cell in cells):
                yield line, ((line, " ".join(cells)),)


def _lines(part: Any) -> tuple[tuple[int, str], ...]:
    return ((part.line, part.title), *((one.number, one.text) for one in part.lines))


def _speaks(lines: tuple[tuple[int, str], ...], topics: Sequence[tuple[str, ...]]) -> bool:
    starts = [" ".join(text.lower().split()[:4]) for _, text in lines]
    return all(any(name in start for start in starts for name in names) for names in topics)
