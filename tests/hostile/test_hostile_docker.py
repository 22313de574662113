"""Dockerfiles, ignore files and compose files made to hurt the grader: no crash, no long work."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.images import case_of

from gradeline.checks import registry
from gradeline.readers.compose import read_services
from gradeline.readers.docker import read_ignore, read_image
from gradeline.source import SourceFile
from gradeline.syntax.dockerfile import parse

SECONDS = 20.0  # of work: a slow machine may be busy, and a reader without a bound takes minutes
MANY = 4_900
HURTFUL = {
    "empty": "",
    "nul": "FROM a\x00\nRUN \x00\n",
    "one line": "RUN " + "a " * 60_000,
    "backslashes": "RUN " + "\\" * 100_000 + "\n",
    "continued lines": "FROM a\nRUN a" + " \\\n b" * 40_000,
    "comments in a continued line": "FROM a\nRUN a \\\n" + "# x\n" * 60_000 + "b\n",
    "quotes": "FROM a\nENV A=" + "'\"" * 60_000 + "\n",
    "flags": "RUN " + "--mount=type=cache,target=/a " * 7_000 + "true\n",
    "open here-documents": "FROM a\n" + "RUN <<E\n" * MANY,
    "many here-documents": "FROM a\nRUN " + "".join(f"<<E{number} " for number in range(5_000)) + "\n",
    "here-documents without end": "FROM a\n" + "".join(f"RUN <<E{number}\n" for number in range(MANY)),
    "nested substitutions": "FROM " + "${A:-" * 20_000 + "\n",
    "patterns": "ARG A="
    + "a" * 200
    + "\nFROM "
    + "${A#"
    + "*a" * 12
    + "b}" * 1
    + "\n"
    + "LABEL x=${A#*a*a*a*a*a*a*a*b}\n" * 4_000,
    "doubling": "FROM scratch\nENV A=aaaaaaaa\n" + "ENV A=$A$A\n" * 4_000,
    "many variables": "FROM scratch\n"
    + "".join(f"ENV A{number}=1\n" for number in range(3_000))
    + "RUN true\n" * 1_900,
    "many stages": "".join(f"FROM a AS s{number}\n" for number in range(MANY)),
    "stages on stages": "FROM a AS s0\n" + "".join(f"FROM s{number} AS s{number + 1}\n" for number in range(180)),
    "same names": "FROM a AS s\n" * MANY,
    "itself": "FROM s AS s\nCOPY --from=s /a /b\nCOPY --from=0 /a /b\n",
    "numbers": "FROM a\nCOPY --from=99999999999999999999999999 /a /b\nUSER " + "9" * 9_000 + "\n",
    "onbuild": "FROM a\n" + "ONBUILD " * 20_000 + "RUN true\n",
    "json": "FROM a\nCMD " + "[" * 60_000 + "\n",
    "json texts": 'FROM a\nCMD ["' + '","'.join(["x"] * 20_000) + '"]\n',
    "labels": "FROM a\nLABEL " + "a=b " * 30_000 + "\n",
    "different labels": "FROM a\n" + "".join(f"LABEL a{number}=b c{number}=d\n" for number in range(MANY)),
    "unknown instructions": "FROM a\n" + "".join(f"INSTRUCTIO{number}\n" for number in range(MANY)),
    "control characters": "FROM a\nRUN \x1b[2J\x07\x85\xa0\u2028\ud800 true\n",
}


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("name", HURTFUL)
def test_a_hurtful_dockerfile_is_read_in_bounded_time(name: str) -> None:
    source = SourceFile("Dockerfile", HURTFUL[name])
    assert timed(lambda: parse(source)) < SECONDS
    assert timed(lambda: read_image(source)) < SECONDS


CHECKS: list[tuple[str, dict[str, object]]] = [
    ("pinned", {"kind": "image"}),
    ("build-cache", {"mode": "layer"}),
    ("build-cache", {"mode": "mount"}),
    ("nonroot-minimal", {"part": "nonroot"}),
    ("nonroot-minimal", {"part": "minimal"}),
    ("secret-not-persisted", {"where": "images"}),
    ("lock-install", {"where": "images", "packages": "tidy"}),
    ("live", {"where": "images"}),
    ("health", {"of": "image"}),
    ("lineage", {}),
    ("ignore", {"out": [".git", "data"]}),
]


@pytest.mark.parametrize("name", HURTFUL)
def test_every_check_answers_about_a_hurtful_dockerfile(name: str) -> None:
    case = case_of({"Dockerfile": HURTFUL[name], ".dockerignore": "*\n"})
    for check_id, params in CHECKS:
        verdict = registry.run(check_id, case, params)
        assert verdict.message.endswith((".", "?"))


def test_a_dockerfile_above_the_limit_is_said_and_not_read() -> None:
    tree = parse(SourceFile("Dockerfile", "FROM a\n" * 60_000))
    assert ([one.code for one in tree.diagnostics], tree.instructions, tree.complete) == (["too-large"], (), False)


def test_too_many_instructions_are_said() -> None:
    tree = parse(SourceFile("Dockerfile", "FROM a\n" + "RUN b\n" * 6_000))
    assert [one.code for one in tree.diagnostics] == ["too-many-instructions"]
    assert len(tree.instructions) == 5_000


def test_reading_grows_with_the_text_and_not_faster() -> None:
    def text(count: int) -> SourceFile:
        return SourceFile("Dockerfile", "FROM a\n" + "RUN <<E && x \\\n  # note\n  y\nz\nE\n" * count)

    small, large = (min(timed(lambda count=count: parse(text(count))) for _ in range(3)) for count in (400, 3_200))  # type: ignore[misc]
    assert large < max(small, 0.002) * 8 * 4


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 400,
        "**/" * 300 + "x",
        "[" * 900,
        "\\" * 900,
        "?" * 900,
        "*" * 900,
        "**" * 450,
        "a/" * 400 + "**",
        "[a-z]*" * 100,
    ],
)
def test_a_hurtful_ignore_pattern_matches_in_bounded_time(pattern: str) -> None:
    ignore = read_ignore(SourceFile(".dockerignore", f"{pattern}\n" * 200))
    path = "/".join(["a" * 40] * 20)
    assert timed(lambda: ignore.excludes(path)) < SECONDS


def test_patterns_beyond_the_limit_are_said() -> None:
    ignore = read_ignore(SourceFile(".dockerignore", "a\n" * 2_000))
    assert ([one.code for one in ignore.diagnostics], len(ignore.patterns), ignore.read) == (
        ["too-many-patterns"],
        1_000,
        False,
    )


COMPOSE = {
    "empty": "",
    "a list": "- a\n",
    "a text": "services: a\n",
    "nulls": "services:\n  a:\n  b: {build: , healthcheck: , depends_on: , environment: , deploy: , image: }\n",
    "itself": "include: [compose.yaml]\nservices:\n  a: {extends: {service: a, file: compose.yaml}}\n",
    "ring": "services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n",
    "many": "services:\n" + "".join(f"  s{number}: {{image: x}}\n" for number in range(5_000)),
    "nested variables": "services: {a: {image: '" + "${A:-" * 5_000 + "'}}\n",
    "dollars": "services: {a: {image: '" + "$" * 60_001 + "'}}\n",
    "bomb": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "services: {s: {command: *i}}\n",
    "types": "services:\n  a: {image: [1], build: [2], ports: {x: y}, depends_on: 3, healthcheck: {test: {a: b}}}\n",
}


@pytest.mark.parametrize("name", COMPOSE)
def test_a_hurtful_compose_file_is_read_in_bounded_time(name: str) -> None:
    source = SourceFile("compose.yaml", COMPOSE[name])
    assert (
        timed(lambda: read_services("compose.yaml", lambda path: source if path == "compose.yaml" else None)) < SECONDS
    )
    case = case_of({"compose.yaml": COMPOSE[name]})
    for params in ({"of": "services"}, {"of": "services", "built": "a"}):
        assert registry.run("health", case, params).message.endswith(".")
    assert registry.run("pinned", case, {"kind": "image", "where": "services"}).message.endswith(".")


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_crashes_a_reader(text: str) -> None:
    read_image(SourceFile("Dockerfile", text))
    read_image(SourceFile("Dockerfile", "FROM a\nRUN " + text))
    read_ignore(SourceFile(".dockerignore", text)).excludes("a/b")
    read_services("compose.yaml", lambda _: SourceFile("compose.yaml", text))
