"""Argument vectors, read the way the program itself reads them.

A word is a string, or None when nothing of it is known.  A string may contain ``HOLE``, which
stands for an unknown stretch inside it (``ghcr.io/acme/api:<HOLE>``).  Words are read by a
``Grammar``: which options take a value, and whether options end at the first operand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradeline.records import field, record

HOLE = "\ufffc"
ArgumentWord = str | None
Values = tuple[str | None, ...]

_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})


@record
class Grammar:
    """How one program reads its options.

    Each mapping goes from every spelling of an option to its canonical name.  ``greedy`` options take
    the next word unless it looks like an option, ``numeric`` ones only when it is a number, ``many``
    all following words that do not look like options, ``pairs`` two words.

    ``style``: ``gnu`` mixes options and operands; ``posix`` stops at the first operand; ``go`` does
    too and writes long options with one dash; ``go-mixed`` is ``go`` without that stop.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    greedy: frozenset[str] = frozenset()
    numeric: frozenset[str] = frozenset()
    many: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()
    style: str = "gnu"
    abbreviations: bool = False
    complete: bool = False  # every flag is listed, so a word after an unlisted option may be its value
    unlisted_takes_value: bool = False

    def find(self, spelling: str) -> tuple[str, bool] | None:
        """The canonical name of an option and whether it takes a value; None for an unlisted one."""
        if spelling in self.values:
            return self.values[spelling], True
        if spelling in self.flags:
            return self.flags[spelling], False
        if self.abbreviations and spelling.startswith("--") and len(spelling) > 3:
            matches = {
                (name, takes)
                for table, takes in ((self.values, True), (self.flags, False))
                for full, name in table.items()
                if full.startswith(spelling)
            }
            if len(matches) == 1:
                return matches.pop()
        return None


def grammar(
    values: Iterable[str] = (),
    flags: Iterable[str] = (),
    greedy: Iterable[str] = (),
    numeric: Iterable[str] = (),
    many: Iterable[str] = (),
    pairs: Iterable[str] = (),
    style: str = "gnu",
    abbreviations: bool = False,
    complete: bool = False,
    unlisted_takes_value: bool = False,
) -> Grammar:
    """A grammar from entries such as ``"--tag|-t"``: the first spelling is the canonical name."""
    valued: dict[str, str] = {}
    special: dict[str, set[str]] = {}
    for kind, entries in (
        ("value", values), ("greedy", greedy), ("numeric", numeric), ("many", many), ("pairs", pairs),
    ):
        for entry in entries:
            spellings = entry.split("|")
            special.setdefault(kind, set()).add(spellings[0])
            valued.update(dict.fromkeys(spellings, spellings[0]))
    flagged = {spelling: entry.split("|")[0] for entry in flags for spelling in entry.split("|")}
    return Grammar(
        valued,
        {spelling: name for spelling, name in flagged.items() if spelling not in valued},
        frozenset(special.get("greedy", ())),
        frozenset(special.get("numeric", ())),
        frozenset(special.get("many", ())),
        frozenset(special.get("pairs", ())),
        style,
        abbreviations,
        complete,
        unlisted_takes_value,
    )


@record
class Arguments:
    """Words read by a grammar.

    ``options`` maps a canonical name to the values it was given, in order; a flag has ``()``.
    ``places`` are the indexes of ``operands`` in the words.  ``wild`` are the operands (by index in
    ``operands``) of which nothing is known, so that they may be options; ``doubtful`` those that may be
    the value of an unlisted option.  ``dashes`` is the number of operands before ``--``, None without it.
    ``rest`` is the index of the first operand in the words, or their number.
    """

    options: Mapping[str, Values]
    operands: Values = ()
    places: tuple[int, ...] = ()
    wild: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    dashes: int | None = None
    rest: int = 0

    def has(self, *names: str) -> bool:
        return any(name in self.options for name in names)

    def last(self, *names: str) -> str | None:
        """The last value of the first of these options that was given one; None also when unknown."""
        for name in names:
            if self.options.get(name):
                return self.options[name][-1]
        return None

    def all(self, *names: str) -> Values:
        return tuple(value for name in names for value in self.options.get(name, ()))


def is_unknown(word: str | None) -> bool:
    """Whether nothing of a word is known, so that it may also be an option."""
    return word is None or (word.strip(HOLE) == "" and HOLE in word) or word.startswith((HOLE + "=", HOLE + "-"))


def is_option(word: str | None) -> bool:
    return word is not None and len(word) > 1 and word.startswith("-")


def is_false(value: str | None) -> bool:
    """Whether ``--flag=value`` or an input means that the flag is not set."""
    return value is not None and value.strip().lower() in _FALSE


class _Reader:
    """State of one pass over the words."""

    def __init__(self, words: Sequence[str | None], rules: Grammar) -> None:
        self.words = words
        self.rules = rules
        self.options: dict[str, list[str | None]] = {}
        self.operands: list[str | None] = []
        self.places: list[int] = []
        self.wild: list[int] = []
        self.doubtful: list[int] = []
        self.dashes: int | None = None
        self.index = 0
        self.unlisted = False  # the word before was an option that is not listed

    def run(self) -> Arguments:
        rest = len(self.words)
        while self.index < len(self.words):
            word = self.words[self.index]
            if word == "--" and self.dashes is None:
                self.dashes = len(self.operands)
                self.index += 1
                rest = min(rest, self.index)
                self._operands_only()
                break
            if is_option(word) and not is_unknown(word):
                assert word is not None
                self._option(word)
                continue
            rest = min(rest, self.index)
            if self.rules.style in ("posix", "go"):
                self._operands_only()
                break
            self._operand(word)
        return Arguments(
            {name: tuple(values) for name, values in self.options.items()},
            tuple(self.operands),
            tuple(self.places),
            tuple(self.wild),
            tuple(self.doubtful),
            self.dashes,
            rest,
        )

    def _operands_only(self) -> None:
        while self.index < len(self.words):
            self._operand(self.words[self.index], self.dashes is not None)

    def _operand(self, word: str | None, certain: bool = False) -> None:
        if is_unknown(word) and not certain:
            self.wild.append(len(self.operands))
        if self.unlisted:
            self.doubtful.append(len(self.operands))
        self.unlisted = False
        self.operands.append(word)
        self.places.append(self.index)
        self.index += 1

    def _option(self, word: str) -> None:
        self.index += 1
        self.unlisted = False
        single = self.rules.style in ("go", "go-mixed")
        if single or word.startswith("--"):
            name, equals, value = word.partition("=")
            if single and name.startswith("--") and self.rules.find(name) is None:
                name = name[1:]
            self._long(name, value if equals else None, bool(equals))
        else:
            self._cluster(word)

    def _long(self, spelling: str, value: str | None, attached: bool) -> None:
        found = self.rules.find(spelling)
        if found is None:
            self._set(spelling, value, attached)
            if not attached:
                if self.rules.unlisted_takes_value and not is_option(self._peek()) and self.index < len(self.words):
                    self.options[spelling].append(self._take())
                else:
                    self.unlisted = self.rules.complete
            return
        name, takes_value = found
        if attached:
            self._set(name, value, True)
        elif takes_value:
            self._consume(name)
        else:
            self._set(name, None, False)

    def _cluster(self, word: str) -> None:
        """``-xvf`` or ``-n4``: one letter after the other until one takes a value."""
        whole = self.rules.find(word.partition("=")[0])
        if whole is not None and len(word.partition("=")[0]) > 2:
            name, _, value = word.partition("=")
            self._long(name, value if "=" in word else None, "=" in word)
            return
        for place in range(1, len(word)):
            found = self.rules.find("-" + word[place])
            if found is None:
                if word[place] == "=":
                    break
                self._set("-" + word[place], None, False)
                self.unlisted = self.rules.complete and place == len(word) - 1
                continue
            name, takes_value = found
            if not takes_value:
                self._set(name, None, False)
                continue
            rest = word[place + 1 :]
            if rest:
                self._set(name, rest.removeprefix("="), True)
            else:
                self._consume(name)
            break

    def _consume(self, name: str) -> None:
        """Take the value or values of ``name`` from the words that follow."""
        following = self._peek()
        if name in self.rules.many:
            self._set(name, None, False)
            while self.index < len(self.words) and not is_option(self._peek()):
                self.options[name].append(self._take())
        elif name in self.rules.numeric:
            number = following is not None and following.replace(".", "", 1).isdigit()
            self._set(name, self._take() if number else None, number)
        elif name in self.rules.greedy:
            free = self.index < len(self.words) and not is_option(following)
            self._set(name, self._take() if free else None, free)
        else:
            for _ in range(2 if name in self.rules.pairs else 1):
                present = self.index < len(self.words)
                self._set(name, self._take() if present else None, present)

    def _set(self, name: str, value: str | None, valued: bool) -> None:
        opposite = "--" + name[5:] if name.startswith("--no-") else "--no-" + name[2:]
        if name.startswith("--") and not valued:
            self.options.pop(opposite, None)
        values = self.options.setdefault(name, [])
        if valued:
            values.append(None if value is not None and value.strip(HOLE) == "" and HOLE in value else value)

    def _peek(self) -> str | None:
        return self.words[self.index] if self.index < len(self.words) else None

    def _take(self) -> str | None:
        word = self.words[self.index]
        self.index += 1
        return None if is_unknown(word) else word


def read(words: Sequence[str | None], rules: Grammar) -> Arguments:
    """Read ``words`` (without the program's name).  Never fails: what is not understood is kept."""
    return _Reader(words, rules).run()


def split_words(text: str) -> tuple[str, ...]:
    """Words of a value such as ``PYTEST_ADDOPTS``, split and unquoted as ``shlex`` does."""
    from shlex import split

    try:
        return tuple(split(text))
    except ValueError:
        return tuple(text.split())
