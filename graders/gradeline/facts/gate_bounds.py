"""Which number a comparison of a gate judges, where it turns, and on which side of its bounds a good number lies."""

from __future__ import annotations

from gradeline.facts.gate_numbers import COMPARISONS, NotANumber, number
from gradeline.facts.gate_state import Comparison
from gradeline.facts.gate_values import Data, Faces, labels_of, leaves

# Only a guess where the search for good numbers starts; what is good is what lets the script succeed.
LOW = frozenset(
    {
        "latency", "ms", "seconds", "time", "p95", "p99", "p50", "size", "mb", "kb", "bytes", "gap", "loss", "error",
        "rmse", "mae", "mse", "mape", "drift", "psi", "ks", "null", "nulls", "missing", "nan", "age", "hours", "days",
        "fpr", "ece", "brier", "logloss", "diff", "difference", "disparity", "regression", "drop", "cost", "isna",
        "isnull", "duplicated", "duplicates", "distance", "statistic", "std", "failures", "errors", "now", "mtime",
        "getmtime", "shift", "timestamp", "utcnow", "today",
    }
)  # fmt: skip
CHAMPION = frozenset(
    {"champion", "production", "prod", "incumbent", "deployed", "current", "previous", "baseline", "approved"}
)
TRIVIAL = frozenset({"dummy", "trivial", "majority", "naive", "constant", "prior", "dummyclassifier", "dummyregressor"})


def is_trivial(data: Data) -> bool:
    return bool(TRIVIAL & data.words)


def is_champion(data: Data) -> bool:
    return bool(CHAMPION & data.words) and not is_trivial(data)


def primary(compared: Comparison) -> Data | None:
    """The number that a comparison judges: what is compared with a reference is not the reference."""
    found = leaves(compared.left, compared.right)
    own = [one for one in found if not is_champion(one) and not is_trivial(one)]
    return next(iter(own or found), None)


def between(roots: list[tuple[float, bool]]) -> float:
    """A number on the wanted side of each bound; ``True`` wants more.  Bounds of 0 and 1 limit shares."""
    low = [root for root, up in roots if up]
    high = [root for root, up in roots if not up]
    least = max(low, default=None)
    most = min(high, default=None)
    if least is not None and most is None and len(low) > 1 and least == 1.0:
        below = [root for root in low if root < 1.0]
        least, most = max(below), 1.0
    if most is not None and least is None and len(high) > 1 and most == 0.0:
        above = [root for root in high if root > 0.0]
        least, most = 0.0, min(above, default=1.0)
    if least is not None and most is not None:
        return (least + most) / 2
    if least is not None:
        return (least + 1) / 2 if 0 <= least < 1 else least + max(1.0, abs(least) * 0.1)
    if most is not None:
        return most / 2 if most > 0 else most - 1.0
    return 0.5


def is_range(known: list[tuple[float, bool]]) -> bool:
    """Whether comparisons say from where to where a number may go: one end each, far apart."""
    ends = sorted(set(known))
    if len(ends) != 2 or ends[0][1] == ends[1][1]:
        return False
    low, high = ends[0][0], ends[1][0]
    return low >= 0 and high > 3 * low


def rises_above(one: Comparison, leaf: Data, faces: Faces, root: float) -> bool:
    """Whether the comparison, which turns at ``root``, is true for more of ``leaf``."""
    there = {**faces, leaf.key: root + max(1.0, abs(root))}
    try:
        return bool(COMPARISONS[one.op](number(one.left, there), number(one.right, there)))
    except (NotANumber, TypeError):
        return True


def between_groups(one: Comparison, leaf: Data) -> bool:
    """Whether a comparison is about the same number of several groups: the same number for all is a good start."""
    return any(
        other.key != leaf.key and other.span == leaf.span and other.key[-1:] == leaf.key[-1:]
        and not is_champion(other) and not is_trivial(other)
        for other in leaves(one.left, one.right)
    )  # fmt: skip


def names_of(one: Comparison, leaf: Data) -> frozenset[str]:
    """The names a number goes by: its own key, the function that computes it, and what it is kept as."""
    last = [part for part in leaf.key[-2:] if not part.startswith("[")]
    found = {*last, leaf.call.rpartition(".")[2], *labels_of(one.left, one.right)}
    return frozenset(name.lower() for name in found if name)
