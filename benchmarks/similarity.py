"""How well and how fast alike submissions are found: `python benchmarks/similarity.py [SUBMISSIONS]`.

Labelled pairs first: every right answer and a copy of it in disguise belong together; two right answers of one
exercise, written apart, do not.  The first right answer is the known one, as in a class that has seen it.  Then one
job or stage of an answer, in disguise, inside another one.  Then a class of SUBMISSIONS (1,000 and 5,000 unless given)
made of right answers with most words of their own, with one copy and one copied job for every twenty: time, memory and
what of them is found.
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
from itertools import permutations
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "graders")]

from mutation import mutants, rewrites  # noqa: E402
from mutation.operators import MUTANTS  # noqa: E402
from support.disguises import disguised, texts, write  # noqa: E402
from support.transplants import with_a_unit_of  # noqa: E402

from gradeline.batch.layout import Place  # noqa: E402
from gradeline.course import Course, find_course, open_course  # noqa: E402
from gradeline.similarity.find import FEWEST, THRESHOLD  # noqa: E402
from gradeline.similarity.passages import WORTH  # noqa: E402
from gradeline.similarity.reading import known_parts, parts_of  # noqa: E402
from gradeline.similarity.run import run  # noqa: E402

assert mutants  # importing it fills MUTANTS
REWRITES = rewrites.REWRITES
COURSE = find_course()
LARGE = "exercise-24"  # its jobs are long enough to be told apart


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
    copies = found_copies = independent = wrong = small = in_common = 0
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
        for two in found.in_common:
            same = two.left.removesuffix("-x") == two.right.removesuffix("-x")
            in_common += not same
            if not same:
                print(f"  a passage of others: {exercise} {two.left} {two.right} {two.worth:.1f}")
        for pair in found.pairs:
            same = pair.left.removesuffix("-x") == pair.right.removesuffix("-x")
            found_copies += same
            wrong += not same
            if not same:
                print(f"  not labelled as a copy: {exercise} {pair.left} {pair.right} {pair.score:.2f}")
    print(f"threshold {THRESHOLD}, at least {FEWEST} own parts; {small} answers have fewer")
    print(f"recall    {found_copies} of {copies} copies, {what}")
    print(f"precision {found_copies} of {found_copies + wrong} shown pairs; {wrong} of {independent} others are shown, "
          f"{in_common} with a passage in common")  # fmt: skip


def in_part(course: Course, folder: Path) -> None:
    """One unit of each right answer, in disguise, inside each other one."""
    copies = found_copies = little = 0
    for name in COURSE.folders:
        exercise = course.exercise(name)
        reference, *others = shapes(name)
        known = set(known_parts(course, exercise, [reference]).structure)
        for donor, target in permutations(others, 2):
            chance = random.Random(f"{name} {donor.name} {target.name}")
            there = folder / name / f"{donor.name}-{target.name}"
            hidden = write(disguised(texts(donor), chance), there / "hidden")
            made = with_a_unit_of(hidden, target, exercise)
            if made is None:
                continue
            files, unit, _ = made
            taken = (one for one in parts_of(hidden, exercise) if one.path == unit.path and one.view != "wording")
            copied = {one.key for one in taken if unit.line <= one.line <= unit.end}
            theirs = {one.key for one in parts_of(target, exercise)}
            if len(copied - known - theirs) < WORTH:
                little += 1
                continue
            copies += 1
            places = [Place("donor", name, str(donor)), Place("target", name, str(write(files, there / "target")))]
            (found,) = run(places, course, {name: [reference]})
            found_copies += bool(found.in_common or found.pairs)
    print(f"recall    {found_copies} of {copies} copied jobs and stages with at least {WORTH:.0f} parts of their own; "
          f"{little} have fewer")  # fmt: skip


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


def class_of(size: int, folder: Path, course: Course) -> Iterator[tuple[str, dict[str, str], str, bool]]:
    """Name, files, whose copy it is, and whether only in part."""
    exercise = course.exercise(LARGE)
    chance = random.Random(size)
    answers = [texts(one) for one in shapes(LARGE)]
    before: list[tuple[str, dict[str, str]]] = []
    for number in range(size):
        name = f"u{number:05}"
        if number % 20 == 19:
            source, files = chance.choice(before)
            yield name, disguised(files, chance), source, False
            continue
        files = student(chance.choice(answers), chance)
        if number % 20 == 9 and before:
            source, theirs = chance.choice(before)
            donor, target = (write(one, folder / f"{name}-{who}") for one, who in ((theirs, "a"), (files, "b")))
            made = with_a_unit_of(donor, target, exercise)
            if made is not None:
                yield name, made[0], source, True
                continue
        if len(before) < 200:
            before.append((name, files))
        yield name, files, "", False


def large(course: Course, folder: Path, size: int) -> None:
    places, copies, parts = [], set(), set()
    for name, files, source, in_part in class_of(size, folder / "made", course):
        places.append(Place(name, LARGE, str(write(files, folder / name))))
        if source:
            (parts if in_part else copies).add(frozenset((source, name)))
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
    common = {frozenset((one.left, one.right)) for one in found.in_common}
    origins: dict[str, set[str]] = {one.learner: {families.get(one.learner, one.learner)} for one in places}
    for one in parts:  # whoever took a job of one person has it in common with all others who did
        source, copy = sorted(one)
        origins[copy] |= origins[source]
    for copy, source in families.items():
        origins[copy] |= origins[source]
    others = sum(not set.intersection(*(origins[name] for name in one)) for one in common)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:>6} submissions: {read[0] - begin:6.1f} s to read, {end - read[0]:6.1f} s to compare, "
          f"{memory:5.0f} MB in the parent")  # fmt: skip
    print(f"       {caught} of {len(copies)} copies found, {strangers} pairs of strangers shown; "
          f"{len(parts & (common | shown))} of {len(parts)} copied jobs found, {others} passages of strangers shown",
          flush=True)  # fmt: skip


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or [1000, 5000]
    with tempfile.TemporaryDirectory(prefix="gradeline-similarity-") as name:
        folder = Path(name)
        course = installed(folder / "course")
        labelled(course, folder / "disguised", "disguised", disguised)
        labelled(course, folder / "edited", "changed ten times", edited)
        in_part(course, folder / "part")
        for size in sizes:
            large(course, folder / str(size), size)


if __name__ == "__main__":
    main()
