"""What Gradeline itself says to people, as data: one JSON file per language beside this module.

A text has a name (``score.passed``) and blanks (``{points}``).  English is the language that is complete by
definition; the tests demand the same names and blanks of every other.  The language is chosen by people
(``--lang``, ``GRADE_LANG``), never by the system's locale, and result files are always English.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache

from gradeline.records import record
from gradeline.source import GradelineError, ToolError

# Without pathlib, which takes 3 ms of a `grade --help` of 100 ms and which nothing else needs there.
_FOLDER = os.path.dirname(__file__)  # noqa: PTH120
DEFAULT = "en"

# Letters of our own texts that a terminal without Unicode cannot show.  Learners' texts are escaped instead.
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "„": '"',
                        "“": '"', "\u2013": "-", "\u2026": "..."})  # fmt: skip


@record
class Phrase:
    """A text that is still to be said: its name and what fills its blanks; a tuple is said one by one."""

    key: str
    values: tuple[tuple[str, object], ...] = ()


class Told(GradelineError):
    """A known problem whose sentence can be said in every language; ``str()`` is English."""

    def __init__(self, key: str, **values: object) -> None:
        self.phrase = phrase(key, **values)
        super().__init__(english().say(self.phrase))


def told(error: GradelineError) -> Phrase:
    """What a known problem says, to be said in a language later; one that has no name is said as it is."""
    return error.phrase if isinstance(error, Told) else phrase("error.other", text=str(error))


class MissingPart(Told, ToolError):
    """An optional package that a command needs is not installed."""


class Words:
    """The texts of one language.  ``ascii_only`` spells letters such as ``ü`` with two plain ones."""

    def __init__(self, language: str, texts: Mapping[str, str], ascii_only: bool = False) -> None:
        self.language = language
        self._texts = texts
        self._ascii = ascii_only

    @property
    def is_english(self) -> bool:
        return self.language == DEFAULT

    def __call__(self, key: str, **values: object) -> str:
        """The text called ``key`` with its blanks filled; ``values`` are taken as they are."""
        template = self._texts.get(key)
        if template is None:  # a language that is not complete; the tests keep this from being shipped
            template = _texts(DEFAULT)[key]
        if self._ascii and not template.isascii():
            template = _plain(template)
        return template.format(**{name: self._said(value) for name, value in values.items()}) if values else template

    def get(self, key: str, otherwise: str) -> str:
        """The text called ``key``, or ``otherwise`` where no language has it."""
        return self(key) if key in self._texts or key in _texts(DEFAULT) else otherwise

    def with_all_letters(self) -> Words:
        """The same for a page or a picture, which shows more than the terminal does."""
        return Words(self.language, self._texts)

    def names(self, start: str) -> tuple[str, ...]:
        """The names of the texts that begin with ``start``."""
        return tuple(key for key in self._texts if key.startswith(start))

    def count(self, key: str, number: object, **values: object) -> str:
        """``key.one`` when the number reads "1", else ``key.many``; the blank is ``{number}``."""
        return self(f"{key}.one" if str(number) == "1" else f"{key}.many", number=number, **values)

    def say(self, one: Phrase) -> str:
        return self(one.key, **dict(one.values))

    def said(self, one: Phrase | str) -> str:
        """A text that may be one of ours, or somebody else's, which is said as it is."""
        return self.say(one) if isinstance(one, Phrase) else one

    def _said(self, value: object) -> object:
        if isinstance(value, Phrase):
            return self.say(value)
        if isinstance(value, tuple):
            return " ".join(str(self._said(part)) for part in value)
        return value


def phrase(key: str, **values: object) -> Phrase:
    return Phrase(key, tuple(values.items()))


@cache
def languages() -> tuple[str, ...]:
    """The languages there are, in a fixed order."""
    names = os.listdir(_FOLDER)  # noqa: PTH208
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


@cache
def load(language: str = DEFAULT, ascii_only: bool = False) -> Words:
    """The texts of ``language``; raises ``Told`` that names the languages there are."""
    wanted = language.strip().lower().replace("_", "-")
    for one in (wanted, wanted.split("-", 1)[0]):  # de-AT is German
        if one in languages():
            return Words(one, _texts(one), ascii_only)
    raise Told("error.language", name=repr(language), known=", ".join(languages()))


def is_known(language: str) -> bool:
    """Whether there are texts in ``language``."""
    try:
        return bool(load(language))
    except Told:
        return False


@cache
def english() -> Words:
    return Words(DEFAULT, _texts(DEFAULT))


def _plain(text: str) -> str:
    """``text`` with plain letters; a placeholder such as ÜBUNG stays in capitals."""
    import re

    return re.sub(r"\b[A-ZÄÖÜ]{2,}\b", lambda word: word[0].translate(_PLAIN).upper(), text).translate(_PLAIN)


@cache
def _texts(language: str) -> Mapping[str, str]:
    with open(f"{_FOLDER}/{language}.json", "rb") as file:  # noqa: PTH123
        texts: Mapping[str, str] = json.load(file)
    return texts
