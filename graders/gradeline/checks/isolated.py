"""Tests give the same answer on every machine and on every day.

What it looks for
    Tests of the layer that use neither network nor cloud, do not wait, name no absolute path, write only into folders
    that pytest makes for them, and draw at random with a seed.  Requests that the test answers itself are fine, and
    so is a client inside the process.  What several tests need comes from a fixture or a helper.

What does not count
    A request to another machine, ``time.sleep``, a path of one person's machine, a file written beside the tests, and a
    draw without a seed.

How to repair
    Put the data into a fixture, ask for ``tmp_path``, and give each generator its seed.

Parameters
    ``kinds``: the layers that must be so.  ``fixtures``: true when sample data must come from fixtures or helpers.
    ``of``: paths of the code under test.  ``files``: look only at tests in these files.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.suites import LISTED, MAX_SHOWN, named, unseen, where
from gradeline.facts.case import Case
from gradeline.facts.tests_kinds import Test
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="T4",
    family="tests",
    params={"kinds": LISTED, "fixtures": {"type": "boolean"}, "of": WORDS, "files": WORDS},
    reads=("tests",),
)
_SAYS = {
    "network": "asks another machine",
    "cloud": "needs a cloud",
    "sleep": "waits for a time that somebody guessed",
    "absolute": "names a path that only one machine has",
    "write": "writes a file that stays behind",
    "random": "draws other numbers each time",
}


def run(
    case: Case,
    kinds: list[str] | None = None,
    fixtures: bool = False,
    of: str | list[str] | None = None,
    files: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    wanted = kinds or ["unit"]
    tests = case.tests.about(listed(of), listed(files))
    mine = tuple(test for test in tests if not test.case.off and (test.kind in wanted or test.case.layer in wanted))
    if not mine:
        hidden = _hidden(case, tests, wanted)
        return hidden or Verdict("unmet", f"There are no {' or '.join(wanted)} tests.", where(case, tests))
    found = [(test, place) for test in mine for place in _problems(test)]
    if found:
        test, first = found[0]
        places = tuple(dict.fromkeys(place for _, place in found))[:MAX_SHOWN]
        return Verdict("unmet", f"{named(test)} {first.text}.", places)
    hidden = _hidden(case, tests, wanted)
    if hidden is not None:
        return hidden
    if fixtures and not any(test.story.fixtures or test.story.helpers for test in mine):
        place = Evidence(mine[0].case.span, "problem", "makes its data in place")
        return Verdict("unmet", "No test of the layer gets its data from a fixture.", (place,))
    shared = [one for test in mine for one in test.story.fixtures]
    proof = tuple(
        dict.fromkeys(Evidence(one.module.span(one.node), "proof", f"gives `{one.node.name}`") for one in shared)
    ) or (Evidence(mine[0].case.span, "proof", "depends on nothing outside"),)
    return Verdict("met", "The tests depend on nothing outside themselves.", proof[:MAX_SHOWN])


def _hidden(case: Case, tests: tuple[Test, ...], wanted: list[str]) -> Verdict | None:
    found = (unseen(case, tests, kind, counting=False) for kind in wanted)
    return next((one for one in found if one is not None), None)


def _problems(test: Test) -> list[Evidence]:
    story = test.story
    found: list[Evidence] = []
    for effect, span in story.effects:
        if effect.kind in ("network", "cloud") and story.stands_in:
            continue
        if effect.kind == "random" and story.seeded:
            continue
        found.append(Evidence(span, "problem", _SAYS[effect.kind]))
    return found
