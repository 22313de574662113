"""Compound commands of the shell: branches, loops, tests, functions, and what is missing in them."""

from __future__ import annotations

import pytest
from support.shell_trees import messages, show, tree

from gradeline.syntax.shell import parse
from gradeline.syntax.shell_nodes import If

COMPOUND = [
    ("if a; then b; fi", "if[(a) then (b)]"),
    ("if a\nthen b\nelif c; d\nthen e\nelse f\nfi", "if[(a) then (b) elif (c); (d) then (e) else (f)]"),
    ("if ! a | b; then c; fi", "if[<! (a) | (b)> then (c)]"),
    ("if a; then if b; then c; fi fi", "if[(a) then if[(b) then (c)]]"),
    ("while a; do b; done", "while[(a) do (b)]"),
    ("until a; do b; done", "until[(a) do (b)]"),
    ("while :; do a && break; done &", "while[(:) do {(a) && (break)}] &"),
    ("for x in a $b 'c d'; do e; done", "for[x in a $b 'c d' do (e)]"),
    ("for x; do a; done", "for[x do (a)]"),
    ("for x do a; done", "for[x do (a)]"),
    ("for x\ndo a; done", "for[x do (a)]"),
    ("for x in; do a; done", "for[x in  do (a)]"),
    ("for x in a b\ndo\n c\ndone", "for[x in a b do (c)]"),
    ("for ((i=0; i<3; i++)); do a; done", "for[ do (a)]"),
    ("for ((;;)) { a; }", "for[ do (a)]"),
    ("for x in a; { b; }", "for[x in a do (b)]"),
    ("select x in a b; do c; done", "for[x in a b do (c)]"),
    ("case $x in a) b;; esac", "case[$x: a) (b);]"),
    ("case x in a|'b c') d;; (e) ;; *) f\nesac", "case[x: a|'b c') (d); e) ; *) (f);]"),
    ("case x in a) b;& c) d;;& e) f;; esac", "case[x: a) (b)~; c) (d)~; e) (f);]"),
    ("case x in esac", "case[x: ]"),
    ("case x in\n# why\na) b\n;;\n\nesac", "case[x: a) (b);]"),
    ("case x in a) b & ;; esac", "case[x: a) (b) &;]"),
    ("case x in [a-c]*|*.py|!(d)) e;; esac", "case[x: [a-c]*|*.py|!(d)) (e);]"),
    ("{ a; b; }", "group[(a); (b)]"),
    ("(a; b)", "subshell[(a); (b)]"),
    ("((a); b)", "subshell[subshell[(a)]; (b)]"),
    ("( (a) )", "subshell[subshell[(a)]]"),
    ("(( a > b ))", "arithmetic[a > b]"),
    ("((a)) && b", "{arithmetic[a] && (b)}"),
    ("(( (1+2)*3 ))", "arithmetic[(1+2)*3]"),
    ("f() { a; }", "function[f: group[(a)]]"),
    ("f () ( a )", "function[f: subshell[(a)]]"),
    ("function f { a; }", "function[f: group[(a)]]"),
    ("function f() { a; }", "function[f: group[(a)]]"),
    ("function f (a)", "function[f: subshell[(a)]]"),
    ("f()\n{\n a\n}\nb", "function[f: group[(a)]]; (b)"),
    ("f() if a; then b; fi", "function[f: if[(a) then (b)]]"),
    ("f() [[ a ]]", "function[f: test[a]]"),
    ("a-b.c() { d; }", "function[a-b.c: group[(d)]]"),
    ("f() { a; }; f", "function[f: group[(a)]]; (f)"),
    ("[[ -f x ]]", "test[-f x]"),
    ('[[ ! -f $x && ( a == b* || "c d" < e ) ]]', "test[! -f $x && ( a == b* || 'c d' < e )]"),
    ("[[ $x =~ ^(a|b)[0-9]+$ ]]", "test[$x =~ ^(a|b)[0-9]+$]"),
    ("[[ $x =~ ^a( b)*$ && c ]]", "test[$x =~ ^a( b)*$ && c]"),
    ("[[ $x =~ $re ]]", "test[$x =~ $re]"),
    ("[[ a\n && b ]]", "test[a && b]"),
    ("[[ a == @(b|c) ]]", "test[a == @(b|c)]"),
    ("[[ a ]] || b", "{test[a] || (b)}"),
    ("a || { b; exit 1; }", "{(a) || group[(b); (exit 1)]}"),
    ("a | while read x; do b; done", "<(a) | while[(read x) do (b)]>"),
    ("a | { b; }", "<(a) | group[(b)]>"),
]


@pytest.mark.parametrize(("text", "expected"), COMPOUND)
def test_compound_commands_hold_their_lists(text: str, expected: str) -> None:
    assert tree(text) == expected


def test_nodes_know_their_extent_redirections_included() -> None:
    text = "x; if a; then b; fi > f; y"
    node = parse(text).body.items[1].node
    assert isinstance(node, If)
    assert text[node.start : node.end] == "if a; then b; fi > f"
    condition, body = node.branches[0]
    assert text[condition.start : condition.end] == "a"
    assert text[body.start : body.end] == "b"


UNFINISHED = [
    ("if a; then b", "`if` starts here, but its `fi` never follows.", "if", "if[(a) then (b)]"),
    ("if a\nb", "`if` starts here, but its `then` never follows.", "if", "if[(a); (b) then ]"),
    ("while a; do b", "`while` starts here, but its `done` never follows.", "while", "while[(a) do (b)]"),
    ("for x in a; do b", "`for` starts here, but its `done` never follows.", "for", "for[x in a do (b)]"),
    ("case a in b) c;;", "`case` starts here, but its `esac` never follows.", "case", "case[a: b) (c);]"),
    ("{ a", "`{` starts here, but its `}` never follows.", "{", "group[(a)]"),
    ("(a", "`(` starts here, but its `)` never follows.", "(", "subshell[(a)]"),
    ("[[ a", "`[[` starts here, but its `]]` never follows.", "[[", "test[a]"),
    ("((a", "This calculation is never closed with `))`.", "((", "arithmetic[a]"),
    ("a=(b", "This list of values is never closed with `)`.", "(", "(a=[b])"),
]


@pytest.mark.parametrize(("text", "message", "place", "expected"), UNFINISHED)
def test_a_missing_end_is_reported_at_the_start_and_the_rest_kept(
    text: str, message: str, place: str, expected: str
) -> None:
    assert messages(text) == [(message, place)]
    assert show(parse(text).body) == expected


EMPTY = [
    ("if a; then fi", "A command is missing after `then`."),
    ("if a; then b; else fi", "A command is missing after `else`."),
    ("while a; do done", "A command is missing after `do`."),
    ("( )", "A command is missing after `(`."),
    ("f() { }", "A command is missing after `{`."),
]


@pytest.mark.parametrize(("text", "message"), EMPTY)
def test_an_empty_body_is_a_problem(text: str, message: str) -> None:
    assert [problem.message for problem in parse(text).problems] == [message]


WRONG = [
    ("if a; then b; done\nc", "done"),
    ("while a; then b; done", "then"),
    ("for in a; do b; done", "a"),
    ("case a b) c;; esac", "b"),
    ("f() a", ""),
    ("{ a; ) }", ")"),
    ("$(if x)\nb", ")"),
]


@pytest.mark.parametrize(("text", "place"), WRONG)
def test_a_word_in_the_wrong_place_is_named(text: str, place: str) -> None:
    assert text[parse(text).problems[0].start : parse(text).problems[0].end] == place


def test_python_read_as_shell_gives_problems() -> None:
    assert parse("import os\nfor x in range(3):\n    print(x)\n").problems
    assert parse("def f(x):\n    return {'a': (1, 2)}\n").problems
