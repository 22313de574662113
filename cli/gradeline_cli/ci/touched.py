"""Which submissions of a repository a pull request touches, and which of its changes are refused.

A submission is a folder that `grade start` made (its marker names the exercise), or one that is called like an
exercise.  The nearest such folder above a changed file is the one that is touched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from gradeline.course import Course
from gradeline.intake.names import matches, safe_name
from gradeline.records import record
from gradeline.words import Told, phrase
from gradeline_cli.ci.git import Blob, Change
from gradeline_cli.workspace import MARKER

_MARKER_LIMIT = 4096  # bytes
_NAMED = 5  # paths in one message

# The course and the grader themselves, when the repository holds them.  They come from the base, and a change of
# them is a matter for a person.
PROTECTED = (
    "rubrics/exercise-*.yaml", "rubrics/exercise-*.yml", "exercises/exercise-*/**", "solutions/exercise-*/**",
    "graders/gradeline/**", "cli/gradeline_cli/**",
)  # fmt: skip

Read = Callable[[str, int], "bytes | int"]


class RefusedError(Told):
    """The pull request changes what grades it."""


@record
class Touched:
    """A submission.  ``root`` is its folder, "" for the top of the repository.  ``there`` says whether the pull request
    leaves any file of it; ``moved_to`` is where the rest went when it does not.  ``changed`` are the paths in it that
    are new or different, seen from the repository."""

    root: str
    exercise: str
    there: bool
    moved_to: str = ""
    changed: tuple[Change, ...] = ()


class Layout:
    """The submissions of one tree, found by their names and markers.

    ``only`` is a folder and its exercise, when the whole repository is about that one.
    """

    def __init__(
        self, course: Course, blobs: Callable[[], Iterable[Blob]], read: Read, only: tuple[str, str] | None = None
    ) -> None:  # fmt: skip
        self._blobs = blobs
        self._course = course
        self._read = read
        self._only = only
        self._known: dict[str, str | None] = {}

    @cached_property
    def blobs(self) -> dict[str, Blob]:
        """All files of the tree; they are listed when they are first asked for."""
        return {blob.path: blob for blob in self._blobs()}

    def root_of(self, path: str) -> str | None:
        """The folder of the submission that ``path`` belongs to, or None."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if self.exercise_of(folder) is not None:
                return folder
        return None

    @property
    def is_single(self) -> bool:
        return self._only is not None

    def exercise_of(self, folder: str) -> str | None:
        """The exercise of a folder that is a submission by itself, or None."""
        if self._only is not None:
            return self._only[1] if folder == self._only[0] else None
        if folder not in self._known:
            self._known[folder] = self.marked(folder) or self.named(folder)
        return self._known[folder]

    def marked(self, folder: str) -> str | None:
        """What the marker in ``folder`` says, as far as it is a word."""
        blob = self.blobs.get(f"{folder}/{MARKER}" if folder else MARKER)
        if blob is None or blob.kind != "file":
            return None
        content = self._read(blob.id, _MARKER_LIMIT)
        if isinstance(content, int):
            return None
        try:
            data = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            return None
        name = data.get("exercise") if isinstance(data, dict) else None
        return name if isinstance(name, str) and name.isascii() and name.isprintable() and name else None

    def named(self, folder: str) -> str | None:
        """The exercise that ``folder`` is called after."""
        name = folder.rpartition("/")[2]
        for exercise, place in self._course.folders.items():
            if name in (exercise, place.name):
                return exercise
        return None

    def below(self, root: str) -> tuple[Blob, ...]:
        """The files of a submission, without those of submissions in it."""
        start = f"{root}/" if root else ""
        inside = [blob for path, blob in self.blobs.items() if path.startswith(start)]
        return tuple(blob for blob in inside if self.root_of(blob.path) == root)


def refuse_protected(changes: Sequence[Change], protected: Sequence[str]) -> None:
    """Raises ``RefusedError`` when a change touches what grades it."""
    paths = [path for change in changes for path in dict.fromkeys((change.old, change.new)) if path]
    bad = [path for path in paths if matches(path, protected)]
    if bad:
        shown = ", ".join(f"`{safe_name(path)}`" for path in bad[:_NAMED])
        files: object = shown
        if len(bad) > _NAMED:
            files = phrase("ci.and_more", named=shown, number=len(bad) - _NAMED)
        raise RefusedError("ci.protected", files=files)


def touched(
    changes: Sequence[Change], base: Layout, head: Layout, *, everything: bool = False
) -> tuple[Touched, ...]:  # fmt: skip
    """The submissions that ``changes`` touch, by folder; with ``everything`` also all others of the head.

    Raises ``RefusedError`` when a submission that the base knows has become one of another exercise.
    """
    found: dict[str, list[Change]] = {}
    if everything:
        found = {root: [] for path in head.blobs if (root := head.root_of(path)) is not None}
    moves: dict[str, str] = {}
    for change in changes:
        after = head.root_of(change.new) if change.new else None
        # What is only added or changed in place belongs where the head has it.
        before = base.root_of(change.old) if change.old and (change.status in "DR" or after is None) else None
        if after is not None:
            found.setdefault(after, []).append(change)
        if before is not None and before != after:
            found.setdefault(before, [])
            if change.status == "R" and after is not None:
                moves[before] = after
    return tuple(_touched(root, tuple(found[root]), base, head, moves) for root in sorted(found))


def _touched(
    root: str, changed: tuple[Change, ...], base: Layout, head: Layout, moves: Mapping[str, str]
) -> Touched:  # fmt: skip
    if not head.is_single:
        _refuse_another(root, base, head)
    after = head.exercise_of(root)
    there = after is not None and any(blob.path.startswith(f"{root}/" if root else "") for blob in head.blobs.values())
    exercise = after or base.exercise_of(root) or ""
    return Touched(root, exercise, there, "" if there else moves.get(root, ""), changed)


def _refuse_another(root: str, base: Layout, head: Layout) -> None:
    """A learner chooses the exercise once: by the folder's name, or by the marker that the base has."""
    shown = safe_name(f"{root}/{MARKER}" if root else MARKER)
    now = head.marked(root)
    known = head.named(root) or base.marked(root)
    if now is not None and known is not None and now != known:
        raise RefusedError("ci.another", marker=shown, now=now, known=known)
