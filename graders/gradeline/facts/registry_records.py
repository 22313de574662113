"""What is written onto a registered version, and where it comes from: the commit, the data, the measurement, the run.

MLflow documentation, "Tracking" (tags, parameters and metrics of the run that made a version) and
``mlflow.client.set_model_version_tag``; Weights & Biases documentation, ``Artifact.metadata``; AWS, SageMaker API,
CreateModelPackage (``CustomerMetadataProperties``); GTO documentation, ``--message``.  A version of GTO is a Git tag,
so its commit, and with it all files of that commit, belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradeline.facts.gate_values import Const, Data, Expr, Opened, Seq, Table, Value, ancestry, words_of
from gradeline.facts.registry_acts import STARTS, Act, argument, started_words, text_of
from gradeline.records import record
from gradeline.source import Span

FACTS = ("commit", "data", "metrics", "run")
# Variables that every run of a platform has.
VARIABLES: Mapping[str, str] = {
    "GITHUB_SHA": "commit", "CI_COMMIT_SHA": "commit", "CI_COMMIT_SHORT_SHA": "commit", "GIT_COMMIT": "commit",
    "BUILDKITE_COMMIT": "commit", "CIRCLE_SHA1": "commit", "BUILD_SOURCEVERSION": "commit",
    "GITHUB_RUN_ID": "run", "GITHUB_RUN_NUMBER": "run", "CI_PIPELINE_ID": "run", "CI_PIPELINE_URL": "run",
    "CI_JOB_URL": "run", "CI_JOB_ID": "run", "BUILD_URL": "run", "BUILD_NUMBER": "run", "BUILD_TAG": "run",
    "RUN_DISPLAY_URL": "run", "CIRCLE_BUILD_URL": "run", "BUILDKITE_BUILD_URL": "run", "BUILD_BUILDID": "run",
}  # fmt: skip
_NAMED = {
    "commit": frozenset({"commit", "sha", "git", "revision", "rev"}),
    "data": frozenset({"data", "dataset", "dvc", "md5"}),
    "run": frozenset({"run", "url", "ci", "build", "pipeline", "job"}),
}  # fmt: skip
_MEASURES = frozenset(
    {
        "auc", "recall", "precision", "accuracy", "f1", "score", "loss", "logloss", "rmse", "mae", "brier", "ap",
        "lift", "metrics", "metric", "mse", "r2", "gini", "ks",
    }
)  # fmt: skip
_HASHES = frozenset({"md5", "sha256", "sha1", "blake2b", "blake2s", "sha512", "file_digest", "xxh64"})
_COMMITS = frozenset({"rev-parse", "log", "describe", "show"})
_DATA_WORDS = frozenset({"data", "dataset", "customers", "export", "csv"})
_DATA_FILES = (".csv", ".parquet", ".arrow", ".feather", ".jsonl")


@record
class Record:
    """One value that is kept with a version: ``name`` is its key as far as it is known, ``place`` counts the calls
    before it, ``call`` is the call that keeps it."""

    name: str
    value: Value
    place: int
    call: Data

    @property
    def span(self) -> Span:
        return self.call.span


def records(calls: Iterable[Data]) -> tuple[Record, ...]:
    """Everything that is kept with a version or with the run that made it, in order."""
    return tuple(one for place, call in enumerate(calls) for one in _records(place, call))


def _records(place: int, call: Data) -> Iterator[Record]:
    last = call.call.rpartition(".")[2]
    pair = _PAIRS.get(last)
    if pair is not None:
        if "Client." in call.call and last in ("set_tag", "log_param", "log_metric"):
            pair = (1, 2)  # the run comes first
        name = argument(call, "key", pair[0])
        value = argument(call, "value", pair[1])
        if value is not None:
            yield Record(text_of(name), value, place, call)
        return
    if call.call in STARTS:
        words = started_words(call)
        if "gto" in [text_of(one) for one in words[:1]] or "aws" in [text_of(one) for one in words[:1]]:
            for word in words[2:]:
                yield Record("", word, place, call)
        return
    wanted = _TABLES.get(last)
    if wanted is None:
        return
    values = [*(call.given if last in _GIVEN else ()), *(call.named[name] for name in wanted if name in call.named)]
    for value in values:
        yield from _entries(value, place, call)


# Calls with one key and one value: where they stand.
_PAIRS = {
    "set_tag": (0, 1), "log_param": (0, 1), "log_metric": (0, 1), "set_model_version_tag": (2, 3),
    "set_registered_model_tag": (1, 2),
}  # fmt: skip
# Calls with tables: by which names they are given.
_TABLES: Mapping[str, tuple[str, ...]] = {
    "start_run": ("tags", "description"), "set_tags": ("tags",), "log_params": ("params",), "log_metrics": ("metrics",),
    "create_run": ("tags",), "register_model": ("tags",), "create_model_version": ("tags", "description"),
    "log_model": ("metadata", "params", "tags"), "update_model_version": ("description",),
    "Artifact": ("metadata", "description"),
    "update_model_package": ("CustomerMetadataProperties",), "init": ("config", "tags", "notes"), "update": (),
    "log": ("data",),
    "add_tags": ("Tags",), "add_metadata": (), "metadata=": (), "description=": (),
    "create_model_package": ("CustomerMetadataProperties", "MetadataProperties", "ModelMetrics", "Tags",
                             "ModelPackageDescription"),
    "register": ("message", "ref"), "annotate": ("labels", "description", "custom"), "post": ("json",),
}  # fmt: skip
_GIVEN = frozenset({"set_tags", "log_params", "log_metrics", "update", "log", "metadata=", "description="})


def _entries(value: Value, place: int, call: Data, name: str = "", depth: int = 0) -> Iterator[Record]:
    if isinstance(value, Table) and depth < 4:
        for key, inner in list(value.items.items())[:60]:
            yield from _entries(inner, place, call, str(key), depth + 1)
        if value.rest is not None:
            yield Record("", value.rest, place, call)
        return
    if isinstance(value, Seq) and depth < 4:
        for inner in value.items[:60]:
            yield from _entries(inner, place, call, name, depth + 1)
        return
    yield Record(name, value, place, call)


@record
class Source:
    """Where a value comes from: ``facts`` it is known to say, variables and options that the pipeline gives."""

    facts: frozenset[str]
    variables: frozenset[str]
    options: frozenset[str]


def source_of(value: Value) -> Source:
    """Where a value comes from, as far as the program shows it."""
    found: set[str] = set()
    variables: set[str] = set()
    options: set[str] = set()
    for one in ancestry(value):
        if isinstance(one, Const):
            if one.span is not None and one.origin == "file":
                found |= _of_file(one.span.path, tuple(str(part) for part in one.key))
            continue
        if isinstance(one, Opened):
            found |= _of_file(text_of(one.path), ())
            continue
        if isinstance(one, Expr):
            found |= {"metrics"} if one.labels & _MEASURES else set()
            continue
        if not isinstance(one, Data) or not one.key:
            continue
        if one.key[0] == "environment" and len(one.key) > 1:
            variables.add(one.key[1])
            known = VARIABLES.get(one.key[1])
            found |= {known} if known else set()
        elif one.key[0] == "argument" and len(one.key) > 1:
            options.add(one.key[1])
        else:
            found |= _of_data(one)
    return Source(frozenset(found), frozenset(variables), frozenset(options))


def _of_file(path: str, key: tuple[str, ...]) -> set[str]:
    if path.endswith((".dvc", "dvc.lock")):
        return {"data"}
    if path.endswith(".json") and any(words_of(part) & _MEASURES for part in (path, *key)):
        return {"metrics"}
    return set()


def _of_data(one: Data) -> set[str]:
    head, last = one.key[0], one.call.rpartition(".")[2]
    if head.endswith((".dvc", "dvc.lock")) or any(part.endswith((".dvc", "dvc.lock")) for part in one.key[:2]):
        return {"data"}
    if one.call in STARTS:
        words = {text_of(word) for word in started_words(one)}
        if "git" in words and words & _COMMITS:
            return {"commit"}
        return {"data"} if "dvc" in words else set()
    if one.call.startswith(("git.", "pygit2.", "dulwich.")):
        return {"commit"}
    if one.call.startswith(("dvc.", "DVCFileSystem")):
        return {"data"}
    if last in _HASHES or one.call.startswith("hashlib."):
        return {"data"} if _hashes_data(one) else set()
    if last.endswith("_score") or one.call.startswith("sklearn.metrics") or last == "evaluate":
        return {"metrics"}
    measured = any(words_of(part) & _MEASURES for part in one.key[-3:]) or bool(
        {word for label in one.labels for word in words_of(label)} & _MEASURES
    )
    return {"metrics"} if measured else set()


def _hashes_data(one: Data) -> bool:
    opened = [inner.path for inner in ancestry(one) if isinstance(inner, Opened)]
    for inner in ancestry(one, *opened):
        if isinstance(inner, Const) and isinstance(inner.data, str) and inner.data.endswith(_DATA_FILES):
            return True
        if isinstance(inner, Data) and inner.key and inner.key[0].endswith(_DATA_FILES):
            return True
        if isinstance(inner, Data) and inner.key[:1] == ("argument",) and words_of(inner.key[-1]) & _DATA_WORDS:
            return True
    return False


def about(name: str, fact: str) -> bool:
    """Whether a key says that its value is this fact."""
    return bool(words_of(name) & _NAMED.get(fact, _MEASURES))


def inherent(act: Act) -> frozenset[str]:
    """What a version says by itself: one of GTO is a tag of Git, so its commit, and the data that this commit names."""
    words = {text_of(one) for one in started_words(act.call)} if act.call.call in STARTS else set()
    return frozenset({"commit", "data"}) if act.call.call.startswith("gto.") or "gto" in words else frozenset()
