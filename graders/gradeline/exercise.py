"""An exercise as data: what it is called, what it builds on, which files a learner hands in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gradeline.records import field, record
from gradeline.rubric import LEVELS, Document, items, mapping, number, strings, text

FOLDER = re.compile(r"(exercise-(\d{2,3}))-([a-z0-9]+(?:-[a-z0-9]+)*)\Z")


@record
class Exercise:
    """``submit`` are shell-like patterns of the files a learner writes, ``optional`` those of them that a right answer
    may do without, ``instead`` what a learner may hand in in their place; ``production`` are facts of the kit that
    checks may rely on; ``programs`` lists programs of the kit by the tool class of what they do; ``minutes`` is the
    time a learner should plan; ``folder`` holds it all."""

    id: str
    slug: str
    title: str
    submit: tuple[str, ...]
    folder: Path
    topics: tuple[int, ...] = ()
    level: str = ""
    minutes: int = 0
    prerequisites: tuple[str, ...] = ()
    summary: str = ""
    production: Mapping[str, object] = field(default_factory=dict)
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its folder: ``exercise-12-gha-matrix-cache``."""
        return f"{self.id}-{self.slug}"

    @property
    def number(self) -> int:
        return int(self.id.removeprefix("exercise-"))

    @property
    def brief(self) -> Path:
        """The text of the task."""
        return self.folder / "README.md"

    @property
    def starter(self) -> Path:
        """The folder a learner starts from; its files complete a submission, except the submitted ones."""
        return self.folder / "starter"


def build_exercise(document: Document, folder: Path) -> Exercise:
    """The exercise in ``document``; raises ``CourseError`` that names the file, the line and the value."""
    mapping(document, ())
    named = FOLDER.match(folder.name)
    exercise_id = text(document, ("id",), required=True)
    slug = text(document, ("slug",), required=True)
    if named is None or (exercise_id, slug) != (named[1], named[3]):
        document.fail((), f"its folder must be called {exercise_id}-{slug} after its id and slug, not {folder.name}.")
    submit = strings(document, ("submit",))
    if not submit:
        document.fail(("submit",), "is empty: it lists the files a learner hands in.")
    for index, pattern in enumerate(submit):
        if not inside(pattern):
            document.fail(("submit", index), f"must be a relative path that stays in the folder, not {pattern!r}.")
    optional = strings(document, ("optional",))
    for index, pattern in enumerate(optional):
        if pattern not in submit:
            document.fail(("optional", index), f"must be one of the patterns of `submit`, not {pattern!r}.")
    level = text(document, ("level",), required=True)
    if level not in LEVELS:
        document.fail(("level",), f"must be one of {', '.join(LEVELS)}, not {level!r}.")
    return Exercise(
        id=exercise_id,
        slug=slug,
        title=text(document, ("title",), required=True),
        submit=submit,
        folder=folder,
        topics=_topics(document),
        level=level,
        minutes=number(document, ("minutes",), 1, 1000),
        prerequisites=strings(document, ("prerequisites",)),
        summary=text(document, ("summary",)),
        production=mapping(document, ("production",)) if "production" in mapping(document, ()) else {},
        programs=_programs(document),
        optional=optional,
        instead=_instead(document, submit),
    )


def _instead(document: Document, submit: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    if "instead" not in mapping(document, ()):
        return {}
    found = {name: strings(document, ("instead", name)) for name in mapping(document, ("instead",))}
    for name, patterns in found.items():
        if name not in submit:
            document.fail(("instead", name), f"must be one of the patterns of `submit`, not {name!r}.")
        for index, pattern in enumerate(patterns):
            if not inside(pattern):
                problem = f"must be a relative path that stays in the folder, not {pattern!r}."
                document.fail(("instead", name, index), problem)
    return found


def _programs(document: Document) -> Mapping[str, tuple[str, ...]]:
    if "programs" not in mapping(document, ()):
        return {}
    return {name: strings(document, ("programs", name)) for name in mapping(document, ("programs",))}


def inside(pattern: str) -> bool:
    """Whether a path or pattern is relative, uses ``/`` and never leaves its folder."""
    parts: Sequence[str] = pattern.split("/")
    return bool(pattern) and "\\" not in pattern and ":" not in pattern and not {"", ".", ".."} & set(parts)


def _topics(document: Document) -> tuple[int, ...]:
    return tuple(number(document, ("topics", index), 1, 99) for index in range(len(items(document, ("topics",)))))
