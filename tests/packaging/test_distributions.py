"""What is shipped is exactly what should be: the whole course, no solutions, and a program that runs."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import gradeline

pytestmark = pytest.mark.xdist_group("packaging")

COURSE = "gradeline/_course/"
CHECKOV_LIST = "gradeline/tools/checkov-requirements.txt"
RUN_LIST = "gradeline_cli/gradescope/requirements.txt"
EXERCISE = "exercise-12-gha-matrix-cache"
ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Built:
    """The wheel and the source distribution; ``files`` and ``source`` map names to contents."""

    wheel: Path
    sdist: Path
    files: dict[str, bytes]
    source: dict[str, bytes]


def build(project: Path, target: Path, *kinds: str) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", str(target), str(project)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


def wheel_files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    target = tmp_path_factory.mktemp("dist")
    build(ROOT, target, "--wheel", "--sdist")
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = [(member, archive.extractfile(member)) for member in archive.getmembers() if member.isfile()]
        source = {member.name.partition("/")[2]: file.read() for member, file in members if file is not None}
    return Built(wheel, sdist, wheel_files(wheel), source)


@pytest.fixture(scope="session")
def tracked() -> frozenset[str]:
    """What git tracks, or will track with the next ``git add``, and what exists."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60).stdout.decode()
    return frozenset(name for name in output.split("\0") if name and (ROOT / name).is_file())


def test_the_course_in_the_wheel_is_the_course_in_the_repository(built: Built, tracked: frozenset[str]) -> None:
    shipped = {name.removeprefix(COURSE) for name in built.files if name.startswith(COURSE)}

    assert shipped == {name for name in tracked if name.startswith(("exercises/", "rubrics/"))}


def test_the_course_arrives_byte_for_byte(built: Built) -> None:
    changed = [
        name
        for name, content in built.files.items()
        if name.startswith(COURSE) and content != (ROOT / name.removeprefix(COURSE)).read_bytes()
    ]

    assert changed == []


@pytest.mark.parametrize("place", ["wheel", "sdist"])
def test_no_solution_is_shipped_under_any_name(built: Built, place: str) -> None:
    files = built.files if place == "wheel" else built.source
    starters = {digest(path) for path in (ROOT / "exercises").rglob("*") if path.is_file()}
    solutions = {digest(path) for path in (ROOT / "solutions").rglob("*") if path.is_file()} - starters

    assert [name for name in files if "solutions" in name.split("/")] == []
    assert solutions
    assert [name for name, content in files.items() if hashlib.sha256(content).digest() in solutions] == []


def test_files_that_start_with_a_dot_are_shipped(built: Built) -> None:
    assert f"{COURSE}exercises/{EXERCISE}/starter/.github/workflows/ci.yml" in built.files


def test_every_data_file_of_the_packages_is_shipped(built: Built, tracked: frozenset[str]) -> None:
    sources = {"graders/gradeline/": "gradeline/", "cli/gradeline_cli/": "gradeline_cli/"}
    expected = {
        name.replace(source, package, 1)
        for source, package in sources.items()
        for name in tracked
        if name.startswith(source)
    } | {CHECKOV_LIST, RUN_LIST}

    assert {name for name in expected if not name.endswith(".py")} >= {
        "gradeline/py.typed",
        "gradeline_cli/py.typed",
        "gradeline/facts/credentials.yaml",
    }
    assert {name for name in built.files if not name.startswith(COURSE) and ".dist-info/" not in name} == expected


def test_the_lists_of_packages_are_those_of_the_repository(built: Built) -> None:
    assert built.files[RUN_LIST] == (ROOT / "requirements" / "run.txt").read_bytes()
    assert built.files[CHECKOV_LIST] == (ROOT / "requirements" / "checkov.txt").read_bytes()
    assert [name for name in built.source if name.startswith("requirements/")] == [
        "requirements/checkov.txt", "requirements/run.txt",
    ]  # fmt: skip


def test_the_source_distribution_holds_only_what_is_listed(built: Built) -> None:
    assert {name.split("/")[0] for name in built.source} <= {
        ".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml",
        "cli", "exercises", "graders", "requirements", "rubrics",
    }  # fmt: skip


def test_the_source_distribution_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path / "source", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (project,) = (tmp_path / "source").iterdir()

    build(project, tmp_path / "dist", "--wheel")

    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel_files(wheel) == built.files


def test_the_licence_travels_with_the_wheel(built: Built) -> None:
    (licence,) = [content for name, content in built.files.items() if name.endswith("/licenses/LICENSE")]

    assert licence == (ROOT / "LICENSE").read_bytes()


def test_every_place_that_names_the_version_names_the_same(built: Built) -> None:
    metadata = next(content for name, content in built.files.items() if name.endswith(".dist-info/METADATA"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"(?m)^Version: (.+)$", metadata.decode()) == [gradeline.__version__]
    assert re.findall(r"(?m)^## \[(\d[^\]]*)\]", changes)[0] == gradeline.__version__
    assert built.wheel.name.split("-")[1] == gradeline.__version__


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment with the wheel in it; dependencies come from ours, by path."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    command = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install"]
    command += ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", str(built.wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    packages = next(home.rglob("site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return scripts


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        environment |= {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        return subprocess.run(
            [str(installed / program), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run


def test_the_installed_package_is_the_one_that_runs(run: Run, installed: Path) -> None:
    result = run("python", "-c", "import gradeline, gradeline_cli; print(gradeline.__file__, gradeline_cli.__file__)")

    assert result.returncode == 0, result.stderr
    assert [Path(name).is_relative_to(installed.parent) for name in result.stdout.split()] == [True, True]


def test_the_installed_program_names_its_version(run: Run) -> None:
    result = run("grade", "--version")

    assert (result.returncode, gradeline.__version__ in result.stdout) == (0, True), result.stderr


def test_the_installed_program_says_that_checkov_is_not_there(run: Run) -> None:
    result = run("grade", "doctor")

    assert result.returncode == 3, result.stderr
    assert "checkov" in result.stdout
    assert "`grade tools install`" in " ".join(result.stdout.split())


def test_the_installed_program_lists_the_course(run: Run) -> None:
    result = run("grade", "list")

    assert (result.returncode, "exercise-12" in result.stdout) == (0, True), result.stderr


def test_the_installed_program_fails_the_starter_and_passes_the_exemplar(run: Run, tmp_path: Path) -> None:
    assert run("grade", "start", "exercise-12", "--to", "work").returncode == 0
    untouched = run("grade", "exercise-12", "work")
    shutil.copytree(ROOT / "solutions" / EXERCISE / "exemplar", tmp_path / "work", dirs_exist_ok=True)
    solved = run("grade", "exercise-12", "work")

    assert (untouched.returncode, solved.returncode) == (1, 0), untouched.stderr + solved.stdout + solved.stderr


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
