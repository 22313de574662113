"""Finds lines of a right answer in the texts that learners see.

A line counts when it has at least twelve letters and digits.  Lines are compared without white space,
quotes, list dashes and comments, so rewording the layout does not hide a leak.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from gradeline.words import Phrase, phrase

SIGNIFICANT = 12

_DROPPED = re.compile(r"[\s\"'`]+")
_COMMENT = re.compile(r"(^|\s)(#|//).*$")


def normalised(text: str) -> str:
    """``text`` as it is compared: no white space, no quotes, no case."""
    return _DROPPED.sub("", text).casefold()


def answer_lines(texts: Iterable[str], known: Collection[str] = ()) -> tuple[str, ...]:
    """The significant lines of ``texts``, normalised, without those in ``known``, in order."""
    found: dict[str, None] = {}
    for text in texts:
        for line in text.split("\n"):
            short = normalised(_COMMENT.sub("", line).strip().removeprefix("- "))
            if sum(char.isalnum() for char in short) >= SIGNIFICANT and short not in known:
                found[short] = None
    return tuple(found)


def comments(text: str) -> str:
    """The comments of a file, a line each."""
    return "\n".join(match[0].strip().lstrip("#/ ") for line in text.split("\n") if (match := _COMMENT.search(line)))


def leaks(answers: Iterable[str], texts: Mapping[str | Phrase, str]) -> Iterator[Phrase]:
    """A sentence for each line of ``answers`` that can be read in one of ``texts`` (name to text)."""
    searched = [(name, normalised(text)) for name, text in texts.items()]
    for answer in answers:
        for name, text in searched:
            if answer in text:
                yield phrase("proof.leak", text=name, line=answer[:80])
