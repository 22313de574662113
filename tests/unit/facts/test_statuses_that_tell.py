"""A command that tells something by its status: ``terraform plan -detailed-exitcode``, and what stands around it."""

from __future__ import annotations

from gradeline.facts.case import PipelineFacts, build_case
from gradeline.facts.shell_records import ENDS
from gradeline.readers import load
from gradeline.source import SourceFile

PATH = ".github/workflows/ci.yml"
HEAD = "on: push\njobs:\n  plan:\n    runs-on: ubuntu-24.04\n    steps:\n"
PLAN = "      - id: plan\n        run: terraform plan -detailed-exitcode\n"
WRAPPED = "      - uses: hashicorp/setup-terraform@v4\n"
BARE = "      - uses: hashicorp/setup-terraform@v4\n        with: {terraform_wrapper: false}\n"


class Files:
    paths = (PATH,)

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.text) if path == PATH else None


def facts(steps: str) -> PipelineFacts:
    project, pipelines = load(Files(HEAD + steps))
    return build_case(project, pipelines, {}).pipelines[0]


def outcomes(known: PipelineFacts, ending: int | None = None) -> set[tuple[str, bool]]:
    """How the run ends, and whether the last step is reached, in each of its worlds."""
    (plan,) = [item for item in known.activities if item.text.startswith("terraform plan")]
    failing = [] if ending is None else [f"{plan.keys[0]}{ENDS}{ending}"]
    runs = known.runs(known.pipeline.scenarios[0], failing).results
    return {("failed" if run.failed else "fine", any("tell-the-team" in key for key in run.reached)) for run in runs}


def test_with_and_without_changes_are_both_looked_at() -> None:
    known = facts(PLAN + "      - if: failure()\n        run: tell-the-team\n")
    assert outcomes(known) == {("fine", False), ("failed", True)}


def test_an_experiment_chooses_the_status() -> None:
    known = facts(PLAN + "      - if: failure()\n        run: tell-the-team\n")
    assert outcomes(known, 0) == {("fine", False)}
    assert outcomes(known, 2) == {("failed", True)}


def test_the_program_around_it_takes_2_for_a_success_and_publishes_it() -> None:
    known = facts(WRAPPED + PLAN + "      - if: steps.plan.outputs.exitcode == 2\n        run: tell-the-team\n")
    assert outcomes(known, 0) == {("fine", False)}
    assert outcomes(known, 2) == {("fine", True)}


def test_without_the_program_around_it_nothing_is_published() -> None:
    known = facts(BARE + PLAN + "      - if: steps.plan.outputs.exitcode == 2\n        run: tell-the-team\n")
    assert outcomes(known, 2) == {("failed", False)}


def test_an_error_fails_the_step_with_either() -> None:
    for around in (WRAPPED, BARE):
        known = facts(around + PLAN)
        (plan,) = [item for item in known.activities if item.text.startswith("terraform plan")]
        assert all(run.failed for run in known.runs(known.pipeline.scenarios[0], [plan.keys[0]]).results)


def test_a_variable_can_ask_for_the_status_as_well() -> None:
    steps = "      - run: terraform plan\n        env: {TF_CLI_ARGS_plan: -detailed-exitcode}\n"
    known = facts(steps + "      - if: failure()\n        run: tell-the-team\n")
    assert outcomes(known, 2) == {("failed", True)}


def test_a_plan_without_the_option_ends_in_one_way() -> None:
    known = facts("      - run: terraform plan\n      - if: failure()\n        run: tell-the-team\n")
    assert outcomes(known) == {("fine", False)}
