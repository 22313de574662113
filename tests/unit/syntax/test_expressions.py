"""The expression language of GitHub Actions: where expressions are, and their trees."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradeline.source import GradelineError
from gradeline.syntax.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    Comparison,
    Context,
    ExpressionError,
    Filter,
    Function,
    Index,
    Literal,
    Logical,
    Node,
    Not,
    Property,
    children,
    find,
    parse,
    walk,
)


def shape(node: Node) -> object:
    """The tree without offsets."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Context):
        return f"<{node.name}>"
    if isinstance(node, Property):
        return (".", shape(node.target), node.name)
    if isinstance(node, Index):
        return ("[]", shape(node.target), shape(node.index))
    if isinstance(node, Filter):
        return ("*", shape(node.target))
    if isinstance(node, Function):
        return (f"{node.name}()", *map(shape, node.arguments))
    if isinstance(node, Not):
        return ("!", shape(node.operand))
    if isinstance(node, Comparison):
        return (node.operator, shape(node.left), shape(node.right))
    assert isinstance(node, Logical)
    return (node.operator, *map(shape, node.operands))


# -- find -----------------------------------------------------------------------------------------


def test_occurrences_have_the_offsets_of_the_delimiters_and_of_the_inside() -> None:
    (one,) = find("a ${{ x }} b")
    assert one == (2, 10, 5, 8)
    assert one.closed


def test_closing_braces_inside_quotes_do_not_end_an_expression() -> None:
    text = "${{ format('{0}}}', x) }}!"
    (one,) = find(text)
    assert text[one.inner_start : one.inner_end] == " format('{0}}}', x) "


def test_a_doubled_quote_does_not_end_the_text_it_stands_in() -> None:
    text = "${{ 'it''s }}' }}"
    (one,) = find(text)
    assert one.end == len(text)


def test_several_expressions_are_found_in_order() -> None:
    text = "${{ a }}-${{ b }}"
    assert [text[item.start : item.end] for item in find(text)] == ["${{ a }}", "${{ b }}"]


def test_an_expression_without_an_end_reaches_to_the_end_of_the_text_and_is_not_closed() -> None:
    (one,) = find("x ${{ 'a }} b")
    assert (one.start, one.end, one.closed) == (2, 13, False)


def test_plain_text_and_other_dollars_hold_no_expression() -> None:
    assert find("$ ${x} {{ y }} $(( z ))") == []


@given(st.text("${} 'x", max_size=60))
def test_occurrences_never_overlap_and_stay_inside_the_text(text: str) -> None:
    position = 0
    for item in find(text):
        assert position <= item.start < item.inner_start <= item.inner_end <= item.end <= len(text)
        position = item.end


# -- parse ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("711", 711.0),
        ("-9.2", -9.2),
        ("0xff", 255.0),
        ("0o17", 15.0),
        ("-2.99e-2", -0.0299),
        (".5", 0.5),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("'It''s open source!'", "It's open source!"),
        ("''", ""),
    ],
)
def test_literals_of_every_kind(text: str, expected: object) -> None:
    """GitHub Docs, "Evaluate expressions in workflows and actions", Literals."""
    assert shape(parse(text)) == expected


def test_words_are_literals_only_where_a_value_stands() -> None:
    assert shape(parse("github.true")) == (".", "<github>", "true")


def test_not_a_number_is_a_literal() -> None:
    node = parse("NaN")
    assert isinstance(node, Literal)
    assert isinstance(node.value, float)
    assert math.isnan(node.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b || c && d", ("||", ("&&", "<a>", "<b>"), ("&&", "<c>", "<d>"))),
        ("a || b || c", ("||", "<a>", "<b>", "<c>")),
        ("!a && b", ("&&", ("!", "<a>"), "<b>")),
        ("!a == b", ("==", ("!", "<a>"), "<b>")),
        ("a == b && c != d", ("&&", ("==", "<a>", "<b>"), ("!=", "<c>", "<d>"))),
        ("a < b == c > d", ("==", ("<", "<a>", "<b>"), (">", "<c>", "<d>"))),
        ("a == b == c", ("==", ("==", "<a>", "<b>"), "<c>")),
        ("(a || b) && c", ("&&", ("||", "<a>", "<b>"), "<c>")),
        ("!(a || b)", ("!", ("||", "<a>", "<b>"))),
        ("a<=b", ("<=", "<a>", "<b>")),
    ],
)
def test_operators_bind_as_github_says(text: str, expected: object) -> None:
    """GitHub Docs, Operators; actions/languageservices, expressions/src/parser.ts."""
    assert shape(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github.event.issue.labels.*.name",
         (".", ("*", (".", (".", (".", "<github>", "event"), "issue"), "labels")), "name")),
        ("needs.build-it.result", (".", (".", "<needs>", "build-it"), "result")),
        ("matrix['python-version']", ("[]", "<matrix>", "python-version")),
        ("a[*].b", (".", ("*", "<a>"), "b")),
        ("fromJSON(x).y[0]", ("[]", (".", ("fromJSON()", "<x>"), "y"), 0.0)),
        ("(a).b", (".", "<a>", "b")),
        ("format('{0}', a, b)", ("format()", "{0}", "<a>", "<b>")),
        ("always()", ("always()",)),
        ("contains( needs.*.result , 'failure' )",
         ("contains()", (".", ("*", "<needs>"), "result"), "failure")),
    ],
)  # fmt: skip
def test_names_filters_and_calls(text: str, expected: object) -> None:
    assert shape(parse(text)) == expected


def test_every_node_has_the_offsets_of_its_own_text() -> None:
    text = "  !cancelled() && needs.a.result == 'ok'"
    texts = [text[node.start : node.end] for node in walk(parse(text))]
    assert texts == [
        "!cancelled() && needs.a.result == 'ok'",
        "!cancelled()",
        "cancelled()",
        "needs.a.result == 'ok'",
        "needs.a.result",
        "needs.a",
        "needs",
        "'ok'",
    ]


def test_a_part_of_a_larger_text_is_parsed_with_offsets_of_the_whole() -> None:
    node = parse("if ${{ a.b }}", 6, 11)
    assert (node.start, node.end) == (7, 10)


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("", 0, "empty"),
        ("   ", 3, "empty"),
        ("a ==", 4, "ends too early"),
        ("a = b", 2, "unexpected"),
        ("a & b", 2, "unexpected"),
        ('a == "b"', 5, "single quotes"),
        ("a == 'b", 5, "no closing quote"),
        ("f(a b)", 4, "expected `)` but found `b`"),
        ("f(a", 3, "but the expression ends"),
        ("a.", 2, "a name after `.`"),
        ("a.'b'", 2, "a name after `.`"),
        ("a[0", 3, "expected `]`"),
        ("a b", 2, "unexpected `b`"),
        ("1.2.3", 0, "not a number"),
        ("5 + 3", 2, "not a number"),
        ("'a'.b", 3, "not a number"),
        (")", 0, "unexpected `)`"),
        ("ä", 0, "unexpected"),
    ],
)
def test_errors_say_where_and_what(text: str, offset: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.offset == offset
    assert words in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60 + "a" + ")" * 60,
        "!" * 60 + "a",
        "a" + ".b" * 60,
        "a" + "[a" * 60 + "]" * 60,
        " == ".join("a" * 60),
        "f(" * 60 + "a" + ")" * 60,
        "((" * 3000,
    ],
)
def test_nesting_is_bounded_whatever_makes_it(text: str) -> None:
    """actions/languageservices, expressions/src/errors.ts: MAX_PARSER_DEPTH is 50."""
    with pytest.raises(ExpressionError, match="nested more than 50 levels"):
        parse(text)


def test_long_chains_of_and_are_one_flat_node() -> None:
    node = parse(" && ".join(["a"] * 500))
    assert isinstance(node, Logical)
    assert len(children(node)) == 500


def test_the_length_is_bounded() -> None:
    with pytest.raises(ExpressionError, match=f"longer than {MAX_LENGTH}"):
        parse("a" * (MAX_LENGTH + 1))


def test_errors_are_known_errors() -> None:
    with pytest.raises(GradelineError):
        parse("#")


def parsed(text: str) -> tuple[Node | None, int]:
    try:
        return parse(text), 0
    except ExpressionError as error:
        return None, error.offset


@given(st.text("ab.()[]*!=<>&|,'0x1eE-+ \n\t\"#", max_size=80))
def test_any_text_gives_a_bounded_tree_or_a_located_error(text: str) -> None:
    node, offset = parsed(text)
    assert 0 <= offset <= len(text)
    if node is None:
        return
    todo = [(node, 1)]
    while todo:
        current, depth = todo.pop()
        assert depth <= MAX_DEPTH
        assert 0 <= current.start < current.end <= len(text)
        for child in children(current):
            assert current.start <= child.start
            assert child.end <= current.end
            todo.append((child, depth + 1))
