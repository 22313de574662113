"""Our Dockerfile reader against BuildKit's own parser, which the package ``dockerfile`` carries.

Compared instruction for instruction: keyword, form, first and last line, flags, words, here-documents.  What the
package cannot tell is left out: it drops flags and here-documents behind ONBUILD, cuts texts at a NUL, and keeps
the tabs of ``<<-``.  Its BuildKit is older in two points, so these are not generated: it took ``["a"] # text`` for
a JSON list (today's line_parsers.go, parseJSON, does not), and no blank between ``<<`` and the word (today's
lex.go, processPossibleHeredoc, does).
"""

from __future__ import annotations

from pathlib import Path

import dockerfile
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradeline.source import SourceFile
from gradeline.syntax.dockerfile import Instruction, parse
from gradeline.syntax.dockerfile_instructions import KEYWORDS

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted(
    path
    for folder in ("tests/fixtures", "exercises", "solutions")
    for pattern in ("**/Dockerfile", "**/*.Dockerfile")
    for path in (ROOT / folder).glob(pattern)
)
Row = tuple[str, str | None, bool, int, int, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]


def ours(text: str) -> list[Row]:
    return [_row(one) for one in parse(SourceFile("Dockerfile", text)).instructions]


def _row(one: Instruction) -> Row:
    inner = one.trigger or one
    words = tuple(word.value for word in inner.words)
    if inner.keyword in ("ENV", "LABEL") and inner.pairs:
        words = tuple(
            text for pair in inner.pairs for text in (pair.name.value, pair.value.value if pair.value else "")
        )
    flags = tuple(f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}") for flag in one.flags)
    documents = tuple((document.name, _plain(document.body)) for document in one.heredocs if one.trigger is None)
    trigger = one.trigger.keyword if one.trigger else None
    return (one.keyword, trigger, inner.form == "exec", one.line, one.end_line, flags, words, documents)


def theirs(text: str) -> list[Row]:
    return [
        (
            one.cmd.upper(),
            one.sub_cmd.upper() if one.sub_cmd else None,
            one.json,
            one.start_line,
            one.end_line,
            tuple(one.flags),
            tuple(one.value),
            tuple((document.name, _plain(document.content)) for document in one.heredocs),
        )
        for one in dockerfile.parse_string(text)
        if one.cmd  # a line that is only continued has no instruction
    ]


def _plain(body: str) -> str:
    return "\n".join(line.rstrip("\r").lstrip("\t") for line in body.split("\n"))


def _known(other: Row) -> Row:
    """Their row without the words of an unknown instruction, which nobody can cut."""
    return other if other[0] in KEYWORDS else (*other[:6], (), other[7])


def agree(text: str) -> None:
    try:
        expected = theirs(text)
    except dockerfile.GoParseError:
        found = parse(SourceFile("Dockerfile", text))
        assert any(one.severity == "error" for one in found.diagnostics)
        return
    assert ours(text) == [_known(row) for row in expected]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_committed_dockerfiles_are_read_alike(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    agree("\n".join(line.removesuffix("# FAIL").removesuffix("# PARTIAL") for line in lines))


BLANKS = st.sampled_from([" ", "  ", "\t", " \\\n ", " \\\n# note\n  ", " \\ \n\n\t"])
WORDS = st.sampled_from(
    [
        "a", "b=c", "$A", "${A:-b}", "'a b'", '"a b"', '"a\\"b"', "a\\ b", "--link", "--from=x", "--mount=type=cache",
        "&&",
        "|", "#x", "<<EOF", "<<-'EOF'", '<<"X"', "3<<E", "<<<s", '["a"', "=", "a==b", "'", '"',
        "\\\\", "NONE", "CMD", "AS", "RUN", "ONBUILD", "é", "\\",
    ]
)  # fmt: skip
STARTS = st.sampled_from(
    [
        "FROM", "RUN", "COPY", "ADD", "ENV", "LABEL", "ARG", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "USER",
        "WORKDIR", "EXPOSE", "VOLUME", "STOPSIGNAL", "MAINTAINER", "ONBUILD RUN", "ONBUILD COPY", "onbuild Env", "run",
        "Env",
    ]
)  # fmt: skip
LINES = st.one_of(
    st.builds(
        lambda keyword, pieces: keyword + "".join(blank + word for blank, word in pieces),
        STARTS,
        st.lists(st.tuples(BLANKS, WORDS), max_size=6),
    ),
    st.builds(
        "{} {}".format, STARTS, st.sampled_from(['["a", "b c"]', '[ "a" ]', "[]", '["a\\u00e9\\n"]', '["a",]', "['a']"])
    ),
    st.sampled_from(
        ["", "# a comment", "#", "EOF", "\tEOF", "X", "E", "Y", "  # escape=`", "# escape=`", "# syntax=a", "`"]
    ),
)
TEXTS = st.builds(
    lambda lines, end: "\n".join(lines) + end, st.lists(LINES, max_size=8), st.sampled_from(["\n", "", "\r\n"])
)


@given(TEXTS)
@settings(max_examples=250, deadline=None)
@example("RUN a \\\n\n# x\n b\n")
@example("# escape=`\nRUN a`\n b\n")
@example("ENV a b=c d\n")
@example("ENV \\ \\\n")
@example("ONBUILD LABEL \\ \\\n")
@example('HEALTHCHECK --a="b c" CMD x\n')
def test_generated_dockerfiles_are_read_alike(text: str) -> None:
    agree("FROM a\n" + text)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_generated_dockerfiles_with_directives_are_read_alike(text: str) -> None:
    agree(text + "FROM a\n" if text.endswith("\n") else text + "\nFROM a\n")


@given(st.text(alphabet="RUNCOPYENV \\\n\t'\"<>EOF-=$#{}[],a\r", max_size=80))
@settings(max_examples=250, deadline=None)
def test_random_characters_are_read_alike(text: str) -> None:
    agree("RUN x\n" + text)
