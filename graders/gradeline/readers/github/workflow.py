"""A workflow file as a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from gradeline.model.pipeline import Exclusive, Pipeline, Retired, Unit
from gradeline.readers.examples import REPOSITORY
from gradeline.readers.github.caches import default_access
from gradeline.readers.github.effects import PROPOSALS
from gradeline.readers.github.jobs import Shared, read_exclusive, read_shared
from gradeline.readers.github.payload import IDENTITY, WORKSPACE, Setting
from gradeline.readers.github.reading import Exhausted, Read, Reading, shown
from gradeline.readers.github.reusable import Caller, read_jobs
from gradeline.readers.github.runners import common_system
from gradeline.readers.github.scenarios import scenarios_of
from gradeline.readers.github.scope import Scope
from gradeline.readers.github.triggers import Starts, manual_scope, raw_patterns, read_triggers
from gradeline.readers.github.uses import LOCK_FILE, lock_file_actions, locked_actions
from gradeline.readers.texts import plain
from gradeline.source import Span

# Keys of 2026 that this reader knows of and does not need are here too.
_KEYS = frozenset(
    {
        "name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs", "dependencies",
        "cache-mode",
    }
)  # fmt: skip

DEFAULT_TIMEOUT = 360.0  # GitHub Docs, "Workflow syntax", jobs.<job_id>.timeout-minutes

# GitHub Docs, "Variables reference", Default environment variables: those that are the same in every run.
KNOWN = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_REPOSITORY_OWNER": REPOSITORY.partition("/")[0],
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_WORKSPACE": WORKSPACE,
    "HOME": "/home/runner",
    "RUNNER_ARCH": "X64",
    "RUNNER_OS": "Linux",
    "RUNNER_TEMP": "/home/runner/work/_temp",
    "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
}
# GitHub Docs, "Variables reference": each mirrors the property of the github context of the same name.
MIRRORED: Mapping[str, tuple[str, ...]] = {
    f"GITHUB_{name.upper()}": ("github", name)
    for name in (
        "base_ref", "event_name", "head_ref", "ref", "ref_name", "ref_type", "run_attempt", "run_id", "run_number"
    )
}
CHANNELS: Mapping[str, Literal["env", "output", "path", "summary"]] = {
    "GITHUB_ENV": "env",
    "GITHUB_OUTPUT": "output",
    "GITHUB_PATH": "path",
    "GITHUB_STEP_SUMMARY": "summary",
}


# GitHub Changelog 2020-10-01 (set-env and add-path, switched off 2020-11-16) and 2022-10-11 (save-state and
# set-output, whose end is announced and was put off on 2023-07-24).
RETIRED: Mapping[str, Retired] = {
    "::set-env ": Retired("GitHub switched off `set-env`; a line in the file $GITHUB_ENV does its work", True),
    "::add-path::": Retired("GitHub switched off `add-path`; a line in the file $GITHUB_PATH does its work", True),
    "::set-output ": Retired("`set-output` is announced to go; a line in the file $GITHUB_OUTPUT does its work", False),
    "::save-state ": Retired("`save-state` is announced to go; a line in the file $GITHUB_STATE does its work", False),
}


def read_workflow(path: str, read: Read, siblings: Sequence[str] = ()) -> Pipeline:
    """The workflow at ``path``; ``read`` gives any file of the repository, or None when there is none.

    ``siblings`` are the paths of the repository's other workflows; with them a workflow that follows
    another one (``workflow_run``) is known to be out of reach for outsiders or not.  Nothing is raised:
    what is wrong becomes a diagnostic, and what can be read is in the pipeline.
    """
    reading = Reading(path, read)
    root = reading.document(path)
    if root is None:
        if read(path) is None:
            reading.say("error", "missing-file", "The file does not exist.", None)
        return Pipeline(path, path, "github", Span(path, 1), diagnostics=tuple(reading.diagnostics))
    starts, shared = Starts(), Shared()
    exclusive: Exclusive | None = None
    units: list[Unit] = []
    try:
        lock = Reading(LOCK_FILE, read).document(LOCK_FILE) if read(LOCK_FILE) is not None else None
        reading.locked = locked_actions(root.value("dependencies")) | lock_file_actions(lock, path)
        reading.unknown_keys(root, _KEYS, "a workflow")
        starts = read_triggers(reading, root)
        scope = Scope(inputs=manual_scope(starts))
        shared = read_shared(reading, scope, root, default_access(starts.triggers))
        exclusive = read_exclusive(reading, scope, root, "workflow")
        read_jobs(reading, scope, root, shared, Caller((path,)), units)
    except Exhausted:
        reading.say("error", "too-large", "The workflow is too large to be read completely.", root.span)
        reading.hide(root.span, "the workflow is too large to be read completely")
    name = plain(root.get("name"))
    named = name is not None and bool(name.raw.strip())
    title = shown(name.raw.strip(), 200) if name is not None and named else path
    outside_reviews = _may_follow_outsiders(reading, starts, siblings)
    scenarios = scenarios_of(reading, Setting(title, path, starts, outside_reviews, common_system(units)))
    return Pipeline(
        path=path,
        title=title,
        platform="github",
        span=root.span,
        named=named,
        triggers=starts.triggers,
        scenarios=scenarios,
        units=tuple(units),
        permissions=shared.permissions,
        exclusive=exclusive,
        env=shared.env,
        uses=tuple(reading.uses.values()),
        opaque=tuple(reading.opaque.values()),
        diagnostics=tuple(reading.diagnostics),
        proposals=PROPOSALS,
        default_timeout=DEFAULT_TIMEOUT,
        identity=IDENTITY,
        known=KNOWN,
        mirrored=MIRRORED,
        channels=CHANNELS,
        retired=RETIRED,
    )


_REVIEWS = frozenset({"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"})


def _may_follow_outsiders(reading: Reading, starts: Starts, siblings: Sequence[str]) -> bool:
    """Whether a workflow that this one follows may run for pull requests; true as long as it is not seen."""
    followed = {
        name
        for trigger in starts.triggers
        if trigger.event == "workflow_run"
        for name in raw_patterns(trigger, "workflows") or ()
    }
    if not followed:
        return True
    for sibling in siblings:
        other = Reading(sibling, reading.read)  # its findings belong to its own pipeline
        root = other.document(sibling)
        if root is None:
            continue
        name = plain(root.get("name"))
        title = name.raw if name is not None else sibling
        if title in followed:
            followed.discard(title)
            try:
                events = {trigger.event for trigger in read_triggers(other, root).triggers}
            except Exhausted:
                return True
            if events & _REVIEWS:
                return True
    return bool(followed)
