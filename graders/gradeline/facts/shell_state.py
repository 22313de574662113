"""What a simulated shell remembers, and the words it expands.

A value is a string in which ``HIDDEN`` stands for each stretch that is not known, so that
``image:$(git rev-parse HEAD)`` still shows its known beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gradeline.records import field, record
from gradeline.syntax.shell_nodes import (
    Computed,
    Function,
    Parameter,
    Piece,
    Placeholder,
    Sequence,
    Substitution,
    Word,
)

if TYPE_CHECKING:
    from gradeline.facts.traces import Trace

# Bash Reference Manual, "Shell Variables"; POSIX, "Environment Variables".
_SET_BY_THE_SHELL = frozenset(
    ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TMPDIR", "LANG", "RANDOM", "SECONDS", "LINENO",
     "HOSTNAME", "OSTYPE", "MACHTYPE", "HOSTTYPE", "UID", "EUID", "PPID", "IFS", "REPLY", "EPOCHSECONDS", "BASHPID",
     "BASH_SOURCE", "BASH_VERSION", "FUNCNAME", "PIPESTATUS", "OPTARG", "OPTIND")
)  # fmt: skip
HIDDEN = "\ufffc"  # object replacement character: no shell text of a submission may contain it


def shown(text: str) -> str:
    """A value for people: a stretch that is not known is an ellipsis."""
    return text.replace(HIDDEN, "…")


@record(frozen=False)
class ShellState:
    """Options, variables, functions and files of one shell; ``copy`` gives a subshell its own."""

    variables: dict[str, str] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    functions: dict[str, Function] = field(default_factory=dict)
    positional: tuple[str, ...] = ()
    directory: str = ""
    errexit: bool = False
    pipefail: bool = False
    noexec: bool = False
    status: int = 0
    pipe_statuses: tuple[int, ...] = ()
    background: list[int] = field(default_factory=list)
    exit_trap: str | None = None
    files: dict[str, str] = field(default_factory=dict)  # shared with subshells: the disk is one
    error_trap: str | None = None
    errtrace: bool = False

    def copy(self) -> ShellState:
        return ShellState(
            dict(self.variables),
            set(self.exported),
            dict(self.functions),
            self.positional,
            self.directory,
            self.errexit,
            self.pipefail,
            self.noexec,
            self.status,
            self.pipe_statuses,
            list(self.background),
            None,
            self.files,
            self.error_trap if self.errtrace else None,
            self.errtrace,
        )

    def environment(self) -> dict[str, str]:
        """The exported variables."""
        return {name: self.variables[name] for name in self.exported if name in self.variables}


_GLOBS = frozenset("*?[")
_EXPANDED = _GLOBS | {"{"}


class Expander:
    """Turns words into the fields a command receives."""

    def __init__(
        self,
        state: ShellState,
        placeholder: Callable[[int], str | None],
        substitute: Callable[[Sequence], str],
        matching: Callable[[str], tuple[str, ...]],
        trace: Trace | None = None,
    ) -> None:
        self._trace = trace
        self._state = state
        self._placeholder = placeholder
        self._substitute = substitute
        self._matching = matching
        self.compute: Callable[[str], str] | None = None  # the value of ``$((...))``, where numbers are followed
        self.unset: list[str] = []  # variables asked for that have no value, since the owner last cleared it

    def fields(self, word: Word) -> list[str]:
        """The word after expansion, splitting and globbing; no field at all for an empty ``$X``."""
        first = word.parts[0] if len(word.parts) == 1 else None
        if type(first) is Piece and (first.quoted or _EXPANDED.isdisjoint(first.text)):  # most words
            return [first.text]
        chunks: list[tuple[str, bool]] = []  # text and whether it may be split
        quoted_any = False
        for part in word.parts:
            if isinstance(part, Parameter) and part.name in ("@", "*") and not part.operator:
                if part.name == "@" and len(word.parts) == 1:
                    return list(self._state.positional)
                chunks.append((" ".join(self._state.positional), not part.quoted))
            else:
                splits = not isinstance(part, Piece) and not part.quoted
                chunks.append((self.part(part), splits))
            quoted_any = quoted_any or part.quoted
        fields = _split(chunks)
        if not fields and (quoted_any or any(isinstance(part, Piece) for part in word.parts)):
            fields = [""]
        bare = "".join([part.text for part in word.parts if isinstance(part, Piece) and not part.quoted])
        if "{" in bare:
            fields = [expanded for single in fields for expanded in _braces(single)]
        if not _GLOBS.isdisjoint(bare):
            fields = [name for single in fields for name in (self._glob(single) or [single])]
        return fields

    def text(self, word: Word | None) -> str:
        """The word as one text, without splitting, as in an assignment."""
        return "" if word is None else "".join(self.part(part) for part in word.parts)

    def part(self, part: Piece | Parameter | Substitution | Placeholder | Computed) -> str:
        if isinstance(part, Piece):
            return part.text
        if isinstance(part, Placeholder):
            value = self._placeholder(part.number)
            return HIDDEN if value is None else value
        if isinstance(part, Substitution):
            return self._substitute(part.body)
        if isinstance(part, Parameter):
            return self._parameter(part)
        return HIDDEN if self.compute is None else self.compute(part.text)

    def _parameter(self, part: Parameter) -> str:
        value = self.variable(part.name)
        operator = part.operator
        if value is None and part.name.isidentifier() and part.name not in _SET_BY_THE_SHELL:
            self.unset.append(part.name)
        if value is None and self._trace is not None:
            value = self._trace.variable(part.name)
        if not operator:
            return HIDDEN if value is None else value
        argument = self.text(part.argument)
        if operator in (":-", "-", ":=", "="):
            if value is None:
                return HIDDEN
            fallback = value == "" and operator.startswith(":")
            if fallback and operator == ":=":
                self._state.variables[part.name] = argument
            return argument if fallback else value
        if operator in (":?", "?"):
            return HIDDEN if value is None else value
        if operator in (":+", "+"):
            return HIDDEN if value is None else ("" if value == "" and operator == ":+" else argument)
        if value is not None and HIDDEN in value and self._trace is not None and HIDDEN not in argument:
            return self._trace.part(value, f"{operator}{argument}")
        if value is None or HIDDEN in value or HIDDEN in argument:
            return HIDDEN
        if operator in ("#", "##", "%", "%%"):
            return _strip(value, argument, operator)
        if operator in ("^^", ",,"):
            return value.upper() if operator == "^^" else value.lower()
        if operator == "length":
            return str(len(value))
        return HIDDEN

    def variable(self, name: str) -> str | None:
        """The value of a parameter, None when it is not known."""
        state = self._state
        if name == "?":
            return str(state.status)
        if name == "!":
            return f"job:{len(state.background) - 1}" if state.background else None
        if name == "#":
            return str(len(state.positional))
        if name.isdigit() and name != "0":
            index = int(name) - 1
            return state.positional[index] if index < len(state.positional) else ""
        if name.startswith("PIPESTATUS"):
            number = name.removeprefix("PIPESTATUS").strip("[]") or "0"
            if number.isdigit() and int(number) < len(state.pipe_statuses):
                return str(state.pipe_statuses[int(number)])
            return " ".join(map(str, state.pipe_statuses)) if number in ("@", "*") else None
        if name == "PWD":
            return None
        return state.variables.get(name)

    def _glob(self, pattern: str) -> list[str]:
        if HIDDEN in pattern:
            return []
        base = self._state.directory
        prefix = base + "/" if base else ""
        return [path.removeprefix(prefix) for path in self._matching(prefix + pattern.removeprefix("./"))]


def _split(chunks: list[tuple[str, bool]]) -> list[str]:
    fields: list[str] = []
    current: str | None = None
    for text, splits in chunks:
        if not splits:
            current = (current or "") + text
            continue
        pieces = text.split()
        if text[:1].isspace() and current is not None:
            fields.append(current)
            current = None
        for index, piece in enumerate(pieces):
            if index > 0 and current is not None:
                fields.append(current)
                current = None
            current = (current or "") + piece
        if text[-1:].isspace() and current is not None and pieces:
            fields.append(current)
            current = None
    if current is not None and (current or any(not splits for _, splits in chunks)):
        fields.append(current)
    return fields


def _braces(text: str) -> list[str]:
    """``a{b,c}d`` as two words; nested or numeric braces stay as they are."""
    start = text.find("{")
    end = text.find("}", start)
    inner = text[start + 1 : end] if 0 <= start < end else ""
    if "," not in inner or "{" in inner or text[start - 1 : start] == "$":
        return [text]
    options = inner.split(",")
    tails = _braces(text[end + 1 :]) if "{" in text[end + 1 :] and len(options) <= 20 else [text[end + 1 :]]
    return [text[:start] + option + tail for option in options[:50] for tail in tails]


def _strip(value: str, pattern: str, operator: str) -> str:
    if len(value) > 500:
        return HIDDEN
    lengths = range(len(value) + 1)
    if operator == "#":
        return next((value[n:] for n in lengths if fnmatchcase(value[:n], pattern)), value)
    if operator == "##":
        return next((value[n:] for n in reversed(lengths) if fnmatchcase(value[:n], pattern)), value)
    if operator == "%":
        return next((value[:n] for n in reversed(lengths) if fnmatchcase(value[n:], pattern)), value)
    return next((value[:n] for n in lengths if fnmatchcase(value[n:], pattern)), value)
