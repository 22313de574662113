"""``grade similarity`` as people call it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from support.disguises import disguised, texts, write
from support.published import unfit, validator
from support.transplants import with_a_unit_of

from gradeline.course import find_course
from gradeline_cli.main import program
from gradeline_cli.parts import App

COURSE = find_course()


def a_class(folder: Path) -> Path:
    """Ada and Bob have one answer in two disguises, Cyd and Dan answers of their own."""
    solutions = COURSE.solutions / COURSE.folders["exercise-26"].name
    files = texts(solutions / "exemplar-argo-cd")
    write(files, folder / "ada" / "exercise-26")
    write(disguised(files, random.Random(1)), folder / "bob" / "exercise-26")
    write(texts(solutions / "exemplar-called-twice"), folder / "cyd" / "exercise-26")
    write(texts(COURSE.exercise("exercise-26").starter), folder / "dan" / "exercise-26")
    return folder


def installed(folder: Path) -> Path:
    folder.mkdir()
    for name in ("exercises", "rubrics"):
        (folder / name).symlink_to(COURSE.root / name)
    return folder


def similarity(*words: str) -> Result:
    return CliRunner().invoke(program, ["similarity", *words], obj=App(language="en"), prog_name="grade")


def test_a_pair_is_shown_with_its_places_and_without_a_judgement(tmp_path: Path) -> None:
    done = similarity(str(a_class(tmp_path / "in")), "--course", str(installed(tmp_path / "course")), "--jobs", "1")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "exercise-26: 3 submissions compared, 1 pairs to look at." in said
    assert "ada and bob: 100 % alike" in said
    assert "Too little of their own to be compared (1): dan" in said
    assert ".github/workflows/" in said
    assert "This is no proof, and no grade depends on it." in said


def test_one_job_of_somebody_else_is_shown_with_its_places(tmp_path: Path) -> None:
    course = installed(tmp_path / "course")
    folder = COURSE.solutions / COURSE.folders["exercise-24"].name
    hidden = write(disguised(texts(folder / "exemplar-bake-and-grype"), random.Random(1)), tmp_path / "hidden")
    made = with_a_unit_of(hidden, folder / "exemplar-scout", COURSE.exercise("exercise-24"))
    assert made is not None
    write(texts(folder / "exemplar-bake-and-grype"), tmp_path / "in" / "ada" / "exercise-24")
    write(made[0], tmp_path / "in" / "bob" / "exercise-24")
    words = (str(tmp_path / "in"), "--course", str(course), "--reference", str(folder / "exemplar"), "--jobs", "1")
    said = " ".join(similarity(*words).output.split())
    assert "exercise-24: 2 submissions compared, 0 pairs to look at." in said
    assert "ada and bob differ, but have one passage in common, such as a job:" in said
    assert ".github/workflows/image.yml:" in said.partition("such as a job")[2]
    data = json.loads(similarity(*words, "--format", "json").output)
    assert unfit("similarity-1", data) == []
    (one,) = data["exercises"][0]["in_common"]
    assert (one["left"], one["right"]) == ("ada", "bob")
    assert 20 <= one["worth"] <= one["shared"]
    assert 0 < one["left_share"] < 1
    assert one["evidence"][0]["right"]["path"] == ".github/workflows/image.yml"


def test_what_batch_wrote_says_where_the_work_lies(tmp_path: Path) -> None:
    folder = a_class(tmp_path / "in")
    lines = [
        {"learner": name, "exercise": "exercise-26", "status": "error", "reason": "timeout", "message": "",
         "result": None, "folder": str(folder / name / "exercise-26")} for name in ("ada", "bob", "cyd")
    ]  # fmt: skip
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    course = str(installed(tmp_path / "course"))
    done = similarity(str(tmp_path / "results.jsonl"), "--course", course, "--jobs", "1")
    assert "exercise-26: 3 submissions compared, 1 pairs to look at." in " ".join(done.output.split())
    bare = [{name: value for name, value in one.items() if name != "folder"} for one in lines]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in bare), encoding="utf-8")
    done = similarity(str(tmp_path), "--course", course)
    assert done.exit_code == 2
    assert "do not say where the work lies" in " ".join(done.output.split())
    assert similarity(str(tmp_path / "nothing")).exit_code == 2


def test_the_answer_of_the_course_is_no_pair(tmp_path: Path) -> None:
    done = similarity(str(a_class(tmp_path / "in")), "--jobs", "1")
    assert "0 pairs to look at" in " ".join(done.output.split())


def test_json_is_the_same_for_every_hash_seed(tmp_path: Path) -> None:
    words = ["similarity", str(a_class(tmp_path / "in")), "--course", str(installed(tmp_path / "course")),
             "--format", "json"]  # fmt: skip
    said = [
        subprocess.run(
            [sys.executable, "-m", "gradeline_cli", *words], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "77")
    ]  # fmt: skip
    assert said[0] == said[1]
    (exercise,) = json.loads(said[0])["exercises"]
    (pair,) = exercise["pairs"]
    assert (pair["left"], pair["right"], exercise["compared"]) == ("ada", "bob", 3)
    assert pair["score"] >= 0.8
    assert {"path", "line", "end_line", "lines"} == set(pair["evidence"][0]["left"])
    assert exercise["clusters"] == [{"members": ["ada", "bob"], "score": pair["score"]}]


def test_the_published_schema_says_exactly_what_json_holds(tmp_path: Path) -> None:
    folder = a_class(tmp_path / "in")
    (folder / "eve" / "exercise-26").mkdir(parents=True)
    (folder / "eve" / "exercise-26" / ".github").symlink_to(tmp_path / "nowhere")
    words = [str(folder), "--course", str(installed(tmp_path / "course")), "--format", "json", "--jobs", "1"]
    data = json.loads(similarity(*words).output)
    (exercise,) = data["exercises"]
    assert (len(exercise["pairs"]), len(exercise["clusters"]), exercise["too_small"]) == (1, 1, ["dan", "eve"])
    assert exercise["pairs"][0]["evidence"]
    assert unfit("similarity-1", data) == []
    assert unfit("similarity-1", json.loads(similarity(*words, "--evidence", "0", "--threshold", "1").output)) == []


def test_the_published_schema_refuses_what_no_likeness_is(tmp_path: Path) -> None:
    place = {"path": "ci.yml", "line": 3, "end_line": 4, "lines": ["a", "b"]}
    pair = {"left": "ada", "right": "bob", "score": 0.75, "wording": 0, "shared": 30, "fewest": 40,
            "evidence": [{"left": place, "right": place, "shared": 2, "weight": 1.5}]}  # fmt: skip
    exercise: dict[str, Any] = {"exercise": "exercise-01", "threshold": 0.5, "compared": 2, "pairs": [pair],
                "too_small": [], "in_common": [{"left": "ada", "right": "cyd", "worth": 21.5, "shared": 24,
                                                "left_share": 0.1, "right_share": 0.2, "evidence": []}],
                "clusters": [{"members": ["ada", "bob"], "score": 0.75}],
                "unreadable": [{"learner": "cyd", "reason": "crash"}]}  # fmt: skip
    schema = validator("similarity-1")
    good = {"schema": "https://gradeline.dev/schema/similarity-1.json", "exercises": [exercise]}
    assert schema.is_valid(good)
    for changed in (
        {**exercise, "pairs": [{**pair, "score": 75}]}, {**exercise, "pairs": [{**pair, "shared": 0}]},
        {**exercise, "pairs": [{**pair, "evidence": [{"left": {**place, "line": 0}, "right": place, "shared": 2,
                                                      "weight": 1}]}]},
        {**exercise, "clusters": [{"members": ["ada"], "score": 1}]}, {**exercise, "too_small": [1]},
        {**exercise, "unreadable": [{"learner": "cyd", "reason": ""}]}, {**exercise, "compared": 1.5},
        {**exercise, "in_common": [{**exercise["in_common"][0], "left_share": 10}]},
    ):  # fmt: skip
        assert not schema.is_valid({**good, "exercises": [changed]}), changed
    assert not schema.is_valid({**good, "schema": "https://gradeline.dev/schema/similarity-2.json"})
