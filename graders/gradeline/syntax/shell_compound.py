"""Compound commands of the shell language: groups, tests, branches, loops and functions.

A closing word that is missing at the end of the text is reported and the command kept.
"""

from __future__ import annotations

import re

from gradeline.records import replace
from gradeline.syntax.shell_commands import CLOSER, CommandReader
from gradeline.syntax.shell_nodes import (
    Arithmetic,
    Arm,
    Broken,
    Case,
    For,
    Function,
    Group,
    If,
    Item,
    Node,
    Piece,
    Redirect,
    Sequence,
    Simple,
    Test,
    While,
    Word,
)

_END = r"(?=[\s;&|<>()]|\Z|\\\r?\n)"
_OPENER = re.compile(r"(if|for|select|while|until|case|function|coproc|\[\[|\{)" + _END)
_ANY_OPENER = re.compile(r"(?:if|for|select|while|until|case|\[\[|\{)" + _END + r"|\(")
_COPROCESS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?=[ \t])")
_STRAY = re.compile(r"(?:in|\]\])" + _END)
_WORD = re.compile(r"[^\s;&|<>()$`'\"\\]+")
_TEST_OPERATOR = re.compile(r"&&|\|\||[()<>]|!(?=\s)")
_TEST_END = re.compile(r"\]\]" + _END)
_ARM_END = re.compile(r";;&|;;|;&")


class ScriptReader(CommandReader):
    """Reads a whole script."""

    def command(self) -> Node:
        self.notes.command()
        text, start = self.text, self.position
        if self.ended():
            self.problem("The text ends where a command should follow.", start, start)
            return Broken("", self.place(start), self.place(start))
        opener = _OPENER.match(text, start)
        if opener is not None:
            node = self.compound(opener[1], start)
        elif text.startswith("(", start):
            node = self.parentheses(start)
        elif CLOSER.match(text, start) is not None or _STRAY.match(text, start) is not None:
            self.unexpected()
        else:
            return self.simple()
        redirects: list[Redirect] = []
        while not isinstance(node, Sequence):
            end = self.position
            self.blanks()
            redirect = self.redirect()
            if redirect is None:
                self.position = end
                break
            redirects.append(redirect)
        return self.redirected(node, tuple(redirects))

    def redirected(self, node: Node, redirects: tuple[Redirect, ...]) -> Node:
        if not redirects:
            return node
        end = redirects[-1].end
        if isinstance(node, (Group, If, While, For, Case)):
            return replace(node, redirects=redirects, end=end)
        if isinstance(node, Function):
            return replace(node, body=self.redirected(node.body, redirects), end=end)
        body = Sequence((Item(node),), node.start, node.end)
        return Group(body, False, redirects, node.start, end)

    def compound(self, opener: str, start: int) -> Node:
        self.position += len(opener)
        outer = self.deeper()
        node: Node
        if opener == "if":
            node = self.branches(start)
        elif opener in ("while", "until"):
            condition = self.sequence(opener)
            node = While(condition, self.loop(start, opener), opener == "until", (), *self.extent(start))
        elif opener in ("for", "select"):
            node = self.iteration(start, opener)
        elif opener == "case":
            node = self.choice(start)
        elif opener == "{":
            body = self.sequence("{")
            self.expect("}", "{", start)
            node = Group(body, False, (), *self.extent(start))
        elif opener == "[[":
            node = self.test(start)
        elif opener == "function":
            node = self.named_function(start)
        else:
            node = self.coprocess(start)
        self.shallower(outer)
        return node

    def extent(self, start: int) -> tuple[int, int]:
        return self.place(start), self.place(self.position)

    def expect(self, word: str, opener: str, start: int) -> None:
        """Consume a closing word; at the end of the text its absence is only reported."""
        found = CLOSER.match(self.text, self.position)
        if found is not None and found[0] == word:
            self.position = found.end()
        elif not self.ended():
            self.unexpected()
        elif not any(problem.start == self.place(start) for problem in self.notes.problems[-2:]):
            self.problem(f"`{opener}` starts here, but its `{word}` never follows.", start, start + len(opener))

    def at(self, word: str) -> bool:
        found = CLOSER.match(self.text, self.position)
        return found is not None and found[0] == word

    def parentheses(self, start: int) -> Node:
        """``(( ... ))`` or ``( ... )``."""
        text = self.text
        outer = self.deeper()
        node: Node
        end = self.arithmetic_end(start + 2) if text.startswith("((", start) else -1
        if end >= 0:
            if end >= self.length:
                self.problem("This calculation is never closed with `))`.", start, start + 2)
            self.position = min(end + 2, self.length)
            node = Arithmetic(text[start + 2 : end].strip(), *self.extent(start))
        else:
            self.position = start + 1
            body = self.sequence("(")
            self.parenthesis(start)
            node = Group(body, True, (), *self.extent(start))
        self.shallower(outer)
        return node

    def parenthesis(self, start: int) -> None:
        """Consume a closing parenthesis; at the end of the text its absence is only reported."""
        if self.text.startswith(")", self.position):
            self.position += 1
        elif self.ended():
            self.problem("`(` starts here, but its `)` never follows.", start, start + 1)
        else:
            self.unexpected()

    def substituted(self) -> Sequence:
        waiting, self.waiting = self.waiting, ()
        body = self.sequence("")
        self.waiting = (*waiting, *self.waiting)
        if not self.ended() and self.text[self.position] != ")":
            self.unexpected()
        self.position += 1
        return body

    def branches(self, start: int) -> Node:
        pairs: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence | None = None
        word = "if"
        while True:
            condition = self.sequence(word)
            self.expect("then", "if", start)
            pairs.append((condition, self.sequence("then")))
            if not self.at("elif"):
                break
            word = "elif"
            self.position += len(word)
        if self.at("else"):
            self.position += len("else")
            otherwise = self.sequence("else")
        self.expect("fi", "if", start)
        return If(tuple(pairs), otherwise, (), *self.extent(start))

    def loop(self, start: int, opener: str) -> Sequence:
        """``do ... done``."""
        self.expect("do", opener, start)
        body = self.sequence("do")
        self.expect("done", opener, start)
        return body

    def iteration(self, start: int, opener: str) -> Node:
        """``for`` and ``select`` after the keyword."""
        self.blanks()
        text = self.text
        variable = ""
        words: tuple[Word, ...] | None = None
        if text.startswith("((", self.position) and opener == "for":
            end = self.arithmetic_end(self.position + 2)
            if end < 0:
                self.unexpected()
            self.position = min(end + 2, self.length)
        else:
            name = _WORD.match(text, self.position)
            if name is None:
                self.unexpected(f"A variable name is missing after `{opener}`.")
            variable = name[0]
            self.position = name.end()
            self.line_breaks()
            marker = _WORD.match(text, self.position)
            if marker is not None and marker[0] == "in":
                self.position = marker.end()
                words = self.listed()
        self.blanks()
        if text.startswith(";", self.position):
            self.position += 1
        self.line_breaks()
        if text.startswith("{", self.position):
            brace = self.position
            self.position += 1
            body = self.sequence("{")
            self.expect("}", "{", brace)
        else:
            body = self.loop(start, opener)
        return For(variable, words, body, (), *self.extent(start))

    def listed(self) -> tuple[Word, ...]:
        """The words of a loop, up to the end of its line or a semicolon."""
        words: list[Word] = []
        while True:
            self.blanks()
            word = self.word()
            if word is None:
                return tuple(words)
            words.append(word)

    def choice(self, start: int) -> Node:
        """``case`` after the keyword."""
        self.blanks()
        subject = self.word()
        if subject is None:
            self.unexpected("The word to compare is missing after `case`.")
        self.line_breaks()
        marker = _WORD.match(self.text, self.position)
        if marker is None or marker[0] != "in":
            self.unexpected()
        self.position = marker.end()
        arms: list[Arm] = []
        self.line_breaks()
        while not self.ended() and not self.at("esac"):
            arms.append(self.arm())
            self.line_breaks()
        self.expect("esac", "case", start)
        return Case(subject, tuple(arms), (), *self.extent(start))

    def arm(self) -> Arm:
        text = self.text
        if text.startswith("(", self.position):
            self.position += 1
        patterns: list[Word] = []
        while True:
            self.blanks()
            pattern = self.word()
            if pattern is None:
                self.unexpected("A pattern is missing in this `case`.")
            patterns.append(pattern)
            self.blanks()
            if not text.startswith("|", self.position):
                break
            self.position += 1
        if not text.startswith(")", self.position):
            self.unexpected("The pattern of a `case` has to end with `)`.")
        self.position += 1
        body = self.sequence("")
        end = _ARM_END.match(text, self.position)
        if end is not None:
            self.position = end.end()
        elif not self.ended() and not self.at("esac"):
            self.unexpected()
        return Arm(tuple(patterns), body, end is not None and end[0] != ";;")

    def test(self, start: int) -> Node:
        """``[[`` after its brackets: every token a word."""
        tokens: list[Word] = []
        text = self.text
        while True:
            self.line_breaks()
            here = self.position
            if self.ended():
                self.problem("`[[` starts here, but its `]]` never follows.", start, start + 2)
                break
            if _TEST_END.match(text, here) is not None:
                self.position += 2
                break
            operator = _TEST_OPERATOR.match(text, here)
            after = tokens[-1].parts[:1] if tokens else ()
            if operator is not None and not (operator[0] in "()" and after == (Piece("=~"),)):
                self.position = operator.end()
                tokens.append(self.word_of((Piece(operator[0]),), here, self.position))
                continue
            word = self.word(expression=after == (Piece("=~"),))
            if word is None:
                self.unexpected()
            tokens.append(word)
        return Test(tuple(tokens), *self.extent(start))

    def named_function(self, start: int) -> Node:
        """``function`` after the keyword."""
        self.blanks()
        begin = self.position
        if self.word(extended=False) is None:
            self.unexpected("The name of the function is missing.")
        name = self.text[begin : self.position]
        self.blanks()
        if self.text.startswith("(", self.position):
            self.position += 1
            self.blanks()
            if not self.text.startswith(")", self.position):
                return self.function_with_group(start, name)
            self.position += 1
        return self.function(start, name)

    def function_with_group(self, start: int, name: str) -> Node:
        """``function name (commands)``: the parenthesis just read opens the body."""
        opened = self.position - 1
        body = self.sequence("(")
        self.parenthesis(opened)
        group = Group(body, True, (), *self.extent(opened))
        return Function(name, group, *self.extent(start))

    def coprocess(self, start: int) -> Node:
        """``coproc`` after the keyword: a list with one command that runs in the background."""
        self.blanks()
        name = _COPROCESS_NAME.match(self.text, self.position)
        if name is not None:
            back = self.position
            self.position = name.end()
            self.blanks()
            if _ANY_OPENER.match(self.text, self.position) is None:
                self.position = back
        node = self.command()
        if isinstance(node, Simple) and not node.words and not node.redirects and not node.assignments:
            self.unexpected()
        return Sequence((Item(node, True),), *self.extent(start))
