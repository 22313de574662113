"""Which Python files of a submission are started, how, and what the gates among them decide."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gradeline.facts.gate_bounds import names_of
from gradeline.facts.gate_experiment import Start
from gradeline.facts.gate_runs import Decision, Gate
from gradeline.facts.gate_values import Const, constants
from gradeline.facts.programs import WRITTEN
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.code import Module
from gradeline.model.project import Project

if TYPE_CHECKING:
    from gradeline.facts.activities import Activity
    from gradeline.facts.case import Case

MAX_SCRIPTS = 12


def started_by(project: Project, words: tuple[str, ...], directory: str) -> Start | None:
    """The Python file of the repository that a command starts; None for other commands."""
    from gradeline.facts.programs import started_file

    found = started_file(words, directory, project)
    if found is None or not found[0].endswith(".py"):
        return None
    path, arguments = found
    module = project.code.modules.get(path)
    if module is None:
        return None
    known = tuple(None if word is None or HIDDEN in word else word for word in arguments)
    first = words[1 : len(words) - len(arguments)]
    optimized = any(word in ("-O", "-OO") for word in first)
    return Start(module, known, directory, optimized=optimized)


def has_start(module: Module) -> bool:
    """Whether a file does something when it is started: it asks for its own name, or works outside of functions."""
    for node in module.tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
            left = node.test.left
            if isinstance(left, ast.Name) and left.id == "__name__":
                return True
    if module.path.startswith("src/") or module.path.endswith("__init__.py"):
        return False
    return any(
        isinstance(node, ast.If | ast.Assert | ast.With | ast.For | ast.Try)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        for node in module.tree.body
    )


def produced(case: Case) -> frozenset[str]:
    """Files that stages of the data pipeline or other commands make: what is committed there is replaced."""
    found = set(made_by_stages(case.project))
    for facts in case.pipelines:
        for item in facts.activities:
            found |= _written_by(case, item)
    return frozenset(found)


def made_by_stages(project: Project) -> Iterator[str]:
    """Files that stages of the data pipeline make."""
    return (one.path for stage in project.data.stages for one in stage.products)


def _written_by(case: Case, item: Activity) -> set[str]:
    if item.invocation is None:
        return set()
    words = item.invocation.words
    if item.readings_of(("evaluate", "train")):
        return {word.removeprefix("./") for word in words[2:] if "." in word and HIDDEN not in word}
    for position, word in enumerate(words[:-1]):
        if (
            word in ("--out", "--output", "-o", "--output-file", "--out-file", "--report")
            and HIDDEN not in words[position + 1]
        ):
            return {words[position + 1].removeprefix("./")}
    return {word.partition("=")[2] for word in words if word.startswith(("--out=", "--output=", "--report="))}


def gates(case: Case, patterns: Iterable[str] | None = None, started: bool = False) -> tuple[Gate, ...]:
    """The scripts to ask: those that the pipelines start, and without any, all that can be started.
    ``patterns`` keeps those whose path matches one of them; ``started``: where there are pipelines, only theirs."""
    wanted = tuple(one for one in patterns or () if one.endswith(".py"))
    made = produced(case)
    programs = {path for path, one in case.toolbox.programs.items() if not WRITTEN & one.classes}
    found: dict[tuple[str, object], Start] = {}
    for facts in case.select([one for one in patterns or () if not one.endswith(".py")]):
        for item in facts.activities:
            if item.invocation is None:
                continue
            start = started_by(case.project, item.invocation.words, item.invocation.directory)
            if start is not None and start.module.path not in programs:
                found.setdefault((start.module.path, start.arguments), start)
    kept = [start for start in found.values() if _matches(start.module.path, wanted)]
    if not kept and not (started and case.pipelines):
        kept = [Start(module) for module in _startable(case, wanted) if module.path not in programs]
    return tuple(Gate(case.code, case.project.documents, start, made) for start in kept[:MAX_SCRIPTS])


def _matches(path: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or any(fnmatchcase(path, pattern) for pattern in wanted)


def _startable(case: Case, wanted: tuple[str, ...]) -> Iterator[Module]:
    for path in case.project.paths:
        if path.endswith(".py") and _matches(path, wanted) and not path.startswith(("tests/", "test/")):
            module = case.code.modules.get(path)
            if module is not None and has_start(module):
                yield module


def outside_bounds(decision: Decision) -> tuple[Const, ...]:
    """The numbers of a comparison's bound: those that were written or read."""
    return tuple(
        one
        for one in constants(decision.compared.left, decision.compared.right)
        if isinstance(one.data, int | float) and not isinstance(one.data, bool)
    )


def goes_by(decision: Decision, names: Iterable[str]) -> bool:
    """Whether the number that is judged has one of the names."""
    known = {_plain(one) for one in names_of(decision.compared, decision.leaf)}
    return any(_plain(name) in known for name in names)


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "").replace("@", "")


def is_model_gate(project: Project, words: tuple[str, ...], directory: str) -> bool | None:
    """Whether a command starts a script whose exit status is decided by numbers; None when that cannot be told."""
    start = started_by(project, words, directory)
    if start is None or not _may_decide(project, start.module):
        return False
    gate = Gate(project.code, project.documents, start, frozenset(made_by_stages(project)))
    if gate.good is None:
        return None if gate.lost is not None else False
    if any(one.blocks and one.measured and one.worse is not None and one.worse.status != 0 for one in gate.decisions):
        return True
    return None if gate.lost is not None and gate.decisions else False


def decides_inline(words: tuple[str, ...]) -> bool:
    """Whether ``python -c`` is given code that compares numbers of a JSON file and may end with a failure for it."""
    if "-c" not in words[:-1] or HIDDEN in words[words.index("-c") + 1]:
        return False
    try:
        tree = ast.parse(words[words.index("-c") + 1])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    nodes = list(ast.walk(tree))
    reads = any(isinstance(node, ast.Constant) and str(node.value).endswith(".json") for node in nodes)
    compares = any(isinstance(node, ast.Compare) for node in nodes)
    ends = any(
        isinstance(node, ast.Assert | ast.Raise) or (isinstance(node, ast.Call) and _ends(node.func)) for node in nodes
    )
    return reads and compares and ends


def _ends(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in ("exit", "_exit")
    return isinstance(function, ast.Name) and function.id in ("exit", "quit", "SystemExit")


def is_data_gate(project: Project, words: tuple[str, ...], directory: str) -> bool | None:
    """Whether a command starts a script that new data ends with a failure when it breaks what the script demands of
    it; None when that cannot be told."""
    start = started_by(project, words, directory)
    if start is None or not _reads_tables(start.module) or not _may_decide(project, start.module):
        return False
    from gradeline.facts.data_contracts import demands

    gate = Gate(project.code, project.documents, start)
    if gate.good is None or any(one.call.endswith(_MODELS) for one in gate.good[1].calls):
        return False
    found = [one for one in demands(gate) if not one.idle and one.kind in ("schema", "quality")]
    if any(one.blocks for one in found):
        return True
    return None if found and (gate.lost is not None or any(one.blocks is None for one in found)) else False


_CONTRACTS = frozenset({"pandera", "great_expectations", "soda", "frictionless", "jsonschema", "pandas", "polars"})
_MODELS = (".fit", ".predict", ".predict_proba", "_score", ".MetricFrame")  # a script about models is no data check


def _reads_tables(module: Module) -> bool:
    """A quick look: the file uses a library for tables or for contracts."""
    return any(name.partition(".")[0] in _CONTRACTS for name in module.imports.values())


def _may_decide(project: Project, module: Module) -> bool:
    """A quick look: somewhere in the file, or in what it imports from the repository, something ends the program."""
    todo, seen = [module], {module.path}
    while todo and len(seen) < 12:
        one = todo.pop()
        for node in ast.walk(one.tree):
            if isinstance(node, ast.Raise | ast.Assert):
                return True
            if isinstance(node, ast.Call) and one.full(node.func) in (
                "sys.exit", "exit", "quit", "os._exit", "mlflow.validate_evaluation_results"
            ):  # fmt: skip
                return True
        for name in one.imports.values():
            inner = project.code.module(name, one) or project.code.module(name.rpartition(".")[0] or name, one)
            if inner is not None and inner.path not in seen:
                seen.add(inner.path)
                todo.append(inner)
    return False
