"""How the builds of a Jenkinsfile start.

A Jenkinsfile does not say what kind of job runs it.  The course, and most teams, use a multibranch pipeline:
one job for each branch, pull request and tag (Jenkins, "Branches and Pull Requests").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradeline.model.expression import Value
from gradeline.model.pipeline import Scenario, ScenarioKind, Trigger
from gradeline.readers.examples import BRANCH, CODE, DEFAULT_BRANCH, DOCUMENTS, FORK, NUMBER, REPOSITORY, TAG
from gradeline.readers.jenkins.globs import matches
from gradeline.readers.jenkins.names import KNOWN, MIRRORED
from gradeline.readers.jenkins.reading import Changeset
from gradeline.readers.jenkins.scope import Parameter
from gradeline.records import replace
from gradeline.source import Span

Names = dict[tuple[str, ...], Value]

MULTIBRANCH = "multibranch"
COMMIT = "5d1f0a3c9b7e2468ace013579bdf02468ace1357"
NUMBER_OF_BUILD = "42"


Changesets = Mapping[tuple[str, ...], Changeset]


def scenarios_of(
    span: Span,
    path: str,
    triggers: tuple[Trigger, ...],
    parameters: tuple[Parameter, ...],
    changesets: Changesets,
) -> tuple[Scenario, ...]:
    """Every way a build starts, in a fixed order."""
    unique: dict[str, Scenario] = {}
    for scenario in _all(path, span, triggers, parameters):
        answers = _answers(changesets, scenario.changed) if changesets else None
        told = replace(scenario, names={**scenario.names, **answers}) if answers else scenario
        unique.setdefault(scenario.id, told)
    return tuple(unique.values())


def _answers(changesets: Changesets, changed: tuple[str, ...]) -> Names:
    """Whether the changed files match each pattern; false where there is no list of changes.

    jenkinsci/pipeline-model-definition-plugin, AbstractChangelogConditionalScript.  A regular expression stays
    open unless nothing changed at all.
    """
    found: Names = {}
    for name, changeset in changesets.items():
        if not changed:
            found[name] = False
        elif changeset.comparator == "EQUALS":
            found[name] = changeset.pattern in changed
        elif changeset.comparator == "GLOB":
            found[name] = any(matches(changeset.pattern, item, changeset.exact) for item in changed)
    return found


def _all(
    path: str, span: Span, triggers: tuple[Trigger, ...], parameters: tuple[Parameter, ...]
) -> Iterator[Scenario]:
    start = Trigger(MULTIBRANCH, span)
    code = (*CODE, path)
    changes = (("code", code, ""), ("docs", DOCUMENTS, " that changes only documentation"))

    def made(
        name: str, title: str, kind: ScenarioKind, trigger: Trigger, branch: str | None, changed: tuple[str, ...],
        build: str, cause: str = "push", **more: Value,
    ) -> Scenario:  # fmt: skip
        names = _names(build, cause, parameters, kind == "manual") | {("jenkins", key): more[key] for key in more}
        untrusted = bool(more.get("CHANGE_FORK"))
        # Credentials are there for every build, whoever wrote the change (Jenkins, "Branch Sources", trust).
        return Scenario(name, title, kind, trigger, branch, changed, names, untrusted, privileged=untrusted)

    for label, branch in (("main", DEFAULT_BRANCH), ("branch", BRANCH)):
        for change, changed, only in changes:
            primary: Value = "true" if branch == DEFAULT_BRANCH else None
            yield made(
                f"push-{label}-{change}", f"a push to {branch}{only}", "push", start, branch, changed, branch,
                BRANCH_IS_PRIMARY=primary,
            )  # fmt: skip
    number = str(int(NUMBER))
    for change, changed, only in changes:
        yield made(
            f"review-{change}", f"a pull request to {DEFAULT_BRANCH}{only}", "review", start, DEFAULT_BRANCH, changed,
            f"PR-{number}", CHANGE_ID=number, CHANGE_TARGET=DEFAULT_BRANCH, CHANGE_BRANCH=BRANCH,
        )  # fmt: skip
    yield made(
        "review-fork-code", f"a pull request to {DEFAULT_BRANCH} from a fork", "review", start, DEFAULT_BRANCH, code,
        f"PR-{number}", CHANGE_ID=number, CHANGE_TARGET=DEFAULT_BRANCH, CHANGE_BRANCH=BRANCH,
        CHANGE_FORK=FORK.partition("/")[0],
    )  # fmt: skip
    yield made("tag", f"the tag {TAG}", "tag", start, None, (), TAG, TAG_NAME=TAG)
    for trigger in triggers:
        if trigger.event in ("cron", "parameterizedCron") and trigger.cron is not None:
            title = f"the schedule `{' '.join(trigger.cron.raw.split())}`"
            yield made(
                "schedule", title, "schedule", trigger, DEFAULT_BRANCH, (), DEFAULT_BRANCH, "schedule",
                BRANCH_IS_PRIMARY="true",
            )  # fmt: skip
        elif trigger.event == "upstream":
            yield made(
                "after", "the end of another job", "after", trigger, DEFAULT_BRANCH, (), DEFAULT_BRANCH, "upstream"
            )
    for label, branch in (("main", DEFAULT_BRANCH), ("branch", BRANCH)):
        yield made(f"manual-{label}", f"a manual start on {branch}", "manual", start, branch, (), branch, "manual")


def _names(build: str, cause: str, parameters: tuple[Parameter, ...], asked: bool) -> Names:
    """What a build knows.  Parameters have their defaults, except where a person is asked for them."""
    names: Names = {("jenkins", name): None for name in MIRRORED}
    job = f"{REPOSITORY}/{build.replace('/', '%2F')}"
    names["jenkins", "BRANCH_NAME"] = build
    names["jenkins", "GIT_BRANCH"] = build
    names["jenkins", "GIT_COMMIT"] = COMMIT
    names["jenkins", "JOB_NAME"] = job
    names["jenkins", "BUILD_NUMBER"] = names["jenkins", "BUILD_ID"] = NUMBER_OF_BUILD
    names["jenkins", "BUILD_DISPLAY_NAME"] = f"#{NUMBER_OF_BUILD}"
    names["jenkins", "BUILD_TAG"] = f"jenkins-{job.replace('/', '-')}-{NUMBER_OF_BUILD}"
    path = "/job/".join(job.split("/"))
    names["jenkins", "BUILD_URL"] = f"{KNOWN['JENKINS_URL']}job/{path}/{NUMBER_OF_BUILD}/"
    names["jenkins", "RUN_DISPLAY_URL"] = f"{names['jenkins', 'BUILD_URL']}display/redirect"
    names["jenkins", "cause"] = cause
    for parameter in parameters:
        value = parameter.default.constant if parameter.default is not None else ""
        if not asked and value is not None:
            flag = parameter.kind == "booleanParam"
            names["params", parameter.name] = value == "true" if flag else value
    return names
