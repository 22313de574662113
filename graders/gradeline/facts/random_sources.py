"""Where a program draws at random, and where the seed of each draw comes from.

Documentation: scikit-learn, "Controlling randomness" (``random_state=None`` draws from NumPy's global generator);
NumPy, "Random sampling"; Python, ``random``; PyTorch, "Reproducibility"; Optuna, "How can I obtain reproducible
optimization results?" (only a sampler with a seed repeats itself); Hyperopt, ``fmin`` (``rstate``); Ray Tune, search
algorithms.  Gradient boosting of XGBoost, LightGBM and CatBoost has a fixed seed of its own, so it is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_values import NONE, Const, Data, Value, ancestry, leaves
from gradeline.records import record
from gradeline.source import Span

How = Literal["outside", "code", "absent", "changing", "unknown"]

_SKLEARN = frozenset(
    {
        "RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor",
        "ExtraTreeClassifier", "ExtraTreeRegressor", "GradientBoostingClassifier", "GradientBoostingRegressor",
        "HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "DecisionTreeClassifier",
        "DecisionTreeRegressor", "BaggingClassifier", "BaggingRegressor", "AdaBoostClassifier", "AdaBoostRegressor",
        "MLPClassifier", "MLPRegressor", "SGDClassifier", "SGDRegressor", "Perceptron", "KMeans", "MiniBatchKMeans",
        "GaussianMixture", "IsolationForest", "TruncatedSVD", "LinearSVC", "RandomizedSearchCV",
        "HalvingRandomSearchCV", "train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit",
        "RepeatedKFold", "RepeatedStratifiedKFold", "permutation_importance", "resample", "shuffle",
        "ParameterSampler",
    }
)  # fmt: skip
_SHUFFLES = frozenset({"KFold", "StratifiedKFold", "StratifiedGroupKFold", "GroupKFold"})  # only when they are told to
_SAMPLERS = frozenset({"TPESampler", "RandomSampler", "CmaEsSampler", "NSGAIISampler", "NSGAIIISampler", "GPSampler",
                       "QMCSampler", "BoTorchSampler", "MOTPESampler"})  # fmt: skip
_GENERATORS = frozenset({"default_rng", "RandomState", "SeedSequence", "Random", "PCG64", "MT19937", "Philox"})
_TORCH = frozenset({"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial"})
# Calls that seed the generators which belong to a library as a whole.
_GLOBAL: dict[str, tuple[str, ...]] = {
    "numpy.random.seed": ("numpy",), "random.seed": ("random",), "torch.manual_seed": ("torch",),
    "torch.random.manual_seed": ("torch",), "tensorflow.random.set_seed": ("tensorflow",),
    "keras.utils.set_random_seed": ("random", "numpy", "tensorflow"),
    "tensorflow.keras.utils.set_random_seed": ("random", "numpy", "tensorflow"),
    "transformers.set_seed": ("random", "numpy", "torch"), "accelerate.utils.set_seed": ("random", "numpy", "torch"),
    "lightning.seed_everything": ("random", "numpy", "torch"),
    "pytorch_lightning.seed_everything": ("random", "numpy", "torch"),
    "lightning.pytorch.seed_everything": ("random", "numpy", "torch"),
}  # fmt: skip
_CHANGING = ("time.", "datetime.", "os.urandom", "os.getpid", "secrets.", "uuid.", "hash")


@record
class Draw:
    """Something that is drawn at random.  ``seed`` is what it was given, ``span`` where to look, ``how`` where
    the seed comes from: from ``outside`` the program, the ``code``, nowhere (``absent``), or something ``changing``."""

    what: str
    span: Span
    how: How
    seed: Value


def draws(run: Run) -> Iterator[Draw]:
    """All draws of a run of a program, in the order in which they are made."""
    known: dict[str, Value] = {}
    for one in run.calls:
        seeded = _GLOBAL.get(one.call)
        if seeded is not None:
            value = one.given[0] if one.given else one.named.get("seed", NONE)
            known.update(dict.fromkeys(seeded, value))
            continue
        found = _drawn(one)
        if found is None:
            continue
        seed, library = found
        if _absent(seed) and library in known:
            seed = known[library]
        yield Draw(_title(one), one.span, _how(seed), seed)


def _title(one: Data) -> str:
    last = one.key[-1].partition("(")[0] if one.call == "table" else one.call
    return ".".join(last.split(".")[-2:]) if last.startswith(("numpy", "random", "torch")) else last.rpartition(".")[2]


def _drawn(one: Data) -> tuple[Value, str] | None:
    """What seeds a draw, and the library whose own generator is used without it; None for all other calls."""
    root, last = one.call.partition(".")[0], one.call.rpartition(".")[2]
    if one.call == "table":
        return _of_table(one)
    if root == "sklearn":
        return _of_sklearn(one, last)
    if root == "optuna":
        return _of_optuna(one, last)
    if root in ("numpy", "random") and last in _GENERATORS:
        return one.given[0] if one.given else one.named.get("seed", one.named.get("entropy", NONE)), ""
    if one.call.startswith("numpy.random.") and one.call.count(".") == 2 and last[:1].islower():
        return None if last in ("get_state", "set_state") else (NONE, "numpy")
    if root == "random" and one.call.count(".") == 1 and last[:1].islower():
        return None if last in ("getstate", "setstate") else (NONE, "random")
    if root == "torch":
        return _of_torch(one, last)
    if one.call == "hyperopt.fmin":
        return one.named.get("rstate", NONE), ""
    if root == "ray" and last in ("OptunaSearch", "HyperOptSearch", "BasicVariantGenerator"):
        names = ("seed", "random_state_seed", "random_state")
        seed = next((one.named[key] for key in names if key in one.named), NONE)
        return seed, "numpy" if last == "BasicVariantGenerator" else ""
    if root == "skopt" and last.endswith("_minimize"):
        return one.named.get("random_state", NONE), "numpy"
    if root in ("keras", "tensorflow") and (".layers." in one.call or ".random." in one.call):
        return one.named.get("seed", NONE), "tensorflow"
    return None


def _of_table(one: Data) -> tuple[Value, str] | None:
    name = one.key[-1].partition("(")[0]
    if name != "sample":
        return None
    return one.named.get("random_state", one.named.get("seed", NONE)), "numpy"


def _of_sklearn(one: Data, last: str) -> tuple[Value, str] | None:
    if last in _SHUFFLES and not _says(one, "shuffle", True):
        return None
    if last == "train_test_split" and _says(one, "shuffle", False):
        return None
    solver = one.named.get("solver")
    random_solver = last == "LogisticRegression" and isinstance(solver, Const) and solver.data in (
        "sag", "saga", "liblinear")  # fmt: skip
    strategy = one.named.get("strategy")
    random_dummy = last == "DummyClassifier" and isinstance(strategy, Const) and strategy.data in (
        "uniform", "stratified")  # fmt: skip
    if last in _SKLEARN or last in _SHUFFLES or random_solver or random_dummy:
        if "**" in one.named and "random_state" not in one.named:
            return one.named["**"], "numpy"
        return one.named.get("random_state", NONE), "numpy"
    return None


def _says(one: Data, name: str, wanted: bool) -> bool:
    found = one.named.get(name)
    return isinstance(found, Const) and found.data is wanted


def _of_optuna(one: Data, last: str) -> tuple[Value, str] | None:
    if last in _SAMPLERS:
        first = one.given[0] if one.given and last == "RandomSampler" else NONE
        return one.named.get("seed", first), ""
    if last in ("create_study", "load_study") and _absent(one.named.get("sampler", NONE)):
        return NONE, ""  # Optuna takes a sampler without a seed
    return None


def _of_torch(one: Data, last: str) -> tuple[Value, str] | None:
    layers = one.call.startswith("torch.nn.") and last[:1].isupper() and "Loss" not in last
    loads = last == "DataLoader" and _says(one, "shuffle", True)
    if last in _TORCH or layers or loads or last == "random_split":
        generator = one.named.get("generator", NONE)
        seeded = next(
            (made for made in ancestry(generator) if isinstance(made, Data) and made.call.endswith("manual_seed")), None
        )
        return (seeded.given[0] if seeded is not None and seeded.given else NONE), "torch"
    return None


def _absent(seed: Value) -> bool:
    return isinstance(seed, Const) and seed.data is None


def _how(seed: Value) -> How:
    """Where a seed comes from."""
    if _absent(seed):
        return "absent"
    found: set[How] = set()
    for one in ancestry(seed):
        if isinstance(one, Const) and not one.parts and isinstance(one.data, int) and not isinstance(one.data, bool):
            found.add("code" if one.origin == "code" else "outside")
        elif isinstance(one, Data):
            found |= _of_data(one)
    if "changing" in found or "absent" in found:
        return "changing" if "changing" in found else "absent"
    if "outside" in found:
        return "outside"
    return "code" if "code" in found else "unknown"


def _of_data(one: Data) -> set[How]:
    if one.call.startswith(_CHANGING):
        return {"changing"}
    last = one.call.rpartition(".")[2]
    if last in _GENERATORS:
        return set() if one.given or one.named else {"absent"}
    first = one.key[0] if one.key else ""
    if first in ("argument", "environment") or one.call == "file":
        return {"outside"}
    return set()


def from_outside(value: Value) -> bool:
    """Whether a value was read from a file, an argument or the environment."""
    return any(
        (isinstance(one, Const) and one.origin in ("file", "argument")) or (isinstance(one, Data) and "outside" in
                                                                           _of_data(one))
        for one in (value, *leaves(value), *ancestry(value))
    )  # fmt: skip
