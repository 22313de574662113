"""What is known about a value inside a test: not what it is, but what it comes from."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.records import record

# ``code``: came out of the code under test.  ``http``: an answer of the service.  ``data``: read from a data file of
# the repository, ``full``: all rows of it.  ``model``: fitted or loaded.  ``predicted``: what a model says.
# ``metric``: a measure of quality.  ``mock``: stands in for something.  ``edge``: an empty, missing or boundary value.
# ``tmp``: a folder of the test's own.  ``client``, ``near``: what sends requests, and does so inside the process.
# ``run``: a program that was started.  ``time``: a measured time.  ``constant``: a constant of the code under test.
# ``truth``: an answer that is yes or no, not the thing itself.
# ``num:12``: a number that is written in the test.
# ``function``: a function that the test made, ``captured``: what pytest keeps of logs and output.
Label = str
REAL = frozenset({"code", "http", "data", "model", "predicted", "metric", "run", "time"})


@record
class Value:
    """``same``: two values with one number are one and the same object; 0 when that is not known.  ``texts`` are the
    words written in it, such as the parts of a path."""

    labels: frozenset[Label] = frozenset()
    same: int = 0
    texts: frozenset[str] = frozenset()

    def with_labels(self, labels: Iterable[Label]) -> Value:
        return Value(self.labels | frozenset(labels), self.same, self.texts)


NOTHING = Value()
TRUTH = Value(frozenset({"truth"}))
# Attributes and methods of tables, sets and answers of a service that say yes or no.
ANSWERS = frozenset({
    "all", "any", "empty", "equals", "hasnans", "is_monotonic_decreasing", "is_monotonic_increasing", "is_success",
    "is_unique", "isdisjoint", "issubset", "issuperset", "ok",
})  # fmt: skip
MAX_TEXTS = 24


def joined(values: Iterable[Value], same: int = 0) -> Value:
    """What several values together come from."""
    labels: frozenset[Label] = frozenset()
    texts: frozenset[str] = frozenset()
    for value in values:
        labels |= value.labels
        if len(texts) < MAX_TEXTS:
            texts |= value.texts
    return Value(labels, same, texts)


def number_label(value: object) -> str:
    """``num:12`` for a number, empty for everything else; 12 and 12.0 are the same."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        return ""
    return f"num:{float(value):g}"


def small(value: object) -> bool:
    """Whether a constant is nothing or less."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= 0


@record
class Effect:
    """Something a test does besides computing: ``kind`` is network, sleep, absolute, random, write, cloud."""

    kind: str
    text: str
