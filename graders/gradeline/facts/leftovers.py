"""What a job leaves on its machine: the folders that a clean-up covers, and machines that end with the job.

git-clean(1) (``-x`` also removes what Git ignores, ``-d`` folders); rm(1); find(1); GitHub Docs, "Self-hosted runners
reference" (ephemeral and just-in-time runners); CML, "Command Reference: runner" (``--single``, ``--idle-timeout``);
GitHub Docs, "Deploying runner scale sets with Actions Runner Controller" (a runner of a scale set does one job).
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Container
from gradeline.facts.machines import Asked, asked
from gradeline.facts.readings import Reading
from gradeline.facts.registered import Registered, registered
from gradeline.facts.script_shape import step_commands
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Unit
from gradeline.model.text import Places
from gradeline.records import record
from gradeline.source import Span

_CONTAINERS = frozenset({"docker", "podman", "nerdctl"})
_WORKSPACES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE")


@record
class Lifetime:
    """How long the machine or container of a job lives: for this ``job`` only, on ``after`` it, or ``unknown``."""

    kind: Literal["job", "after", "unknown"]
    span: Span
    why: str


def lifetime(facts: PipelineFacts, item: Activity) -> Lifetime:
    """What becomes of the machine on which a command works."""
    unit = item.unit
    if unit.image is not None:
        return Lifetime("job", unit.image.span, "a container of its own")
    if any(container.ends for container in containers(facts, item)):
        return Lifetime("job", item.span, "a container that is removed afterwards")
    labels = asked(facts, unit)
    started = launched_for(facts, unit)
    if started is not None:
        return Lifetime("job" if started.ends else "after", started.span, started.why)
    known = registered(facts.project)
    mine = next((one for one in known if _asks(labels, one.labels)), None)
    if mine is not None:
        kind: Literal["job", "after", "unknown"] = "unknown" if mine.ends is None else "job" if mine.ends else "after"
        return Lifetime(kind, mine.span, mine.why)
    place = labels[0].span if labels else unit.span
    unclear = next((one for one in known if not one.labels), None)
    if unclear is not None:
        return Lifetime("unknown", unclear.span, "a registration does not say which labels it gives")
    if unit.self_hosted is True:
        return Lifetime("after", place, "a machine of your own that stays")
    return Lifetime("unknown", place, "its label says nothing of that")


def containers(facts: PipelineFacts, item: Activity) -> tuple[Container, ...]:
    """The containers in which a command runs that its script starts, or the command that it is a part of."""
    outer = {frame.text for frame in item.trail}
    around = [item, *(other for other in facts.activities if other.step.id == item.step.id and other.text in outer)]
    return tuple(
        one
        for other in around
        for one in (other.invocation.installs if other.invocation is not None else ())
        if isinstance(one, Container)
    )


def _asks(labels: tuple[Asked, ...], given: frozenset[str]) -> bool:
    """Whether a job asks for a machine with these labels: the platform's own labels tell nothing apart."""
    return any(one.label is not None and one.label.lower() in given for one in labels)


def launched_for(facts: PipelineFacts, unit: Unit) -> Registered | None:
    """The machine that a command of the pipeline starts for a job."""
    labels = asked(facts, unit)
    return next((one for one in launches(facts) if _asks(labels, one.labels)), None)


def is_own(facts: PipelineFacts, unit: Unit) -> bool:
    """Whether the files start or register the machine that a job asks for, so that it is one's own."""
    if launched_for(facts, unit) is not None:
        return True
    labels = asked(facts, unit)
    return any(_asks(labels, one.labels) for one in registered(facts.project))


def launches(facts: PipelineFacts) -> Iterator[Registered]:
    """The machines that commands of the pipeline start for its jobs."""
    for item in facts.doing("start-machine"):
        for reading in item.readings_of(("start-machine",)):
            labels = frozenset(
                part.strip().lower()
                for value in reading.options.get("--labels", ("cml",))
                for part in (value or "").split(",")
                if part.strip()
            )
            idle = next(iter(reading.options.get("--idle-timeout", ("300",))), "300") or ""
            ends = "--single" in reading.options or not idle.strip().startswith("-")
            why = "a machine that ends after its work" if ends else "a machine that waits for more work"
            yield Registered(labels, ends, item.span, why, _accelerator(reading))


def _accelerator(reading: Reading) -> bool | None:
    """Whether the started machine has an accelerator; None when only its maker knows."""
    for value in reading.options.get("--cloud-gpu", ()):
        return value != "nogpu"
    kinds = reading.options.get("--cloud-type", ())
    return any("+" in (kind or "") for kind in kinds) or None


def clears(item: Activity) -> bool:
    """Whether a command removes something."""
    if any(reading.effect != "pretends" for reading in item.readings_of(("cleanup",))):
        return True
    words = item.invocation.words if item.invocation is not None else ()
    return words[:1] == ("find",) and "-delete" in words


def covers(facts: PipelineFacts, item: Activity, path: str) -> bool | None:
    """Whether a clean-up removes ``path`` of the workspace; None when what it removes cannot be seen."""
    if item.invocation is None:
        return True  # an action that is made to leave the workspace empty
    if item.invocation.words[0] in _CONTAINERS:
        return None  # something else than files
    unclear = False
    for target in _targets(item, item.invocation.words):
        found = _covers(facts, target, item.invocation.directory, path)
        if found:
            return True
        unclear = unclear or found is None
    return None if unclear else False


def _targets(item: Activity, words: tuple[str, ...]) -> Iterator[str | None]:
    """What is removed; a pattern as it is written, since the job has more files than the repository."""
    if words[0] == "find":
        if not {"-name", "-path", "-type", "-mtime"} & set(words):
            yield from takewhile(lambda word: not word.startswith("-"), words[1:])
        return
    for reading in item.readings_of(("cleanup",)):
        if reading.tool == "git":
            if "-x" in reading.options and "-d" in reading.options:
                yield from reading.targets or (".",)
        else:
            yield from reading.targets
    for command in step_commands(item.step):
        span = Places(item.step.script).at(command.start, command.end) if item.step.script is not None else None
        if span == item.span or (item.trail and span == item.trail[0].span):
            yield from (word for word in command.source.split() if word.rstrip("/").endswith("*"))


def _covers(facts: PipelineFacts, target: str | None, directory: str, path: str) -> bool | None:
    if target is None:
        return None
    for name in _WORKSPACES:
        root = facts.pipeline.known.get(name)
        if root and (target == root or target.startswith(f"{root}/")):
            target, directory = target[len(root) :].lstrip("/") or ".", ""
            break
        if root and root.startswith(f"{target.rstrip('/')}/") and target != "/":
            return True  # a folder around the workspace
    if HIDDEN in target:
        return None
    if target.startswith(("/", "~")):
        return False
    whole = join_path(directory, target)
    parts = path.split("/")
    around = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return not whole or any(fnmatchcase(name, whole) for name in around)


def same_machine(facts: PipelineFacts, unit: Unit, other: Unit) -> bool:
    """Whether a unit that waits for ``other`` asks for the same machine."""
    if unit.id == other.id:
        return True
    before = facts.simulator.ancestors.get(unit.id, frozenset())
    mine = {one.label for one in asked(facts, unit)}
    return other.id in before and None not in mine and mine == {one.label for one in asked(facts, other)}
