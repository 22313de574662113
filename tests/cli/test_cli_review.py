"""``grade review`` as a process: its address, its end, and a port that is taken."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from gradeline.gradebook.database import open_book

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


def words(book: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "gradeline_cli", "review", "--book", str(book), *more]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    open_book(str(tmp_path / "grades.db"), create=True).close()
    return tmp_path / "grades.db"


def test_the_address_stands_in_one_piece_and_ctrl_c_ends_it(book: Path) -> None:
    environment = {**os.environ, "GRADE_LANG": "en", "COLUMNS": "40", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        words(book), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    found = None
    while found is None:
        line = process.stdout.readline()
        assert line, "it ended"
        found = re.fullmatch(r"  http://(127\.0\.0\.1:[0-9]+)(/\?token=[A-Za-z0-9_-]{43})\n", line)
    connection = HTTPConnection(found[1], timeout=20)
    connection.request("GET", found[2])
    assert connection.getresponse().status == 303
    connection.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert process.stdout.read().strip() == "Interrupted."
    process.stdout.close()


def test_a_port_that_is_taken_is_told(book: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            words(book, "--port", str(port)), env={**os.environ, "GRADE_LANG": "en"}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"Port {port} of this machine cannot be used: Address already in use." in " ".join(done.stderr.split())


ASKS = """import http.client, sys, urllib.parse
address = urllib.parse.urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(address.netloc, timeout=20)
connection.request("GET", f"{address.path}?{address.query}")
print(connection.getresponse().status, flush=True)
"""


def test_a_browser_that_stays_in_the_terminal_is_served(book: Path, tmp_path: Path) -> None:
    (tmp_path / "asks.py").write_text(ASKS, encoding="utf-8")
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/asks.py "$1" > {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    process = subprocess.Popen(
        words(book, "--open"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not (seen.exists() and seen.read_text(encoding="ascii")) and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    assert seen.read_text(encoding="ascii") == "303\n"
