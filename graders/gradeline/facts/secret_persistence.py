"""Where a secret outlives the step that uses it: images, artifacts, caches, logs, outputs, environments."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts import cache_paths
from gradeline.facts.case import PipelineFacts
from gradeline.facts.file_patterns import patterns
from gradeline.facts.image_refs import inner_scripts
from gradeline.facts.reached_effects import Performed, moments, possible_at
from gradeline.facts.secret_files import build_arguments, taken, written_files
from gradeline.facts.secret_flow import bound_secrets
from gradeline.facts.secret_sources import results
from gradeline.model.effects import ArtifactPut, CacheUse
from gradeline.model.expression import Secret
from gradeline.model.pipeline import Step, Unit
from gradeline.records import record
from gradeline.source import Span

_KINDS = ("built", "published", "dumped", "traced", "printed")


@record
class Kept:
    """``certain`` false: it depends on something that is not read, such as what an image takes along.
    ``cause`` is the place where the secret got there, when that is another one."""

    sentence: str
    span: Span
    certain: bool = True
    cause: Span | None = None


def kept_secrets(facts: PipelineFacts) -> Iterator[Kept]:
    """Every place that keeps a secret, the certain ones of the scripts first."""
    for exposure in facts.exposures:
        if exposure.kind in _KINDS:
            yield Kept(exposure.sentence, exposure.span)
    workspaces: dict[str, dict[str, Span]] = {}
    for unit in facts.pipeline.units:
        yield from _outputs(unit)
        files: dict[str, Span] = workspaces.setdefault(unit.workspace, {}) if unit.workspace else {}
        for step in unit.walk():
            yield from _built(unit, step)
            yield from _stored(facts, unit, step, files)
            own = _written(unit, step)
            yield from _in_image(facts, unit, step, files, own)
            files.update(own)


def _outputs(unit: Unit) -> Iterator[Kept]:
    for name, expression in unit.outputs.items():
        for value in results(expression):
            if isinstance(value, Secret):
                yield Kept(f"the output `{name}` of {unit.title!r} is a secret", value.span)


def _built(unit: Unit, step: Step) -> Iterator[Kept]:
    """Secrets as build arguments: they stay readable in the history of the image."""
    for name, text in step.inputs.items():
        words = name.lower().replace("_", "-").split("-")
        if "build" in words and words[-1] in ("arg", "args"):
            for node in text.expressions():
                if isinstance(node, Secret):
                    yield Kept("a build argument stays readable in the image", text.span)
                    break
    if _is_shell(step) and step.script is not None:
        for text in (step.script, *inner_scripts(step.script)):
            for span in build_arguments(text, bound_secrets(unit, step)):
                yield Kept("a build argument stays readable in the image", span)


def _written(unit: Unit, step: Step) -> dict[str, Span]:
    if not _is_shell(step) or step.script is None:
        return {}
    directory = (step.directory.constant or "") if step.directory is not None else ""
    bound = bound_secrets(unit, step)
    texts = (step.script, *inner_scripts(step.script))
    return {item.path: item.span for text in texts for item in written_files(text, bound, directory)}


def _stored(facts: PipelineFacts, unit: Unit, step: Step, files: dict[str, Span]) -> Iterator[Kept]:
    """Artifacts and caches that take a file with a secret along."""
    at = possible_at(facts, unit, step)
    for effect in step.effects if at else ():
        if not isinstance(effect, ArtifactPut | CacheUse):
            continue
        item: Performed[ArtifactPut | CacheUse] = Performed(unit, step, effect, at)
        what = "artifact" if isinstance(effect, ArtifactPut) else "cache"
        for text in effect.paths:
            for line in text.raw.split("\n"):
                path = line.strip()
                if path and not path.startswith("!") and cache_paths.is_secret(path):
                    yield Kept(f"the {what} takes `{path}`, which may hold credentials", text.span)
        for path, cause in taken(patterns(effect.paths, moments(facts, item)), files):
            yield Kept(f"the {what} takes `{path}`, into which a secret was written", effect.span, cause=cause)


def _in_image(
    facts: PipelineFacts, unit: Unit, step: Step, files: dict[str, Span], own: dict[str, Span]
) -> Iterator[Kept]:
    """A file with a secret in the folder that an image is built from; the image may or may not take it."""
    if not files and not own:
        return
    for item in facts.doing("build-image"):
        if item.unit.id == unit.id and item.step.id == step.id:
            before = {path: span for path, span in own.items() if span.path == item.span.path and not item.span < span}
            for path, cause in {**files, **before}.items():
                if not path.startswith(("/", "~", "$", "..")) and not _ignored(facts, path):
                    sentence = f"`{path}` holds a secret and lies where the image is built from"
                    yield Kept(sentence, item.span, certain=False, cause=cause)
            return


def _ignored(facts: PipelineFacts, path: str) -> bool:
    """Whether the build leaves the file out (Docker documentation, "Build context", .dockerignore files)."""
    from gradeline.facts.secret_files import covers

    source = facts.project.files.get(".dockerignore")
    lines = [line.strip().removeprefix("/") for line in source.lines] if source is not None else []
    return any(covers(line, path) for line in lines if line and not line.startswith(("#", "!")))


def _is_shell(step: Step) -> bool:
    return step.shell is not None and step.shell.program in ("bash", "sh")
