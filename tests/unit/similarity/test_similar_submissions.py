"""A copy is found through its disguise, and right answers that were written apart are left alone."""

from __future__ import annotations

import multiprocessing
import random
import time
from array import array
from pathlib import Path

import pytest
from support.disguises import disguised, texts, write

from gradeline.batch.layout import Place
from gradeline.course import Course, find_course, open_course
from gradeline.exercise import Exercise
from gradeline.similarity.compare import Corpus
from gradeline.similarity.features import Own, Part, own, parts
from gradeline.similarity.find import needed, similar
from gradeline.similarity.reading import known_parts, parts_of
from gradeline.similarity.run import evidence, run
from gradeline.similarity.words import read
from gradeline.source import SourceFile

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


# --- a small pair, exactly ------------------------------------------------------------------------

PLAIN = """\
name: Pipeline
on:
  push:
    branches: [main]
jobs:
  quality:
    runs-on: ubuntu-24.04
    timeout-minutes: 17
    steps:
      - name: Fetch the code
        uses: actions/checkout@v4
      # the linter first, because it is quick
      - name: Lint
        run: ruff check --select E,F,B churn tests
      - name: Unit tests
        run: |
          python -m pip install --require-hashes -r requirements/ci.txt
          pytest -x --maxfail=3 tests/unit
  package:
    needs: [quality]
    runs-on: ubuntu-24.04
    if: needs.quality.result == 'success'
    steps:
      - uses: actions/checkout@v4
      - run: python -m build --wheel --outdir dist/
"""
DISGUISES = {
    "other names": PLAIN.replace("quality", "schritt-eins").replace("package:", "bauen:").replace("Lint", "Schau nach"),
    "other comments": PLAIN.replace("# the linter first, because it is quick", "# zuerst der Linter, er ist schnell"),
    "no comments": PLAIN.replace("      # the linter first, because it is quick\n", ""),
    "other order of keys": PLAIN.replace(
        "    runs-on: ubuntu-24.04\n    timeout-minutes: 17\n", "    timeout-minutes: 17\n    runs-on: ubuntu-24.04\n"),
    "other layout": PLAIN.replace("needs: [quality]", "needs:\n      - 'quality'").replace(
        "on:\n  push:\n    branches: [main]", "on: {push: {branches: [main]}}"),
    "other quotes": PLAIN.replace("ruff check --select E,F,B churn tests", '"ruff check --select E,F,B churn tests"'),
}  # fmt: skip
OTHER = """\
on: [push, pull_request]
jobs:
  ci:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with: {python-version: "3.13"}
      - run: make lint test
      - run: make wheel
"""


def structure(text: str) -> set[int]:
    return set(own(_parts(text)).structure)


def _parts(text: str) -> tuple[Part, ...]:
    from gradeline import readers

    source = SourceFile(".github/workflows/ci.yml", text)

    class Files:
        paths = (source.path,)

        def read(self, path: str) -> SourceFile | None:
            return source if path == source.path else None

    return parts([source], readers.load(Files())[1])


@pytest.mark.parametrize("text", DISGUISES.values(), ids=list(DISGUISES))
def test_a_disguise_alone_changes_nothing_of_the_structure(text: str) -> None:
    assert text != PLAIN
    assert structure(text) == structure(PLAIN)


def test_another_answer_shares_next_to_nothing() -> None:
    mine, yours = structure(PLAIN), structure(OTHER)
    assert len(mine & yours) / len(mine | yours) < 0.1


def test_the_name_of_an_axis_says_nothing() -> None:
    matrix = PLAIN.replace("    timeout-minutes: 17\n", """\
    strategy:
      matrix:
        python: ["3.11", "3.12"]
        exclude: [{python: "3.13"}]
    timeout-minutes: 17
""").replace("pytest -x", "pytest -x --py ${{ matrix.python }}")
    assert structure(matrix.replace("python:", "snake-version:").replace("x.python", "x.snake-version")) == structure(
        matrix)  # fmt: skip
    assert len(structure(matrix) - structure(PLAIN)) > 3


def test_the_wording_tells_a_plain_copy_from_a_disguised_one() -> None:
    plain = set(own(_parts(PLAIN)).wording)
    assert set(own(_parts(DISGUISES["other order of keys"])).wording) == plain
    renamed = set(own(_parts(DISGUISES["other names"])).wording)
    assert 0 < len(plain & renamed) < len(plain)


@pytest.mark.parametrize("path", ["a.py", "a.tf", "Jenkinsfile", "a.md", "a.yml"])
@pytest.mark.parametrize("piece", [
    '\\"', "/*", '"', "'\\", "<!-", "a_", '"""\n', "def ", "  x", "'''", "'''\\", "$a{", "\0", "\ud800"])  # fmt: skip
def test_no_text_takes_long_or_fails(path: str, piece: str) -> None:
    begin = time.process_time()
    parts([SourceFile(path, piece * (30_000 // len(piece)))], ())
    assert time.process_time() - begin < 10


# --- the arithmetic -------------------------------------------------------------------------------


def numbers(*values: int) -> Own:
    return Own(array("Q", sorted(values)), array("Q"))


def test_a_pattern_of_files_in_a_script_of_jenkins_begins_no_comment() -> None:
    script = "sh '''\n  twine upload --non-interactive dist/*.whl  # of course\n'''\n// done\necho /* now */ last\n"
    found = read(script, "slash")
    assert [word.text for word in found.code] == [
        "sh", "twine", "upload", "non", "interactive", "dist", "whl", "of", "course", "echo", "last"]  # fmt: skip
    assert [(word.text, word.line) for word in found.comments] == [("done", 4), ("now", 5)]
    assert [word.text for word in read("a ''' b /* c \\", "slash").code] == ["a", "b", "c"]


def test_what_is_known_does_not_count_and_two_alone_are_compared_plainly() -> None:
    corpus = Corpus([array("Q", [1, 2, 3, 9]), array("Q", [2, 3, 4, 9])], array("Q", [9]))
    likeness = corpus.compare(0, 1)
    assert (likeness.score, likeness.shared, likeness.fewest) == (pytest.approx(2 / 4), 2, 3)


def test_what_is_rare_in_the_class_says_more_than_what_is_common() -> None:
    common = list(range(100, 110))
    crowd = [array("Q", [*common, 1000 + one]) for one in range(50)]
    rare = Corpus([array("Q", [1, 2, *common[:5]]), array("Q", [1, 2, *common[5:]]), *crowd], array("Q"))
    usual = Corpus([array("Q", [1, 3, *common[:5]]), array("Q", [2, 4, *common[:5]]), *crowd], array("Q"))
    assert rare.compare(0, 1).shared < usual.compare(0, 1).shared
    assert rare.compare(0, 1).score > 0.4 > usual.compare(0, 1).score


def test_the_answer_does_not_depend_on_the_order_of_the_submissions() -> None:
    chance = random.Random(3)
    base = [chance.getrandbits(64) for _ in range(200)]
    names = [f"u{one:02}" for one in range(30)]
    found = [numbers(*(base[:150] if one % 10 == 0 else ()), *(chance.getrandbits(64) for _ in range(60)))
             for one in range(30)]  # fmt: skip
    expected = similar("exercise-01", names, found, NOTHING)
    assert {(pair.left, pair.right) for pair in expected.pairs} == {("u00", "u10"), ("u00", "u20"), ("u10", "u20")}
    assert [cluster.members for cluster in expected.clusters] == [("u00", "u10", "u20")]
    order = list(range(30))
    chance.shuffle(order)
    assert similar("exercise-01", [names[one] for one in order], [found[one] for one in order], NOTHING) == expected


def test_a_large_group_of_the_same_is_one_cluster_and_not_a_million_pairs() -> None:
    chance = random.Random(4)
    same = numbers(*(chance.getrandbits(64) for _ in range(100)))
    near = [numbers(*list(same.structure)[:95], *(chance.getrandbits(64) for _ in range(5))) for _ in range(200)]
    names = [f"u{one:04}" for one in range(700)]
    found = similar("exercise-01", names, [same] * 500 + near, NOTHING)
    assert [len(cluster.members) for cluster in found.clusters] == [700]
    assert len(found.pairs) < 2000


def test_small_answers_have_to_be_more_alike() -> None:
    assert [needed(0.5, fewest) for fewest in (20, 40, 60, 500)] == pytest.approx([0.6, 0.55, 0.5, 0.5])
    small = [numbers(*range(1, 26)), numbers(*range(8, 33))]  # 18 of 32
    large = [numbers(*range(1, 251)), numbers(*range(71, 321))]  # 180 of 320
    assert similar("exercise-01", ["a", "b"], small, NOTHING).pairs == ()
    assert len(similar("exercise-01", ["a", "b"], large, NOTHING).pairs) == 1


def test_work_with_too_little_of_its_own_is_named_and_not_compared() -> None:
    few = numbers(*range(1, 12))
    found = similar("exercise-01", ["ada", "bob"], [few, few], NOTHING)
    assert (found.pairs, found.small, found.compared) == ((), ("ada", "bob"), 0)


# --- whole answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exercise",
    ["exercise-12", "exercise-13", "exercise-15", "exercise-18", "exercise-23", "exercise-26", "exercise-31"],
)
def test_copies_in_disguise_are_found_and_independent_answers_are_not(
    exercise: str, installed: Course, tmp_path: Path
) -> None:
    chance = random.Random(exercise)
    reference, *others = shapes(exercise)
    expected = set()
    for shape in others:
        files = texts(shape)
        write(files, tmp_path / shape.name)
        write(disguised(files, chance), tmp_path / f"{shape.name}-x")
        expected.add((shape.name, f"{shape.name}-x"))
    places = [Place(one.name, exercise, str(one)) for one in sorted(tmp_path.iterdir())]
    (found,) = run(places, installed, {exercise: [reference]})
    pairs = {(one.left, one.right) for one in found.pairs}
    small = {name for name in found.small if not name.endswith("-x")}
    assert pairs == {one for one in expected if one[0] not in small}
    assert len(pairs) >= 2
    assert not found.unreadable


@pytest.mark.parametrize("exercise", ["exercise-01", "exercise-12", "exercise-19", "exercise-28"])
def test_the_right_answers_and_the_starter_say_nothing(exercise: str) -> None:
    places = [Place(one.name, exercise, str(one)) for one in shapes(exercise)]
    starter = str(COURSE.exercise(exercise).starter)
    places += [Place("zoe", exercise, starter), Place("zed", exercise, starter)]
    (found,) = run(places, COURSE, {})
    assert found.pairs == ()
    assert found.compared == 0
    assert set(found.small) == {one.learner for one in places}


def test_the_places_that_correspond_are_shown(installed: Course, tmp_path: Path) -> None:
    for name, text in (("ada", PLAIN), ("bob", "\n\n" + DISGUISES["other names"])):
        write({".github/workflows/ci.yml": text}, tmp_path / name)
    places = [Place(name, "exercise-12", str(tmp_path / name)) for name in ("ada", "bob")]
    (found,) = run(places, installed, {})
    (pair,) = found.pairs
    assert (pair.left, pair.right, pair.score) == ("ada", "bob", 1.0)
    matches = evidence(found, pair, {one.learner: one.folder for one in places}, installed)
    assert {(one.left.path, one.right.path) for one in matches} == {(".github/workflows/ci.yml",) * 2}
    assert all(one.right.line == one.left.line + 2 and one.right.end == one.left.end + 2 for one in matches)
    covered = {line for one in matches for line in range(one.left.line, one.left.end + 1)}
    for one in matches:
        assert one.left.lines == tuple(PLAIN.split("\n")[one.left.line - 1 : one.left.end])
        assert len(one.right.lines) == len(one.left.lines)
    assert {14, 17, 18, 25} <= covered  # the commands


def test_what_cannot_be_read_is_named_and_the_others_are_compared(installed: Course, tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        write({".github/workflows/ci.yml": PLAIN}, tmp_path / name)
    places = [Place(name, "exercise-12", str(tmp_path / name)) for name in ("ada", "bob", "gone")]
    (found,) = run(places, installed, {}, threshold=0.3)
    assert [(one.left, one.right) for one in found.pairs] == [("ada", "bob")]
    assert [name for name, _ in found.unreadable] == ["gone"]


def test_several_processes_say_the_same_as_one(tmp_path: Path, installed: Course) -> None:
    chance = random.Random(9)
    for number, shape in enumerate(shapes("exercise-17") * 2):
        write(disguised(texts(shape), chance), tmp_path / f"u{number}")
    places = [Place(one.name, "exercise-17", str(one)) for one in sorted(tmp_path.iterdir())]
    assert list(run(places, installed, {}, jobs=2)) == list(run(places, installed, {}, jobs=1))


def test_a_process_that_dies_and_a_bug_of_ours_cost_nobody_anything(
    tmp_path: Path, installed: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, shape in enumerate(shapes("exercise-17") * 3):
        write(disguised(texts(shape), random.Random(number)), tmp_path / f"u{number:02}")
    places = [Place(one.name, "exercise-17", str(one)) for one in sorted(tmp_path.iterdir())]
    alive = list(run(places, installed, {}, jobs=1))
    killed: list[int] = []

    def kill(done: int, _: int) -> None:
        for one in multiprocessing.active_children() if done == 3 else ():
            killed.append(one.pid or 0)
            one.kill()

    assert list(run(places, installed, {}, jobs=2, told=kill)) == alive
    assert len(killed) == 2

    from gradeline.similarity import run as running

    true = running.parts_of

    def faulty(folder: Path, exercise: Exercise) -> tuple[Part, ...]:
        if folder.name == "u03":
            raise ZeroDivisionError
        while folder.name == "u04":
            pass
        return true(folder, exercise)

    monkeypatch.setattr(running, "parts_of", faulty)
    monkeypatch.setattr(running, "SECONDS", 1)
    (found,) = run(places, installed, {}, jobs=1)
    assert found.unreadable == (("u03", "ZeroDivisionError"), ("u04", "TooSlow"))
    others = [pair for pair in alive[0].pairs if not {"u03", "u04"} & {pair.left, pair.right}]
    assert [(one.left, one.right) for one in found.pairs] == [(one.left, one.right) for one in others]


def test_the_kit_the_brief_and_every_right_answer_are_known() -> None:
    exercise = COURSE.exercise("exercise-16")
    known = set(known_parts(COURSE, exercise).structure)
    for folder in (exercise.starter, *shapes("exercise-16")):
        assert set(own(parts_of(folder, exercise)).structure) <= known
