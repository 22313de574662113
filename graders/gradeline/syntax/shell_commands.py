"""Lists, pipelines and simple commands of the shell language, with redirections and here-documents.

The grammar is that of the Bash Reference Manual, "Shell Commands" (bash 5.2), read by recursive descent.
A command that makes no sense is given up as a whole, as the shell would not start it either.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gradeline.syntax.shell_nodes import (
    AndOr,
    Assignment,
    Broken,
    Computed,
    Function,
    Item,
    Node,
    Piece,
    Pipeline,
    Redirect,
    Sequence,
    Simple,
    Word,
)
from gradeline.syntax.shell_text import Holes, Parts, TooMuch, Unexpected
from gradeline.syntax.shell_words import WordReader

_BLANKS = re.compile(r"(?:[ \t]|\\\r?\n|\r(?=\n|\Z))*")
_REDIRECT = re.compile(r"(?:(?:([0-9]{1,9})|(\{[A-Za-z_][A-Za-z0-9_]*\}))?(<<<|<<-?|<>|<&|>>|>&|>\||[<>])|(&>>?))")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?=\[|\+?=)")
_EQUALS = re.compile(r"\+?=")
_EMPTY_PARENTHESES = re.compile(r"\([ \t]*\)")
_DECLARATIONS = frozenset({"declare", "typeset", "local", "export", "readonly"})
_END = r"(?=[\s;&|<>()]|\Z|\\\r?\n)"
CLOSER = re.compile(r"(?:then|elif|else|fi|do|done|esac|\})" + _END)
_NOT = re.compile("!" + _END)
_TIME = re.compile(r"time" + _END + r"(?![ \t]+-(?!p[\s;]|-[\s;]))(?:[ \t]+-p(?=[\s;]|\Z))?(?:[ \t]+--(?=[\s;]|\Z))?")


class _Document(NamedTuple):
    """A here-document whose text starts after the current line."""

    redirect: Redirect
    delimiter: str
    quoted: bool
    start: int


class CommandReader(WordReader):
    """Reads commands.  Nested texts and substitutions keep their own list of waiting here-documents."""

    waiting: tuple[_Document, ...] = ()

    def command(self) -> Node:
        """One command: simple, compound or a function definition."""
        raise NotImplementedError

    # -- blanks and line ends -------------------------------------------------------------------

    def blanks(self) -> None:
        """Skip spaces, continued line ends and a comment."""
        found = _BLANKS.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        if self.text.startswith("#", self.position):
            end = self.holes.find(self.text, "\n", self.position)
            self.position = self.length if end < 0 else end

    def line_breaks(self) -> None:
        """Skip everything up to the next token, line ends included."""
        self.blanks()
        while self.text.startswith("\n", self.position):
            self.position += 1
            if self.waiting:
                waiting, self.waiting = self.waiting, ()
                for document in waiting:
                    self.read_document(document)
            self.blanks()

    def ended(self) -> bool:
        """Whether the text ends here; only blanks, line ends and comments were skipped."""
        return self.position >= self.length

    # -- lists ----------------------------------------------------------------------------------

    def program(self) -> Sequence:
        items: list[Item] = []
        depth = self.depth
        start = self.position
        while True:
            try:
                self.line_breaks()
                start = self.position
                if self.ended():
                    break
                if self.closes():
                    self.unexpected()
                self.item(items)
            except Unexpected as error:
                self.notes.problems.append(error.problem)
                self.depth, self.height = depth, 0
                end = self.holes.find(self.text, "\n", self.position)
                self.position = self.length if end < 0 else end
                items.append(Item(self.broken(start, self.position)))
            except TooMuch as error:
                if depth:
                    raise
                self.problem(error.message, start, self.length)
                self.position = self.length
                items.append(Item(self.broken(start, self.position)))
        for document in self.waiting:
            self.unclosed(document)
        return Sequence(tuple(items), self.place(0), self.place(self.length))

    def broken(self, start: int, end: int) -> Broken:
        return Broken(self.text[start:end], self.place(start), self.place(end))

    def sequence(self, after: str) -> Sequence:
        """Commands up to a closing word, which is not consumed.  ``after`` is what they follow."""
        self.line_breaks()
        first = end = self.position
        items: list[Item] = []
        while not self.closes():
            end = self.item(items)
            self.line_breaks()
        if not items and after and not self.ended():
            self.problem(f"A command is missing after `{after}`.", first, first)
        return Sequence(tuple(items), self.place(first), self.place(end))

    def closes(self) -> bool:
        """Whether the text ends or something that closes a list of commands is here."""
        text, here = self.text, self.position
        return (
            here >= self.length
            or text[here] == ")"
            or text.startswith((";;", ";&"), here)
            or CLOSER.match(text, here) is not None
        )

    def item(self, items: list[Item]) -> int:
        """Read one command with what ends it; returns where the command itself ended."""
        node = self.and_or()
        end = self.position
        self.blanks()
        text, here = self.text, self.position
        background = False
        if text.startswith("&", here):
            background = True
            self.position += 1
        elif text.startswith(";", here) and not text.startswith((";;", ";&"), here):
            self.position += 1
        elif not text.startswith("\n", here) and not self.closes():
            self.unexpected()
        if isinstance(node, Sequence) and not background:
            items.extend(node.items)  # a coprocess: one item that runs in the background
        else:
            items.append(Item(node, background))
        return end

    def and_or(self) -> Node:
        outer, self.height = self.height, 0
        start = self.position
        left = self.pipeline()
        while True:
            end = self.position
            self.blanks()
            operator = self.text[self.position : self.position + 2]
            if operator not in ("&&", "||"):
                self.position = end
                break
            self.position += 2
            self.line_breaks()
            right = self.pipeline()
            left = AndOr(left, operator, right, self.place(start), self.place(self.position))
            self.rise(self.height + 1)
        self.rise(self.height, outer)
        return left

    def pipeline(self) -> Node:
        start = self.position
        negated = prefixed = False
        while True:
            timed = _TIME.match(self.text, self.position)
            if timed is not None:
                self.position = timed.end()
            elif _NOT.match(self.text, self.position) is not None:
                negated = not negated
                self.position += 1
            else:
                break
            if not prefixed and timed is not None:
                self.blanks()
                start = self.position
            prefixed = True
            self.blanks()
        if prefixed and (self.ended() or self.text[self.position] in "\n;"):
            here = self.place(self.position)
            commands: list[Node] = [Simple((), (), (), here, here)]
        else:
            commands = [self.command()]
        while True:
            end = self.position
            self.blanks()
            if not self.text.startswith("|", self.position) or self.text.startswith("||", self.position):
                self.position = end
                break
            self.position += 2 if self.text.startswith("|&", self.position) else 1
            self.line_breaks()
            commands.append(self.piped())
        if len(commands) == 1 and not negated:
            return commands[0]
        return Pipeline(tuple(commands), negated, self.place(start), self.place(end))

    def piped(self) -> Node:
        """A later command of a pipeline, where ``!`` and ``time`` are no keywords any more."""
        if _NOT.match(self.text, self.position) is not None:
            self.unexpected()
        return self.command()

    # -- simple commands ------------------------------------------------------------------------

    def simple(self) -> Node:
        start = end = self.position
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        declares = False
        while True:
            self.blanks()
            here = self.position
            redirect = self.redirect()
            if redirect is not None:
                redirects.append(redirect)
                end = self.position
                continue
            assignment = self.assignment() if not words else None
            if assignment is not None:
                assignments.append(assignment)
                end = self.position
                continue
            word = (self.declared_array() if declares else None) or self.word()
            if word is None:
                break
            words.append(word)
            end = self.position
            if len(words) == 1:
                declares = self.text[here : self.position] in _DECLARATIONS
                if not assignments and not redirects:
                    self.blanks()
                    brackets = _EMPTY_PARENTHESES.match(self.text, self.position)
                    if brackets is not None:
                        self.position = brackets.end()
                        return self.function(start, self.text[here:end])
        if end == start:
            self.unexpected()
        self.position = end
        return Simple(tuple(assignments), tuple(words), tuple(redirects), self.place(start), self.place(end))

    def function(self, start: int, name: str) -> Function:
        """A function whose name was read; its body follows."""
        self.line_breaks()
        body = self.command()
        if isinstance(body, (Simple, Function)):
            self.unexpected("The body of a function has to be a compound command such as `{ ...; }`.")
        return Function(name, body, self.place(start), self.place(self.position))

    def assignment(self) -> Assignment | None:
        text, start = self.text, self.position
        name = _ASSIGNMENT.match(text, start)
        if name is None:
            return None
        problems = len(self.notes.problems)
        self.position = name.end()
        full_name = name[0] + self.subscript()
        equals = _EQUALS.match(text, self.position)
        if equals is None:
            self.position = start
            del self.notes.problems[problems:]
            return None
        self.position = equals.end()
        append = equals[0] == "+="
        if text.startswith("(", self.position):
            elements = self.array()
            return Assignment(full_name, None, self.place(start), self.place(self.position), append, elements)
        begin = self.position
        value = self.word() or self.word_of((), begin, begin)
        return Assignment(full_name, value, self.place(start), self.place(self.position), append)

    def array(self) -> tuple[Word, ...]:
        """``( ... )`` at the position, as the elements of an array."""
        start = self.position
        outer = self.deeper()
        elements: list[Word] = []
        self.position += 1
        self.line_breaks()
        while not self.ended() and self.text[self.position] != ")":
            word = self.word()
            if word is None:
                self.unexpected()
            elements.append(word)
            self.line_breaks()
        if self.ended():
            self.problem("This list of values is never closed with `)`.", start, start + 1)
        self.position = min(self.position + 1, self.length)
        self.shallower(outer)
        return tuple(elements)

    def declared_array(self) -> Word | None:
        """``name=(...)`` as an argument of ``declare`` and its relatives."""
        start = self.position
        name = _ASSIGNMENT.match(self.text, start)
        equals = None if name is None else _EQUALS.match(self.text, name.end())
        if equals is None or not self.text.startswith("(", equals.end()):
            return None
        self.position = equals.end()
        self.array()
        parts = (Piece(self.text[start : equals.end()]), Computed(self.text[equals.end() : self.position]))
        return self.word_of(parts, start, self.position)

    # -- redirections and here-documents ---------------------------------------------------------

    def redirect(self) -> Redirect | None:
        found = _REDIRECT.match(self.text, self.position)
        if found is None or (found[3] in ("<", ">") and self.text.startswith("(", found.end())):
            return None
        start = self.position
        descriptor = int(found[1]) if found[1] else (10 if found[2] else None)  # bash gives {name} a number from 10 up
        operator = found[3] or found[4]
        self.position = found.end()
        self.blanks()
        begin = self.position
        word = self.word()
        if word is None:
            self.unexpected(f"A file name is missing after `{operator}`.")
        first, last = self.place(start), self.place(self.position)
        if operator == "<<<":
            return Redirect(operator, None, first, last, descriptor, word)
        if operator not in ("<<", "<<-"):
            return Redirect(operator, word, first, last, descriptor)
        redirect = Redirect(operator, None, first, last, descriptor)
        raw = self.text[begin : self.position]
        plain = "".join(part.text for part in word.parts if isinstance(part, Piece))
        literal = all(isinstance(part, Piece) for part in word.parts)
        quoted = any(char in raw for char in "'\"\\")
        self.waiting = (*self.waiting, _Document(redirect, plain if literal else raw, quoted, start))
        return redirect

    def read_document(self, document: _Document) -> None:
        """Read the lines of a here-document, which start at the position."""
        text = self.text
        strip = document.redirect.operator == "<<-"
        begin = self.position
        lines: list[tuple[int, int]] = []
        closed = False
        while self.position < self.length:
            start = self.position
            newline = self.holes.find(text, "\n", start)
            end = self.length if newline < 0 else newline + 1
            if strip:
                start += len(text[start:end]) - len(text[start:end].lstrip("\t"))
            self.position = end
            closed = text[start:end].rstrip("\n").removesuffix("\r") == document.delimiter
            if closed:
                break
            lines.append((start, end))
        finish = lines[-1][1] if lines else begin
        if not closed:
            self.unclosed(document)
        # The body is only known after the rest of the line that asks for it, which is part of the tree already.
        object.__setattr__(document.redirect, "body", self.body(document, lines, begin, finish))

    def body(self, document: _Document, lines: list[tuple[int, int]], begin: int, finish: int) -> Word:
        if document.quoted:
            parts = Parts()
            for start, end in lines:
                self.between(parts, start, end)
            return self.word_of(parts.tuple() or (Piece("", True),), begin, finish)
        places: list[int] = []
        spans: list[tuple[int, int, int]] = []
        for start, end in lines:
            shift = len(places) - start
            holes = self.holes.between(start, end)
            spans.extend((first + shift, last + shift, number) for first, last, number in holes)
            places.extend(range(start, end))
        places.append(finish)
        inner = "".join(self.text[start:end] for start, end in lines)
        reader = self.inside(inner, Holes(tuple(spans)), places.__getitem__)
        try:
            expanded = reader.document()
        except Unexpected as error:  # the shell reads what is in a here-document only when the command runs
            self.notes.problems.append(error.problem)
            expanded = (Computed(inner, True),)
        self.rise(reader.height + 1, self.height)
        return self.word_of(expanded or (Piece("", True),), begin, finish)

    def unclosed(self, document: _Document) -> None:
        message = f"This here-document is never closed with a line `{document.delimiter[:40]}`."
        self.problem(message, document.start, document.start + 2)
