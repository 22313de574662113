"""What ``gh teacher download`` of Classroom 50 writes (foundation50/classroom50, cli/gh-teacher/internal/download).

One folder, called ``CLASSROOM-ASSIGNMENT_submissions_TIME`` unless the teacher names another, with a clone for each
repository, ``CLASSROOM-ASSIGNMENT-USER``, and ``scores.csv``: a row for each member of the class and each submission,
newest first.  With ``--by-pattern`` there are clones alone.  The repository of a group is called after one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gradeline.batch.layout import Place, learner_name, time_of, wrong
from gradeline.records import record

SCORES = "scores.csv"
_MOST = 64 * 1024 * 1024  # bytes of the scores
_COLUMNS = frozenset({"username", "submission_tag", "review_url", "datetime"})
_FOLDER = r"(?P<prefix>.+)_submissions_[0-9]{4}(?:_[0-9]{2}){2}_T(?:_[0-9]{2}){3}"
_FORMULA = ("'=", "'+", "'-", "'@")  # what the writer of the file has made harmless


@record
class _Row:
    """The newest submission of one member of the class, whose work may lie in another one's repository."""

    user: str
    name: str
    email: str
    submitted: str
    review: str


def is_download(root: Path, shown: Sequence[tuple[str, bool]]) -> bool:
    """``shown``: the names in ``root``, and whether each is a folder."""
    folders = [name for name, folder in shown if folder]
    if not folders or any(not folder and name != SCORES for name, folder in shown):
        return False
    if len(folders) < len(shown):
        return _header(root / SCORES) >= _COLUMNS
    stem = _prefix(root)
    return bool(stem) and all(name.lower().startswith(stem) for name in folders)


def places(root: Path, exercise: str) -> tuple[Place, ...]:
    """The submissions by learner: the user's name.  Raises ``Told`` and ``OSError``."""
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    rows = _rows(root / SCORES) if (root / SCORES).is_file() else {}
    stem = _prefix(root) or _common([path.name for path in folders], rows)
    found: dict[str, Place] = {}
    for path in folders:
        user = path.name[len(stem) :]
        if not stem or not path.name.lower().startswith(stem) or not user or path.is_symlink():
            raise wrong("batch.download", found=path.name, platform="classroom50")
        found[user.lower()] = _place(rows.get(user.lower(), _Row(user, "", "", "", "")), exercise, path)
    by_name = {path.name.lower(): path for path in folders}
    for key, row in rows.items():
        if key not in found:  # a member of a group works in the repository of another
            shared = next((by_name[part] for part in row.review.lower().split("/") if part in by_name), None)
            if shared is not None:
                found[key] = _place(row, exercise, shared)
    return tuple(found[key] for key in sorted(found))


def _place(row: _Row, exercise: str, path: Path) -> Place:
    return Place(learner_name(row.user), exercise, str(path), row.name, row.email, submitted=row.submitted)


def _prefix(root: Path) -> str:
    """What stands before the user in the names of the clones, when the folder says it."""
    matched = re.fullmatch(_FOLDER, root.name)
    return f"{matched['prefix'].lower()}-" if matched else ""


def _common(names: Sequence[str], rows: Mapping[str, _Row]) -> str:
    """The same, found by the users: the one beginning that leaves users everywhere, or empty."""
    fits = [
        {name.lower().removesuffix(user) for user in rows if name.lower().endswith(f"-{user}")} for name in names
    ]  # fmt: skip
    common = set.intersection(*fits) if fits else set()
    return common.pop() if len(common) == 1 else ""


def _header(path: Path) -> frozenset[str]:
    with path.open("rb") as file:
        line = file.readline(4096).decode("utf-8", "replace").removeprefix("\ufeff")
    return frozenset(line.strip().split(","))


def _rows(path: Path) -> dict[str, _Row]:
    """The newest row of each user, by the name in small letters."""
    import csv
    import io

    if path.stat().st_size > _MOST:
        raise wrong("batch.metadata", file=str(path))
    found: dict[str, _Row] = {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
        for one in csv.DictReader(io.StringIO(text, newline=""), strict=True):
            said = {key: _plain(value) for key, value in one.items() if isinstance(value, str)}
            user, submitted = said.get("username", ""), time_of(said.get("datetime", ""))
            before = found.get(user.lower())
            if user and (before is None or before.submitted < submitted):
                name = f"{said.get('first_name', '')} {said.get('last_name', '')}".strip()
                found[user.lower()] = _Row(user, name, said.get("email", ""), submitted, said.get("review_url", ""))
    except (ValueError, csv.Error) as error:
        raise wrong("batch.metadata", file=str(path)) from error
    return found


def _plain(text: str) -> str:
    return text[1:] if text.startswith(_FORMULA) else text
