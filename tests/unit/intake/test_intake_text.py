"""Bytes to text: one decoder for all readers, and warnings about text that hides something."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradeline.intake.decode import decode
from gradeline.intake.hidden import find_hidden
from gradeline.intake.problems import Unreadable
from gradeline.source import SourceFile


def hidden(text: str) -> list[tuple[str, int, int]]:
    return [(one.code, one.span.line, one.span.column) for one in find_hidden(SourceFile("ci.yml", text)) if one.span]


def test_the_digest_is_that_of_the_bytes():
    content = b"\xef\xbb\xbfon: push\r\n"
    source, _ = decode("ci.yml", content)
    assert source.digest == hashlib.sha256(content).hexdigest()


def test_a_byte_order_mark_is_left_out_and_noted():
    source, notes = decode("ci.yml", b"\xef\xbb\xbfon: push\n")
    assert source.text == "on: push\n"
    assert [(one.severity, one.code) for one in notes] == [("note", "byte-order-mark")]


def test_windows_line_ends_are_kept_and_do_not_count_as_text():
    source, notes = decode("ci.yml", b"a: 1\r\nb: 2\r\n")
    assert notes == ()
    assert source.text == "a: 1\r\nb: 2\r\n"
    assert source.lines == ("a: 1", "b: 2", "")


@pytest.mark.parametrize(
    ("content", "word", "line"),
    [
        ("on: push\n".encode("utf-16"), "UTF-16", 1),
        ("on: push\n".encode("utf-16-be"), "UTF-16", 1),
        ("on: push\n".encode("utf-16-le"), "UTF-16", 1),
        ("on: push\n".encode("utf-32"), "UTF-32", 1),
        (b"a: 1\nb: caf\xe9\n", "Line 2 holds the byte 0xE9", 2),
        (b"a: 1\n\nb: \x00\n", "line 3 holds a NUL byte", 3),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "NUL byte", 3),
        (b"a: \xed\xa0\x80\n", "0xED", 1),
        (b"a: \xc0\xaf\n", "0xC0", 1),
    ],
)
def test_what_is_not_utf_8_text_is_refused_with_the_line_and_a_way_forward(content, word, line):
    with pytest.raises(Unreadable) as caught:
        decode("ci.yml", content)
    assert (caught.value.code, caught.value.line) == ("not-text", line)
    assert word in caught.value.message


def test_a_line_may_have_32_kib_and_not_one_byte_more():
    source, _ = decode("ci.yml", b"a\n" + b"x" * 32768 + b"\n")
    assert len(source.lines[1]) == 32768
    with pytest.raises(Unreadable) as caught:
        decode("ci.yml", b"a\n" + b"x" * 32769 + b"\n")
    assert (caught.value.code, caught.value.line) == ("line-too-long", 2)


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(content):
    try:
        source, _ = decode("x", content)
    except Unreadable:
        return
    find_hidden(source)
    assert "\0" not in source.text
    assert source.text.encode() == content.removeprefix(b"\xef\xbb\xbf")


# --- text that hides something -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("run: echo ok # \u202e }tsal{ \u2066 rm\n", [("bidirectional-text", 1, 16), ("bidirectional-text", 1, 25)]),
        ("# \u202e in a comment too\n", [("bidirectional-text", 1, 3)]),
        ("permis\u200bsions: {}\n", [("invisible-character", 1, 7)]),
        ("a: 1\nto\u200dken: x\n", [("invisible-character", 2, 3)]),
        ("a: \U000e0041\n", [("invisible-character", 1, 4)]),
        ("a: x\ufeffy\n", [("invisible-character", 1, 5)]),
        ("permissi\u043ens: {}\n", [("mixed-script", 1, 1)]),
        ('{"\u0430ction" : 1}\n', [("mixed-script", 1, 3)]),
        ("TOKEN_\u0395 = x\n", [("mixed-script", 1, 1)]),
        ("key:\u00a0value\n", [("odd-space", 1, 5)]),
        ("\u00a0\u00a0key: value\n", [("odd-space", 1, 1), ("odd-space", 1, 2)]),
        ("-\u3000item\n", [("odd-space", 1, 2)]),
    ],
)
def test_text_that_hides_something_is_reported_where_it_is(text, found):
    assert hidden(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "name: déjà vu 😀\n",
        "name: 👩\u200d💻 build\n",
        "# 🏳️\u200d🌈 and \u00a0 in a comment: fine\u00a0!\n",
        "name: Привет мир\n",
        "имя: значение\n",
        "name: سلام\u200cعليكم\n",
        "note: 12\u00a0µs\n",
        "- テスト: x\n",
        "run: echo 'Привет' # ok: да\n",
    ],
)
def test_letters_of_every_script_and_emoji_are_fine(text):
    assert hidden(text) == []


def test_the_message_names_the_code_point_and_never_holds_the_character():
    (one,) = find_hidden(SourceFile("ci.yml", "a: \u202e\n"))
    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in one.message
    assert one.message.isascii()


def test_one_file_gives_at_most_twenty_warnings():
    assert len(hidden("\u202e\n" * 500)) == 20
    assert len(hidden("\u202e" * 500)) == 20
