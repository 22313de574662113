"""One job that was copied into an answer of one's own is found, and what people write alike by themselves is not."""

from __future__ import annotations

import random
from array import array
from itertools import combinations
from pathlib import Path

import pytest
from support.disguises import disguised, texts, write
from support.transplants import Place as Lines
from support.transplants import with_a_unit_of

from gradeline.batch.layout import Place
from gradeline.course import Course, find_course, open_course
from gradeline.similarity import passages
from gradeline.similarity.compare import Corpus
from gradeline.similarity.features import Own, own
from gradeline.similarity.find import InCommon, Similar, similar
from gradeline.similarity.reading import known_parts, parts_of
from gradeline.similarity.run import evidence, run

COURSE = find_course()
NOTHING = Own(array("Q"), array("Q"))


def shapes(exercise: str) -> list[Path]:
    folder = COURSE.solutions / COURSE.folders[exercise].name
    return sorted(one for one in folder.iterdir() if one.name.startswith("exemplar"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course as it is installed, without the solutions."""
    root = tmp_path_factory.mktemp("course")
    for name in ("exercises", "rubrics"):
        (root / name).symlink_to(COURSE.root / name)
    return open_course(root)


# --- parts as numbers, exactly ----------------------------------------------------------------------------------------


def in_order(*keys: int) -> Own:
    return Own(array("Q", keys), array("Q"))


def of(begin: int, count: int) -> list[int]:
    return list(range(begin, begin + count))


def two(left: list[int], right: list[int], others: list[Own] | None = None, known: Own = NOTHING) -> Similar:
    names = ["ada", "bob", *(f"u{number}" for number in range(len(others or [])))]
    return similar("exercise-01", names, [in_order(*left), in_order(*right), *(others or [])], known)


JOB = of(9_000, 25)


def test_a_stretch_that_only_two_have_is_found_with_its_share_of_each() -> None:
    found = two([*of(1000, 100), *JOB, *of(2000, 25)], [*of(3000, 20), *JOB, *of(4000, 30)])
    assert found.pairs == ()
    (one,) = found.in_common
    assert (one.left, one.right, one.worth, one.shared) == ("ada", "bob", 25, 25)
    assert (one.left_share, one.right_share) == (25 / 150, 25 / 75)
    assert sorted(one.keys) == JOB


def test_nineteen_parts_in_a_row_are_what_two_people_write_alike() -> None:
    def found(count: int) -> int:
        return len(two([*of(1000, 80), *of(9000, count)], [*of(3000, 80), *of(9000, count)]).in_common)

    assert [found(count) for count in (19, 20)] == [0, 1]


def test_the_same_parts_here_and_there_are_no_stretch() -> None:
    shared = of(9000, 30)
    scattered = [key for number, one in enumerate(shared) for key in (one, 10_000 + 2 * number, 10_001 + 2 * number)]
    mirrored = [key for number, one in enumerate(shared) for key in (one, 20_000 + 2 * number, 20_001 + 2 * number)]
    assert two(scattered, mirrored).in_common == ()


def test_a_few_changes_in_a_copy_weigh_half_against_it() -> None:
    changed = [key if number % 5 else 50_000 + number for number, key in enumerate(of(9000, 40))]  # 8 of 40
    (one,) = two([*of(1000, 90), *of(9000, 40)], [*of(3000, 90), *changed]).in_common
    assert (one.shared, one.worth) == (32, 32 - 7 / 2)  # the first of the changed is outside
    changed = [key if number % 2 else 50_000 + number for number, key in enumerate(of(9000, 40))]
    assert two([*of(1000, 90), *of(9000, 40)], [*of(3000, 90), *changed]).in_common == ()


def test_two_jobs_far_apart_are_both_told() -> None:
    other = of(9_500, 22)
    (one,) = two([*JOB, *of(1000, 200), *other], [*other, *of(3000, 200), *JOB]).in_common
    assert (one.worth, one.shared, sorted(one.keys)) == (47, 47, [*JOB, *other])


def test_the_order_in_which_the_other_has_it_does_not_count() -> None:
    mixed = JOB[:]
    random.Random(1).shuffle(mixed)
    (one,) = two([*of(1000, 100), *JOB], [*mixed, *of(3000, 100)]).in_common
    assert one.worth == 25


def test_what_more_of_the_class_have_is_worth_less() -> None:
    strangers = [in_order(*of(100_000 + 100 * number, 60)) for number in range(18)]
    mine, yours = [*of(1000, 100), *JOB], [*of(3000, 100), *JOB]
    (one,) = two(mine, yours, strangers).in_common
    assert one.worth == pytest.approx(25)
    some = [in_order(*one.structure, *JOB) for one in strangers[:4]] + strangers[4:]
    assert two(mine, yours, some).in_common == ()


def test_a_job_of_a_known_answer_is_no_passage() -> None:
    known = in_order(*JOB)
    assert two([*of(1000, 100), *JOB], [*of(3000, 100), *JOB], known=known).in_common == ()


def test_who_is_alike_as_a_whole_is_told_once() -> None:
    found = two([*of(1000, 100), *JOB], [*of(1000, 100), *JOB])
    assert (len(found.pairs), found.in_common) == (1, ())


def test_the_order_of_submissions_changes_nothing() -> None:
    chance = random.Random(3)
    parts = {f"u{number}": [*of(1000 * number, 50), *(JOB if number % 3 == 0 else [])] for number in range(9)}
    said = set()
    for _ in range(4):
        names = list(parts)
        chance.shuffle(names)
        found = similar("exercise-01", names, [in_order(*parts[name]) for name in names], NOTHING, threshold=0.9)
        said.add(tuple((one.left, one.right, round(one.worth, 6), one.shared) for one in found.in_common))
    assert len(said) == 1
    assert [one[:2] for one in next(iter(said))] == []  # three of nine have it: less than 20 that only two have
    alone = similar("exercise-01", ["b", "a"], [in_order(*parts["u0"]), in_order(*parts["u3"])], NOTHING)
    assert [(one.left, one.right) for one in alone.in_common] == [("a", "b")]


def test_what_everybody_has_leads_from_nobody_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work must not grow with the square of the class."""
    looked: list[tuple[int, int]] = []
    compare = passages._common

    def common(corpus: Corpus, one: int, other: int) -> passages.Passage:
        looked.append((one, other))
        return compare(corpus, one, other)

    monkeypatch.setattr(passages, "_common", common)
    parts = [in_order(*of(1, 40), *of(1_000_000 + 1000 * number, 60)) for number in range(300)]
    parts[17] = in_order(*parts[17].structure, *JOB)
    parts[204] = in_order(*parts[204].structure, *JOB)
    found = similar("exercise-01", [f"u{number:03}" for number in range(300)], parts, NOTHING)
    assert [(one.left, one.right) for one in found.in_common] == [("u017", "u204")]
    assert looked == [(17, 204), (204, 17)]


# --- whole answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", sorted(COURSE.folders))
def test_right_answers_that_were_written_apart_have_no_passage_in_common(exercise: str, installed: Course) -> None:
    """Each two of them alone, where every part counts in full, with one answer known."""
    reference, *others = shapes(exercise)
    known = known_parts(installed, installed.exercise(exercise), [reference])
    parts = {one.name: own(parts_of(one, installed.exercise(exercise))) for one in others}
    for left, right in combinations(sorted(parts), 2):
        found = similar(exercise, [left, right], [parts[left], parts[right]], known)
        assert found.in_common == ()
    assert similar(exercise, list(parts), list(parts.values()), known).in_common == ()


def transplanted(
    exercise: str, donor: str, target: str, course: Course, folder: Path
) -> tuple[Similar, InCommon, Lines, dict[str, str]]:  # fmt: skip
    """Ada has an answer of her own; Bob has another one, with a unit of hers in disguise.  Also where it is in his."""
    reference, *others = shapes(exercise)
    mine, yours = (next(one for one in others if one.name == f"exemplar-{name}") for name in (donor, target))
    hidden = write(disguised(texts(mine), random.Random(donor + target)), folder / "hidden")
    made = with_a_unit_of(hidden, yours, course.exercise(exercise))
    assert made is not None
    write(made[0], folder / "bob")
    folders = {"ada": str(mine), "bob": str(folder / "bob")}
    (found,) = run([Place(name, exercise, path) for name, path in folders.items()], course, {exercise: [reference]})
    (one,) = found.in_common
    return found, one, made[2], folders


@pytest.mark.parametrize(
    ("exercise", "donor", "target"),
    [
        ("exercise-07", "testcontainers-and-locust", "one-script-and-a-release"),
        ("exercise-24", "bake-and-grype", "scout"),
        ("exercise-15", "matrix", "kubernetes"), ("exercise-16", "pods", "containers"),
        ("exercise-25", "one-job", "called"), ("exercise-33", "reusable-jobs", "anchors-and-aggregator"),
    ],
)  # fmt: skip
def test_a_job_in_disguise_inside_an_answer_of_ones_own_is_found_and_shown(
    exercise: str, donor: str, target: str, installed: Course, tmp_path: Path
) -> None:
    found, one, unit, folders = transplanted(exercise, donor, target, installed, tmp_path)
    assert found.pairs == ()
    assert (one.left, one.right) == ("ada", "bob")
    matches = evidence(found, one, folders, installed, [shapes(exercise)[0]])
    inside = [one for one in matches if one.right.path == unit.path and unit.line <= one.right.line <= unit.end]
    assert inside
    assert sum(one.shared for one in inside) >= 0.8 * sum(one.shared for one in matches)
