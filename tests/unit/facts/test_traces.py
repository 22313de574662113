"""Traced runs: which unknown value is which."""

from __future__ import annotations

from gradeline.facts.case import Case, build_case
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traces import Source, Traces, plain
from gradeline.readers import load
from gradeline.source import SourceFile

WORKFLOW = """\
on:
  workflow_dispatch:
    inputs:
      digest: {type: string, required: true}
      other: {type: string}
jobs:
  find:
    runs-on: ubuntu-24.04
    outputs: {image: "${{ steps.look.outputs.image }}"}
    steps:
      - id: look
        run: |
          found="$(crane digest churn:main)"
          echo "image=$found" >> "$GITHUB_OUTPUT"
  one:
    needs: find
    runs-on: ubuntu-24.04
    env: {DIGEST: "${{ inputs.digest }}"}
    steps:
      - run: |
          go() { deploy "$1" "${2#sha256:}"; }
          go first "$DIGEST"
      - run: deploy second "${{ inputs.digest }}"
      - run: deploy third "${{ inputs.other }}"
      - run: deploy fourth "${{ needs.find.outputs.image }}"
  two:
    needs: find
    runs-on: ubuntu-24.04
    steps:
      - run: deploy fifth "${{ needs.find.outputs.image }}"
      - run: deploy sixth "$(crane digest churn:main)"
      - run: deploy seventh "$(printf '%s' "${{ inputs.digest }}" | tr a-z A-Z)"
"""


class Files:
    paths = (".github/workflows/deploy.yml",)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, WORKFLOW) if path in self.paths else None


def case() -> Case:
    project, pipelines = load(Files())
    return build_case(project, pipelines, {}, {}, None)


def values() -> tuple[Traces, dict[str, str]]:
    facts = case().pipelines[0]
    found: dict[str, str] = {}
    for item in facts.traced.activities(facts.pipeline.scenarios[0], facts.activities):
        if item.invocation is not None and item.invocation.words[0] == "deploy":
            found[item.invocation.words[1]] = item.invocation.words[2]
    return facts.traced.traces, found


def names(traces: Traces, text: str) -> set[str]:
    return {source.name if source is not None else "" for source in traces.roots(text)}


def test_a_value_keeps_its_sign_through_variables_functions_and_expressions() -> None:
    traces, found = values()
    assert names(traces, found["first"]) == {"inputs.digest"}
    assert names(traces, found["second"]) == {"inputs.digest"}
    assert found["first"] != found["second"]  # the first one is only a part of the second


def test_two_inputs_are_two_values() -> None:
    traces, found = values()
    assert found["second"] != found["third"]
    assert names(traces, found["third"]) == {"inputs.other"}


def test_an_output_of_one_job_is_the_same_in_all_that_get_it() -> None:
    traces, found = values()
    assert found["fourth"] == found["fifth"]
    (source,) = traces.roots(found["fourth"])
    assert source is not None
    assert (source.kind, source.unit, source.words) == ("command", "find", (("crane", "digest", "churn:main"),))


def test_a_name_that_is_looked_up_again_is_another_value() -> None:
    traces, found = values()
    assert found["sixth"] != found["fifth"]
    assert names(traces, found["seventh"]) == {"inputs.digest"}  # what is only rewritten is from the same place


def test_without_signs_a_traced_run_is_the_plain_one() -> None:
    facts = case().pipelines[0]
    scenario = facts.pipeline.scenarios[0]
    known = {key for run in facts.runs(scenario).results for key in run.reached}
    traced = {plain(key) for run in facts.traced.runs(scenario) for key in run.reached}
    assert known == traced


def test_a_text_without_a_sign_has_no_source() -> None:
    traces = Traces()
    signed = traces.sign(Source("setting", "a"))
    assert plain(f"x{signed}y{HIDDEN}z") == f"x{HIDDEN}y{HIDDEN}z"
    assert [source.name if source else "" for source in traces.sources(f"x{signed}y{HIDDEN}z")] == ["a", ""]
