"""Whether a name says what a thing does, decided from its words alone."""

from __future__ import annotations

from itertools import groupby, pairwise

# Words that say what kind of thing it is, or nothing at all, but not what it does.
_EMPTY_WORDS = frozenset(
    """
    job jobs step steps run runs task tasks stage stages unit part phase action actions item thing things stuff
    workflow pipeline process script command commands cmd shell bash main default new my the and this that another
    other first second third one two three four name title unnamed untitled noname none null todo tbd fixme tmp temp
    foo bar baz qux asdf xxx abc misc various does something anything next last
    """.split()  # noqa: SIM905 (one word per line would be 80 lines)
)
# Words that say something alone, but nothing once they are only told apart by a number: build2, test-3.
_COUNTED_WORDS = frozenset(
    """
    build builds test tests lint check checks deploy release publish install setup train package image scan
    """.split()  # noqa: SIM905
)
_SHORT_WORDS = frozenset({"ci", "cd", "qa", "pr", "ui", "ok", "db", "go", "ml"})
_DIGITS = "0123456789"
MAX_COUNT = 20  # a larger number behind a word is a version: test-312


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: ``runTests_2`` is ``run``, ``tests``, ``2``."""
    found: list[str] = []
    for alphanumeric, group in groupby(name, str.isalnum):
        if alphanumeric:
            found.extend(_split("".join(group)))
    return tuple(found)


def _split(text: str) -> list[str]:
    pieces = [text[0]]
    for before, character in pairwise(text):
        if before.islower() and character.isupper():
            pieces.append("")
        pieces[-1] += character
    return [piece.lower() for piece in pieces]


def says_nothing(name: str) -> bool:
    """Whether a name leaves open what happens: ``job1``, ``step``, ``Run 2``, ``build2``, ``x``."""
    if "$" in name:
        return False  # put together from values, such as those of a matrix
    found = words(name)
    telling = [word for word in found if word.rstrip(_DIGITS) not in _EMPTY_WORDS and not word.isdigit()]
    if not any(len(word) > 2 or word in _SHORT_WORDS or not word.isascii() for word in telling):
        return True
    return len(telling) == 1 and _only_counts(found, telling[0])


def _only_counts(found: tuple[str, ...], word: str) -> bool:
    """Whether the one word that says something is followed by nothing but a small number."""
    if word.rstrip(_DIGITS) not in _COUNTED_WORDS:
        return False
    numbers = [part for part in (word[len(word.rstrip(_DIGITS)) :], *found) if part.isdecimal()]
    return len(numbers) == 1 and int(numbers[0][:4]) < MAX_COUNT
