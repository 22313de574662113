"""Quotes, escapes and expansions inside the words of the shell language.

The rules are those of the Bash Reference Manual, "Quoting" and "Shell Expansions" (bash 5.2).
Everything reads forward over the text; nothing is read twice except the look ahead that tells ``$((``
from ``$( (``, which the bound on nesting limits, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from gradeline.syntax.shell_nodes import (
    Computed,
    Parameter,
    Part,
    Piece,
    Placeholder,
    Problem,
    Sequence,
    Substitution,
    Word,
)
from gradeline.syntax.shell_text import MAX_HEIGHT, MAX_NESTING, TOO_DEEP, Holes, Notes, Parts, TooMuch, Unexpected

_IN_DOUBLE = re.compile(r'[^"\\$`]+')
_IN_BRACES = re.compile(r"[^}\"'\\$`]+")
_IN_DOCUMENT = re.compile(r"[^\\$`]+")
_IN_BACKQUOTES = re.compile(r"[^\\`$]+")
_IN_ARITHMETIC = re.compile(r"[^()'\"\\`$]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(r"[?@*#!$0-9-]")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?@*#!$-]")
_LENGTH = re.compile(r"#(?=(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?@*#!$-])(?:\}|\[))")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?|//?|\^\^?|,,?|~~?|@[A-Za-z](?=\})|:")
_NAMES = re.compile(r"[@*](?=\})")
_TOKEN = re.compile(r"&&|\|\||;;&?|;&|[;&|()<>]|[^\s;&|()<>]{1,30}")
CONTINUATION = re.compile(r"\\\r?\n")

_ANSI = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.))",
    re.DOTALL,
)
_ANSI_STOP = re.compile(r"\\.|'|\$(?=\{\{)", re.DOTALL)
_ANSI_NAMED = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip


def _ansi(match: re.Match[str]) -> str:
    named, octal, short, middle, long, control = match.groups()
    if named:
        return _ANSI_NAMED[named]
    if control:
        return chr(ord(control) & 0x1F)
    code = int(octal, 8) & 0xFF if octal else int(short or middle or long, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


class QuoteReader:
    """Reads what is special inside words.  ``position`` is where the next character is read.

    ``place`` maps an offset of ``text`` to one of the text that the caller gave to ``parse``: it is
    not the identity inside backquotes and here-documents, which are texts of their own.
    """

    def __init__(self, text: str, holes: Holes, place: Callable[[int], int], notes: Notes, depth: int = 0) -> None:
        self.text = text
        self.length = len(text)
        self.holes = holes
        self.place = place
        self.notes = notes
        self.depth = depth
        self.height = 0
        self.position = 0

    def program(self) -> Sequence:
        """All commands of the text; a command that makes no sense does not hide those after it."""
        raise NotImplementedError

    def substituted(self) -> Sequence:
        """The commands up to the ``)`` of a substitution (or the end of the text), which is consumed."""
        raise NotImplementedError

    def unexpected(self, message: str = "") -> NoReturn:
        """Give up the command: what is at the position cannot follow what was read."""
        token = _TOKEN.match(self.text, self.position)
        end = token.end() if token is not None else min(self.position + 1, self.length)
        if not message:
            shown = f"`{token[0]}`" if token is not None else "the end of the line"
            message = f"The shell does not expect {shown} here."
        raise Unexpected(Problem(message, self.place(self.position), self.place(end)))

    def problem(self, message: str, start: int, end: int) -> None:
        self.notes.problems.append(Problem(message, self.place(start), self.place(end)))

    def word_of(self, parts: tuple[Part, ...], start: int, end: int) -> Word:
        return Word(parts, self.place(start), self.place(end))

    def deeper(self) -> int:
        """Enter a nested construct; returns the height to give back to ``shallower``."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise TooMuch(TOO_DEEP)
        outer, self.height = self.height, 0
        return outer

    def shallower(self, outer: int) -> None:
        self.depth -= 1
        self.rise(self.height + 1, outer)

    def rise(self, height: int, other: int = 0) -> None:
        self.height = max(height, other)
        if self.height > MAX_HEIGHT:
            raise TooMuch("So many commands are linked here that they are not understood as a whole.")

    def quotation(self, parts: Parts, char: str) -> None:
        """One quoted or expanded stretch of a word, at the position."""
        start = self.position
        if char == "'":
            self.position += 1
            self.single(parts, start)
        elif char == '"':
            self.position += 1
            self.double(parts, start)
        elif char == "`":
            self.backquotes(parts, False)
        elif self.text.startswith("'", start + 1):
            self.position += 2
            self.ansi(parts, start)
        elif self.text.startswith('"', start + 1):
            self.position += 2
            self.double(parts, start)
        else:
            self.dollar(parts, False)

    def single(self, parts: Parts, start: int) -> None:
        end = self.holes.find(self.text, "'", self.position)
        if end < 0:
            self.problem("This single quote is never closed.", start, start + 1)
            end = self.length
        parts.literal("", True)
        self.between(parts, self.position, end)
        self.position = min(end + 1, self.length)

    def between(self, parts: Parts, start: int, end: int) -> None:
        """Quoted text that is taken as it is, apart from platform expressions."""
        for hole_start, hole_end, number in self.holes.between(start, end):
            if hole_start > start:
                parts.literal(self.text[start:hole_start], True)
            parts.add(Placeholder(number, True))
            start = hole_end
        if end > start:
            parts.literal(self.text[start:end], True)

    def ansi(self, parts: Parts, start: int) -> None:
        end = self.position
        while True:
            stop = _ANSI_STOP.search(self.text, end)
            if stop is None:
                self.problem("This single quote is never closed.", start, start + 2)
                end = self.length
                break
            hole = self.holes.at(stop.start())
            if stop[0] == "'":
                end = stop.start()
                break
            end = stop.end() if hole is None else hole[0]
        inner = Parts()
        self.between(inner, self.position, end)
        parts.literal("", True)
        for part in inner.tuple():
            if isinstance(part, Piece):
                parts.literal(_ANSI.sub(_ansi, part.text).partition("\0")[0], True)  # a shell string ends at NUL
            else:
                parts.add(part)
        self.position = min(end + 1, self.length)

    def double(self, parts: Parts, start: int) -> None:
        text = self.text
        before = len(parts.made)
        while self.position < self.length:
            here = self.position
            plain = _IN_DOUBLE.match(text, here)
            if plain is not None:
                parts.literal(plain[0], True)
                self.position = plain.end()
                continue
            char = text[here]
            if char == '"':
                if len(parts.made) == before:
                    parts.literal("", True)
                self.position += 1
                return
            if char == "\\":
                self.escape(parts, '$`"\\')
            elif char == "`":
                self.backquotes(parts, True)
            else:
                self.dollar(parts, True)
        self.problem("This double quote is never closed.", start, start + 1)
        parts.literal("", True)

    def escape(self, parts: Parts, special: str) -> None:
        """A backslash where only some characters are special after it."""
        here = self.position
        continuation = CONTINUATION.match(self.text, here)
        if continuation is not None:
            self.position = continuation.end()
            return
        following = self.text[here + 1 : here + 2]
        if following and following in special:
            parts.literal(following, True)
            self.position = here + 2
        else:
            parts.literal("\\", True)
            self.position = here + 1

    def nested(self, start: int) -> Sequence:
        """The body of ``$(``, ``<(`` or ``>(``, which begins at the position."""
        outer = self.deeper()
        body = self.substituted()
        if self.position > self.length:
            self.position = self.length
            self.problem("This substitution is never closed.", start, start + 2)
        self.shallower(outer)
        return body

    # -- what follows a dollar sign -----------------------------------------------------------

    def dollar(self, parts: Parts, quoted: bool) -> None:
        text, start = self.text, self.position
        hole = self.holes.at(start)
        if hole is not None:
            parts.add(Placeholder(hole[1], quoted))
            self.position = hole[0]
            return
        following = text[start + 1 : start + 2]
        if following == "{":
            parts.add(self.braces(quoted))
        elif following == "(":
            end = self.arithmetic_end(start + 3) if text.startswith("(", start + 2) else -1
            if end < 0:
                self.position = start + 2
                parts.add(Substitution(self.nested(start), quoted))
            else:
                self.position = min(end + 2, self.length)
                if end >= self.length:
                    self.problem("This calculation is never closed.", start, start + 3)
                parts.add(Computed(text[start : self.position], quoted))
        elif following == "[":
            end = text.find("]", start + 2)
            self.position = self.length if end < 0 else end + 1
            parts.add(Computed(text[start : self.position], quoted))
        elif following == "$" and self.holes.at(start + 1) is not None:
            parts.literal("$", quoted)
            self.position += 1
        else:
            name = _NAME.match(text, start + 1) or _SPECIAL.match(text, start + 1)
            if name is None:
                parts.literal("$", quoted)
                self.position += 1
            else:
                parts.add(Parameter(name[0], quoted=quoted))
                self.position = name.end()

    def braces(self, quoted: bool) -> Part:
        """``${...}`` at the position."""
        text, start = self.text, self.position
        outer = self.deeper()
        self.position = start + 2
        operator = ""
        if _LENGTH.match(text, self.position) is not None:
            operator = "length"
            self.position += 1
        elif text.startswith("!", self.position) and _PARAMETER.match(text, self.position + 1) is not None:
            operator = "!"
            self.position += 1
        name = _PARAMETER.match(text, self.position)
        argument: Word | None = None
        parameter: str | None = None
        if name is not None:
            self.position = name.end()
            parameter = name[0] + self.subscript()
            if operator == "!":
                names = _NAMES.match(text, self.position)
                if names is not None:
                    operator += names[0]
                    self.position = names.end()
            if operator != "length" and not text.startswith("}", self.position):
                found = _OPERATOR.match(text, self.position)
                if found is None:
                    parameter = None
                else:
                    operator += found[0]
                    self.position = found.end()
        begin = self.position
        rest = self.until_brace(quoted, operator, start)
        end = self.position - 1 if text.startswith("}", self.position - 1) else self.position
        if rest or operator.lstrip("!") in (":-", "-", ":=", "=", ":+", "+", ":?", "?"):
            argument = self.word_of(rest, begin, max(begin, end))
        self.shallower(outer)
        if parameter is None:
            return Computed(text[start : self.position], quoted)
        return Parameter(parameter, operator, argument, quoted)

    def subscript(self) -> str:
        """``[...]`` after a name, as written."""
        start = self.position
        if not self.text.startswith("[", start):
            return ""
        depth = 0
        skipped = Parts()
        while self.position < self.length:
            char = self.text[self.position]
            if char == "[":
                depth += 1
            elif char == "]":
                depth -= 1
            if char in "'\"`" or (char == "$" and self.text[self.position + 1 : self.position + 2] in ("{", "(")):
                self.quotation(skipped, char)
            elif char in "}\n":
                break
            else:
                self.position += 1
            if depth == 0:
                return self.text[start : self.position]
        self.position = start
        return ""

    def until_brace(self, quoted: bool, operator: str, start: int) -> tuple[Part, ...]:
        """The argument inside ``${...}``, up to and including the closing brace.

        Inside double quotes a single quote is an ordinary character, except in patterns.
        """
        text = self.text
        pattern = operator.lstrip("!")[:1] in ("#", "%", "/", "^", ",")
        parts = Parts()
        while self.position < self.length:
            here = self.position
            plain = _IN_BRACES.match(text, here)
            if plain is not None:
                parts.literal(plain[0], quoted)
                self.position = plain.end()
                continue
            char = text[here]
            if char == "}":
                self.position += 1
                return parts.tuple()
            if char == "'" and quoted and not pattern:
                parts.literal(char, True)
                self.position += 1
            elif char == "\\" and quoted and not pattern:
                self.escape(parts, '$`"\\}')
            elif char == "\\":
                continuation = CONTINUATION.match(text, here)
                if continuation is None:
                    parts.literal(text[here + 1 : here + 2] or "\\", True)
                self.position = continuation.end() if continuation is not None else min(here + 2, self.length)
            elif char == "$" and quoted and not (pattern and text.startswith("'", here + 1)):
                self.dollar(parts, True)
            elif char == "`" and quoted:
                self.backquotes(parts, True)
            else:
                self.quotation(parts, char)
        self.problem("This ${ is never closed.", start, start + 2)
        return parts.tuple()

    def arithmetic_end(self, position: int) -> int:
        """Where the ``))`` of a calculation is that began before ``position``; the end of the text when it
        is never closed; -1 when the two parentheses do not belong together, as in ``((a); b)``."""
        text = self.text
        depth = 0
        while position < self.length:
            plain = _IN_ARITHMETIC.match(text, position)
            if plain is not None:
                position = plain.end()
                continue
            char = text[position]
            hole = self.holes.at(position)
            if hole is not None:
                position = hole[0]
            elif char == "(":
                depth += 1
                position += 1
            elif char == ")":
                if depth == 0:
                    return position if text.startswith(")", position + 1) else -1
                depth -= 1
                position += 1
            elif char == "\\":
                position += 2
            elif char in "'\"`":
                closing = text.find(char, position + 1)
                position = self.length if closing < 0 else closing + 1
            else:
                position += 1
        return self.length

    # -- texts inside the text ------------------------------------------------------------------

    def backquotes(self, parts: Parts, quoted: bool) -> None:
        """The old form of a command substitution: a text of its own with fewer backslashes."""
        text, start = self.text, self.position
        escapable = '$`\\"' if quoted else "$`\\"
        chunks: list[str] = []
        places: list[int] = []
        spans: list[tuple[int, int, int]] = []
        length = 0
        self.position = start + 1
        while self.position < self.length and text[self.position] != "`":
            here = self.position
            plain = _IN_BACKQUOTES.match(text, here)
            hole = self.holes.at(here)
            if plain is not None:
                end = plain.end()
            elif hole is not None:
                end = hole[0]
                spans.append((length, length + end - here, hole[1]))
            elif text[here] == "\\" and text[here + 1 : here + 2] and text[here + 1] in escapable:
                chunks.append(text[here + 1])
                places.append(here)  # of the backslash, so that what comes before ends there
                length += 1
                self.position = here + 2
                continue
            else:
                end = here + 1
            chunks.append(text[here:end])
            places.extend(range(here, end))
            length += end - here
            self.position = end
        places.append(self.position)
        if self.position >= self.length:
            self.problem("This backquote is never closed.", start, start + 1)
        reader = self.inside("".join(chunks), Holes(tuple(spans)), places.__getitem__)
        parts.add(Substitution(reader.program(), quoted))
        self.rise(reader.height + 1, self.height)
        self.position = min(self.position + 1, self.length)

    def inside(self, text: str, holes: Holes, place: Callable[[int], int]) -> QuoteReader:
        """A reader one level deeper for ``text``, whose offsets ``place`` maps to offsets of this text."""
        outer = self.place
        if self.depth >= MAX_NESTING:
            raise TooMuch(TOO_DEEP)
        return type(self)(text, holes, lambda offset: outer(place(offset)), self.notes, self.depth + 1)

    def document(self) -> tuple[Part, ...]:
        """The whole text as the body of a here-document whose delimiter was not quoted."""
        parts = Parts()
        while self.position < self.length:
            plain = _IN_DOCUMENT.match(self.text, self.position)
            if plain is not None:
                parts.literal(plain[0], True)
                self.position = plain.end()
            elif self.text[self.position] == "\\":
                self.escape(parts, "$`\\")
            elif self.text[self.position] == "`":
                self.backquotes(parts, True)
            else:
                self.dollar(parts, True)
        return parts.tuple()
