"""What the plan of an experiment has to say, in any of the formats that are read."""

from __future__ import annotations

import pytest

from gradeline.checks.support.experiment_plan import planned
from gradeline.readers import load
from gradeline.source import SourceFile

SAYS = [
    {"name": "the unit", "keys": ["unit", "assignment.unit"], "one_of": ["customer_id"]},
    {"name": "the hypothesis", "keys": ["hypothesis"], "text": 4},
    {"name": "the split", "keys": ["split"], "shares": 2},
    {"name": "alpha", "keys": ["alpha"], "least": 0.000001, "most": 0.1},
    {"name": "the guardrails", "keys": ["guardrails"], "listed": 1, "each_bounded": True},
    {"name": "the time", "keys": ["max_days"], "least": 7, "most": 92},
]
PLAN = """\
unit: customer_id
hypothesis: more customers stay with model 18
split: {champion: 50, challenger: 50}
alpha: 0.05
guardrails:
  - {metric: p95_latency_ms, at_most: 150}
max_days: 42
"""


class Files:
    def __init__(self, **files: str) -> None:
        self.files = {f"config/{name.replace('_', '.')}": text for name, text in files.items()}
        self.paths = tuple(sorted(self.files))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


def judged(**files: str) -> tuple[str, int]:
    project = load(Files(**files))[0]  # type: ignore[arg-type]
    verdict = planned(project, ["config/ab.yaml", "config/ab.toml", "config/ab.json"], SAYS)
    return verdict.status, verdict.evidence[0].span.line if verdict.evidence else 0


def test_a_plan_may_be_written_in_several_formats_and_shapes() -> None:
    toml = """\
hypothesis = "more customers stay with model 18"
alpha = 0.05
max_days = 42
[assignment]
unit = "customer-id"
[split]
champion = 0.9
challenger = 0.1
[guardrails]
p95_latency_ms = 150
"""
    json = (
        '{"unit": "customer_id", "hypothesis": "more customers stay with it", "split": {"a": 0.5, "b": 0.5},'
        ' "alpha": 0.01, "guardrails": {"errors": {"at_most": 0.01}}, "max_days": "42 days"}'
    )
    assert judged(ab_yaml=PLAN)[0] == "met"
    assert judged(ab_toml=toml)[0] == "met"
    assert judged(ab_json=json)[0] == "met"
    assert judged(ab_yaml=PLAN.replace("max_days", "maxDays"))[0] == "met"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("customer_id", "request", 1),
        ("more customers stay with model 18", "better", 2),
        ("more customers stay with model 18", "TODO", 2),
        ("challenger: 50", "challenger: 60", 3),
        ("challenger: 50", "challenger: 50, other: 0", 3),
        ("{champion: 50, challenger: 50}", "50/50", 3),
        ("0.05", "0.5", 4),
        ("0.05", "true", 4),
        ("0.05", ".nan", 4),
        ("at_most: 150", "bound: soon", 5),
        ("\n  - {metric: p95_latency_ms, at_most: 150}", " []", 5),
        ("42", "365", 7),
        ("42", "1", 7),
    ],
)
def test_what_is_not_really_said_is_shown_at_its_line(old: str, new: str, line: int) -> None:
    status, shown = judged(ab_yaml=PLAN.replace(old, new))
    assert (status, shown) == ("unmet", line)


def test_a_key_that_is_missing_and_a_file_that_is_missing_are_told() -> None:
    assert judged(ab_yaml=PLAN.replace("alpha: 0.05\n", "")) == ("unmet", 1)
    assert judged(other_yaml=PLAN) == ("unmet", 0)


def test_a_file_that_cannot_be_read_is_left_open() -> None:
    assert judged(ab_json='{"unit": ')[0] == "cannot_tell"


@pytest.mark.parametrize("text", ["[" * 3_000, "a: &a [*a]\n", "- 1\n- 2\n", "unit: " + "x" * 200_000, "", "null\n"])
def test_hostile_plans_meet_nothing_and_break_nothing(text: str) -> None:
    assert judged(ab_yaml=text)[0] in ("unmet", "cannot_tell")
