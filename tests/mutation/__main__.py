"""Grade every right answer, damaged and rewritten, and print what the grader saw.

``python -m mutation [--jobs N] [--sample N] [--exercise ID] [--verbose]``.  Exit code 1 when a goal is missed: 95 % of the
damage seen (kill rate), 90 % of it seen by the right checks only (isolation rate), no rewrite that changes a verdict, no
crash, and no row of ``explained.yaml`` that explains nothing.  Right answers are looked at side by side; each
exercise is told when it is done, and the order of the summary is always the same.  What was graded is kept by content, so
a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from mutation.bench import COURSE_ROOT, MUTANTS, REWRITES, Trial
from mutation.known import explained
from mutation.runner import HEAD, Tally, run
from mutation.store import open_store

KILL_RATE = 0.95
ISOLATION_RATE = 0.90


def show(title: str, rows: list[Trial], meant: bool = False) -> None:
    print(f"\n{title}: {len(rows)}")
    for one in rows:
        lost = ", ".join(f"{key} {status}" for key, status in one.lost.items())
        print(
            f"  {one.name}{'  loses ' + lost if lost else ''}{'  strange ' + ', '.join(one.strange) if one.strange else ''}"
            f"{'  rests ' + ', '.join(one.meant) if meant else ''}{'  ' + one.broken if one.broken else ''}\n"
            f"      {one.place.line}{' < ' + ' < '.join(one.place.under) if one.place.under else ''}"
        )


def show_reasons(every: Tally) -> None:
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for one in [*every.survivors, *(one for one in every.rewritten if one.lost)]:
        if (row := every.reason(one)) is not None:
            reasons[one.operator][row.why] += 1
    print("\nExplained")
    for name, counted in sorted(reasons.items()):
        for why, count in sorted(counted.items()):
            print(f"  {name} ({count}): {why}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=1, help="look at one trial in N, the same ones every time")
    parser.add_argument("--exercise", action="append", default=[], help="only this exercise")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    parser.add_argument("--store", type=Path, default=COURSE_ROOT / ".mutation_cache", help="where results are kept")
    parser.add_argument("--fresh", action="store_true", help="use and keep no result of another run")
    parser.add_argument("--verbose", action="store_true", help="list also what is explained")
    options = parser.parse_args(arguments)
    start, known = time.monotonic(), explained()
    store = None if options.fresh else open_store(options.store, COURSE_ROOT)
    tallies: dict[str, Tally] = {}
    print(f"{'':13}{HEAD}", flush=True)
    for exercise_id, tally in run(set(options.exercise), options.sample, max(1, options.jobs), store, known):
        tallies[exercise_id] = tally
        print(f"{exercise_id:13}{tally.line}", flush=True)
    every = Tally(known)
    for _, tally in sorted(tallies.items()):
        every.damage += tally.damage
        every.rewritten += tally.rewritten
        every.seconds += tally.seconds
    whole = options.sample <= 1 and not options.exercise
    idle = [row for row in known if row.number not in every.used] if whole else []
    show("Survivors", every.gaps, meant=True)
    show("Seen by other checks", every.leaking)
    show("Violations", every.violations)
    show("Crashed or took too long", every.broken)
    print(f"\nRows of explained.yaml that explain nothing: {len(idle)}{'' if whole else ' (only a whole run tells)'}")
    for row in idle:
        print(f"  {row.name}")
    if options.verbose:
        show_reasons(every)
    print(f"\n{'':13}{HEAD}")
    for exercise_id, tally in sorted(tallies.items()):
        print(f"{exercise_id:13}{tally.line}")
    print(f"{'all':13}{every.line}")
    print(f"\n{len(MUTANTS)} operators, {len(every.damage)} mutants, {len(every.survivors) - len(every.gaps)} of them change"
          f" nothing (explained)\n  kill rate       {every.kill_rate:7.1%}  (goal {KILL_RATE:.0%})\n  isolation rate"
          f"  {every.isolation_rate:7.1%}  (goal {ISOLATION_RATE:.0%})\n{len(REWRITES)} rewrites, {len(every.rewritten)}"
          f" rewritten answers\n  violations      {len(every.violations):7}  (goal 0)\n{time.monotonic() - start:.0f} s"
          f" with {options.jobs} processes")  # fmt: skip
    good = every.kill_rate >= KILL_RATE and every.isolation_rate >= ISOLATION_RATE
    return 0 if good and not every.violations and not every.broken and not idle else 1


if __name__ == "__main__":
    sys.exit(main())
