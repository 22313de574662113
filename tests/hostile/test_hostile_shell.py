"""Hostile shell texts: bounded time, no crash, and never silently half a tree."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from support.shell_trees import nodes

from gradeline.syntax import shell_nodes as sh
from gradeline.syntax.shell import MAX_PROBLEMS, MAX_TEXT, parse
from gradeline.syntax.shell_text import MAX_COMMANDS

BOUND = 10.0  # CPU seconds; a quiet machine needs a sixth of it, and a parser that is not linear takes minutes

BROKEN = {
    "substitutions": "$(" * 10_000,
    "substitutions in lines": "$(\n" * 80_000,
    "quoted substitutions": '"$(' * 10_000,
    "subshells": "( " * 3_000,
    "subshells in lines": "(\n" * 100_000,
    "odd double quotes": '"' * 100_001,
    "odd single quotes": "'" * 100_001,
    "and": "a && " * 20_000,
    "and complete": "a && " * 20_000 + "a",
    "pipes without end": "a | " * 20_000,
    "braces": "${" * 20_000,
    "defaults": '"${a:-' * 10_000,
    "groups": "{ " * 5_000,
    "ifs": "if " * 5_000,
    "cases": "case x in " * 3_000,
    "calculations": "$((" * 20_000,
    "calculation commands": "((" * 20_000,
    "tests": "[[\n" * 40_000,
    "arrays": "x=(" * 10_000,
    "functions": "f() " * 10_000,
    "process substitutions": "<(" * 10_000,
    "here-documents": "a <<E " * 10_000,
    "here-documents inside": "cat <<E\n$(" * 5_000,
    "backquotes in backquotes": "`\\`" * 50_000,
    "extended patterns": "@(" * 50_000,
    "regular expression": "[[ a =~ " + "(" * 100_000,
    "separators": ";; " * 50_000,
    "brackets": ")(}{" * 20_000,
    "coprocesses": "coproc " * 20_000,
    "unclosed expression": "${{ '" * 40_000,
    "ansi quote": "$'" + "\\'" * 100_000,
    "commands": "a;" * 100_000,
}
ACCEPTED = {
    "even quotes": "''" * 50_000,
    "bangs": "! " * 40_000,
    "expressions": "${{ a }} " * 25_000,
    "quoted expressions": '"' + "${{a}}" * 40_000 + '"',
    "one word": "a" * MAX_TEXT,
    "words": "a " * 60_000,
    "comments": "# " * 100_000,
    "empty lines": "\n" * MAX_TEXT,
    "continued lines": "\\\n" * 100_000,
    "redirections": ">a " * 30_000,
    "elif": "if a; then b; " + "elif a; then b; " * 4_000 + "fi",
    "arms": "case a in " + "a) b;; " * 9_000 + "esac",
    "pipes": "a | " * 9_000 + "a",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_hostile_text_is_refused_in_bounded_time(name: str) -> None:
    start = time.process_time()
    script = parse(BROKEN[name])
    assert time.process_time() - start < BOUND
    assert 0 < len(script.problems) <= MAX_PROBLEMS


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_long_text_is_understood_in_bounded_time(name: str) -> None:
    start = time.process_time()
    script = parse(ACCEPTED[name])
    assert time.process_time() - start < BOUND
    assert script.problems == ()


def test_a_text_above_the_limit_is_not_read() -> None:
    text = "a b c\n" * 170_000
    script = parse(text)
    assert [type(item.node) for item in script.body.items] == [sh.Broken]
    assert script.problems[0].message == "A script of more than 256 KiB is not read."
    assert (script.problems[0].start, script.problems[0].end) == (0, len(text))


def test_what_lies_before_the_limit_on_commands_is_kept() -> None:
    items = parse("a;" * (MAX_COMMANDS + 10)).body.items
    assert len(items) == MAX_COMMANDS + 1
    assert isinstance(items[-1].node, sh.Broken)


@pytest.mark.parametrize("depth", [5, 25])
def test_reasonable_nesting_is_understood(depth: int) -> None:
    assert parse("( " * depth + "a" + " )" * depth).problems == ()
    assert parse('"$(a ' * depth + ')"' * depth).problems == ()
    assert parse("if a; then " * depth + "b; " + "fi; " * depth).problems == ()
    assert parse("a && " * 4 * depth + "b").problems == ()


def test_a_tree_is_never_so_deep_that_walking_it_fails() -> None:
    for text in (*BROKEN.values(), *ACCEPTED.values()):
        assert _height(parse(text[:5_000]).body) < 600


def _height(root: object) -> int:
    height = 0
    level = [root]
    while level:
        height += 1
        below: list[object] = []
        for node in level:
            if isinstance(node, tuple):
                below.extend(node)
            elif hasattr(node, "__record_fields__"):
                below.extend(getattr(node, name) for name in node.__record_fields__)
        level = [node for node in below if isinstance(node, tuple) or hasattr(node, "__record_fields__")]
    return height


def test_deep_trees_can_be_compared_and_shown() -> None:
    text = "( " * 29 + "a && " * 60 + "b" + " )" * 29
    assert parse(text).problems == ()
    assert parse(text) == parse(text)
    assert len(repr(parse(text))) > 1000
    assert sum(isinstance(node, sh.Simple) for node in nodes(parse(text).body)) == 61


def test_a_caller_deep_down_gets_a_problem_instead_of_an_exception() -> None:
    results: list[sh.Script] = []

    def deep(left: int) -> None:
        if left:
            deep(left - 1)
        else:
            results.append(parse('"$(a ' * 29 + ')"' * 29))

    room = sys.getrecursionlimit() - 120
    thread = threading.Thread(target=deep, args=(room,))
    thread.start()
    thread.join()
    assert results[0].problems[0].message == "This is nested too deeply to be understood."
