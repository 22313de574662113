"""tox: its environments as recipes (tox 4 documentation, "Configuration").

tox runs each command without a shell, so everything that would be special to a shell is quoted here.
What is given after ``--`` is not known: ``{posargs}`` is its default.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from gradeline.model.project import Recipe, RecipeLine
from gradeline.readers.project_ini import Ini, Option, Piece, read_ini
from gradeline.readers.project_source import (
    MAX_LINES,
    MAX_RECIPES,
    UNKNOWN,
    Chunk,
    Context,
    FileText,
    Loaded,
    join,
    plain_line,
    quote,
)
from gradeline.readers.project_toml import Toml, read_toml
from gradeline.records import field, record
from gradeline.source import Span

_FACTOR = re.compile(r"([\w{}.,! -]+):(?:\s+(.*)|$)", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)#.*")
_PYTHON = re.compile(r"(?:py|pypy|cpython|python)?[0-9.]*|py[0-9]+t?|python[0-9.]+")
_SPECIAL = re.compile(r"[|&;<>()$`*?~#{}\[\]\\!]")
_MAX_DEPTH = 10
_MAX_ENVIRONMENTS = 200
_MAX_WORK = 60_000
_MAX_VALUE = 8192
_HERE = frozenset({"toxinidir", "tox_root", "changedir", "change_dir", "homedir"})
_INTERPRETER = frozenset({"envpython", "env_python", "basepython", "base_python"})


@record
class _Command:
    chunks: tuple[Chunk, ...]
    start: int
    end: int


def load_tox(context: Context, directory: str, file: str) -> Loaded | None:
    """The tox configuration of ``directory`` (or ``file`` in it), None when there is none."""
    for name in (file,) if file else ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml"):
        found = context.file(join(directory, name))
        if found is None:
            continue
        if name.endswith(".toml"):
            loaded = _from_toml(context, directory, found, name.endswith("pyproject.toml"))
            if loaded is not None:
                return loaded
        else:
            ini = read_ini(found)
            core = "tox:tox" if name.endswith(".cfg") else "tox"
            if core in ini.sections or name.endswith(".ini"):
                return Loaded(found.source.path, _IniTox(context, directory, ini, core).recipes())
    return None


def _from_toml(context: Context, directory: str, file: FileText, nested: bool) -> Loaded | None:
    toml = read_toml(file)
    base: tuple[str, ...] = ("tool", "tox") if nested else ()
    if not toml.table(*base):
        return None
    legacy = (*base, "legacy_tox_ini")
    if toml.string(*legacy) is not None:
        start, end = toml.places.get(legacy, (0, 0))
        ini = read_ini(file, start + 3, end - 3)
        return Loaded(file.source.path, _IniTox(context, directory, ini, "tox").recipes(), toml.diagnostics)
    return Loaded(file.source.path, _TomlTox(context, directory, toml, base).recipes(), toml.diagnostics)


@record(frozen=False)
class _Tox:
    """What both formats share: names of environments and the making of recipes."""

    context: Context
    directory: str
    work = _MAX_WORK  # no field: it starts at the same number for everybody

    def spent(self) -> bool:
        """Count one step of work; true when there is none left, which only a hostile file gets to."""
        self.work -= 1
        return self.work < 0

    def recipe(self, name: str, span: Span, lines: Iterable[RecipeLine], folder: str, env: dict[str, str]) -> Recipe:
        inside = join(self.directory, folder) if folder else ""
        return Recipe("tox", name, span, tuple(lines)[:MAX_LINES], (), inside, env)

    def default(self, span: Span, names: Iterable[str]) -> Recipe:
        return Recipe("tox", "", span, needs=tuple(names) or ("py",))

    def asked(self, known: Iterable[str]) -> list[str]:
        """Environments that no section names but a command asks for, such as ``py312``."""
        factors = {factor for name in known for factor in name.split("-")}
        words = {part for word in self.context.words for part in word.split(",")}
        return sorted(
            word
            for word in words
            if word and all(part in factors or (part and _PYTHON.fullmatch(part)) for part in word.split("-"))
        )


@record(frozen=False)
class _IniTox(_Tox):
    ini: Ini
    core: str
    sections: dict[str, str] = field(default_factory=dict)  # environment -> its own section

    def recipes(self) -> tuple[Recipe, ...]:
        listed = self.ini.option(self.core, "env_list", "envlist")
        names = list(_expanded(listed.value if listed is not None else ""))
        for section in self.ini.sections:
            if section.startswith("testenv:"):
                for name in _expanded(section.removeprefix("testenv:")):
                    self.sections[name] = section
        own = [name for name in self.sections if name not in names]
        everything = dict.fromkeys((*names, *own, *self.asked((*names, *own)), "py"))
        made = [self.environment(name) for name in list(everything)[:_MAX_ENVIRONMENTS]]
        return (*made, self.default(self.ini.span(self.core), names))

    def environment(self, name: str) -> Recipe:
        section = self.sections.get(name, "testenv")
        ignores = self.flag(name, "ignore_outcome")
        folder = self.plain(name, "change_dir", "changedir")
        lines = [
            line
            for key in ("commands_pre", "commands", "commands_post")
            for line in self.lines(name, self.option(name, key), ignores)
        ]
        return self.recipe(name, self.ini.span(section), lines, folder, self.variables(name))

    def option(self, name: str, *keys: str) -> Option | None:
        own = self.sections.get(name)
        found = self.ini.option(own, *keys) if own is not None else None
        return found if found is not None else self.ini.option("testenv", *keys)

    def flag(self, name: str, key: str) -> bool:
        option = self.option(name, key)
        pieces = self.applicable(name, option) if option is not None else []
        return bool(pieces) and pieces[-1].text.lower() in ("true", "1", "yes", "on")

    def plain(self, name: str, *keys: str) -> str:
        option = self.option(name, *keys)
        pieces = self.applicable(name, option) if option is not None else []
        if not pieces:
            return ""
        value = "".join(chunk.text for chunk in self.substituted(pieces[0], name, 0))
        return value if UNKNOWN not in value and "$" not in value else ""

    def variables(self, name: str) -> dict[str, str]:
        option = self.option(name, "set_env", "setenv")
        found: dict[str, str] = {}
        for piece in self.applicable(name, option) if option is not None else []:
            key, equals, _ = piece.text.partition("=")
            value = "".join(chunk.text for chunk in self.substituted(piece, name, 0)).partition("=")[2].strip()
            if equals and UNKNOWN not in value and "$" not in value:
                found[key.strip()] = value
        return found

    def applicable(self, name: str, option: Option) -> list[Piece]:
        """The lines of a value that hold for the factors of an environment."""
        factors = set(name.split("-"))
        kept: list[Piece] = []
        for piece in option.pieces:
            if self.spent():
                break
            text, start = piece.text, piece.start
            found = _FACTOR.match(text)
            if found is not None and all(part.strip() for part in found[1].split(",")):
                if not _holds(found[1], factors):
                    continue
                text, start = (found[2] or ""), start + (found.start(2) if found[2] is not None else len(text))
            text = _COMMENT.sub("", text).rstrip()
            if text:
                kept.append(Piece(text, start))
        return kept

    def lines(self, name: str, option: Option | None, ignores: bool, depth: int = 0) -> Iterator[RecipeLine]:
        waiting: list[Chunk] = []
        for piece in self.applicable(name, option) if option is not None else []:
            whole = _reference(piece.text)
            if whole is not None:
                section, key = whole
                if depth < _MAX_DEPTH:
                    yield from self.lines(name, self.ini.option(section, key), ignores, depth + 1)
                continue
            continued = piece.text.endswith("\\")
            if continued:
                piece = Piece(piece.text[:-1].rstrip(), piece.start)
            if waiting:
                waiting.append(Chunk(" ", piece.start, False))
            waiting.extend(self.substituted(piece, name, 0))
            if continued:
                continue
            line = _line(self.ini.file, waiting, ignores)
            waiting = []
            if line is not None:
                yield line

    def substituted(self, piece: Piece, name: str, depth: int) -> list[Chunk]:
        """A line with ``{...}`` replaced."""
        made: list[Chunk] = []
        position = 0
        for start, end in _braces(piece.text):
            if start > position:
                made.append(Chunk(piece.text[position:start], piece.start + position))
            value = self.substitution(piece.text[start + 1 : end - 1], name, depth)
            if value:
                made.append(Chunk(value, piece.start + start, False))
            position = end
        if position < len(piece.text):
            made.append(Chunk(piece.text[position:], piece.start + position))
        return made

    def substitution(self, inner: str, name: str, depth: int) -> str:
        if depth > _MAX_DEPTH or self.spent():
            return UNKNOWN
        head, _, rest = inner.partition(":")
        if head == "posargs":
            return self.flat(rest, name, depth)
        if head == "env":
            variable, _, default = rest.partition(":")
            return f"${{{variable}}}" if self.context.inherits(variable) else self.flat(default, name, depth)
        if head == "tty":
            return self.flat(rest.partition(":")[2], name, depth)
        if inner in ("/", ":"):
            return inner
        if head in _HERE:
            return "."
        if head in _INTERPRETER:
            return "python"
        if head in ("envname", "env_name"):
            return name
        if inner.startswith("["):
            section, _, key = inner[1:].partition("]")
            option = self.ini.option(section, key.lower())
        else:
            option = self.option(name, inner.lower())
        if option is None:
            return UNKNOWN
        value = " ".join(self.flat(piece.text, name, depth + 1) for piece in self.applicable(name, option))
        return value if len(value) <= _MAX_VALUE else UNKNOWN

    def flat(self, text: str, name: str, depth: int) -> str:
        return "".join(chunk.text for chunk in self.substituted(Piece(text, 0), name, depth + 1))


@record(frozen=False)
class _TomlTox(_Tox):
    toml: Toml
    base: tuple[str, ...]

    def recipes(self) -> tuple[Recipe, ...]:
        names = [name for name in self.toml.strings(*self.base, "env_list") if name]
        own = [name for name in self.toml.table(*self.base, "env") if name not in names]
        everything = dict.fromkeys((*names, *own, *self.asked((*names, *own)), "py"))
        made = [self.environment(name) for name in list(everything)[:_MAX_ENVIRONMENTS]]
        return (*made, self.default(self.toml.span(*self.base, "env_list"), names))

    def where(self, name: str, key: str) -> tuple[str, ...]:
        own = (*self.base, "env", name, key)
        return own if self.toml.value(*own) is not None else (*self.base, "env_run_base", key)

    def environment(self, name: str) -> Recipe:
        own = (*self.base, "env", name)
        span = self.toml.span(*(own if self.toml.table(*own) else (*self.base, "env_run_base")))
        ignores = self.toml.value(*self.where(name, "ignore_outcome")) is True
        lines = [
            line
            for key in ("commands_pre", "commands", "commands_post")
            for line in self.lines(self.where(name, key), ignores)
        ]
        folder = self.toml.string(*self.where(name, "change_dir")) or ""
        variables = {
            key: value
            for key, value in self.toml.table(*self.where(name, "set_env")).items()
            if isinstance(value, str) and "{" not in value
        }
        return self.recipe(name, span, lines, "" if "{" in folder else folder, variables)

    def lines(self, path: tuple[str | int, ...], ignores: bool) -> Iterator[RecipeLine]:
        commands = self.toml.value(*path)
        for number, command in enumerate(commands if isinstance(commands, list) else []):
            place = (*path, number)
            if isinstance(command, dict):
                target = command.get("of")
                if command.get("replace") == "ref" and isinstance(target, list) and target[:1] != ["tool"]:
                    where = (*self.base, *(part for part in target if isinstance(part, str)))
                    if where != path and len(where) < _MAX_DEPTH and self.toml.value(*where) is not None:
                        yield from self.plain_lines(where, ignores)
                continue
            line = self.line(place, command, ignores)
            if line is not None:
                yield line

    def plain_lines(self, path: tuple[str | int, ...], ignores: bool) -> Iterator[RecipeLine]:
        commands = self.toml.value(*path)
        for number, command in enumerate(commands if isinstance(commands, list) else []):
            line = self.line((*path, number), command, ignores) if isinstance(command, list) else None
            if line is not None:
                yield line

    def line(self, place: tuple[str | int, ...], command: object, ignores: bool) -> RecipeLine | None:
        words: list[str] = []
        for item in command if isinstance(command, list) else []:
            if isinstance(item, str):
                words.append(_toml_word(item))
            elif isinstance(item, dict):
                default = item.get("default", []) if item.get("replace") == "posargs" else [UNKNOWN]
                found = default if isinstance(default, list) else [default]
                words.extend(_toml_word(word) for word in found if isinstance(word, str))
        start, end = self.toml.places.get(place, (0, 0))
        chunks = [Chunk(" ".join(quote(word) for word in words), start, False)]
        return _line(self.toml.file, chunks, ignores, (start, end)) if words else None


def _toml_word(word: str) -> str:
    """A word in which ``{...}`` is replaced as far as it is known."""
    pieces: list[str] = []
    position = 0
    for start, end in _braces(word):
        inner = word[start + 1 : end - 1]
        known = "." if inner in _HERE else "python" if inner in _INTERPRETER else UNKNOWN
        pieces += (word[position:start], known)
        position = end
    return "".join((*pieces, word[position:]))


def _line(
    file: FileText, chunks: list[Chunk], ignores: bool, extent: tuple[int, int] | None = None
) -> RecipeLine | None:
    """A command for the shell: its prefix taken off, everything special to a shell quoted."""
    left = list(chunks)
    negated = False
    while left:
        text, start, exact = left[0]
        stripped = text.lstrip()
        if stripped.startswith(("- ", "! ")) or stripped in ("-", "!"):
            ignores = ignores or stripped[0] == "-"
            negated = negated or stripped[0] == "!"
            stripped = stripped[1:].lstrip()
        elif not stripped or stripped == text:
            if stripped:
                break
            left.pop(0)
            continue
        left[0] = Chunk(stripped, start + (len(text) - len(stripped) if exact else 0), exact)
    written = "".join(chunk.text for chunk in left)
    if not written.strip():
        return None
    first = left[0].start
    last = extent[1] if extent is not None else left[-1].start + (len(left[-1].text) if left[-1].exact else 0)
    if _SPECIAL.search(written.replace(UNKNOWN, "")) and extent is None:
        try:
            words = shlex.split(written)
        except ValueError:
            words = written.split()
        left = [Chunk(" ".join(_quoted(word) for word in words), first, False)]
    if negated:
        left = [Chunk("! ", first, False), *left]
    return plain_line(file.compose(left, first, max(first, last)), ignores_errors=ignores)


def _quoted(word: str) -> str:
    """A word quoted, apart from the variables that stand for values of the environment."""
    if word.startswith("${") and word.endswith("}") and word[2:-1].isidentifier():
        return word
    return quote(word)


def _holds(expression: str, factors: set[str]) -> bool:
    """``a,b`` is or, ``a-b`` is and, ``!a`` is not (tox documentation, "Factors and factor-conditional settings")."""
    for option in _expanded(expression):
        parts = [part.strip() for part in option.split("-")]
        if all((part[1:] not in factors) if part.startswith("!") else (part in factors) for part in parts):
            return True
    return False


def _reference(text: str) -> tuple[str, str] | None:
    """(section, key) when the whole line is ``{[section]key}``."""
    found = re.fullmatch(r"\{\[([^\]]+)\](\w+)\}", text)
    return (found[1], found[2].lower()) if found is not None else None


def _braces(text: str) -> list[tuple[int, int]]:
    """The outermost ``{...}`` of a text."""
    found: list[tuple[int, int]] = []
    depth = start = 0
    for position, char in enumerate(text):
        if char in "{}" and position and text[position - 1] == "\\":
            continue
        if char == "{":
            start = position if depth == 0 else start
            depth += 1
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                found.append((start, position + 1))
    return found


def _expanded(text: str) -> Iterator[str]:
    """Names of a list such as ``py{311,312}-{unit,e2e}, lint`` without braces."""
    depth = 0
    current = ""
    for char in f"{text},":
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        if char in ",\n" and depth <= 0:
            if current.strip():
                yield from _products(current.strip())
            current = ""
        else:
            current += char


def _products(name: str) -> list[str]:
    made = [""]
    position = 0
    for start, end in _braces(name):
        options = [option.strip() for option in name[start + 1 : end - 1].split(",")]
        made = [left + name[position:start] + option for left in made for option in options][:MAX_RECIPES]
        position = end
    return [left + name[position:] for left in made]
