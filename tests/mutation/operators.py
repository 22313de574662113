"""Damage that somebody could do to a right answer: each operator breaks one thing at one place.

An operator yields, for the files of an answer, the places where it applies and the damaged files.  It counts where a
criterion of the rubric rests on that place: one of its ``targets`` (a check, or ``check:word`` for one with that word
among its parameters), and for an operator ``at_proof`` one whose
proof lies in the damaged lines.  ``attacks`` are all checks that may notice; anything else that is lost shows that a
verdict looks at the wrong thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import yaml

from mutation import yaml_edits as edit

Files = Mapping[str, str]
Change = tuple[str, dict[str, str]]  # where, and the files then
Operator = Callable[[Files], Iterator[Change]]


@dataclass(frozen=True)
class Mutant:
    name: str
    attacks: frozenset[str]
    apply: Operator
    targets: frozenset[str] = frozenset()  # all that it attacks when empty
    at_proof: bool = False


# What may be lost when a command no longer does its work, or its failure no longer counts.
WORK = frozenset(
    {"alias-promote", "always-handler", "blocking", "build-cache", "critical-path", "env-order", "gates", "handoff", "health",
     "immutable-ref", "lineage", "live", "lock-install", "named", "no-injection", "notify", "one-artifact", "parallel", "pinned",
     "provenance", "registry", "remote-state", "report", "rollback", "runs", "scan", "secret-scope", "secret-source", "step-cache",
     "trigger", "cache-key", "data-versioned", "exclusive", "retry", "timeout", "approval", "api-current", "oidc", "dry",
     "decided", "search", "least-privilege", "params-external", "seeded", "lint", "resources", "decision-doc", "secret-not-persisted", "staged", "run-log", "plan-apply", "test-kind", "threshold", "slices", "perf-budget", "data-gate", "test-strength", "rules-tested", "shared-step"}
)  # fmt: skip
ORDER = frozenset({"gates", "env-order", "handoff", "critical-path", "one-artifact", "approval", "provenance", "rollback", "runs",
                   "parallel", "alias-promote", "lineage", "notify", "always-handler", "report", "health", "immutable-ref", "staged",
                   "scan", "trigger", "blocking", "live", "data-versioned", "cache-safe", "step-cache", "decision-doc", "plan-apply",
                   "oidc", "exclusive", "trust-boundary", "dry"})  # fmt: skip
IMAGE = frozenset({"pinned", "nonroot-minimal", "immutable-ref", "build-cache", "lineage", "lock-install", "cache-key"})

# Whose proofs are commands that do work.
# ``LOSES``: those that care whether a failure is heard; a report is as good without.
LOSES = frozenset({"runs", "blocking", "gates", "scan", "env-order", "provenance", "alias-promote", "rollback", "rules-tested"})
DOES = LOSES | {"report"}

MUTANTS: list[Mutant] = []


def note(name: str, attacks: frozenset[str], apply: Operator, targets: frozenset[str] = frozenset()) -> None:
    at_work = attacks >= WORK
    MUTANTS.append(Mutant(name, attacks, apply, targets or (DOES if at_work else attacks), at_work))


def mutant(name: str, attacks: frozenset[str], targets: frozenset[str] = frozenset()) -> Callable[[Operator], Operator]:
    def keep(apply: Operator) -> Operator:
        note(name, attacks, apply, targets)
        return apply

    return keep


def changed(files: Files, path: str, text: str | None, site: str) -> Iterator[Change]:
    if text is not None and text != files[path]:
        yield f"{path}:{site}", {**files, path: text}


def is_github(path: str) -> bool:
    return path.startswith(".github/workflows/")


def is_gitlab(path: str) -> bool:
    return path == ".gitlab-ci.yml" or (path.startswith("ci/") and path.endswith((".yml", ".yaml")))


def is_jenkins(path: str) -> bool:
    return path.rpartition("/")[2] == "Jenkinsfile"


def is_docker(path: str) -> bool:
    return path.rpartition("/")[2] == "Dockerfile"


def line_of(entry: edit.Entry | edit.Item) -> str:
    """The lines of an entry or item: ``12`` or ``12-15``."""
    start = (entry.key if isinstance(entry, edit.Entry) else entry.node).start_mark.line + 1
    mark = (entry.value if isinstance(entry, edit.Entry) else entry.node).end_mark
    end = mark.line + (1 if mark.column else 0)
    return str(start) if end <= start else f"{start}-{end}"


def drops(
    name: str,
    attacks: frozenset[str],
    where: Callable[[str], bool],
    key: str,
    depth: int | None = None,
    targets: frozenset[str] = frozenset(),
) -> None:
    """An operator that leaves a key out, wherever it stands."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            for entry in edit.entries(files[path], key):
                if depth is None or len(entry.path) == depth:
                    yield from changed(files, path, edit.without(files[path], entry), line_of(entry))

    note(name, attacks, apply, targets)


def values(
    name: str,
    attacks: frozenset[str],
    where: Callable[[str], bool],
    key: str,
    new: Callable[[str], str | None],
    targets: frozenset[str] = frozenset(),
) -> None:
    """An operator that gives a key another value."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            for entry in edit.entries(files[path], key):
                if isinstance(entry.value, yaml.ScalarNode) and (value := new(entry.value.value)) is not None:
                    text = edit.with_value(files[path], entry, value)
                    yield from changed(files, path, text, line_of(entry))

    note(name, attacks, apply, targets)


def adds(
    name: str,
    attacks: frozenset[str],
    where: Callable[[str], bool],
    line: str,
    to: Callable[[edit.Entry | edit.Item], bool],
    targets: frozenset[str] = frozenset(),
) -> None:
    """An operator that adds a line to a job or step."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            for one in edit.walk(edit.tree(files[path])):
                node = one.value if isinstance(one, edit.Entry) else one.node
                if to(one):
                    yield from changed(files, path, edit.with_entry(files[path], node, line), line_of(one))

    note(name, attacks, apply, targets)


def lines(
    name: str,
    attacks: frozenset[str],
    where: Callable[[str], bool],
    pattern: str,
    new: str,
    targets: frozenset[str] = frozenset(),
) -> None:
    """An operator that rewrites a line that matches; an empty ``new`` leaves the line out."""
    known = re.compile(pattern)

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            every = files[path].splitlines(keepends=True)
            for number, line in enumerate(every):
                if known.search(line):
                    damaged = known.sub(new, line, count=1) if new else ""
                    text = "".join([*every[:number], damaged, *every[number + 1 :]])
                    yield from changed(files, path, text, str(number + 1))

    note(name, attacks, apply, targets)


def keys(node: yaml.Node) -> set[str]:
    return {key.value for key, _ in node.value} if isinstance(node, yaml.MappingNode) else set()


def is_job(one: edit.Entry | edit.Item) -> bool:
    if isinstance(one, edit.Item):
        return False
    return len(one.path) == 2 and one.path[0] == "jobs"


def in_steps(entry: edit.Entry) -> bool:
    """Whether a key belongs to a step, and is no input of something that is called."""
    return len(entry.path) > 2 and entry.path[-3] == "steps"


def is_local_job(one: edit.Entry | edit.Item) -> bool:
    """A job with steps: one that calls a workflow may not have every key."""
    return is_job(one) and isinstance(one, edit.Entry) and "steps" in keys(one.value)


def is_needy_job(one: edit.Entry | edit.Item) -> bool:
    return is_job(one) and isinstance(one, edit.Entry) and "needs" in keys(one.value) and "if" not in keys(one.value)


def is_plain_job(one: edit.Entry | edit.Item) -> bool:
    return is_job(one) and isinstance(one, edit.Entry) and "if" not in keys(one.value)


def is_run(one: edit.Entry | edit.Item) -> bool:
    return isinstance(one, edit.Item) and one.path[-1:] == ("steps",) and "run" in keys(one.node)


def is_plain_run(one: edit.Entry | edit.Item) -> bool:
    return is_run(one) and isinstance(one, edit.Item) and not keys(one.node) & {"if", "continue-on-error"}


def is_gitlab_job(one: edit.Entry | edit.Item) -> bool:
    if isinstance(one, edit.Item) or len(one.path) != 1 or one.key.value.startswith("."):
        return False
    return bool(keys(one.value) & {"script", "trigger"}) and not keys(one.value) & {"when", "allow_failure"}


def is_ruleless(one: edit.Entry | edit.Item) -> bool:
    return is_gitlab_job(one) and isinstance(one, edit.Entry) and not keys(one.value) & {"rules", "only"}


def is_terraform(path: str) -> bool:
    return path.endswith(".tf")


def is_manifest(path: str) -> bool:
    return path.endswith((".yaml", ".yml")) and path.split("/")[0] in ("k8s", "deploy", "argo")


def is_playbook(path: str) -> bool:
    return path.startswith("infra/ansible/") and path.endswith((".yml", ".yaml"))
