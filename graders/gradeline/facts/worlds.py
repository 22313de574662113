"""Exploring what may happen when something is not known.

A simulation is ordinary straight-line code that asks an ``Oracle`` whenever a question has no
known answer.  ``explore`` runs it again and again until every combination of answers was tried (or
a bound is reached), so a fact that holds in every world holds whatever the answers are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from gradeline.model.expression import Value
from gradeline.records import record
from gradeline.source import Span

T = TypeVar("T")


@record
class Assumption:
    """An answer that was assumed: ``text`` completes the sentence "this happens when ...".

    ``unset`` names a variable that the answer depends on although nothing in the files gives it a value.
    ``choice`` is true when a person decides, so that both answers really happen.
    """

    text: str
    span: Span | None = None
    unset: str = ""
    choice: bool = False


# One question as it was put to an oracle: which of its methods, and with what.
Question = tuple[str, tuple[Any, ...]]


class Oracle:
    """Answers open questions, the same question the same way within one world."""

    def __init__(self, script: Sequence[int]) -> None:
        self._script = list(script)
        self.taken: list[tuple[int, int]] = []  # (chosen option, number of options)
        self._answers: dict[str, int] = {}
        self._values: dict[tuple[str, ...], Value] = {}
        self._excluded: dict[tuple[str, ...], set[Value]] = {}
        self.assumptions: list[Assumption] = []
        self.guessed = False  # something was asked that no person decides and the files do not tell
        self._log: list[tuple[Question, Any]] = []
        self._at = 0  # what is asked next is answered from the log while it reaches so far
        self._starts: list[int] = []  # where each piece of work that is listened to begins in the log

    # -- what is asked -----------------------------------------------------------------------

    def pick(self, question: str, options: int, choice: bool = False) -> int:
        """One of ``options`` answers, numbered from 0.  ``choice``: a person decides, all of them happen."""
        if options == 1:
            return 0
        answer: int = self._ask("_pick", question, options, choice)
        return answer

    def decide(
        self, question: str, span: Span | None = None, unset: str = "", *, choice: bool = False, likely: bool = True
    ) -> bool:
        """Whether the statement ``question`` is true in this world; ``likely`` is the answer tried first."""
        answer: bool = self._ask("_decide", question, span, unset, choice, likely)
        return answer

    def equals(self, path: tuple[str, ...], value: Value, span: Span, unset: bool = False) -> bool:
        """Whether the unknown name at ``path`` has ``value`` here; later answers stay consistent.

        ``unset``: it is a setting that probably has no value.
        """
        answer: bool = self._ask("_equals", path, value, span, unset)
        return answer

    def has_value(self, path: tuple[str, ...], span: Span) -> bool:
        """Whether the setting at ``path``, which nothing in the files gives a value, has one."""
        answer: bool = self._ask("_has_value", path, span)
        return answer

    def known(self, path: tuple[str, ...]) -> tuple[Value] | None:
        """The value assumed for ``path`` so far, wrapped so that None can be a value."""
        answer: tuple[Value] | None = self._ask("_known", path)
        return answer

    def assume(self, assumptions: Sequence[Assumption]) -> None:
        """Note what else has to hold in this world."""
        self._ask("_assume", tuple(assumptions))

    # -- listening to what a piece of work asks (see recall.py) ------------------------------

    def ask(self, question: Question) -> Any:
        """Put a question that was heard before."""
        if self._at < len(self._log):  # as in ``_ask``: nothing is done more often
            answer = self._log[self._at][1]
        else:
            answer = getattr(self, question[0])(*question[1])
            self._log.append((question, answer))
        self._at += 1
        return answer

    def position(self) -> int:
        """How many questions were put so far."""
        return self._at

    def listen(self, start: int) -> None:
        """From now on a piece of work is listened to.  What was asked since ``start`` was asked for it already: it
        asks the same again, and gets the same answers.  Work inside other work is listened to by itself."""
        self._at = start
        self._starts.append(start)

    def heard(self) -> list[tuple[Question, Any]]:
        """Everything that the innermost work has asked; the listening to it ends."""
        return self._log[self._starts.pop() : self._at]

    def _ask(self, name: str, *values: Any) -> Any:
        if self._at < len(self._log):
            answer = self._log[self._at][1]
        else:
            answer = getattr(self, name)(*values)
            self._log.append(((name, values), answer))
        self._at += 1
        return answer

    # -- how it is answered ------------------------------------------------------------------

    def _pick(self, question: str, options: int, choice: bool) -> int:
        if question in self._answers:
            return self._answers[question]
        position = len(self.taken)
        answer = self._script[position] if position < len(self._script) else 0
        self.taken.append((answer, options))
        self._answers[question] = answer
        self.guessed = self.guessed or not choice
        return answer

    def _decide(self, question: str, span: Span | None, unset: str, choice: bool, likely: bool) -> bool:
        known = question in self._answers
        answer = (self._pick(question, 2, choice) == 0) == likely
        if not known:
            self.assumptions.append(Assumption(question if answer else f"not ({question})", span, unset, choice))
        return answer

    def _equals(self, path: tuple[str, ...], value: Value, span: Span, unset: bool) -> bool:
        if path in self._values:
            return self._values[path] == value
        if value in self._excluded.get(path, ()):
            return False
        empty = value is None or value == ""
        answer = self._setting(f"{'.'.join(path)} is {value!r}", path, span, unset, set_when=not empty)
        if answer:
            self._values[path] = value
        else:
            self._excluded.setdefault(path, set()).add(value)
        return answer

    def _has_value(self, path: tuple[str, ...], span: Span) -> bool:
        if path in self._values:
            return bool(self._values[path])
        answer = self._setting(".".join(path), path, span, unset=True, set_when=True)
        if not answer:
            self._values[path] = None
        return answer

    def _known(self, path: tuple[str, ...]) -> tuple[Value] | None:
        return (self._values[path],) if path in self._values else None

    def _assume(self, assumptions: tuple[Assumption, ...]) -> None:
        self.assumptions.extend(assumptions)

    def _setting(self, question: str, path: tuple[str, ...], span: Span, unset: bool, set_when: bool) -> bool:
        """A question about a name; for a setting, that it has no value is tried first."""
        count = len(self.assumptions)
        answer = self._decide(question, span, "", False, not (unset and set_when))
        if unset and answer and set_when and len(self.assumptions) > count:
            name = ".".join(path).removeprefix("$")
            self.assumptions[-1] = Assumption(self.assumptions[-1].text, span, name)
        return answer


@record
class Worlds(Generic[T]):
    """The results of all explored worlds.  ``complete`` is false when a bound cut the search."""

    results: tuple[T, ...]
    complete: bool


def explore(run: Callable[[Oracle], T], limit: int) -> Worlds[T]:
    """Run once per world, at most ``limit`` times, in an order that only depends on the questions."""
    results: list[T] = []
    script: list[int] = []
    while len(results) < limit:
        oracle = Oracle(script)
        results.append(run(oracle))
        taken = oracle.taken
        while taken and taken[-1][0] + 1 >= taken[-1][1]:
            taken.pop()
        if not taken:
            return Worlds(tuple(results), True)
        script = [choice for choice, _ in taken[:-1]] + [taken[-1][0] + 1]
    return Worlds(tuple(results), False)
