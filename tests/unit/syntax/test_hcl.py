"""HCL as a located tree: what is in it, where it is, and what is left of a broken file."""

from __future__ import annotations

import pytest

from gradeline.source import SourceFile
from gradeline.syntax.hcl import expression, parse
from gradeline.syntax.hcl_json import parse_json
from gradeline.syntax.hcl_nodes import (
    Attribute,
    Binary,
    Body,
    Call,
    Conditional,
    Expression,
    For,
    Index,
    Literal,
    Name,
    ObjectOf,
    Splat,
    Template,
    TupleOf,
    Unary,
    reference,
)


def tree(text: str) -> Body:
    parsed = parse(SourceFile("main.tf", text))
    assert (parsed.complete, parsed.diagnostics) == (True, ())
    return parsed.body


def value(text: str) -> Expression:
    setting = tree(f"x = {text}\n").get("x")
    assert setting is not None
    return setting.value


def test_a_block_has_its_kind_its_labels_and_the_line_it_starts_with() -> None:
    block = tree('# first\nresource "aws_s3_bucket" data {\n  bucket = "x"\n}\n').blocks[0]
    assert (block.kind, [label.text for label in block.labels]) == ("resource", ["aws_s3_bucket", "data"])
    assert (block.head.line, block.head.end_line, block.span.end_line) == (2, 2, 4)
    assert block.body.settings[0].span.line == 3


def test_columns_count_characters_and_not_bytes() -> None:
    both = tree('a = { "äöü" = 1, b = "ü" }\n').settings[0].value
    assert isinstance(both, ObjectOf)
    assert [(key.span.column, one.span.column, one.span.end_column) for key, one in both.entries] == [
        (7, 15, 16),
        (18, 22, 25),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ('""', ""),
        ('"a\\n\\"b\\" \\\\ \\u00e9"', 'a\n"b" \\ é'),
        ('"$${x} %%{y}"', "${x} %{y}"),
    ],
)
def test_a_literal_is_its_value(text: str, wanted: object) -> None:
    node = value(text)
    assert isinstance(node, Literal)
    assert (type(node.value), node.value) == (type(wanted), wanted)


def test_white_space_around_the_parts_of_a_template_is_kept() -> None:
    node = value('" ${a}  ${b} "')
    assert isinstance(node, Template)
    assert [part.value if isinstance(part, Literal) else type(part) for part in node.parts] == [
        " ", Name, "  ", Name, " ",
    ]  # fmt: skip


def test_a_text_that_is_one_expression_is_that_expression() -> None:
    assert reference(value('"${var.x}"')) == ("var", "x")


def test_a_here_document_keeps_its_lines_and_loses_the_shared_margin() -> None:
    node = value('<<-EOT\n    a\n      b ${c}\n  EOT\ny = 1')
    assert isinstance(node, Template)
    assert [part.value for part in node.parts if isinstance(part, Literal)] == ["a\n  b ", "\n"]


def test_a_here_document_without_a_dash_keeps_its_margin() -> None:
    node = value("<<EOT\n  a\nEOT\n")
    assert isinstance(node, Literal)
    assert node.value == "  a\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a.b.c", Attribute),
        ("a.b[0]", Index),
        ("a[*].b", Splat),
        ("a.*.b", Splat),
        ("f(1, 2...)", Call),
        ("-1", Unary),
        ("1 + 2 * 3", Binary),
        ("a ? b : c", Conditional),
        ("[1, 2]", TupleOf),
        ("{a = 1, (b) = 2, \"c\" : 3}", ObjectOf),
        ("[for k, v in x : v if v]", For),
        ("{for v in x : v => v...}", For),
    ],
)
def test_an_expression_is_of_its_kind(text: str, kind: type) -> None:
    assert type(value(text)) is kind


def test_multiplication_binds_closer_than_addition() -> None:
    node = value("1 + 2 * 3")
    assert isinstance(node, Binary)
    assert node.operator == "+"
    assert isinstance(node.right, Binary)


def test_a_bare_key_is_a_text_and_one_in_brackets_a_name() -> None:
    node = value("{a = 1, (b) = 2}")
    assert isinstance(node, ObjectOf)
    assert [type(key) for key, _ in node.entries] == [Literal, Name]


def test_a_reference_ends_at_its_first_index() -> None:
    assert reference(value('aws_s3_bucket.data["x"].arn')) == ("aws_s3_bucket", "data")


BROKEN = """resource "aws_s3_bucket" "data" {
  bucket = "x"
  tags   = [1,
}

resource "aws_s3_bucket" "models" {
  bucket = "y"
}
"""


def test_what_stands_before_and_behind_an_error_is_still_there() -> None:
    parsed = parse(SourceFile("main.tf", BROKEN))
    assert not parsed.complete
    assert [(one.code, one.span.line if one.span else 0) for one in parsed.diagnostics] == [("hcl-syntax", 4)]
    assert [block.labels[1].text for block in parsed.body.blocks] == ["data", "models"]
    assert [one.name for one in parsed.body.blocks[0].body.settings] == ["bucket"]


def test_a_lost_quote_swallows_its_own_line_only() -> None:
    parsed = parse(SourceFile("main.tf", 'a = "x\nb = "y"\nc "d" {\n  e = "f"\n}\n'))
    assert [(one.code, one.span.line if one.span else 0) for one in parsed.diagnostics] == [("unterminated-string", 1)]
    assert [one.name for one in parsed.body.settings] == ["b"]
    assert [one.name for one in parsed.body.blocks[0].body.settings] == ["e"]


def test_a_missing_brace_is_told_where_the_file_ends() -> None:
    found = parse(SourceFile("main.tf", 'a "b" {\n  c = 1\n')).diagnostics[0]
    assert found.span is not None
    assert (found.code, found.span.line) == ("hcl-syntax", 3)
    assert "`}` is missing" in found.message


def test_a_setting_that_is_there_twice_is_told_with_both_lines_and_the_later_counts() -> None:
    parsed = parse(SourceFile("main.tf", "a = 1\nb = 2\na = 3\n"))
    assert [(one.code, one.span.line if one.span else 0, "line 1" in one.message) for one in parsed.diagnostics] == [
        ("duplicate-setting", 3, True)
    ]
    found = parsed.body.get("a")
    assert found is not None
    assert isinstance(found.value, Literal)
    assert found.value.value == 3


@pytest.mark.parametrize(("text", "code"), [("x" * 400_001, "too-large"), ("a = " + "[" * 401, "too-deep")])
def test_a_file_beyond_a_limit_is_not_read_and_that_is_said(text: str, code: str) -> None:
    parsed = parse(SourceFile("main.tf", text))
    assert (parsed.complete, [one.code for one in parsed.diagnostics]) == (False, [code])


def test_json_gives_the_same_blocks_and_expressions() -> None:
    parsed = parse_json(SourceFile("m.tf.json", '{"resource": {"a_b": {"c": {"d": "x-${var.e}", "f": [1]}}}}'))
    block = parsed.body.blocks[0]
    assert (block.kind, [label.text for label in block.labels]) == ("resource", ["a_b", "c"])
    first, second = block.body.settings
    assert isinstance(first.value, Template)
    assert reference(first.value.parts[1]) == ("var", "e")
    assert isinstance(second.value, TupleOf)


def test_an_expression_in_another_notation_stands_where_its_text_stands() -> None:
    place = tree('x = "y"\n').settings[0].span
    node = expression("${a.b}", place)
    assert (reference(node), node.span) == (("a", "b"), place)
