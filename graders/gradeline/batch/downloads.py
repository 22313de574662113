"""What learning platforms let an instructor download: one assignment, with their own names for folders and files.

Canvas: ``NAME[_LATE]_USER_FILE_ORIGINAL``, all in one folder, ``anon_ID`` for name and user when the assignment is
anonymous (canvas-lms, lib/content_zipper.rb).
Moodle: ``NAME_PARTICIPANT_assignsubmission_file_``, a folder each or the beginning of each file (moodle,
mod/assign/locallib.php).
Gradescope: ``submission_NUMBER/``, and ``submission_metadata.yml`` with who handed in what, and when.
GitHub Classroom and Classroom 50: ``ASSIGNMENT-submissions/ASSIGNMENT-USER/``, clones of the learners' repositories.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradeline.batch.layout import Place, wrong
from gradeline.records import record

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
METADATA = "submission_metadata.yml"
_MOST = 64 * 1024 * 1024  # bytes of the metadata, and of one loose file
_DEEPEST = 30  # of the metadata
_CANVAS = (
    r"(?P<who>(?:(?P<name>[^/]{1,120}?)_)?(?:LATE_)?(?P<user>anon_[A-Za-z0-9]{1,20}|[0-9]{1,20}))"
    r"_[0-9]{1,20}_(?P<file>[^/]+)"
)
_MOODLE = r"(?P<name>[^/]{0,200}?)_(?P<user>[0-9]{1,20})_assign(?:submission|feedback)_[a-z]{1,40}(?:_(?P<file>[^/]*))?"
_GRADESCOPE = r"submission_[0-9]{1,20}"


@record
class _Person:
    """Who handed in, as the platform says it."""

    learner: str
    name: str = ""
    email: str = ""
    lms_id: str = ""


def platform_of(root: Path) -> str:
    """Whose download a folder is: canvas, moodle, gradescope, classroom, or nothing for another layout."""
    with os.scandir(root) as entries:
        shown = sorted((one.name, one.is_dir(follow_symlinks=False)) for one in entries if not one.name.startswith("."))
    if any(name == METADATA and not folder for name, folder in shown):
        return "gradescope"
    if shown and all("_assign" in name and re.fullmatch(_MOODLE, name) for name, _ in shown):
        return "moodle"
    if shown and all(not folder and re.fullmatch(_CANVAS, name) for name, folder in shown):
        return "canvas"
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
    if platform == "classroom":
        stem = f"{root.name.removesuffix('-submissions')}-"
        names = sorted(one.name for one in root.iterdir() if not one.name.startswith("."))
        return tuple(Place(name.removeprefix(stem), exercise, str(root / name)) for name in names)
    found: dict[_Person, list[tuple[str, Path]]] = defaultdict(list)
    for path in sorted(root.iterdir()):
        if path.name.startswith("."):
            continue
        matched = re.fullmatch(_CANVAS if platform == "canvas" else _MOODLE, path.name)
        if matched is None:
            raise wrong("batch.download", found=path.name, platform=platform)
        if "_onlinetext" in path.name and platform == "moodle":
            continue  # what was typed into a form, not work
        found[_person(matched, platform)].append((matched["file"] or "", path))
    return tuple(
        Place(
            one.learner, exercise, _folder(files, staged / _file_name(one.learner)), name=one.name, lms_id=one.lms_id
        )
        for one, files in sorted(found.items(), key=lambda pair: pair[0].learner)
    )  # fmt: skip


def _person(matched: re.Match[str], platform: str) -> _Person:
    name, user = matched["name"] or "", matched["user"]
    if platform == "moodle":
        return _Person(f"{name} {user}".strip(), name, lms_id=user)
    anonymous = user.startswith("anon_")
    return _Person(user if anonymous else f"{name.removesuffix('_LATE')}_{user}".strip("_"),
                   lms_id="" if anonymous else user)  # fmt: skip


def _folder(files: list[tuple[str, Path]], staged: Path) -> str:
    """Where one learner's work lies: a folder, an archive, or loose files that are put together."""
    if len(files) == 1:
        _, path = files[0]
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
            return str(inside[0] if len(inside) == 1 and is_archive(inside[0]) else path)
        if is_archive(path):
            return str(path)
    staged.mkdir(parents=True, exist_ok=True)
    for name, path in files:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST:
            (staged / _file_name(name)).write_bytes(path.read_bytes())
    return str(staged)


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVES) and path.is_file() and not path.is_symlink()


def _file_name(name: str) -> str:
    """A name that stays in its folder."""
    plain = name.replace("/", "_").replace("\0", "_")
    return f"_{plain}" if plain in ("", ".", "..") else plain


def _gradescope(root: Path, exercise: str) -> tuple[Place, ...]:
    found: dict[str, Place] = {}
    for name, entry in sorted(_metadata(root / METADATA).items()):
        if not re.fullmatch(_GRADESCOPE, name) or not isinstance(entry, Mapping):
            continue
        folder = root / name
        if not folder.is_dir() or folder.is_symlink():
            continue
        inside = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
        where = str(inside[0] if len(inside) == 1 and is_archive(inside[0]) else folder)
        people = entry.get(":submitters")
        for one in people if isinstance(people, list) else []:
            said = {key: str(one.get(f":{key}") or "") for key in ("name", "email", "sid")} if _is_map(one) else {}
            learner = said.get("email") or said.get("sid") or said.get("name") or name
            place = Place(
                learner, exercise, where, name=said.get("name", ""), email=said.get("email", ""),
                lms_id=said.get("sid", ""), submitted=_time(entry.get(":created_at")),
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


def _time(said: object) -> str:
    """Gradescope's time (``2026-09-10 18:25:53.109082 -07:00``) as ISO 8601 in UTC; empty when it is none."""
    from datetime import UTC, datetime

    text = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", str(said or "").strip())
    text = re.sub(r"\s*(Z|UTC)$", "+00:00", text)
    text = re.sub(r"\s+([+-][0-9]{2}):?([0-9]{2})$", r"\1:\2", text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
