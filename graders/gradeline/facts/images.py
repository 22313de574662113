"""What a check may ask about one image: what its builds do, which stages they reach, what is shipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Toolbox
from gradeline.facts.image_builds import ImageBuild, builds_of, declared_builds
from gradeline.facts.image_files import ImageFiles, absolute, lineage
from gradeline.facts.shell_records import join_path
from gradeline.model.expression import Constant, Expression, Name, Operation
from gradeline.model.image import Copy, Image, Run, Stage
from gradeline.model.pipeline import Edge, Pipeline, Scenario, Step, Trigger, Unit
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.records import replace
from gradeline.source import Span

_TARGET = ("build", "target")
_RUN = "run-"


class ImageFacts:
    """One image of the repository.

    ``builds`` are those of the pipelines that make it, ``declared`` those of compose files; ``unseen`` is the
    place of a build that may make it in a way that cannot be seen.
    """

    def __init__(
        self,
        image: Image,
        project: Project,
        toolbox: Toolbox,
        builds: tuple[ImageBuild, ...] = (),
        declared: tuple[ImageBuild, ...] = (),
        unseen: Span | None = None,
    ) -> None:
        self.image = image
        self.project = project
        if image.recipes or image.scripts:
            recipes, scripts = {**image.recipes, **project.recipes}, {**image.scripts, **project.scripts}
            self.project = replace(project, recipes=recipes, scripts=scripts)
        self.toolbox = Toolbox(self.project, toolbox.programs, self._placed, self._scripts)
        self.builds = builds
        self.declared = declared
        self.unseen = unseen

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The stages that are built by name; the last one when nothing in the submission builds this image."""
        last = self.image.last
        if last is None:
            return ()
        named = [build.target or last.id for build in self.builds if build.target is not None]
        known = [name for name in dict.fromkeys(named) if self.image.stage(name) is not None]
        return tuple(known) or (last.id,)

    @cached_property
    def shipped(self) -> Stage | None:
        """The stage that becomes the image people run: the one that is pushed, else the last one."""
        for build in self.builds:
            if build.pushes and build.target and (stage := self.image.stage(build.target)) is not None:
                return stage
        return self.image.last

    @cached_property
    def context(self) -> str:
        """The folder it is built from: what a build says, else where most of the copied files are."""
        for build in (*self.builds, *self.declared):
            if build.context is not None:
                return build.context
        own = self.image.path.rpartition("/")[0]
        if not own:
            return ""
        return own if self._fits(own) >= self._fits("") else ""

    def _fits(self, context: str) -> int:
        prefix = f"{context}/" if context else ""
        return sum(
            self.project.has(prefix + source.text.strip("/"))
            for stage in self.image.stages
            for item in stage.instructions
            if isinstance(item, Copy) and item.origin == "context"
            for source in item.sources
            if source.text is not None and source.text.strip("./")
        )

    @cached_property
    def files(self) -> ImageFiles:
        return ImageFiles(self.image, self.project, self.context)

    @cached_property
    def reached(self) -> tuple[Stage, ...]:
        """Every stage that some build makes."""
        wanted = {stage.id for target in self.targets for stage in self.image.chain(target)}
        return tuple(stage for stage in self.image.stages if stage.id in wanted)

    @cached_property
    def lineage(self) -> tuple[Stage, ...]:
        """The shipped stage and those it starts from, itself first: their layers are all in the image."""
        return tuple(lineage(self.image, self.shipped)) if self.shipped is not None else ()

    def stages_of(self, item: Activity) -> Stage:
        found = self.image.stage(item.unit.id)
        assert found is not None
        return found

    # -- the build as a pipeline -----------------------------------------------------------------

    @cached_property
    def build(self) -> PipelineFacts:
        """The build as a pipeline: stages are its units, RUN commands its steps."""
        return PipelineFacts(build_pipeline(self.image, self.targets, self.files), self.project, self.toolbox)

    def _placed(self, item: Activity, path: str) -> str:
        """The path of the repository that lies where a command of the build sees ``path``.  What is not copied
        from the repository counts as lying there under the same name, seen from where the command runs."""
        name, colons, node = path.partition("::")
        stage = self.stages_of(item)
        number = int(item.step.id.removeprefix(_RUN))
        run = stage.instructions[number]
        assert isinstance(run, Run)
        start = item.step.directory.raw if item.step.directory is not None else ""
        now = item.invocation.directory if item.invocation is not None else start
        moved = now if now.startswith("/") else now.removeprefix(start).strip("/") or "."
        here = absolute(run.directory, moved)
        full = absolute(here, name)
        source = self.files.origin(stage, number, full, run)
        if source is not None and source.kind == "context":
            return f"{source.path}{colons}{node}"
        inside = full.removeprefix(here).strip("/") if f"{full}/".startswith(f"{here.rstrip('/')}/") else full
        return f"{join_path(self.context, inside)}{colons}{node}"

    def _scripts(self) -> Iterator[str]:
        return (run.command.script.raw for _, _, run in self.runs())

    def runs(self) -> Iterator[tuple[Stage, int, Run]]:
        """Every command of the stages that are built, with its place in the stage."""
        for stage in self.reached:
            for number, item in enumerate(stage.instructions):
                if isinstance(item, Run):
                    yield stage, number, item

    def commands(self, stage: Stage, number: int) -> tuple[Activity, ...]:
        """What the RUN at this place of a stage really does."""
        wanted = _step_id(number)
        return tuple(item for item in self.build.activities if (item.unit.id, item.step.id) == (stage.id, wanted))


def build_pipeline(image: Image, targets: tuple[str, ...], files: ImageFiles) -> Pipeline:
    """The build of an image as a pipeline with one scenario for each target.

    A stage that no target needs is no part of any run (Docker documentation, "Multi-stage builds").
    """
    reaching = {target: {stage.id for stage in image.chain(target)} for target in targets}
    scenarios = tuple(
        Scenario(
            f"build-{target}",
            "a build of the image" if len(targets) == 1 else f"a build of {target!r}",
            "other",
            Trigger("build", image.span),
            names={_TARGET: target},
        )
        for target in targets
    )
    return Pipeline(
        image.path,
        image.path,
        "docker",
        image.span,
        triggers=(Trigger("build", image.span),),
        scenarios=scenarios,
        units=tuple(_unit(stage, reaching, files) for stage in image.stages),
        uses=image.uses,
        opaque=image.opaque,
        diagnostics=image.diagnostics,
        role="build",
    )


def _unit(stage: Stage, reaching: dict[str, set[str]], files: ImageFiles) -> Unit:
    mine = [target for target, stages in reaching.items() if stage.id in stages]
    presence: Expression = Constant(False, stage.span)
    if len(mine) == len(reaching):
        presence = Constant(True, stage.span)
    elif mine:
        asked = Name(_TARGET, stage.span)
        presence = Operation(
            "or",
            tuple(Operation("==", (asked, Constant(target, stage.span)), stage.span) for target in mine),
            stage.span,
        )
    needs = {name: Edge(name, span) for name, span in reversed(stage.needs)}
    return Unit(
        stage.id,
        stage.id if stage.named else f"stage {stage.index}",
        stage.span,
        named=stage.named,
        needs=tuple(sorted(needs.values(), key=lambda edge: edge.span)),
        presence=presence,
        presence_span=stage.span,
        image=stage.image,
        steps=tuple(
            _step(stage, number, item, files) for number, item in enumerate(stage.instructions) if isinstance(item, Run)
        ),
    )


def _step_id(number: int) -> str:
    return f"{_RUN}{number}"


def _step(stage: Stage, number: int, run: Run, files: ImageFiles) -> Step:
    return Step(
        _step_id(number),
        " ".join(run.command.script.raw.split())[:60],
        run.span,
        "script",
        script=run.command.script,
        shell=run.command.shell,
        directory=Text(_directory(stage, number, run, files), run.span),
        env=run.variables,
    )


def _directory(stage: Stage, number: int, run: Run, files: ImageFiles) -> str:
    """The folder of the repository that lies where the command runs; the context when that cannot be told."""
    place = absolute(run.directory, ".")
    source = files.origin(stage, number, place, run)
    if source is not None and source.kind == "context" and files.is_folder(source.path):
        return source.path
    return files.context


def images_of(project: Project, pipelines: Iterable[PipelineFacts], toolbox: Toolbox) -> dict[str, ImageFacts]:
    """Every image of the repository by the path of its build file."""
    if not project.images:
        return {}
    built = tuple(builds_of(pipelines, project))
    declared = tuple(declared_builds(project))
    found: dict[str, ImageFacts] = {}
    for path, image in project.images.items():
        mine = tuple(build for build in built if build.file == path)
        hidden = next((build.span for build in built if build.file is None or (build in mine and not build.seen)), None)
        others = tuple(build for build in declared if build.file == path)
        found[path] = ImageFacts(image, project, toolbox, mine, others, hidden)
    return found


def span_of(stage: Stage) -> Span:
    """The whole stage, from its FROM to its last instruction."""
    return stage.span.to(stage.end) if stage.end is not None and stage.end.line >= stage.span.line else stage.span
