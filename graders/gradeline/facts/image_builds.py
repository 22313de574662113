"""Which images the pipelines and compose files build: from which file, in which folder, up to which stage.

Docker documentation, "docker buildx build" (--file, --target, --build-arg, the context); docker/build-push-action
README (inputs); Compose file reference, "Build".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import normpath

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.readings import Reading
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.project import Project
from gradeline.model.services import Service, Services
from gradeline.records import field, record
from gradeline.source import Span

_FILE = ("--file", "--dockerfile", "file", "dockerfile", "containerfiles")
_CONTEXT = ("--context", "context", "path")
_SEVERAL = ("bake",)
_COMPOSE_RUNS = ("build", "up", "run", "create")


@record
class ImageBuild:
    """One build.  ``file``, ``context`` and ``target`` are None when they cannot be seen; an empty ``target``
    is the last stage, an empty ``context`` the root of the repository.

    ``arguments`` are the build arguments it gives (None for a value that is not known), ``labels`` whether it
    puts labels on the image itself.
    """

    span: Span
    file: str | None
    context: str | None
    target: str | None
    arguments: Mapping[str, str | None] = field(default_factory=dict)
    contexts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    pushes: bool = False
    title: str = ""

    @property
    def seen(self) -> bool:
        """Whether the target it builds is known."""
        return self.target is not None


def builds_of(pipelines: Iterable[PipelineFacts], project: Project) -> Iterator[ImageBuild]:
    """Every build that some run of a pipeline reaches."""
    for facts in pipelines:
        for item in facts.activities:
            yield from _built(facts, item, project)


def declared_builds(project: Project) -> Iterator[ImageBuild]:
    """The builds that compose files describe, whether or not anything starts them."""
    for _, services in sorted(project.services.items()):
        for service in services.services:
            yield from _of_service(service, service.span)


def _built(facts: PipelineFacts, item: Activity, project: Project) -> Iterator[ImageBuild]:
    readings = [reading for reading in item.readings_of(["build-image"]) if reading.effect != "pretends"]
    words = item.invocation.words if item.invocation is not None else ()
    if _is_compose(words):
        yield from _composed(item, words, project)
        return
    for reading in readings:
        if any(word in _SEVERAL for word in words[:3]) or (item.step.use and "bake" in item.step.use.name):
            yield ImageBuild(item.span, None, None, None, title=item.text)
        elif item.invocation is None:
            yield _of_action(facts, item, reading)
        else:
            yield _of_command(item, reading)


def _of_command(item: Activity, reading: Reading) -> ImageBuild:
    assert item.invocation is not None
    folder = item.invocation.directory
    options = reading.options

    def last(*names: str) -> str | None:
        found = [value for name in names for value in options.get(name, ())]
        return found[-1] if found else None

    given = [target for target in reading.targets if target is not None]
    context = last(*_CONTEXT) or (given[-1] if given else ".")
    if reading.targets and reading.targets[-1] is None:
        context = HIDDEN
    file = last(*_FILE)
    return ImageBuild(
        item.span,
        _file(folder, context, file),
        _folder(folder, context),
        _known(last("--target") if "--target" in options else ""),
        dict(_assigned(value) for value in options.get("--build-arg", ()) if value is not None),
        tuple(str(value).partition("=")[0] for value in options.get("--build-context", ()) if value is not None),
        tuple(str(value).partition("=")[0] for value in options.get("--label", ()) if value is not None),
        "push-image" in reading.classes,
        item.text,
    )


def _of_action(facts: PipelineFacts, item: Activity, reading: Reading) -> ImageBuild:
    moment = facts.moment(item.unit, next(one for one in facts.pipeline.scenarios if one.id in item.scenarios))
    inputs = {name.lower().replace("_", "-"): moment.hidden_text(text) for name, text in item.step.inputs.items()}
    context = next((inputs[name].strip() for name in _CONTEXT if inputs.get(name, "").strip()), ".")
    file = next((inputs[name].strip() for name in _FILE if inputs.get(name, "").strip()), None)
    lines = [line.strip() for line in inputs.get("build-args", "").split("\n") if line.strip()]
    named = [line.strip() for line in inputs.get("build-contexts", "").split("\n") if line.strip()]
    labels = [line.strip() for key in ("labels", "annotations") for line in inputs.get(key, "").split("\n")]
    return ImageBuild(
        item.span,
        _file("", context, file),
        _folder("", context),
        _known(inputs.get("target", "").strip()),
        dict(_assigned(line) for line in lines),
        tuple(line.partition("=")[0] for line in named),
        tuple(line.partition("=")[0] for line in labels if line),
        "push-image" in reading.classes,
        item.text,
    )


def _assigned(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name, value if equals and HIDDEN not in value else None


def _known(text: str | None) -> str | None:
    return None if text is None or HIDDEN in text else text.lower()


def _folder(directory: str, context: str) -> str | None:
    if HIDDEN in context or "://" in context or context.startswith(("git@", "-")):
        return None
    return join_path(directory, context)


def _file(directory: str, context: str, file: str | None) -> str | None:
    """The build file, seen from the repository: one that is named lies where the command runs."""
    if file is None:
        folder = _folder(directory, context)
        return None if folder is None else join_path(folder, "Dockerfile")
    return None if HIDDEN in file or file == "-" else join_path(directory, file)


# -- compose ---------------------------------------------------------------------------------------------


def _is_compose(words: tuple[str, ...]) -> bool:
    if words[:1] and words[0].rsplit("/", 1)[-1] in ("docker-compose", "podman-compose"):
        return any(word in _COMPOSE_RUNS for word in words[1:])
    return "compose" in words[1:3] and words[:1] != () and any(word in _COMPOSE_RUNS for word in words[2:])


def _composed(item: Activity, words: tuple[str, ...], project: Project) -> Iterator[ImageBuild]:
    assert item.invocation is not None
    named = [
        words[at + 1] if word in ("-f", "--file") else word.partition("=")[2]
        for at, word in enumerate(words[:-1])
        if word in ("-f", "--file") or word.startswith("--file=")
    ]
    environment = dict(item.invocation.environment)
    named = named or [one for one in (environment.get("COMPOSE_FILE") or "").split(":") if one]
    for path in compose_files(project, item.invocation.directory, named):
        services: Services | None = project.services.get(path)
        for service in services.services if services is not None else ():
            yield from _of_service(service, item.span)


def compose_files(project: Project, directory: str, named: list[str]) -> list[str]:
    """The compose files that a command reads (Docker documentation, "docker compose", -f)."""
    if named:
        return [join_path(directory, name) for name in named if HIDDEN not in name]
    for name in ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"):
        path = join_path(directory, name)
        if path in project.services:
            return [path]
    return []


def _of_service(service: Service, span: Span) -> Iterator[ImageBuild]:
    build = service.build
    if build is None:
        return
    yield ImageBuild(
        span,
        None if build.file.text is None else normpath(build.file.text),
        None if build.context.text is None else build.context.text.strip("/"),
        "" if build.target is None else (None if build.target.text is None else build.target.text.lower()),
        {name: None if value is None else value.text for name, value in build.arguments.items()},
        title=f"the service {service.name}",
    )
