"""Terraform and OpenTofu: from the folders of a submission to stacks.

A folder that holds configuration and that no other one calls as a module is the root of a stack.  It is read once
with the values that are loaded by themselves, or, where files of values lie beside it for a choice
(``production.tfvars``), once with each of them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gradeline.model.infrastructure import Infrastructure, Stack, Value
from gradeline.model.pipeline import Opaque
from gradeline.readers.terraform.blocks import (
    Closure,
    closed_modules,
    named,
    outputs,
    parameters,
    providers,
    resources,
    texts,
)
from gradeline.readers.terraform.evaluate import MAX_WORK, Evaluator
from gradeline.readers.terraform.locks import read_locks
from gradeline.readers.terraform.module import Module, Shared, local_source
from gradeline.readers.terraform.needs import needed
from gradeline.readers.terraform.sources import LOCK, Folder, Read, Sources
from gradeline.readers.terraform.stores import stores
from gradeline.readers.terraform.trials import guards, trials
from gradeline.readers.terraform.value_files import Given, chosen_files, values_of
from gradeline.records import replace
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.readers.terraform.terragrunt import Unit

MAX_ROOTS = 12
MAX_VALUES = 6
MAX_RESOURCES = 600


def read_terraform(paths: Iterable[str], read: Read) -> Infrastructure:
    """Everything that Terraform would manage from this submission.

    Diagnostic codes are those of ``syntax.hcl``.
    """
    sources = Sources(paths, read)
    applied = _environments(sources)
    roots, unused = _roots(sources, {unit.folder for unit in applied})
    found = [stack for path in roots[:MAX_ROOTS] for stack in _stacks(sources, path)]
    found += [_stack(sources, sources.folder(unit.folder), Given((), unit.path), unit) for unit in applied]
    if len(roots) > MAX_ROOTS or sources.cut:  # what was left out may be what is wrong
        found = [replace(stack, complete=False, damage=("",)) for stack in found]
    tried = tuple(trials(sources))
    guarded = tuple(path for path in sources.folders if guards(sources.folder(path).blocks)) if tried else ()
    return Infrastructure(tuple(found), tuple(dict.fromkeys(sources.diagnostics)), unused, tried, guarded)


def _environments(sources: Sources) -> tuple[Unit, ...]:
    if not any(posixpath.basename(path) == "terragrunt.hcl" for path in sources.paths):
        return ()
    from gradeline.readers.terraform.terragrunt import units

    return units(sources)


def _roots(sources: Sources, applied: set[str]) -> tuple[list[str], tuple[str, ...]]:
    """The folders that are applied by themselves, and those of modules that nothing calls."""
    called: set[str] = set(applied)
    for path in sources.folders:
        for block in sources.folder(path).of("module"):
            target = local_source(block, path)
            if target is not None and target != path:
                called.add(target)
    left = [path for path in sources.folders if path not in called]
    unused = [path for path in left if _is_library(sources.folder(path), path, bool(called) or len(left) > 1)]
    roots = [path for path in left if path not in unused]
    if not roots and not applied:  # modules that call each other, or nothing but a library
        roots, unused = (left or list(sources.folders)[:1]), []
    return roots, tuple(unused)


def _is_library(folder: Folder, path: str, others: bool) -> bool:
    """Whether a folder only offers a module: it lies under ``modules`` and neither keeps state nor sets a provider."""
    if "modules" not in path.split("/") or not others:
        return False
    keeps = any(block.body.inside("backend") or block.body.inside("cloud") for block in folder.of("terraform"))
    return not keeps and not folder.of("provider")


def _stacks(sources: Sources, path: str) -> Iterator[Stack]:
    folder = sources.folder(path)
    chosen = chosen_files(sources, path, folder)
    chosen.sort(key=lambda given: "prod" not in posixpath.basename(given.chosen).casefold())
    sources.cut = sources.cut or len(chosen) > MAX_VALUES
    for given in chosen[:MAX_VALUES]:
        yield _stack(sources, folder, given)


def _stack(sources: Sources, folder: Folder, given: Given, unit: Unit | None = None) -> Stack:
    if unit is not None:
        folder = replace(folder, blocks=(*folder.blocks, *unit.extra))
    shared = Shared(sources, Evaluator(min(sources.work, MAX_WORK)), folder.path)
    values: dict[str, Value] = values_of(sources, given, shared.evaluator)
    if unit is not None and unit.inputs is not None:
        values |= unit.inputs.entries
    root = Module(shared, folder, "", values.get)
    modules: list[Module] = []
    opaque: list[Opaque] = []
    _collect(root, modules, opaque)
    follow = Closure()
    lock = posixpath.join(folder.path, LOCK) if folder.path else LOCK
    if unit is not None and unit.lock:
        lock = unit.lock
    own = [*folder.of("provider"), *folder.of("module")]
    mentioned = {name for module in modules for block in module.folder.blocks for name in named(block.body)}
    files = tuple(dict.fromkeys(file for module in modules for file in module.folder.files))
    complete = all(module.folder.complete for module in modules) and shared.evaluator.work >= 0
    declared = tuple(one for module in modules for one in (*resources(module), *closed_modules(module)))
    kept = declared[: max(min(MAX_RESOURCES, sources.resources), 0)]
    sources.resources -= len(kept)
    cut = len(kept) < len(declared) or shared.evaluator.work < 0
    complete = complete and not cut
    stack = Stack(
        "terraform",
        folder.path,
        Span(folder.files[0], 1),
        files,
        given.chosen,
        kept,
        tuple(one for module in modules for one in parameters(module)),
        tuple(one for module in modules for one in outputs(module, follow)),
        tuple(one for module in modules for one in providers(module)),
        tuple(one for module in modules for one in needed(module)),
        read_locks(sources, lock),
        lock if lock in sources.known else "",
        unit.stores if unit is not None and unit.stores else stores(sources, root),
        {name: root.local(name) for name in root.locals},
        tuple(one for block in own for one in texts(block.body, (block.kind,))),
        tuple(sorted(mentioned)),
        tuple(opaque),
        complete,
        tuple(dict.fromkeys((*(one for module in modules for one in module.folder.damage), *([""] if cut else [])))),
        tuple(dict.fromkeys(one for module in modules for one in module.folder.damaged)),
    )
    sources.work -= min(sources.work, MAX_WORK) - max(shared.evaluator.work, 0)
    return stack


def _collect(module: Module, found: list[Module], opaque: list[Opaque]) -> None:
    """The module and all modules of the submission that it calls; what is elsewhere is noted."""
    found.append(module)
    for name, block in module.calls.items():
        children = module.children(name)
        if children is None:
            reason = f"what is in the module `{name[:60]}` is not in the submission"
            opaque.append(Opaque(block.head, reason))
        for _, child in children or ():
            _collect(child, found, opaque)
