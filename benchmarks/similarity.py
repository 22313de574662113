"""How well and how fast alike submissions are found: `python benchmarks/similarity.py [SUBMISSIONS]`.

Labelled pairs first: every right answer and a copy of it in disguise belong together; two right answers of one
exercise, written apart, do not.  The first right answer is the known one, as in a class that has seen it.  Then a class
of SUBMISSIONS (1,000 and 5,000 unless given) made of right answers with most words of their own, and one copy for every
twenty: time, memory and what of the copies is found.
"""

from __future__ import annotations

import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "graders")]

from mutation import mutants, rewrites  # noqa: E402
from mutation.operators import MUTANTS  # noqa: E402
from support.disguises import disguised, texts, write  # noqa: E402

from gradeline.batch.layout import Place  # noqa: E402
from gradeline.course import Course, find_course, open_course  # noqa: E402
from gradeline.similarity.find import FEWEST, THRESHOLD  # noqa: E402
from gradeline.similarity.run import run  # noqa: E402

assert mutants  # importing it fills MUTANTS
REWRITES = rewrites.REWRITES
COURSE = find_course()
LARGE = "exercise-17"


def installed(folder: Path) -> Course:
    """The course without its solutions."""
    folder.mkdir()
    for name in ("exercises", "rubrics"):
        (folder / name).symlink_to(COURSE.root / name)
    return open_course(folder)


def shapes(exercise: str) -> list[Path]:
    folder = COURSE.solutions / COURSE.folders[exercise].name
    return sorted(one for one in folder.iterdir() if one.name.startswith("exemplar"))


def edited(files: dict[str, str], chance: random.Random) -> dict[str, str]:
    """Ten random changes, of those that keep the meaning and those that do not: nobody made them for this."""
    changes = [apply for _, apply in REWRITES] + [one.apply for one in MUTANTS]
    chance.shuffle(changes)
    left = 10
    for apply in changes:
        sites = list(apply(dict(files))) if left else []
        if sites:
            files = dict(chance.choice(sites)[1])
            left -= 1
    return files


Copier = Callable[[dict[str, str], random.Random], dict[str, str]]


def labelled(course: Course, folder: Path, what: str, copier: Copier) -> None:
    copies = found_copies = independent = wrong = small = 0
    for exercise in COURSE.folders:
        reference, *others = shapes(exercise)
        places, chance = [], random.Random(exercise)
        for shape in others:
            files = texts(shape)
            for name, one in ((shape.name, files), (f"{shape.name}-x", copier(files, chance))):
                places.append(Place(name, exercise, str(write(one, folder / exercise / name))))
        (found,) = run(places, course, {exercise: [reference]})
        own = [one.name for one in others if one.name not in found.small]
        small += len(others) - len(own)
        copies += len(own)
        independent += len(own) * (len(own) - 1) // 2 * 4
        for pair in found.pairs:
            same = pair.left.removesuffix("-x") == pair.right.removesuffix("-x")
            found_copies += same
            wrong += not same
            if not same:
                print(f"  not labelled as a copy: {exercise} {pair.left} {pair.right} {pair.score:.2f}")
    print(f"threshold {THRESHOLD}, at least {FEWEST} own parts; {small} answers have fewer")
    print(f"recall    {found_copies} of {copies} copies, {what}")
    print(f"precision {found_copies} of {found_copies + wrong} shown pairs; {wrong} of {independent} others are shown")


WORD = re.compile(r"[A-Za-z]{3,}|[0-9]+")
KEPT = re.compile(r"^\s*(?:- )?[\w.-]+:\s*$|stages|script|image|needs|stage|rules|artifacts|paths")


def student(files: dict[str, str], chance: random.Random) -> dict[str, str]:
    """Somebody's own answer: the shape of a right one, with most words of the values replaced."""

    def own(line: str) -> str:
        if KEPT.search(line):
            return line
        head, colon, value = line.partition(": ")
        if not colon:
            head, value = "", line
        value = WORD.sub(lambda word: word[0] if chance.random() < 0.4 else f"w{chance.randrange(4000)}", value)
        return f"{head}{colon}{value}"

    return {name: "\n".join(map(own, text.split("\n"))) for name, text in files.items()}


def class_of(size: int, folder: Path) -> Iterator[tuple[str, dict[str, str], str]]:
    """Name, files, and whose copy it is."""
    chance = random.Random(size)
    answers = [texts(one) for one in shapes(LARGE)]
    before: list[tuple[str, dict[str, str]]] = []
    for number in range(size):
        name = f"u{number:05}"
        if number % 20 == 19:
            source, files = chance.choice(before)
            yield name, disguised(files, chance), source
            continue
        files = student(chance.choice(answers), chance)
        if len(before) < 200:
            before.append((name, files))
        yield name, files, ""


def large(course: Course, folder: Path, size: int) -> None:
    places, copies = [], set()
    for name, files, source in class_of(size, folder):
        places.append(Place(name, LARGE, str(write(files, folder / name))))
        if source:
            copies.add(frozenset((source, name)))
    begin = time.perf_counter()
    read = [begin]
    (found,) = run(places, course, {}, os.cpu_count() or 1, lambda *_: read.__setitem__(0, time.perf_counter()))
    end = time.perf_counter()
    shown = {frozenset((one.left, one.right)) for one in found.pairs}
    groups = {name: cluster.members for cluster in found.clusters for name in cluster.members}
    caught = sum(one in shown or len({groups.get(name) for name in one} - {None}) == 1 for one in copies)
    relatives = {frozenset(one) for one in shown if one not in copies}
    families: dict[str, str] = {}
    for one in copies:
        source, copy = sorted(one)
        families[copy] = source
    strangers = sum(len({families.get(name, name) for name in one}) > 1 for one in relatives)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{size:>6} submissions: {read[0] - begin:6.1f} s to read, {end - read[0]:6.1f} s to compare, "
        f"{memory:5.0f} MB in the parent; {caught} of {len(copies)} copies found, {strangers} pairs of strangers shown"
    )


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or [1000, 5000]
    with tempfile.TemporaryDirectory(prefix="gradeline-similarity-") as name:
        folder = Path(name)
        course = installed(folder / "course")
        labelled(course, folder / "disguised", "disguised", disguised)
        labelled(course, folder / "edited", "changed ten times", edited)
        for size in sizes:
            large(course, folder / str(size), size)


if __name__ == "__main__":
    main()
