"""Blocks of steps whose outcome is known: every run is the one that a simulation of all steps gives."""

from __future__ import annotations

import pytest

from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Toolbox
from gradeline.readers import load
from gradeline.source import SourceFile

# One unit, blocks in blocks: a failure that is caught and one that is not, values that a later block asks for, a
# question that nothing in the file answers, marks on the run, and a step that looks at the tests before it.
SCRIPTED = """\
node {
  def status = 0
  def version = ''
  try {
    stage('Prepare') {
      checkout scm
      if (env.FULL == 'yes') {
        sh 'docker pull clean'
        sh 'docker pull deps'
        sh 'docker pull tools'
        sh 'docker pull docs'
      }
      sh 'docker pull lint'
    }
    stage('Look') {
      status = sh(script: 'docker pull probe', returnStatus: true)
      version = sh(script: 'cat VERSION', returnStdout: true)
      sh 'docker pull one'
      sh 'docker pull two'
      sh 'docker pull three'
    }
    stage('Test') {
      catchError(buildResult: 'SUCCESS', stageResult: 'FAILURE') {
        sh 'pytest --junitxml=report.xml'
        sh 'docker pull four'
        sh 'docker pull five'
        sh 'docker pull six'
        sh 'docker pull seven'
      }
    }
    stage('Tell') {
      junit 'report.xml'
      if (currentBuild.currentResult == 'UNSTABLE') {
        sh 'docker pull unstable'
      }
      sh 'docker pull told-one'
      sh 'docker pull told-two'
      sh 'docker pull told-three'
    }
    stage('Tell again') {
      if (currentBuild.currentResult == 'UNSTABLE') {
        sh 'docker pull still-unstable'
      }
      sh 'docker pull again-one'
      sh 'docker pull again-two'
      sh 'docker pull again-three'
    }
    stage('Build') {
      if (status == 0) {
        sh "docker build -t app:${version} ."
        sh 'docker pull eight'
        sh 'docker pull nine'
        sh 'docker pull ten'
        sh 'docker pull eleven'
      }
    }
  } catch (error) {
    stage('Report') {
      sh 'curl --fail https://chat.example.org/failed'
      sh 'docker pull logs'
      sh 'docker pull traces'
      sh 'docker pull archive'
      sh 'docker pull tidy'
    }
    throw error
  } finally {
    stage('Leave') {
      sh 'docker logout'
      sh 'docker pull bye-one'
      sh 'docker pull bye-two'
      sh 'docker pull bye-three'
      sh 'docker pull bye-four'
    }
  }
}
"""


# An action of the repository.  What it does depends on an output and a variable of earlier steps, on the job before,
# and on the leg.
ACTION = """\
name: Build
inputs: {version: {required: true}, before: {required: true}, python: {required: true}}
outputs: {version: {value: "${{ steps.version.outputs.version }}"}}
runs:
  using: composite
  steps:
    - {shell: bash, run: 'docker pull "app:${{ inputs.version }}"'}
    - {shell: bash, run: 'docker pull "python:${{ inputs.python }}"'}
    - {shell: bash, run: 'if [ "$MODE" = broken ]; then docker pull broken; else docker pull whole; fi'}
    - {if: "${{ inputs.before == 'failure' }}", shell: bash, run: docker pull before}
    - {id: version, shell: bash, run: 'echo "version=$(cat VERSION)" >> "$GITHUB_OUTPUT"'}
    - {shell: bash, run: 'echo "BUILT=yes" >> "$GITHUB_ENV"'}
    - {if: "${{ failure() }}", shell: bash, run: docker pull logs}
"""
CALLER = """\
on: push
jobs:
  before:
    runs-on: ubuntu-24.04
    steps:
      - run: pip download first
  build:
    needs: before
    if: ${{ !cancelled() }}
    strategy: {matrix: {python: ["3.11", "3.12"]}}
    runs-on: ubuntu-24.04
    steps:
      - run: pytest
        continue-on-error: true
        id: tests
      - if: ${{ vars.FULL == 'yes' }}
        run: docker pull full
      - run: pip download mode || echo "MODE=broken" >> "$GITHUB_ENV"
      - id: pick
        run: |
          if pip download pick; then echo "version=1" >> "$GITHUB_OUTPUT"; else echo "version=2" >> "$GITHUB_OUTPUT"; fi
      - uses: ./.github/actions/build
        id: built
        with:
          version: ${{ steps.pick.outputs.version }}
          before: ${{ needs.before.result }}
          python: ${{ matrix.python }}
      - if: ${{ steps.tests.outcome == 'failure' }}
        run: docker pull report
      - if: ${{ steps.built.outputs.version != '' && env.BUILT == 'yes' }}
        run: docker pull push
"""

# A failed test makes the stage unstable, and that ends the run.
DECLARATIVE = """\
pipeline {
  agent any
  options { skipStagesAfterUnstable() }
  stages {
    stage('Test') {
      steps {
        catchError(buildResult: 'SUCCESS', stageResult: 'SUCCESS') { sh 'pytest --junitxml=report.xml' }
        dir('reports') {
          junit 'report.xml'
          sh 'docker pull one'
          sh 'docker pull two'
          sh 'docker pull three'
          sh 'docker pull four'
        }
        script { if (env.FULL == 'yes') { sh 'docker pull five' } }
      }
    }
    stage('Push') { steps { sh 'docker push app' } }
  }
}
"""

SUBMISSIONS = {
    "scripted": {"Jenkinsfile": SCRIPTED},
    "declarative": {"Jenkinsfile": DECLARATIVE},
    "composite action": {".github/workflows/ci.yml": CALLER, ".github/actions/build/action.yml": ACTION},
}


class Files:
    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.paths = tuple(files)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


def facts_of(files: dict[str, str]) -> PipelineFacts:
    project, pipelines = load(Files(files))
    return PipelineFacts(pipelines[0], project, Toolbox(project))


def shape(run: object) -> object:
    """Everything of a run that a check can see, but its scenario."""
    reached = [(key, item.place, item.invocation) for key, item in run.reached.items()]  # type: ignore[attr-defined]
    rest = ("steps", "unit_results", "legs", "assumptions", "cut", "marked", "refused", "guessed", "touched")
    return reached, [getattr(run, name) for name in rest]


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_run_with_known_blocks_is_the_one_in_which_every_step_is_simulated(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, whole = facts_of(SUBMISSIONS[name]), facts_of(SUBMISSIONS[name])
    monkeypatch.setattr(whole.simulator.blocks, "key", lambda *_: None)
    keys = sorted({key for item in whole.activities for key in item.keys})
    tests = next(key for key in keys if "pytest" in key)
    experiments = [frozenset[str](), *(frozenset({key}) for key in keys), *(frozenset({tests, key}) for key in keys)]
    experiments += [frozenset(keys), frozenset(keys[::2])]
    for scenario in whole.pipeline.scenarios:
        for failing in experiments:
            known, simulated = quick.runs(scenario, failing), whole.runs(scenario, failing)
            assert [shape(run) for run in known.results] == [shape(run) for run in simulated.results], (failing,)
            assert known.complete is simulated.complete
    assert quick.simulator.work == whole.simulator.work  # the bounds on worlds count the same


def test_only_the_blocks_around_a_failing_command_are_simulated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = facts_of(SUBMISSIONS["scripted"])
    scenario = facts.pipeline.scenarios[0]
    key = next(key for item in facts.activities for key in item.keys if item.text == "docker pull three")
    facts.runs(scenario)
    simulated: list[str] = []
    script = facts.simulator._script

    def seen(step, *rest):  # type: ignore[no-untyped-def]
        simulated.append(step.script.raw)
        return script(step, *rest)

    monkeypatch.setattr(facts.simulator, "_script", seen)
    runs = facts.runs(scenario, [key]).results
    assert all(run.failed and key in run.reached for run in runs)
    assert {text for text in simulated if text.startswith("docker pull")} <= {
        "docker pull probe", "docker pull one", "docker pull two", "docker pull three", "docker pull lint",
        "docker pull logs", "docker pull traces", "docker pull archive", "docker pull tidy",
    }  # fmt: skip


HANDS_ON = """\
name: Tag
runs:
  using: composite
  steps:
    - {shell: bash, run: 'echo "TAG=5d1f0a3" >> "$GITHUB_ENV"'}
"""
USES_IT = """\
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./.github/actions/tag
      - if: ${{ env.TAG != '' }}
        run: docker push "app:$TAG"
"""


def test_a_variable_that_an_action_hands_on_is_known_to_later_steps() -> None:
    # GitHub Docs, "Workflow commands", GITHUB_ENV: available to any later step of the job, also after an action.
    facts = facts_of({".github/workflows/ci.yml": USES_IT, ".github/actions/tag/action.yml": HANDS_ON})
    assert [item.text for item in facts.activities] == ["docker push app:5d1f0a3"]
    (run,) = facts.runs(facts.pipeline.scenarios[0]).results
    assert run.assumptions == ()
