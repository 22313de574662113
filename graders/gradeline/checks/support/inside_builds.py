"""Work that is done inside the build of an image: its commands are seen, and how they end is not followed.

Docker documentation, "Multi-stage builds", Stop at a specific build stage: ``--target test`` runs the commands of that
stage and of those it needs, and fails when one of them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.facts.image_builds import ImageBuild, builds_of
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.model.image import Run
from gradeline.result import Evidence, Verdict
from gradeline.syntax import shell_nodes as sh

INSTALLS = "installs"  # asks for packages of the language that a build installs
_INSTALLERS = ("pip", "pip3", "uv", "poetry", "pdm", "pipenv", "conda", "mamba")
_LAUNCHERS = (("python", "-m"), ("python3", "-m"), ("uv", "run"), ("poetry", "run"))


def inside_a_build(pipelines: Iterable[PipelineFacts], classes: tuple[str, ...]) -> Verdict | None:
    """*Cannot tell* when the build of an image runs a command of the classes; None when none does."""
    for facts in pipelines:
        for build in builds_of((facts,), facts.project):
            for words, run in _commands(facts, build):
                found = facts.toolbox.classify(words, {})
                works = any(set(classes) & reading.classes and reading.effect == "works" for reading in found)
                if works or (INSTALLS in classes and _installs(words)):
                    shown = " ".join(words)
                    return Verdict(
                        "cannot_tell",
                        f"The build of an image runs `{shown}`, and what happens inside of a build is not followed.",
                        (
                            Evidence(build.span, "problem", "builds the image"),
                            Evidence(run.span, "context", f"runs `{shown}` in the build"),
                        ),
                    )
    return None


def _installs(words: tuple[str, ...]) -> bool:
    return words[0].rpartition("/")[2] in _INSTALLERS and bool({"install", "sync"} & set(words[1:4]))


def _commands(facts: PipelineFacts, build: ImageBuild) -> Iterator[tuple[tuple[str, ...], Run]]:
    image = facts.project.images.get(build.file) if build.file is not None else None
    for stage in image.chain(build.target or "") if image is not None else ():
        for run in stage.instructions:
            if not isinstance(run, Run):
                continue
            for node in walk(tree(run.command.script.raw)):
                if isinstance(node, sh.Simple) and node.words:
                    words = tuple(literal(word) or "" for word in node.words)
                    yield (words[2:] if words[:2] in _LAUNCHERS else words), run
