"""Without the packages of the desk, a command names the extra to install instead of failing as a bug."""

from __future__ import annotations

import sys
from array import array
from fractions import Fraction

import pytest

from gradeline.exports.tables import parquet
from gradeline.grades import Grade, Learner
from gradeline.similarity.features import Own
from gradeline.similarity.find import similar
from gradeline.study.agreement import cohen, icc, share
from gradeline.words import MissingPart

GRADE = Grade(Learner("a"), "exercise-01", "graded", Fraction(1), Fraction(1), passed=True, needs_review=False)
OWN = Own(array("Q", range(1, 40)), array("Q"))


@pytest.mark.parametrize(
    ("package", "work"),
    [
        ("pyarrow", lambda: parquet([GRADE])),
        ("numpy", lambda: similar("exercise-01", ["a", "b"], [OWN, OWN], OWN)),
        ("datasketch", lambda: similar("exercise-01", ["a", "b"], [OWN, OWN], Own(array("Q"), array("Q")))),
        ("scipy.stats", lambda: icc([[1.0, 2.0], [2.0, 2.5], [4.0, 3.0]])),
        ("statsmodels.stats.inter_rater", lambda: cohen([0, 1, 1], [0, 1, 0])),
        ("statsmodels.stats.proportion", lambda: share(1, 2)),
    ],
)
def test_a_missing_package_is_named_with_its_extra(package: str, work: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert callable(work)
    with pytest.raises(MissingPart, match=r"pip install 'gradeline\[desk\]'"):
        work()
