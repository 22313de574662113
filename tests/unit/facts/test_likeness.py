"""Runs that are taken over from another scenario or experiment are those that a fresh simulation gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Toolbox
from gradeline.facts.worlds import explore
from gradeline.model.pipeline import Pipeline
from gradeline.model.project import Project
from gradeline.readers import load
from gradeline.source import SourceFile

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = sorted(
    [
        *(ROOT / "tests/fixtures/triplets").iterdir(),
        *(ROOT / "solutions").glob("exercise-1[25678]-*/exemplar*"),
        *(ROOT / "solutions").glob("exercise-33-*/exemplar*"),
    ]
)


class Folder:
    def __init__(self, root: Path) -> None:
        self.files = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }
        self.paths = tuple(self.files)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


def shape(run: object) -> object:
    """Everything of a run that a check can see, but its scenario."""
    reached = [(key, item.place, item.invocation) for key, item in run.reached.items()]  # type: ignore[attr-defined]
    rest = ("steps", "unit_results", "legs", "assumptions", "cut", "marked", "refused", "guessed", "touched")
    return reached, [getattr(run, name) for name in rest]


def fresh(pipeline: Pipeline, project: Project, scenario_id: str, failing: frozenset[str]) -> list[object]:
    """The runs of one experiment by a simulator that has never run anything."""
    facts = PipelineFacts(pipeline, project, Toolbox(project))
    scenario = next(one for one in facts.pipeline.scenarios if one.id == scenario_id)
    worlds = explore(lambda oracle: facts.simulator.run(scenario, failing, oracle), 48)
    return [shape(run) for run in worlds.results]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_run_that_is_taken_over_is_the_one_a_fresh_simulation_gives(folder: Path) -> None:
    project, pipelines = load(Folder(folder))
    for pipeline in pipelines:
        facts = PipelineFacts(pipeline, project, Toolbox(project))
        keys = sorted({key for item in facts.activities for key in item.keys})[:6]
        ends = [f"{end}:{unit.id}" for unit in facts.pipeline.units for end in ("failure", "cancelled")][:12]
        experiments = [frozenset[str](), *(frozenset({key}) for key in (*keys, *ends)), frozenset(keys)]
        for scenario in facts.pipeline.scenarios:
            for failing in experiments:
                worlds = facts.runs(scenario, failing)
                assert all(run.scenario is scenario for run in worlds.results)
                known = fresh(pipeline, project, scenario.id, failing)
                assert [shape(run) for run in worlds.results] == known, (pipeline.path, scenario.id, failing)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_run_of_everything_that_is_taken_over_is_the_one_a_fresh_simulation_gives(folder: Path) -> None:
    project, pipelines = load(Folder(folder))
    for pipeline in pipelines:
        facts = PipelineFacts(pipeline, project, Toolbox(project))
        for scenario in facts.pipeline.scenarios:
            other = PipelineFacts(pipeline, project, Toolbox(project))
            known = next(one for one in other.pipeline.scenarios if one.id == scenario.id)
            assert shape(facts.everything(scenario)) == shape(other.everything(known)), (pipeline.path, scenario.id)


FROM_MAIN_ONLY = """
name: ci
on:
  push: {branches: [main]}
  pull_request:
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: pytest
  release:
    needs: test
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    steps:
      - run: make release
"""


def from_main_only(tmp_path: Path) -> PipelineFacts:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(FROM_MAIN_ONLY, encoding="utf-8")
    project, (pipeline,) = load(Folder(tmp_path))
    return PipelineFacts(pipeline, project, Toolbox(project))


def test_a_job_that_asks_nothing_of_the_event_is_simulated_once_for_all_events(tmp_path: Path) -> None:
    facts = from_main_only(tmp_path)
    push, review = facts.scenarios("push")[0], facts.scenarios("review")[0]
    facts.runs(push)
    assert facts.simulator.work == 2  # pytest, make release
    runs = facts.runs(review).results
    assert [run.unit_results for run in runs] == [{"test": "success", "release": "skipped"}]
    assert (facts.simulator.work, facts.simulator.replayed) == (2, 1)


def test_a_run_that_stops_before_anybody_asks_for_the_event_is_taken_over(tmp_path: Path) -> None:
    facts = from_main_only(tmp_path)
    push, review = facts.scenarios("push")[0], facts.scenarios("review")[0]
    facts.runs(push), facts.runs(review)
    key = next(key for item in facts.activities if item.text == "pytest" for key in item.keys)
    stopped = facts.runs(push, [key]).results
    done = facts.simulator.work, facts.simulator.replayed
    assert [run.unit_results for run in stopped] == [{"test": "failure", "release": "skipped"}]
    again = facts.runs(review, [key]).results
    assert [(run.scenario, run.unit_results) for run in again] == [(review, stopped[0].unit_results)]
    assert (facts.simulator.work, facts.simulator.replayed) == done
