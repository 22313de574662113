"""What is wrong with a YAML text, in words a learner understands and at the line to look at."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from yaml.error import MarkedYAMLError

from gradeline.records import record
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.yaml_nodes import Node, Scalar, walk

MAX_REPORTED = 20  # diagnostics of one kind in one file

_MESSAGES = {
    "mapping values are not allowed in this context": (
        "A `:` stands where no new key can start. Look for a second `:` on the line, or for wrong indentation."
    ),
    "could not find expected ':'": "A key was expected here, but no `:` follows it.",
    "did not find expected key": "A key was expected here. Look at the indentation of this line and of the one above.",
    "did not find expected '-' indicator": (
        "A list item was expected here. Items of one list start with `-` in the same column."
    ),
    "did not find expected ',' or ']'": "A `[` is not closed, or a comma between two items is missing.",
    "did not find expected ',' or '}'": "A `{` is not closed, or a comma between two entries is missing.",
    "did not find expected node content": "A value was expected here.",
    "did not find expected alphabetic or numeric character": (
        "A value that begins with `*` or `&` means an alias or an anchor. Quote it when it is meant as text."
    ),
    "found unexpected end of stream": "A quote is opened here and never closed.",
    "found unexpected document indicator": "A quote is opened here and not closed before the document ends.",
    "block sequence entries are not allowed in this context": "A list item (`-`) cannot start here.",
    "mapping keys are not allowed in this context": "A key cannot start here.",
    "found unknown escape character": (
        "In double quotes, a backslash starts an escape, and this one does not exist. Single quotes keep a backslash."
    ),
    "did not find expected comment or line break": "Only a comment may follow `|` or `>` on its line.",
    "did not find expected <document start>": "The text goes on after the end of the document.",
    "found undefined tag handle": "A value that begins with `!` is a tag, and this one is not declared.",
}
_TAB = "A tab stands where YAML wants spaces. Indent with spaces only."
_FIRST_CHARACTER = "A value cannot begin with this character. Quote the value when it is meant as text."
_LATE_QUOTE = "A quote is opened here and closes only on line {line}. Look for a missing or an extra quote."
_UNCLOSED = "A bracket is opened here and never closed."

# For these, libyaml notices the problem far below the line that causes it.
_OPENED_EARLIER = re.compile("quoted scalar|flow|simple key")


def shown(text: str, limit: int = 60) -> str:
    """Text of a file made fit for a message: one line, not endless, nothing invisible in it."""
    clean = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text[: limit + 1]
    )
    return clean if len(clean) <= limit else f"{clean[: limit - 3]}..."


def locate(error: Exception, text: str, last_quoted: Scalar | None, bracket: Span | None) -> tuple[int, int, str]:
    """Line and column (1-based) of what causes a syntax error, and what to say about it.

    ``last_quoted`` is the last quoted value before the error: when it runs over several lines and
    ends right where the error is, its opening quote is the likely cause.  ``bracket`` is the
    innermost ``[`` or ``{`` that is still open.
    """
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return 1, 1, "This is not YAML: it holds a character that no YAML file may hold."
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    problem, context = error.problem or "", error.context or ""
    line, column = _inside(lines, error.problem_mark)
    if last_quoted is not None and last_quoted.span.line < last_quoted.span.end_line == line + 1:
        return last_quoted.span.line, last_quoted.span.column, _LATE_QUOTE.format(line=line + 1)
    if bracket is not None and not any(map(str.strip, (lines[line][column:], *lines[line + 1 :]))):
        return bracket.line, bracket.column, _UNCLOSED
    if error.context_mark is not None and _OPENED_EARLIER.search(context):
        earlier = _inside(lines, error.context_mark)
        # A line that is indented deeper than the one with the bracket still belongs to it.
        if "flow" not in context or _indent(lines[line]) <= _indent(lines[earlier[0]]):
            line, column = earlier
    return line + 1, column + 1, _message(problem, lines[line], column)


def _inside(lines: list[str], mark: Any) -> tuple[int, int]:
    """Line and column (0-based) of a mark; libyaml's marks at the end of a file can lie beyond it."""
    if mark.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return mark.line, min(mark.column, len(lines[mark.line]))


def missing_colon(error: Diagnostic, lines: list[str], reported: int, culprit: int) -> Diagnostic:
    """``error``, moved to the line above it when leaving that one out helps and it has no colon."""
    line = lines[culprit - 1]
    content = line.strip()
    if culprit == reported or ": " in content or content.endswith(":"):
        return error
    span = Span(error.path, culprit, _indent(line) + 1, culprit, len(line.rstrip()) + 1)
    message = f"A `:` seems to be missing here. Without it, line {reported} below cannot be read."
    return Diagnostic(error.severity, error.code, message, error.path, span)


def _message(problem: str, line: str, column: int) -> str:
    if line[column : column + 1] == "\t" or "tab" in problem.split() or "\t" in line[: _indent(line)]:
        return _TAB
    if problem == "found character that cannot start any token":
        return _FIRST_CHARACTER
    return _MESSAGES.get(problem, f"This is not valid YAML: {shown(problem, 120)}.")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


@record
class OddCharacters:
    """Characters that YAML forbids, or that end a line for some readers only.

    ``places`` are line, column (1-based) and character; ``text`` is the file with each replaced by a
    harmless one, so that everything keeps its place.  With ``too_many`` the text is empty.
    """

    text: str
    places: tuple[tuple[int, int, str], ...] = ()
    too_many: bool = False

    def report(self, source: SourceFile, documents: Iterable[Node]) -> Iterator[Diagnostic]:
        """One diagnostic per place, except for odd line breaks in comments, which do no harm."""
        if self.too_many:
            line, column, _ = self.places[0]
            span = Span(source.path, line, column, line, column + 1)
            message = f"The file has more than {_MAX_ODD} characters that YAML does not allow, so it was not read."
            yield Diagnostic("error", "control-character", message, source.path, span)
            return
        if not self.places:
            return
        scalars = [node.span for root in documents for node in walk(root) if isinstance(node, Scalar)]
        comments: dict[int, int] = {}
        for line, column, character in self.places:
            span = Span(source.path, line, column, line, column + 1)
            name = f"U+{ord(character):04X}"
            if character in _LINE_BREAKS:
                if line not in comments:
                    comments[line] = _comment_column(source.line(line), line, scalars)
                if column > comments[line]:
                    continue
                message = f"The character {name} ends a line for some programs and not for others. Replace it."
                yield Diagnostic("error", "odd-line-break", message, source.path, span)
            else:
                message = f"The character {name} is not allowed in YAML. Delete it."
                yield Diagnostic("error", "control-character", message, source.path, span)


_LINE_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
_MAX_ODD = 1_000


def _is_odd(character: str) -> bool:
    """YAML 1.2.2, 5.1 "Character Set", without the line breaks that only YAML 1.1 knows."""
    code = ord(character)
    if code < 0x20:
        return character not in "\t\n\r"
    return 0x7F <= code <= 0x9F or code in (0x2028, 0x2029, 0xFFFE, 0xFFFF) or 0xD800 <= code <= 0xDFFF


def find_odd_characters(text: str) -> OddCharacters:
    """Where ``text`` holds such characters.  A carriage return in the middle of a line is one of them."""
    odd = sorted(character for character in set(text) if _is_odd(character))
    if not odd and text.count("\r") == text.count("\r\n"):
        return OddCharacters(text)
    pattern = re.compile("|".join([*map(re.escape, odd), r"\r(?!\n|\Z)"]))
    places: list[tuple[int, int, str]] = []
    line, start = 1, 0  # of the line that holds the character
    for found in pattern.finditer(text):
        if len(places) == _MAX_ODD:
            return OddCharacters("", tuple(places[:1]), too_many=True)
        offset = found.start()
        line += text.count("\n", start, offset)
        start = max(start, text.rfind("\n", start, offset) + 1)
        places.append((line, offset - start + 1, text[offset]))
    return OddCharacters(pattern.sub(lambda found: " " if found[0] == "\r" else "\ufffd", text), tuple(places))


def _comment_column(text: str, line: int, scalars: list[Span]) -> int:
    """The column of the ``#`` that starts the comment of a line, or a column beyond every line."""
    hash_at = text.find("#")
    while hash_at >= 0:
        if hash_at == 0 or text[hash_at - 1] in " \t":
            place = (line, hash_at + 1)
            before = bisect_right(scalars, place, key=lambda one: (one.line, one.column)) - 1
            if before < 0 or place >= (scalars[before].end_line, scalars[before].end_column):
                return hash_at + 1
        hash_at = text.find("#", hash_at + 1)
    return sys.maxsize


def capped(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """``found`` in file order, each kind at most ``MAX_REPORTED`` times, the last one with a count."""
    kept: list[Diagnostic] = []
    counts: dict[str, int] = {}
    for one in sorted(found, key=lambda one: (one.span or Span(one.path, 1), one.code)):
        counts[one.code] = counts.get(one.code, 0) + 1
        if counts[one.code] <= MAX_REPORTED:
            kept.append(one)
    for position in range(len(kept) - 1, -1, -1):
        one = kept[position]
        more = counts.pop(one.code, 0) - MAX_REPORTED
        if more > 0:
            message = f"{one.message} ({more} more of this kind in the file.)"
            kept[position] = Diagnostic(one.severity, one.code, message, one.path, one.span)
    return tuple(kept)
