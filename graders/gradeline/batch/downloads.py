"""What learning platforms let an instructor download: one assignment, with their own names for folders and files.

Canvas: ``NAME[_LATE]_USER_FILE_ORIGINAL``, all in one folder, ``anon_ID`` for name and user when the assignment is
anonymous (canvas-lms, lib/content_zipper.rb).
Moodle: ``NAME_PARTICIPANT_assignsubmission_file_``, a folder each or the beginning of each file (moodle,
mod/assign/locallib.php).
Gradescope: ``submission_NUMBER/``, and ``submission_metadata.yml`` with who handed in what, and when.
GitHub Classroom: ``ASSIGNMENT-submissions/ASSIGNMENT-USER/``, clones of the learners' repositories.
Classroom 50: see ``classroom50``.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradeline.batch import classroom50
from gradeline.batch.layout import Place, learner_name, time_of, wrong
from gradeline.batch.output import replace
from gradeline.records import record

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
METADATA = "submission_metadata.yml"
_MOST = 64 * 1024 * 1024  # bytes of the metadata, and of one loose file
_DEEPEST = 30  # of the metadata
_CANVAS = (
    r"(?P<who>(?:(?P<name>[^/]{1,120}?)_)?(?:LATE_)?(?P<user>anon_[A-Za-z0-9]{1,20}|[0-9]{1,20}))"
    r"_(?P<number>[0-9]{1,20})_(?P<file>[^/]+)"
)
_MOODLE = (
    r"(?P<name>[^/]{0,200}?)_(?P<user>[0-9]{1,20})"
    r"_assign(?P<kind>(?:submission|feedback)_[a-z]{1,40})(?:_(?P<file>[^/]*))?"
)
_GRADESCOPE = r"submission_[0-9]{1,20}"


_NO_WORK = frozenset({"submission_onlinetext", "submission_comments", "feedback_file", "feedback_comments"})


@record
class _File:
    """One file or folder of a learner; ``number`` grows with each upload, ``name`` is the learner's own."""

    number: int
    name: str
    path: Path


@record
class _Person:
    """Who handed in, as the platform says it."""

    learner: str
    name: str = ""
    email: str = ""
    lms_id: str = ""


def platform_of(root: Path) -> str:
    """Whose download a folder is: canvas, moodle, gradescope, classroom50, classroom, or nothing for another layout."""
    with os.scandir(root) as entries:
        shown = sorted((one.name, one.is_dir(follow_symlinks=False)) for one in entries if not one.name.startswith("."))
    if any(name == METADATA and not folder for name, folder in shown):
        return "gradescope"
    if shown and all("_assign" in name and re.fullmatch(_MOODLE, name) for name, _ in shown):
        return "moodle"
    if shown and all(not folder and re.fullmatch(_CANVAS, name) for name, folder in shown):
        return "canvas"
    if classroom50.is_download(root, shown):
        return "classroom50"
    stem = root.name.removesuffix("-submissions")
    if shown and stem != root.name and all(folder and name.startswith(f"{stem}-") for name, folder in shown):
        return "classroom"
    return ""


def places(root: Path, platform: str, exercise: str, staged: Path) -> tuple[Place, ...]:
    """The submissions of ``exercise`` (its id) in a download, by learner.

    Loose files of one learner are copied into a folder below ``staged``.  Raises ``Told`` and ``OSError``.
    """
    if platform == "gradescope":
        return _gradescope(root, exercise)
    if platform == "classroom50":
        return classroom50.places(root, exercise)
    paths = sorted(path for path in root.iterdir() if not path.name.startswith("."))
    if platform == "classroom":
        stem = f"{root.name.removesuffix('-submissions')}-"
        return tuple(Place(learner_name(path.name.removeprefix(stem)), exercise, str(path)) for path in paths)
    found: dict[_Person, list[_File]] = defaultdict(list)
    for path in paths:
        matched = re.fullmatch(_CANVAS if platform == "canvas" else _MOODLE, path.name)
        if matched is None or path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise wrong("batch.download", found=path.name, platform=platform)
        if platform == "moodle" and matched["kind"] in _NO_WORK:
            continue
        number = int(matched["number"]) if platform == "canvas" else 0
        found[_person(matched, platform)].append(_File(number, matched["file"] or "", path))
    return tuple(
        Place(
            one.learner, exercise, _folder(one.learner, files, staged), name=one.name, lms_id=one.lms_id
        )
        for one, files in sorted(found.items(), key=lambda pair: pair[0].learner)
    )  # fmt: skip


def _person(matched: re.Match[str], platform: str) -> _Person:
    name, user = learner_name(matched["name"] or ""), matched["user"]
    if platform == "moodle":
        return _Person(f"{name} {user}".strip(), name, lms_id=user)
    anonymous = user.startswith("anon_")
    return _Person(user if anonymous else f"{name.removesuffix('_LATE')}_{user}".strip("_"),
                   lms_id="" if anonymous else user)  # fmt: skip


def _folder(learner: str, files: list[_File], staged: Path) -> str:
    """Where one learner's work lies: a folder, an archive, or loose files that are put together in ``staged``.

    With an archive there may be other files, such as a report: the work is in the archive.
    """
    files.sort(key=lambda one: one.number)
    if len(files) == 1 and files[0].path.is_dir():
        return _inside(files[0].path)
    archives = {one.name: one.path for one in files if is_archive(one.path)}  # the latest of each name
    if len(archives) > 1:
        raise wrong("batch.archives", learner=learner, found=", ".join(sorted(archives)))
    if archives:
        return str(*archives.values())
    return str(_put_together({_file_name(one.name): one.path for one in files}, staged / _file_name(learner)))


def _inside(folder: Path) -> str:
    """The folder itself, or the archive in it when there is nothing else."""
    inside = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    return str(inside[0] if len(inside) == 1 and is_archive(inside[0]) else folder)


def _put_together(files: Mapping[str, Path], folder: Path) -> Path:
    """Copy ``files``, by name, into ``folder``, where nothing else stays.  What is the same is not written again."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, path in files.items():
        copy, size = folder / name, path.stat().st_size
        if size > _MOST:  # the grader reads no such file, and says so by its size
            with copy.open("wb") as file:
                file.truncate(size)
            continue
        content = path.read_bytes()
        if not copy.is_file() or copy.read_bytes() != content:
            replace(copy, content)
    return folder


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVES) and path.is_file() and not path.is_symlink()


def _file_name(name: str) -> str:
    """A name that stays in its folder."""
    plain = name.replace("/", "_").replace("\0", "_")
    return f"_{plain}" if plain in ("", ".", "..") else plain


def _gradescope(root: Path, exercise: str) -> tuple[Place, ...]:
    found: dict[str, Place] = {}
    entries = _metadata(root / METADATA)
    for folder in root.iterdir():
        if re.fullmatch(_GRADESCOPE, folder.name) and not isinstance(entries.get(folder.name), Mapping):
            raise wrong("batch.download", found=folder.name, platform="gradescope")
    for name, entry in sorted(entries.items()):
        if not re.fullmatch(_GRADESCOPE, name) or not isinstance(entry, Mapping):
            continue
        folder = root / name
        if folder.is_symlink():
            raise wrong("batch.download", found=name, platform="gradescope")
        where = _inside(folder) if folder.is_dir() else str(folder)  # what is lost becomes an error, and nobody's zero
        people = entry.get(":submitters")
        for one in (people if isinstance(people, list) else []) or [{}]:  # nobody may be named: it is somebody's work
            said = {key: str(one.get(f":{key}") or "") for key in ("name", "email", "sid")} if _is_map(one) else {}
            learner = said.get("email") or said.get("sid") or said.get("name") or name
            place = Place(
                learner, exercise, where, name=said.get("name", ""), email=said.get("email", ""),
                lms_id=said.get("sid", ""), submitted=time_of(entry.get(":created_at")),
            )  # fmt: skip
            before = found.get(learner)
            if before is None or before.submitted <= place.submitted:
                found[learner] = place
    return tuple(found[name] for name in sorted(found))


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def _metadata(path: Path) -> Mapping[str, Any]:
    import yaml

    if path.stat().st_size > _MOST:
        raise wrong("batch.metadata", file=str(path))
    try:
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # text only: tags of Ruby make no objects
        content, depth = path.read_bytes(), 0
        for event in yaml.parse(content, loader):  # in events first: deep trees crash who builds them
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
                raise wrong("batch.metadata", file=str(path))
        data = yaml.load(content, loader)  # noqa: TID251, S506 - text only, as deep as we have just seen
    except (yaml.YAMLError, ValueError) as error:
        raise wrong("batch.metadata", file=str(path)) from error
    if not isinstance(data, Mapping):
        raise wrong("batch.metadata", file=str(path))
    return data
