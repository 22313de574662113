"""The repository around the pipelines, as far as the pipelines reach it.

The commands of all steps are read; the task runners and scripts they name are read in turn, and so on to a
depth of six.  Tests and settings are read when a check asks for them; nothing else of the repository is opened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from gradeline.model.pipeline import Shell
from gradeline.model.project import Project, Recipe, ScriptFile, Settings, TestFunction, recipe_key
from gradeline.readers.project_reach import Mentions, mentions
from gradeline.readers.project_source import Context, FileText, Loaded, folder_of, is_shell, join, parents, shell_of
from gradeline.records import field, record, replace
from gradeline.source import Diagnostic, SourceFile

if TYPE_CHECKING:
    from gradeline.model.code import Codebase
    from gradeline.readers.project_tests import Conventions

MAX_DEPTH = 6
MAX_TEXTS = 3000
MAX_CHARACTERS = 4 * 1024 * 1024
MAX_FOLDERS = 40

# These look for their file in the folders above the one they are started in, too.
_LOOK_UP = frozenset({"hatch", "just", "mise", "npm", "pdm", "pipenv", "pixi", "poe", "rye", "task", "tox"})
_PYTHON = ("python", "pypy")
_SHELL_ENDINGS = (".bash", ".ksh", ".sh", ".zsh")


def read_project(
    paths: Iterable[str],
    read: Callable[[str], SourceFile | None],
    texts: Iterable[tuple[str, str | None]],
    environment: Iterable[str] = (),
    code: Callable[[], Codebase] | None = None,
) -> Project:
    """The project around the scripts of a pipeline.

    ``texts`` are (script, working directory or None) of all steps; ``environment`` the names of the
    variables that the pipelines bind, which a Makefile may then take from there.  ``code`` gives the Python files,
    so that each is parsed once.
    """
    seen: dict[str, SourceFile] = {}

    def remembered(path: str) -> SourceFile | None:
        if path not in seen:
            source = read(path)
            if source is None:
                return None
            seen[path] = source
        return seen[path]

    known = tuple(sorted(dict.fromkeys(paths)))
    search = _Search(Context(known, remembered, frozenset(environment)))
    search.run([(text, join(folder) if folder and "${{" not in folder else "") for text, folder in texts])
    return Project(
        paths=known,
        recipes=search.recipes,
        scripts=search.scripts,
        files={path: seen[path] for path in sorted(seen)},
        reached=tuple(search.diagnostics),
        surroundings=_Surroundings(search.context, code),
    )


def read_commands(
    paths: Iterable[str], read: Callable[[str], SourceFile | None], texts: Iterable[tuple[str, str]]
) -> tuple[dict[tuple[str, str], Recipe], dict[str, ScriptFile]]:
    """The tasks and scripts that some commands lead to, and nothing else of the repository.

    ``texts`` are (script, folder of the repository it is started in).
    """
    search = _Search(Context(tuple(sorted(dict.fromkeys(paths))), read, frozenset()))
    search.run(list(texts))
    return search.recipes, search.scripts


class _Surroundings:
    """Satisfies ``gradeline.model.project.Surroundings``.

    Most exercises ask for neither tests nor settings.  Their readers and files cost 11 ms of a cold start of
    135 ms (``tomllib``, ``ast``, 30 patterns, every test file), so both are imported and read on demand.
    """

    def __init__(self, context: Context, code: Callable[[], Codebase] | None = None) -> None:
        self._context = context
        self._code = code
        self._found: list[Diagnostic] = []

    @cached_property
    def _settings(self) -> tuple[Settings, Conventions]:
        from gradeline.readers.project_settings import read_settings

        settings, conventions, problems = read_settings(self._context)
        self._found += problems
        return settings, conventions

    @property
    def settings(self) -> Settings:
        return self._settings[0]

    @cached_property
    def tests(self) -> tuple[TestFunction, ...]:
        from gradeline.readers.project_tests import read_tests

        if self._code is None:
            from gradeline.readers.python import read_code

            code = read_code(self._context.paths, self._context.read)
        else:
            code = self._code()
        tests, unread = read_tests(self._context.paths, code, self._settings[1])
        self._found += unread
        return tests

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(self._found)


@record(frozen=False)
class _Search:
    context: Context
    recipes: dict[tuple[str, str], Recipe] = field(default_factory=dict)
    scripts: dict[str, ScriptFile] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    looked_at: set[tuple[str, str, str]] = field(default_factory=set)
    waiting: deque[tuple[str, str, int]] = field(default_factory=deque)
    queued: set[tuple[str, str]] = field(default_factory=set)
    characters: int = 0
    known: dict[str, Mentions] = field(default_factory=dict)

    def mentioned(self, text: str) -> Mentions:
        """What a text mentions; jobs often share their texts, and every text of a step is looked at twice."""
        if text not in self.known:
            self.known[text] = mentions(text)
        return self.known[text]

    def run(self, texts: list[tuple[str, str]]) -> None:
        first = [self.mentioned(text) for text, _ in texts]
        self.context = replace(
            self.context,
            environment=self.context.environment.union(*(one.names for one in first)),
            overrides=frozenset().union(*(one.overrides for one in first)),
            words=frozenset().union(*(one.words for one in first)),
        )
        for text, folder in texts:
            self.queue(text, folder, 0)
        while self.waiting:
            text, folder, depth = self.waiting.popleft()
            self.follow(self.mentioned(text), folder, depth)

    def queue(self, text: str, folder: str, depth: int) -> None:
        fits = len(self.queued) < MAX_TEXTS and self.characters + len(text) <= MAX_CHARACTERS
        if depth <= MAX_DEPTH and fits and (text, folder) not in self.queued:
            self.queued.add((text, folder))
            self.characters += len(text)
            self.waiting.append((text, folder, depth))

    def follow(self, found: Mentions, folder: str, depth: int) -> None:
        """Read what one text names, and put the commands found there in line."""
        inside = (join(folder, path) for path in dict.fromkeys(found.folders))
        folders = [folder, *(path for path in dict.fromkeys(inside) if path in self.context.folders and path != folder)]
        del folders[MAX_FOLDERS:]
        new_words = found.words - self.context.words
        if new_words:
            self.context = replace(self.context, words=self.context.words | new_words)
        for runner in sorted(found.runners):
            for place in folders:
                for file in ("", *dict.fromkeys(found.files)):
                    self.runner(runner, place, file, depth, runner == "tox" and bool(new_words))
        for path in dict.fromkeys(found.scripts):
            for place in folders:
                self.script(join(place, path), place, depth, path in found.interpreted)

    # -- runners ---------------------------------------------------------------------------------

    def runner(self, runner: str, folder: str, file: str, depth: int, again: bool) -> None:
        """Read the tasks of a runner started in ``folder``, with its default file or with ``file``."""
        asked = "" if runner == "pre-commit" and not file else folder
        if (runner, asked, file) in self.looked_at and not again:
            return
        self.looked_at.add((runner, asked, file))
        if file and join(asked, file) not in self.context.files:
            return
        for place in parents(asked) if runner in _LOOK_UP and not file else (asked,):
            loaded = _load(runner, self.context, place, file)
            if loaded is not None:
                self.diagnostics.extend(loaded.diagnostics)
                for recipe in loaded.recipes:
                    self.register(recipe, runner, asked, place, file, depth)
                return

    def register(self, recipe: Recipe, runner: str, asked: str, place: str, file: str, depth: int) -> None:
        """Enter a task under the name by which it is asked for from the folder ``asked``."""
        key = recipe_key(runner, recipe.name, asked, file)
        needs = tuple(recipe_key(runner, need, asked, file)[1] for need in recipe.needs)
        # Most runners work in the folder of their file; make and nox in the one they are started in.
        home = folder_of(join(place, file)) if file and runner in ("just", "task", "tox") else place
        folder = join(home, recipe.directory) if recipe.directory else home
        directory = "" if folder == asked and not folder else folder or "."
        self.recipes[key] = replace(recipe, name=key[1], needs=needs, directory=directory)
        for line in recipe.lines:
            self.queue(line.text.raw, folder, depth + 1)

    # -- scripts ---------------------------------------------------------------------------------

    def script(self, path: str, folder: str, depth: int, interpreted: bool) -> None:
        if path in self.scripts or path not in self.context.files:
            return
        file = self.context.file(path)
        script = read_script(file, interpreted) if file is not None else None
        if script is not None:
            self.scripts[path] = script
            self.queue(script.text.raw, folder, depth + 1)


def _load(runner: str, context: Context, folder: str, file: str) -> Loaded | None:
    """The tasks of a runner's file; its reader is imported when a pipeline first needs it."""
    if runner == "make":
        from gradeline.readers.project_make import load_make

        return load_make(context, folder, file)
    if runner == "pre-commit":
        from gradeline.readers.project_precommit import load_precommit

        return load_precommit(context, folder, file)
    if runner == "tox":
        from gradeline.readers.project_tox import load_tox

        return load_tox(context, folder, file)
    if runner == "nox":
        from gradeline.readers.project_nox import load_nox

        return load_nox(context, folder, file)
    if runner == "just":
        from gradeline.readers.project_just import load_just

        return load_just(context, folder, file)
    if runner == "task":
        from gradeline.readers.project_taskfile import load_task

        return load_task(context, folder, file)
    if runner == "mise":
        from gradeline.readers.project_mise import load_mise

        return load_mise(context, folder, file)
    from gradeline.readers.project_scripts import load_npm, load_toml_scripts

    return load_npm(context, folder, file) if runner == "npm" else load_toml_scripts(context, runner, folder, file)


def read_script(file: FileText, interpreted: bool) -> ScriptFile | None:
    """A shell script, or the commands a Python script starts; None for a file that is neither.

    The first line decides with which program and options a script runs when it is called by its path.
    Without ``#!`` a plain ``sh`` runs it; that it is a script is then only known from its name, or from being
    ``interpreted``: given to a shell by name.
    """
    from gradeline.readers.project_python_commands import read_python_script

    path = file.source.path
    first = file.source.line(1)
    if not first.startswith("#!"):
        name = path.rpartition("/")[2]
        if name.endswith(".py"):
            return read_python_script(file)
        if not name.endswith(_SHELL_ENDINGS) and (not interpreted or "." in name):
            return None
        return ScriptFile(path, file.slice(0, len(file.text)), Shell("sh", False, False))
    shell = shell_of(first[2:].split())
    if shell.program.startswith(_PYTHON):
        return read_python_script(file)
    return ScriptFile(path, file.slice(0, len(file.text)), shell) if is_shell(shell) else None
