"""What pandas, NumPy, scikit-learn and Fairlearn say about a small table, a trial says, too.

Each of these was true with pandas 3.1, NumPy 2.5, scikit-learn 1.9 and Fairlearn 0.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from gradeline.facts.case import build_case
from gradeline.facts.gate_experiment import Run, Start, run
from gradeline.facts.known_libraries import World
from gradeline.readers import load
from gradeline.source import SourceFile

HEAD = """\
import math
from collections import Counter

import numpy as np
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    count,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    false_positive_rate,
    selection_rate,
)
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

frame = pd.DataFrame(
    {
        "region": ["north", "north", "north", "north", "south", "south"],
        "churned": [1, 1, 0, 0, 1, 0],
        "predicted": [1, 1, 1, 0, 0, 0],
        "score": [0.9, 0.8, 0.6, 0.4, 0.3, 0.2],
    }
)
holes = pd.DataFrame({"region": ["north", None, "south"], "predicted": [1.0, float("nan"), 1.0]})
by = MetricFrame(
    metrics={"recall": recall_score, "rate": selection_rate, "n": count},
    y_true=frame["churned"],
    y_pred=frame["predicted"],
    sensitive_features=frame["region"],
)
"""
TRUE = (
    'frame.shape == (6, 4) and len(frame) == 6 and not frame.empty',
    'list(frame.columns) == ["region", "churned", "predicted", "score"]',
    'frame["predicted"].sum() == 3 and frame.predicted.mean() == 0.5',
    'frame[frame["churned"] == 1]["predicted"].mean() == 2 / 3',
    'frame.loc[frame.churned.eq(1) & (frame.region != "north"), "predicted"].tolist() == [0]',
    'frame.loc[~(frame["churned"] == 1)].shape[0] == 3',
    """frame.query("churned == 1 and region == 'north'").predicted.sum() == 2""",
    'frame["region"].unique().tolist() == ["north", "south"] and frame["region"].nunique() == 2',
    'frame["region"].value_counts()["north"] == 4 and frame.region.value_counts().min() == 2',
    'frame["region"].value_counts(normalize=True)["south"] == 1 / 3',
    'dict(frame.groupby("region")["predicted"].mean()) == {"north": 0.75, "south": 0.0}',
    'frame.groupby("region").size().to_dict() == {"north": 4, "south": 2}',
    '[name for name, part in frame.groupby("region")] == ["north", "south"]',
    '[name for name, part in frame.groupby(["region"])] == [("north",), ("south",)]',
    'frame.groupby("region").apply(lambda part: part["predicted"].max()).max() == 1',
    'frame.groupby("region").predicted.agg(["mean", "size"]).loc["north", "mean"] == 0.75',
    'frame.groupby("region").agg(rate=("predicted", "mean"), n=("churned", "size"))["n"].tolist() == [4, 2]',
    'frame.groupby("region", as_index=False)["predicted"].mean().shape == (2, 2)',
    'frame.groupby("region").get_group("south")["score"].sum() == 0.5',
    'frame.groupby("region")["predicted"].transform("size").tolist() == [4, 4, 4, 4, 2, 2]',
    'frame.groupby("region").filter(lambda part: len(part) > 2).shape[0] == 4',
    'set(frame.groupby("region").groups) == {"north", "south"}',
    'frame.assign(double=frame["predicted"] * 2)["double"].sum() == 6',
    'frame.rename(columns={"score": "p"})["p"].max() == 0.9',
    'frame.drop(columns=["score"]).columns.tolist() == ["region", "churned", "predicted"]',
    'frame["region"].map({"north": 1, "south": 2}).sum() == 8',
    'frame["region"].isin(["south"]).sum() == 2 and frame["score"].between(0.2, 0.5).sum() == 3',
    'frame["region"].where(frame["region"] == "north", "other").unique().tolist() == ["north", "other"]',
    'frame["score"].round(1).tolist() == [0.9, 0.8, 0.6, 0.4, 0.3, 0.2]',
    'frame["score"].clip(upper=0.5).max() == 0.5 and frame.score.idxmax() == 0',
    'frame["score"].sort_values().index[0] == 5 and frame.sort_values("score").iloc[0]["region"] == "south"',
    '(frame["score"] >= 0.5).astype(int).equals(frame["predicted"])',
    'frame["score"].quantile(0.5) == 0.5 and frame["score"].median() == 0.5',
    'pd.concat([frame, frame], ignore_index=True).shape[0] == 12',
    'pd.DataFrame([{"a": 1}, {"a": 3}])["a"].mean() == 2 and pd.Series([1, 2, 3]).sum() == 6',
    'pd.crosstab(frame["region"], frame["predicted"], normalize="index").loc["north", 1] == 0.75',
    'frame.iterrows() is not None and sum(row["predicted"] for _, row in frame.iterrows()) == 3',
    'sum(row.predicted for row in frame.itertuples()) == 3',
    'frame.to_dict("records")[0]["region"] == "north"',
    'frame["region"].tolist().count("north") == 4 or len(frame["region"]) == 6',
    'holes["predicted"].isna().sum() == 1 and holes["predicted"].mean() == 1.0 and len(holes.dropna()) == 2',
    'math.isnan(holes["predicted"].mean(skipna=False)) and holes["predicted"].fillna(0).sum() == 2',
    'holes.groupby("region").size().to_dict() == {"north": 1, "south": 1}',
    'holes.groupby("region", dropna=False).ngroups == 3',
    'holes["region"].isna().any() and not holes["predicted"].isna().all()',
    'math.isnan(pd.Series([0.0])[0] / pd.Series([0.0]).sum()) and np.isnan(np.nan)',
    'math.isnan(max(float("nan"), 1.0)) and not math.isnan(max(1.0, float("nan")))',
    'math.isnan(np.max([1.0, float("nan")])) and np.nanmax([1.0, float("nan")]) == 1.0',
    'np.mean(frame["predicted"]) == 0.5 and np.where(frame["predicted"] == 1, "yes", "no")[0] == "yes"',
    'pd.isna([1.0, float("nan")]).any() and not np.isnan([1.0, 2.0]).any()',
    'np.ptp([0.2, 0.5, 0.4]) == 0.3 and np.unique(frame["region"]).tolist() == ["north", "south"]',
    'recall_score(frame["churned"], frame["predicted"]) == 2 / 3',
    'precision_score(frame["churned"], frame["predicted"]) == 2 / 3 and accuracy_score(frame["churned"], frame["predicted"]) == 4 / 6',  # noqa: E501
    'recall_score([0, 0], [0, 1]) == 0.0 and f1_score(frame["churned"], frame["predicted"]) == 2 / 3',
    'confusion_matrix(frame["churned"], frame["predicted"]).ravel().tolist() == [2, 1, 1, 2]',
    'confusion_matrix(frame["churned"], frame["predicted"], labels=[0, 1])[1, 1] == 2',
    'roc_auc_score(frame["churned"], frame["score"]) == 7 / 9',
    'selection_rate(frame["churned"], frame["predicted"]) == 0.5 and false_positive_rate(frame["churned"], frame["predicted"]) == 1 / 3',  # noqa: E501
    'demographic_parity_difference(frame["churned"], frame["predicted"], sensitive_features=frame["region"]) == 0.75',
    'demographic_parity_ratio(frame["churned"], frame["predicted"], sensitive_features=frame["region"]) == 0.0',
    'equal_opportunity_difference(frame["churned"], frame["predicted"], sensitive_features=frame["region"]) == 1.0',
    'by.by_group["recall"]["north"] == 1.0 and by.by_group.loc["south", "n"] == 2 and by.overall["recall"] == 2 / 3',
    'by.difference()["recall"] == 1.0 and by.ratio()["rate"] == 0.0 and by.group_min()["n"] == 2',
    'abs(by.difference(method="to_overall")["rate"] - 0.5) < 1e-9',
    'MetricFrame(metrics=recall_score, y_true=frame["churned"], y_pred=frame["predicted"], sensitive_features=frame["region"]).difference() == 1.0',  # noqa: E501
    'sorted([3, 1, 2], reverse=True)[0] == 3 and max({"a": 1, "b": 3}, key={"a": 1, "b": 3}.get) == "b"',
    'Counter(frame["region"])["north"] == 4 and min("b", "a") == "a"',
    'f"{0.12345:.2f} {7:>3} {0.5:.0%}" == "0.12   7 50%"',
)


@dataclass(frozen=True)
class Submission:
    texts: Mapping[str, str]

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def tried(line: str) -> Run:
    project, pipelines = load(Submission({"scripts/look.py": f"{HEAD}{line}\n"}))
    case = build_case(project, pipelines, {}, {})
    return run(case.code, {}, Start(case.code.modules["scripts/look.py"]), {}, world=World({}))


@pytest.mark.parametrize("claim", TRUE)
def test_a_trial_says_what_the_libraries_say(claim: str) -> None:
    found = tried(f"assert {claim}")
    assert (found.status, found.lost, found.compared) == (0, None, ())


@pytest.mark.parametrize("claim", TRUE)
def test_a_trial_does_not_say_the_opposite(claim: str) -> None:
    assert tried(f"assert not ({claim})").status == 1


@pytest.mark.parametrize(
    "line",
    [
        'frame["nobody"]', 'by.by_group["nobody"]', 'frame.groupby("nobody")', "max([])", "bool(frame)",
        'frame["region"].iloc[9]', "recall_score([1], [1, 0])", "recall_score([1], [float('nan')])",
        'MetricFrame(metrics=count, y_true=[1], y_pred=[1], sensitive_features=pd.Series([None]))',
    ],
)  # fmt: skip
def test_what_raises_in_python_ends_a_trial_with_a_failure(line: str) -> None:
    assert tried(line).status == 1


@pytest.mark.parametrize("line", ["frame.melt()", 'frame["score"].ewm(span=2)', "frame @ frame", "by.by_group.plot()"])
def test_what_is_not_known_ends_a_trial_without_an_answer(line: str) -> None:
    assert tried(line).status is None


def test_a_table_may_not_be_so_large_that_a_trial_has_no_end() -> None:
    many = "for one in range(390):\n    for row in frame.itertuples():\n        assert row.score * one + one >= 0\n"
    assert tried(many * 40).status is None


@pytest.mark.parametrize(
    "line",
    [
        'frame["region"] * 1_000_000_000', 'frame["churned"] ** 1_000_000_000', '"%1000000000d" % frame["churned"]',
        "for _ in range(390):\n    frame[\"score\"] = frame[\"region\"] = frame[\"region\"] + frame[\"region\"]",
        "for _ in range(390):\n    frame[\"churned\"] = (frame[\"churned\"] + 9) * (frame[\"churned\"] + 9)",
        "for _ in range(390):\n    frame = pd.concat([frame, frame])",
        'pd.DataFrame({"a": [[1], [2]]})["a"].value_counts()',
    ],
)  # fmt: skip
def test_odd_and_huge_things_end_a_trial_without_an_answer(line: str) -> None:
    assert tried(line).status is None
