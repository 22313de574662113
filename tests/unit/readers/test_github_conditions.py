"""Expressions of workflows in the words of the model."""

from __future__ import annotations

from typing import Literal

import pytest

from gradeline.model.expression import (
    Call,
    Constant,
    Expression,
    Name,
    NeedsResults,
    Operation,
    Output,
    Secret,
    Status,
    StepResult,
    Template,
    UnitResult,
    Unresolved,
    walk,
)
from gradeline.model.pipeline import Pipeline, Step, Unit
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile, Span

PATH = ".github/workflows/ci.yml"


def read(text: str) -> Pipeline:
    return read_workflow(PATH, lambda path: SourceFile(path, text) if path == PATH else None)


def job(condition: str) -> tuple[Unit, Pipeline]:
    """The second of two jobs, with the given ``if``."""
    pipeline = read(
        "on: push\n"
        "jobs:\n"
        "  build: {runs-on: ubuntu-latest, steps: [{run: make}]}\n"
        "  test: {runs-on: ubuntu-latest, steps: [{run: make}]}\n"
        "  last:\n"
        "    needs: [build, test]\n"
        "    runs-on: ubuntu-latest\n"
        f"    if: {condition}\n"
        "    steps: [{run: make}]\n"
    )
    return pipeline.units[2], pipeline


def lowered(condition: str) -> Expression:
    unit, _ = job(condition)
    assert unit.condition is not None
    return unit.condition


def step_text(expression: str, head: str = "", step: str = "") -> tuple[Step, Pipeline]:
    """A ``run`` step with the expression in its script, after a step with the id ``one``."""
    pipeline = read(
        f"on: push\n{head}"
        "jobs:\n"
        "  a:\n"
        "    runs-on: ubuntu-latest\n"
        "    steps:\n"
        "      - {id: one, run: make}\n"
        f"      - run: echo ${{{{ {expression} }}}}\n{step}"
    )
    return pipeline.units[0].steps[1], pipeline


def inside(expression: str, head: str = "", step: str = "") -> Expression:
    found, _ = step_text(expression, head, step)
    assert found.script is not None
    return found.script.holes[0].expression


def codes(pipeline: Pipeline) -> list[str]:
    return [item.code for item in pipeline.diagnostics]


# -- conditions -----------------------------------------------------------------------------------


def test_a_condition_without_delimiters_is_an_expression() -> None:
    unit, _ = job("github.ref == 'refs/heads/main'")
    assert isinstance(unit.condition, Operation)
    assert (unit.condition.operator, unit.condition.loose) == ("==", True)
    assert unit.condition.operands[0] == Name(("github", "ref"), Span(PATH, 8, 9, 8, 19))
    assert unit.condition_span == Span(PATH, 8, 9, 8, 40)
    assert unit.implicit_success


def test_no_condition_and_an_empty_one_mean_success_of_what_came_before() -> None:
    for written in ("", "''", "'  '"):
        unit, _ = job(written)
        assert (unit.condition, unit.condition_span, unit.implicit_success) == (None, None, True)


@pytest.mark.parametrize(
    ("condition", "implied"),
    [
        ("always()", False),
        ("${{ !cancelled() }}", False),
        ("github.ref == 'x' && failure()", False),
        ("success() && github.ref == 'x'", False),
        ("needs.build.result == 'success'", True),
        ("contains('always()', 'x')", True),
    ],
)
def test_a_status_function_anywhere_replaces_the_implied_success(condition: str, implied: bool) -> None:
    """GitHub Docs, "Evaluate expressions in workflows and actions", Status check functions."""
    assert job(condition)[0].implicit_success is implied


def test_status_functions_become_questions_about_the_run() -> None:
    names: tuple[Literal["success", "failure", "cancelled", "always"], ...] = (
        "success",
        "failure",
        "cancelled",
        "always",
    )
    for name in names:
        assert lowered(f"{name}()") == Status(name, Span(PATH, 8, 9, 8, 11 + len(name)))
    assert isinstance(lowered("Failure()"), Status)


def test_literal_truth_values_are_constants() -> None:
    assert lowered("false") == Constant(False, Span(PATH, 8, 9, 8, 14))
    assert lowered("${{ true }}") == Constant(True, Span(PATH, 8, 13, 8, 17))


def test_text_around_an_expression_makes_a_text_and_a_warning() -> None:
    unit, pipeline = job("${{ steps.plan.outcome }} == 'success'")
    assert isinstance(unit.condition, Template)
    assert unit.condition.parts[1] == " == 'success'"
    assert "condition-always-true" in codes(pipeline)


def test_a_condition_that_cannot_be_read_is_unresolved_and_an_error_at_its_place() -> None:
    unit, pipeline = job("github.ref = 'x'")
    assert isinstance(unit.condition, Unresolved)
    (found,) = [item for item in pipeline.diagnostics if item.code == "expression-syntax"]
    assert (found.severity, found.span) == ("error", Span(PATH, 8, 20, 8, 21))


# -- contexts -------------------------------------------------------------------------------------


def test_results_of_needed_jobs() -> None:
    assert lowered("needs.build.result") == UnitResult("build", Span(PATH, 8, 9, 8, 27))
    assert lowered("needs['BUILD'].result") == UnitResult("build", Span(PATH, 8, 9, 8, 30))
    assert lowered("needs.*.result") == NeedsResults(Span(PATH, 8, 9, 8, 23))
    assert lowered("needs.test.outputs.ok") == Output("unit", "test", "ok", Span(PATH, 8, 9, 8, 30))


def test_contains_over_all_results_keeps_the_list() -> None:
    node = lowered("contains(needs.*.result, 'failure')")
    assert isinstance(node, Call)
    assert node.function == "contains"
    assert isinstance(node.arguments[0], NeedsResults)


def test_a_job_that_is_not_needed_gives_an_empty_value_and_a_warning() -> None:
    unit, pipeline = job("needs.other.result == 'success'")
    assert isinstance(unit.condition, Operation)
    assert isinstance(unit.condition.operands[0], Constant)
    assert unit.condition.operands[0].value is None
    assert "not-needed" in codes(pipeline)


def test_results_and_outputs_of_earlier_steps() -> None:
    outcome = inside("steps.one.outcome")
    assert isinstance(outcome, StepResult)
    assert (outcome.step, outcome.tolerated) == ("one", False)
    conclusion = inside("steps.one.conclusion")
    assert isinstance(conclusion, StepResult)
    assert conclusion.tolerated
    output = inside("steps.ONE.outputs.sha")
    assert isinstance(output, Output)
    assert (output.owner, output.id, output.name) == ("step", "one", "sha")


def test_a_step_that_does_not_exist_gives_an_empty_value_and_a_warning() -> None:
    step, pipeline = step_text("steps.nope.outputs.x")
    assert step.script is not None
    assert isinstance(step.script.holes[0].expression, Constant)
    assert "unknown-step" in codes(pipeline)


def test_secrets_and_the_job_token() -> None:
    assert inside("secrets.PYPI_TOKEN") == Secret("PYPI_TOKEN", Span(PATH, 7, 23, 7, 41))
    for spelled in ("secrets.GITHUB_TOKEN", "secrets.github_token", "github.token"):
        node = inside(spelled)
        assert isinstance(node, Secret)
        assert (node.name, node.automatic) == ("GITHUB_TOKEN", True)
    everything = inside("toJSON(secrets)")
    assert isinstance(everything, Call)
    assert isinstance(everything.arguments[0], Secret)


@pytest.mark.parametrize(
    "path",
    [
        "github.head_ref",
        "github.event.issue.title",
        "github.event.pull_request.body",
        "github.event.pull_request.head.ref",
        "github.event.pull_request.head.repo.default_branch",
        "github.event.comment.body",
        "github.event.commits[0].message",
        "github.event.commits.*.author.name",
        "github.event.pages[0].page_name",
        "github.event.head_commit.author.email",
        "github.event.discussion.title",
        "github.event.workflow_run.head_branch",
        "github.event.workflow_run.head_commit.message",
        "GITHUB.Event.Issue['Title']",
        "github.event.issue[github.ref]",
        "toJSON(github.event)",
        "toJSON(github)",
        "fromJSON(toJSON(github.event.issue)).title",
    ],
)
def test_text_that_outsiders_choose_is_untrusted(path: str) -> None:
    """GitHub Docs, "Script injections"; GitHub Security Lab, Untrusted input."""
    assert any(isinstance(node, Name) and node.untrusted for node in walk(inside(path)))


@pytest.mark.parametrize(
    "path",
    [
        "github.ref",
        "github.sha",
        "github.actor",
        "github.event.pull_request.number",
        "github.event.pull_request.head.sha",
        "github.event.pull_request.user.login",
        "github.event.action",
        "matrix.python",
        "vars.REGION",
        "runner.os",
    ],
)
def test_values_with_a_fixed_form_are_not_untrusted(path: str) -> None:
    node = inside(path)
    assert isinstance(node, Name)
    assert not node.untrusted
    assert node.path == tuple(path.split("."))


def test_inputs_of_a_manual_start_are_untrusted_unless_github_checks_them() -> None:
    head = (
        "  workflow_dispatch:\n    inputs:\n      who: {type: string}\n      env: {type: choice, options: [a, b]}\n"
        "      dry: {type: boolean}\n      free:\n"
    )
    text = "on:\n" + head + "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    text += "      - run: ${{ inputs.who }} ${{ inputs.env }} ${{ inputs.dry }} ${{ inputs.free }} "
    text += "${{ github.event.inputs.who }} ${{ github.event.inputs.env }}\n"
    script = read(text).units[0].steps[0].script
    assert script is not None
    found = [hole.expression for hole in script.holes]
    assert [isinstance(node, Name) and node.untrusted for node in found] == [True, False, False, True, True, False]


def test_an_input_that_is_not_declared_is_empty() -> None:
    step, pipeline = step_text("inputs.nope")
    assert step.script is not None
    assert isinstance(step.script.holes[0].expression, Constant)
    assert "unknown-input" in codes(pipeline)


def test_variables_bound_in_the_file_are_replaced_by_their_value() -> None:
    assert inside("env.A", "env: {A: one}\n") == Constant("one", Span(PATH, 8, 23, 8, 28))
    ref = inside("env.A", "env: {A: '${{ github.ref }}'}\n")
    assert isinstance(ref, Name)
    assert ref.path == ("github", "ref")
    own = inside("env.A", "env: {A: one}\n", "        env: {A: two}\n")
    assert isinstance(own, Constant)
    assert own.value == "two"


def test_variables_that_no_file_binds_stay_names() -> None:
    node = inside("env.HOME")
    assert isinstance(node, Name)
    assert node.path == ("env", "HOME")


def test_a_step_variable_is_not_visible_in_another_variable_of_the_same_step() -> None:
    """GitHub Docs, "Workflow syntax", env: variables cannot be defined in terms of others in the map."""
    pipeline = read(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: make\n        env: {A: one, B: '${{ env.A }}'}\n"
    )
    value = pipeline.units[0].steps[0].env[1].value
    assert isinstance(value.holes[0].expression, Name)


def test_a_context_is_refused_where_github_does_not_offer_it() -> None:
    """GitHub Docs, "Contexts reference", Context availability: a job's `if` sees no env, matrix or secrets."""
    for context in ("env.A", "matrix.python", "secrets.X", "steps.a.outcome"):
        unit, pipeline = job(f"{context} == 'x'")
        assert "context-not-available" in codes(pipeline), context
        assert isinstance(unit.condition, Operation)
        assert isinstance(unit.condition.operands[0], Unresolved)


def test_unknown_contexts_functions_and_wrong_arguments_are_errors() -> None:
    assert "unknown-context" in codes(job("nothing.here")[1])
    assert "unknown-function" in codes(job("lower('A') == 'a'")[1])
    assert "wrong-arguments" in codes(job("contains('a')")[1])
    assert "wrong-arguments" in codes(job("case(true, 'a')")[1])
    assert "function-not-available" in codes(step_text("always()")[1])
    assert "function-not-available" in codes(job("hashFiles('x') == ''")[1])


# -- constants ------------------------------------------------------------------------------------


def test_json_constants_are_computed() -> None:
    assert lowered("fromJSON('true')") == Constant(True, Span(PATH, 8, 9, 8, 25))
    number = lowered("fromJSON('3')")
    assert isinstance(number, Constant)
    assert number.value == 3.0
    member = lowered("""fromJSON('{"a":{"b":"c"}}').a.b""")
    assert isinstance(member, Constant)
    assert member.value == "c"


def test_a_search_in_a_constant_list_becomes_comparisons() -> None:
    """GitHub Docs, contains, "Example matching an array of strings"."""
    node = lowered("""contains(fromJSON('["push", "pull_request"]'), github.event_name)""")
    assert isinstance(node, Operation)
    assert node.operator == "or"
    assert [getattr(part, "operator", "") for part in node.operands] == ["==", "=="]


def test_format_becomes_a_template() -> None:
    node = inside("format('{{{0}}}-{1}', github.ref, 'x')")
    assert isinstance(node, Template)
    assert node.parts[0] == "{"
    assert isinstance(node.parts[1], Name)
    assert node.parts[2] == "}-"
    assert inside("format('{0}', github.ref, 1)") == Template(
        (Name(("github", "ref"), Span(PATH, 7, 37, 7, 47)),), Span(PATH, 7, 23, 7, 51)
    )


def test_what_is_not_constant_stays_a_call() -> None:
    for text in ("fromJSON(needs.build.outputs.x)", "format(github.ref, 'a')", "format('{3}', 'a')"):
        assert isinstance(lowered(text), Call), text


def test_values_that_are_repeated_in_each_other_do_not_grow_without_bound() -> None:
    inner = "github.ref"
    for _ in range(30):
        inner = f"format('{{0}}{{0}}', {inner})"
    assert len(walk(lowered(inner))) < 20_000
