"""Nothing of a submission runs while it is graded, whatever it brings: every exercise, with every payload planted.

A watch over the grading process (an audit hook) raises on any connection, on any program, and on any import,
compilation or change of a file of the submission.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.canaries import SECRET, WATCH, Graded, grade_watched, payloads, plant

from gradeline.course import open_course
from gradeline.intake.names import matches

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = sorted(path.name for path in (ROOT / "exercises").glob("exercise-*") if (path / "exercise.yaml").is_file())
# Files that a pipeline may lead to: what they define is read, and may change what a pipeline reaches.
READ = ("Makefile", "justfile", "Taskfile.yml", "tox.ini", "setup.cfg", "pyproject.toml", "noxfile.py", "package.json",
        ".coveragerc", ".pre-commit-config.yaml", "pytest.ini", "conftest.py", "tests/conftest.py")  # fmt: skip


def exemplar(name: str, target: Path) -> Path:
    """The right answer in the kit, without the weak files that it stands for."""
    shutil.copytree(ROOT / "exercises" / name / "starter", target, symlinks=True)
    submit = open_course(ROOT).exercise(name[:11]).submit
    for path in [path for path in target.rglob("*") if path.is_file()]:
        if matches(path.relative_to(target).as_posix(), submit):
            path.unlink()
    shutil.copytree(ROOT / "solutions" / name / "exemplar", target, symlinks=True, dirs_exist_ok=True)
    return target


def tree(folder: Path) -> str:
    """A digest of every name, mode and content."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        stat = path.lstat()
        found.update(f"{path.relative_to(folder)}\0{stat.st_mode}\0{stat.st_mtime_ns}\0".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def criteria(graded: Graded) -> dict[str, str]:
    return {one["id"]: one["status"] for one in json.loads(graded.output)["criteria"]}


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_graded_and_no_payload_runs(name: str, tmp_path: Path, home: Path) -> None:
    mark = tmp_path / "mark"
    folder = exemplar(name, tmp_path / "submission")
    assert plant(folder, mark) > 80
    before = tree(folder)

    graded = grade_watched(folder, [name[:11], str(folder), "--format", "json"], home)

    assert not mark.exists()
    assert graded.refused == ()
    assert graded.status in (0, 1), graded.errors
    assert "error" not in criteria(graded).values()
    assert SECRET not in graded.output + graded.errors
    assert tree(folder) == before
    assert not list(home.rglob("*.pyc"))


@pytest.mark.parametrize("name", EXERCISES[:4])
def test_settings_of_other_tools_change_no_grade(name: str, tmp_path: Path, home: Path) -> None:
    folder = exemplar(name, tmp_path / "submission")
    clean = grade_watched(folder, [name[:11], str(folder), "--format", "json"], home)
    for path, text in payloads(tmp_path / "mark", folder).items():
        if path.startswith(".") and path not in READ and not (folder / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    planted = grade_watched(folder, [name[:11], str(folder), "--format", "json"], home)
    assert criteria(planted) == criteria(clean)
    assert set(criteria(clean).values()) == {"met"}


@pytest.mark.parametrize("words", [["graph", "exercise-01"], ["verify", "exercise-01"], ["list"], ["explain", "gates"]])
def test_other_commands_run_no_payload_either(words: list[str], tmp_path: Path, home: Path) -> None:
    folder = exemplar(next(name for name in EXERCISES if name.startswith("exercise-01")), tmp_path / "submission")
    plant(folder, tmp_path / "mark")
    if words[0] == "graph":
        words = [*words, str(folder)]
    graded = grade_watched(folder, ["--course", str(ROOT), *words], home)
    assert (graded.refused, graded.status) == ((), 0), graded.errors
    assert not (tmp_path / "mark").exists()


def test_the_program_itself_is_not_taken_from_the_folder_it_is_called_in(tmp_path: Path, home: Path) -> None:
    """The installed script, without a watch: it finds its modules where it is installed."""
    folder = exemplar(next(name for name in EXERCISES if name.startswith("exercise-01")), tmp_path / "submission")
    plant(folder, tmp_path / "mark")
    script = Path(sys.executable).with_name("grade")
    if not script.exists():
        pytest.skip("the script is not installed here")
    environment = {"PATH": f"{folder}{os.pathsep}/usr/bin", "HOME": str(home)}
    done = subprocess.run([script, "exercise-01", folder], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert not (tmp_path / "mark").exists()


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port that counts who calls."""
    calls: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    done = threading.Event()

    def answer() -> None:
        while not done.is_set():
            try:
                connection, address = server.accept()
            except TimeoutError:
                continue
            calls.append(address)
            connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    yield server.getsockname()[1], calls
    done.set()
    thread.join()
    server.close()


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("import socket; socket.socket().connect(('127.0.0.1', PORT))", "socket.connect"),
        ("import subprocess; subprocess.run(['/bin/true'])", "subprocess.Popen"),
        ("import os; os.system('true')", "os.system"),
        ("exec(compile('1', ROOT + '/x.py', 'exec'))", "exec"),
        ("open(ROOT + '/new', 'w')", "open"),
        ("import sys; sys.path.insert(0, ROOT); import evil", "exec"),
    ],
)
def test_the_watch_sees_what_it_is_for(
    code: str, event: str, tmp_path: Path, listener: tuple[int, list[object]]
) -> None:
    """A watch that never refuses anything would make every test above pass."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "evil.py").write_text("x = 1\n", encoding="utf-8")
    code = code.replace("PORT", str(listener[0])).replace("ROOT", repr(str(tmp_path / "root")))
    script = WATCH.replace("from gradeline_cli.entry import main\nmain()\n", code)
    log = tmp_path / "log"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", script, log, tmp_path / "root", sys.prefix, ""],
                          capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 1
    assert log.read_text(encoding="ascii").split()[0] == event
    assert listener[1] == []


def test_the_payloads_really_act_when_something_runs_them(tmp_path: Path) -> None:
    """Canaries that cannot sing prove nothing: a Python one, a program, and a setting of git."""
    folder = tmp_path / "submission"
    folder.mkdir()
    for number, command in enumerate((
        [sys.executable, "-c", "import conftest"], [str(folder / "hadolint")],
        ["git", "-C", str(folder), "status"],
    )):  # fmt: skip
        mark = tmp_path / f"mark-{number}"
        shutil.rmtree(folder)
        folder.mkdir()
        plant(folder, mark)
        (folder / ".git" / "objects").mkdir()
        (folder / ".git" / "refs").mkdir()
        if command[0] == "git" and shutil.which("git") is None:
            continue
        subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False,
                       env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(folder)})  # fmt: skip
        assert mark.exists(), command
