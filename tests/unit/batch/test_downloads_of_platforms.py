"""Whose work is whose in what learning platforms let an instructor download."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.batch.downloads import places, platform_of
from gradeline.batch.layout import Place, find
from gradeline.words import Told

FIRST = "exercise-01"


def made(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path, encoding="utf-8")
    return root


def read(root: Path, staged: Path) -> tuple[str, tuple[Place, ...]]:
    platform = platform_of(root)
    return platform, places(root, platform, FIRST, staged)


def test_canvas_names_are_taken_apart_and_loose_files_put_together(tmp_path: Path) -> None:
    root = made(
        tmp_path / "submissions", "doejohn_101_9001_work.zip", "smithanna_LATE_102_9002_work-1.tar.gz",
        "lee_jr_ann_103_9003_Dockerfile", "lee_jr_ann_103_9004_compose.yaml", "anon_Ab3xY_9005_w.zip",
    )  # fmt: skip
    platform, found = read(root, tmp_path / "staged")
    assert platform == "canvas"
    assert [(one.learner, one.lms_id, Path(one.folder).relative_to(tmp_path).as_posix()) for one in found] == [
        ("anon_Ab3xY", "", "submissions/anon_Ab3xY_9005_w.zip"),
        ("doejohn_101", "101", "submissions/doejohn_101_9001_work.zip"),
        ("lee_jr_ann_103", "103", "staged/lee_jr_ann_103"),
        ("smithanna_102", "102", "submissions/smithanna_LATE_102_9002_work-1.tar.gz"),
    ]
    assert sorted(one.name for one in (tmp_path / "staged" / "lee_jr_ann_103").iterdir()) == [
        "Dockerfile", "compose.yaml",
    ]  # fmt: skip


def test_moodle_gives_a_folder_each_or_the_beginning_of_a_file(tmp_path: Path) -> None:
    root = made(
        tmp_path / "in", "Ada O'Neil_657737_assignsubmission_file_/.github/workflows/ci.yml",
        "Bob Ü_12_assignsubmission_file_/work.zip", "Cyd_13_assignsubmission_file_Jenkinsfile",
        "Cyd_13_assignsubmission_onlinetext_onlinetext.html",
    )  # fmt: skip
    platform, found = read(root, tmp_path / "staged")
    assert platform == "moodle"
    assert [(one.learner, one.name, one.lms_id, Path(one.folder).name) for one in found] == [
        ("Ada O'Neil 657737", "Ada O'Neil", "657737", "Ada O'Neil_657737_assignsubmission_file_"),
        ("Bob Ü 12", "Bob Ü", "12", "work.zip"), ("Cyd 13", "Cyd", "13", "Cyd 13"),
    ]  # fmt: skip


METADATA = """---
submission_7:
  :submitters:
  - :name: Ada
    :email: ada@x.org
    :sid: '0042'
  - :name: Bob
    :email: bob@x.org
    :sid:
  :created_at: 2026-09-10 18:25:53.109082000 -07:00
submission_8:
  :submitters:
  - :name: Bob
    :email: bob@x.org
  :created_at: !ruby/object:Time 2026-09-12 08:00:00 Z
submission_9:
  :submitters:
  - :name: Gone
    :email: gone@x.org
"""


def test_gradescope_says_who_and_when_and_of_two_the_last_one_counts(tmp_path: Path) -> None:
    root = made(tmp_path / "assignment_1_export", "submission_7/Dockerfile", "submission_8/work.zip")
    (root / "submission_metadata.yml").write_text(METADATA, encoding="utf-8")
    platform, found = read(root, tmp_path / "staged")
    assert platform == "gradescope"
    assert [(one.learner, one.name, one.lms_id, one.submitted, Path(one.folder).name) for one in found] == [
        ("ada@x.org", "Ada", "0042", "2026-09-11T01:25:53Z", "submission_7"),
        ("bob@x.org", "Bob", "", "2026-09-12T08:00:00Z", "work.zip"),
    ]


@pytest.mark.parametrize("content", ["[" * 100_000, "- a", "a: {", "\0", "x: &a [*a]\n- "])
def test_metadata_that_cannot_be_read_is_said(tmp_path: Path, content: str) -> None:
    root = made(tmp_path / "export", "submission_7/Dockerfile")
    (root / "submission_metadata.yml").write_text(content, encoding="utf-8")
    with pytest.raises(Told, match="Download the submissions again"):
        read(root, tmp_path / "staged")


def test_clones_of_a_classroom_are_called_by_assignment_and_user(tmp_path: Path) -> None:
    root = made(tmp_path / "ci-lab-submissions", "ci-lab-ada/a", "ci-lab-bob-lee/a")
    platform, found = read(root, tmp_path / "staged")
    assert (platform, [one.learner for one in found]) == ("classroom", ["ada", "bob-lee"])


@pytest.mark.parametrize(
    "paths",
    [
        ("ada/exercise-01/x", "bob/exercise-01/x"), ("ada.zip",), ("ada_1_2_x/a",), (".hidden",),
        ("team-ada/a", "team-bob/a"), ("doejohn_101_9001_work.zip", "notes.txt"),
    ],
)  # fmt: skip
def test_other_layouts_are_not_taken_for_a_download(tmp_path: Path, paths: tuple[str, ...]) -> None:
    assert platform_of(made(tmp_path / "in", *paths)) == ""


def test_hostile_names_of_loose_files_stay_in_their_folder(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "a_1_2_..", "a_1_3_x", "b_2_4_y", "b_2_5_z")
    (root / "a_1_4_link").symlink_to("/etc/passwd")
    _, found = read(root, tmp_path / "staged")
    names = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "staged").rglob("*"))
    assert names == ["staged/a_1", "staged/a_1/_..", "staged/a_1/x", "staged/b_2", "staged/b_2/y", "staged/b_2/z"]
    assert len(found) == 2


# -- folders and archives -------------------------------------------------------------------------------------------


def resolve(name: str) -> str | None:
    return name if name.startswith("exercise-") else None


def test_an_archive_stands_for_a_folder(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "ada/exercise-01.zip", "ada/exercise-02/x", "bob/exercise-01.TAR.GZ")
    assert [(one.title, Path(one.folder).name) for one in find(root, resolve)] == [
        ("ada/exercise-01", "exercise-01.zip"), ("ada/exercise-02", "exercise-02"),
        ("bob/exercise-01", "exercise-01.TAR.GZ"),
    ]  # fmt: skip
    flat = made(tmp_path / "flat", "ada.zip", "bob.tgz", "cyd/x")
    assert [one.title for one in find(flat, resolve, FIRST)] == [f"{name}/{FIRST}" for name in ("ada", "bob", "cyd")]


@pytest.mark.parametrize(
    ("paths", "exercise", "said"),
    [
        (("ada.zip",), None, "With one archive per learner, name the exercise"),
        (("ada.zip", "ada/x"), FIRST, "ada has two folders"), (("ada.txt",), FIRST, "Found ada.txt"),
        (("ada/exercise-01.zip", "ada/exercise-01/x"), None, "ada has two folders for exercise-01"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_said(tmp_path: Path, paths: tuple[str, ...], exercise: str | None, said: str) -> None:
    with pytest.raises(Told, match=said):
        find(made(tmp_path / "in", *paths), resolve, exercise)
