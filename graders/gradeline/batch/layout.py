"""Where the submissions of a class lie: ``LEARNER/EXERCISE/``, or ``LEARNER/`` when the exercise is named.

A folder may be an archive as well: ``LEARNER.zip``, ``LEARNER/EXERCISE.tar.gz``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from gradeline.records import record
from gradeline.words import Told

_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


@record
class Place:
    """One submission: whose, of which exercise (its id), in which folder or archive.

    What a platform tells besides may be empty: the learner's name, address and number there, and when the work was
    handed in (ISO 8601 in UTC).
    """

    learner: str
    exercise: str
    folder: str
    name: str = ""
    email: str = ""
    lms_id: str = ""
    submitted: str = ""

    @property
    def title(self) -> str:
        """The name of the submission."""
        return f"{self.learner}/{self.exercise}"


def find(root: Path, resolve: Callable[[str], str | None], exercise: str | None = None) -> tuple[Place, ...]:
    """All submissions below ``root``, by learner and exercise.

    ``resolve`` gives the id of an exercise from what people call it.  With ``exercise``, an id, every folder in
    ``root`` is one learner's work on it.  Names with a dot in front are passed over, and who has an empty folder has
    handed in nothing.  Raises ``Told`` with what was found when the layout is another one, also for a link or a file
    where a folder belongs and for names that not every system tells apart, and ``OSError``.
    """
    learners = _entries(root)
    if not learners:
        raise wrong("batch.nothing", folder=str(root))
    places: dict[tuple[str, str], Place] = {}
    resolved = cache(resolve)
    same: dict[str, str] = {}
    empty = ""

    def add(learner: str, name: str, where: Path) -> None:
        other = same.setdefault(learner.casefold(), learner)
        if other != learner:
            raise wrong("batch.same", learner=learner, other=other)
        if (learner, name) in places:
            raise wrong("batch.twice", learner=learner, exercise=name)
        places[learner, name] = Place(learner, name, str(where))

    for entry in learners:
        learner = learner_name(_stem(entry))
        if exercise is not None:
            add(learner, exercise, root / entry)
            continue
        if _stem(entry) != entry:
            raise wrong("batch.archive", found=entry)
        names = _entries(root / entry)
        empty = empty if names else learner
        for name in names:
            found = resolved(_stem(name))
            if found is None:
                raise wrong("batch.layout", found=f"{learner}/{name}", name=name)
            add(learner, found, root / entry / name)
    if not places:
        raise wrong("batch.flat", learner=empty, folder=str(root))
    return tuple(places[key] for key in sorted(places))


def learner_name(name: str) -> str:
    """The name of a folder as text: one of two ways to write an accent, and bytes that are no text as ``\\xff``."""
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))


def wrong(key: str, **names: str) -> Told:
    """What to raise; ``names``, which people have chosen, are made fit to be shown."""
    from gradeline.intake.names import safe_name

    return Told(key, **{blank: safe_name(name) for blank, name in names.items()})


def _entries(folder: Path) -> list[str]:
    """Folders and archives by name."""
    with os.scandir(folder) as entries:
        shown = sorted((one.name, one.is_dir(follow_symlinks=False), one.is_file(follow_symlinks=False))
                       for one in entries if not one.name.startswith("."))  # fmt: skip
    for name, is_folder, is_file in shown:
        if not is_folder and not (is_file and _stem(name) != name):
            # It may be somebody's work: nothing is passed over in silence.
            raise wrong("batch.stray", found=name, folder=str(folder))
    return [name for name, _, _ in shown]


def _stem(name: str) -> str:
    """A name without the end that says it is an archive."""
    low = name.lower()
    return next((name[: -len(end)] for end in _ARCHIVES if low.endswith(end) and len(name) > len(end)), name)


def time_of(said: object) -> str:
    """A platform's time (``2026-09-10 18:25:53.109082 -07:00``) as ISO 8601 in UTC; empty when it is none."""
    import re
    from datetime import UTC, datetime

    text = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", str(said or "").strip())
    text = re.sub(r"\s*(Z|UTC)$", "+00:00", text)
    text = re.sub(r"\s+([+-][0-9]{2}):?([0-9]{2})$", r"\1:\2", text)
    try:
        found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return f"{found.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
