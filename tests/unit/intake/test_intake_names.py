"""Names: shown safely, refused for the same reasons everywhere, matched as people expect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradeline.intake import safe_name
from gradeline.intake.names import collisions, matches, problem_with


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ci.yml", "ci.yml"),
        ("données.csv", "données.csv"),
        (b"caf\xe9.yml", "caf\\xe9.yml"),
        ("caf\udce9.yml", "caf\\xe9.yml"),
        ("a\nb", "a\\nb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\ud800b", "a\\ud800b"),
        ("$(touch x).yml", "$(touch x).yml"),
    ],
)
def test_names_are_shown_without_invisible_characters(name, shown):
    assert safe_name(name) == shown


@given(st.one_of(st.text(), st.binary()))
def test_a_shown_name_is_printable_short_and_encodes_as_utf_8(name):
    shown = safe_name(name)
    assert shown.isprintable()
    assert len(shown) <= 160
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "path",
    [".github/workflows/ci.yml", "src/a b/données.py", "-rf", "--config-file=x.yaml", "@args", "$(touch PWN).yml",
     "a;b", "'q'.yml", "console.py", "common.tf", "a.con", ".gitignore", "git~a", "x" * 240],
)  # fmt: skip
def test_unusual_but_harmless_names_are_accepted(path):
    assert problem_with(path) == ""


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("../x", "below the submission"),
        ("a//b", "below the submission"),
        ("a/./b", "below the submission"),
        ("", "below the submission"),
        ("caf\udce9.yml", "UTF-8"),
        ("a\nb.yml", "cannot be seen"),
        ("a\x1b[2J", "cannot be seen"),
        ("ci\u200b.yml", "cannot be seen"),
        ("ci\u202e.yml", "cannot be seen"),
        ("a:b", "Windows"),
        ("a\\b", "Windows"),
        ("what?.md", "Windows"),
        ("CON", "Windows"),
        ("aux.yml", "Windows"),
        ("src/nul", "Windows"),
        ("COM1.tf", "Windows"),
        ("lpt9 .txt", "Windows"),
        ("name.", "Windows"),
        ("name ", "Windows"),
        ("GIT~1/config", "Windows"),
        ("x" * 241, "240 bytes"),
        ("é" * 121, "240 bytes"),
    ],
)
def test_odd_names_are_refused_with_the_reason(path, word):
    assert word in problem_with(path)


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["a", "b"], {}),
        (["Dockerfile", "DOCKERFILE"], {"Dockerfile": "DOCKERFILE", "DOCKERFILE": "Dockerfile"}),
        (["caf\u00e9", "cafe\u0301"], {"caf\u00e9": "cafe\u0301", "cafe\u0301": "caf\u00e9"}),
        (["stra\u00dfe", "STRASSE"], {"stra\u00dfe": "STRASSE", "STRASSE": "stra\u00dfe"}),
        (["a", "A/b"], {"a": "A/b", "A/b": "a"}),
        ([".GitHub/workflows/ci.yml", ".github/workflows/x.yml"], {}),
    ],
)
def test_names_that_some_systems_cannot_tell_apart_are_found(paths, found):
    assert collisions(paths) == found
    assert collisions(reversed(paths)) == found


@pytest.mark.parametrize(
    ("path", "pattern", "result"),
    [
        ("Dockerfile", "Dockerfile", True),
        ("docker/Dockerfile", "Dockerfile", False),
        (".github/workflows/ci.yml", ".github/workflows/*.yml", True),
        (".github/workflows/sub/ci.yml", ".github/workflows/*.yml", False),
        (".github/workflows/ci.yml", ".github/**", True),
        (".github/workflows/ci.yml", "**/*.yml", True),
        ("ci.yml", "**/*.yml", True),
        ("a/b/c/d.yml", "a/**/d.yml", True),
        ("a/d.yml", "a/**/d.yml", True),
        ("src/a/b.py", "src", True),
        ("src/a/b.py", "./src/", True),
        ("source/a.py", "src", False),
        ("Ci.yml", "ci.yml", False),
        ("a.yml", "?.yml", True),
        ("a.yml", "[ab].yml", True),
        ("a.yml", "", False),
        ("a.yml", "**", True),
        ("a/b.yml", "*", False),
    ],
)
def test_patterns_match_as_people_expect(path, pattern, result):
    assert matches(path, [pattern]) is result
    assert matches(path, ["nothing", pattern]) is result


def test_a_pattern_of_many_stars_is_matched_in_little_time():
    assert not matches("/".join("a" * 100), ["/".join(["**", "a"] * 40) + "/b"])
