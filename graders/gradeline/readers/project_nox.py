"""nox: the sessions of a noxfile as recipes, read from its syntax tree (Nox documentation, "Configuration & API").

A session stops at the first command that fails.  What is given after ``--`` is not known:
``session.posargs`` is empty.
"""

from __future__ import annotations

import ast

from gradeline.model.pipeline import Shell
from gradeline.model.project import Recipe
from gradeline.readers.project_python import Names, command_of, dotted, parse_python
from gradeline.readers.project_python_commands import CommandReader, Script
from gradeline.readers.project_source import MAX_RECIPES, UNKNOWN, Context, FileText, Loaded, join, plain_line, quote
from gradeline.source import Diagnostic

_STOPS = Shell("sh", True, False)
_RUNS = frozenset({"run", "run_always", "run_install"})
_DECORATORS = frozenset({"nox.session", "nox_poetry.session", "nox_uv.session"})


def load_nox(context: Context, directory: str, file: str) -> Loaded | None:
    """The noxfile of ``directory`` (or ``file`` in it), None when there is none."""
    found = context.file(join(directory, file or "noxfile.py"))
    if found is None:
        return None
    tree = parse_python(found.text)
    if tree is None:
        message = "This file is not valid Python, so its sessions are not known."
        diagnostic = Diagnostic("warning", "python-syntax", message, found.source.path, found.span(0, 0))
        return Loaded(found.source.path, (), (diagnostic,))
    return Loaded(found.source.path, _recipes(found, tree))


def _recipes(file: FileText, tree: ast.Module) -> tuple[Recipe, ...]:
    names = Names.of(tree)
    made: list[Recipe] = []
    defaults: list[str] = []
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or len(made) >= MAX_RECIPES:
            continue
        options = _session(node, names)
        if options is None:
            continue
        recipe = _recipe(file, node, names, options)
        made.append(recipe)
        pythons = names.words(options["python"]) if "python" in options else None
        made.extend(_renamed(recipe, version) for version in pythons or () if version != UNKNOWN)
        if not (isinstance(options.get("default"), ast.Constant) and not ast.literal_eval(options["default"])):
            defaults.append(recipe.name)
    chosen = _chosen(tree, names)
    needs = tuple(defaults if chosen is None else chosen)
    opaque = "which sessions run by default is computed" if UNKNOWN in needs else ""
    return (*made, Recipe("nox", "", file.span(0, 0), needs=() if opaque else needs, opaque=opaque))


def _renamed(recipe: Recipe, version: str) -> Recipe:
    return Recipe(recipe.runner, f"{recipe.name}-{version}", recipe.span, recipe.lines, python=version)


def _session(node: ast.FunctionDef, names: Names) -> dict[str, ast.expr] | None:
    """The arguments of ``@nox.session``, None for a function that is no session."""
    for decorator in node.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if names.full(function) not in _DECORATORS:
            continue
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
        options = {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
        if isinstance(decorator, ast.Call) and decorator.args:
            options.setdefault("python", decorator.args[0])
        if "py" in options:
            options.setdefault("python", options["py"])
        return options
    return None


def _chosen(tree: ast.Module, names: Names) -> list[str] | None:
    """``nox.options.sessions``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            names.full(target) == "nox.options.sessions" for target in node.targets
        ):
            return names.words(node.value) or [UNKNOWN]
    return None


def _recipe(file: FileText, node: ast.FunctionDef, names: Names, options: dict[str, ast.expr]) -> Recipe:
    script = Script(file)
    reader = CommandReader(names, script, lambda call: _call(call, names), "")
    opaque = ""
    try:
        reader.body(node.body)
    except RecursionError:
        opaque = "its function is nested too deeply"
    name = names.word(options["name"]) if "name" in options else node.name
    first = node.decorator_list[0] if node.decorator_list else node
    start = file.source.line(node.lineno)
    span = file.span(_offset(file, first.lineno), _offset(file, node.lineno) + len(start))
    lines = (plain_line(script.text(), _STOPS),) if script.lines and not opaque else ()
    asked = options.get("python")
    pythons = (names.words(asked) or [names.word(asked)]) if asked is not None else []
    python = pythons[0] if len(pythons) == 1 and pythons[0][:1].isdigit() else ""
    return Recipe("nox", name, span, lines, opaque=opaque, python=python)


def _offset(file: FileText, line: int) -> int:
    return sum(len(text) + 1 for text in file.text.split("\n")[: line - 1])


def _call(node: ast.Call, names: Names) -> str | None:
    """The shell text of a method of the session, None for other calls."""
    if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name):
        return None
    if dotted(node.func.value) in names.imports:
        return None
    method = node.func.attr
    given = names.words(ast.List(elts=node.args, ctx=ast.Load())) or []
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    if method in _RUNS and given:
        command = command_of(given)
        variables = keywords.get("env")
        if isinstance(variables, ast.Dict):
            pairs = zip(variables.keys, variables.values, strict=True)
            assigned = [f"{names.word(key)}={quote(names.word(value))}" for key, value in pairs if key is not None]
            command = " ".join((*(one for one in assigned if UNKNOWN not in one.partition("=")[0]), command))
        codes = keywords.get("success_codes")
        return f"{command} || true" if codes is not None and names.words(codes) != ["0"] else command
    if method == "install":
        return command_of(["python", "-m", "pip", "install", *given]) if given else None
    if method in ("conda_install", "uv_install"):
        return command_of([method.partition("_")[0], "install", *given])
    if method in ("chdir", "cd") and given:
        return f"\ncd {quote(given[0])}"
    if method == "notify" and given:
        return f"\nnox -s {quote(given[0])}"
    if method == "error":
        return "\nexit 1"
    return "\nexit 0" if method == "skip" else None
