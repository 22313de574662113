r"""What ``sed`` makes of one line, as GNU sed 4.9 answers."""

from __future__ import annotations

import time

import pytest

from gradeline.facts.text_edits import edits


def after(script: str, line: str, extended: bool = False) -> str | None:
    found = edits(script, extended)
    for edit in found or ():
        line = edit(line)
    return None if found is None else line


@pytest.mark.parametrize(
    ("script", "line", "expected"),
    [
        ("s|image: .*|image: new|", "  image: a/b:latest", "  image: new"),
        (r"s/\(image: .*:\).*/\1new/", "  image: a/b:latest", "  image: a/b:new"),
        (r"s/a\/b/c/g;s/x/y/", "a/b x a/b", "c y c"),
        ("s/[^:]*$/new/", "image: a:b", "image: a:new"),
        ("s/[[:space:]]*image/image/", "  image: q", "image: q"),
        ("s/(x)/&&/", "(x)", "(x)(x)"),
        ("s/*a/b/", "*a", "b"),
        (r"s/a/\&/", "a", "&"),
        ("s/a/b/", "aa", "ba"),
    ],
)
def test_basic_patterns(script: str, line: str, expected: str) -> None:
    assert after(script, line) == expected


def test_an_extended_pattern_has_groups_without_signs() -> None:
    assert after(r"s#(image:\s*\S+):\S+#\1:new#", "  image: a/b:latest", extended=True) == "  image: a/b:new"


@pytest.mark.parametrize("script", ["1s/a/b/", "/image/s/a/b/", "s/a/b/w", "s/a/b", r"s/a/\2/", "y/a/b/", "s/[/b/"])
def test_what_is_not_followed_is_no_answer(script: str) -> None:
    assert after(script, "a") is None


def test_a_pattern_that_would_take_for_ever_is_matched_in_a_moment() -> None:
    started = time.process_time()
    assert after("s/(((a*)*)*)*$/b/", "a" * 4000 + "!", extended=True) is not None
    assert time.process_time() - started < 8
