"""Files that scripts write secrets into, and the patterns that take them along."""

from __future__ import annotations

import pytest

from gradeline.facts.secret_files import build_arguments, covers, located, taken, written_files
from gradeline.model.text import Text
from gradeline.source import Span

KEY = frozenset({"KEY"})


def script(raw: str) -> Text:
    return Text(
        raw, Span("ci.yml", 1, 1, 1 + raw.count("\n"), 1), (), tuple((n + 1, 1) for n in range(raw.count("\n") + 1))
    )


def paths(raw: str, directory: str = "") -> list[str]:
    return [item.path for item in written_files(script(raw), KEY, directory)]


@pytest.mark.parametrize(
    "raw",
    [
        'echo "$KEY" > out/key',
        "printf '%s' \"$KEY\" >> ./out/key",
        'echo "$KEY" | base64 --decode > out/key',
        'echo "$KEY" | tee out/key',
        "cat <<EOF > out/key\nkey=$KEY\nEOF",
        'VALUE="$KEY"\necho "$VALUE" > out/key',
        'if true; then echo "$KEY" > out/key; fi',
        'cat <<< "$KEY" > out/key',
    ],
)
def test_a_file_that_a_secret_is_written_into_is_found(raw: str) -> None:
    assert paths(raw) == ["out/key"]


@pytest.mark.parametrize(
    "raw",
    [
        "echo 'KEY' > out/key",
        'echo "$OTHER" > out/key',
        'echo "${KEY:+given}" > out/key',
        'echo "$KEY" > "$TARGET"',
        'echo "$KEY" > /dev/null',
        'docker login --password-stdin <<< "$KEY" > out/log',
        "cat <<'EOF' > out/key\n$KEY\nEOF",
    ],
)
def test_a_file_without_the_secret_or_without_a_known_name_is_not(raw: str) -> None:
    assert paths(raw) == []


def test_names_are_seen_from_the_root_of_the_repository() -> None:
    assert paths('echo "$KEY" > ../key', "a/b") == ["a/key"]
    assert located("~/key", "a") == "~/key"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("out/", "out/key", True),
        ("out", "out/key", True),
        ("out/**", "out/key", True),
        ("./out/*", "out/key", True),
        (".", "out/key", True),
        ("out/key", "out/key", True),
        ("out/*.json", "out/key", False),
        ("dist/", "out/key", False),
        ("~/.aws", "~/.aws/credentials", True),
        (".", "~/.aws/credentials", False),
        ("~", "out/key", False),
    ],
)
def test_a_pattern_takes_what_lies_under_it(pattern: str, path: str, expected: bool) -> None:
    assert covers(pattern, path) is expected


def test_an_exclusion_leaves_a_file_out() -> None:
    files = {"out/key": Span("ci.yml", 1), "out/log": Span("ci.yml", 2)}
    assert [path for path, _ in taken(("out/", "!out/key"), files)] == ["out/log"]


@pytest.mark.parametrize(
    "raw",
    ["docker build --build-arg KEY .", "docker build --build-arg=KEY .", 'docker buildx bake --set "*.args.A=$KEY"'],
)
def test_a_build_argument_may_name_the_secret_only(raw: str) -> None:
    assert len(list(build_arguments(script(raw), KEY))) == 1


def test_a_build_secret_is_no_build_argument() -> None:
    assert list(build_arguments(script("docker build --secret id=k,env=KEY --build-arg VERSION=1 ."), KEY)) == []
