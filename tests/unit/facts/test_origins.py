"""What a computed tag depends on, followed through variables, outputs and scripts."""

from __future__ import annotations

import pytest

from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Toolbox
from gradeline.facts.origins import Around, Resolver
from gradeline.model.project import Project
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile

HEAD = """on:
  push: {branches: [main], tags: ["v*"]}
env:
  CONSTANT: fixed
  COMMIT: ${{ github.sha }}
jobs:
  make:
    runs-on: ubuntu-24.04
    outputs:
      tag: ${{ steps.name.outputs.tag }}
    steps:
      - id: name
        run: |
          commit=$(git rev-parse --short HEAD)
          {
            echo "tag=build-$commit"
            echo "branch=$GITHUB_REF_NAME"
          } >> "$GITHUB_OUTPUT"
      - run: echo "LATER=$(git describe --tags)" >> "$GITHUB_ENV"
      - id: image
        uses: docker/build-push-action@v7
  use:
    needs: make
    runs-on: ubuntu-24.04
    steps:
      - env:
          VALUE: %s
        run: |
          ALIAS="$VALUE"
          LOOP="$LOOP$LOOP"
          docker push "x:$ALIAS"
"""


def resolver(value: str) -> tuple[Resolver, Around]:
    source = SourceFile("ci.yml", HEAD % value)
    pipeline = read_workflow("ci.yml", lambda path: source if path == "ci.yml" else None)
    assert [item.message for item in pipeline.diagnostics] == []
    project = Project()
    facts = PipelineFacts(pipeline, project, Toolbox(project))
    unit = next(unit for unit in pipeline.units if unit.id == "use")
    scenario = next(scenario for scenario in pipeline.scenarios if scenario.kind == "push")
    return Resolver(facts, scenario), Around(unit, unit.steps[0], unit.steps[0].script)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", set()),
        ("${{ github.sha }}", {"commit"}),
        ("${{ github.ref_name }}-${{ github.run_id }}", {"ref", "run"}),
        ("${{ env.COMMIT }}", {"commit"}),
        ("${{ env.CONSTANT }}", set()),
        ("${{ needs.make.outputs.tag }}", {"commit"}),
        ("${{ vars.TAG }}", {"unknown"}),
        ("${{ github.event.release.tag_name }}", {"version"}),
        ("${{ github.repository }}", set()),
    ],
)
def test_an_expression_is_followed_to_where_its_value_comes_from(value: str, expected: set[str]) -> None:
    find, around = resolver(value)
    assert find.variable("ALIAS", around) == expected


def test_a_variable_that_only_the_platform_sets_is_known_by_its_name() -> None:
    find, around = resolver("plain")
    assert find.variable("GITHUB_SHA", around) == {"commit"}
    assert find.variable("GITHUB_REF_NAME", around) == {"ref"}
    assert find.variable("RUNNER_OS", around) == set()
    assert find.variable("NOBODY_SETS_THIS", around) == {"unknown"}


def test_a_variable_made_of_itself_ends() -> None:
    find, around = resolver("plain")
    assert find.variable("LOOP", around) == set()


def test_outputs_and_variables_of_earlier_steps_are_followed_in_their_own_job() -> None:
    find, _ = resolver("plain")
    unit = next(unit for unit in find.facts.pipeline.units if unit.id == "make")
    last = Around(unit, unit.steps[-1])
    assert find.variable("LATER", last) == {"version"}
    assert find.expression(unit.outputs["tag"], last) == {"commit"}
