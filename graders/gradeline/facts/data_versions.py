"""Whether the data a training reads is known by its content: tracked by hash, or named by a version that stays.

DVC documentation, "Data Versioning" (.dvc files, dvc.lock, dvc pull); lakeFS documentation, "Concepts" (commits);
Delta Lake, "Query an older snapshot of a table"; Apache Iceberg, "Time travel"; Amazon S3, "Object versions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.deployments import order
from gradeline.facts.reached_effects import performed
from gradeline.facts.reporting import publishes
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.step_memory import stage_of
from gradeline.model.effects import ArtifactPut
from gradeline.model.pipeline import Scenario
from gradeline.model.project import Project
from gradeline.records import record
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_REMOTE = re.compile(r"(?:s3|gs|gcs|az|abfss?|wasbs?|https?|hdfs|dbfs|lakefs)://[^\s\"']+\Z")
_FIXED = (
    re.compile(r"[?&@](?:versionId|versionAsOf|version|snapshot-id|snapshot)=?[\w.-]+", re.IGNORECASE),
    re.compile(r"/(?:dt=|date=|ds=|snapshot=|v)?20\d\d-?[01]\d-?[0-3]\d(?:[/_.T-]|\Z)"),
    re.compile(r"(?<![0-9a-f])[0-9a-f]{32,64}(?![0-9a-f])"),
)


@record
class Input:
    """One place that a training reads its data from.  ``status``: ``tracked``, ``fixed``, ``moving``, ``kept`` (in
    the repository itself), ``machine`` (a folder of the machine that nothing of the run fills) or ``unknown``."""

    path: str
    status: str
    span: Span


def inputs(facts: PipelineFacts, item: Activity) -> Iterator[Input]:
    """The data that a command names, or that its stage depends on."""
    stage = stage_of(facts, item.unit)
    if stage is not None:
        for dependency in stage.depends:
            if dependency.external:
                yield Input(dependency.path, _remote(dependency.path), dependency.text.span)
            elif _is_data(facts.project, dependency.path):
                yield Input(dependency.path, _local(facts.project, dependency.path), dependency.text.span)
        return
    words = item.invocation.words[1:] if item.invocation is not None else ()
    for word in words:
        text = word.partition("=")[2] if word.startswith("-") and "=" in word else word
        if _REMOTE.match(text.replace(HIDDEN, "x")):
            yield Input(text.replace(HIDDEN, "…"), "unknown" if HIDDEN in text else _remote(text), item.span)
        elif HIDDEN not in text and _is_data(facts.project, text):
            status = "machine" if _of_machine(facts, item, text) else _local(facts.project, text)
            yield Input(text, status, item.span)


def _remote(address: str) -> str:
    return "fixed" if any(pattern.search(address) for pattern in _FIXED) else "moving"


def _is_data(project: Project, path: str) -> bool:
    path = path.removeprefix("./").rstrip("/")
    return (
        path.startswith("data/") or path == "data" or path.endswith((".csv", ".parquet", ".feather", ".arrow", ".avro"))
        or any(path == known.path for known in project.data.files)
    )  # fmt: skip


def _local(project: Project, path: str) -> str:
    path = path.removeprefix("./").rstrip("/")
    for known in project.data.files:
        if path == known.path or path.startswith(known.path + "/") or known.path.startswith(path + "/"):
            return "tracked" if known.content.hash or (known.origin is not None and known.origin.locked) else "moving"
    if project.data.producer(path) is not None:
        return "tracked"  # a stage makes it, and the lock knows its hash
    return "kept" if project.has(path) else "unknown"


def _of_machine(facts: PipelineFacts, item: Activity, path: str) -> bool:
    """Whether a path leads out of the workspace, and no other command of the run names it."""
    roots = tuple(facts.pipeline.known[name] for name in _INSIDE if name in facts.pipeline.known)
    if not path.startswith("/") or path.startswith(roots):
        return False
    if item.unit.image is not None or (item.invocation is not None and item.invocation.installs):
        return False  # in a container, where an image or a mount may bring it
    others = (one.invocation.words for one in facts.activities if one is not item and one.invocation is not None)
    return not any(path.startswith(word) or word.startswith(path) for words in others for word in words if "/" in word)


_INSIDE = ("GITHUB_WORKSPACE", "RUNNER_TEMP", "CI_PROJECT_DIR", "CI_BUILDS_DIR", "WORKSPACE")
_COPYING = frozenset({"cp", "mv", "ln", "rsync", "install"})


def replaced(facts: PipelineFacts, item: Activity) -> Activity | None:
    """A command of the same job that puts a file of the machine in the place of tracked data."""
    for one in facts.activities:
        words = one.invocation.words if one.invocation is not None else ()
        if one.unit.id != item.unit.id or len(words) < 3 or words[0] not in _COPYING:
            continue
        *sources, target = (word for word in words[1:] if not word.startswith("-"))
        outside = any(source.startswith(("/", "~")) and _of_machine(facts, one, source) for source in sources)
        place = target.removeprefix("./").rstrip("/")
        known = (one.path for one in facts.project.data.files)
        if outside and any(path == place or path.startswith(f"{place}/") for path in known):
            return one
    return None


def kept_after(facts: PipelineFacts, item: Activity) -> Evidence | None:
    """Where what a training makes leaves its machine: a push to a storage, or an artifact with a product of it."""
    for one in facts.doing("store-data", "register"):
        reached = [scenario for scenario in facts.pipeline.scenarios if scenario.id in item.scenarios]
        if all(_later(facts, scenario, item, one) for scenario in reached):
            return Evidence(one.span, "proof", f"`{one.text}` keeps what was made")
    order_of = {step.id: number for number, step in enumerate(item.unit.walk())}
    paths = [product.path for stage in facts.project.data.stages for product in stage.products]
    for put in performed(facts, ArtifactPut, item.unit):
        at = {scenario.id for scenario, _ in put.at}
        late = order_of.get(put.step.id, 0) > order_of.get(item.step.id, 0) and set(item.scenarios) <= at
        if late and (not paths or any(publishes(facts, put, path) for path in paths)):
            return Evidence(put.effect.span, "proof", "keeps what was made")
    return None


def _later(facts: PipelineFacts, scenario: Scenario, first: Activity, second: Activity) -> bool:
    """Whether the second command runs after the first in every good run of a scenario."""
    for run in facts.runs(scenario).results:
        places = order(run)
        mine = [places[key] for key in first.keys if key in places]
        others = [places[key] for key in second.keys if key in places]
        if mine and not run.failed and not any(place > max(mine) for place in others):
            return False
    return True


def fetched_before(facts: PipelineFacts, item: Activity) -> bool:
    """Whether something brings the tracked data into the workspace before the training, in every run."""
    if facts.pipeline.role == "data":
        return True
    fetching = facts.doing("fetch-data")
    outer = {frame.text for frame in item.trail}
    around = [item, *(one for one in facts.activities if one.step.id == item.step.id and one.text in outer)]
    if any("--pull" in reading.options for one in around for reading in one.readings):
        return True
    for scenario in facts.pipeline.scenarios:
        if scenario.id not in item.scenarios:
            continue
        for run in facts.runs(scenario).results:
            places = order(run)
            mine = [places[key] for key in item.keys if key in places]
            earlier = [places[key] for one in fetching for key in one.keys if key in places]
            if mine and not any(place < min(mine) for place in earlier):
                return False
    return bool(fetching)


def judge(facts: PipelineFacts, item: Activity) -> Verdict:
    """Whether one training knows which data it is made from."""
    found = list(inputs(facts, item))
    for one in found:
        if one.status == "moving":
            message = f"`{item.text}` reads {one.path}, whose content may be another one tomorrow."
            return Verdict("unmet", message, (Evidence(one.span, "problem", "no version and no hash"),))
        if one.status == "machine":
            message = f"`{item.text}` reads {one.path}, which only this machine has."
            return Verdict("unmet", message, (Evidence(one.span, "problem", "a folder of one machine"),))
    copied = replaced(facts, item)
    if copied is not None:
        message = f"`{copied.text}` puts a file of the machine in the place of the tracked data."
        return Verdict("unmet", message, (Evidence(copied.span, "problem", "replaces the tracked data"),))
    tracked = [one for one in found if one.status == "tracked"]
    hidden = next((one for one in found if one.status == "unknown"), None)
    if hidden is not None and not tracked:
        message = f"Which version of {hidden.path} `{item.text}` reads cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", "not in the submission"),))
    if tracked and not fetched_before(facts, item):
        message = f"{tracked[0].path} is tracked, but nothing fetches it before `{item.text}`."
        return Verdict("unmet", message, (Evidence(item.span, "problem", "runs without the tracked data"),))
    if found:
        proofs = tuple(Evidence(one.span, "proof", f"{one.path}: {_WORDS[one.status]}") for one in found)
        return Verdict("met", "", proofs)
    if facts.project.data.files and fetched_before(facts, item):
        names = tuple(known for known in facts.project.data.files if known.content.hash)
        return Verdict("met", "", tuple(Evidence(known.span, "proof", "known by its hash") for known in names)) if (
            names) else _untracked(item)  # fmt: skip
    return _untracked(item)


def _untracked(item: Activity) -> Verdict:
    message = f"Nothing tells which data `{item.text}` is made from."
    return Verdict("unmet", message, (Evidence(item.span, "problem", "its data has no version"),))


_WORDS = {
    "tracked": "known by its hash",
    "fixed": "named by a version that stays",
    "kept": "kept in the repository",
    "unknown": "not here",
}
