"""Broken, cut and hostile workflows: a pipeline always comes back, in bounded time."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradeline.model.pipeline import Pipeline
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile

PATH = ".github/workflows/ci.yml"
FILES = {
    "act/action.yml": "inputs: {a: {default: '${{ github.token }}'}}\n"
    "outputs: {o: {value: '${{ steps.s.outputs.q }}'}}\n"
    "runs:\n  using: composite\n  steps:\n    - {id: s, shell: bash, run: 'echo ${{ inputs.a }}'}\n    - uses: ./act\n",
    ".github/workflows/called.yml": "on: {workflow_call: {inputs: {x: {type: string}}, secrets: {k: }}}\n"
    "jobs: {in: {runs-on: '${{ inputs.x }}', steps: [{run: 'echo ${{ secrets.k }}'}]}}\n",
}
WORKFLOW = """\
name: CI
on:
  push: {branches: [main, 'release/**'], paths-ignore: ['**.md', '!a']}
  pull_request: {types: [opened, closed]}
  schedule: [{cron: '*/5 3 * * 1-5'}]
  workflow_dispatch: {inputs: {who: {type: string, default: me}}}
  workflow_run: {workflows: [Other]}
permissions: {contents: read, id-token: write}
concurrency: {group: 'ci-${{ github.ref }}', cancel-in-progress: "${{ github.ref != 'x' }}"}
env: &env {PY: '3.12', WHO: '${{ inputs.who }}'}
defaults: {run: {shell: bash}}
jobs:
  test: &job
    runs-on: ${{ matrix.os }}
    strategy:
      fail-fast: false
      matrix: {os: [ubuntu-latest], py: [3.10, '3.11'], include: [{py: '3.13', x: true}], exclude: [{py: 3.10}]}
    continue-on-error: ${{ matrix.x == true }}
    container: {image: 'python:3.12@sha256:1', env: *env}
    outputs: {v: '${{ steps.b.outputs.version }}'}
    steps:
      - uses: actions/checkout@8f4b7f84864484a7bf31766abe9204da3cbe65b3 # v4.1.0
      - {uses: ./act, with: {a: '${{ github.event.issue.title }}'}, id: c}
      - uses: dorny/paths-filter@v3
        with:
          filters: |
            src: ['src/**', '!x/*.{a,b}']
      - id: b
        if: |
          ${{ failure() && contains(fromJSON('["a", "b"]'), github.ref) }}
        run: |
          pytest | tee log
          echo "${{ format('{0}-{1}', env.PY, secrets.X) }}"
      - parallel: [{run: a}, {id: p, run: b, background: true}]
      - {id: q, run: c, background: true}
      - wait: [q]
  other: *job
  call:
    needs: [test, other]
    uses: ./.github/workflows/called.yml
    with: {x: '${{ needs.test.outputs.v }}'}
    secrets: inherit
  all:
    needs: [call]
    if: ${{ always() }} && true
    runs-on: [self-hosted, gpu]
    steps: [{uses: re-actors/alls-green@release/v1, with: {jobs: '${{ toJSON(needs) }}'}}]
"""
PIECES = [
    *"{}[]:-&*!|>'\"#%@`,? \n\t",
    "${{", "}}", "<<: *env", "&x ", "*env", "if: ", "needs: call\n", "uses: ./act", "null", "~", "- ", "  ",
    "\x00", "é", "\u2028",
]  # fmt: skip


def read(text: str) -> Pipeline:
    files = {**FILES, PATH: text}
    return read_workflow(PATH, lambda path: SourceFile(path, files[path]) if path in files else None)


def test_the_workflow_used_here_is_a_good_one() -> None:
    pipeline = read(WORKFLOW)
    assert [item.code for item in pipeline.diagnostics if item.severity == "error"] == ["action-cycle"]
    assert [unit.id for unit in pipeline.units] == ["test", "other", "call / (start)", "call / in", "call", "all"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(WORKFLOW)))
def test_a_workflow_that_is_cut_off_is_read_as_far_as_it_goes(end: int) -> None:
    pipeline = read(WORKFLOW[:end])
    assert pipeline.path == PATH
    if not pipeline.units:
        assert pipeline.diagnostics


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(WORKFLOW)), st.integers(0, 12), st.sampled_from(PIECES)), max_size=5))
def test_a_damaged_workflow_still_gives_a_pipeline(changes: list[tuple[int, int, str]]) -> None:
    text = WORKFLOW
    for position, length, piece in changes:
        text = text[:position] + piece + text[position + length :]
    pipeline = read(text)
    ids = [unit.id for unit in pipeline.units]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for unit in pipeline.units:
        assert {edge.unit for edge in unit.needs} <= known
        steps = [step.id for step in unit.walk()]
        assert len(steps) == len(set(steps))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_gives_a_pipeline(text: str) -> None:
    assert read(text).platform == "github"


@settings(max_examples=100, deadline=None)
@given(st.text("ab.()[]*!=<>&|,'0 $*{}\n", max_size=60))
def test_any_condition_gives_a_pipeline(text: str) -> None:
    import json

    read(f"on: push\njobs: {{a: {{runs-on: x, if: {json.dumps(text)}, steps: [{{run: {json.dumps(text)}}}]}}}}\n")


def test_reading_twice_gives_the_same_pipeline() -> None:
    assert read(WORKFLOW) == read(WORKFLOW)


def limited(text: str, seconds: float = 5.0) -> Pipeline:
    start = time.process_time()
    pipeline = read(text)
    assert time.process_time() - start < seconds
    return pipeline


def test_many_large_steps_repeated_by_aliases_are_bounded() -> None:
    steps = "".join(f"      - run: echo {number}\n" for number in range(900))
    jobs = "".join(f"  j{number}: {{runs-on: x, steps: *s}}\n" for number in range(90))
    limited(f"on: push\njobs:\n  a:\n    runs-on: x\n    steps: &s\n{steps}{jobs}")


def test_a_variable_that_is_repeated_in_each_other_is_bounded() -> None:
    many = "${{ env.A }}" * 500
    outer = "${{ github.ref }}" * 500
    pipeline = limited(
        f"on: push\nenv: {{A: '{outer}'}}\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        f"      - run: make\n        env: {{B: '{many}'}}\n      - run: '{many}'\n        env: {{A: '{many}'}}\n"
    )
    assert pipeline.units


def test_an_action_that_doubles_its_input_at_each_level_is_bounded() -> None:
    files = {
        f"a{level}/action.yml": "inputs: {x: }\nruns:\n  using: composite\n  steps:\n"
        f"    - uses: ./a{level + 1}\n      with: {{x: '{'${{ inputs.x }}' * 8}'}}\n"
        for level in range(9)
    }
    files["a9/action.yml"] = "inputs: {x: }\nruns: {using: composite, steps: [{shell: sh, run: '${{ inputs.x }}'}]}\n"
    files[PATH] = "on: push\njobs: {a: {runs-on: x, steps: [{uses: ./a0, with: {x: '${{ github.ref }}'}}]}}\n"
    start = time.process_time()
    pipeline = read_workflow(PATH, lambda path: SourceFile(path, files[path]) if path in files else None)
    assert time.process_time() - start < 5
    (step,) = [item for item in pipeline.units[0].walk() if item.script is not None]
    assert step.script is not None
    assert step.script.holes


def test_an_action_that_uses_another_many_times_is_bounded() -> None:
    files = {
        f"a{level}/action.yml": "runs:\n  using: composite\n  steps:\n" + f"    - uses: ./a{level + 1}\n" * 10
        for level in range(9)
    }
    files["a9/action.yml"] = "runs: {using: composite, steps: [{shell: sh, run: x}]}\n"
    files[PATH] = "on: push\njobs: {a: {runs-on: x, steps: [{uses: ./a0}]}}\n"
    start = time.process_time()
    pipeline = read_workflow(PATH, lambda path: SourceFile(path, files[path]) if path in files else None)
    assert time.process_time() - start < 10
    assert "too-large" in [item.code for item in pipeline.diagnostics]
    assert pipeline.opaque


def test_many_patterns_and_schedules_are_bounded() -> None:
    patterns = ", ".join(f"'**{'a?' * 20}{number}'" for number in range(3000))
    jobs = "jobs: {a: {runs-on: x, steps: [{run: x}]}}\n"
    limited(f"on: {{push: {{branches: [{patterns}], paths: [{patterns}]}}}}\n{jobs}")
    crons = ", ".join("{cron: '*/5 * * * *'}" for _ in range(2000))
    pipeline = limited(f"on: {{schedule: [{crons}]}}\n{jobs}")
    assert len(pipeline.scenarios) == 8
    assert "too-many-starts" in [item.code for item in pipeline.diagnostics]


def test_learner_text_in_messages_is_one_short_printable_line() -> None:
    name = "x\\e[2J\\n" + "y" * 500
    pipeline = read(f'on: push\njobs: {{a: {{runs-on: x, needs: "{name}", steps: [{{run: x}}]}}}}\n')
    (found,) = [item for item in pipeline.diagnostics if item.code == "unknown-need"]
    assert found.message.isprintable()
    assert len(found.message) < 200
