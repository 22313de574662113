"""Where the submissions of a class lie: ``LEARNER/EXERCISE/``, or ``LEARNER/`` when the exercise is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gradeline.intake.names import safe_name
from gradeline.records import record
from gradeline.words import Told


@record
class Place:
    """One submission: whose, of which exercise (its id), in which folder."""

    learner: str
    exercise: str
    folder: str

    @property
    def name(self) -> str:
        return f"{self.learner}/{self.exercise}"


def find(root: Path, resolve: Callable[[str], str | None], exercise: str | None = None) -> tuple[Place, ...]:
    """All submissions below ``root``, by learner and exercise.

    ``resolve`` gives the id of an exercise from what people call it.  With ``exercise``, an id, every folder in
    ``root`` is one learner's work on it.  Names with a dot in front are passed over.  Raises ``Told`` with what was
    found when the layout is another one, also for a link or a file where a folder belongs, and ``OSError``.
    """
    learners = _folders(root)
    if not learners:
        raise Told("batch.nothing", folder=safe_name(str(root)))
    if exercise is not None:
        return tuple(Place(name, exercise, str(root / name)) for name in learners)
    places: dict[tuple[str, str], Place] = {}
    for learner in learners:
        names = _folders(root / learner)
        if not names:
            raise Told("batch.flat", learner=safe_name(learner), folder=safe_name(str(root)))
        for name in names:
            found = resolve(name)
            if found is None:
                raise Told("batch.layout", found=safe_name(f"{learner}/{name}"), name=safe_name(name))
            if (learner, found) in places:
                raise Told("batch.twice", learner=safe_name(learner), exercise=found)
            places[learner, found] = Place(learner, found, str(root / learner / name))
    return tuple(places[key] for key in sorted(places))


def _folders(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        shown = sorted((one.name, one.is_dir(follow_symlinks=False)) for one in entries if not one.name.startswith("."))
    for name, is_folder in shown:
        if not is_folder:  # it may be somebody's work: nothing is passed over in silence
            raise Told("batch.stray", found=safe_name(name), folder=safe_name(str(folder)))
    return [name for name, _ in shown]
