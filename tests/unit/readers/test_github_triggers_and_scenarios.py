"""What starts a workflow, and the concrete runs that follow from it."""

from __future__ import annotations

import pytest

from gradeline.model.pipeline import Pipeline, Scenario
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile, Span

PATH = ".github/workflows/ci.yml"
JOBS = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
CODE = ("src/churn/train.py", "tests/test_train.py", PATH)
DOCUMENTS = ("README.md", "docs/guide.md")


def read(text: str, others: dict[str, str] | None = None) -> Pipeline:
    files = {PATH: text, **(others or {})}
    siblings = tuple(others or ())
    return read_workflow(PATH, lambda path: SourceFile(path, files[path]) if path in files else None, siblings)


def started(on: str) -> Pipeline:
    return read(f"on:{on}\n{JOBS}")


def ids(on: str) -> list[str]:
    return [scenario.id for scenario in started(on).scenarios]


def scenario(pipeline: Pipeline, name: str) -> Scenario:
    return next(item for item in pipeline.scenarios if item.id == name)


def codes(pipeline: Pipeline) -> list[str]:
    return [item.code for item in pipeline.diagnostics]


# -- the three spellings ---------------------------------------------------------------------------


def test_one_event_a_list_and_a_mapping_say_the_same() -> None:
    """GitHub Docs, "Workflow syntax", on."""
    for on in (" push", " [push]", "\n  push:", "\n  - push"):
        pipeline = started(on)
        assert [trigger.event for trigger in pipeline.triggers] == ["push"]
        assert pipeline.diagnostics == ()
    assert started(" push").triggers[0].span == Span(PATH, 1, 5, 1, 9)
    assert started("\n  push:").triggers[0].span == Span(PATH, 2, 3, 2, 7)


def test_on_stays_the_word_on() -> None:
    assert [trigger.event for trigger in read("'on': push\n" + JOBS).triggers] == ["push"]


def test_filters_are_kept_with_their_places() -> None:
    pipeline = started("\n  push:\n    branches: [main, 'release/**']\n    paths: src/**")
    (trigger,) = pipeline.triggers
    assert [text.raw for text in trigger.filters["branches"]] == ["main", "release/**"]
    assert trigger.filters["branches"][1].span == Span(PATH, 3, 22, 3, 34)
    assert [text.raw for text in trigger.filters["paths"]] == ["src/**"]


def test_a_workflow_without_on_is_an_error() -> None:
    assert codes(read(JOBS)) == ["no-trigger"]
    assert codes(read("on:\n" + JOBS)) == ["no-trigger"]


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (" pushed", "unknown-event"),
        ("\n  push: {branch: main}", "unknown-key"),
        ("\n  push: {branches: [main], branches-ignore: [x]}", "both-filters"),
        ("\n  push: {branches: ['!main']}", "only-negative"),
        (" schedule", "no-cron"),
        ("\n  schedule: [{cron: '61 * * * *'}]", "bad-cron"),
        ("\n  schedule: [{cron: '* * * * *'}]", "cron-too-often"),
        ("\n  schedule:\n    - every: day", "no-cron"),
        ("\n  push: [main]", "wrong-type"),
        ("\n  workflow_call: {inputs: {a: {required: true}}}", "no-input-type"),
    ],
)
def test_what_github_would_refuse_is_reported(on: str, code: str) -> None:
    assert code in codes(started(on))


# -- pushes ----------------------------------------------------------------------------------------


def test_a_push_without_filters_starts_for_branches_and_tags() -> None:
    """GitHub Docs: "If you define neither tags nor branches, the workflow will run for either"."""
    assert ids(" push") == ["push-main-code", "push-main-docs", "push-branch-code", "push-branch-docs", "tag"]


def test_only_branches_means_no_tags_and_only_tags_no_branches() -> None:
    assert ids("\n  push: {branches: [main]}") == ["push-main-code", "push-main-docs"]
    assert ids("\n  push: {branches-ignore: [main]}") == ["push-branch-code", "push-branch-docs"]
    assert ids("\n  push: {tags: ['v*']}") == ["tag"]
    assert ids("\n  push: {tags-ignore: ['v*']}") == []
    assert ids("\n  push: {branches: [main], tags: ['v*']}") == ["push-main-code", "push-main-docs", "tag"]


def test_path_filters_hold_for_branches_but_not_for_tags() -> None:
    """GitHub Docs: "Path filters are not evaluated for pushes of tags"."""
    assert ids("\n  push: {paths: ['src/**']}") == ["push-main-code", "push-branch-code", "tag"]
    assert ids("\n  push: {paths-ignore: ['**.md']}") == ["push-main-code", "push-branch-code", "tag"]
    assert ids("\n  push: {branches: [main], paths: ['docs/**']}") == ["push-main-docs"]


def test_a_change_of_the_workflow_itself_is_part_of_the_code_change() -> None:
    assert ids("\n  push: {branches: [main], paths: ['.github/workflows/ci.yml']}") == ["push-main-code"]


def test_filters_that_take_neither_example_get_one_of_their_own() -> None:
    pipeline = started("\n  push: {branches: ['release/**'], paths: ['infra/*.tf']}")
    (found,) = pipeline.scenarios
    assert (found.id, found.branch, found.changed) == ("push-other-code", "release/x", ("infra/x.tf",))
    tagged = scenario(started("\n  push: {tags: ['model-[0-9]+']}"), "tag")
    assert tagged.names["github", "ref"] == "refs/tags/model-0"


def test_filters_that_nothing_passes_are_reported_and_start_nothing() -> None:
    pipeline = started("\n  push: {branches: [main], paths: ['src/**', '!**']}")
    assert pipeline.scenarios == ()
    assert codes(pipeline) == ["never-starts"]


def test_what_is_known_of_a_push() -> None:
    found = scenario(started(" push"), "push-main-docs")
    assert (found.kind, found.branch, found.changed) == ("push", "main", DOCUMENTS)
    assert found.names["github", "event_name"] == "push"
    assert found.names["github", "ref"] == "refs/heads/main"
    assert found.names["github", "ref_name"] == "main"
    assert found.names["github", "ref_type"] == "branch"
    assert found.names["github", "base_ref"] == ""
    assert found.names["github", "repository"] == "kestrel/churn"
    assert found.names["github", "repository_owner"] == "kestrel"
    assert found.names["github", "event", "pull_request"] is None
    assert found.names["github", "event", "repository", "default_branch"] == "main"
    assert found.names["runner", "os"] == "Linux"
    assert ("github", "sha") not in found.names
    assert (found.untrusted, found.privileged) == (False, False)
    assert found.trigger.event == "push"


def test_what_is_known_of_a_tag() -> None:
    found = scenario(started("\n  push: {tags: ['v*']}"), "tag")
    assert (found.kind, found.branch, found.changed) == ("tag", None, ())
    assert found.names["github", "ref_type"] == "tag"
    assert found.names["github", "ref_name"] == "v1.2.3"


# -- pull requests ---------------------------------------------------------------------------------


def test_pull_requests_come_from_the_repository_and_from_forks() -> None:
    pipeline = started("\n  pull_request: {branches: [main]}")
    assert [item.id for item in pipeline.scenarios] == ["review-code", "review-docs", "review-fork-code"]
    own, fork = scenario(pipeline, "review-code"), scenario(pipeline, "review-fork-code")
    assert (own.kind, own.branch, own.changed, own.untrusted, own.privileged) == ("review", "main", CODE, False, False)
    assert (fork.untrusted, fork.privileged) == (True, False)
    assert own.names["github", "ref"] == "refs/pull/7/merge"
    assert own.names["github", "ref_name"] == "7/merge"
    assert own.names["github", "event", "pull_request"] == "Object"
    assert own.names["github", "head_ref"] == "feature/x"
    assert own.names["github", "event", "action"] == "synchronize"
    assert own.names["github", "event", "pull_request", "draft"] is False
    assert own.names["github", "event", "pull_request", "merged"] is False
    assert own.names["github", "event", "pull_request", "head", "repo", "full_name"] == "kestrel/churn"
    assert fork.names["github", "event", "pull_request", "head", "repo", "full_name"] == "outsider/churn"
    assert fork.names["github", "event", "pull_request", "head", "repo", "fork"] is True


def test_a_pull_request_that_does_not_pass_its_filters_starts_nothing() -> None:
    assert ids("\n  pull_request: {branches: [main], paths-ignore: ['docs/**', '*.md']}") == [
        "review-code",
        "review-fork-code",
    ]
    assert ids("\n  pull_request: {branches: [develop]}") == ["review-other-code", "review-other-docs"]


def test_a_pull_request_from_a_fork_names_its_repository_in_every_spelling() -> None:
    """GitHub Docs, "Webhook events and payloads", pull_request; "Contexts reference", github context."""
    pipeline = started("\n  pull_request: {types: [synchronize, labeled]}")
    ours, theirs = scenario(pipeline, "review-code").names, scenario(pipeline, "review-fork-code").names
    head, base = ("github", "event", "pull_request", "head"), ("github", "event", "pull_request", "base")
    for part in ("id", "full_name", "html_url", "clone_url"):
        assert ours[(*head, "repo", part)] == ours[(*base, "repo", part)]
        assert theirs[(*head, "repo", part)] != theirs[(*base, "repo", part)]
    assert theirs[(*head, "label")] == "outsider:feature/x"
    assert theirs["github", "actor"] == "outsider"
    assert theirs["github", "event", "pull_request", "author_association"] == "CONTRIBUTOR"
    assert theirs["github", "repository_id"] == "4711"


def test_only_somebody_with_rights_labels_a_pull_request_from_a_fork() -> None:
    pipeline = started("\n  pull_request: {types: [synchronize, labeled]}")
    labeled, pushed = scenario(pipeline, "review-fork-labeled"), scenario(pipeline, "review-fork-code")
    assert (labeled.untrusted, labeled.vouched) == (True, True)
    assert (pushed.untrusted, pushed.vouched) == (True, False)
    assert ("github", "actor") not in labeled.names
    assert pushed.names["github", "event", "label", "name"] is None


def test_further_activity_types_get_runs_of_their_own() -> None:
    """GitHub Docs: without `types`, pull_request means opened, synchronize and reopened."""
    pipeline = started("\n  pull_request: {types: [opened, labeled, closed]}")
    assert [item.id for item in pipeline.scenarios] == [
        "review-code",
        "review-docs",
        "review-fork-code",
        "review-labeled",
        "review-fork-labeled",
        "review-closed",
    ]
    assert scenario(pipeline, "review-code").names["github", "event", "action"] == "opened"
    closed = scenario(pipeline, "review-closed")
    assert closed.names["github", "event", "pull_request", "merged"] is True
    assert closed.names["github", "ref"] == "refs/heads/main"


def test_pull_request_target_is_privileged_and_runs_on_the_default_branch() -> None:
    """GitHub Changelog 2025-12-08; GitHub Docs, pull_request_target."""
    pipeline = started(" pull_request_target")
    assert [item.id for item in pipeline.scenarios] == [
        "review-target-code",
        "review-target-docs",
        "review-target-fork",
    ]
    fork = scenario(pipeline, "review-target-fork")
    assert (fork.kind, fork.untrusted, fork.privileged) == ("review", True, True)
    assert fork.names["github", "ref"] == "refs/heads/main"
    own = scenario(pipeline, "review-target-code")
    assert (own.untrusted, own.privileged) == (False, True)


# -- other starts ----------------------------------------------------------------------------------


def test_the_merge_queue_runs_on_a_branch_of_its_own() -> None:
    found = scenario(started(" merge_group"), "merge-queue")
    assert (found.kind, found.branch, found.changed) == ("merge-queue", "main", CODE)
    assert str(found.names["github", "ref"]).startswith("refs/heads/gh-readonly-queue/main/")


def test_every_valid_schedule_is_a_run_on_the_default_branch() -> None:
    pipeline = started("\n  schedule:\n    - cron: '0 3 * * 1'\n    - cron: 'x'\n    - cron: '0 5 * * *'")
    assert [item.id for item in pipeline.scenarios] == ["schedule", "schedule-2"]
    second = scenario(pipeline, "schedule-2")
    assert second.names["github", "event", "schedule"] == "0 5 * * *"
    assert (second.kind, second.branch) == ("schedule", "main")
    assert codes(pipeline) == ["bad-cron"]


def test_a_manual_start_is_tried_on_main_and_on_a_branch_with_open_inputs() -> None:
    pipeline = started("\n  push: {branches: [main]}\n  workflow_dispatch: {inputs: {Who: {type: string}}}")
    main = scenario(pipeline, "manual-main")
    assert main.names["github", "ref"] == "refs/heads/main"
    assert ("inputs", "Who") not in main.names
    assert scenario(pipeline, "manual-branch").branch == "feature/x"
    assert scenario(pipeline, "push-main-code").names["inputs", "Who"] is None


def test_a_release_runs_on_its_tag() -> None:
    found = scenario(started("\n  release: {types: [created, published]}"), "release")
    assert (found.kind, found.names["github", "ref"]) == ("release", "refs/tags/v1.2.3")
    assert found.names["github", "event", "action"] == "published"


def test_a_called_workflow_knows_nothing_of_its_caller() -> None:
    (found,) = started(" workflow_call").scenarios
    assert (found.id, found.kind) == ("called", "called")
    assert ("github", "event_name") not in found.names


def test_a_following_workflow_runs_after_success_failure_and_outsiders() -> None:
    """GitHub Docs, workflow_run: secrets and write tokens, even when the earlier run had none."""
    pipeline = started("\n  workflow_run: {workflows: [CI], types: [completed]}")
    assert [item.id for item in pipeline.scenarios] == ["after-success", "after-failure", "after-fork"]
    success, fork = scenario(pipeline, "after-success"), scenario(pipeline, "after-fork")
    assert success.names["github", "event", "workflow_run", "conclusion"] == "success"
    assert success.names["github", "event", "workflow_run", "event"] == "push"
    assert success.names["github", "event", "workflow_run", "name"] == "CI"
    assert (success.kind, success.branch, success.untrusted) == ("after", "main", False)
    assert (fork.untrusted, fork.privileged) == (True, True)
    assert fork.names["github", "event", "workflow_run", "event"] == "pull_request"
    assert ids("\n  workflow_run: {workflows: [CI], types: [requested]}") == ["after-requested"]


def test_outsiders_cannot_reach_a_workflow_that_follows_a_push_only_workflow() -> None:
    on = "on:\n  workflow_run: {workflows: [CI]}\n" + JOBS
    push = {".github/workflows/a.yml": "name: CI\non: push\n" + JOBS}
    review = {".github/workflows/a.yml": "name: CI\non: [push, pull_request]\n" + JOBS}
    other = {".github/workflows/a.yml": "name: Other\non: push\n" + JOBS}
    assert [item.id for item in read(on, push).scenarios] == ["after-success", "after-failure"]
    assert "after-fork" in [item.id for item in read(on, review).scenarios]
    assert "after-fork" in [item.id for item in read(on, other).scenarios]


def test_events_that_anybody_can_cause_are_untrusted() -> None:
    for event, untrusted, privileged in (
        ("issue_comment", True, True),
        ("issues", True, True),
        ("pull_request_review", True, False),
        ("repository_dispatch", False, False),
    ):
        (found,) = started(f" {event}").scenarios
        assert (found.id, found.kind) == (f"other-{event}", "other")
        assert (found.untrusted, found.privileged) == (untrusted, privileged), event


def test_a_status_of_a_deployment_is_a_success_a_failure_or_a_start() -> None:
    found = started(" deployment_status").scenarios
    assert [(item.id, item.kind, item.ended) for item in found] == [
        ("after-success", "after", "success"),
        ("after-failure", "after", "failure"),
        ("after-started", "after", "started"),
    ]
    state = ("github", "event", "deployment_status", "state")
    assert [item.names[state] for item in found] == ["success", "failure", "in_progress"]
    assert not any(item.untrusted or item.privileged for item in found)


def test_a_run_that_follows_another_one_knows_how_that_ended() -> None:
    on = "\n  workflow_run:\n    workflows: [deploy]\n    types: [TYPE]\n"
    completed = started(on.replace("TYPE", "completed")).scenarios
    assert [item.ended for item in completed if not item.untrusted] == ["success", "failure"]
    assert [item.ended for item in started(on.replace("TYPE", "requested")).scenarios] == ["started"]


def test_ids_are_unique_and_stable() -> None:
    on = " [release, push, issues, pull_request, pull_request_target, schedule, workflow_dispatch, merge_group]"
    names = ids(on)
    assert len(names) == len(set(names))
    assert names == ids(on)
    assert names[0] == "push-main-code"
