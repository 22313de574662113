"""Processes that grade: what becomes of one that does not start, babbles, hangs, or leaves others behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradeline.batch import local
from gradeline.batch.local import LocalEngine, NoWorker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and limits are POSIX")

READY = "print('{\"ready\": true}', flush=True)\n"


def engine(folder: Path, script: str, seconds: int = 20, jobs: int = 1) -> LocalEngine:
    """An engine whose processes run ``script``."""
    path = folder / "worker.py"
    path.write_text(f"import json, os, subprocess, sys, time\n{script}", encoding="utf-8")
    found = LocalEngine(folder, jobs, seconds, 512)
    found._words = [sys.executable, str(path)]
    return found


def alive(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_grader_that_never_starts_is_one_clear_failure_and_no_learners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_PAUSES", (0.01, 0.01))
    found = engine(tmp_path, f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); sys.exit(3)")
    with pytest.raises(NoWorker, match="does not start on this machine"):
        found.submit(found.grade, {"name": "ada"}).result()
    found.stop()
    assert (tmp_path / "starts").read_text(encoding="ascii") == "xxx"


def test_a_grader_that_cannot_start_for_a_moment_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_PAUSES", (0.01, 0.01))
    once = tmp_path / "once"
    found = engine(
        tmp_path,
        f"first = not os.path.exists({str(once)!r}); open({str(once)!r}, 'a').close()\n"
        f"first and sys.exit(1)\n{READY}"
        'for line in sys.stdin: print(\'{"result": {"criteria": []}}\', flush=True)\n',
    )
    assert found.submit(found.grade, {"name": "ada"}).result() == {"result": {"criteria": []}}
    found.stop()


def test_the_time_of_a_submission_begins_when_its_process_is_ready(tmp_path: Path) -> None:
    found = engine(
        tmp_path, f"time.sleep(1.5)\n{READY}for line in sys.stdin: print(json.dumps({{'shown': 1}}), flush=True)\n",
        seconds=1,
    )  # fmt: skip
    assert found.submit(found.grade, {"name": "ada"}).result() == {"shown": 1}
    found.stop()


@pytest.mark.parametrize("said", ["not json", "[1]", "[" * 100_000])
def test_a_process_that_babbles_is_a_crash(tmp_path: Path, said: str) -> None:
    found = engine(tmp_path, f"{READY}sys.stdin.readline(); print({said!r}, flush=True); time.sleep(60)")
    assert found.submit(found.grade, {"name": "ada"}).result() == {"error": "crash", "message": ""}
    found.stop()


def test_what_a_process_has_started_in_a_group_of_its_own_dies_with_it(tmp_path: Path) -> None:
    """As the analysers do: each has a group of its own."""
    told = tmp_path / "pid"
    found = engine(
        tmp_path,
        f"{READY}sys.stdin.readline()\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        f"open({str(told)!r}, 'w').write(str(child.pid)); time.sleep(600)\n",
        seconds=2,
    )
    assert found.submit(found.grade, {"name": "ada"}).result() == {"error": "timeout", "message": ""}
    number = int(told.read_text(encoding="ascii"))
    end = time.monotonic() + 10
    while alive(number) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(number)
    found.stop()


def test_a_submission_that_cannot_be_read_costs_no_new_process(tmp_path: Path) -> None:
    found = engine(
        tmp_path,
        f"{READY}for line in sys.stdin: print(json.dumps({{'error': 'unreadable', 'message': str(os.getpid())}}), "
        "flush=True)\n",
    )
    answers = [found.submit(found.grade, {"name": "ada"}).result() for _ in range(3)]
    found.stop()
    assert len({str(one["message"]) for one in answers}) == 1
    assert not alive(int(str(answers[0]["message"])))


def test_more_descriptors_than_select_knows_are_no_trouble(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("this system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (1200, hard))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1050)]
    try:
        found = engine(tmp_path, f"{READY}for line in sys.stdin: print(json.dumps({{'shown': 1}}), flush=True)\n")
        assert found.submit(found.grade, {"name": "ada"}).result() == {"shown": 1}
        found.stop()
    finally:
        for one in taken:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_a_killed_process_leaves_in_the_temporary_folder_goes_with_the_engine(tmp_path: Path) -> None:
    told = tmp_path / "folder"
    found = engine(
        tmp_path,
        f"{READY}sys.stdin.readline()\nimport tempfile\n"
        f"open({str(told)!r}, 'w').write(tempfile.mkdtemp()); time.sleep(600)\n",
        seconds=2,
    )
    assert found.submit(found.grade, {"name": "ada"}).result() == {"error": "timeout", "message": ""}
    left = Path(told.read_text(encoding="utf-8"))
    assert left.is_dir()
    found.stop()
    assert not left.exists()


def test_more_memory_than_the_system_gives_is_as_much_as_it_gives(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path; from gradeline.batch.local import LocalEngine;"
        "from gradeline.course import find_course;"
        "size = 4 * 1024 ** 3; resource.setrlimit(resource.RLIMIT_AS, (size, size));"
        "engine = LocalEngine(find_course().root, 1, 60, 65536);"
        f"task = {{'name': 'ada', 'exercise': 'exercise-01', 'folder': {str(tmp_path)!r}}};"
        "print(engine.grade(task)['result']['score']);"
        "engine.stop()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")
