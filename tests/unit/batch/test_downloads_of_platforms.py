"""Whose work is whose in what learning platforms let an instructor download."""

from __future__ import annotations

import os
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
        ("gone@x.org", "Gone", "", "", "submission_9"),  # it will be an error: nobody is passed over
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


COLUMNS = (
    "username,first_name,last_name,email,section,score,max_score,datetime,submission_tag,submitted_by,review_url,late,"
    "override"
)
SCORES = COLUMNS + """
Ada-L,Ada,Lovelace,ada@x.org,1,9,10,2026-11-24T10:00:00Z,submit/2,Ada-L,https://github.com/k/ml-ci-lab-ada-l/pull/1,false,
Ada-L,Ada,Lovelace,ada@x.org,1,4,10,2026-11-20T10:00:00Z,submit/1,Ada-L,https://github.com/k/ml-ci-lab-ada-l/pull/1,false,
bob,'=Bob,,,1,9,10,2026-11-24T10:00:00Z,submit/2,Ada-L,https://github.com/k/ml-ci-lab-Ada-L/pull/1,false,
cyd,,,,,,,,,,,,
dan,,,,,,,,,,,,
"""


@pytest.mark.parametrize("name", ["ml-ci-lab_submissions_2026_11_25_T_10_00_00", "wherever"])
def test_classroom_50_names_the_users_their_times_and_everybody_in_a_group(tmp_path: Path, name: str) -> None:
    root = made(tmp_path / name, "ml-ci-lab-ada-l/a", "ml-ci-lab-cyd/a")
    (root / "scores.csv").write_text(SCORES, encoding="utf-8")
    platform, found = read(root, tmp_path / "staged")
    assert platform == "classroom50"
    assert [(one.learner, one.name, one.email, one.submitted, Path(one.folder).name) for one in found] == [
        ("Ada-L", "Ada Lovelace", "ada@x.org", "2026-11-24T10:00:00Z", "ml-ci-lab-ada-l"),
        ("bob", "=Bob", "", "2026-11-24T10:00:00Z", "ml-ci-lab-ada-l"),
        ("cyd", "", "", "", "ml-ci-lab-cyd"),  # a repository without a submission is still work; dan has none
    ]


def test_classroom_50_without_scores_is_known_by_its_folder(tmp_path: Path) -> None:
    root = made(tmp_path / "ML-ci-lab_submissions_2026_11_25_T_10_00_00", "ml-ci-lab-ada/a", "ML-ci-lab-Bob/a")
    platform, found = read(root, tmp_path / "staged")
    assert (platform, [one.learner for one in found]) == ("classroom50", ["ada", "Bob"])


def test_classroom_50_whose_users_cannot_be_told_is_refused(tmp_path: Path) -> None:
    root = made(tmp_path / "wherever", "ml-ci-lab-bob/a")
    header, *rows = SCORES.splitlines()
    (root / "scores.csv").write_text("\n".join((header, rows[2], rows[2].replace("bob", "lab-bob"))), "utf-8")
    with pytest.raises(Told, match="ml-ci-lab-bob"):
        read(root, tmp_path / "staged")


@pytest.mark.parametrize("content", [b"\xff", b'"ada'])
def test_scores_that_cannot_be_read_are_said(tmp_path: Path, content: bytes) -> None:
    root = made(tmp_path / "in", "ml-ci-lab-ada/a")
    (root / "scores.csv").write_bytes(SCORES.splitlines(keepends=True)[0].encode() + content)
    with pytest.raises(Told, match="Download the submissions again"):
        read(root, tmp_path / "staged")


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
    _, found = read(root, tmp_path / "staged")
    names = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "staged").rglob("*"))
    assert names == ["staged/a_1", "staged/a_1/_..", "staged/a_1/x", "staged/b_2", "staged/b_2/y", "staged/b_2/z"]
    assert len(found) == 2


@pytest.mark.parametrize(
    "name", ["a_1_4_link", "Ada_1_assignsubmission_file_", "Ada_1_assignsubmission_file_x"]
)  # fmt: skip
def test_a_link_in_a_download_is_told(tmp_path: Path, name: str) -> None:
    root = made(tmp_path / "in", "a_1_3_x" if name.startswith("a_") else "Bob_2_assignsubmission_file_y")
    made(tmp_path / "elsewhere", "secret")
    (root / name).symlink_to(tmp_path / "elsewhere" / ("" if name.endswith("file_") else "secret"))
    with pytest.raises(Told, match=f"{name} does not look like the rest"):
        read(root, tmp_path / "staged")


def test_of_two_files_with_one_name_the_later_upload_counts(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "ada_1_99_ci.yml", "ada_1_101_ci.yml", "ada_1_100_ci.yml")
    _, (found,) = read(root, tmp_path / "staged")
    assert (Path(found.folder) / "ci.yml").read_text(encoding="utf-8") == "ada_1_101_ci.yml"
    root = made(tmp_path / "more", "bob_2_99_w.zip", "bob_2_101_w.zip", "bob_2_102_report.pdf")
    _, (found,) = read(root, tmp_path / "staged")
    assert Path(found.folder).name == "bob_2_101_w.zip"


def test_several_archives_of_one_learner_are_told_and_not_graded_as_nothing(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "ada_1_99_a.zip", "ada_1_100_b.zip")
    with pytest.raises(Told, match=r"ada_1 has handed in several archives: a\.zip, b\.zip"):
        read(root, tmp_path / "staged")


def test_what_a_learner_took_back_is_no_longer_among_the_loose_files(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "ada_1_1_old.yml", "ada_1_2_both.yml")
    read(root, tmp_path / "staged")
    folder = tmp_path / "staged" / "ada_1"
    before = (folder / "both.yml").stat()
    (root / "ada_1_1_old.yml").unlink()
    made(root, "ada_1_3_new.yml")
    read(root, tmp_path / "staged")
    assert sorted(one.name for one in folder.iterdir()) == ["both.yml", "new.yml"]
    after = (folder / "both.yml").stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)  # it looks untouched


def test_a_huge_loose_file_is_not_copied_and_not_passed_over(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "ada_1_1_ci.yml")
    with (root / "ada_1_2_huge.bin").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    read(root, tmp_path / "staged")
    state = (tmp_path / "staged" / "ada_1" / "huge.bin").stat()
    assert (state.st_size, state.st_blocks) == (65 * 1024 * 1024, 0)


def test_feedback_and_typed_text_of_moodle_are_no_work_and_files_that_sound_so_are(tmp_path: Path) -> None:
    root = made(
        tmp_path / "in", "Ada_1_assignsubmission_file_my_onlinetext.yml", "Ada_1_assignfeedback_file_marks.pdf",
        "Ada_1_assignsubmission_onlinetext_x.html",
    )  # fmt: skip
    _, (found,) = read(root, tmp_path / "staged")
    assert [one.name for one in Path(found.folder).iterdir()] == ["my_onlinetext.yml"]


def test_a_gradescope_submission_without_people_or_without_a_line_is_not_passed_over(tmp_path: Path) -> None:
    root = made(tmp_path / "export", "submission_7/Dockerfile")
    (root / "submission_metadata.yml").write_text("submission_7:\n  :created_at: 0001-01-01 00:00:00 +14:00\n")
    _, found = read(root, tmp_path / "staged")
    assert [(one.learner, one.submitted) for one in found] == [("submission_7", "")]
    made(root, "submission_8/Dockerfile")
    with pytest.raises(Told, match="submission_8 does not look like the rest"):
        read(root, tmp_path / "staged")


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


def test_who_has_an_empty_folder_has_handed_in_nothing_and_holds_up_nobody(tmp_path: Path) -> None:
    root = made(tmp_path / "in", "bob/exercise-01/x")
    (root / "ada").mkdir()
    assert [one.title for one in find(root, resolve)] == ["bob/exercise-01"]
    (tmp_path / "other" / "ada").mkdir(parents=True)
    with pytest.raises(Told, match=r"The folder ada in .* has no folders in it"):
        find(tmp_path / "other", resolve)


@pytest.mark.parametrize("exercise", [None, FIRST])
@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Ada", "ada", "ada and Ada are one and the same name on some systems"),
        ("J\N{LATIN SMALL LETTER O WITH DIAERESIS}", "Jo\N{COMBINING DIAERESIS}", "has two folders for exercise-01"),
        ("stra\N{LATIN SMALL LETTER SHARP S}e", "strasse", "are one and the same name"),
    ],
)  # fmt: skip
def test_two_names_that_not_every_system_tells_apart_are_told(
    tmp_path: Path, exercise: str | None, one: str, other: str, said: str
) -> None:
    root = made(tmp_path / "in", f"{one}/exercise-01/x", f"{other}/exercise-01/x")
    with pytest.raises(Told, match=said):
        find(root, resolve, exercise)


def test_a_name_is_text_whatever_its_bytes_are(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for name in (b"j\xf6rg", "u\N{COMBINING DIAERESIS}".encode()):
        (tmp_path / "in" / os.fsdecode(name) / "exercise-01").mkdir(parents=True)
    found = find(root, resolve)
    assert [one.learner for one in found] == [r"j\xf6rg", "\N{LATIN SMALL LETTER U WITH DIAERESIS}"]
    assert all(Path(one.folder).is_dir() for one in found)
