"""What a gradebook survives: writers that are killed at any moment, many writers at once, and a disk that is full.

    python benchmarks/gradebook.py kill [TIMES]            kill -9, 200 times by default
    python benchmarks/gradebook.py writers [WRITERS ROWS]  8 writers, 1000 results each
    python benchmarks/gradebook.py full                    a disk without room

On SQLite, and on PostgreSQL where GRADELINE_TEST_POSTGRES names a server.  Each writer says what was confirmed to it;
all of that must be in the book, nothing twice and nothing half.  Exit code 1 when it is not.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support.databases import KINDS, VARIABLE, database  # noqa: E402
from support.full_disks import programs, server_on_a_small_disk  # noqa: E402

from gradeline.gradebook.checking import verify  # noqa: E402
from gradeline.gradebook.database import Book, open_book  # noqa: E402
from gradeline.gradebook.history import entries  # noqa: E402
from gradeline.gradebook.pen import Voice  # noqa: E402
from gradeline.gradebook.taking import add_results  # noqa: E402
from gradeline.grades import Grade, Learner  # noqa: E402
from gradeline.records import replace  # noqa: E402
from gradeline.words import Told  # noqa: E402

VOICE = Voice("bench", datetime(2026, 1, 1, tzinfo=UTC))


def graded(learner: str, number: int) -> Grade:
    data: dict[str, Any] = {
        "submission": {"id": "x", "digest": f"d{number}"}, "rubric": {"digest": "r"}, "grader": {"version": "1"},
        "score": number % 101, "max_score": 100, "pass_mark": 70, "passed": False, "needs_review": False,
        "criteria": [], "diagnostics": [], "padding": str(number) * 200,
    }  # fmt: skip
    return Grade(
        Learner(learner), "exercise-01", "graded", Fraction(number % 101), Fraction(100), False, False, data
    )


def write(where: str, name: str, rows: int) -> None:
    """What a writer does: one result and one comment after the other; each is confirmed on standard output."""
    book = open_book(where)
    for number in range(rows):
        add_results(book, [graded(name, number)], VOICE)
        sys.stdout.write(f"result {number}\n")
        sys.stdout.flush()


def writer(where: str, name: str, rows: int) -> subprocess.Popen[str]:
    words = [sys.executable, __file__, "write", where, name, str(rows)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def kill(where: str, times: int) -> bool:
    draw, confirmed = random.Random(7), 0
    for turn in range(times):
        process = writer(where, f"w{turn}", 100_000)
        assert process.stdout is not None
        process.stdout.readline()  # it is at work
        time.sleep(draw.random() * 0.08)
        process.send_signal(signal.SIGKILL)
        confirmed += 1 + sum(line.endswith("\n") for line in process.stdout)
        process.wait()
    return _whole(where, confirmed, f"{times} times kill -9", at_most=confirmed + times)


def writers(where: str, count: int, rows: int) -> bool:
    begin = time.perf_counter()
    running = [writer(where, f"w{number}", rows) for number in range(count)]
    confirmed = sum(len(process.communicate()[0].splitlines()) for process in running)
    took = time.perf_counter() - begin
    good = all(process.returncode == 0 for process in running) and confirmed == count * rows
    said = f"{count} writers x {rows} in {took:.0f} s"
    return _whole(where, confirmed, said, at_most=confirmed) and good


def full(where: str) -> bool:
    """A limit on the size of files stands for the disk: writing fails in the middle of whatever is written."""
    import resource

    book = open_book(where)
    confirmed, refused = 0, 0
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    draw = random.Random(7)
    for number in range(400):
        size = Path(where).stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (draw.randrange(512, size + 65_536), hard))
        try:
            add_results(book, [graded("w", number)], VOICE)
            confirmed += 1
        except Told:
            refused += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        if number % 40 == 39:  # space again, for a while
            add_results(book, [graded("w", 1000 + number)], VOICE)
            confirmed += 1
    book.close()
    return _whole(where, confirmed, f"{refused} writes refused by a full disk", at_most=confirmed) and refused > 0


def full_server(folder: Path) -> bool:
    """PostgreSQL on a small disk that is filled three times, and then has room again."""
    confirmed, refused = 0, 0
    draw = random.Random(7)

    def add(book: Book, number: int) -> bool:
        grade = graded("w", number)
        more = replace(grade, result={**(grade.result or {}), "padding": draw.randbytes(30_000).hex()})
        try:
            add_results(book, [more], VOICE)
        except Told:
            return False
        return True

    with server_on_a_small_disk(folder) as server:
        number = 0
        open_book(server.url, create=True).close()
        for turn in range(3):
            book, misses = open_book(server.url), 0
            while misses < 12 and number < 2_000 * (turn + 1):
                number += 1
                done = add(book, number)
                confirmed, misses = confirmed + done, misses + (not done)
            refused += misses
            book.close()
            server.relieve()
            book = open_book(server.url)
            for _ in range(3):
                number += 1
                confirmed += add(book, number)
            book.close()
            server.fill()
        return _whole(
            server.url, confirmed, f"{refused} writes refused by a full disk", at_most=confirmed + refused
        ) and refused > 0  # fmt: skip


def _whole(where: str, confirmed: int, said: str, at_most: int) -> bool:
    """Everything confirmed is there once; what was written and not confirmed may be there, and is whole."""
    book = open_book(where)
    checked = verify(book)
    results = [(one.row["learner"], one.row["number"]) for one in entries(book) if one.kind == "results"]
    book.close()
    lost = max(confirmed - len(results), 0)
    twice = len(results) - len(set(results))
    good = not lost and not twice and not checked.problems and len(results) <= at_most
    print(f"{said}: {confirmed} confirmed, {len(results)} there, {lost} lost, {twice} twice, "
          f"{len(checked.problems)} half or broken", flush=True)  # fmt: skip
    return good


def main(words: list[str]) -> int:
    what, numbers = words[0], [int(one) for one in words[1:]]
    good = True
    for kind in KINDS:
        if what == "full" and kind != "sqlite":
            if programs() is None:
                print(f"{kind}: its programs are not installed")
                continue
            print(kind, end=": ", flush=True)
            with tempfile.TemporaryDirectory(prefix="g") as folder:
                good &= full_server(Path(folder))
            continue
        if kind != "sqlite" and VARIABLE not in os.environ:
            print(f"{kind}: {VARIABLE} is not set")
            continue
        with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as where:
            open_book(where, create=True).close()
            print(kind, end=": ", flush=True)
            if what == "kill":
                good &= kill(where, *(numbers or [200]))
            elif what == "writers":
                good &= writers(where, *(numbers or [8, 1000]))
            else:
                good &= full(where)
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        sys.exit(main(sys.argv[1:]))
