"""Which task waits for which, as Airflow and Prefect would have it."""

from __future__ import annotations

from gradeline.readers import load
from gradeline.source import SourceFile


class Files:
    def __init__(self, path: str, text: str) -> None:
        self.paths = (path,)
        self.text = text

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.text) if path in self.paths else None


MARKS = {"success": "", "done": "?", "order": "*", "optional": "o"}


def edges(path: str, text: str) -> dict[str, str]:
    """For each task those it waits for; ``?`` however they end, ``*`` when they were called at all."""
    _, pipelines = load(Files(path, text))
    (pipeline,) = pipelines
    return {
        unit.id: " ".join(edge.unit + MARKS[edge.kind] for edge in unit.needs)
        for unit in pipeline.units
        if unit.kind == "work"
    }


HEAD = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, setup, task, task_group, teardown

with DAG("churn", schedule=None):
"""


def dag(body: str) -> dict[str, str]:
    return edges("dags/churn.py", HEAD + "".join(f"    {line}\n" for line in body.strip("\n").split("\n")))


def test_work_in_the_block_of_a_teardown_stands_between_its_setup_and_it() -> None:
    found = dag("""
@setup
def start(): return "cluster"
@teardown
def stop(cluster): print(cluster)
@task
def train(): print("train")
@task
def evaluate(): print("evaluate")
with stop(start()):
    train() >> evaluate()
""")
    assert found == {"start": "", "stop": "start? evaluate?", "train": "start", "evaluate": "train"}


def test_a_task_becomes_a_teardown_of_another() -> None:
    found = dag("""
start = BashOperator(task_id="start", bash_command="true")
work = BashOperator(task_id="work", bash_command="true")
stop = BashOperator(task_id="stop", bash_command="true")
start >> work >> stop.as_teardown(setups=start)
""")
    assert found == {"start": "", "work": "start", "stop": "start? work?"}


def test_whoever_uses_a_group_waits_for_the_task_that_it_returns() -> None:
    found = dag("""
@task
def a(): return 1
@task
def b(x): return x
@task_group
def both():
    a()
    return b(2)
last = BashOperator(task_id="{}".format("last"), bash_command="true")
both() >> last
""")
    assert found == {"last": "both.b", "both.a": "", "both.b": ""}


def test_a_group_that_returns_nothing_is_waited_for_as_a_whole() -> None:
    found = dag("""
@task
def a(): return 1
@task
def b(x): return x
@task_group
def both():
    a()
    b(2)
last = BashOperator(task_id="last_%s" % 1, bash_command="true")
both() >> last
""")
    assert found == {"last_1": "both.a both.b", "both.a": "", "both.b": ""}


PREFECT = """
from prefect import flow, task
from prefect.assets import materialize
from prefect.futures import wait

@task
def a(): return 1
@task
def b(): return 2
@materialize("s3://kestrel/churn")
def c(*given): return 3

@flow
def churn(day: str = ""):
"""


def flow(body: str, behind: str = "") -> dict[str, str]:
    inner = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return edges("flows/churn.py", f"{PREFECT}{inner}\n{behind}")


def test_two_ways_of_a_flow_meet_again() -> None:
    found = flow("if a() > 1:\n    b()\nelse:\n    c()\nb()")
    assert found == {"a": "", "b": "a", "c": "a b*", "b-2": "a b* c*"}


def test_a_task_in_a_comprehension_is_called() -> None:
    assert flow("[c(one) for one in a()]\nb()") == {"a": "", "c": "a", "b": "a c"}


def test_a_flow_that_the_file_starts_is_a_pipeline() -> None:
    assert flow("a()\nb()", 'if __name__ == "__main__":\n    churn()\n') == {"a": "", "b": "a"}


def test_tasks_and_flows_may_be_made_by_calls() -> None:
    text = """
from prefect import flow, task

def one(): return 1
def two(given): return given
first = task(one, name="first")
second = task(two, retries=2)

@flow
def churn():
    second(first())
"""
    assert edges("flows/churn.py", text) == {"first": "", "two": "first"}


def test_waiting_for_futures_takes_any_end() -> None:
    assert flow("first = a.submit()\nwait([first])\nb()") == {"a": "", "b": "a?"}


def test_another_deployment_is_waited_for_and_may_fail() -> None:
    found = flow("from prefect.deployments import run_deployment\nrun_deployment('x/y')\nb()")
    assert found == {"run_deployment": "", "b": "run_deployment?"}
