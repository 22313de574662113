"""Actions: what they do with the inputs they get."""

from __future__ import annotations

import pytest

from gradeline.facts.tools import Reading, classify_action, unwrap_action


def shown(readings: tuple[Reading, ...]) -> list[str]:
    mark = {"works": "", "pretends": "!", "unknown": "?"}
    return sorted(mark[reading.effect] + "+".join(sorted(reading.classes)) for reading in readings)


ACTIONS: list[tuple[str, dict[str, str | None], str]] = [
    ("docker/build-push-action", {}, "build+build-image"),
    ("docker/build-push-action", {"push": "false", "load": "true"}, "build+build-image"),
    ("docker/build-push-action", {"push": "true"}, "build+build-image+publish+push-image"),
    ("docker/build-push-action", {"push": None}, "build+build-image ?publish+push-image"),
    ("docker/build-push-action", {"outputs": "type=registry,ref=x"}, "build+build-image+publish+push-image"),
    ("docker/build-push-action", {"outputs": "type=image,push=true"}, "build+build-image+publish+push-image"),
    ("docker/build-push-action", {"outputs": "type=docker,dest=x.tar"}, "build+build-image"),
    ("docker/build-push-action", {"call": "check"}, "iac-scan"),
    ("docker/build-push-action", {"sbom": "true"}, "build+build-image sbom"),
    ("Docker/Build-Push-Action", {"PUSH": "true"}, "build+build-image+publish+push-image"),
    ("docker/bake-action", {"push": "true"}, "build+build-image+publish+push-image"),
    ("redhat-actions/push-to-registry", {}, "publish+push-image"),
    ("docker/login-action", {"registry": "ghcr.io"}, "registry-login"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "exit-code": "1", "severity": "CRITICAL,HIGH"}, "image-scan"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1"}, "!image-scan"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "exit-code": "0"}, "!image-scan"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "exit-code": ""}, "!image-scan"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "exit-code": "1", "severity": "LOW"}, "!image-scan"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "exit-code": None}, "?image-scan"),
    ("aquasecurity/trivy-action", {"image-ref": None, "exit-code": "1"}, "image-scan"),
    ("aquasecurity/trivy-action", {"scan-type": "fs", "exit-code": "1"}, "dependency-scan"),
    ("aquasecurity/trivy-action", {"scan-type": "config", "exit-code": "1", "scan-ref": "infra"}, "iac-scan"),
    ("aquasecurity/trivy-action", {"scan-type": "fs", "exit-code": "1", "scanners": "secret"}, "secret-scan"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "format": "cyclonedx"}, "sbom"),
    ("aquasecurity/trivy-action", {"image-ref": "x:1", "trivy-config": "trivy.yaml"}, "?image-scan"),
    ("anchore/scan-action", {"image": "x:1"}, "image-scan"),
    ("anchore/scan-action", {"path": "."}, "dependency-scan"),
    ("anchore/scan-action", {"image": "x:1", "fail-build": "false"}, "!image-scan"),
    ("anchore/scan-action", {"image": "x:1", "fail-build": None}, "?image-scan"),
    ("docker/scout-action", {"command": "cves", "image": "x:1", "exit-code": "true"}, "image-scan"),
    ("docker/scout-action", {"command": "cves", "image": "x:1"}, "!image-scan"),
    ("docker/scout-action", {"command": "quickview", "exit-code": "true"}, "!image-scan"),
    ("snyk/actions/docker", {"image": "x:1", "args": "--severity-threshold=high"}, "image-scan"),
    ("snyk/actions/python", {}, "dependency-scan"),
    ("snyk/actions/python", {"command": "monitor"}, "!dependency-scan"),
    ("pypa/gh-action-pip-audit", {"inputs": "requirements.txt"}, "dependency-scan"),
    ("pypa/gh-action-pip-audit", {"internal-be-careful-allow-failure": "true"}, "!dependency-scan"),
    ("actions/dependency-review-action", {"fail-on-severity": "high"}, "dependency-scan"),
    ("actions/dependency-review-action", {"warn-only": "true"}, "!dependency-scan"),
    ("actions/dependency-review-action", {"vulnerability-check": "false"}, "!dependency-scan"),
    ("github/codeql-action/analyze", {}, "!sast"),
    ("github/codeql-action/upload-sarif", {"sarif_file": "x"}, "report"),
    ("semgrep/semgrep-action", {}, "sast"),
    ("bridgecrewio/checkov-action", {"directory": "infra"}, "iac-scan"),
    ("bridgecrewio/checkov-action", {"soft_fail": "true"}, "!iac-scan"),
    ("hadolint/hadolint-action", {}, "iac-scan"),
    ("hadolint/hadolint-action", {"no-fail": "true"}, "!iac-scan"),
    ("hadolint/hadolint-action", {"failure-threshold": "none"}, "!iac-scan"),
    ("gitleaks/gitleaks-action", {}, "secret-scan"),
    ("trufflesecurity/trufflehog", {"extra_args": "--only-verified"}, "secret-scan"),
    ("GitGuardian/ggshield-action", {"args": "--exit-zero"}, "!secret-scan"),
    ("zizmorcore/zizmor-action", {}, "!workflow-lint"),
    ("zizmorcore/zizmor-action", {"advanced-security": "false"}, "workflow-lint"),
    ("raven-actions/actionlint", {}, "workflow-lint"),
    ("raven-actions/actionlint", {"fail-on-error": "false"}, "!workflow-lint"),
    ("reviewdog/action-actionlint", {}, "!workflow-lint"),
    ("reviewdog/action-actionlint", {"fail_level": "error"}, "workflow-lint"),
    ("docker://rhysd/actionlint:1.7.1", {"args": "-color"}, "workflow-lint"),
    ("docker://rhysd/actionlint:1.7.1", {"args": "-version"}, "!workflow-lint"),
    ("docker://python:3.12", {"args": "-m pytest", "entrypoint": "python"}, "test"),
    ("docker://ghcr.io/x/unknown:1", {}, ""),
    ("astral-sh/ruff-action", {}, "lint"),
    ("astral-sh/ruff-action", {"args": "check --exit-zero"}, "!lint"),
    ("astral-sh/ruff-action", {"args": "format --check", "src": "src"}, "format+lint"),
    ("astral-sh/ruff-action", {"args": "--version"}, ""),
    ("psf/black", {}, "format+lint"),
    ("psf/black", {"options": "--verbose"}, "!format+lint"),
    ("isort/isort-action", {}, "format+lint"),
    ("jakebailey/pyright-action", {}, "type-check"),
    ("pre-commit/action", {}, ""),
    ("golangci/golangci-lint-action", {}, "lint"),
    ("codecov/codecov-action", {}, "report"),
    ("EnricoMi/publish-unit-test-result-action", {"files": "junit.xml"}, "comment+report"),
    ("EnricoMi/publish-unit-test-result-action", {"files": "junit.xml", "comment_mode": "off"}, "report"),
    ("dorny/test-reporter", {"path": "junit.xml"}, "report"),
    ("pypa/gh-action-pypi-publish", {}, "publish"),
    ("softprops/action-gh-release", {"files": "dist/*"}, "publish"),
    ("actions/attest-build-provenance", {"subject-path": "dist/*"}, "sign"),
    ("sigstore/cosign-installer", {}, "install"),
    ("anchore/sbom-action", {"image": "x:1"}, "sbom"),
    ("azure/k8s-deploy", {"manifests": "k8s"}, "deploy"),
    ("google-github-actions/deploy-cloudrun", {"service": "churn"}, "deploy"),
    ("aws-actions/amazon-ecs-deploy-task-definition", {"service": "churn"}, "deploy"),
    ("aws-actions/aws-cloudformation-github-deploy", {"no-execute-changeset": "1"}, "!deploy"),
    ("actions/deploy-pages", {}, "deploy"),
    ("peaceiris/actions-gh-pages", {}, "commit+deploy"),
    ("actions-hub/kubectl", {"args": "apply -f k8s"}, "deploy"),
    ("actions-hub/kubectl", {"args": "apply --dry-run=client -f k8s"}, "!deploy"),
    ("pulumi/actions", {"command": "preview"}, "!deploy"),
    ("slackapi/slack-github-action", {}, "notify"),
    ("marocchino/sticky-pull-request-comment", {"path": "x.md"}, "comment"),
    ("actions/labeler", {}, "label"),
    ("peter-evans/create-pull-request", {}, "commit"),
    ("iterative/setup-dvc", {}, "install"),
    ("aws-actions/configure-aws-credentials", {"role-to-assume": "arn:x"}, "cloud-login"),
    ("actions/checkout", {}, ""),
    ("somebody/unknown", {"push": "true"}, ""),
    ("nick-fields/retry", {"command": "pytest"}, ""),
]


@pytest.mark.parametrize(("name", "inputs", "expected"), ACTIONS)
def test_an_action_does_what_its_inputs_say(name: str, inputs: dict[str, str | None], expected: str) -> None:
    readings = classify_action(name, inputs, "v1")
    assert shown(readings) == sorted(expected.split())
    assert all(reading.reason or reading.effect == "works" for reading in readings)


SCOPES: list[tuple[str, dict[str, str | None], set[str]]] = [
    ("docker/build-push-action", {"push": "true", "tags": "ghcr.io/x/y:1"}, {"packages:write"}),
    ("docker/build-push-action", {"push": "true", "tags": "docker.io/x/y:1"}, set()),
    ("docker/build-push-action", {"push": "false", "tags": "ghcr.io/x/y:1"}, set()),
    ("pypa/gh-action-pypi-publish", {}, {"id-token:write"}),
    ("pypa/gh-action-pypi-publish", {"password": None}, set()),
    ("softprops/action-gh-release", {}, {"contents:write"}),
    ("actions/attest-build-provenance", {}, {"id-token:write", "attestations:write"}),
    (
        "actions/attest-build-provenance",
        {"push-to-registry": "true"},
        {"id-token:write", "attestations:write", "packages:write"},
    ),
    ("github/codeql-action/analyze", {}, {"security-events:write"}),
    ("zizmorcore/zizmor-action", {}, {"security-events:write"}),
    ("zizmorcore/zizmor-action", {"advanced-security": "false"}, set()),
    ("aws-actions/configure-aws-credentials", {"role-to-assume": "arn:x"}, {"id-token:write"}),
    ("aws-actions/configure-aws-credentials", {"aws-access-key-id": None}, set()),
    ("actions/labeler", {}, {"pull-requests:write"}),
    ("dorny/test-reporter", {"path": "x"}, {"checks:write"}),
    ("EnricoMi/publish-unit-test-result-action", {}, {"checks:write", "pull-requests:write"}),
    ("actions/deploy-pages", {}, {"pages:write", "id-token:write"}),
]


@pytest.mark.parametrize(("name", "inputs", "scopes"), SCOPES)
def test_an_action_names_the_token_scopes_it_needs(name: str, inputs: dict[str, str | None], scopes: set[str]) -> None:
    (reading,) = classify_action(name, inputs, "v1")
    assert set(reading.scopes) == scopes


def test_an_unknown_input_makes_a_scope_possible() -> None:
    reading = classify_action("docker/build-push-action", {"push": "true", "tags": None}, "v6")[0]
    assert reading.scopes == frozenset()
    assert reading.possible_scopes == {"packages:write"}
    (script,) = classify_action("actions/github-script", {"script": "x"}, "v7")
    assert not script.classes
    assert script.possible_scopes == {"*"}


def test_fails_on_findings_follows_the_inputs() -> None:
    def fails(name: str, inputs: dict[str, str | None]) -> bool | None:
        return classify_action(name, inputs, "v1")[0].fails_on_findings

    assert fails("dorny/test-reporter", {"path": "x"}) is True
    assert fails("dorny/test-reporter", {"path": "x", "fail-on-error": "false"}) is False
    assert fails("EnricoMi/publish-unit-test-result-action", {}) is False
    assert fails("EnricoMi/publish-unit-test-result-action", {"action_fail": "true"}) is True
    assert fails("EnricoMi/publish-unit-test-result-action", {"action_fail": None}) is None


def test_targets_come_from_the_inputs() -> None:
    def targets(name: str, inputs: dict[str, str | None]) -> tuple[str | None, ...]:
        return classify_action(name, inputs, "v1")[0].targets

    assert targets("docker/build-push-action", {"context": "api"}) == ("api",)
    assert targets("aquasecurity/trivy-action", {"image-ref": "x:1", "exit-code": "1"}) == ("x:1",)
    assert targets("aquasecurity/trivy-action", {"scan-type": "fs", "exit-code": "1"}) == (".",)
    assert targets("astral-sh/ruff-action", {"src": "src tests"}) == ("src", "tests")


def test_an_action_that_runs_a_script_shows_it() -> None:
    found = unwrap_action("nick-fields/retry", {"command": "pytest", "shell": "bash", "max_attempts": "3"})
    assert found is not None
    assert (found.kind, found.text, found.program, found.errexit) == ("text", "pytest", "bash", True)
    found = unwrap_action("appleboy/ssh-action", {"script": "docker compose up -d"})
    assert found is not None
    assert found.remote
    assert unwrap_action("actions/checkout", {}) is None


def test_an_action_that_runs_hooks_shows_its_command() -> None:
    found = unwrap_action("pre-commit/action", {"extra_args": "ruff --all-files"})
    assert found is not None
    assert found.argv == (
        "pre-commit",
        "run",
        "--show-diff-on-failure",
        "--color=always",
        "ruff",
        "--all-files",
    )
