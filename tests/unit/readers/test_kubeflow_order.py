"""What waits for what in a pipeline with blocks and nested pipelines, as the SDK compiles them."""

from __future__ import annotations

from gradeline.model.pipeline import Pipeline
from gradeline.readers import load
from gradeline.source import SourceFile

PATH = "pipelines/churn.py"
HEAD = """
from kfp import dsl

IMAGE = "ghcr.io/kestrel/churn:1.4.2"


@dsl.container_component
def look(value: str) -> str:
    return dsl.ContainerSpec(image=IMAGE, command=["python", "look.py", value])


@dsl.container_component
def act():
    return dsl.ContainerSpec(image=IMAGE, command=["python", "act.py"])


"""


class Files:
    def __init__(self, text: str) -> None:
        self.text = text
        self.paths = (PATH,)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.text) if path == PATH else None


def read(body: str, more: str = "") -> Pipeline:
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    _, found = load(Files(f'{HEAD}{more}\n\n@dsl.pipeline(name="churn")\ndef churn():\n{lines}\n'))
    return found[-1]


def waits(pipeline: Pipeline) -> dict[str, list[str]]:
    return {unit.id: sorted(edge.unit for edge in unit.needs) for unit in pipeline.units}


def test_a_task_in_a_condition_waits_for_what_the_condition_and_its_neighbours_need() -> None:
    pipeline = read("""
first = look(value="a")
other = look(value="b")
with dsl.If(first.output == "yes"):
    act()
    look(value=other.output)
""")
    assert waits(pipeline) == {
        "look": [], "look-2": [], "act": ["look", "look-2"], "look-3": ["look", "look-2"],
    }  # fmt: skip


def test_what_takes_something_of_a_branch_waits_for_all_branches() -> None:
    pipeline = read("""
first = look(value="a")
with dsl.If(first.output == "yes"):
    one = look(value="b")
with dsl.Else():
    two = look(value="c")
    act()
look(value=dsl.OneOf(one.output, two.output))
""")
    assert waits(pipeline)["look-4"] == ["act", "look-2", "look-3"]


def test_a_nested_pipeline_starts_and_ends_as_a_whole() -> None:
    inner = """
@dsl.pipeline(name="inner")
def inner(value: str):
    act()
    look(value=value)
"""
    pipeline = read(
        """
before = look(value="a")
middle = inner(value=before.output)
act().after(middle)
""",
        inner,
    )
    assert waits(pipeline) == {
        "look": [], "inner.act": ["look"], "inner.look": ["look"], "act": ["inner.act", "inner.look"],
    }  # fmt: skip


def test_an_output_inside_of_a_text_or_a_setting_is_waited_for() -> None:
    pipeline = read("""
first = look(value="a")
look(value=f"seen: {first.output}")
act().set_env_variable(name="SEEN", value=first.output)
""")
    assert waits(pipeline) == {"look": [], "look-2": ["look"], "act": ["look"]}


def test_what_a_loop_made_is_there_when_the_loop_has_ended() -> None:
    pipeline = read("""
with dsl.ParallelFor(["north", "south"]) as region:
    seen = look(value=region)
    act()
look(value=dsl.Collected(seen.output))
""")
    assert waits(pipeline)["look-2"] == ["act", "look"]


def test_every_variable_of_a_task_is_kept() -> None:
    pipeline = read("""
act().set_env_variable(name="A", value="1").set_env_variable(name="B", value="2")
""")
    (unit,) = pipeline.units
    assert [(one.name, one.value.raw) for step in unit.walk() for one in step.env] == [("A", "1"), ("B", "2")]


def test_a_pipeline_in_the_place_of_an_exit_task_keeps_its_order() -> None:
    inner = """
@dsl.pipeline(name="end")
def end():
    seen = look(value="a")
    act().after(seen)
"""
    pipeline = read(
        """
with dsl.ExitHandler(end()):
    act()
""",
        inner,
    )
    edges = {unit.id: [(edge.unit, edge.kind) for edge in unit.needs] for unit in pipeline.units}
    assert edges == {
        "end.look": [("act", "done")], "end.act": [("act", "done"), ("end.look", "success")], "act": [],
    }  # fmt: skip
