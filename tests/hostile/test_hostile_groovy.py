"""Hostile Groovy: bounded time, no crash, never silently half a tree, and every place lies inside the file."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gv
from gradeline.syntax.groovy import MAX_PROBLEMS, MAX_TEXT, parse
from gradeline.syntax.groovy_constants import evaluate
from gradeline.syntax.groovy_tokens import MAX_TOKENS

BOUND = 12.0  # CPU seconds; a quiet machine needs 1.6 at most, and a parser that is not linear takes minutes

MANY = 100_000
FEW = 25_000
BROKEN = {
    "braces": "{" * MANY,
    "parentheses": "(" * MANY,
    "brackets": "[" * MANY,
    "closers": "}" * MANY,
    "closing parentheses": ")" * MANY,
    "mixed": "([{" * FEW,
    "mismatched": "{)" * FEW,
    "odd quotes": "'" * (MANY + 1),
    "odd double quotes": '"' * (MANY + 1),
    "triple quotes": '"""' * (FEW + 1),
    "holes": '"${' * MANY,
    "holes in lines": '"""' + "${\n" * FEW + '"""',
    "holes without end": '"${a ' * FEW,
    "backslashes": "\\" * FEW,
    "backslashes in a text": "'" + "\\" * (2 * FEW + 1),
    "slashes": "= /a\n" * FEW,
    "dollar slashes": "=$/ \n" * FEW,
    "comments": "/*" * FEW,
    "bangs": "!" * MANY,
    "dots": "a" + ".a" * MANY,
    "calls in a chain": "a" + ".a()" * FEW,
    "indexes": "a" + "[0]" * FEW,
    "sum": "a" + "+a" * MANY,
    "choices": "a?b:" * FEW,
    "elvis": "a?:" * FEW,
    "assignments": "a=" * FEW,
    "casts": "(int)" * FEW,
    "as": "a" + " as A" * FEW,
    "words": "a " * FEW,
    "annotations": "@A(" * FEW,
    "ifs": "if(a)" * FEW,
    "else ifs": "if(a)b;else " * FEW,
    "tries": "try{" * FEW,
    "cases": "switch(a){case " * FEW,
    "loops": "for(" * FEW,
    "labels": "a:" * FEW,
    "types": "A<" * FEW,
    "news": "new " * FEW,
    "classes": "class A {" * FEW,
    "enums": "enum A {" * FEW,
    "closures": "{a->" * FEW,
    "closure parameters": "{ a, " * FEW,
    "indented blocks": "".join(" " * (number % 60) + "a {\n" for number in range(FEW)),
    "indented closers": "".join(" " * (number % 60) + "}\n" for number in range(FEW)),
    "lost brackets in lines": "'a)\n" * FEW,
    "brackets in a text": "'" + ")" * FEW,
    "arguments named alike": "a(" + "b:1," * 30_000 + ")",
    "lines of tabs": ("\t" * 300 + "a {\n") * 3_000,
}
ACCEPTED = {
    "closures behind one another": "a" + "{}" * FEW,
    "nothing": "",
    "blanks": " " * MAX_TEXT,
    "lines": "\n" * MAX_TEXT,
    "one word": "a" * MAX_TEXT,
    "one number": "1" * MAX_TEXT,
    "one text": "'" + "\\n" * (MAX_TEXT // 2 - 1) + "'",
    "even quotes": "''\n" * 70_000,
    "statements": "a;" * 70_000,
    "paths in a text": '"' + "$a.b" * 5_000 + '"',
    "real": "stage('a') {\n  sh script: \"x ${env.Y}\", label: 'z'\n}\n" * 6_000,
    "a list": "a = [" + "1," * 70_000 + "]",
}


def check(text: str, script: gv.Script) -> None:
    """What holds for the tree of any text."""
    end = len(text.removeprefix("\ufeff"))
    height = 0
    todo = [(script.body, 1)]
    nodes: list[gv.Node] = []
    while todo:
        node, depth = todo.pop()
        nodes.append(node)
        height = max(height, depth)
        assert 0 <= node.start <= node.end <= end
        for child in gv.children(node):
            assert isinstance(child, gv.Located)
            todo.append((child, depth + 1))
    assert height <= gv.MAX_HEIGHT + 2
    assert len(script.problems) <= MAX_PROBLEMS
    assert script.complete == (not script.problems)
    for problem in script.problems:
        assert 0 <= problem.start <= problem.end <= end
        assert problem.expected <= end
        assert problem.message


@pytest.mark.parametrize("name", BROKEN)
def test_a_hostile_text_is_refused_in_bounded_time(name: str) -> None:
    text = BROKEN[name][:MAX_TEXT]
    start = time.process_time()
    script = parse(text, "Jenkinsfile")
    assert time.process_time() - start < BOUND
    assert script.problems
    check(text, script)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_long_text_is_understood_in_bounded_time(name: str) -> None:
    start = time.process_time()
    script = parse(ACCEPTED[name], "Jenkinsfile")
    assert time.process_time() - start < BOUND
    assert script.problems == ()
    check(ACCEPTED[name], script)


def test_a_text_above_the_limit_is_not_read() -> None:
    script = parse("a" * (MAX_TEXT + 1), "Jenkinsfile")
    assert [problem.code for problem in script.problems] == ["too-large"]
    assert not script.complete


def test_a_text_with_too_many_words_says_where_reading_stopped() -> None:
    script = parse("a\n" * (MAX_TOKENS + 10), "Jenkinsfile")
    assert [(problem.code, problem.line) for problem in script.problems] == [("too-many-words", MAX_TOKENS + 1)]
    assert len(script.body.statements) == MAX_TOKENS
    assert not script.complete


def test_what_is_nested_too_deeply_is_left_out_and_reading_goes_on() -> None:
    text = "a()\nx = " + "(" * 200 + "1" + ")" * 200 + "\n" + "b {" * 60 + "c()" + "}" * 60 + "\nd()"
    script = parse(text, "Jenkinsfile")
    assert [(problem.code, problem.line) for problem in script.problems] == [("too-deep", 2), ("too-deep", 3)]
    names = [call.name for call in gv.calls(script.body)]
    assert (names[0], names[-1]) == ("a", "d")
    assert "c" not in names


def test_a_caller_that_is_deep_down_gets_a_problem_instead_of_a_crash() -> None:
    text = "a { " * 40 + "}" * 40
    results: list[gv.Script] = []

    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        else:
            results.append(parse(text, "Jenkinsfile"))

    def run() -> None:
        deep(sys.getrecursionlimit() - 120)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [problem.code for problem in results[0].problems] == ["too-deep"]


def test_the_deepest_tree_that_is_accepted_can_be_walked_by_recursion() -> None:
    def height(node: gv.Node) -> int:
        return 1 + max(map(height, gv.children(node)), default=0)

    script = parse("a { " * 50 + "x" + ".y" * 40 + "}" * 50, "Jenkinsfile")
    assert script.problems == ()
    assert 200 < height(script.body) <= gv.MAX_HEIGHT + 2


_PIECES = st.sampled_from(
    [
        "a", "B", "sh", "if", "else", "for", "while", "switch", "case", "default", "try", "catch", "finally", "return",
        "def", "class", "enum", "import", "new", "in", "instanceof", "as", "static", "int", "true", "@", "_", "throws",
        "(", ")", "[", "]", "{", "}", "'", '"', "'''", '"""', "/", "$/", "/$", "${", "$", "\\", "//", "/*", "*/", "#",
        ".", "?.", "*.", ".&", "->", "?", ":", "?:", ",", ";", "=", "+=", "+", "-", "*", "<", ">", "==", "=~", "!",
        "&&", "..", "++", "1", "1.5", "0x", "\n", "\n  ", "\n    ", " ", "\t", "\r\n", "\u00a0", "é", "😀", "\0",
        "\ufeff",
    ]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(_PIECES, max_size=60).map("".join))
@example('"${a{"}"')
@example("a(\n}\n)")
@example("switch(a){}}")
@example("enum A{;}")
@example("@interface A {}")
@example("class{")
@example("'''\n''\n")
def test_any_pieces_of_groovy_give_a_tree_inside_the_text(text: str) -> None:
    check(text, parse(text, "Jenkinsfile"))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_tree_inside_the_text(text: str) -> None:
    script = parse(text, "Jenkinsfile")
    check(text, script)
    assert parse(text, "Jenkinsfile") == script


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_every_character_of_every_text_is_inside_its_literal(text: str) -> None:
    for node in gv.walk(parse(text, "Jenkinsfile").body):
        if isinstance(node, gv.String):
            places = [node.offset(index) for index in range(len(node.value) + 1)]
            assert places == sorted(places)
            assert all(node.start <= place <= node.end for place in places)
            assert len(node.lines) == node.value.count("\n") + 1
            for hole in node.holes:
                assert node.value[hole.at : hole.until] == hole.source
            assert isinstance(node.at(0, len(node.value)), Span)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_any_expression_has_a_value_or_an_unknown(text: str) -> None:
    for node in parse(text, "Jenkinsfile").body.statements:
        evaluate(node)
