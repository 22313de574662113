"""Tests say how a model must behave, and a model that behaves otherwise turns them red.

What it looks for
    The grader follows each test with models of a known behaviour, in place of the trained one.  It sees which inputs
    a test changes, and which of these models turn it red.  A test is about an ``invariance`` when it asks about two
    inputs that differ only in what must not matter, and a model that depends on that fails.  It is about a
    ``direction`` when a model that goes the known way passes and its mirror image fails.  It is about ``minimum``
    functionality when a model that gives every customer nearly the same risk fails.  How a test compares does not
    matter: for each row or for a share of them, with a tolerance, with NumPy, pandas or Hypothesis.

What does not count
    A change that changes nothing, a thing compared with itself, a tolerance that no model exceeds, a range from 0 to 1,
    a test that only sees that something changed, a share of the rows that lets many of them go the other way, a
    direction that is the opposite of the known one, a case that asks what another one asked, and a model that answers
    always the same.

How to repair
    Change one thing for many customers, ask the model before and after, and say how the two answers have to compare.

Parameters
    ``model``: what is known about the model.  ``effects``: for each feature what one more of it adds to the log-odds,
    or what each of its values does; only the signs and the order matter for directions.  ``base``: the log-odds
    without any.  ``label``: the column that is predicted.  ``uses``: further columns that may matter.  ``segments``
    and ``groups``: columns whose values are kinds of customers.
    ``says``: ``invariance``, ``direction`` or ``minimum``, with ``at_least`` cases.  ``rows``: instead, how many
    customers such a change has to be tried on, or each combination of two ``segments``; ``at_least`` counts them.
    ``slices``: true when one test has to fail when the model is bad for one group of a column in ``groups``, whichever
    group it is; with ``named``: true, its bound has a name.  ``once``: true when the model has to be a trained
    one that is made once for all tests.  ``files``: look only at tests in these files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.known_models import KNOWN
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="T6",
    family="tests",
    params={
        "model": KNOWN,
        "says": {"enum": ["invariance", "direction", "minimum"]},
        "at_least": {"type": "integer", "minimum": 1},
        "rows": {"type": "integer", "minimum": 2},
        "slices": {"type": "boolean"},
        "named": {"type": "boolean"},
        "once": {"type": "boolean"},
        "files": WORDS,
    },
    required=("model",),
    reads=("tests",),
)


def run(
    case: Case,
    model: Mapping[str, Any],
    says: str = "",
    at_least: int = 1,
    rows: int | None = None,
    slices: bool = False,
    named: bool = False,
    once: bool = False,
    files: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    from gradeline.checks.support import behaving

    found = behaving.found_of(case, model)
    tests = behaving.tests(case, found, listed(files))
    if slices:
        return behaving.sliced(case, tests, named)
    if once:
        return behaving.made_once(case, tests)
    if rows:
        return behaving.over_many(case, tests, rows, at_least)
    return behaving.said(case, tests, says or "invariance", at_least)
