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
        experiments = [frozenset[str](), *(frozenset({key}) for key in keys), frozenset(keys)]
        for scenario in facts.pipeline.scenarios:
            for failing in experiments:
                worlds = facts.runs(scenario, failing)
                assert all(run.scenario is scenario for run in worlds.results)
                known = fresh(pipeline, project, scenario.id, failing)
                assert [shape(run) for run in worlds.results] == known, (pipeline.path, scenario.id, failing)
