"""``grade start`` makes a complete workspace or nothing, and never changes what exists."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import Result

from gradeline import __version__

if TYPE_CHECKING:
    import pytest

Grade = Callable[..., Result]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_workspace_has_the_starter_the_task_and_a_marker(grade: Grade) -> None:
    result = grade("start", "1")
    assert result.exit_code == 0
    files = tree(Path("exercise-01-first-words"))
    assert set(files) == {".github/workflows/ci.yml", "kit.txt", "EXERCISE.md", ".gradeline.json"}
    assert files[".github/workflows/ci.yml"] == b"hello\n"
    marker = json.loads(files[".gradeline.json"])
    assert len(bytes.fromhex(marker.pop("workspace"))) == 16
    assert marker == {"exercise": "exercise-01", "started_with": __version__}
    assert "then run `grade exercise-01`" in result.output


def test_links_to_the_starter_work_in_the_workspace(grade: Grade) -> None:
    grade("start", "1")
    assert b"See [the kit](kit.txt)." in Path("exercise-01-first-words/EXERCISE.md").read_bytes()


def test_the_folder_can_be_chosen_and_its_parents_are_made(grade: Grade) -> None:
    assert grade("start", "1", "--to", "a/b/c").exit_code == 0
    assert Path("a/b/c/kit.txt").is_file()
    assert [path.name for path in Path("a/b").iterdir()] == ["c"]


def test_what_start_says_fits_80_columns(grade: Grade) -> None:
    output = grade("start", "1").output
    assert max(map(len, output.splitlines())) <= 80
    assert "Your folder is exercise-01-first-words.\nThe task is in its file EXERCISE.md.\n" in output


def test_a_place_where_nothing_can_be_made_is_named(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> str:
        raise PermissionError(13, "Permission denied", "/somewhere/.work.abc.tmp")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    result = grade("start", "1", "--to", "work")
    assert (result.exit_code, result.stderr) == (2, "grade: work: Permission denied.\n")


def test_an_empty_folder_is_filled(grade: Grade) -> None:
    Path("work").mkdir()
    assert grade("start", "1", "--to", "work").exit_code == 0
    assert Path("work/kit.txt").is_file()


def test_nothing_is_overwritten(grade: Grade) -> None:
    Path("work").mkdir()
    Path("work/mine.txt").write_text("mine", encoding="utf-8")
    result = grade("start", "1", "--to", "work")
    assert result.exit_code == 2
    assert tree(Path("work")) == {"mine.txt": b"mine"}
    assert [path.name for path in Path().iterdir()] == ["work"]


def test_a_file_or_a_link_at_the_place_is_left_alone(grade: Grade) -> None:
    Path("file").write_text("mine", encoding="utf-8")
    Path("empty").mkdir()
    Path("link").symlink_to("empty")
    assert grade("start", "1", "--to", "file").exit_code == 2
    assert grade("start", "1", "--to", "link").exit_code == 2
    assert list(Path("empty").iterdir()) == []


def test_starting_again_changes_nothing(grade: Grade) -> None:
    grade("start", "1")
    work = Path("exercise-01-first-words/.github/workflows/ci.yml")
    work.write_text("tests\n", encoding="utf-8")
    result = grade("start", "1")
    assert result.exit_code == 0
    assert "nothing was changed" in " ".join(result.output.split())
    assert work.read_text(encoding="utf-8") == "tests\n"


def test_a_starter_that_cannot_be_copied_leaves_nothing_behind(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gradeline_cli.start

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "kit.txt")

    monkeypatch.setattr(gradeline_cli.start, "_copy_files", fail)
    assert grade("start", "1").exit_code == 2
    assert list(Path().iterdir()) == []


def test_links_in_a_starter_are_not_followed(grade: Grade, course: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (course / "exercises/exercise-01-first-words/starter/link").symlink_to(tmp_path / "secret")
    grade("start", "1")
    assert not Path("exercise-01-first-words/link").exists()


def test_a_script_stays_executable(grade: Grade, course: Path) -> None:
    script = course / "exercises/exercise-01-first-words/starter/run.sh"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o755)
    grade("start", "1")
    assert Path("exercise-01-first-words/run.sh").stat().st_mode & 0o111
    assert not Path("exercise-01-first-words/kit.txt").stat().st_mode & 0o111


def test_no_workspace_is_made_inside_the_authoring_repository(grade: Grade, course: Path) -> None:
    (course / "pyproject.toml").write_text('[project]\nname = "gradeline"\n', encoding="utf-8")
    assert grade("start", "1", "--to", str(course / "work")).exit_code == 2
    assert not (course / "work").exists()
