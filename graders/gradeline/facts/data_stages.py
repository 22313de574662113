"""The stages that ``dvc repro`` and ``dvc exp run`` start, as recipes of the project.

DVC documentation, "dvc repro": without a target it is the ``dvc.yaml`` of the current folder; a target is a stage,
a group of repeated stages, a file, or a stage of a file (``api/dvc.yaml:train``).
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.facts.readings import Reading
from gradeline.facts.shell_records import Follow, join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.data import Stage
from gradeline.model.project import Project, recipe_key

_STARTS = frozenset({"repro", "run"})
_COMPUTED = "which stages run is computed at run time"


def follow_stages(project: Project, words: tuple[str | None, ...], reading: Reading, directory: str) -> Follow | None:
    """Where the command leads; None when it starts no stages."""
    if not _STARTS & {word for word in words if word is not None}:
        return None
    folder = directory
    for place in reading.options.get("--cd", ()):
        if place is None or HIDDEN in place:
            return Follow("recipe", opaque=_COMPUTED)
        folder = join_path(folder, place)
    if any(target is None or HIDDEN in target for target in reading.targets):
        return Follow("recipe", opaque=_COMPUTED)
    targets = [target for target in reading.targets if target]
    if "--all-pipelines" in reading.options:
        keys = [key for key in sorted(project.recipes) if key[0] == "dvc" and _is_whole_file(key[1])]
    elif not targets:
        keys = [recipe_key("dvc", "", folder)]
    else:
        keys = [key for target in targets for key in _target(project, target, folder, reading)]
    keys = [key for key in keys if key in project.recipes] or keys
    single = "--single-item" in reading.options
    named = tuple((runner, f"{name} --single-item") for runner, name in keys) if single else tuple(keys)
    return Follow("recipe", (), keys=named, counts=True)


def _is_whole_file(name: str) -> bool:
    return name == "" or (name.endswith(":") and "--single-item" not in name)


def _target(project: Project, target: str, folder: str, reading: Reading) -> list[tuple[str, str]]:
    """The recipes of one target: a stage, a file, an output, or a pattern of names."""
    file, colon, name = target.rpartition(":")
    if target.endswith((".yaml", ".yml")) and not colon:
        return [recipe_key("dvc", "", folder, target)]
    key = recipe_key("dvc", name, folder, file)
    if "--glob" in reading.options:
        names = [known for runner, known in sorted(project.recipes) if runner == "dvc" and "--single-item" not in known]
        return [("dvc", known) for known in names if known and fnmatchcase(known, key[1])]
    if key in project.recipes:
        return [key]
    producer = project.data.producer(join_path(folder, target))
    if producer is not None:
        return [recipe_key("dvc", producer.name, "", producer.file)]
    return [] if target.endswith(".dvc") else [key]


def worked(project: Project, follow: Follow) -> tuple[tuple[str, str], ...] | None:
    """The commands of all stages that are started, with their folders; None when some of them are not seen."""
    stages = {recipe_key("dvc", stage.name, "", stage.file): stage for stage in project.data.stages}
    by_key = {stage.key: stage for stage in project.data.stages}
    todo = [stages.get((runner, name.partition(" ")[0])) for runner, name in follow.keys]
    if follow.opaque or not todo or None in todo:
        return None
    single = any(name.endswith("--single-item") for _, name in follow.keys)
    seen: list[Stage] = []
    while todo:
        stage = todo.pop()
        if stage is None or stage in seen:
            continue
        seen.append(stage)
        todo.extend(by_key.get(need) for need in (() if single else stage.needs))
    return tuple((text.raw, stage.folder) for stage in seen for text in stage.commands)
