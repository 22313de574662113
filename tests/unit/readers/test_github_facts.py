"""One test for each platform fact that graders of GitHub workflows usually get wrong (course, section 0).

Facts that only show when a pipeline is simulated (who gates whom, what a cache restores) are tested
with the simulator; here is what the reader has to say so that it can.
"""

from __future__ import annotations

import pytest

from gradeline.model.effects import ArtifactPut, CacheUse, Checkout, Login, Toolchain
from gradeline.model.expression import Constant, Operation, Status, Template, UnitResult
from gradeline.model.pipeline import Pipeline, Scenario, Step
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile

PATH = ".github/workflows/ci.yml"


def read(text: str) -> Pipeline:
    return read_workflow(PATH, lambda path: SourceFile(path, text) if path == PATH else None)


def with_steps(steps: str, head: str = "on: push\n", job: str = "") -> Pipeline:
    return read(f"{head}jobs:\n  a:\n    runs-on: ubuntu-latest\n{job}    steps:\n{steps}")


def first_step(steps: str, head: str = "on: push\n", job: str = "") -> Step:
    return with_steps(steps, head, job).units[0].steps[0]


def scenarios(on: str) -> dict[str, Scenario]:
    found = read(f"on:{on}\njobs: {{a: {{runs-on: ubuntu-latest, steps: [{{run: make}}]}}}}\n").scenarios
    return {scenario.id: scenario for scenario in found}


def codes(pipeline: Pipeline) -> list[str]:
    return [item.code for item in pipeline.diagnostics]


@pytest.mark.parametrize(
    ("shell", "job", "pipefail"),
    [
        ("", "", False),
        ("        shell: bash\n", "", True),
        ("", "    defaults: {run: {shell: bash}}\n", True),
        ("        shell: bash -e {0}\n", "    defaults: {run: {shell: bash}}\n", False),
    ],
)
def test_fact_0_01_only_a_named_bash_has_pipefail(shell: str, job: str, pipefail: bool) -> None:
    """GitHub Docs, "Workflow syntax", jobs.<job_id>.steps[*].shell: unspecified is `bash -e {0}`, `bash` is
    `bash --noprofile --norc -eo pipefail {0}`."""
    step = first_step(f"      - run: pytest | tee log\n{shell}", job=job)
    assert step.shell is not None
    assert (step.shell.program, step.shell.errexit, step.shell.pipefail) == ("bash", True, pipefail)


@pytest.mark.parametrize(
    ("condition", "always_true"),
    [
        ("${{ steps.plan.outcome }} == 'success'", True),
        ("|\n          ${{ steps.plan.outcome == 'success' }}", True),
        (">\n          ${{ steps.plan.outcome == 'success' }}", True),
        ("|-\n          ${{ steps.plan.outcome == 'success' }}", False),
        ("\"${{ steps.plan.outcome == 'success' }}\"", False),
        ("${{ steps.plan.outcome == 'success' }}", False),
        ("steps.plan.outcome == 'success'", False),
        ("|\n          steps.plan.outcome == 'success' &&\n          github.ref == 'x'", False),
        ("' ${{ false }}'", True),
    ],
)
def test_fact_0_02_text_outside_the_delimiters_makes_a_condition_true(condition: str, always_true: bool) -> None:
    """GitHub Docs, "Workflow syntax", jobs.<job_id>.if: `${{ }}` makes its contents a string, and "strings are
    truthy. For example, `if: true && ${{ false }}` will evaluate to `true`"."""
    pipeline = with_steps(f"      - {{id: plan, run: make}}\n      - run: make\n        if: {condition}\n")
    found = pipeline.units[0].steps[1].condition
    assert isinstance(found, Template) is always_true
    if isinstance(found, Template):
        assert any(isinstance(part, str) and part for part in found.parts)
    assert ("condition-always-true" in codes(pipeline)) is always_true


def test_fact_0_03_a_permissions_map_makes_every_other_scope_none_and_a_job_replaces_it() -> None:
    """GitHub Docs, "Workflow syntax", permissions: "all of those that are not specified are set to none"."""
    head = "on: push\npermissions: {contents: read}\n"
    step = "      - run: make\n"
    assert with_steps(step, head).units[0].permissions.level("packages") == "none"
    own = with_steps(step, head, "    permissions: {packages: write}\n").units[0].permissions
    assert (own.level("packages"), own.level("contents")) == ("write", "none")
    for word, level in (("write-all", "write"), ("read-all", "read")):
        assert with_steps(step, f"on: push\npermissions: {word}\n").permissions.level("packages") == level


def test_fact_0_04_a_cache_has_a_key_prefixes_and_paths() -> None:
    """GitHub Docs, "Dependency caching reference": exact key, then prefixes; a hit on a prefix still saves."""
    (cache,) = first_step(
        "      - uses: actions/cache@v5\n        with:\n          path: ~/.cache/pip\n"
        "          key: pip-${{ runner.os }}-${{ hashFiles('requirements.txt') }}\n          restore-keys: pip-\n"
    ).effects
    assert isinstance(cache, CacheUse)
    assert cache.key is not None
    assert (cache.mode, cache.key.raw[:4], cache.restore_keys[0].raw) == ("both", "pip-", "pip-")
    assert [path.raw for path in cache.paths] == ["~/.cache/pip"]


def test_fact_0_05_triggers_of_outsiders_on_the_default_branch_are_known_as_such() -> None:
    """GitHub Changelog 2026-06-26, "Read-only Actions cache for untrusted triggers"."""
    for on, name in (
        (" pull_request_target", "review-target-fork"),
        (" issue_comment", "other-issue_comment"),
        ("\n  workflow_run: {workflows: [CI]}", "after-fork"),
    ):
        found = scenarios(on)[name]
        assert (found.untrusted, found.privileged) == (True, True)
        assert found.names["github", "ref"] == "refs/heads/main"
    assert not scenarios(" pull_request")["review-fork-code"].privileged


def test_fact_0_06_pull_request_target_runs_on_the_default_branch() -> None:
    """GitHub Changelog 2025-12-08: "Actions pull_request_target and environment branch protections changes"."""
    on = "\n  pull_request_target: {branches: [develop]}"
    (found,) = [item for item in scenarios(on).values() if item.id == "review-target-other-code"]
    assert found.names["github", "ref"] == "refs/heads/main"
    assert found.names["github", "base_ref"] == "develop"
    assert scenarios(" pull_request")["review-code"].names["github", "ref"] == "refs/pull/7/merge"


def test_fact_0_07_a_checkout_of_fork_code_and_its_opt_out_are_seen() -> None:
    """actions/checkout v7, README, What's new: refuses fork code unless allow-unsafe-pr-checkout is true."""
    plain = first_step("      - uses: actions/checkout@v7\n").effects[0]
    risky = first_step(
        "      - uses: actions/checkout@v7\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n"
        "          allow-unsafe-pr-checkout: true\n",
        "on: pull_request_target\n",
    ).effects[0]
    assert isinstance(plain, Checkout)
    assert isinstance(risky, Checkout)
    assert (plain.unreviewed, plain.allows_untrusted) == (False, False)
    assert (risky.unreviewed, risky.allows_untrusted) == (True, True)


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("57a97c7e7821a5776cebc9bb87c984fa69cba8f1 # v0.35.0", "sha"),
        ("57a97c7 # v0.35.0", "short-sha"),
        ("v0.35.0", "tag"),
        ("0.35.0", "tag"),
        ("master", "branch"),
        ("v0.35.0 # 57a97c7e7821a5776cebc9bb87c984fa69cba8f1", "tag"),
    ],
)
def test_fact_0_08_only_forty_hex_digits_are_a_full_hash(version: str, kind: str) -> None:
    """GitHub Docs, "Secure use reference": a full-length commit SHA is the only immutable reference.  In March
    2026 nearly all tags of aquasecurity/trivy-action were moved to malicious commits."""
    use = first_step(f"      - uses: aquasecurity/trivy-action@{version}\n").use
    assert use is not None
    assert use.kind == kind
    assert use.comment == version.partition(" # ")[2]


@pytest.mark.parametrize(
    ("lock", "locked"),
    [
        ("dependencies:\n  aquasecurity/trivy-action:\n    version: v1\n    sha: " + "a" * 40 + "\n", True),
        ("dependencies:\n  aquasecurity/trivy-action@v1: " + "a" * 40 + "\n", True),
        ("dependencies:\n  - {uses: aquasecurity/trivy-action@v1, sha: " + "a" * 40 + "}\n", True),
        ("dependencies:\n  actions:\n    - aquasecurity/trivy-action: " + "a" * 40 + "\n", True),
        ("dependencies:\n  aquasecurity/trivy-action: {version: v1}\n", False),
        ("dependencies:\n  actions/checkout: " + "a" * 40 + "\n", False),
        ("dependencies: true\n", False),
    ],
)
def test_fact_0_09_a_lock_section_pins_and_new_keys_are_tolerated(lock: str, locked: bool) -> None:
    """GitHub Blog, 2026-03-26, "What's coming to our GitHub Actions 2026 security roadmap"; GitHub Docs,
    "Workflow syntax", concurrency.queue and on.schedule.timezone."""
    head = (
        "on: {schedule: [{cron: '0 3 * * *', timezone: Europe/Berlin}]}\nconcurrency: {group: g, queue: max}\n" + lock
    )
    pipeline = with_steps("      - uses: aquasecurity/trivy-action@v1\n", head)
    assert pipeline.uses[0].kind == ("locked" if locked else "tag")
    assert pipeline.diagnostics == ()
    assert [unit.id for unit in pipeline.units] == ["a"]


def test_fact_0_10_setup_python_caches_on_request_and_setup_uv_by_itself() -> None:
    """actions/setup-python, action.yml and src/cache-distributions; astral-sh/setup-uv, action.yml."""
    bare = first_step("      - uses: actions/setup-python@v6\n").effects
    assert [type(effect) for effect in bare] == [Toolchain]
    asked = first_step(
        "      - uses: actions/setup-python@v6\n        with: {cache: pip, cache-dependency-path: dev.txt}\n"
    ).effects[1]
    assert isinstance(asked, CacheUse)
    assert asked.default_files == ("**/requirements.txt", "**/pyproject.toml")
    assert [text.raw for text in asked.key_files or ()] == ["dev.txt"]
    (uv,) = [
        effect for effect in first_step("      - uses: astral-sh/setup-uv@v7\n").effects if isinstance(effect, CacheUse)
    ]
    assert "**/uv.lock" in uv.default_files


def test_fact_0_11_artifacts_have_a_name_a_time_and_versions_that_ended() -> None:
    """actions/upload-artifact, action.yml and README; GitHub Changelog 2024-04-16."""
    (put,) = first_step(
        "      - uses: actions/upload-artifact@v6\n"
        "        with: {name: 'wheel-${{ matrix.py }}', path: dist, retention-days: 7}\n",
        job="    strategy: {matrix: {py: ['3.12']}}\n",
    ).effects
    assert isinstance(put, ArtifactPut)
    assert put.name.holes
    assert put.retention_days is not None
    assert (put.retention_days.raw, put.overwrite, put.removed) == ("7", False, "")
    for name in ("upload-artifact@v3", "download-artifact@v3", "cache@v2"):
        use = first_step(f"      - uses: actions/{name}\n").use
        assert use is not None
        assert use.removed


def test_fact_0_12_status_functions_remove_the_implied_success() -> None:
    """GitHub Docs, "Evaluate expressions in workflows and actions", Status check functions; "Workflow
    syntax", jobs.<job_id>.needs: jobs that need a skipped job are skipped."""
    pipeline = read(
        "on: push\njobs:\n"
        "  test: {runs-on: ubuntu-latest, steps: [{run: make}]}\n"
        "  gated: {runs-on: ubuntu-latest, needs: test, if: github.ref == 'x', steps: [{run: make}]}\n"
        "  loose: {runs-on: ubuntu-latest, needs: test, if: '!cancelled()', steps: [{run: make}]}\n"
        "  tested: {runs-on: ubuntu-latest, needs: test, if: always() && needs.test.result == 'success',"
        " steps: [{run: make}]}\n"
    )
    _, gated, loose, tested = pipeline.units
    assert (gated.implicit_success, loose.implicit_success, tested.implicit_success) == (True, False, False)
    assert isinstance(tested.condition, Operation)
    always, result = tested.condition.operands
    assert isinstance(always, Status)
    assert isinstance(result, Operation)
    assert isinstance(result.operands[0], UnitResult)
    assert result.operands[0].unit == "test"


def test_fact_0_13_concurrency_has_a_group_and_cancels_only_when_told() -> None:
    """GitHub Docs, "Control the concurrency of workflows and jobs"."""
    pipeline = with_steps(
        "      - run: make\n",
        "on: push\nconcurrency: {group: 'ci-${{ github.ref }}', cancel-in-progress: true}\n",
        "    concurrency: production\n",
    )
    assert pipeline.exclusive is not None
    assert isinstance(pipeline.exclusive.cancel, Constant)
    assert pipeline.exclusive.cancel.value is True
    own = pipeline.units[0].exclusive
    assert own is not None
    assert (own.group.raw, own.cancel) == ("production", None)


@pytest.mark.parametrize(
    ("step", "federated", "static"),
    [
        ("aws-actions/configure-aws-credentials@v5, {role-to-assume: arn, aws-region: eu-west-1}", True, 0),
        ("aws-actions/configure-aws-credentials@v5, {role-to-assume: arn, aws-access-key-id: A}", True, 1),
        ("google-github-actions/auth@v3, {workload_identity_provider: p}", True, 0),
        ("azure/login@v2, {client-id: a, tenant-id: b, subscription-id: c}", True, 0),
        ("azure/login@v2, {creds: '${{ secrets.C }}'}", False, 1),
    ],
)
def test_fact_0_14_federated_logins_are_told_from_stored_keys(step: str, federated: bool, static: int) -> None:
    """GitHub Docs, "OpenID Connect" for AWS, Google Cloud and Azure: id-token must be write in that job."""
    uses, _, inputs = step.partition(", ")
    pipeline = with_steps(
        f"      - uses: {uses}\n        with: {inputs}\n",
        "on: push\npermissions: {contents: read}\n",
        "    permissions: {id-token: write}\n",
    )
    (login,) = pipeline.units[0].steps[0].effects
    assert isinstance(login, Login)
    assert (login.federated, len(login.static)) == (federated, static)
    assert pipeline.units[0].permissions.level("id-token") == "write"
    assert pipeline.permissions.level("id-token") == "none"


def test_fact_0_15_schedules_run_on_the_default_branch_and_jobs_end_after_six_hours() -> None:
    """GitHub Docs, "Events that trigger workflows", schedule; "Workflow syntax", timeout-minutes (360)."""
    pipeline = with_steps("      - run: make\n", "on: {schedule: [{cron: '0 3 * * *'}]}\n")
    (found,) = pipeline.scenarios
    assert (found.kind, found.branch, found.names["github", "ref"]) == ("schedule", "main", "refs/heads/main")
    assert pipeline.units[0].timeout is None
    assert pipeline.default_timeout == 360.0
    assert pipeline.channels["GITHUB_OUTPUT"] == "output"
