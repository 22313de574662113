"""Which folders hold files that an update bot looks for, by the kind of what they name.

GitHub Docs, "Dependabot options reference" (directory, directories: ``/`` stands for the workflows, too).
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.facts.globs import matches
from gradeline.model.project import Project

_NAMES = {
    "python": (
        "pyproject.toml", "requirements*.txt", "requirements*.in", "requirements*.lock", "Pipfile", "uv.lock",
        "poetry.lock", "setup.py", "setup.cfg",
    ),
    "docker": ("Dockerfile", "*.Dockerfile", "Dockerfile.*", "Containerfile"),
}  # fmt: skip


def folders_of(project: Project, kind: str) -> list[str] | None:
    """The folders with files of a kind; None for a kind whose files are not known."""
    if kind == "actions":
        return [""] if any(path.startswith(".github/workflows/") for path in project.paths) else []
    if kind not in _NAMES:
        return None
    found = [
        path.rpartition("/")[0]
        for path in project.paths
        if any(fnmatchcase(path.rpartition("/")[2], name) for name in _NAMES[kind])
    ]
    return list(dict.fromkeys(found))


def looks_into(pattern: str, folder: str) -> bool:
    """Whether a bot that is told to look into ``pattern`` looks into a folder."""
    wanted = pattern.strip("/")
    if not wanted or folder == wanted:
        return folder == wanted
    return matches(folder or ".", wanted) or (not folder and wanted.startswith("**"))
