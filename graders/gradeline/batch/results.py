"""The way of a batch: known results from the store, others from the engine, all written in the order of names.

A result is kept under a digest of everything that decides it, as soon as it is there.  So a run that was killed goes
on where it stopped.  ``results.jsonl`` is the old one or the whole new one.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from gradeline import __version__
from gradeline.batch.layout import Place
from gradeline.intake.folder import FolderStore
from gradeline.intake.limits import MAX_BYTES_READ, size_limit
from gradeline.intake.problems import IntakeError, Unreadable
from gradeline.records import record

RESULTS = "results.jsonl"


class Engine(Protocol):
    """Who grades: ``executor.submit(grade, task)``."""

    @property
    def grade(self) -> Callable[[Mapping[str, str]], dict[str, object]]: ...


@record(frozen=False)
class Counts:
    """What is kept of a batch in memory."""

    total: int = 0
    graded: int = 0
    known: int = 0
    errors: int = 0

    @property
    def done(self) -> int:
        return self.graded + self.known + self.errors


Told = Callable[[Place, Mapping[str, object], Counts], None]


def run(
    places: Sequence[Place], root: Path, output: Path, executor: Executor, engine: Engine, jobs: int, told: Told
) -> Counts:
    """Grade ``places`` with the course in ``root`` into ``output``; ``told`` hears of each record, in order."""
    counts = Counts(total=len(places))
    store = output / "store"
    store.mkdir(parents=True, exist_ok=True)
    grader = _grader()
    courses: dict[str, str] = {}
    temporary = output / f".{RESULTS}.{os.getpid()}.tmp"  # two runs at once never write into one file
    waiting: deque[tuple[Place, Future[dict[str, object]] | dict[str, object]]] = deque()

    def finish() -> None:
        place, answer = waiting.popleft()
        line = _record(place, answer.result() if isinstance(answer, Future) else answer)
        if line["status"] == "error":
            counts.errors += 1
        elif isinstance(answer, Future):
            counts.graded += 1
        else:
            counts.known += 1
        out.write(json.dumps(line, ensure_ascii=True) + "\n")
        told(place, line, counts)

    def ask(place: Place, key: str) -> dict[str, object]:
        answer = engine.grade({"name": place.name, "exercise": place.exercise, "folder": place.folder})
        if key and not _failed(answer) and key == _key(place, courses[place.exercise]):  # nobody changed it meanwhile
            _replace(store / f"{key}.json", json.dumps(answer["result"]).encode("ascii"))
        return answer

    with temporary.open("w", encoding="ascii", newline="\n") as out:
        for place in places:
            if place.exercise not in courses:
                courses[place.exercise] = _course(root, place.exercise, grader)
            key = _key(place, courses[place.exercise])
            known = _known(store / f"{key}.json") if key else None
            waiting.append((place, known if known is not None else executor.submit(ask, place, key)))
            while len(waiting) > 8 * jobs:
                finish()
        while waiting:
            finish()
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(output / RESULTS)
    return counts


def _record(place: Place, answer: dict[str, object]) -> dict[str, object]:
    line: dict[str, object] = {"learner": place.learner, "exercise": place.exercise, "folder": place.folder}
    result = answer.get("result")
    if not isinstance(result, dict):
        return {**line, "status": "error", "reason": answer["error"], "message": answer["message"], "result": None}
    result["submission"]["id"] = place.name  # the same bytes may be another person's, too
    return {**line, "status": "error" if _failed(answer) else "graded", "reason": "", "message": "", "result": result}


def _failed(answer: Mapping[str, object]) -> bool:
    result = answer.get("result")
    return not isinstance(result, dict) or any(one["status"] == "error" for one in result["criteria"])


def _known(path: Path) -> dict[str, object] | None:
    try:
        return {"result": json.loads(path.read_bytes())}
    except (OSError, ValueError):
        return None


def _replace(path: Path, content: bytes) -> None:
    import threading

    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _key(place: Place, course: str) -> str:
    """A digest of all that decides the result; empty when not all of it can be read within the limits."""
    digest = sha256(course.encode())
    total = 0
    try:
        store = FolderStore(str(Path(place.folder).resolve()), "reject")
        for path in sorted({*store.files, *store.refused}):
            try:
                content = store.fetch(path, size_limit(path))
                said = sha256(content).hexdigest()
                total += len(content)
            except Unreadable as error:
                said = f"unreadable {error.code}"
            if total > MAX_BYTES_READ:
                return ""
            digest.update(f"{path}\0{said}\n".encode("utf-8", "surrogatepass"))
        for one in store.diagnostics:
            digest.update(f"{one.code}\0{one.path}\n".encode("utf-8", "surrogatepass"))
    except (OSError, IntakeError):
        return ""
    return digest.hexdigest()


def _course(root: Path, exercise: str, grader: str) -> str:
    from gradeline.course import open_course

    return _tree((open_course(root).folders[exercise], root / "rubrics" / f"{exercise}.yaml"), grader)


def _grader() -> str:
    return _tree((Path(__file__).parents[1],), __version__)


def _tree(roots: Sequence[Path], begin: str) -> str:
    digest = sha256(begin.encode())
    for root in roots:
        paths = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts and "_course" not in path.parts[-4:]:
                name = path.relative_to(root).as_posix()
                digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
