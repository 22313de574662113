"""The autograder for Gradescope: what is in the zip, and what it does with a submission."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gradeline import __version__
from gradeline.course import find_course
from gradeline_cli.main import program
from gradeline_cli.parts import App

COURSE = find_course()
EXERCISE = COURSE.folders["exercise-12"]
EXEMPLAR = COURSE.solutions / EXERCISE.name / "exemplar"


def export(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(
        program, ["export", "gradescope", "12", "-o", str(folder / "a.zip"), *words], obj=App(), prog_name="grade"
    )


def a_wheel(folder: Path, *names: str) -> Path:
    path = folder / f"gradeline-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path


def test_the_zip_has_what_gradescope_looks_for_at_its_top(tmp_path: Path) -> None:
    done = export(tmp_path)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        rights = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
        assert rights == {
            "setup.sh": 0o755, "run_autograder": 0o755, "exercise.txt": 0o644, "grader.txt": 0o644,
            "requirements.txt": 0o644,
        }  # fmt: skip
        assert archive.read("exercise.txt") == b"exercise-12\n"
        assert archive.read("grader.txt") == f"gradeline=={__version__}\n".encode()
        for name in ("setup.sh", "run_autograder"):
            assert archive.read(name).startswith(b"#!/usr/bin/env bash\n")
            assert subprocess.run(["bash", "-n"], input=archive.read(name), check=False).returncode == 0
        assert b"--hash=sha256:" in archive.read("requirements.txt")


def test_the_same_words_give_the_same_bytes(tmp_path: Path) -> None:
    wheel = a_wheel(tmp_path, "gradeline_cli/gradescope/run_autograder")
    zips = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert export(tmp_path / name, "--wheel", str(wheel)).exit_code == 0
        zips.append((tmp_path / name / "a.zip").read_bytes())
    assert zips[0] == zips[1]
    with zipfile.ZipFile(io.BytesIO(zips[0])) as archive:
        assert archive.read("grader.txt").decode() == f"{wheel.name}\n"
        assert archive.read(wheel.name) == wheel.read_bytes()


def test_a_file_that_is_no_wheel_of_ours_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other-1.0-py3-none-any.whl"
    other.write_bytes(a_wheel(tmp_path, "gradeline_cli/gradescope/run_autograder").read_bytes())
    for wheel in (other, a_wheel(tmp_path, "gradeline/__init__.py")):
        done = export(tmp_path, "--wheel", str(wheel))
        assert done.exit_code == 2
        assert not (tmp_path / "a.zip").exists()


@pytest.fixture
def autograder(tmp_path: Path) -> Path:
    """``/autograder`` of Gradescope after ``setup.sh``, with this program as what was installed."""
    export(tmp_path)
    home = tmp_path / "autograder"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(home / "source")
    (home / "gradeline" / "bin").mkdir(parents=True)
    program = home / "gradeline" / "bin" / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    shutil.copytree(EXERCISE / "starter", home / "submission")
    return home


def run(home: Path) -> tuple[int, Any]:
    environment = {**os.environ, "AUTOGRADER": str(home), "HOME": str(home)}
    done = subprocess.run(["bash", str(home / "source/run_autograder")], env=environment, cwd=home, check=False)
    results = home / "results" / "results.json"
    return done.returncode, json.loads(results.read_text()) if results.exists() else None


@pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Ubuntu")
def test_a_submission_gets_the_score_that_grade_gives(autograder: Path) -> None:
    code, results = run(autograder)
    assert code == 0
    assert sum(test["score"] for test in results["tests"]) == 6
    shutil.copytree(EXEMPLAR, autograder / "submission", dirs_exist_ok=True)
    code, results = run(autograder)
    assert (code, sum(test["score"] for test in results["tests"])) == (0, 100)
    assert results["extra_data"]["passed"] is True


@pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Ubuntu")
def test_nothing_of_a_submission_is_imported(autograder: Path) -> None:
    for name in ("sitecustomize", "usercustomize", "gradeline", "gradeline_cli", "json", "click"):
        (autograder / "submission" / f"{name}.py").write_text(f"open({str(autograder / 'PWNED')!r}, 'w')\n")
    assert run(autograder)[0] == 0
    assert not (autograder / "PWNED").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Ubuntu")
def test_a_submission_that_cannot_be_read_is_a_result_that_says_why(autograder: Path) -> None:
    shutil.rmtree(autograder / "submission")
    code, results = run(autograder)
    assert (code, results["score"]) == (0, 0)
    assert "There is nothing at" in results["output"]


@pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Ubuntu")
def test_a_grader_that_fails_leaves_no_result_so_that_nobody_loses_points(autograder: Path) -> None:
    program = autograder / "gradeline" / "bin" / "python"
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    assert run(autograder) == (3, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Ubuntu")
def test_the_set_up_takes_a_python_that_is_new_enough_and_pins_what_it_installs(tmp_path: Path) -> None:
    export(tmp_path)
    home = tmp_path / "autograder"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(home / "source")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    log = tmp_path / "log"
    # Pythons that are too old, and one that writes down what it is asked.
    for name, new in (("python3.13", False), ("python3.12", True), ("python3.11", True), ("python3", True)):
        script = f"""#!/bin/sh
if [ "$2" = -c ]; then exit {0 if new else 1}; fi
echo "{name} $*" >> '{log}'
if [ "$3" = venv ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; fi
"""
        (bin_folder / name).write_text(script)
        (bin_folder / name).chmod(0o755)
    subprocess.run(
        ["bash", str(home / "source/setup.sh")], check=True,
        env={"PATH": f"{bin_folder}:/usr/bin:/bin", "AUTOGRADER": str(home)}, capture_output=True,
    )  # fmt: skip
    lines = log.read_text().splitlines()
    assert lines[0] == f"python3.12 -I -m venv {home}/gradeline"
    assert "--require-hashes --only-binary :all: -r" in lines[1]
    assert lines[2].endswith(f"--no-deps --only-binary :all: gradeline=={__version__}")
    assert len(lines) == 3
