"""Dockerfiles and ignore files."""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.ignore import Ignore
from gradeline.model.image import Image, Run
from gradeline.readers import places
from gradeline.readers.docker.ignore import read_ignore
from gradeline.readers.docker.image import read_image
from gradeline.readers.lazy import Lazy
from gradeline.readers.project import read_commands
from gradeline.records import replace
from gradeline.source import SourceFile

__all__ = ["image_reader", "read_ignore", "read_image"]


def image_reader(
    paths: tuple[str, ...], read: Callable[[str], SourceFile | None]
) -> Callable[[str], Image | None]:
    """What reads a build file of the repository with what belongs to it; None for one that cannot be read."""
    ignore_files = tuple(path for path in paths if places.is_ignore_file(path))

    def ignore(path: str) -> Ignore | None:
        source = read(path)
        return None if source is None else source.once("ignore file", read_ignore)

    def by_folder(folder: str) -> Ignore | None:
        names = (f"{folder}/{name}".lstrip("/") for name in places.IGNORE_NAMES)
        return next((found for path in names if path in ignore_files and (found := ignore(path))), None)

    folders = dict.fromkeys(path.rpartition("/")[0] for path in ignore_files)
    ignores = Lazy(tuple(folders), by_folder)

    def image(path: str) -> Image | None:
        source = read(path)
        if source is None:
            return None
        own = f"{path}.dockerignore"
        found = source.once("image", read_image)
        recipes, scripts = read_commands(paths, read, _texts(found))
        mine = ignore(own) if own in ignore_files else None
        return replace(found, own_ignore=mine, ignores=ignores, recipes=recipes, scripts=scripts)

    return image


def _texts(image: Image) -> list[tuple[str, str]]:
    """The commands of the build, started in the root of the repository or beside the build file."""
    folders = dict.fromkeys(("", image.path.rpartition("/")[0]))
    return [
        (item.command.script.raw, folder)
        for stage in image.stages
        for item in stage.instructions
        if isinstance(item, Run)
        for folder in folders
    ]
