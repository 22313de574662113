"""checkov in its own environment: what it finds, what cannot change its answer, and how it fails."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradeline.source import SourceFile
from gradeline.tools import checkov_home
from gradeline.tools.checkov import Checkov, frameworks
from gradeline.tools.child import ToolFailure

pytestmark = pytest.mark.skipif(
    not any(checkov_home.python_in(place).is_file() for place in checkov_home.places()),
    reason="checkov's own environment does not exist; `make test` makes it",
)

BUCKET = """\
resource "aws_s3_bucket" "a" {
  bucket = "churn"
  acl    = "public-read"
}
"""
OPEN_PORT = """\
resource "aws_security_group" "s" {
  ingress {
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
WORKFLOW = """\
on: push
permissions: write-all
jobs:
  a:
    runs-on: ubuntu-24.04
    steps: [{run: pytest}]
"""
STACK = """\
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: PublicRead
"""
SKIP = """\
    Metadata:
      checkov:
        skip:
          - {id: CKV_AWS_20, comment: x}
    Properties:
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: churn
spec:
  containers:
    - name: a
      image: nginx:latest
"""


@pytest.fixture(scope="module")
def checkov() -> Iterator[Checkov]:
    made = Checkov()
    yield made
    made.close()


def codes(checkov: Checkov, path: str, text: str, *rules: str) -> list[tuple[str, int]]:
    found = checkov.lint([SourceFile(path, text)], rules)
    return [(one.code, one.span.line) for one in found.findings]


def test_a_build_file_is_judged_by_the_named_rules_only(checkov: Checkov) -> None:
    text = "FROM python:latest\nRUN true\n"
    assert codes(checkov, "api/Dockerfile.dev", text, "CKV_DOCKER_7") == [("CKV_DOCKER_7", 1)]
    assert codes(checkov, "Dockerfile", text, "CKV_DOCKER_7", "CKV_DOCKER_2") == [
        ("CKV_DOCKER_7", 1), ("CKV_DOCKER_2", 1),
    ]  # fmt: skip


def test_a_finding_names_the_learners_file_and_its_lines(checkov: Checkov) -> None:
    found = checkov.lint([SourceFile("infra/my bucket.tf", "\n\n" + BUCKET)], ["CKV_AWS_20"])
    span = found.findings[0].span
    assert (span.path, span.line, span.end_line, found.looked_at) == ("infra/my bucket.tf", 3, 6, 1)


@pytest.mark.parametrize(
    ("path", "text", "rule", "line"),
    [
        ("main.tf", OPEN_PORT, "CKV_AWS_24", 1),
        (".github/workflows/ci.yml", WORKFLOW, "CKV2_GHA_1", 2),
        (".gitlab-ci.yml", "a:\n  script:\n    - curl -d $CI_JOB_TOKEN http://x\n", "CKV_GITLABCI_1", 3),
        ("k8s/pod.yaml", POD, "CKV_K8S_14", 1),
        ("stack.yaml", STACK, "CKV_AWS_20", 2),
        ("train.py", "key = '" + "AKIA" + "IOSFODNN7QXMPLRS" + "'\n", "CKV_SECRET_2", 1),
    ],
)  # fmt: skip
def test_every_kind_of_file_is_read_by_its_own_framework(
    checkov: Checkov, path: str, text: str, rule: str, line: int
) -> None:
    assert codes(checkov, path, text, rule) == [(rule, line)]


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("main.tf", BUCKET.replace("}", "  #checkov:skip=CKV_AWS_20:no\n}"), "CKV_AWS_20"),
        ("main.tf", BUCKET.replace("churn", "checkov:skip=CKV_AWS_20:in a string"), "CKV_AWS_20"),
        ("main.tf", BUCKET.replace("}", "  #bridgecrew:skip=CKV_AWS_20\n}"), "CKV_AWS_20"),
        ("Dockerfile", "# checkov:skip=CKV_DOCKER_7\nFROM python:latest\n", "CKV_DOCKER_7"),
        ("Dockerfile", "# cortex:skip=CKV_DOCKER_7: x\nFROM python:latest\n", "CKV_DOCKER_7"),
        ("pod.yaml", POD.replace("churn", "churn\n  annotations:\n    checkov.io/skip1: CKV_K8S_14=no"), "CKV_K8S_14"),
        ("stack.yaml", STACK.replace("    Properties:\n", SKIP), "CKV_AWS_20"),
    ],
)  # fmt: skip
def test_what_a_file_asks_to_skip_counts_as_failed(checkov: Checkov, path: str, text: str, rule: str) -> None:
    assert [code for code, _ in codes(checkov, path, text, rule)] == [rule]


def test_a_module_inside_the_submission_is_read_and_one_outside_is_not(checkov: Checkov, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(OPEN_PORT, encoding="utf-8")
    outside = SourceFile("main.tf", f'module "m" {{\n  source = "{tmp_path}"\n}}\n')
    assert checkov.lint([outside], ["CKV_AWS_24"]).looked_at == 0
    climbing = SourceFile("main.tf", f'module "m" {{\n  source = "{"../" * 12}{str(tmp_path)[1:]}"\n}}\n')
    assert checkov.lint([climbing], ["CKV_AWS_24"]).looked_at == 0
    inside = SourceFile("main.tf", 'module "m" {\n  source = "./net"\n}\n')
    found = checkov.lint([inside, SourceFile("net/main.tf", OPEN_PORT)], ["CKV_AWS_24"])
    assert [(one.span.path, one.span.line) for one in found.findings] == [("net/main.tf", 1)]


def test_files_that_lie_where_checkov_reads_settings_are_not_there_for_it(checkov: Checkov, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    mark = tmp_path / "mark"
    (evil / "__init__.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    settings = SourceFile(".checkov.yaml", f"external-checks-dir: [{evil}]\nskip-check: ['CKV*']\n")
    found = checkov.lint([settings, SourceFile("pod.yaml", POD)], ["CKV_K8S_14"])
    assert [one.code for one in found.findings] == ["CKV_K8S_14"]
    assert not mark.exists()


def test_a_file_that_cannot_be_parsed_is_named_and_not_complete(checkov: Checkov) -> None:
    found = checkov.lint([SourceFile("main.tf", "a = [[[[\n"), SourceFile("b.tf", OPEN_PORT)], ["CKV_AWS_24"])
    assert (found.complete, [one.path for one in found.unread]) == (False, ["main.tf"])
    assert [one.span.path for one in found.findings] == ["b.tf"]


def test_nothing_to_look_at_is_not_the_same_as_nothing_wrong(checkov: Checkov) -> None:
    assert checkov.lint([SourceFile("main.tf", "locals {}\n")], ["CKV_AWS_24"]).looked_at == 0
    fine = checkov.lint([SourceFile("main.tf", OPEN_PORT.replace("0.0.0.0/0", "10.0.0.0/8"))], ["CKV_AWS_24"])
    assert (fine.findings, fine.looked_at) == ((), 1)


def test_the_same_files_give_the_same_answer(checkov: Checkov) -> None:
    sources = [SourceFile("main.tf", BUCKET), SourceFile("net.tf", OPEN_PORT)]
    rules = ["CKV_AWS_20", "CKV_AWS_24"]
    assert checkov.lint(sources, rules) == checkov.lint(sources[::-1], rules[::-1])


def test_a_word_that_is_no_rule_is_refused(checkov: Checkov) -> None:
    assert frameworks("LOW") == ()
    with pytest.raises(ToolFailure, match="no rules that look like 'LOW'"):
        checkov.lint([SourceFile("main.tf", BUCKET)], ["LOW"])
    with pytest.raises(ToolFailure, match="names none"):
        checkov.lint([SourceFile("main.tf", BUCKET)], [])


def test_an_expression_that_never_ends_is_a_failure_and_the_next_question_is_answered() -> None:
    own = Checkov(seconds=3)
    try:
        bomb = "locals {\n  a = pow(99999, 9999999)\n}\n"
        start = time.monotonic()
        own.version()
        with pytest.raises(ToolFailure, match="did not answer in 3 seconds"):
            own.lint([SourceFile("main.tf", bomb)], ["CKV_AWS_20"])
        assert time.monotonic() - start < 30
        again = Checkov(seconds=30)
        assert codes(again, "main.tf", BUCKET, "CKV_AWS_20") == [("CKV_AWS_20", 1)]
        again.close()
    finally:
        own.close()


def test_a_worker_that_was_killed_is_started_again(checkov: Checkov) -> None:
    assert codes(checkov, "main.tf", BUCKET, "CKV_AWS_20") == [("CKV_AWS_20", 1)]
    worker = checkov._worker
    assert worker is not None
    os.kill(worker._child.pid, 9)
    worker._child.wait()
    assert codes(checkov, "main.tf", BUCKET, "CKV_AWS_20") == [("CKV_AWS_20", 1)]
    assert checkov._worker is not worker


def test_a_second_question_takes_less_than_a_tenth_of_a_second(checkov: Checkov) -> None:
    codes(checkov, "main.tf", BUCKET, "CKV_AWS_20")
    times = []
    for number in range(5):
        start = time.perf_counter()
        codes(checkov, "main.tf", BUCKET.replace("churn", f"churn-{number}"), "CKV_AWS_20")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


def test_the_worker_opens_no_connection_and_starts_no_program(tmp_path: Path) -> None:
    """Asked from inside the worker itself: its hook refuses, whatever a library tries."""
    from gradeline.tools.worker import Worker

    text = (Path(checkov_home.__file__).with_name("checkov_worker.py")).read_text(encoding="utf-8")
    tries = (
        "def answer(request):\n"
        "    import socket, subprocess, urllib.request\n"
        "    _allowed.extend([*_installed(), os.getcwd()])\n"
        "    said = {}\n"
        "    for name, work in {\n"
        "        'connect': lambda: socket.socket().connect(('127.0.0.1', 9)),\n"
        "        'resolve': lambda: socket.getaddrinfo('localhost', 80),\n"
        "        'fetch': lambda: urllib.request.urlopen('http://localhost'),\n"
        "        'start': lambda: subprocess.run(['/bin/true']),\n"
        "        'system': lambda: os.system('true'),\n"
        "        'fork': os.fork,\n"
        "        'read': lambda: open('/etc/passwd'),\n"
        "        'list': lambda: os.listdir('/'),\n"
        "    }.items():\n"
        "        try:\n"
        "            work()\n"
        "            said[name] = 'done'\n"
        "        except PermissionError as error:\n"
        "            said[name] = 'refused' if 'refused' in str(error) else str(error)\n"
        "    return said\n\n\ndef main()"
    )
    changed = tmp_path / "worker.py"
    changed.write_text(text.replace("def main()", tries, 1), encoding="utf-8")
    worker = Worker("checkov", [checkov_home.python(), "-I", changed])
    try:
        said = worker.ask({}, 30)
    finally:
        worker.close()
    assert set(said.values()) == {"refused"}
    assert len(said) == 8


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit(3)", "ended without an answer"),
        ("print('hello')", "gave no answer"),
        ("print('{}')", "does not say its version"),
        ("import time; time.sleep(60)", "did not answer"),
        ("print('[' * 100000)", "gave no answer"),
    ],
)
def test_a_worker_that_does_not_say_that_it_is_ready_is_a_failure(script: str, said: str) -> None:
    from gradeline.tools.worker import Worker

    with pytest.raises(ToolFailure, match=said):
        Worker("checkov", [sys.executable, "-c", script], seconds=2)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("", "ended without an answer"),
        ("oops", "gave no answer"),
        ('{"id": 7, "answer": {}}', "another question"),
        ('{"id": 1, "error": "boom"}', "could not answer: boom"),
        ('{"id": 1, "answer": []}', "could not answer"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(reply: str, said: str) -> None:
    from gradeline.tools.worker import Worker

    script = f"import sys; print('{{\"ready\": \"1\"}}', flush=True); sys.stdin.readline(); print({reply!r}, end='')"
    worker = Worker("checkov", [sys.executable, "-c", script], seconds=10)
    with pytest.raises(ToolFailure, match=said):
        worker.ask({}, 10)
    worker.close()


def test_nothing_of_a_worker_is_left_when_it_is_closed() -> None:
    from gradeline.tools.worker import Worker

    script = "print('{\"ready\": \"1\"}', flush=True); import time; time.sleep(600)"
    worker = Worker("checkov", [sys.executable, "-c", script], seconds=10)
    folder = Path(worker._folder)
    assert folder.is_dir()
    worker.close()
    assert not worker.alive()
    assert not folder.exists()


def test_a_missing_environment_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checkov_home, "places", lambda: (tmp_path,))
    with pytest.raises(ToolFailure, match=r"checkov is not installed\. Run `grade tools install`"):
        Checkov().lint([SourceFile("main.tf", BUCKET)], ["CKV_AWS_20"])


def test_an_environment_with_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = checkov_home.python_in(tmp_path)
    python.parent.mkdir(parents=True)
    python.touch()
    (tmp_path / "lib" / "python3.11" / "site-packages" / "checkov-1.0.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(checkov_home, "places", lambda: (tmp_path,))
    with pytest.raises(ToolFailure, match=r"is needed, and 1\.0\.0 is installed"):
        checkov_home.python()


def test_a_worker_that_cannot_start_leaves_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from gradeline.tools.worker import Worker

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ToolFailure, match="checkov does not start"):
        Worker("checkov", [tmp_path / "nowhere"])
    assert list(tmp_path.iterdir()) == []
