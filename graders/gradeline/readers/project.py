"""The repository around the pipelines: only the runners and scripts that their commands reach.

Commands are found on the shell trees of the steps.  A word that names a task runner, or a script of the
repository, leads to its file; what that file runs is looked at in the same way, six levels deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from gradeline.model.pipeline import Shell
from gradeline.model.project import Project, Recipe, ScriptFile, recipe_key
from gradeline.readers.project_settings import read_settings
from gradeline.readers.project_source import Context, FileText, Loaded, folder_of, join, shell_of
from gradeline.readers.project_tests import read_tests
from gradeline.source import Diagnostic, SourceFile
from gradeline.syntax import shell_nodes as sh

MAX_LEVELS = 6
MAX_COMMANDS = 4_000

# The program that starts a runner, the runner, and the module and function that read its file.
_RUNNERS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(("make", "gmake"), ("make", "project_make", "load_make")),
    "just": ("just", "project_just", "load_just"),
    **dict.fromkeys(("task", "go-task"), ("task", "project_taskfile", "load_task")),
    "tox": ("tox", "project_tox", "load_tox"),
    "nox": ("nox", "project_nox", "load_nox"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), ("npm", "project_scripts", "load_npm")),
    "pre-commit": ("pre-commit", "project_precommit", "load_precommit"),
}
_SCRIPTED = ("hatch", "pdm", "rye", "poe", "pixi", "pipenv")
_FILE_OPTIONS = ("-f", "--file", "--makefile", "-C", "--directory", "--config", "-c")


def read_project(
    paths: tuple[str, ...],
    read: Callable[[str], SourceFile | None],
    texts: Iterable[tuple[str, str | None]],
) -> Project:
    """What the scripts in ``texts`` (with the folder each runs in) need of the repository."""
    commands = [(words, join(folder or "")) for raw, folder in texts for words in _commands(raw)]
    context = Context(paths, read, words=frozenset(word for words, _ in commands for word in words))
    finder = _Finder(context)
    for _ in range(MAX_LEVELS):
        if not commands:
            break
        commands = finder.follow(commands)
    settings, conventions, noted = read_settings(context)
    tests, unread = read_tests(context, conventions)
    lock_files = [word for word in finder.words if word in context.files and _is_requirements(word)]
    for path in dict.fromkeys(lock_files):
        read(path)
    return Project(
        paths=paths,
        recipes=finder.recipes,
        scripts=finder.scripts,
        tests=tests,
        settings=settings,
        diagnostics=(*finder.diagnostics, *noted, *unread),
    )


def _is_requirements(path: str) -> bool:
    return path.endswith((".txt", ".lock", ".in", ".toml"))


class _Finder:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.recipes: dict[tuple[str, str], Recipe] = {}
        self.scripts: dict[str, ScriptFile] = {}
        self.diagnostics: list[Diagnostic] = []
        self.words: list[str] = []
        self._loaded: set[tuple[str, str, str]] = set()

    def follow(self, commands: list[tuple[list[str], str]]) -> list[tuple[list[str], str]]:
        """Read what the commands lead to; gives the commands found there."""
        found: list[tuple[list[str], str]] = []
        for words, folder in commands[:MAX_COMMANDS]:
            self.words.extend(join(folder, word.removeprefix("-r")) for word in words if not word.startswith("/"))
            for place, word in enumerate(words):
                program = word.rpartition("/")[2].partition("==")[0].partition("@")[0]
                if program in _RUNNERS:
                    runner, module, function = _RUNNERS[program]
                    found.extend(self._runner(runner, module, function, words[place + 1 :], folder))
                elif program in _SCRIPTED:
                    found.extend(
                        self._runner(program, "project_scripts", "load_toml_scripts", words[place + 1 :], folder)
                    )
                found.extend(self._script(join(folder, word)))
        return found

    def _runner(
        self, runner: str, module: str, function: str, words: list[str], folder: str
    ) -> Iterator[tuple[list[str], str]]:
        directory, file = _where(words)
        wanted = (runner, join(folder, directory), file)
        if wanted in self._loaded:
            return
        self._loaded.add(wanted)
        load = getattr(import_module(f"gradeline.readers.{module}"), function)
        arguments = (runner, wanted[1], file) if function == "load_toml_scripts" else (wanted[1], file)
        loaded: Loaded | None = load(self.context, *arguments)
        if loaded is None:
            return
        self.diagnostics.extend(loaded.diagnostics)
        for recipe in loaded.recipes:
            key = recipe_key(runner, recipe.name, wanted[1], file)
            self.recipes[key] = recipe
            where = recipe.directory or wanted[1]
            for line in recipe.lines:
                yield from ((words, where) for words in _commands(line.text.raw))

    def _script(self, path: str) -> Iterator[tuple[list[str], str]]:
        if path in self.scripts or path not in self.context.files:
            return
        file = self.context.file(path)
        script = _read_script(file) if file is not None else None
        if script is None:
            return
        self.scripts[path] = script
        yield from ((words, "") for words in _commands(script.text.raw))


def _where(words: list[str]) -> tuple[str, str]:
    """The folder and the file that the options of a runner name."""
    directory = file = ""
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name not in _FILE_OPTIONS:
            continue
        value = value if equals else (words[place + 1] if place + 1 < len(words) else "")
        if name in ("-C", "--directory"):
            directory = value
        else:
            file = value
    return directory, file


def _read_script(file: FileText) -> ScriptFile | None:
    """A script by its first line, or by its name when it has none that says."""
    path, first = file.source.path, file.source.line(1)
    if path.endswith(".py") or (first.startswith("#!") and "python" in first):
        from gradeline.readers.project_python import read_python_script

        return read_python_script(file)
    if first.startswith("#!"):
        shell = shell_of(first[2:].split())
        if shell.program not in ("bash", "sh", "dash", "ksh", "zsh"):
            return None
    elif path.endswith((".sh", ".bash")):
        shell = Shell("sh", False, False)
    else:
        return None
    return ScriptFile(path, file.slice(0, len(file.text)), Shell("bash", shell.errexit, shell.pipefail))


def _commands(raw: str) -> Iterator[list[str]]:
    """The literal words of every simple command of a script, wherever it stands in the tree."""
    from gradeline.syntax.shell import parse

    todo: list[object] = [parse(raw).body]
    while todo:
        node = todo.pop()
        if isinstance(node, sh.Simple):
            words = [_literal(word) for word in node.words]
            if words:
                yield words
            for place, word in enumerate(words):
                if word == "-c" and place + 1 < len(words):
                    yield from _commands(words[place + 1])
            todo.extend(redirect.body for redirect in node.redirects if redirect.body is not None)
            todo.extend(part.body for word in node.words for part in word.parts if isinstance(part, sh.Substitution))
        elif isinstance(node, sh.Word):
            text = _literal(node)
            if "\n" in text:
                yield from _commands(text)
        elif isinstance(node, sh.Sequence):
            todo.extend(item.node for item in node.items)
        elif isinstance(node, sh.AndOr):
            todo.extend((node.left, node.right))
        elif isinstance(node, sh.Pipeline):
            todo.extend(node.commands)
        elif isinstance(node, sh.If):
            todo.extend(part for branch in node.branches for part in branch)
            todo.append(node.otherwise)
        elif isinstance(node, sh.While):
            todo.extend((node.condition, node.body))
        elif isinstance(node, sh.Case):
            todo.extend(arm.body for arm in node.arms)
        elif isinstance(node, sh.Group | sh.For | sh.Function):
            todo.append(node.body)


def _literal(word: sh.Word) -> str:
    return "".join(part.text for part in word.parts if isinstance(part, sh.Piece))


__all__ = ["folder_of", "read_project"]
