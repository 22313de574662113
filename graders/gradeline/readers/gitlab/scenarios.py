"""The concrete ways a pipeline of the example project is started.

GitLab Docs, "Types of pipelines" and "Predefined CI/CD variables reference", variable availability: which
variables exist in branch, tag and merge request pipelines.  What exists but differs is unknown; what does
not exist is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradeline.model.expression import Constant, Expression, Name, Operation, Value, walk
from gradeline.model.pipeline import Scenario, ScenarioKind, Trigger
from gradeline.readers.examples import BRANCH, CODE, DEFAULT_BRANCH, DOCUMENTS, FORK, NUMBER, REPOSITORY, TAG
from gradeline.readers.gitlab import globs
from gradeline.readers.gitlab.predefined import HOST
from gradeline.readers.gitlab.reading import ROOT
from gradeline.records import record, replace
from gradeline.source import Span

MAX_OTHERS = 3  # branches and tags that rules name and the examples do not have

Names = dict[tuple[str, ...], Value]

# What only some pipelines have; null everywhere else.
_REVIEW = (
    "ASSIGNEES", "APPROVED", "DESCRIPTION", "DIFF_BASE_SHA", "DIFF_ID", "DRAFT", "EVENT_TYPE", "ID", "IID", "LABELS",
    "MILESTONE", "PROJECT_ID", "PROJECT_PATH", "PROJECT_URL", "REF_PATH", "SOURCE_BRANCH_NAME",
    "SOURCE_BRANCH_PROTECTED", "SOURCE_BRANCH_SHA", "SOURCE_PROJECT_ID", "SOURCE_PROJECT_PATH", "SOURCE_PROJECT_URL",
    "SQUASH_ON_MERGE", "TARGET_BRANCH_NAME", "TARGET_BRANCH_PROTECTED", "TARGET_BRANCH_SHA", "TITLE",
)  # fmt: skip
_OTHERS = (
    "CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_COMMIT_TAG_MESSAGE", "CI_OPEN_MERGE_REQUESTS", "CI_PIPELINE_TRIGGERED",
    "CI_PIPELINE_SCHEDULE_DESCRIPTION", "CI_DEPLOY_FREEZE", "CHAT_CHANNEL", "CHAT_INPUT", "TRIGGER_PAYLOAD",
    "CI_EXTERNAL_PULL_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME",
    "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", "CI_TRIGGER_SHORT_TOKEN",
)  # fmt: skip
_ABSENT: Mapping[tuple[str, ...], Value] = {
    **{(f"$CI_MERGE_REQUEST_{name}",): None for name in _REVIEW},
    **{(f"${name}",): None for name in _OTHERS},
}
_BRANCHES = ("release/1.2", "release-1.2", "release/x", "hotfix/x", "develop", "dev", "staging", "production", "test/x")
_TAGS = (TAG, "1.2.3", "1.2", "v1", "release-1.2.3", "v1.2.3-rc.1", "prod-1", "deploy-1")


@record
class Setting:
    """What the scenarios of a file depend on.

    ``conditions`` are all rules; names of branches in them become examples.  ``changes`` are the patterns
    of ``changes`` clauses.  ``settable`` are variables that a form asks for, with their values in the file.
    """

    span: Span
    conditions: tuple[Expression, ...] = ()
    changes: Mapping[tuple[str, ...], tuple[str, ...]] | None = None
    settable: Mapping[str, str] | None = None


def scenarios_of(setting: Setting) -> tuple[Scenario, ...]:
    """Every way of starting that GitLab has, whether or not the rules let it through."""
    found = [
        *_pushes(setting),
        *_tags(setting),
        *_reviews(setting),
        _scenario(setting, "schedule", "a schedule on main", "schedule", "schedule", DEFAULT_BRANCH),
        _scenario(setting, "manual-main", "a manual start on main", "manual", "web", DEFAULT_BRANCH),
        _scenario(setting, "manual-branch", f"a manual start on {BRANCH}", "manual", "web", BRANCH),
        _scenario(setting, "trigger", "a trigger token on main", "other", "trigger", DEFAULT_BRANCH),
        _scenario(setting, "api", "a start through the API on main", "other", "api", DEFAULT_BRANCH),
        # A job of the other project starts it, like any job only when what it needs went well.
        replace(
            _scenario(setting, "upstream", "a pipeline of another project", "after", "pipeline", DEFAULT_BRANCH),
            ended="success",
        ),
    ]
    return tuple(found)


def _common(source: str) -> Names:
    group, _, project = REPOSITORY.partition("/")
    return {
        **_ABSENT,
        ("$CI_PIPELINE_SOURCE",): source,
        ("$CI_PROJECT_PATH",): REPOSITORY,
        ("$CI_PROJECT_NAME",): project,
        ("$CI_PROJECT_NAMESPACE",): group,
        ("$CI_PROJECT_ROOT_NAMESPACE",): group,
        ("$CI_PROJECT_PATH_SLUG",): REPOSITORY.replace("/", "-"),
        ("$CI_PROJECT_URL",): f"https://{HOST}/{REPOSITORY}",
        ("$CI_PIPELINE_TRIGGERED",): "true" if source == "trigger" else None,
    }


def slug(name: str) -> str:
    """``CI_COMMIT_REF_SLUG``: lower case, 63 characters at most, everything else becomes ``-``."""
    made = "".join(character if character.isascii() and character.isalnum() else "-" for character in name.lower())
    return made[:63].strip("-")


def _on(names: Names, ref: str, *, protected: bool | None = None) -> Names:
    names["$CI_COMMIT_REF_NAME",] = ref
    names["$CI_COMMIT_REF_SLUG",] = slug(ref)
    if protected is not None:
        names["$CI_COMMIT_REF_PROTECTED",] = "true" if protected else "false"
    return names


def _with_changes(setting: Setting, names: Names, changed: tuple[str, ...] | None) -> Names:
    """The answer of every ``changes`` clause; None: GitLab has nothing to compare with, so all are true."""
    for path, patterns in (setting.changes or {}).items():
        names[path] = changed is None or any(globs.matches(one, item) for one in patterns for item in changed)
    return names


def _fill(setting: Setting, names: Names, *, by_hand: bool) -> Names:
    """Variables that a form asks for: their defaults, except where a person may have filled it in."""
    for name, value in (setting.settable or {}).items() if not by_hand else ():
        names[f"${name}",] = value
    return names


def _scenario(
    setting: Setting,
    name: str,
    title: str,
    kind: ScenarioKind,
    source: str,
    branch: str,
    changed: tuple[str, ...] | None = None,
    *,
    open_review: bool = False,
    change: str = "",
) -> Scenario:
    names = _on(_common(source), branch, protected=branch == DEFAULT_BRANCH)
    names["$CI_COMMIT_BRANCH",] = branch
    if open_review:
        names["$CI_OPEN_MERGE_REQUESTS",] = f"{REPOSITORY}!{int(NUMBER)}"
    _fill(setting, _with_changes(setting, names, changed), by_hand=source == "web")
    return Scenario(name, title, kind, Trigger(source, setting.span), branch, changed or (), names, change=change)


def _pushes(setting: Setting) -> Iterator[Scenario]:
    others = _other_names(setting, ("$CI_COMMIT_BRANCH",), _BRANCHES, (DEFAULT_BRANCH, BRANCH))
    for label, branch in (("main", DEFAULT_BRANCH), ("branch", BRANCH), *((f"other-{item}", item) for item in others)):
        for change, changed in (("code", (*CODE, ROOT)), ("docs", DOCUMENTS)):
            if label.startswith("other") and change == "docs":
                continue
            title = f"a push to {branch}" + (" that changes only documentation" if change == "docs" else "")
            yield _scenario(setting, f"push-{label}-{change}", title, "push", "push", branch, changed)
    title = f"a push to {BRANCH}, for which a merge request is open"
    yield _scenario(
        setting, "push-open-code", title, "push", "push", BRANCH, (*CODE, ROOT), open_review=True, change=_REVIEWED
    )


_REVIEWED = f"a push to {BRANCH} while a merge request for it is open"


def _tags(setting: Setting) -> Iterator[Scenario]:
    others = _other_names(setting, ("$CI_COMMIT_TAG",), _TAGS, (TAG,))
    for number, tag in enumerate((TAG, *others)):
        names = _on(_common("push"), tag)
        names["$CI_COMMIT_TAG",] = tag
        _fill(setting, _with_changes(setting, names, None), by_hand=False)
        name = "tag" if number == 0 else f"tag-{tag}"
        yield Scenario(name, f"a push of the tag {tag}", "tag", Trigger("push", setting.span), None, (), names)


def _reviews(setting: Setting) -> Iterator[Scenario]:
    targets = _other_names(setting, ("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME",), _BRANCHES, (DEFAULT_BRANCH,))
    code = (*CODE, ROOT)
    yield _review(setting, "review-code", DEFAULT_BRANCH, code, fork=False, change=_REVIEWED)
    yield _review(setting, "review-docs", DEFAULT_BRANCH, DOCUMENTS, fork=False)
    yield _review(setting, "review-fork-code", DEFAULT_BRANCH, code, fork=True)
    for target in targets:
        yield _review(setting, f"review-other-{target}", target, code, fork=False)


def _review(
    setting: Setting, name: str, target: str, changed: tuple[str, ...], fork: bool, change: str = ""
) -> Scenario:
    """GitLab Docs, "Merge request pipelines": one from a fork runs in the fork, with its rights."""
    names = _on(_common("merge_request_event"), BRANCH, protected=False)
    project = FORK if fork else REPOSITORY
    if fork:
        group, _, short = FORK.partition("/")
        names["$CI_PROJECT_PATH",], names["$CI_PROJECT_NAME",] = FORK, short
        names["$CI_PROJECT_NAMESPACE",] = names["$CI_PROJECT_ROOT_NAMESPACE",] = group
        names["$CI_PROJECT_PATH_SLUG",] = FORK.replace("/", "-")
        names["$CI_PROJECT_URL",] = f"https://{HOST}/{FORK}"
    own: Mapping[str, Value] = {
        "EVENT_TYPE": "detached",
        "IID": str(int(NUMBER)),
        "PROJECT_PATH": REPOSITORY,
        "PROJECT_URL": f"https://{HOST}/{REPOSITORY}",
        "REF_PATH": f"refs/merge-requests/{int(NUMBER)}/head",
        "SOURCE_BRANCH_NAME": BRANCH,
        "SOURCE_BRANCH_PROTECTED": "false",
        "SOURCE_PROJECT_PATH": project,
        "SOURCE_PROJECT_URL": f"https://{HOST}/{project}",
        "TARGET_BRANCH_NAME": target,
        "TARGET_BRANCH_PROTECTED": "true" if target == DEFAULT_BRANCH else None,
        "DRAFT": "false",
    }
    for key in _REVIEW:
        del names[f"$CI_MERGE_REQUEST_{key}",]
    for key, value in own.items():
        if value is not None:
            names[f"$CI_MERGE_REQUEST_{key}",] = value
    names["$CI_OPEN_MERGE_REQUESTS",] = f"{REPOSITORY}!{int(NUMBER)}"
    _fill(setting, _with_changes(setting, names, changed), by_hand=False)
    title = f"a merge request to {target}" + (" from a fork" if fork else "")
    title += " that changes only documentation" if changed == DOCUMENTS else ""
    return Scenario(
        name, title, "review", Trigger("merge_request_event", setting.span), target, changed, names, fork,
        elsewhere=fork, change=change,
    )  # fmt: skip


# -- branches and tags that rules name -------------------------------------------------------------------


def _other_names(
    setting: Setting, path: tuple[str, ...], candidates: Iterable[str], known: tuple[str, ...]
) -> list[str]:
    """Names that the rules compare ``path`` with, and examples for their patterns."""
    found: dict[str, None] = {}
    paths: set[tuple[str, ...]] = {path}
    if path == ("$CI_COMMIT_BRANCH",):
        paths.add(("$CI_COMMIT_REF_NAME",))
    for operator, wanted in _compared(setting.conditions, paths):
        if operator == "==":
            if wanted not in known and wanted and "$" not in wanted:
                found.setdefault(wanted)
        elif not any(_fits(wanted, name) for name in (*known, *found)):
            made = next((name for name in candidates if _fits(wanted, name)), None)
            if made is not None:
                found.setdefault(made)
    return list(found)[:MAX_OTHERS]


def _compared(conditions: Iterable[Expression], paths: set[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for condition in conditions:
        for node in walk(condition):
            if not isinstance(node, Operation) or node.operator not in ("==", "=~"):
                continue
            for one, other in (node.operands, node.operands[::-1]):
                compares = isinstance(one, Name) and one.path in paths
                if compares and isinstance(other, Constant) and isinstance(other.value, str):
                    yield node.operator, other.value


def _fits(pattern: str, name: str) -> bool:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return bool(re2.compile(pattern[:1000], options).search(name))
    except re2.error:
        return False
