"""Searches for hyperparameters in a program: how long they go on, where their space stands, what judges a trial.

Documentation: Optuna, ``Study.optimize`` (without ``n_trials`` and ``timeout`` it goes on until it is stopped, and
``n_jobs=-1`` takes every core); scikit-learn, "Tuning the hyper-parameters of an estimator" (the searches validate by
cross-validation on what ``fit`` is given); Hyperopt, ``fmin``; Ray Tune, ``TuneConfig``; Weights & Biases,
``wandb.agent``; scikit-optimize, ``gp_minimize``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_library import ANSWER
from gradeline.facts.gate_values import NONE, Const, Data, Expr, Func, Seq, Table, Value, ancestry, words_of
from gradeline.records import record
from gradeline.source import Span

On = Literal["validation", "test", "train", "unknown"]

_GRIDS = frozenset({"GridSearchCV", "HalvingGridSearchCV"})
_RANDOM = frozenset({"RandomizedSearchCV", "HalvingRandomSearchCV"})
# Number of trials and seconds, by name, of each function that searches.
_BUDGETS = {
    "optimize": (("n_trials",), ("timeout",)), "fmin": (("max_evals",), ("timeout",)),
    "TuneConfig": (("num_samples",), ("time_budget_s",)), "run": (("num_samples",), ("time_budget_s",)),
    "agent": (("count",), ()), "gp_minimize": (("n_calls",), ()), "forest_minimize": (("n_calls",), ()),
    "RandomizedSearchCV": (("n_iter",), ()),
}  # fmt: skip
_ROOTS = frozenset({"optuna", "hyperopt", "ray", "wandb", "skopt", "sklearn"})
_SPACES = frozenset({"uniform", "loguniform", "quniform", "randint", "choice", "qloguniform", "normal", "lograndint",
                     "grid_search", "Real", "Integer", "Categorical"})  # fmt: skip
_BOUNDS = frozenset({"low", "high", "choices", "categories", "lower", "upper", "options", "**"})
_CROSS = ("cross_val_score", "cross_validate", "cross_val_predict")
TEST = frozenset({"test", "holdout", "unseen"})
VALID = frozenset({"valid", "validation", "val", "dev"})


@record
class Search:
    """A search.  ``trials`` and ``seconds`` are None when nothing limits them and Data when that is not known;
    ``space`` are the numbers and words that bound it, each with its place; ``judged`` says on which data."""

    call: Data
    trials: Value | None
    seconds: Value | None
    everything: bool  # tries each point of a grid
    workers: Value | None
    prunes: bool
    space: tuple[tuple[str, Span, tuple[Value, ...]], ...]
    judged: On
    judged_at: Span

    @property
    def span(self) -> Span:
        return self.call.span


def searches(run: Run) -> Iterator[Search]:
    """The searches that a run of a program makes."""
    for one in run.calls:
        root, last = one.call.partition(".")[0], one.call.rpartition(".")[2]
        if root not in _ROOTS:
            continue
        if last in _GRIDS or last in _RANDOM:
            yield _of_sklearn(run, one, last)
        elif last in ("optimize", "fmin", "agent", "gp_minimize", "forest_minimize", "Tuner") or one.call in (
            "ray.tune.run", "ray.tune.tune.run"
        ):  # fmt: skip
            yield _of_objective(run, one, last)
        elif one.call.endswith("_study.ask"):  # the program's own loop: what it does with a trial is its own business
            yield Search(one, one, None, False, None, True, tuple(_space(run, one)), "unknown", one.span)
            return


def _limit(one: Data, names: tuple[str, ...], position: int | None = None) -> Value | None:
    for name in names:
        found = one.named.get(name)
        if found is not None:
            return None if isinstance(found, Const) and found.data is None else found
    if position is not None and len(one.given) > position:
        return one.given[position]
    return None


def _of_objective(run: Run, one: Data, last: str) -> Search:
    limits = one
    if last == "Tuner":
        config = one.named.get("tune_config", NONE)
        limits = next((made for made in ancestry(config) if isinstance(made, Data) and made.call.endswith(
            "TuneConfig")), one)  # fmt: skip
    trials, seconds = _BUDGETS.get("TuneConfig" if last == "Tuner" else last, ((), ()))
    count = _limit(limits, trials, 1 if last == "optimize" else None)
    if count is None and last in ("Tuner", "run"):
        count = Const(1)  # Ray Tune takes one sample of the space
    if count is None and last in ("gp_minimize", "forest_minimize"):
        count = Const(100)
    made = [step for step in ancestry(one) if isinstance(step, Data)]
    prunes = any("Pruner" in step.call or "Scheduler" in step.call or "HyperBand" in step.call for step in made) or any(
        step.call.endswith("should_prune") for step in run.calls
    )
    default = last == "optimize" and any(step.call.endswith("create_study") and "pruner" not in step.named
                                         for step in made)  # fmt: skip
    reports = any(step.call.endswith("trial.report") for step in run.calls)
    judged, at = _judged(one)
    return Search(
        one, count, _limit(limits, seconds, 2 if last == "optimize" else None), False,
        _limit(limits, ("n_jobs", "max_concurrent_trials")), prunes or (default and reports),
        tuple(_space(run, one)), judged, at,
    )  # fmt: skip


def _of_sklearn(run: Run, one: Data, last: str) -> Search:
    named = one.named.get("param_grid", one.named.get("param_distributions", NONE))
    space = one.given[1] if len(one.given) > 1 else named
    parts: list[tuple[str, Span, tuple[Value, ...]]] = []
    tables = space.items if isinstance(space, Seq) else [space]
    for table in tables:
        if isinstance(table, Table):
            parts += [(str(name), table.span or one.span, (value,)) for name, value in table.items.items()]
        elif isinstance(table, Data):
            parts.append(("the space", one.span, (table,)))
    fits = [call for call in run.calls if call.source is not None and call.call.endswith(".fit")]
    fitted = [call for call in fits if call.key[: len(one.key)] == one.key]
    judged: On = "unknown"
    at = one.span
    if fitted:
        at = fitted[0].span
        judged = "test" if "test" in _parts(fitted[0].given[:1]) else "validation"
    trials = None if last in _GRIDS else _limit(one, ("n_iter",)) or Const(10)
    return Search(one, trials, None, last in _GRIDS, _limit(one, ("n_jobs",)), last.startswith("Halving"),
                  tuple(parts), judged, at)  # fmt: skip


def _space(run: Run, one: Data) -> Iterator[tuple[str, Span, tuple[Value, ...]]]:
    """What bounds each hyperparameter: what ``suggest_*`` and the like are given."""
    for step in run.calls:
        last = step.call.rpartition(".")[2]
        asked = last.startswith("suggest_") and step.call.startswith("trial")
        drawn = last in _SPACES and step.call.partition(".")[0] in ("hyperopt", "ray", "skopt")
        if not (asked or drawn):
            continue
        first = asked or step.call.startswith("hyperopt")  # the name comes first
        name = step.given[0] if step.given and first else step.named.get("name", NONE)
        named = tuple(value for key, value in step.named.items() if key in _BOUNDS)
        title = str(name.data) if isinstance(name, Const) else last
        yield title, step.span, (*step.given[1 if first else 0 :], *named)
    config = one.named.get("config", one.named.get("param_space", NONE))
    for inner in ancestry(config):
        if isinstance(inner, Data) and inner.call == "file":
            yield "the space", one.span, (inner,)


def _judged(one: Data) -> tuple[On, Span]:
    """On which data the number was measured that a trial answers."""
    answer = one.named.get(ANSWER)
    if answer is None:
        return "unknown", one.span
    if isinstance(answer, Table):  # {"loss": ..., "status": ...}
        answer = next((answer.items[key] for key in ("loss", "score", "value") if key in answer.items), answer)
    if isinstance(answer, Const | Func) or not isinstance(answer, Data | Expr | Seq):
        return "unknown", one.span
    at = next((inner.span for inner in ancestry(answer) if isinstance(inner, Data)), one.span)
    found = _parts([answer])
    if "test" in found:
        return "test", at
    if found & {"validation", "cross"}:
        return "validation", at
    return ("train" if "train" in found else "unknown"), at


def _parts(values: list[Value] | tuple[Value, ...]) -> set[str]:
    """Kinds of data from which a number is computed.  What a model has learned from is no part of the measurement."""
    found: set[str] = set()
    crossed = False
    todo: list[Value] = list(values)
    seen: set[int] = set()
    while todo and len(seen) < 400:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Expr):
            todo.extend(one.args)
        elif isinstance(one, Seq):
            todo.extend(one.items)
        elif isinstance(one, Const):
            todo.extend(one.parts)
        elif isinstance(one, Table):
            todo.extend(one.items.values())
        elif isinstance(one, Data):
            crossed = crossed or one.call.endswith(_CROSS)
            kind = _kind(one)
            found |= kind
            if "validation" not in kind and not one.call.endswith(".fit"):
                todo += [*one.given, *one.named.values()]
                if one.source is not None and not one.call.startswith("trial"):
                    todo.append(one.source)
    if crossed:
        found = {"cross", *(found & {"test"})}
    return found


def _kind(one: Data) -> set[str]:
    last = one.key[-1] if one.key else ""
    if last.endswith(":test]"):
        return {"validation"} | _kind_of_files(one)
    if last.endswith(":train]"):
        return {"train"}
    if one.call in ("table", "file") and one.given and isinstance(one.given[0], Const):
        return _of_words(words_of(str(one.given[0].data)))
    return _of_words(words_of(one.key[0])) if one.call == "file" and one.key else set()


def _kind_of_files(part: Data) -> set[str]:
    """Of which file the second part of a split is: that of a file with unseen data is no validation."""
    files = (one for one in ancestry(part) if isinstance(one, Data) and one.call in ("table", "file"))
    kinds = {kind for one in files if one.given and isinstance(one.given[0], Const)
             for kind in _of_words(words_of(str(one.given[0].data)))}  # fmt: skip
    return {"test"} if kinds == {"test"} else set()


def _of_words(words: frozenset[str]) -> set[str]:
    if words & TEST:
        return {"test"}
    if words & VALID:
        return {"validation"}
    return {"train"} if words & {"train", "training"} else {"data"}
