"""Which steps of a data pipeline are not done again when nothing they depend on has changed, and what that rests on.

DVC documentation, "dvc.yaml" (deps, params, always_changed, frozen) and "dvc repro"; Argo Workflows documentation,
"Step Level Memoization" (outputs of the same key stand in for the work).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.reached_effects import performed
from gradeline.facts.registry import script_of
from gradeline.facts.scenarios import depends_on
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.code import Module
from gradeline.model.data import Stage
from gradeline.model.effects import CacheUse
from gradeline.model.pipeline import Unit
from gradeline.records import record
from gradeline.source import Span

RESULTS = "step-results"
_FILES = (".py", ".sh", ".yaml", ".yml", ".json", ".csv", ".parquet", ".toml", ".lock", ".txt", ".ipynb", ".R", ".sql")


@record
class Memory:
    """``kept``: an earlier result is used again.  ``missing`` is something the step depends on although its memory
    does not know it; then an old result is used although it should not be.  ``span`` is where to look."""

    kept: bool
    span: Span
    missing: str = ""
    switched_off: Literal["", "always", "never"] = ""


def stage_of(facts: PipelineFacts, unit: Unit) -> Stage | None:
    """The stage of the data's tool that a unit stands for."""
    if facts.pipeline.role != "data":
        return None
    # Stages that are repeated for several items stand at one place, but each has its own name.
    stages = facts.project.data.stages
    return next((stage for stage in stages if (stage.span, stage.name) == (unit.span, unit.title)), None)


def memory_of(facts: PipelineFacts, item: Activity) -> Memory:
    """What is remembered of the step that does this work."""
    stage = stage_of(facts, item.unit)
    if stage is not None:
        return _of_stage(facts, item, stage)
    for effect in performed(facts, CacheUse, item.unit):
        if effect.effect.subject == RESULTS:
            return _of_key(facts, item, effect.effect)
    return Memory(False, item.unit.span)


def _of_stage(facts: PipelineFacts, item: Activity, stage: Stage) -> Memory:
    if stage.always is not None:
        return Memory(False, stage.always, switched_off="always")
    if not stage.products and not stage.depends:
        return Memory(False, stage.span)  # without files there is nothing to compare, so it runs every time
    for path in used_files(facts, item):
        if not any(_covers(known.path, path) for known in stage.depends) and not any(
            _covers(product.path, path) or _covers(path, product.path) for product in stage.products
        ):
            if path in {parameter.file for parameter in stage.parameters}:
                continue
            return Memory(True, item.span, f"`{path}`, which it uses, is no dependency of {stage.name!r}")
    return Memory(True, stage.span)


def undeclared(facts: PipelineFacts, item: Activity) -> str:
    """What a stage's command uses or writes although the stage does not say so; empty when it says all.

    Files that the program brings in by itself count: the modules of the repository that it imports.
    """
    stage = stage_of(facts, item.unit)
    if stage is None or item.invocation is None:
        return ""
    depends = [known.path for known in stage.depends]
    said = [*depends, *(product.path for product in stage.products), *(one.file for one in stage.parameters)]
    script = script_of(facts, item)
    for path in (script, *_imported(facts, script)) if script is not None else ():
        if not any(_covers(known, path) for known in depends):
            return f"`{path}` is a part of its program, but no dependency"
    for word in item.invocation.words[1:]:
        text = word.partition("=")[2] if word.startswith("-") and "=" in word else word
        if not _is_path(text) or text.startswith("-"):
            continue
        path = join_path(item.invocation.directory, text)
        if path == script or any(_covers(known, path) or _covers(path, known) for known in said):
            continue
        what = "reads" if facts.project.has(path) else "reads or writes"
        return f"it {what} `{path}`, which is neither a dependency nor an output"
    return ""


def _is_path(word: str) -> bool:
    """Whether a word of a command can only be a path of the repository."""
    if HIDDEN in word or "://" in word or not word:
        return False
    return "/" in word.strip("/") or word.endswith(_FILES)


def _imported(facts: PipelineFacts, script: str) -> tuple[str, ...]:
    """The modules of the repository that a program imports, directly or through others."""
    code = facts.project.code
    first = code.modules.get(script)
    found: dict[str, None] = {}
    todo = [first] if first is not None else []
    while todo and len(found) < 50:
        module = todo.pop()
        for name in _asked_for(module):
            above = name.rpartition(".")[0]
            other = code.module(name, module) or (code.module(above, module) if above.strip(".") else None)
            if other is not None and other.path not in found and other.path != script:
                found[other.path] = None
                todo.append(other)
    return tuple(path for path in found if not path.endswith("/__init__.py"))


def _asked_for(module: Module) -> Iterator[str]:
    """Every name that a module imports, with the module it is taken from."""
    import ast

    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            dot = "" if base.endswith(".") or not base else "."
            yield from (f"{base}{dot}{alias.name}" for alias in node.names)


def _covers(folder: str, path: str) -> bool:
    return path == folder.rstrip("/") or path.startswith(folder.rstrip("/") + "/")


def used_files(facts: PipelineFacts, item: Activity) -> tuple[str, ...]:
    """Files of the repository, and files of other stages, that a command names."""
    if item.invocation is None:
        return ()
    found: list[str] = []
    script = script_of(facts, item)
    if script is not None:
        found.append(script)
    for word in item.invocation.words[1:]:
        text = word.partition("=")[2] if word.startswith("-") and "=" in word else word
        if not text or HIDDEN in text or text.startswith("-"):
            continue
        path = join_path(item.invocation.directory, text)
        made = facts.project.data.producer(path) is not None or any(
            path == known.path for known in facts.project.data.files
        )
        if made or ((text.endswith(_FILES) or "/" in text) and facts.project.has(path)):
            found.append(path)
    return tuple(dict.fromkeys(found))


def _of_key(facts: PipelineFacts, item: Activity, memo: CacheUse) -> Memory:
    if memo.key is None:
        return Memory(True, memo.span, "it has no key")
    if not memo.key.holes:
        return Memory(True, memo.span, "its key is the same whatever goes in")
    known = [one for one in facts.pipeline.scenarios if one.id in item.scenarios]
    if any(depends_on(facts, memo.key, item.unit, one, ("run",)) for one in known):
        return Memory(False, memo.span)  # each run has a key of its own, so none is found again
    return Memory(True, memo.span)
