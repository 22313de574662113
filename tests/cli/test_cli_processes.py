"""The program as a process: what it imports, closed pipes, poor terminals, and the same bytes every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradeline_cli.entry import is_plain

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"yaml", "_yaml", "jsonschema", "rich", "hcl2", "pygls", "lsprotocol", "watchfiles", "asyncio"}
WORKFLOW = """\
name: CI
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest || true
"""


def grade(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gradeline_cli", *arguments],
        cwd=cwd, env=_environment(environment), capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def _environment(changes: dict[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "SYSTEMROOT")}
    kept |= {"GRADE_PROGRESS": "off"}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT / "graders"), str(ROOT / "cli")]), **changes}


def modules_after(*arguments: str, cwd: Path) -> set[str]:
    """The top-level modules that are loaded when the program ends."""
    code = (
        "import sys, atexit, json\n"
        "atexit.register(lambda: sys.stderr.write(json.dumps(sorted({n.partition('.')[0] for n in sys.modules}))))\n"
        "from gradeline_cli.main import program\n"
        f"program.main({list(arguments)!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=_environment({}), capture_output=True, timeout=120, check=False
    )
    return set(json.loads(done.stderr.decode().splitlines()[-1]))


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A learner's folder for the first exercise, with a pipeline that cannot fail."""
    file = tmp_path / "alice" / ".github" / "workflows" / "ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(WORKFLOW, encoding="utf-8")
    return tmp_path / "alice"


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("run", "--help"), ("completion", "bash")])
def test_help_imports_no_parser_and_no_schema(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert modules_after(*arguments, cwd=tmp_path) & HEAVY == set()


def test_a_learners_run_imports_no_schemas(work: Path) -> None:
    loaded = modules_after("exercise-01", str(work), cwd=work.parent)
    assert "yaml" in loaded
    assert loaded & (HEAVY - {"yaml", "_yaml"}) == set()


def test_an_exercise_and_a_path_need_no_parser_of_options(work: Path) -> None:
    code = (
        "import sys\nfrom gradeline_cli import ending, entry\n"
        f"sys.argv = ['grade', 'exercise-01', {str(work)!r}]\n"
        "ending.leave = lambda code: sys.exit(print(code, *sorted({n.partition('.')[0] for n in sys.modules})))\n"
        "entry.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=work, env=_environment({}), capture_output=True, timeout=120, check=True
    )
    ended, *loaded = done.stdout.decode().splitlines()[-1].split()
    assert ended == "1"
    assert set(loaded) & (HEAVY - {"yaml", "_yaml"} | {"click", "inspect", "hashlib", "shutil"}) == set()


@pytest.mark.parametrize(
    "words",
    [["1", "alice"], ["exercise-01", "nowhere"], ["1"], ["lst"], ["exercise-99", "alice"], [""], ["1", ""]],
    ids=" ".join,
)
def test_the_short_way_and_the_parser_say_the_same(work: Path, words: list[str]) -> None:
    code = f"import sys\nfrom gradeline_cli.main import run\nsys.exit(run({words!r}))"
    below = work.parent
    parsed = subprocess.run(
        [sys.executable, "-c", code], cwd=below, env=_environment({}), capture_output=True, timeout=120, check=False
    )
    direct = grade(*words, cwd=below)
    assert (direct.returncode, direct.stdout, direct.stderr) == (parsed.returncode, parsed.stdout, parsed.stderr)
    assert direct.returncode in (1, 2)


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (["12"], True), (["12", "folder"], True), ([], False), (["list"], False), (["run", "12"], False),
        (["12", "--debug"], False), (["-h"], False), (["12", "a", "b"], False), (["12", "-"], False),
    ],
)  # fmt: skip
def test_only_one_or_two_plain_words_take_the_short_way(words: list[str], plain: bool) -> None:
    assert is_plain(words) is plain


def test_the_same_submission_gives_the_same_bytes(work: Path) -> None:
    settings = [("0", "UTC", "C"), ("1", "Pacific/Kiritimati", "tr_TR.UTF-8"), ("77", "UTC", "C.UTF-8")]
    outputs = {
        grade("1", str(work), "--format", "json", cwd=work.parent, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale).stdout
        for seed, zone, locale in settings
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["exercise"] == "exercise-01"


def test_grading_ends_with_the_documented_code(work: Path) -> None:
    done = grade("1", str(work), cwd=work.parent)
    assert done.returncode == 1, done.stderr.decode()
    assert b"not passed" in done.stdout
    assert done.stderr == b""


def test_a_reader_that_goes_away_is_no_failure(work: Path) -> None:
    command = f'"{sys.executable}" -m gradeline_cli 1 "{work}" | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command], cwd=work.parent, env=_environment({}), capture_output=True, timeout=120, check=True
    )
    assert (done.stdout, done.stderr) == (b"1\n", b"")


def test_help_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m gradeline_cli --help | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=_environment({}), capture_output=True, timeout=120, check=True
    )
    assert (done.stdout, done.stderr) == (b"0\n", b"")


def test_a_closed_standard_output_is_no_failure(work: Path) -> None:
    command = f'"{sys.executable}" -m gradeline_cli 1 "{work}" >&-'
    done = subprocess.run(
        ["bash", "-c", command], cwd=work.parent, env=_environment({}), capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["1 {work}", "1 {work} --format json", "list", "--help", "completion bash"])
def test_a_full_disk_behind_the_output_is_said_and_is_no_verdict(work: Path, words: str) -> None:
    command = f'"{sys.executable}" -m gradeline_cli {words.format(work=work)} > /dev/full'
    done = subprocess.run(
        ["bash", "-c", command], cwd=work.parent, env=_environment({}), capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (2, b"grade: the output: No space left on device.\n")


def test_a_terminal_without_unicode_gets_ascii(work: Path) -> None:
    done = grade("1", str(work), cwd=work.parent, PYTHONIOENCODING="ascii", COLUMNS="20")
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert b"x not passed" in done.stdout


def test_an_interrupted_program_says_so_with_its_code(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom gradeline_cli import main\n"
        "def stop(*_): raise KeyboardInterrupt\n"
        "main.Program.resolve_command = stop\n"
        "main.program.main(['list'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=_environment({}), capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"\nInterrupted.\n")


def test_nothing_is_graded_in_this_repository() -> None:
    done = grade("exercise-01", cwd=ROOT)
    assert done.returncode == 2
    assert b"grade start exercise-01 --to" in done.stderr
