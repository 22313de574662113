"""The platform facts that naive graders get wrong, shown on simulated runs.

The reader's share of each fact is tested beside the reader; here it is what a fact means for a verdict.
"""

from __future__ import annotations

import pytest
from support.build import case_of, facts_of, only

from gradeline.checks import registry

HEAD = "on: {push: {branches: [main]}, pull_request: {branches: [main]}}\n"


def job(script: str, extra: str = "") -> str:
    body = "\n".join("          " + line for line in script.split("\n"))
    return f"{HEAD}jobs:\n  test:\n    runs-on: ubuntu-latest\n{extra}    steps:\n      - run: |\n{body}\n"


def test_fact_0_01_a_pipe_hides_the_failure_without_pipefail() -> None:
    facts = facts_of(job("pytest tests | tee log.txt"))
    assert facts.blocking(only(facts, "test")).holds is False


@pytest.mark.parametrize(
    "extra",
    ["    defaults: {run: {shell: bash}}\n", ""],
    ids=["shell bash by default", "set -o pipefail"],
)
def test_fact_0_01_a_pipe_blocks_with_pipefail(extra: str) -> None:
    script = "pytest tests | tee log.txt" if extra else "set -o pipefail\npytest tests | tee log.txt"
    facts = facts_of(job(script, extra))
    assert facts.blocking(only(facts, "test")).holds is True


DEPLOY = """
  deploy:
    needs: [test]
    runs-on: ubuntu-latest
    if: {condition}
    steps:
      - run: kubectl apply -f k8s/
"""


def gated(condition: str) -> str:
    workflow = job("pytest tests") + DEPLOY.replace("{condition}", condition)
    return registry.run("gates", case_of(workflow), {"gate": "test", "target": "deploy"}).status


@pytest.mark.parametrize(
    "condition",
    ["always()", "${{ !cancelled() }}", "failure() || success()", "needs.test.result == 'failure' || always()"],
)
def test_fact_0_12_a_status_function_opens_the_gate(condition: str) -> None:
    assert gated(f'"{condition}"') == "unmet"


@pytest.mark.parametrize(
    "condition",
    [
        "github.ref == 'refs/heads/main'",
        "${{ github.ref == 'refs/heads/main' }}",
        "success()",
        "always() && needs.test.result == 'success'",
        "${{ !failure() && !cancelled() && needs.test.result == 'success' }}",
        "\"!contains(needs.*.result, 'failure') && github.event_name == 'push'\"",
    ],
)
def test_fact_0_12_a_condition_that_asks_for_success_keeps_the_gate(condition: str) -> None:
    assert gated(condition if condition.startswith('"') else f'"{condition}"') == "met"


def test_fact_0_02_a_status_function_in_the_text_around_an_expression_is_only_text() -> None:
    assert gated("\"${{ needs.test.result }} == 'success' || always()\"") == "met"


def test_fact_0_12_a_skipped_gate_does_not_let_the_target_through_by_default() -> None:
    workflow = (
        f"{HEAD}jobs:\n"
        "  test:\n    if: github.event_name == 'pull_request'\n    runs-on: ubuntu-latest\n"
        "    steps: [{run: pytest tests}]\n"
        "  deploy:\n    needs: test\n    runs-on: ubuntu-latest\n    steps: [{run: kubectl apply -f k8s/}]\n"
    )
    assert registry.run("gates", case_of(workflow), {"gate": "test", "target": "deploy"}).status == "met"


def test_fact_0_12_a_skipped_gate_lets_through_a_target_that_ignores_skips() -> None:
    workflow = (
        f"{HEAD}jobs:\n"
        "  test:\n    if: github.event_name == 'pull_request'\n    runs-on: ubuntu-latest\n"
        "    steps: [{run: pytest tests}]\n"
        '  deploy:\n    needs: test\n    if: "!failure() && !cancelled()"\n    runs-on: ubuntu-latest\n'
        "    steps: [{run: kubectl apply -f k8s/}]\n"
    )
    verdict = registry.run("gates", case_of(workflow), {"gate": "test", "target": "deploy"})
    assert verdict.status == "unmet"
    assert [hop.text for hop in verdict.path_trace][-1] == "`kubectl apply -f k8s/`"


def test_text_outside_an_expression_is_always_true_so_a_false_condition_never_skips() -> None:
    facts = facts_of(job("pytest tests").replace("      - run", "      - if: ${{ false }} == 'x'\n        run"))
    assert only(facts, "test").scenarios


def test_a_condition_that_is_false_makes_a_step_dead() -> None:
    facts = facts_of(job("pytest tests").replace("      - run", "      - if: false\n        run"))
    assert facts.doing("test") == ()
    assert [item.text for item in facts.dormant] == ["pytest tests"]
