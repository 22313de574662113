"""The concrete ways a workflow is started: one example for each kind of event it listens to.

The repository of the examples is ``kestrel/churn`` with the default branch ``main``.  A code change and a
documentation change are tried on branches and pull requests; when a filter lets neither of them pass, an
example is made from the filter's own patterns.  ``names`` holds what GitHub Docs, "Contexts reference" and
"Events that trigger workflows" say about each event; everything that is not there is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gradeline.model.pipeline import Ended, Scenario, ScenarioKind, Trigger
from gradeline.readers.examples import (
    BRANCH,
    CODE,
    DEFAULT_BRANCH,
    DOCUMENTS,
    FORK,
    NUMBER,
    PARTS_OF_THE_CODE,
    REPOSITORY,
    TAG,
)  # fmt: skip
from gradeline.readers.github import cron, globs
from gradeline.readers.github.payload import Names, Setting, common_names, outsider_names, repository_names
from gradeline.readers.github.reading import Reading
from gradeline.readers.github.triggers import raw_patterns, takes_name, takes_paths, takes_push_of
from gradeline.records import replace

MAX_EXTRA = 8  # activity types of one event, or schedules, that get a scenario of their own

# Events that anybody can cause; those in the second set then run with the repository's secrets
# (GitHub Docs, "Secure use reference", Mitigating the risks of untrusted code checkout).
_OUTSIDERS = frozenset(
    {
        "issue_comment", "issues", "discussion", "discussion_comment", "fork", "watch", "gollum",
        "pull_request_review", "pull_request_review_comment",
    }
)  # fmt: skip
_PRIVILEGED = _OUTSIDERS - {"pull_request_review", "pull_request_review_comment"}
_FIRST_TYPES = {
    "issues": "opened", "issue_comment": "created", "discussion": "created", "discussion_comment": "created",
    "pull_request_review": "submitted", "pull_request_review_comment": "created", "watch": "started",
    "label": "created", "milestone": "created", "check_run": "completed", "check_suite": "completed",
    "registry_package": "published", "branch_protection_rule": "created",
}  # fmt: skip
_REVIEW_TYPES = ("synchronize", "opened", "reopened")
# Who can do something to a pull request from a fork (GitHub Docs, "Repository roles for an organization"): its author,
# or only somebody with rights in the repository, triage at least.
_BY_AUTHORS = (*_REVIEW_TYPES, "edited", "ready_for_review", "converted_to_draft")
_BY_MEMBERS = ("labeled", "unlabeled", "assigned", "unassigned", "milestoned", "demilestoned", "locked", "unlocked")


def scenarios_of(reading: Reading, setting: Setting) -> tuple[Scenario, ...]:
    """Every scenario in which the workflow is really started, in a fixed order, ids unique."""
    builders = {
        "push": _push,
        "pull_request": _review,
        "pull_request_target": _review,
        "merge_group": _merge_queue,
        "schedule": _schedule,
        "workflow_dispatch": _manual,
        "release": _release,
        "workflow_call": _called,
        "workflow_run": _after,
        "deployment_status": _deployed,
    }
    order = [*builders]
    triggers = sorted(
        setting.starts.triggers,
        key=lambda trigger: order.index(trigger.event) if trigger.event in builders else len(order),
    )
    found: dict[str, Scenario] = {}
    for trigger in triggers:
        made = list(builders.get(trigger.event, _other)(setting, trigger))
        if not made and not (trigger.event == "schedule" and trigger.cron and cron.problem(trigger.cron.raw)):
            reading.say("warning", "never-starts", "The filters of this event never let it start a run.", trigger.span)
        unseen = tuple(path for path in PARTS_OF_THE_CODE if not takes_paths(trigger, (path,)))
        for scenario in made:
            number = 1 + sum(known == scenario.id or known.startswith(f"{scenario.id}-") for known in found)
            if number > MAX_EXTRA:
                message = f"Only {MAX_EXTRA} starts of one kind are looked at."
                reading.say("warning", "too-many-starts", message, trigger.span)
                break
            unique = scenario.id if scenario.id not in found else f"{scenario.id}-{number}"
            found[unique] = replace(scenario, id=unique, unseen=unseen if scenario.changed else ())
    return tuple(found.values())


def _code(setting: Setting) -> tuple[str, ...]:
    return (*CODE, setting.path)


def _examples(trigger: Trigger, name: str, filler: str) -> Iterator[str]:
    """Texts made from the positive patterns of a filter."""
    for pattern in raw_patterns(trigger, name) or ():
        made = None if pattern.startswith("!") else globs.example(pattern, filler)
        if made is not None:
            yield made


def _changes(setting: Setting, trigger: Trigger) -> list[tuple[str, tuple[str, ...]]]:
    """The changes that pass the path filters: ``code``, ``docs``, or one made from the patterns."""
    found: list[tuple[str, tuple[str, ...]]] = [
        (name, changed)
        for name, changed in (("code", _code(setting)), ("docs", DOCUMENTS))
        if takes_paths(trigger, changed)
    ]
    if not found:
        made = (path for path in _examples(trigger, "paths", "x") if takes_paths(trigger, (path,)))
        found.extend(("code", (path,)) for path in islice(made, 1))
    return found


def _other_branch(trigger: Trigger, known: tuple[str, ...]) -> str | None:
    """A branch that a filter names and the catalogue does not have: ``release/x``."""
    for pattern in raw_patterns(trigger, "branches") or ():
        if pattern.startswith("!") or any(globs.matches(pattern, name) for name in known):
            continue
        made = globs.example(pattern, "x")
        if made is not None and takes_name(trigger, "branches", made):
            return made
    return None


def _push(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    changes = _changes(setting, trigger)
    branches: list[tuple[str, str | None]] = [("main", DEFAULT_BRANCH), ("branch", BRANCH)]
    branches.append(("other", _other_branch(trigger, (DEFAULT_BRANCH, BRANCH))))
    for label, branch in branches:
        if branch is None or not takes_push_of(trigger, "branches", branch):
            continue
        ref = f"refs/heads/{branch}"
        for change, changed in changes:
            if label == "other" and change != changes[0][0]:
                continue
            title = f"a push to {branch}" + _only_documents(change)
            names = common_names(
                setting, "push", ref, event__ref=ref, event__created=False, event__deleted=False, event__forced=False
            )
            names["github", "event", "action"] = None
            together = _together(change) if branch == BRANCH else ""
            yield Scenario(
                f"push-{label}-{change}", title, "push", trigger, branch, changed, names, change=together
            )
    for tag in (TAG, *_examples(trigger, "tags", "1.2.3"), *_examples(trigger, "tags", "1")):
        if takes_push_of(trigger, "tags", tag):
            ref = f"refs/tags/{tag}"
            names = common_names(setting, "push", ref, event__ref=ref, event__created=True, event__deleted=False)
            names["github", "event", "action"] = None
            yield Scenario("tag", f"a push of the tag {tag}", "tag", trigger, None, (), names)
            break


def _together(change: str) -> str:
    """What starts both a run for the branch and one for its open pull request."""
    return f"a push to {BRANCH} while a pull request for it is open" + _only_documents(change)


def _only_documents(change: str) -> str:
    return " that changes only documentation" if change == "docs" else ""


def _review(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    bases = [("", DEFAULT_BRANCH)] if takes_name(trigger, "branches", DEFAULT_BRANCH) else []
    other = _other_branch(trigger, (DEFAULT_BRANCH,))
    if other is not None:
        bases.append(("other-", other))
    types = raw_patterns(trigger, "types") or _REVIEW_TYPES
    first = next((name for name in _REVIEW_TYPES if name in types), types[0])
    further = [name for name in types if name != first and name not in _REVIEW_TYPES]
    changes = _changes(setting, trigger)
    for label, base in bases:
        for change, changed in changes:
            yield _pull_request(setting, trigger, f"{label}{change}", base, first, changed, fork=False)
        if label or not changes:
            continue
        change, changed = changes[0]
        target = trigger.event == "pull_request_target"
        yield _pull_request(setting, trigger, "fork" if target else f"fork-{change}", base, first, changed, fork=True)
        for activity in dict.fromkeys(further[:MAX_EXTRA]):
            yield _pull_request(setting, trigger, activity, base, activity, changed, fork=False)
            if activity == "labeled":  # a job may wait for a label
                name = f"fork-{activity}"
                yield _pull_request(setting, trigger, name, base, activity, changed, fork=True)


def _pull_request(
    setting: Setting, trigger: Trigger, label: str, base: str, activity: str, changed: tuple[str, ...], fork: bool
) -> Scenario:
    target = trigger.event == "pull_request_target"
    merged = activity == "closed"
    source = FORK if fork else REPOSITORY
    owner = source.partition("/")[0]
    # GitHub Changelog 2025-12-08: pull_request_target runs on the default branch; a merged pull request on its base.
    ref = f"refs/heads/{DEFAULT_BRANCH if target else base}" if target or merged else f"refs/pull/{int(NUMBER)}/merge"
    names = common_names(setting, trigger.event, ref)
    names.update(
        {
            ("github", "base_ref"): base,
            ("github", "head_ref"): BRANCH,
            ("github", "event", "action"): activity,
            ("github", "event", "number"): NUMBER,
            ("github", "event", "pull_request", "number"): NUMBER,
            ("github", "event", "pull_request", "draft"): False,
            ("github", "event", "pull_request", "merged"): merged,
            ("github", "event", "pull_request", "state"): "closed" if merged else "open",
            ("github", "event", "pull_request", "base", "ref"): base,
            ("github", "event", "pull_request", "head", "ref"): BRANCH,
            ("github", "event", "pull_request", "head", "label"): f"{owner}:{BRANCH}",
            ("github", "event", "pull_request", "head", "user", "login"): owner,
            **repository_names(("github", "event", "pull_request", "base", "repo"), REPOSITORY),
            **repository_names(("github", "event", "pull_request", "head", "repo"), source),
        }
    )
    if fork:
        names |= outsider_names("pull_request", starts=activity in _BY_AUTHORS)
    if activity not in ("labeled", "unlabeled"):
        names["github", "event", "label"] = names["github", "event", "label", "name"] = None
    title = f"a pull request to {base}" + (" from a fork" if fork else "")
    title += " that changes only documentation" if changed == DOCUMENTS else ""
    title += f" ({activity})" if activity not in _REVIEW_TYPES else ""
    title += " in the privileged form" if target else ""
    name = f"review-target-{label}" if target else f"review-{label}"
    new_code = activity in _REVIEW_TYPES
    pushed = new_code and not fork and not target and base == DEFAULT_BRANCH and activity == "synchronize"
    return Scenario(
        name, title, "review", trigger, base, changed, names, fork, target, vouched=fork and activity in _BY_MEMBERS,
        new_code=new_code, change=_together("docs" if changed == DOCUMENTS else "code") if pushed else "",
    )  # fmt: skip


def _merge_queue(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    base = DEFAULT_BRANCH if takes_name(trigger, "branches", DEFAULT_BRANCH) else _other_branch(trigger, ())
    if base is None:
        return
    ref = f"refs/heads/gh-readonly-queue/{base}/pr-{int(NUMBER)}"
    names = common_names(setting, "merge_group", ref, event__action="checks_requested")
    names["github", "event", "merge_group", "base_ref"] = f"refs/heads/{base}"
    names["github", "event", "merge_group", "head_ref"] = ref
    yield Scenario("merge-queue", f"a merge queue run for {base}", "merge-queue", trigger, base, _code(setting), names)


def _schedule(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    """GitHub Docs: schedules run on the latest commit of the default branch."""
    if trigger.cron is None or cron.problem(trigger.cron.raw):
        return
    names = common_names(setting, "schedule", f"refs/heads/{DEFAULT_BRANCH}", event__schedule=trigger.cron.raw)
    names["github", "event", "action"] = None
    title = f"the schedule `{trigger.cron.raw}`"
    yield Scenario("schedule", title, "schedule", trigger, DEFAULT_BRANCH, (), names)


def _manual(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    for label, branch in (("main", DEFAULT_BRANCH), ("branch", BRANCH)):
        names = common_names(setting, "workflow_dispatch", f"refs/heads/{branch}")
        names["github", "event", "action"] = None
        yield Scenario(f"manual-{label}", f"a manual start on {branch}", "manual", trigger, branch, (), names)


def _release(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    types = raw_patterns(trigger, "types") or ("published",)
    activity = next((name for name in ("published", "released", "created") if name in types), types[0])
    names = common_names(setting, "release", f"refs/tags/{TAG}", event__action=activity)
    names["github", "event", "release", "tag_name"] = TAG
    names["github", "event", "release", "prerelease"] = activity == "prereleased"
    names["github", "event", "release", "draft"] = False
    names["github", "event", "release", "target_commitish"] = DEFAULT_BRANCH
    yield Scenario("release", f"the release {TAG}", "release", trigger, None, (), names)


def _called(_: Setting, trigger: Trigger) -> Iterator[Scenario]:
    names: Names = {("github", "repository"): REPOSITORY, ("github", "repository_owner"): REPOSITORY.partition("/")[0]}
    yield Scenario("called", "a call by another workflow", "called", trigger, None, (), names)


def _after(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    """GitHub Docs, "Events that trigger workflows", workflow_run: it runs on the default branch with
    secrets and a write token, even when the earlier run was for a pull request from a fork."""
    branches = [name for name in (DEFAULT_BRANCH, BRANCH) if takes_name(trigger, "branches", name)]
    branches.extend(name for name in (_other_branch(trigger, (DEFAULT_BRANCH, BRANCH)),) if name is not None)
    if not branches:
        return
    types = raw_patterns(trigger, "types")
    if types is not None and "completed" not in types:
        yield _follower(setting, trigger, types[0], None, branches[0], fork=False)
        return
    for conclusion in ("success", "failure"):
        yield _follower(setting, trigger, conclusion, conclusion, branches[0], fork=False)
    if setting.outside_reviews:
        branch = BRANCH if BRANCH in branches else branches[0]
        yield _follower(setting, trigger, "fork", "success", branch, fork=True)


def _follower(
    setting: Setting, trigger: Trigger, label: str, conclusion: str | None, branch: str, fork: bool
) -> Scenario:
    activity = "completed" if conclusion is not None else label
    names = common_names(setting, "workflow_run", f"refs/heads/{DEFAULT_BRANCH}", event__action=activity)
    run = ("github", "event", "workflow_run")
    names.update(
        {
            (*run, "conclusion"): conclusion,
            (*run, "status"): "completed" if conclusion is not None else activity,
            (*run, "event"): "pull_request" if fork else "push",
            (*run, "head_branch"): branch,
            (*run, "head_repository", "full_name"): FORK if fork else REPOSITORY,
            (*run, "head_repository", "fork"): fork,
            (*run, "repository", "full_name"): REPOSITORY,
        }
    )
    followed = raw_patterns(trigger, "workflows") or ()
    if len(followed) == 1:
        names[(*run, "name")] = followed[0]
    what = f"the {conclusion} of another workflow" if conclusion is not None else "the start of another workflow"
    what += " for a pull request from a fork" if fork else ""
    ended: Ended = "started" if conclusion is None else "failure" if conclusion == "failure" else "success"
    return Scenario(
        f"after-{label}", what, "after", trigger, branch, (), names, untrusted=fork, privileged=fork, ended=ended,
        follows=followed,
    )  # fmt: skip


def _deployed(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    """GitHub Docs, "Events that trigger workflows", deployment_status: each new status of a deployment starts a run
    (only "inactive" does not), on the commit that is deployed.  Which environment it is about is not known."""
    states: tuple[tuple[str, Ended], ...] = (("success", "success"), ("failure", "failure"), ("in_progress", "started"))
    for state, ended in states:
        names = common_names(setting, trigger.event, f"refs/heads/{DEFAULT_BRANCH}", event__action="created")
        names["github", "event", "deployment_status", "state"] = state
        what = f"the {ended} of a deployment" if ended != "started" else "the start of a deployment"
        yield Scenario(f"after-{ended}", what, "after", trigger, DEFAULT_BRANCH, (), names, ended=ended)


def _other(setting: Setting, trigger: Trigger) -> Iterator[Scenario]:
    event = trigger.event
    reviewing = event in ("pull_request_review", "pull_request_review_comment")
    ref = f"refs/pull/{int(NUMBER)}/merge" if reviewing else f"refs/heads/{DEFAULT_BRANCH}"
    names = common_names(setting, event, ref)
    types = raw_patterns(trigger, "types")
    activity = types[0] if types else _FIRST_TYPES.get(event)
    if activity is not None:
        names["github", "event", "action"] = activity
    kind: ScenarioKind = "other"
    branch = None if event in ("create", "delete") else DEFAULT_BRANCH
    yield Scenario(
        f"other-{event}", f"the event {event}", kind, trigger, branch, (), names,
        untrusted=event in _OUTSIDERS, privileged=event in _PRIVILEGED,
    )  # fmt: skip
