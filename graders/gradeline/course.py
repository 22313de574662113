"""Where exercises and rubrics are found, how they are named, and in which order they come.

A course is a folder with ``exercises/`` and ``rubrics/`` (and, for authors only, ``solutions/``):
the repository itself, or ``gradeline/_course`` in an installed wheel.  Course files are read with the
same located, bounded parser as submissions, and are data only: nothing in them is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gradeline.exercise import FOLDER, Exercise, build_exercise
from gradeline.records import record
from gradeline.rubric import CourseError, Document, Place, Rubric, build_rubric
from gradeline.source import GradelineError, SourceFile, Span

if TYPE_CHECKING:
    from gradeline.syntax.yaml_nodes import Node

FILE_LIMIT = 256 * 1024  # bytes of one course file

_NUMBER = re.compile(r"(?:exercise|ex)?-?0*(\d{1,3})\Z")


class UnknownExerciseError(GradelineError):
    """A name that no exercise has.  ``suggestions`` are names that look like it."""

    def __init__(self, name: str, suggestions: Sequence[str]) -> None:
        self.name = name
        self.suggestions = tuple(suggestions)
        hint = f" Did you mean {' or '.join(suggestions)}?" if suggestions else " `grade list` shows all exercises."
        super().__init__(f"There is no exercise {name!r}.{hint}")


@record
class Course:
    """``root`` holds ``exercises/`` and ``rubrics/``."""

    root: Path

    @property
    def solutions(self) -> Path:
        """Where authors keep right and wrong answers; never part of an installed course."""
        return self.root / "solutions"

    @cached_property
    def folders(self) -> dict[str, Path]:
        """Exercise id to folder, by number.  Only folder names are looked at, no file is opened."""
        found: dict[str, Path] = {}
        for folder in sorted((self.root / "exercises").iterdir()):
            named = FOLDER.match(folder.name)
            if named is None or not folder.is_dir():
                continue
            if named[1] in found:
                raise CourseError(f"{folder.name} and {found[named[1]].name} have the same number.")
            found[named[1]] = folder
        return dict(sorted(found.items(), key=lambda item: _number_of(item[0])))

    def resolve(self, name: str) -> str | None:
        """The id of the exercise that people call ``name``, or None.

        ``exercise-07``, ``7``, ``07``, ``007``, ``ex7``, the slug, and the folder's name all work, in
        any case and with ``_`` for ``-``.
        """
        wanted = name.strip().casefold().replace("_", "-").rstrip("/")
        numbered = _NUMBER.match(wanted)
        for exercise_id, folder in self.folders.items():
            if numbered and int(numbered[1]) == _number_of(exercise_id):
                return exercise_id
            if wanted in (folder.name, folder.name.removeprefix(f"{exercise_id}-")):
                return exercise_id
        return None

    def suggestions(self, name: str, others: Iterable[str] = ()) -> tuple[str, ...]:
        """Up to three names of exercises, or words of ``others``, that look like ``name``."""
        from difflib import get_close_matches

        wanted = name.strip().casefold().replace("_", "-")
        if _NUMBER.match(wanted):
            return ()  # a number is not misspelled; the list says which there are
        numbered = [one for one in self.folders if wanted.startswith(f"{one}-")]
        if numbered:
            return (numbered[0],)  # the number is right, the rest is not
        names = [*others]
        for exercise_id, folder in self.folders.items():
            names += (exercise_id, folder.name.removeprefix(f"{exercise_id}-"))
        containing = [one for one in names if len(wanted) >= 3 and wanted in one]
        close = get_close_matches(wanted, names, n=3, cutoff=0.6)
        return tuple(dict.fromkeys([*containing, *close]))[:3]

    def exercise(self, name: str) -> Exercise:
        """The exercise people call ``name``; raises ``UnknownExerciseError`` or ``CourseError``."""
        exercise_id = self.resolve(name)
        if exercise_id is None:
            raise UnknownExerciseError(name, self.suggestions(name))
        return build_exercise(self.exercise_document(exercise_id), self.folders[exercise_id])

    def rubric(self, exercise_id: str) -> Rubric:
        """The rubric of an exercise; raises ``CourseError``."""
        document = self.rubric_document(exercise_id)
        rubric = build_rubric(document)
        if rubric.exercise != exercise_id:
            document.fail(("exercise",), f"must be {exercise_id}, like the name of the file.")
        return rubric

    def exercises(self) -> tuple[Exercise, ...]:
        """All exercises, each after its prerequisites, otherwise by number."""
        return in_order([self.exercise(exercise_id) for exercise_id in self.folders])

    def exercise_document(self, exercise_id: str) -> Document:
        """``exercise.yaml`` as plain data."""
        folder = self.folders[exercise_id]
        return read_document(folder / "exercise.yaml", f"exercises/{folder.name}/exercise.yaml")

    def rubric_document(self, exercise_id: str) -> Document:
        """``rubrics/exercise-NN.yaml`` as plain data."""
        return read_document(self.root / "rubrics" / f"{exercise_id}.yaml", f"rubrics/{exercise_id}.yaml")


def find_course() -> Course:
    """The course that came with this program: installed next to it, or the repository it lies in."""
    package = Path(__file__).resolve().parent
    for root in (package / "_course", package.parents[1]):
        if (root / "exercises").is_dir() and (root / "rubrics").is_dir():
            return Course(root)
    raise CourseError("This installation has no exercises. Install Gradeline again, or name a course with --course.")


def open_course(root: Path) -> Course:
    """The course in ``root``; raises ``CourseError`` when it is none."""
    if not (root / "exercises").is_dir() or not (root / "rubrics").is_dir():
        raise CourseError(f"{root} is no course: it needs the folders exercises/ and rubrics/.")
    return Course(root)


def in_order(exercises: Iterable[Exercise]) -> tuple[Exercise, ...]:
    """Every exercise after its prerequisites, the lowest number first; raises ``CourseError``."""
    left = sorted(exercises, key=lambda exercise: exercise.number)
    known = {exercise.id for exercise in left}
    for exercise in left:
        unknown = [other for other in exercise.prerequisites if other not in known]
        if unknown:
            raise CourseError(f"{exercise.name} builds on {unknown[0]}, which does not exist.")
    done: dict[str, Exercise] = {}
    while left:
        ready = next((one for one in left if all(other in done for other in one.prerequisites)), None)
        if ready is None:
            raise CourseError(f"These exercises build on each other in a circle: {', '.join(one.id for one in left)}.")
        left.remove(ready)
        done[ready.id] = ready
    return tuple(done.values())


def read_document(path: Path, shown: str) -> Document:
    """A YAML file of the course as plain data, called ``shown`` in messages; raises ``CourseError``.

    Stricter than YAML: one document, no aliases, no tags; the parser reports repeated keys.
    """
    from gradeline.syntax.yaml import parse
    from gradeline.syntax.yaml_nodes import Mapping

    try:
        with path.open("rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise CourseError(f"{shown}: cannot be read ({error.strerror or type(error).__name__}).") from error
    if len(content) > FILE_LIMIT:
        raise CourseError(f"{shown}: is larger than {FILE_LIMIT // 1024} KiB.")
    try:
        source = SourceFile(shown, content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CourseError(f"{shown}: is not UTF-8 text.") from error
    parsed = parse(source)
    for diagnostic in parsed.diagnostics:
        if diagnostic.severity == "error":
            line = f":{diagnostic.span.line}" if diagnostic.span else ""
            raise CourseError(f"{shown}{line}: {diagnostic.message}")
    if len(parsed.documents) != 1 or not isinstance(parsed.documents[0], Mapping):
        raise CourseError(f"{shown}: must be one YAML mapping.")
    places: dict[Place, Span] = {}
    data = _plain(parsed.documents[0], (), places)
    return Document(shown, data, places)


def _plain(node: Node, place: Place, places: dict[Place, Span]) -> object:
    # The parser bounds how deep a document nests, and so this recursion.
    from gradeline.syntax.yaml_nodes import Alias, Scalar, Sequence, scalar_value

    places[place] = node.span
    where = f"{node.span.path}:{node.span.line}"
    if isinstance(node, Alias):
        raise CourseError(f"{where}: aliases are not used in course files; write the value out.")
    if node.tag is not None:
        raise CourseError(f"{where}: tags are not used in course files.")
    if isinstance(node, Scalar):
        return scalar_value(node)
    if isinstance(node, Sequence):
        return [_plain(item, (*place, index), places) for index, item in enumerate(node.items)]
    result: dict[str, object] = {}
    for key_node, value in node.entries:
        if not isinstance(key_node, Scalar):
            raise CourseError(f"{where}: keys must be words.")
        result[key_node.value] = _plain(value, (*place, key_node.value), places)
    return result


def _number_of(exercise_id: str) -> int:
    return int(exercise_id.removeprefix("exercise-"))
