"""Text of learners inside GitHub's and GitLab's Markdown: it can be read, and it makes nothing.

Escaping alone is not enough there: mentions, references to issues and commits, and bare addresses are found in
the text after Markdown was read.  Nothing of that is looked for in code, so whatever is not a plain word or a
plain number becomes code: `@team`, `#1`, `www.example.org`, `<img>` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradeline.render.findings import said

_TOKEN = re.compile(r"`[^`]+`|\s+|[^\s`]+|`")
# Letters of any script with an apostrophe or a hyphen inside, or a number, with the marks of a sentence around it;
# or such a mark behind code.
_PLAIN = re.compile(
    r"""["'(]{0,2}(?:[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d+(?:[.,]\d+)?%?)[.,;:!?"')]{0,3}|[.,;:!?"'()]{1,3}"""
)
_COMMIT = re.compile(r"[0-9a-fA-F]{7,}")  # shown as a link when there is such a commit
_RUN = re.compile(r"`+")


def prose(text: str) -> str:
    """A sentence of ours that may quote a learner: plain words stay, everything else is code.

    It must not stand at the beginning of a line, where ``1.`` would make a list.
    """
    out: list[str] = []
    for token in _TOKEN.findall(said(text)):
        if token.isspace():
            piece = " "
        elif len(token) > 2 and token.startswith("`"):
            piece = code(token[1:-1])
        else:
            piece = token if _is_plain(token) else code(token)
        if piece.startswith("`") and out and out[-1].endswith("`"):
            out.append(" ")  # two pieces of code side by side would be one
        out.append(piece)
    return "".join(out).strip()


def code(text: str) -> str:
    """``text`` as code within a line, whatever it holds."""
    content = said(text).strip() or "-"
    fence = "`" * (_longest(content) + 1)
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{fence}{pad}{content}{pad}{fence}"


def cell(text: str) -> str:
    """``text`` as code in a cell of a table, where even code ends at a bar."""
    return code(said(text).replace("|", "\\x7c"))


def block(lines: Sequence[str]) -> str:
    """Harmless lines as a block of code that none of them can end."""
    fence = "`" * max(3, max(map(_longest, lines), default=0) + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def _longest(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)


def _is_plain(token: str) -> bool:
    return _PLAIN.fullmatch(token) is not None and _COMMIT.search(token) is None
