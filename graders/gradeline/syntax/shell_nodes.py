"""The shell tree: what a POSIX or bash script is made of, as plain frozen data.

Positions are character offsets into the text that was parsed (start inclusive, end exclusive);
whoever owns the text knows which file and line an offset belongs to.
"""

from __future__ import annotations

from functools import cached_property

from gradeline.records import record


@record
class Piece:
    """Literal text of a word.  Quotes and backslashes are already resolved."""

    text: str
    quoted: bool = False


@record
class Parameter:
    """``$NAME`` or ``${NAME<operator>argument}``; ``operator`` is ``""`` for the plain form.

    ``name`` keeps specials as they are: ``?``, ``@``, ``*``, ``#``, ``!``, ``$``, ``0``..``9``, and
    an array element as ``PIPESTATUS[0]``.  ``operator`` is for example ``:-``, ``-``, ``:=``, ``:+``,
    ``:?``, ``#``, ``##``, ``%``, ``%%``, ``/``, ``^^``, ``,,`` or ``length`` for ``${#NAME}``.
    """

    name: str
    operator: str = ""
    argument: Word | None = None
    quoted: bool = False


@record
class Substitution:
    """``$(...)`` or backquotes (``process`` false), ``<(...)``/``>(...)`` (``process`` true)."""

    body: Sequence
    quoted: bool = False
    process: bool = False


@record
class Placeholder:
    """The ``number``-th (from 0) platform expression ``${{ ... }}`` of the parsed text."""

    number: int
    quoted: bool = False


@record
class Computed:
    """A part whose value this tree does not model, such as ``$((...))``."""

    text: str
    quoted: bool = False


Part = Piece | Parameter | Substitution | Placeholder | Computed


@record
class Word:
    parts: tuple[Part, ...]
    start: int
    end: int

    @property
    def literal(self) -> str | None:
        """The text of a word in which nothing is computed, else None."""
        pieces = [part.text for part in self.parts if isinstance(part, Piece)]
        return "".join(pieces) if len(pieces) == len(self.parts) else None


@record
class Assignment:
    """``NAME=value`` (or ``NAME+=value``); ``elements`` is set for ``NAME=(a b)``."""

    name: str
    value: Word | None
    start: int
    end: int
    append: bool = False
    elements: tuple[Word, ...] | None = None


@record
class Redirect:
    """``fd operator target``.  For here-documents ``operator`` is ``<<`` or ``<<-`` and ``body`` holds
    the document as a word: one quoted ``Piece`` when the delimiter was quoted, expanded parts otherwise.
    ``<<<`` has its word as ``body``.  ``fd`` is None where the operator's own default applies."""

    operator: str
    target: Word | None
    start: int
    end: int
    fd: int | None = None
    body: Word | None = None


@record
class Simple:
    """A simple command: assignments, then words.  No words means the assignments stay in the shell.

    ``declare``/``export``/``local``/``readonly`` and ``[`` are ordinary simple commands here; an
    argument ``A=b`` of ``export`` is an ordinary word."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    start: int
    end: int

    @cached_property
    def literals(self) -> tuple[str | None, ...]:
        """The texts of its words; kept, as a dozen questions ask for those of every command."""
        return tuple([word.literal for word in self.words])


@record
class Test:
    """``[[ ... ]]``: its operands and operators flattened in order, ``(``, ``!``, ``&&`` included.
    Every token is a Word; operators are one unquoted Piece."""

    tokens: tuple[Word, ...]
    start: int
    end: int


@record
class Arithmetic:
    """``(( ... ))`` as a command."""

    text: str
    start: int
    end: int


@record
class Pipeline:
    """``[!] a | b | c``; one command when only ``!`` is there.  ``|&`` counts as ``|``."""

    commands: tuple[Node, ...]
    negated: bool
    start: int
    end: int


@record
class AndOr:
    left: Node
    operator: str  # "&&" or "||"
    right: Node
    start: int
    end: int


@record
class Item:
    node: Node
    background: bool = False


@record
class Sequence:
    items: tuple[Item, ...]
    start: int
    end: int


@record
class Group:
    """``{ ...; }`` (``subshell`` false) or ``( ... )`` (true)."""

    body: Sequence
    subshell: bool
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@record
class If:
    branches: tuple[tuple[Sequence, Sequence], ...]  # (condition, body) for if and each elif
    otherwise: Sequence | None
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@record
class While:
    condition: Sequence
    body: Sequence
    until: bool
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@record
class For:
    """``for variable in words``; ``words`` is None for ``for x; do`` and for ``for ((...))``."""

    variable: str
    words: tuple[Word, ...] | None
    body: Sequence
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@record
class Arm:
    patterns: tuple[Word, ...]
    body: Sequence
    falls_through: bool = False


@record
class Case:
    subject: Word
    arms: tuple[Arm, ...]
    redirects: tuple[Redirect, ...]
    start: int
    end: int


@record
class Function:
    name: str
    body: Node
    start: int
    end: int


@record
class Broken:
    """Text that could not be understood; whatever follows it may be shifted."""

    text: str
    start: int
    end: int


Node = Simple | Test | Arithmetic | Pipeline | AndOr | Sequence | Group | If | While | For | Case | Function | Broken


@record
class Problem:
    message: str
    start: int
    end: int


@record
class Script:
    """A parsed script.  ``problems`` is empty when the whole text was understood."""

    body: Sequence
    problems: tuple[Problem, ...] = ()
