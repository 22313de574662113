"""All that a submission says to DVC, as one ``Data``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gradeline.model.data import Data, DataFile, LockedStage, Report, Stage, StageKey
from gradeline.model.text import Text
from gradeline.readers.dvc import kept
from gradeline.readers.dvc.parameters import flat
from gradeline.readers.dvc.stages import Files, read_file
from gradeline.readers.reading import Exhausted, Reading, shown
from gradeline.records import replace
from gradeline.source import SourceFile, Span

MAX_FILES = 2_000


def read_data(paths: Iterable[str], read: Callable[[str], SourceFile | None]) -> Data:
    """The stages, tracked files, locks and remotes in the files.  Nothing is raised."""
    reading = Reading("dvc.yaml", read)
    files = Files(reading)
    stages: list[Stage] = []
    reports: list[Report] = []
    tracked: list[DataFile] = []
    locks: list[LockedStage] = []
    ignored: list[Text] = []
    configuration = kept.Configuration()
    configurations: list[str] = []
    known = list(paths)
    try:
        for path in known:
            name = path.rpartition("/")[2]
            if name == "dvc.yaml":
                root = reading.document(path)
                if root is not None:
                    found, declared = read_file(files, root, path)
                    stages.extend(found)
                    reports.extend(declared)
            elif name == "dvc.lock":
                root = reading.document(path)
                locks.extend(kept.read_lock(reading, root, path) if root is not None else ())
            elif name.endswith(".dvc") and name != ".dvc" and len(tracked) < MAX_FILES:
                root = reading.document(path)
                tracked.extend(kept.read_tracked(reading, root, path) if root is not None else ())
            elif name == ".dvcignore":
                source = read(path)
                ignored.extend(kept.read_ignored(source) if source is not None else ())
        for path in (".dvc/config", ".dvc/config.local"):
            source = read(path) if path in known else None
            if source is not None:
                configurations.append(path)
                kept.read_configuration(reading, source, configuration, path == ".dvc/config")
    except Exhausted:
        reading.say("error", "too-large", "The data pipelines are too large to be read completely.", None)
    stages = _linked(reading, stages, tracked)
    circles = _circles(reading, stages)
    default = configuration.core.get("remote")
    if default is not None and default.raw not in configuration.remotes:
        message = f"The default remote `{shown(default.raw)}` is not defined."
        reading.say("warning", "unknown-remote", message, default.span)
    return Data(
        stages=tuple(stages),
        files=tuple(tracked),
        locks=tuple(locks),
        remotes=tuple(configuration.remotes.values()),
        default_remote=default.raw if default is not None else "",
        default_remote_span=default.span if default is not None else None,
        config=tuple(configurations),
        reports=tuple(reports),
        ignored=tuple(ignored),
        values={path: flat(one.values) for path, one in sorted(files.parameters.items()) if one.exists},
        circles=circles,
        diagnostics=tuple(reading.diagnostics),
    )


class _Paths:
    """Which stages write a path, the folder it is in, or something inside it."""

    def __init__(self, stages: list[Stage]) -> None:
        self.exact: dict[str, list[StageKey]] = {}
        self.below: dict[str, list[StageKey]] = {}
        for stage in stages:
            for product in stage.products:
                self.exact.setdefault(product.path, []).append(stage.key)
                for folder in _folders(product.path):
                    self.below.setdefault(folder, []).append(stage.key)

    def writers(self, path: str) -> list[StageKey]:
        """dvc/repo/index.py, ``build_graph``: the path itself, what is inside it, or the folder around it."""
        found = [*self.exact.get(path, ()), *self.below.get(path, ())]
        for folder in _folders(path):
            found.extend(self.exact.get(folder, ()))
        return found


def _folders(path: str) -> list[str]:
    """Every folder that a path is in, the nearest first; at most 50."""
    found: list[str] = []
    while "/" in path and len(found) < 50:
        path = path.rpartition("/")[0]
        if path and not path.endswith(":/"):
            found.append(path)
    return found


def _linked(reading: Reading, stages: list[Stage], tracked: list[DataFile]) -> list[Stage]:
    """Stages with those that make what they read; what DVC refuses about outputs is reported."""
    paths = _Paths(stages)
    seen = _Written()
    for known in tracked:
        seen.add(known.path, known.tracked_by)
    names: set[StageKey] = set()
    found: list[Stage] = []
    for stage in stages:
        if stage.key in names:
            reading.say("error", "bad-name", f"The stage `{shown(stage.name)}` is there twice.", stage.span)
            continue
        names.add(stage.key)
        for product in stage.products:
            _check_product(reading, stage, product.path, product.span, seen)
        needs: dict[StageKey, None] = {}
        wanted = [item.path for item in stage.depends] + [item.file for item in stage.parameters]
        for path in wanted:
            for writer in paths.writers(path):
                if writer != stage.key:
                    needs.setdefault(writer)
        for item in stage.depends:
            if any(item.path == product.path for product in stage.products):
                message = f"`{shown(item.path)}` is read and written by the same stage."
                reading.say("error", "same-input-and-output", message, item.text.span)
        found.append(replace(stage, needs=tuple(needs)))
    return found


class _Written:
    """The outputs so far with who writes them, and the folders that hold one."""

    def __init__(self) -> None:
        self.by: dict[str, str] = {}
        self.inside: dict[str, str] = {}

    def add(self, path: str, writer: str) -> None:
        self.by[path] = writer
        for folder in _folders(path):
            self.inside.setdefault(folder, path)


def _check_product(reading: Reading, stage: Stage, path: str, span: Span, seen: _Written) -> None:
    if path in seen.by:
        message = f"`{shown(path)}` is already written by `{shown(seen.by[path])}`."
        reading.say("error", "same-output", message, span)
        return
    around = next((folder for folder in _folders(path) if folder in seen.by), None)
    inner = seen.inside.get(path)
    if around is not None:
        message = f"`{shown(path)}` lies inside `{shown(around)}`, which `{shown(seen.by[around])}` writes."
        reading.say("error", "overlapping-outputs", message, span)
    elif inner is not None:
        message = f"`{shown(inner)}`, which `{shown(seen.by[inner])}` writes, lies inside `{shown(path)}`."
        reading.say("error", "overlapping-outputs", message, span)
    seen.add(path, stage.name)


def _circles(reading: Reading, stages: list[Stage]) -> tuple[tuple[StageKey, ...], ...]:
    """Stages that wait for each other; each circle is reported once, at its first stage."""
    needs: Mapping[StageKey, tuple[StageKey, ...]] = {stage.key: stage.needs for stage in stages}
    done: set[StageKey] = set()
    circles: list[tuple[StageKey, ...]] = []
    for stage in stages:
        trail: list[tuple[StageKey, int]] = [(stage.key, 0)]
        on_trail: dict[StageKey, int] = {stage.key: 0}
        while trail:
            key, position = trail.pop()
            if key in done or position >= len(needs[key]):
                done.add(key)
                on_trail.pop(key, None)
                continue
            trail.append((key, position + 1))
            following = needs[key][position]
            if following in on_trail:
                circle = tuple(item for item, _ in trail[on_trail[following] :])
                circles.append(circle)
                named = ", ".join(f"`{shown(name)}`" for _, name in circle[:6])
                first = next(item for item in stages if item.key == following)
                reading.say("error", "stage-circle", f"These stages wait for each other: {named}.", first.span)
            elif following not in done and following in needs:
                on_trail[following] = len(trail)
                trail.append((following, 0))
    return tuple(circles[:50])
