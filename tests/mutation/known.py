"""The rows of ``explained.yaml``: damage that nothing can lose points for, and why.

``operator`` and ``answers`` (``exercise-12/exemplar-uv``) are patterns; ``*`` stands for anything.  ``file`` is the path of
the changed file, ``line`` the text of the first changed line, ``under`` a line that it is indented under: a pattern, or a
list of which one fits.  Places are named by what stands there and never by numbers, which every edit would move.
``rests``: the criteria that the place may be a proof of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from gradeline.course import Course
from mutation.bench import Trial, shapes
from mutation.operators import MUTANTS, Files, Operator
from mutation.places import Place, fits, fits_one, place_of
from mutation.rewrites import REWRITES

KEYS = frozenset({"operator", "answers", "file", "line", "under", "rests", "why"})
Patterns = str | list[str]
EXPLAINED = Path(__file__).with_name("explained.yaml")


@dataclass(frozen=True)
class Row:
    number: int
    why: str
    operator: str = "*"
    answers: str = "*"
    file: Patterns = "*"
    line: Patterns = "*"
    under: Patterns = ""
    rests: str = ""

    def about(self, operator: str, answer: str, place: Place) -> bool:
        """Whether the row speaks of this operator at this place of this answer."""
        return (
            fits(operator, self.operator)
            and fits(answer, self.answers)
            and fits_one(place.path, self.file)
            and fits_one(place.line, self.line)
            and (not self.under or any(fits_one(one, self.under) for one in place.under))
        )

    def explains(self, trial: Trial) -> bool:
        return self.about(trial.operator, f"{trial.exercise}/{trial.shape}", trial.place) and (
            not self.rests or set(trial.meant) <= set(self.rests.split())
        )

    @property
    def name(self) -> str:
        words = {
            "operator": self.operator,
            "answers": self.answers,
            "file": self.file,
            "line": self.line,
            "under": self.under,
        }
        return f"row {self.number}: " + ", ".join(
            f"{key} {value}" for key, value in words.items() if value not in ("*", "")
        )


def explained(path: Path = EXPLAINED) -> list[Row]:
    """The rows, in their order; ValueError for one with an unknown key or without a reason."""
    rows = []
    for number, row in enumerate(yaml.safe_load(path.read_text("utf-8")) or [], 1):
        if not set(row) <= KEYS or not row.get("why"):
            raise ValueError(f"{path.name}, row {number}: its keys are {sorted(row)}; known are {sorted(KEYS)}")
        rows.append(Row(number, **row))
    return rows


def row_for(trial: Trial, known: list[Row]) -> Row | None:
    """The row that says why a trial may end as it did."""
    return next((row for row in known if row.explains(trial)), None)


def unreached(course: Course, known: list[Row]) -> list[Row]:
    """The rows that speak of no change that any operator makes to any right answer of today.  Nothing is graded."""
    left = {row.number: row for row in known}
    operators: Mapping[str, Operator] = {one.name: one.apply for one in MUTANTS} | dict(REWRITES)
    for exercise_id in sorted(course.folders):
        for shape, files in shapes(course, course.exercise(exercise_id)):
            answer = f"{exercise_id}/{shape}"
            for number in [key for key, row in left.items() if fits(answer, row.answers)]:
                if any(left[number].about(*one) for one in _changes(left[number], operators, answer, files)):
                    del left[number]
    return list(left.values())


def _changes(
    row: Row, operators: Mapping[str, Operator], answer: str, files: Files
) -> Iterator[tuple[str, str, Place]]:
    for name, apply in operators.items():
        if fits(name, row.operator):
            for site, _ in apply(files):
                yield name, answer, place_of(files, site)
