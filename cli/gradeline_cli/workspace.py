"""Which folder is graded: the workspaces learners start, and the places that are none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gradeline.exercise import Exercise
from gradeline.missing import Expected, look_for
from gradeline.words import Phrase, Told, phrase

MARKER = ".gradeline.json"

_HEX = frozenset("0123456789abcdef")
_MARKER_LIMIT = 4096  # bytes
_FILES_LIMIT = 5000  # files looked at before giving up the search for a submission
SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache"})


class WorkspaceError(Told):
    """There is nothing to grade at the place that was named."""


def folder_to_grade(exercise: Exercise, here: Path, known: Iterable[Path] = ()) -> Path:
    """The folder that holds the learner's work on ``exercise``, seen from ``here``.

    In this order: the workspace that ``here`` is or lies in, a workspace directly below ``here``, and
    ``here`` itself when a file to hand in is there.  Raises ``WorkspaceError`` that says what is
    expected where, what was found instead, and where a workspace of this exercise is: beside ``here`` or
    among ``known``, which is only looked at then.
    """
    inside = next((folder for folder in (here, *here.parents) if (folder / MARKER).is_file()), None)
    if inside is not None and marked(inside) == exercise.id:
        return inside
    below = here / exercise.name
    if marked(below) == exercise.id:
        return below
    paths = sorted(files_below(here))
    expected = [look_for(pattern, paths) for pattern in exercise.submit]
    if inside is None and any(one.found for one in expected):
        return here
    places = (here.parent / exercise.name, *((inside.parent / exercise.name,) if inside is not None else ()))
    elsewhere = next((place for place in (*places, *known) if marked(place) == exercise.id), None)
    if inside is not None:
        other = marked(inside)
        head = phrase("folder.of_other", other=other, id=exercise.id) if other else phrase("folder.of_unknown")
        back = phrase("folder.grade_other", other=other) if other else phrase("folder.name_it", id=exercise.id)
        action = phrase("folder.elsewhere", place=short(elsewhere), id=exercise.id) if elsewhere else phrase(
            "folder.start_or_name", id=exercise.id)  # fmt: skip
        raise WorkspaceError("folder.sentences", sentences=(head, action, back))
    if elsewhere is not None:
        raise WorkspaceError(
            "folder.sentences",
            sentences=(
                phrase("folder.nothing", id=exercise.id),
                phrase("folder.elsewhere", place=short(elsewhere), id=exercise.id),
            ),
        )
    raise WorkspaceError(
        "folder.sentences",
        sentences=(
            phrase("folder.nothing", id=exercise.id),
            *(expectation(one) for one in expected),
            phrase("folder.start_or_name", id=exercise.id),
        ),
    )


def around(here: Path) -> str | None:
    """The exercise of the workspace that ``here`` is or lies in."""
    return next((marked(folder) for folder in (here, *here.parents) if (folder / MARKER).is_file()), None)


def expectation(one: Expected) -> Phrase:
    """What is wrong with a file to hand in; ``Expected.sentence`` says the same in result files."""
    many = any(char in one.pattern for char in "*?[")
    if one.blank:
        return phrase("expected.blank", paths=_listed(one.blank))
    if one.similar:
        key = "expected.no_match_similar" if many else "expected.missing_similar"
        return phrase(key, pattern=one.pattern, paths=_listed(one.similar))
    return phrase("expected.no_match" if many else "expected.missing", pattern=one.pattern)


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def short(place: Path | str) -> str:
    """``place`` as people would type it here: from this folder, from their home, or whole, whatever is shortest."""
    whole = os.path.abspath(place)  # noqa: PTH100 - Path.resolve would follow links
    forms = [whole]
    with suppress(OSError, ValueError):
        forms.insert(0, os.path.relpath(whole))
    with suppress(RuntimeError):
        home = Path.home()
        if home in Path(whole).parents:
            forms.append(f"~/{Path(whole).relative_to(home).as_posix()}")
    return min(forms, key=len)


def marked(folder: Path) -> str | None:
    """The id of the exercise that ``folder`` is a workspace of, or None."""
    name = _marker(folder).get("exercise")
    return name if isinstance(name, str) and name.isascii() and name.isprintable() else None


def workspace_id(folder: Path) -> str | None:
    """The id that a workspace got when it was started: 32 hexadecimal digits, so it is a safe file name."""
    given = _marker(folder).get("workspace")
    return given if isinstance(given, str) and len(given) == 32 and not set(given) - _HEX else None


def _marker(folder: Path) -> dict[str, object]:
    with suppress(OSError, ValueError, RecursionError):
        with (folder / MARKER).open("rb") as file:
            data = json.loads(file.read(_MARKER_LIMIT).decode("utf-8"))
        if isinstance(data, dict):
            return data
    return {}


def marker_text(exercise: Exercise, version: str) -> str:
    """What a workspace's marker says.  It only finds the folder and its progress: nothing in it changes a grade."""
    data = {"exercise": exercise.id, "started_with": version, "workspace": os.urandom(16).hex()}
    return json.dumps(data, indent=2) + "\n"


def authoring_root(path: Path) -> Path | None:
    """The repository Gradeline itself is written in, when ``path`` lies inside it."""
    path = path.resolve()
    for folder in (path, *path.parents):
        if (folder / "rubrics").is_dir() and (folder / "solutions").is_dir() and _is_gradeline(folder):
            return folder
    return None


def submitted(exercise: Exercise, path: Path | None, known: Callable[[], Iterable[Path]] = tuple) -> Path:
    """The folder or archive to grade: ``path``, or the workspace around the current folder.

    Raises ``WorkspaceError`` when there is none, or when it lies in the authoring repository; ``known`` gives
    the workspaces of this exercise that are known from before.
    """
    here = Path.cwd()
    refuse_authoring(path if path is not None else here, exercise)
    folder = path if path is not None else folder_to_grade(exercise, here, _later(known))
    if not folder.exists():
        raise WorkspaceError("folder.sentences", sentences=tuple(_nothing_at(folder)))
    return folder


def _nothing_at(folder: Path) -> Iterator[Phrase]:
    from difflib import get_close_matches

    yield phrase("folder.not_there", folder=str(folder))
    names: list[str] = []
    with suppress(OSError):
        names = sorted(one.name for one in folder.absolute().parent.iterdir() if one.is_dir())[:_FILES_LIMIT]
    close = get_close_matches(folder.name, names, n=2, cutoff=0.6)
    yield phrase("folder.did_you_mean", names=", ".join(close)) if close else phrase("folder.name_yours")


def _later(known: Callable[[], Iterable[Path]]) -> Iterator[Path]:
    yield from known()


def refuse_authoring(path: Path, exercise: Exercise) -> None:
    """Raises ``WorkspaceError`` inside the authoring repository: its solutions are no submissions."""
    if authoring_root(path) is not None:
        raise WorkspaceError("folder.authoring", path=str(path), id=exercise.id)


def files_below(folder: Path) -> Iterator[str]:
    """Relative paths of the files below ``folder``, without tool folders and links, up to a limit."""
    count = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(files):
            count += 1
            if count > _FILES_LIMIT:
                return
            yield (Path(parent) / name).relative_to(folder).as_posix()


def _is_gradeline(folder: Path) -> bool:
    import tomllib

    try:
        with (folder / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file).get("project", {})
    except (OSError, ValueError):
        return False
    return isinstance(project, dict) and project.get("name") == "gradeline"
