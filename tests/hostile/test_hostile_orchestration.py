"""DAGs, flows and pipelines that want to crash, hang or fool the reader."""

from __future__ import annotations

import time

import pytest

from gradeline.facts.case import build_case
from gradeline.model.pipeline import Pipeline
from gradeline.readers import load
from gradeline.source import SourceFile

SECONDS = 20  # of work; each takes a fraction of it
AIRFLOW = "from airflow.sdk import DAG, dag, task\nfrom airflow.providers.standard.operators.bash import BashOperator\n"
PREFECT = "from prefect import flow, task\n"
KUBEFLOW = "from kfp import dsl\n"


class Files:
    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.paths = tuple(sorted(texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def answered(text: str, path: str = "dags/churn.py", **more: str) -> tuple[Pipeline, ...]:
    start = time.process_time()
    project, pipelines = load(Files({path: text, **more}))
    for facts in build_case(project, pipelines, {}).pipelines:
        assert facts.activities is not None
    assert time.process_time() - start < SECONDS
    return pipelines


@pytest.mark.parametrize(
    "text",
    [
        AIRFLOW + "with DAG('x'):\n    a = " + "(" * 5000 + ")" * 5000,
        AIRFLOW + "x" + ".b" * 20_000,
        AIRFLOW + "\0",
        AIRFLOW + "with DAG('x'):\n" + "    a = " + "-" * 9000 + "1\n",
        AIRFLOW + "a = " + "[" * 150 + "]" * 150 + "\n" + "with DAG('x'): pass\n",
        PREFECT + "@flow\ndef f(:\n    pass\n",
        KUBEFLOW + "@dsl.pipeline\ndef p(\n",
        "airflow prefect kfp",
    ],
)
def test_text_that_is_hardly_python_never_crashes_a_reader(text: str) -> None:
    answered(text)


def test_a_loop_over_a_hundred_million_is_not_unrolled() -> None:
    (pipeline,) = answered(
        AIRFLOW
        + "with DAG('x'):\n    for i in range(10**8):\n        BashOperator(task_id=f't{i}', bash_command='x')\n"
    )
    assert pipeline.opaque[0].reason == "how many tasks this loop makes is computed"


def test_loops_inside_loops_are_cut() -> None:
    inner = "".join(f"{'    ' * (depth + 1)}for i{depth} in range(60):\n" for depth in range(6))
    answered(AIRFLOW + f"with DAG('x'):\n{inner}{'    ' * 7}BashOperator(task_id='t', bash_command='x')\n")


def test_a_text_that_doubles_itself_stays_small() -> None:
    answered(
        AIRFLOW + "a = 'x'\n" + "a = a + a\n" * 60 + "with DAG(a):\n    BashOperator(task_id='t', bash_command=a)\n"
    )


def test_a_list_that_doubles_itself_stays_small() -> None:
    answered(AIRFLOW + "a = [1]\n" + "a = a + a\n" * 60 + "with DAG('x'):\n    pass\n")


def test_a_number_that_grows_is_given_up() -> None:
    answered(AIRFLOW + "a = 9\n" + "a = a * a\n" * 60 + "with DAG('x', max_active_runs=a):\n    pass\n")


def test_functions_that_call_themselves_end() -> None:
    answered(AIRFLOW + "def f(n):\n    return f(n) + f(n)\nf(1)\nwith DAG('x'):\n    pass\n")
    answered(PREFECT + "@flow\ndef a():\n    b()\n    b()\n@flow\ndef b():\n    a()\n    a()\n", "flows/x.py")
    answered(KUBEFLOW + "@dsl.pipeline\ndef a():\n    b()\n@dsl.pipeline\ndef b():\n    a()\n", "pipelines/x.py")


def test_modules_that_import_each_other_end() -> None:
    answered(
        AIRFLOW + "from other import x\nwith DAG(x):\n    pass\n",
        "dags/churn.py",
        **{"dags/other.py": "from churn import x\n"},
    )


def test_a_list_that_holds_itself_is_read() -> None:
    answered(AIRFLOW + "a = []\na.append(a)\nwith DAG('x', tags=a) as d:\n    a >> BashOperator(task_id='t')\n")


def test_edges_in_a_circle_do_not_hang() -> None:
    answered(
        AIRFLOW + "with DAG('x'):\n    a = BashOperator(task_id='a', bash_command='x', trigger_rule='none_failed')\n"
        "    b = BashOperator(task_id='b', bash_command='x', trigger_rule='none_failed')\n    a >> b >> a\n"
    )


def test_two_thousand_tasks_are_read_up_to_a_bound() -> None:
    tasks = "".join(f"    BashOperator(task_id='t{number}', bash_command='x')\n" for number in range(2_000))
    answered(AIRFLOW + f"with DAG('x'):\n{tasks}")


def test_names_that_are_rebound_by_the_learner_are_not_those_of_the_platform() -> None:
    text = "def dag(f):\n    return f\n\n@dag\ndef churn():\n    pass  # airflow\n"
    assert answered(text) == ()


def test_nothing_of_a_file_is_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    canary = tmp_path_factory.mktemp("canary") / "ran"
    answered(AIRFLOW + f"open({str(canary)!r}, 'w').write('x')\nwith DAG('x'):\n    pass\n")
    assert not canary.exists()
