"""What the ``github`` context holds for each kind of event in the examples that scenarios are made of.

GitHub Docs, "Contexts reference", github context; "Events that trigger workflows"; "Webhook events and
payloads".  Only what the example fixes is known; a name that is missing here is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.expression import Value
from gradeline.readers.examples import DEFAULT_BRANCH, FORK, IDS, OWNER_IDS, REPOSITORY
from gradeline.readers.github.triggers import Starts
from gradeline.records import record

WORKSPACE = "/home/runner/work/churn/churn"  # GitHub Docs, "Contexts reference", github.workspace
Names = dict[tuple[str, ...], Value]

# Parts of an event's payload that other events do not have; reading them gives null.
_ABSENT = {
    "push": ("created", "deleted", "forced", "base_ref"),
    "pull_request": (
        "pull_request", "pull_request.draft", "pull_request.merged", "pull_request.state", "pull_request.number",
        "pull_request.head.ref", "pull_request.head.sha", "pull_request.head.repo.fork",
        "pull_request.head.repo.full_name", "pull_request.base.ref", "pull_request.base.sha",
        "pull_request.user.login", "pull_request.title", "pull_request.body", "pull_request.merge_commit_sha",
        "number",
    ),
    "issue": ("issue", "issue.number", "issue.title", "issue.body", "issue.pull_request", "comment", "comment.body"),
    "release": ("release", "release.tag_name", "release.prerelease", "release.draft", "release.name"),
    "workflow_run": (
        "workflow_run", "workflow_run.conclusion", "workflow_run.event", "workflow_run.head_branch",
        "workflow_run.head_sha", "workflow_run.head_repository.full_name", "workflow_run.id", "workflow_run.name",
    ),
    "merge_group": ("merge_group", "merge_group.head_ref", "merge_group.base_ref", "merge_group.head_sha"),
    "schedule": ("schedule",),
    "repository_dispatch": ("client_payload",),
}  # fmt: skip
_OBJECTS = {
    "pull_request": "pull_request",
    "pull_request_target": "pull_request",
    "pull_request_review": "pull_request",
    "pull_request_review_comment": "pull_request",
    "issues": "issue",
    "issue_comment": "issue",
    "release": "release",
    "workflow_run": "workflow_run",
    "merge_group": "merge_group",
}
_HAS = {
    "push": {"push"},
    "pull_request": {"pull_request"},
    "pull_request_target": {"pull_request"},
    "pull_request_review": {"pull_request"},
    "pull_request_review_comment": {"pull_request", "issue"},
    "issues": {"issue"},
    "issue_comment": {"issue"},
    "discussion_comment": {"issue"},
    "release": {"release"},
    "workflow_run": {"workflow_run"},
    "merge_group": {"merge_group"},
    "schedule": {"schedule"},
    "repository_dispatch": {"repository_dispatch"},
}


@record
class Setting:
    """What scenarios depend on besides the triggers.

    ``outside_reviews``: a workflow that this one follows may run for pull requests from forks.
    ``system``: the operating system of all jobs, when it is one.
    """

    workflow: str
    path: str
    starts: Starts
    outside_reviews: bool = True
    system: str | None = None


def common_names(setting: Setting, event: str, ref: str, **more: Value) -> Names:
    """What is the same for all events, and ``more`` values of the ``github`` context (dots as ``__``)."""
    kind, _, name = ref.removeprefix("refs/").partition("/")
    names: Names = {
        ("github", "event_name"): event,
        ("github", "ref"): ref,
        ("github", "ref_name"): name,
        ("github", "ref_type"): "tag" if kind == "tags" else "branch",
        ("github", "base_ref"): "",
        ("github", "head_ref"): "",
        ("github", "repository"): REPOSITORY,
        ("github", "repository_owner"): REPOSITORY.partition("/")[0],
        ("github", "server_url"): "https://github.com",
        ("github", "api_url"): "https://api.github.com",
        ("github", "graphql_url"): "https://api.github.com/graphql",
        ("github", "workflow"): setting.workflow,
        ("github", "workspace"): WORKSPACE,
        ("github", "repository_id"): str(int(IDS[REPOSITORY])),
        ("github", "repository_owner_id"): str(int(OWNER_IDS[REPOSITORY])),
        ("github", "event", "repository", "default_branch"): DEFAULT_BRANCH,
    }
    names.update(repository_names(("github", "event", "repository"), REPOSITORY))
    for part, paths in _ABSENT.items():
        if part not in _HAS.get(event, ()):
            names.update({("github", "event", *path.split(".")): None for path in paths})
    if event in _OBJECTS:
        names["github", "event", _OBJECTS[event]] = "Object"  # what GitHub shows of an object; as a condition true
    if event not in ("workflow_dispatch", "workflow_call"):
        names["github", "event", "inputs"] = None
        for declaration in setting.starts.manual_inputs.values():
            names["inputs", declaration.name] = None
            names["github", "event", "inputs", declaration.name.lower()] = None
    if setting.system is not None:
        names["runner", "os"] = setting.system
    names.update({("github", *path.split("__")): value for path, value in more.items()})
    return names


def repository_names(place: tuple[str, ...], repository: str) -> Names:
    """What a payload says of one of the repositories of the examples (GitHub Docs, "Webhook events and payloads")."""
    owner, _, name = repository.partition("/")
    return {
        (*place, "full_name"): repository,
        (*place, "name"): name,
        (*place, "id"): IDS[repository],
        (*place, "fork"): repository != REPOSITORY,
        (*place, "owner", "login"): owner,
        (*place, "owner", "id"): OWNER_IDS[repository],
        (*place, "html_url"): f"https://github.com/{repository}",
        (*place, "clone_url"): f"https://github.com/{repository}.git",
        (*place, "git_url"): f"git://github.com/{repository}.git",
        (*place, "ssh_url"): f"git@github.com:{repository}.git",
        (*place, "url"): f"https://api.github.com/repos/{repository}",
    }


def outsider_names(part: str, starts: bool) -> Names:
    """Who wrote a proposal or a comment that comes from outside; ``starts``: the same person starts the run.
    Somebody whose change was merged once is a contributor, and that is as much as an outsider can be (GitHub Docs,
    "GraphQL reference", CommentAuthorAssociation)."""
    who = FORK.partition("/")[0]
    names: Names = {
        ("github", "event", part, "author_association"): "CONTRIBUTOR",
        ("github", "event", part, "user", "login"): who,
    }
    if starts:
        names |= {
            ("github", "actor"): who,
            ("github", "triggering_actor"): who,
            ("github", "event", "sender", "login"): who,
        }
    return names


Kind = Literal["ref", "run", "commit", "pipeline", "os"]

# Names that differ between refs, runs, commits, workflows or operating systems.
IDENTITY: Mapping[tuple[str, ...], Kind] = {
    ("github", "ref"): "ref",
    ("github", "ref_name"): "ref",
    ("github", "head_ref"): "ref",
    ("github", "event", "number"): "ref",
    ("github", "event", "ref"): "ref",
    ("github", "event", "pull_request", "number"): "ref",
    ("github", "event", "pull_request", "head", "ref"): "ref",
    ("github", "event", "workflow_run", "head_branch"): "ref",
    ("github", "run_id"): "run",
    ("github", "run_number"): "run",
    ("github", "run_attempt"): "run",
    ("github", "event", "workflow_run", "id"): "run",
    ("github", "sha"): "commit",
    ("github", "event", "after"): "commit",
    ("github", "event", "head_commit", "id"): "commit",
    ("github", "event", "pull_request", "head", "sha"): "commit",
    ("github", "event", "workflow_run", "head_sha"): "commit",
    ("github", "workflow"): "pipeline",
    ("github", "workflow_ref"): "pipeline",
    ("runner", "os"): "os",
}
