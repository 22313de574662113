"""YAML text to located trees: tolerant of errors, bounded, and free of YAML 1.1 surprises.

The trees are built from PyYAML's *events*.  ``compose`` and ``load`` are not used because they
crash the process on deep nesting, expand merge keys, lose the place of an alias, guess YAML 1.1
types, and give nothing at all for a file with one broken line.

A broken line does not hide the rest of a file: it is reported, left out, and the rest is read again.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.records import record
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.yaml_events import MAX_NODES, Composer
from gradeline.syntax.yaml_nodes import (
    Alias,
    Mapping,
    Node,
    Resolved,
    Scalar,
    Sequence,
    comment_after,
    is_merge_key,
    merge_keys,
    merged_entries,
    resolve,
    scalar_value,
    walk,
)
from gradeline.syntax.yaml_problems import capped, find_odd_characters, missing_colon

__all__ = [
    "Alias",
    "Mapping",
    "Node",
    "Parsed",
    "Resolved",
    "Scalar",
    "Sequence",
    "comment_after",
    "is_merge_key",
    "merge_keys",
    "merged_entries",
    "parse",
    "resolve",
    "scalar_value",
    "walk",
]

MAX_CHARACTERS = 1_048_576
MAX_DIRECTIVES = 20  # libyaml compares each %TAG with all before it
MAX_RETRIES = 8


@record
class Parsed:
    """The documents of one file and what was wrong with it.

    ``complete`` is false when the trees lack something that the file says: a broken line
    (``skipped_lines``, 1-based), an alias without a target, or whatever lay beyond a limit.
    """

    source: SourceFile
    documents: tuple[Node, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    skipped_lines: tuple[int, ...] = ()
    complete: bool = True

    @property
    def root(self) -> Resolved | None:
        """The first document, or None when the file holds nothing."""
        return resolve(self.documents[0]) if self.documents else None


def parse(source: SourceFile) -> Parsed:
    """The located trees of a YAML file.  Never raises, whatever the text; problems become diagnostics.

    Diagnostic codes: ``yaml-syntax``, ``duplicate-key``, ``undefined-alias``, ``alias-cycle``,
    ``object-tag``, ``control-character``, ``odd-line-break``, and for limits ``too-large``,
    ``too-deep``, ``too-many-nodes``, ``too-many-aliases``, ``alias-bomb``, ``too-many-documents`` and
    ``too-many-directives``.
    """
    if source.text.startswith("\ufeff"):  # editors do not count it as a column
        source = SourceFile(source.path, source.text[1:], source.digest)
    refused = _refuse(source)
    if refused is not None:
        return Parsed(source, (), (refused,), complete=False)
    odd = find_odd_characters(source.text)
    if odd.too_many:
        return Parsed(source, (), tuple(odd.report(source, ())), complete=False)
    attempts, errors, skipped = _attempts(source, odd.text)
    best = attempts[-1] if attempts[-1].error is None else max(attempts, key=lambda attempt: attempt.nodes)
    found = [
        *odd.report(source, best.documents),
        *_syntax_errors(errors, {line for line, _, _ in odd.places}),
        # The anchor may have been on a line that was left out.
        *(one for one in best.found if not (errors and one.code == "undefined-alias")),
    ]
    complete = best.complete and not errors
    return Parsed(source, tuple(best.documents), capped(found), tuple(sorted(skipped)), complete)


def _refuse(source: SourceFile) -> Diagnostic | None:
    """Why a text is not given to the YAML parser at all, if so."""
    start = Span(source.path, 1)
    if len(source.text) > MAX_CHARACTERS:
        message = f"The file has more than {MAX_CHARACTERS} characters, so it was not read as YAML."
        return Diagnostic("error", "too-large", message, source.path, start)
    if source.text.count("\n%") + source.text.startswith("%") > MAX_DIRECTIVES:
        message = f"The file has more than {MAX_DIRECTIVES} lines that begin with `%`, so it was not read as YAML."
        return Diagnostic("error", "too-many-directives", message, source.path, start)
    return None


def _attempts(source: SourceFile, text: str) -> tuple[list[Composer], list[Diagnostic], list[int]]:
    """Read ``text``, each time without one more broken line, until it is well-formed or hopeless."""
    attempts = [Composer(source, text)]
    attempts[0].run()
    errors: list[Diagnostic] = []
    skipped: list[int] = []
    lines = text.split("\n") if attempts[0].error is not None else []
    work = 0
    while (error := attempts[-1].error) is not None:
        if len(skipped) == MAX_RETRIES or work > MAX_NODES:
            errors.append(error)
            break
        reported = _filled_line(lines, error.span.line if error.span else 1)
        # The line above may be the culprit: a key without its colon swallows the line that is reported.
        best: tuple[int, Composer] | None = None
        for number in (reported, _filled_line(lines, reported - 1)):
            if number > 0 and (best is None or best[1].error is not None):
                attempt = Composer(source, "\n".join((*lines[: number - 1], "", *lines[number:])))
                attempt.run()
                work += attempt.nodes
                if best is None or attempt.progress > best[1].progress:
                    best = number, attempt
        errors.append(missing_colon(error, lines, reported, best[0]) if best else error)
        if best is None:
            break
        lines[best[0] - 1] = ""
        skipped.append(best[0])
        attempts.append(best[1])
    return attempts, errors, skipped


def _filled_line(lines: list[str], number: int) -> int:
    """The nearest line at or above ``number`` (1-based) with more than a comment on it; 0 if none."""
    number = min(number, len(lines))
    while number > 0 and (not lines[number - 1].strip() or lines[number - 1].lstrip().startswith("#")):
        number -= 1
    return number


def _syntax_errors(errors: list[Diagnostic], explained: set[int]) -> Iterator[Diagnostic]:
    """The first error is certain.  A later one may only echo a line that was left out: a warning."""
    for number, one in enumerate(errors):
        line = one.span.line if one.span else 0
        if line not in explained:  # else a character of the line was reported already
            explained.add(line)
            yield one if number == 0 else Diagnostic("warning", one.code, one.message, one.path, one.span)
