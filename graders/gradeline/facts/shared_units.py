"""Steps and jobs that the repository defines once so that its pipelines can share them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import dirname

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.copies import step_lines, unit_lines
from gradeline.model.effects import ArtifactPut, CacheUse, Toolchain
from gradeline.model.pipeline import Unit, Use
from gradeline.records import record
from gradeline.source import Span

# GitHub Docs, "Metadata syntax reference": the file that makes a folder an action.
_ACTION_FILES = ("action.yml", "action.yaml")


@record
class SharedUnit:
    """A file with shared steps or jobs; ``used`` when some run of some pipeline goes through it.

    ``platform`` is the one whose pipelines can use it.
    """

    path: str
    used: bool
    platform: str

    @property
    def span(self) -> Span:
        return Span(self.path, 1)


def shared_units(case: Case) -> tuple[SharedUnit, ...]:
    """Every such file of the submission, sorted by path."""
    declared = {**dict(_called(case)), **dict.fromkeys(_actions(case), "github")}
    if not declared:
        return ()
    running = set(_running(case.pipelines))
    return tuple(
        SharedUnit(path, path in running or dirname(path) in running, platform)
        for path, platform in sorted(declared.items())
    )


def _actions(case: Case) -> Iterator[str]:
    for path in case.project.paths:
        if path.rpartition("/")[2] in _ACTION_FILES and dirname(path):
            yield path


def _called(case: Case) -> Iterator[tuple[str, str]]:
    """Files beside the pipelines that cannot start by themselves, and the platform: others have to call them."""
    pipelines = {facts.pipeline.path for facts in case.pipelines}
    folders = {dirname(facts.pipeline.path): facts.pipeline.platform for facts in case.pipelines}
    for path in case.project.paths:
        folder = dirname(path)
        if folder and folder in folders and path.endswith((".yml", ".yaml")) and path not in pipelines:
            yield path, folders[folder]


def _running(pipelines: Iterable[PipelineFacts]) -> Iterator[str]:
    """Files whose steps or jobs run in some world, and folders of the local actions used there."""
    for facts in pipelines:
        ran: set[tuple[str, str]] = set()
        for scenario in facts.pipeline.scenarios:
            for run in facts.runs(scenario).results:
                ran.update((item.place.unit, item.place.step) for item in run.steps if item.raw != "skipped")
        for unit in facts.pipeline.units:
            for step in unit.walk():
                if (unit.id, step.id) in ran:
                    yield step.span.path
                    yield from (call.path for call in unit.via)  # also of files that only call others
                    if step.use is not None and step.use.kind == "local":
                        yield _folder(step.use)


def _folder(use: Use) -> str:
    """The folder that a reference such as ``./tools/setup`` names, seen from the root."""
    return "/".join(part for part in use.name.split("/") if part not in ("", ".", "$"))


def shared_parts(facts: PipelineFacts, least: int) -> tuple[Span, ...]:
    """Places outside of the pipeline's own file whose text is part of at least ``least`` jobs that run.

    A fixed version of somebody else's file or component counts too: it was made to be shared.
    """
    running = {unit for unit, _ in facts.reached_steps}
    jobs: dict[Span, set[str]] = {}
    for unit in facts.pipeline.units:
        if unit.id in running:
            for span in _parts(unit):
                jobs.setdefault(span, set()).add(unit.id)
    found = [span for span, units in jobs.items() if len(units) >= least and span.path != facts.pipeline.path]
    found += [
        use.span
        for use in facts.pipeline.uses
        if use.subject == "include" and not use.first_party and use.kind in ("sha", "tag")
    ]
    return tuple(sorted(set(found)))


def _parts(unit: Unit) -> Iterator[Span]:
    """What a job consists of: its commands, its variables, and its settings."""
    for line in unit_lines(unit):
        yield line.span
    for setting in (unit.timeout, unit.retry, unit.image):
        if setting is not None:
            yield setting.span
    for step in unit.walk():
        for line in step_lines(step.steps):
            yield line.span
        for effect in step.effects:
            if isinstance(effect, CacheUse | ArtifactPut):
                yield effect.span


def set_up_together(facts: PipelineFacts, least: int) -> frozenset[str]:
    """What is set up for at least ``least`` jobs by steps outside of the pipeline's own file: names of languages,
    ``cache`` and ``install``."""
    running = {unit for unit, _ in facts.reached_steps}
    jobs: dict[tuple[str, Span], set[str]] = {}
    for unit in facts.pipeline.units:
        for step in unit.walk() if unit.id in running else ():
            names = [effect.language for effect in step.effects if isinstance(effect, Toolchain)]
            names += ["cache" for effect in step.effects if isinstance(effect, CacheUse)]
            for name in names:
                jobs.setdefault((name, step.span), set()).add(unit.id)
    for item in facts.activities:
        if _installs(facts, item):
            jobs.setdefault(("install", item.step.span), set()).add(item.unit.id)
    outside = facts.pipeline.path
    return frozenset(name for (name, span), units in jobs.items() if len(units) >= least and span.path != outside)


def _installs(facts: PipelineFacts, item: Activity) -> bool:
    return bool(item.readings_of(("install",))) or bool(facts.toolbox.installs(item))
