"""DAGs that start each other in ways nobody means: an answer always comes back, in bounded time."""

from __future__ import annotations

import time

import pytest

from gradeline.model.pipeline import Pipeline
from gradeline.readers import load
from gradeline.source import SourceFile

HEAD = "from airflow.sdk import Asset, DAG, asset, task\n"
NESTED = "a = [Asset('x')]\n" + "a = [a, a]\n" * 60
STORIES = {
    "lists in lists that double": NESTED + "@asset(schedule=a)\ndef one(): pass\n",
    "outlets in lists that double": NESTED + "@asset.multi(schedule=None, outlets=a)\ndef one(): pass\n"
    "@asset(schedule=Asset('x'))\ndef two(): pass\n",
    "conditions in conditions": "a = Asset('x')\n" + "a = a | a\n" * 60 + "@asset(schedule=a)\ndef one(): pass\n",
    "an asset that starts itself": "@asset(schedule=Asset('one'))\ndef one(): pass\n",
    "a circle of a hundred": "".join(
        f"@asset(schedule=Asset('a{(number + 1) % 100}'))\ndef a{number}(): pass\n" for number in range(100)
    ),
    "everything starts everything after it": "".join(
        f"@asset(schedule=[{', '.join(f'a{earlier}' for earlier in range(number))}])\ndef a{number}(): pass\n"
        for number in range(120)
    ),
    "settings that double": NESTED + "@asset(schedule=None, params=a, tags=a)\ndef one(): pass\n"
    "@asset(schedule=one, params=a, tags=a)\ndef two(): pass\n",
    "no schedule and no brackets": "@asset\ndef one(): pass\n@asset(schedule=one)\ndef two(): pass\n",
    "an asset that is no function": "@asset(schedule=None)\nclass One: pass\n",
    "names that are no texts": "@asset(schedule=None, name=7, uri=[1], dag_id=None)\ndef one(): pass\n",
}


def pipelines(files: dict[str, str]) -> tuple[Pipeline, ...]:
    class Files:
        paths = tuple(files)

        def read(self, path: str) -> SourceFile | None:
            return SourceFile(path, files[path]) if path in files else None

    return tuple(load(Files())[1])


@pytest.mark.parametrize("story", STORIES)
def test_assets_are_followed_in_bounded_time(story: str) -> None:
    started = time.process_time()
    for pipeline in pipelines({"dags/churn.py": HEAD + STORIES[story]}):
        assert len({unit.id for unit in pipeline.units}) == len(pipeline.units)
    assert time.process_time() - started < 10


def test_five_hundred_dags_in_fifty_files_stay_apart_when_they_are_too_many() -> None:
    def file(number: int) -> str:
        return HEAD + "".join(
            f"@asset(schedule=Asset('a{number}x{one - 1}'))\ndef a{number}x{one}(): pass\n" for one in range(10)
        )

    started = time.process_time()
    found = pipelines({f"dags/d{number}.py": file(number) for number in range(50)})
    assert len(found) == 500
    assert time.process_time() - started < 20
