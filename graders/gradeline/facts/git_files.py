"""Which files Git keeps, and how: ignored files, and files whose content lies elsewhere (Git LFS).

Git documentation, gitignore(5) and gitattributes(5); Git LFS, "git-lfs-track" (the attributes it writes).
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.model.project import Project
from gradeline.model.repository import Attribute, FilePattern, IgnoreFile, Repository, deciding
from gradeline.records import record

MAX_FILES = 100
# Names of text that people read in a change.
TEXT = (".py", ".md", ".toml", ".yml", ".yaml", ".cfg", ".ini", ".txt", ".in", ".lock", ".sh", ".tf", ".sql", ".rst")


@record
class Kept:
    """Whether a path is left out; ``by`` is the line that decides, None when there is none."""

    path: str
    out: bool
    by: FilePattern | None


def kept(files: tuple[IgnoreFile, ...], path: str) -> Kept:
    pattern = deciding(files, path)
    return Kept(path, pattern is not None and not pattern.negated, pattern)


def examples(project: Project, wanted: str) -> Iterator[str]:
    """Paths that stand for what is called ``wanted``: files of the repository, or one that may come to be there.

    ``data`` is the folder with all that is in it, ``**/*.pkl`` such files in any folder, ``a/b.csv`` itself.
    """
    deep = wanted.startswith("**/")
    name = wanted.removeprefix("**/").strip("/")
    found = 0
    for path in project.paths:
        parts = path.split("/")
        size = name.count("/") + 1
        starts = range(len(parts) - size + 1) if deep else range(min(1, len(parts) - size + 1))
        if any(fnmatchcase("/".join(parts[at : at + size]), name) for at in starts):
            found += 1
            yield path
            if found >= MAX_FILES:
                break
    yield from invented(wanted)


def invented(wanted: str) -> tuple[str, ...]:
    """Files that may come to be there, at the top and deeper."""
    name = wanted.removeprefix("**/").strip("/").replace("*", "a").replace("?", "a")
    last = name.rsplit("/", 1)[-1]
    is_file = "." in last[1:] or last in (".env", ".netrc", "Dockerfile", "Makefile")
    if wanted.startswith("**/"):
        inside = name if is_file else f"{name}/a"
        return (inside, f"models/{inside}", f"a/b/{inside}")
    return (name,) if is_file else (f"{name}/a.bin", f"{name}/b/c.bin")


# -- large files -----------------------------------------------------------------------------------


@record
class Route:
    """How Git treats the content of a path.  ``missing`` are the attributes that a large file still needs."""

    path: str
    elsewhere: bool
    by: Attribute | None
    missing: tuple[str, ...] = ()


def route(repository: Repository, path: str) -> Route:
    known = repository.attributes_of(path)
    by = known.get("filter")
    if by is None or by.state != "lfs":
        return Route(path, False, by)
    missing = [f"{name}=lfs" for name in ("diff", "merge") if _state(known, name) != "lfs"]
    if _state(known, "text") is not False:
        missing.append("-text")
    return Route(path, True, by, tuple(missing))


def _state(known: dict[str, Attribute], name: str) -> object:
    return known[name].state if name in known else None


def text_in_storage(project: Project, but: tuple[str, ...]) -> Route | None:
    """A text of the repository whose content would lie elsewhere, so that nobody sees what changed in it.  ``but``
    are folders that may lie there as a whole."""
    inside = tuple(f"{folder}/" for folder in but if "*" not in folder)
    paths = [path for path in project.paths if path.endswith(TEXT) and not path.startswith(inside or ("//",))]
    paths = paths[:MAX_FILES]
    for path in (*paths, *(f"src/a{ending}" for ending in TEXT)):
        found = route(project.repository, path)
        if found.elsewhere:
            return found
    return None
