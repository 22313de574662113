"""The commands that the build of an image runs, as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.facts.image_builds import ImageBuild
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.model.image import Run
from gradeline.syntax import shell_nodes as sh

_INSTALLERS = ("pip", "pip3", "uv", "poetry", "pdm", "pipenv", "conda", "mamba")
_LAUNCHERS = (("python", "-m"), ("python3", "-m"), ("uv", "run"), ("poetry", "run"))


def installs(words: tuple[str, ...]) -> bool:
    """Whether a command installs packages of the language."""
    return words[0].rpartition("/")[2] in _INSTALLERS and bool({"install", "sync"} & set(words[1:4]))


def commands(facts: PipelineFacts, build: ImageBuild) -> Iterator[tuple[tuple[str, ...], Run]]:
    """The commands of the stages that are built, as words without the program that only starts them."""
    image = facts.project.images.get(build.file) if build.file is not None else None
    for stage in image.chain(build.target or "") if image is not None else ():
        for run in stage.instructions:
            if not isinstance(run, Run):
                continue
            for node in walk(tree(run.command.script.raw)):
                if isinstance(node, sh.Simple) and node.words:
                    words = tuple(literal(word) or "" for word in node.words)
                    yield (words[2:] if words[:2] in _LAUNCHERS else words), run
