"""What a well-formed YAML file becomes: nodes, places, types."""

from __future__ import annotations

import math

import pytest

from gradeline.source import SourceFile, Span
from gradeline.syntax.yaml import Alias, Mapping, Parsed, Scalar, Sequence, comment_after, parse, scalar_value, walk


def read(text: str) -> Parsed:
    parsed = parse(SourceFile("ci.yml", text))
    assert parsed.diagnostics == ()
    assert parsed.complete
    return parsed


def mapping(text: str) -> Mapping:
    root = read(text).root
    assert isinstance(root, Mapping)
    return root


def scalar(text: str) -> Scalar:
    """The value of the key ``v``."""
    value = mapping(text).get("v")
    assert isinstance(value, Scalar)
    return value


def place(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def test_every_node_knows_its_file_and_place():
    root = mapping("on: push\njobs:\n  test:\n    needs: [lint, build]\n")
    assert root.span == Span("ci.yml", 1, 1, 4, 25)
    jobs = root.get("jobs")
    assert isinstance(jobs, Mapping)
    assert place(jobs.span) == (3, 3, 4, 25)
    needs = jobs.get("test").get("needs")
    assert isinstance(needs, Sequence)
    assert needs.style == "flow"
    assert place(needs.span) == (4, 12, 4, 25)
    assert [place(item.span) for item in needs.items] == [(4, 13, 4, 17), (4, 19, 4, 24)]
    assert place(jobs.key("test").span) == (3, 3, 3, 7)


def test_columns_count_characters_not_bytes():
    root = mapping("name: 😀 é # c\nv: '😀x'\n")
    assert place(root.get("name").span) == (1, 7, 1, 10)
    assert root.get("v").lines == ((2, 5),)


def test_a_block_collection_ends_with_its_last_value_not_where_the_next_token_starts():
    root = mapping("a:\n  - x\n  - y\n\n\n# remark\nb: 1\n")
    assert place(root.get("a").span) == (2, 3, 3, 6)


def test_a_missing_value_is_an_empty_scalar_after_the_colon():
    value = scalar("v:\nw: 1\n")
    assert (value.value, place(value.span), scalar_value(value)) == ("", (1, 3, 1, 3), None)


def test_an_empty_file_and_a_file_of_comments_have_no_documents():
    assert read("").documents == ()
    assert read("# nothing\n").root is None


def test_documents_are_kept_apart():
    first, second = read("on: push\n---\non: pull_request\n").documents
    assert isinstance(first, Mapping)
    assert isinstance(second, Mapping)
    assert (first.get("on").text, second.get("on").text) == ("push", "pull_request")


def test_items_are_resolved_pairs_in_order_and_leave_out_collection_keys():
    root = mapping("b: &x 1\n? [k]\n: 2\na: *x\n")
    assert [(key.value, value.text) for key, value in root.items()] == [("b", "1"), ("a", "1")]
    assert len(root.entries) == 3


# --- lines: where each line of a value starts ---------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "lines"),
    [
        ("v: one word\n", "one word", ((1, 4),)),
        ("v: 'quoted'\n", "quoted", ((1, 5),)),
        ('v: "quoted"\n', "quoted", ((1, 5),)),
        ("v: !!str &a 'x'\n", "x", ((1, 14),)),
        ("v: &a plain # c\n", "plain", ((1, 7),)),
        ("v: ''\n", "", ((1, 5),)),
        ("v:\n", "", ((1, 3),)),
        ("v: 'it''s'\n", "it's", ()),
        ("v: ''''''\n", "''", ()),
        ('v: "a\\tb"\n', "a\tb", ()),
        ('v: "\\x41bc"\n', "Abc", ()),
        ("v: one\n  two\n", "one two", ()),
        ("v: 'one\n  two'\n", "one two", ()),
        ("v: >\n  one\n  two\n", "one two\n", ()),
        ("v: |\n  one\n  two\n", "one\ntwo\n", ((2, 3), (3, 3))),
        ("v: |-\n  one\n\n    two\n", "one\n\n  two", ((2, 3), (3, 1), (4, 3))),
        ("v: |+\n  one\n\n\nw: 1\n", "one\n\n\n", ((2, 3), (3, 1), (4, 1))),
        ("v: |2\n    one\n   two\n", "  one\n two\n", ((2, 3), (3, 3))),
        ("v: |1-\n  one\n", " one", ((2, 2),)),
        ("v: |  # remark | with a bar\n  one\n", "one\n", ((2, 3),)),
        ("v: &a\n  !t # not | yet\n  |\n   one\n", "one\n", ((4, 4),)),
        ("v: |\r\n  one\r\n  two\r\n", "one\ntwo\n", ((2, 3), (3, 3))),
        ("v: |\n  # kept\n  one", "# kept\none", ((2, 3), (3, 3))),
        ("v: |\n\n  one\n", "\none\n", ((2, 1), (3, 3))),
        ("v: |\n  one \t\n", "one \t\n", ((2, 3),)),
        ("v: |\n\n", "", ()),
    ],
)
def test_lines_say_where_each_line_of_a_value_starts(text, value, lines):
    node = scalar(text)
    assert (node.value, node.lines) == (value, lines)


def test_lines_of_a_block_point_at_the_very_characters():
    text = "jobs:\n  - run: |\n      set -e\n\n      pytest\n    name: x\n"
    source = SourceFile("ci.yml", text)
    (block,) = (node for root in parse(source).documents for node in walk(root) if node.text and "pytest" in node.text)
    assert isinstance(block, Scalar)
    pieces = [source.line(line)[column - 1 :] for line, column in block.lines]
    assert "\n".join(pieces) + "\n" == block.value


def test_a_block_scalar_ends_with_its_last_line_of_content():
    assert place(scalar("v: |\n  one\n  two\n\n\nw: 1\n").span) == (1, 4, 3, 6)
    assert place(scalar("v: >-\n  one\n\n# remark\nw: 1\n").span) == (1, 4, 2, 6)
    assert place(scalar("v: |\n  end of file").span) == (1, 4, 2, 14)


# --- types: YAML 1.2 core schema ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("3.10", 3.1),
        ("'3.10'", "3.10"),
        ("014", 14),
        ("0o14", 12),
        ("0xff", 255),
        ("-7", -7),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-13-45", "2026-13-45"),
        ("1e3", 1000.0),
        ("+.5", 0.5),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1e999", "1e999"),
        ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", "9223372036854775808"),
        ("9" * 5000, "9" * 5000),
        ("0x" + "f" * 5000, "0x" + "f" * 5000),
        ("٣", "٣"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("~", None),
        ("Null", None),
        ('""', ""),
        ("! 3", "3"),
        ("!!str 3", "3"),
        ("!!int '3'", 3),
        ("!!int ''", ""),
        ("!!bool x", "x"),
        ("!!null x", "x"),
        ("!!float 3", 3.0),
        ("!!int 3.5", "3.5"),
        ("!reference 3", "3"),
        ("!!binary é", "é"),
    ],
)
def test_scalars_have_the_types_of_yaml_1_2(written, value):
    found = scalar_value(scalar(f"v: {written}\n"))
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_recognised():
    assert math.isnan(scalar_value(scalar("v: .nan\n")))


def test_block_scalars_are_text_even_when_they_look_like_numbers():
    assert scalar_value(scalar("v: |-\n  3\n")) == "3"


def test_collections_and_missing_nodes_have_no_scalar_value():
    assert scalar_value(read("[1]").root) is None
    assert scalar_value(None) is None


def test_the_key_on_is_text():
    root = mapping("on: push\nyes: 1\n")
    assert [key.value for key, _ in root.items()] == ["on", "yes"]


# --- tags, anchors, aliases -----------------------------------------------------------------------


def test_tags_are_kept_as_written():
    root = mapping("script: !reference [.setup, script]\nv: !vault x\n")
    assert root.get("script").tag == "!reference"
    assert root.get("v").tag == "!vault"


def test_an_alias_leads_to_the_very_node_with_the_anchor():
    root = mapping("base: &b {x: 1}\nuse: *b\n")
    alias = root.value("use")
    assert isinstance(alias, Alias)
    assert (alias.name, place(alias.span)) == ("b", (2, 6, 2, 8))
    assert root.get("use") is root.get("base")


def test_an_anchor_can_be_given_again_and_the_nearest_one_above_counts():
    root = mapping("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")
    assert [value.text for _, value in root.items()] == ["1", "1", "2", "2"]


def test_an_alias_can_be_a_key():
    root = mapping("a: &k name\n*k : 1\n")
    assert root.get("name").text == "1"
    assert root.key("name").anchor == "k"


def test_anchors_do_not_reach_into_the_next_document():
    parsed = parse(SourceFile("ci.yml", "a: &x 1\n---\nb: *x\n"))
    assert [(one.code, one.span.line) for one in parsed.diagnostics] == [("undefined-alias", 3)]


# --- comments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("v: a@sha # v4.2.2\n", "v4.2.2"),
        ("v: a@sha\t#v4\n", "v4"),
        ("v: a@sha#v4\n", ""),
        ("v: 'a # b'\n", ""),
        ("v: 'a # b' # c\n", "c"),
        ("v: a\n# below\n", ""),
        ("v: |\n  a # shell\n", ""),
        ("{x: 1, v: a} # c\n", "c"),
        ("{v: a, x: '# no'} # c\n", ""),
        ("v: # c\n", "c"),
        ("v: a # c # d\n", "c # d"),
        ("v: a #\n", ""),
    ],
)
def test_the_comment_after_a_value(text, comment):
    parsed = read(text)
    value = parsed.root.get("v")
    assert comment_after(parsed.source, value.span) == comment


def test_the_comment_after_a_key_with_a_nested_value():
    parsed = read("jobs: # all of them\n  test: {}\n")
    assert comment_after(parsed.source, parsed.root.key("jobs").span) == "all of them"


def test_a_byte_order_mark_does_not_shift_columns():
    root = mapping("\ufeffv: x\n")
    assert place(root.key("v").span) == (1, 1, 1, 2)
    assert root.get("v").lines == ((1, 4),)
