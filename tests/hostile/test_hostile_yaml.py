"""YAML made to crash, hang or fool its reader.  Limits of time are generous: a failure is a change of kind."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from gradeline.source import SourceFile
from gradeline.syntax.yaml import (
    Mapping,
    Node,
    Parsed,
    Resolved,
    Scalar,
    Sequence,
    merged_entries,
    parse,
    resolve,
    scalar_value,
    walk,
)

SECONDS = 8.0  # of processor time; a slow machine takes less than half of it


def read(text: str) -> Parsed:
    started = time.process_time()
    parsed = parse(SourceFile("ci.yml", text))
    assert time.process_time() - started < SECONDS
    return parsed


def codes(parsed: Parsed) -> list[str]:
    return [one.code for one in parsed.diagnostics]


def follow(root: Node) -> Iterator[Resolved]:
    """Every node that a reader reaches when it follows every alias, as naively as it can."""
    stack = [resolve(root)]
    while stack:
        node = stack.pop()
        if node is None:
            continue
        yield node
        if isinstance(node, Mapping):
            stack += [resolve(part) for entry in node.entries for part in entry]
        elif isinstance(node, Sequence):
            stack += [resolve(item) for item in node.items]


def nested(depth: int) -> str:
    return "[" * (depth - 1) + "x" + "]" * (depth - 1)


BOMB = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a0: &a0 {k: v}\n" + "".join(
    f"a{number}: &a{number} {{<<: [{', '.join([f'*a{number - 1}'] * 9)}]}}\n" for number in range(1, 8)
)


def test_a01_an_alias_bomb_stays_small_even_for_a_reader_that_follows_every_alias():
    parsed = read(BOMB)
    assert set(codes(parsed)) == {"alias-bomb"}
    assert not parsed.complete
    assert sum(1 for _ in follow(parsed.root)) <= 100_000


def test_a01_aliases_of_a_normal_file_are_followed():
    parsed = read("base: &b {x: [1, 2, 3]}\n" + "".join(f"k{n}: *b\n" for n in range(100)))
    assert parsed.diagnostics == ()
    assert sum(1 for _ in follow(parsed.root)) == 1 + 101 * 7


def test_a01_one_alias_more_than_a_thousand_is_not_followed():
    parsed = read("base: &b 1\n" + "".join(f"k{n}: *b\n" for n in range(1001)))
    assert [(one.code, one.span.line) for one in parsed.diagnostics] == [("too-many-aliases", 1002)]
    assert parsed.root.get("k999").text == "1"
    assert parsed.root.get("k1000") is None


def test_a01_a_chain_of_aliases_cannot_nest_deeper_than_a_file_can():
    layer = "[" * 10 + "{below}" + "]" * 10
    text = "a0: &a0 " + layer.format(below="x") + "\n"
    text += "".join(f"a{n}: &a{n} " + layer.format(below=f"*a{n - 1}") + "\n" for n in range(1, 30))
    parsed = read(text)
    assert set(codes(parsed)) == {"too-deep"}

    def height(node: Resolved | None) -> int:
        parts = node.items if isinstance(node, Sequence) else [v for _, v in getattr(node, "entries", ())]
        return 1 + max((height(resolve(part)) for part in parts), default=0)

    assert height(parsed.root) <= 64


def test_a02_a_merge_key_bomb_costs_nothing_to_read_and_little_to_merge():
    parsed = read(MERGE_BOMB)
    assert set(codes(parsed)) == {"alias-bomb"}
    started = time.process_time()
    for node in walk(parsed.root):
        if isinstance(node, Mapping):
            merged_entries(node)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("text", ["a: &x {b: *x}\n", "&x [*x]\n", "a: &a {<<: *a}\n", "&x\n? *x\n: 1\n"])
def test_a03_an_anchor_that_holds_itself_is_reported_and_cut(text):
    parsed = read(text)
    assert codes(parsed) == ["alias-cycle"]
    assert not parsed.complete
    assert sum(1 for _ in follow(parsed.root)) < 10


@pytest.mark.parametrize("depth", [63, 64])
def test_a04_nesting_up_to_the_limit_is_read(depth):
    parsed = read(nested(depth))
    assert parsed.diagnostics == ()
    assert sum(1 for _ in walk(parsed.root)) == depth


@pytest.mark.parametrize("depth", [65, 1_000, 10_000, 100_000])
def test_a04_nesting_beyond_the_limit_is_refused_where_it_starts(depth):
    parsed = read("name: x\nv: " + nested(depth))
    (one,) = parsed.diagnostics
    assert (one.code, one.span.line, one.span.column) == ("too-deep", 2, 67)
    assert parsed.root.get("name").text == "x"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        "{a: " * 50_000,
        "- " * 100_000,
        "? " * 100_000,
        "[{" * 50_000,
        "? - " * 50_000,
        "".join(" " * indent + "a:\n" for indent in range(1_000)),
        "".join(" " * indent + "-\n" for indent in range(1_000)),
        "".join(" " * indent + "?\n" for indent in range(1_000)),
    ],
    ids=["[", "{", "{a: ", "- ", "? ", "[{", "? - ", "block keys", "block items", "block questions"],
)
def test_a05_deep_block_and_flow_text_is_refused_at_once(text):
    parsed = read(text)
    assert codes(parsed) == ["too-deep"]
    assert not parsed.complete


def test_a06_a_sexagesimal_number_is_text():
    parsed = read("a: 1" + ":1" * 200_000)
    started = time.process_time()
    assert scalar_value(parsed.root.get("a")) == "1" + ":1" * 200_000
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("number", ["9" * 500_000, "0x" + "f" * 500_000, "1." + "0" * 500_000, "-" + "1e" * 99_999])
def test_a07_an_endless_number_is_text(number):
    started = time.process_time()
    assert scalar_value(read(f"a: {number}\n").root.get("a")) == number
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "text", ["a: 2026-13-45", 'a: !!int ""', "a: !!bool x", 'a: !!binary "é"', "? [1,2]\n: 3", "a: !!timestamp x",
             "!!set {a, b}", "!!omap [a: 1]", "a: !!float nan", "a: !<tag:yaml.org,2002:int> z"]
)  # fmt: skip
def test_a08_a_tag_that_does_not_fit_is_no_exception(text):
    parsed = read(text)
    assert parsed.diagnostics == ()
    assert all(isinstance(scalar_value(node), str | int | None) for node in walk(parsed.root))


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]\n",
        "a: !!python/name:os.system x\n",
        "%TAG ! tag:yaml.org,2002:python/\n---\na: !object/apply:os.system [id]\n",
        "a: !<tag:yaml.org,2002:python/object/new:os.system> [id]\n",
        "a: !ruby/object:Gem::Installer {}\n",
    ],
)
def test_a09_a_tag_that_builds_objects_is_data_and_is_reported(text):
    parsed = read(text)
    assert codes(parsed) == ["object-tag"]
    assert parsed.root.get("a") is not None


def test_a10_a_repeated_permission_is_never_silent():
    parsed = read("permissions: write-all\npermissions: {}\n")
    assert [(one.severity, one.code) for one in parsed.diagnostics] == [("error", "duplicate-key")]


def test_a11_words_of_yaml_1_1_keep_their_meaning():
    parsed = read("on: push\nlist: [NO, 3.10, 014, 1_000, 12:30:45]\n")
    assert parsed.root.get("on").text == "push"
    values = [scalar_value(item) for item in parsed.root.get("list").values()]
    assert values == ["NO", 3.1, 14, "1_000", "12:30:45"]


def test_a12_a_second_document_is_seen():
    parsed = read("on: push\n---\non: pull_request_target\n")
    assert [root.get("on").text for root in parsed.documents] == ["push", "pull_request_target"]


def test_a12_the_number_of_documents_is_limited():
    parsed = read("--- a\n" * 20)
    assert (len(parsed.documents), parsed.diagnostics) == (20, ())
    parsed = read("--- a\n" * 60_000)
    assert len(parsed.documents) == 20
    assert [(one.code, one.span.line) for one in parsed.diagnostics] == [("too-many-documents", 21)]


def test_a13_a_merge_key_is_not_merged_silently():
    parsed = read("base: &b {permissions: {}}\njob:\n  <<: *b\n")
    assert parsed.root.get("job").get("permissions") is None


def test_a20_a_huge_text_is_refused_before_it_is_parsed():
    parsed = read("a: " + "x" * 20_000_000)
    assert codes(parsed) == ["too-large"]
    assert parsed.documents == ()


def test_a20_a_value_of_a_megabyte_is_read():
    parsed = read("a: " + "x" * 1_000_000)
    assert len(parsed.root.get("a").text) == 1_000_000


def test_a21_nul_bytes_are_reported_and_do_not_hide_the_file():
    parsed = read("on: push\x00\njobs: {}\n")
    assert codes(parsed) == ["control-character"]
    assert parsed.root.get("jobs") is not None


def test_a21_binary_is_refused_with_one_sentence():
    parsed = read("".join(map(chr, range(32))) * 10_000)
    assert codes(parsed) == ["control-character"]
    assert parsed.documents == ()


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\r"])
def test_a23_an_odd_line_break_cannot_smuggle_in_a_key(character):
    for text in (f"a: b{character}c: d\n", f"a: 'b{character}c: d'\n", f"a: |\n  b{character}c: d\n"):
        parsed = read(text)
        assert codes(parsed) == ["odd-line-break"]
        keys = [key.text for root in parsed.documents for key, _ in root.items()]
        assert keys in ([], ["a"])


def test_a24_invisible_and_look_alike_characters_make_other_keys():
    parsed = read("permis\u200bsions: {}\npermissi\u043ens: {}\nkey:\u00a0value\n")
    assert parsed.root is None or parsed.root.get("permissions") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("".join(f"k{number}: 1\n" for number in range(100_000)), "too-many-nodes"),
        ("[" + "a," * 100_000 + "]", "too-many-nodes"),
        ("- ! x\n" * 60_000, "too-many-nodes"),
        ("a: 1\n" * 24_000, "duplicate-key"),
        ("- *a\n" * 24_000, "undefined-alias"),
        ("".join(f"%TAG !a{number}! x\n" for number in range(20_000)) + "--- a\n", "too-many-directives"),
        ("\ta: 1\n" * 100_000, "yaml-syntax"),
        ('a: "x\n' * 60_000, "yaml-syntax"),
        ("a: 1\n  b: 2\n" * 40_000, "yaml-syntax"),
        ("a: {b\n" * 50_000, "yaml-syntax"),
        ("a\n" * 100_000 + "b: 1", "yaml-syntax"),
        ('a: "' + "x\n" * 300_000, "yaml-syntax"),
        ("{" + "a: b, " * 20_000, "yaml-syntax"),
        ("a: \x01\n" * 900 + "- x\n" * 20_000, "control-character"),
    ],
    ids=[
        "keys",
        "items",
        "tags",
        "repeats",
        "aliases",
        "directives",
        "tabs",
        "quotes",
        "indents",
        "braces",
        "no-colons",
        "open-quote",
        "open-brace",
        "controls",
    ],
)
def test_a26_many_small_things_end_in_few_words_and_little_time(text, code):
    parsed = read(text)
    assert code in codes(parsed)
    assert len(parsed.diagnostics) <= 60


def test_a26_a_million_comments_and_blank_lines_are_no_problem():
    assert read("# x\n" * 150_000 + "\n" * 150_000 + "a: 1\n").root.get("a").text == "1"


def test_a26_a_long_block_is_located_in_linear_time():
    parsed = read("run: |\n" + "  x\n" * 200_000)
    block = parsed.root.get("run")
    assert isinstance(block, Scalar)
    started = time.process_time()
    assert len(block.lines) == 200_000
    assert time.process_time() - started < SECONDS
