"""Exercises are found by any name people use, and come in an order that can be learned in."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.course import FILE_LIMIT, Course, UnknownExerciseError, find_course, in_order, open_course, read_document
from gradeline.exercise import Exercise, inside
from gradeline.rubric import CourseError

EXERCISE = """\
id: {id}
slug: {slug}
title: "Title of {slug}"
topics: [7]
level: core
minutes: 60
prerequisites: [{needs}]
summary: one line about it
submit: [.github/workflows/ci.yml]
production: {{python: "3.12"}}
"""
NAMES = {"exercise-01": "first-pipeline", "exercise-07": "load-test", "exercise-12": "gha-matrix-cache",
         "exercise-107": "extra"}  # fmt: skip


def write(root: Path, exercise_id: str, slug: str, needs: str = "") -> None:
    folder = root / "exercises" / f"{exercise_id}-{slug}"
    folder.mkdir(parents=True)
    text = EXERCISE.format(id=exercise_id, slug=slug, needs=needs)
    (folder / "exercise.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "rubrics").mkdir()
    for exercise_id, slug in NAMES.items():
        write(tmp_path, exercise_id, slug)
    (tmp_path / "exercises" / "notes").mkdir()
    return open_course(tmp_path)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("exercise-12", "exercise-12"), ("12", "exercise-12"), ("012", "exercise-12"), ("ex12", "exercise-12"),
        ("gha-matrix-cache", "exercise-12"), ("GHA_Matrix_Cache", "exercise-12"), ("Exercise-012", "exercise-12"),
        ("exercise-12-gha-matrix-cache", "exercise-12"), ("exercise-12-gha-matrix-cache/", "exercise-12"),
        ("7", "exercise-07"), ("107", "exercise-107"), ("1", "exercise-01"), ("2", None), ("gha", None), ("", None),
        ("-12", "exercise-12"), ("1200", None), ("exercise-12-other", None), ("../exercise-12", None),
    ],
)  # fmt: skip
def test_an_exercise_is_found_by_number_id_slug_or_folder(course: Course, name: str, found: str | None) -> None:
    assert course.resolve(name) == found


def test_names_are_resolved_without_opening_a_file(course: Course) -> None:
    for folder in course.folders.values():
        (folder / "exercise.yaml").unlink()
    assert course.resolve("12") == "exercise-12"


def test_folders_come_by_number_and_other_folders_are_left_out(course: Course) -> None:
    assert list(course.folders) == ["exercise-01", "exercise-07", "exercise-12", "exercise-107"]


def test_an_unknown_name_comes_with_suggestions(course: Course) -> None:
    with pytest.raises(UnknownExerciseError) as caught:
        course.exercise("gha-matrx-cache")
    assert caught.value.suggestions == ("gha-matrix-cache",)
    assert str(caught.value) == "There is no exercise 'gha-matrx-cache'. Did you mean gha-matrix-cache?"


def test_a_part_of_a_slug_is_a_suggestion_too(course: Course) -> None:
    assert course.suggestions("matrix") == ("gha-matrix-cache",)


def test_a_name_like_nothing_points_to_the_list(course: Course) -> None:
    with pytest.raises(UnknownExerciseError, match="`grade list` shows all exercises"):
        course.exercise("zzzzzz")


def test_an_exercise_keeps_everything_that_was_written(course: Course) -> None:
    exercise = course.exercise("12")
    assert (exercise.name, exercise.number, exercise.level, exercise.minutes) == (
        "exercise-12-gha-matrix-cache", 12, "core", 60,
    )  # fmt: skip
    assert exercise.submit == (".github/workflows/ci.yml",)
    assert exercise.production == {"python": "3.12"}
    assert exercise.starter == course.root / "exercises" / exercise.name / "starter"


def test_two_exercises_with_one_number_are_an_error(course: Course) -> None:
    write(course.root, "exercise-12", "other")
    with pytest.raises(CourseError, match="have the same number"):
        Course(course.root).resolve("1")


def test_a_folder_must_be_named_after_its_exercise(course: Course) -> None:
    folder = course.folders["exercise-12"]
    (folder / "exercise.yaml").write_text(EXERCISE.format(id="exercise-13", slug="x", needs=""), encoding="utf-8")
    with pytest.raises(CourseError, match="its folder must be called exercise-13-x"):
        course.exercise("12")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: core", "level: hard", "exercise.yaml:5: level must be one of intro, core, advanced, not 'hard'."),
        ("minutes: 60", "minutes: soon", "minutes is 'soon'"),
        ("[.github/workflows/ci.yml]", "[]", "submit is empty"),
        ("[.github/workflows/ci.yml]", "[../secret]", "must be a relative path that stays in the folder"),
        ("[.github/workflows/ci.yml]", "[/etc/passwd]", "must be a relative path"),
        ("topics: [7]", "topics: [7", "exercise.yaml:"),
        ("topics: [7]", "topics: &a [7]\nother: *a", "aliases are not used in course files"),
        ("topics: [7]", "topics: !x [7]", "tags are not used in course files"),
        ("topics: [7]", "topics: [7]\ntopics: [8]", "`topics` is given twice"),
    ],
)
def test_a_mistake_in_an_exercise_is_named(course: Course, old: str, new: str, said: str) -> None:
    path = course.folders["exercise-12"] / "exercise.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        course.exercise("12")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- a\n", "must be one YAML mapping"), (b"a: 1\n---\nb: 2\n", "must be one YAML mapping"),
        (b"", "must be one YAML mapping"), (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"#" * (FILE_LIMIT + 1), "is larger than 256 KiB"),
    ],
)  # fmt: skip
def test_a_course_file_is_one_small_mapping(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(CourseError) as caught:
        read_document(path, "rubrics/x.yaml")
    assert str(caught.value).startswith("rubrics/x.yaml")
    assert said in str(caught.value)


def test_a_missing_course_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"rubrics/x.yaml: cannot be read"):
        read_document(tmp_path / "x.yaml", "rubrics/x.yaml")


def test_values_are_what_yaml_1_2_says(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text('a: yes\nb: "3.10"\nc: 3\nd: true\ne: [1.5, ~]\n', encoding="utf-8")
    document = read_document(path, "x.yaml")
    assert document.data == {"a": "yes", "b": "3.10", "c": 3, "d": True, "e": [1.5, None]}
    assert document.where(("e", 1)) == "x.yaml:5: e[1]"


def test_a_rubric_must_be_named_after_its_exercise(course: Course) -> None:
    text = (
        "exercise: exercise-01\nversion: 1\npass_mark: 70\n"
        "criteria: [{id: a, points: 100, category: style, check: named}]\n"
    )
    (course.root / "rubrics" / "exercise-12.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="must be exercise-12, like the name of the file"):
        course.rubric("exercise-12")


def test_a_folder_without_exercises_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="is no course"):
        open_course(tmp_path)


def test_the_course_that_came_with_the_program_is_found() -> None:
    assert (find_course().root / "exercises").is_dir()


def make(number: int, *needs: int) -> Exercise:
    return Exercise(f"exercise-{number:02}", "x", "X", ("a",), Path(), prerequisites=tuple(
        f"exercise-{need:02}" for need in needs))  # fmt: skip


def test_exercises_come_after_what_they_build_on_and_else_by_number() -> None:
    ordered = in_order([make(4), make(3, 1), make(2, 4), make(1), make(5, 2, 3)])
    assert [one.number for one in ordered] == [1, 3, 4, 2, 5]


def test_a_circle_of_prerequisites_is_an_error() -> None:
    with pytest.raises(CourseError, match="in a circle: exercise-01, exercise-02"):
        in_order([make(1, 2), make(2, 1), make(3)])


def test_an_unknown_prerequisite_is_an_error() -> None:
    with pytest.raises(CourseError, match="builds on exercise-09, which does not exist"):
        in_order([make(1, 9)])


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("ci.yml", True), (".github/workflows/*.yml", True), ("**/*.tf", True), ("..", False), ("a/../b", False),
        ("/a", False), ("a//b", False), ("./a", False), ("a\\b", False), ("C:a", False), ("", False), ("a..b", True),
    ],
)  # fmt: skip
def test_patterns_never_leave_the_folder(path: str, good: bool) -> None:
    assert inside(path) is good
