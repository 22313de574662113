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


def test_what_another_task_answers_may_stand_in_the_settings_of_a_call() -> None:
    found = dag("""
@task
def describe(): return {"folder": "/dags"}
@task.bash
def show(): return "ls $FOLDER"
about = describe()
show.override(env={"FOLDER": about["folder"]})()
""")
    assert found == {"describe": "", "show": "describe"}


def test_a_group_that_is_mapped_has_its_tasks_in_their_order() -> None:
    found = dag("""
@task_group
def clean(part):
    @task
    def load(part): return part
    @task
    def check(part): return part
    return check(load(part))
@task
def train(parts): print(parts)
train(clean.expand(part=["a", "b"]))
""")
    assert found == {"clean.load": "", "clean.check": "clean.load", "train": "clean.check"}


def test_a_group_function_that_is_called_again_makes_a_group_with_a_number() -> None:
    found = dag("""
@task_group
def clean(part):
    BashOperator(task_id="load", bash_command="load") >> BashOperator(task_id="check", bash_command="check")
clean("a")
clean("b")
""")
    assert found == {
        "clean.load": "", "clean.check": "clean.load", "clean__1.load": "", "clean__1.check": "clean__1.load",
    }  # fmt: skip


def test_an_operator_of_the_file_itself_may_be_mapped() -> None:
    found = edges("dags/churn.py", """
from airflow.sdk import DAG, BaseOperator
class Score(BaseOperator):
    def execute(self, context): return 1
class Sum(BaseOperator):
    def execute(self, context): return 2
with DAG("churn", schedule=None):
    scores = Score.partial(task_id="score").expand(value=[1, 2])
    Sum(task_id="sum", values=scores.output)
""")  # fmt: skip
    assert found == {"score": "", "sum": "score"}


def test_a_task_may_be_called_like_a_trigger_rule() -> None:
    found = edges("dags/churn.py", """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, TriggerRule
def join(rule):
    return EmptyOperator(task_id=rule, trigger_rule=rule)
with DAG("churn", schedule=None):
    EmptyOperator(task_id="start") >> join(TriggerRule.ALL_DONE)
""")  # fmt: skip
    assert found == {"start": "", "all_done": "start?"}


def test_setups_and_teardowns_inside_the_block_of_a_teardown_are_left_as_they_are() -> None:
    found = dag("""
@setup
def start(): return "cluster"
@teardown
def stop(cluster): print(cluster)
@task
def work(): print("work")
@task_group
def section():
    @setup
    def open_it(): return "file"
    @task
    def use(file): print(file)
    @teardown
    def close_it(file): print(file)
    file = open_it()
    use(file) >> close_it(file)
with stop(start()):
    work()
    section()
""")
    assert found == {
        "start": "", "stop": "start? work?", "work": "start", "section.open_it": "", "section.use": "section.open_it",
        "section.close_it": "section.open_it? section.use?",
    }  # fmt: skip


ASSETS = """
from airflow.sdk import DAG, Asset, asset, dag, task
"""


def pipelines_of(text: str) -> dict[str, tuple[list[str], dict[str, str]]]:
    """By the title of each pipeline the events that start it, and for each task those it waits for."""
    _, pipelines = load(Files("dags/churn.py", ASSETS + text))
    return {
        one.title: ([trigger.event for trigger in one.triggers],
                    {unit.id: " ".join(edge.unit + MARKS[edge.kind] for edge in unit.needs)
                     for unit in one.units if unit.kind == "work"})
        for one in pipelines
    }  # fmt: skip


def test_assets_that_start_each_other_are_one_pipeline_and_a_parameter_starts_nothing() -> None:
    found = pipelines_of("""
@asset(schedule="@daily")
def raw(): print("raw")
@asset(schedule=raw, name="churn-model")
def model(self, context, raw): print("model")
@asset(schedule="@weekly")
def report(model): print("report")
""")
    assert found == {
        "raw": (["schedule"], {"raw": "", "model": "raw"}),
        "report": (["schedule"], {"report": ""}),
    }


def test_either_of_two_assets_starts_what_waits_for_one_of_them() -> None:
    found = pipelines_of("""
@asset(schedule="@daily")
def a(): print("a")
@asset(schedule=None)
def b(): print("b")
@asset(schedule=a | b)
def c(): print("c")
@asset(schedule=a & b)
def d(): print("d")
""")
    assert found == {"a": (["schedule", "manual"], {"a": "", "b": "", "c": "a? b?", "d": "a b"})}


def test_an_asset_from_elsewhere_starts_a_pipeline_of_its_own() -> None:
    found = pipelines_of("""
@asset(schedule=Asset("exports"))
def features(): print("features")
@asset(schedule=Asset("exports") | Asset("features"))
def model(): print("model")
""")
    assert found == {"features": (["asset"], {"features": ""}), "model": (["asset"], {"model": ""})}


def test_assets_that_wait_for_each_other_are_left_as_they_are() -> None:
    found = pipelines_of("""
@asset(schedule=Asset("b"))
def a(): print("a")
@asset(schedule=Asset("a"))
def b(): print("b")
""")
    assert found == {"a": (["asset"], {"a": ""}), "b": (["asset"], {"b": ""})}
