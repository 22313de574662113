"""No pipeline, however broken or strange, makes a check fall over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gradeline.checks import registry
from gradeline.facts.case import Case, build_case
from gradeline.facts.simulated_steps import SCRIPT_WORLDS_BY_WORK
from gradeline.readers import load
from gradeline.result import Verdict
from gradeline.source import SourceFile

EXAMPLES: Mapping[str, Any] = {
    "minutes": {"test": 5, "install": 2},
    "max": 10,
    "tool": "test", "mode": "cancel", "does": ["notify", "upload", "cleanup", "report"], "kinds": ["junit", "summary"],
    "environment": "production", "tools": ["publish"], "gate": "test", "target": "build",
}  # fmt: skip
STEP = "name: x\non: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - "


def script(text: str) -> str:
    return STEP + "run: |\n" + "\n".join(f"          {line}" for line in text.split("\n")) + "\n"


PIPELINES = {
    "empty file": "",
    "only a comment": "# nothing\n",
    "a list": "- a\n- b\n",
    "no jobs": "name: x\non: push\n",
    "jobs without content": "on: push\njobs:\n",
    "a job that is a text": "on: push\njobs:\n  test: now\n",
    "a job without steps": "on: push\njobs:\n  test: {runs-on: ubuntu-24.04}\n",
    "steps that are a mapping": "on: push\njobs:\n  test:\n    runs-on: x\n    steps: {run: pytest}\n",
    "an empty step": STEP + "\n",
    "a step without work": STEP + "name: nothing\n",
    "no event": "jobs:\n  test:\n    runs-on: x\n    steps:\n      - run: pytest\n",
    "an event nobody knows": "on: full-moon\njobs:\n  test:\n    runs-on: x\n    steps:\n      - run: pytest\n",
    "jobs in a circle": "on: push\njobs:\n  a: {needs: b, runs-on: x, steps: [{run: a}]}\n"
    "  b: {needs: a, runs-on: x, steps: [{run: b}]}\n",
    "a workflow that calls itself": "on: [push, workflow_call]\njobs:\n  a: {uses: ./.github/workflows/ci.yml}\n",
    "an unfinished expression": STEP + 'run: "echo ${{ github.sha"\n',
    "an unfinished quote": script("echo 'pytest\npytest tests"),
    "an unfinished loop": script("for i in 1 2 3; do\n  pytest && break"),
    "an unfinished document": script("cat <<EOF > out/key\n$TOKEN"),
    "a break without a loop": script("break 99999999999999999999\npytest"),
    "a loop over nothing": script("for i in; do pytest && break; done\nfor ((;;)); do pytest && break; done"),
    "large numbers": script(f"for i in {{1..{'9' * 40}}}; do pytest && break; done\nretry {'9' * 5000} pytest"),
    "a function that calls itself": script("f() { f; }\nf\npytest"),
    "variables in a circle": script('A="$B"\nB="$A"\ndocker push "x:$A"\necho "A=$A" >> "$GITHUB_ENV"'),
    "odd references": script(
        "docker push ':::@@'\ndocker push ''\ndocker push @\ndocker tag a\nskopeo copy\ncrane tag a"
    ),
    "options without values": script(
        "pytest --junitxml\npytest --reruns\ncurl --retry\nhelm upgrade --set\nkubectl set image"
    ),
    "a secret with nothing around it": STEP + "env: {A: '${{ secrets. }}'}\n        run: echo $A > \n",
    "inputs of strange types": STEP
    + "uses: docker/build-push-action@v7\n        with: {push: [1], tags: {a: b}, build-args: 3}\n",
    "an artifact without a path": STEP + "uses: actions/upload-artifact@v7\n",
    "odd names": "name: '   '\non: push\njobs:\n  ______: {name: ²³, runs-on: x, steps: [{name: ' ', run: a; b}]}\n",
    "text that is not ASCII": script("echo '\u202e' | tee 钥匙\n测试 --全部 || true"),
    "a language that is not the shell": STEP
    + "shell: python\n        run: |\n          for i in range(3):\n            x = '''\n",
    "a matrix of nothing": "on: push\njobs:\n  a:\n    runs-on: x\n    strategy: {matrix: {v: []}}\n"
    "    steps: [{run: 'docker push x:${{ matrix.v }}'}]\n",
    "deep parentheses": script("( " * 300 + "pytest" + " )" * 300),
    "a long chain": script(" || ".join(["pytest"] * 400)),
}


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def case_of(text: str) -> Case:
    project, pipelines = load(Files({".github/workflows/ci.yml": text}))
    return build_case(project, pipelines, {"production": {"python": "3.12"}})


def example(schema: Mapping[str, Any]) -> Any:
    """A value that fits the schema of a parameter."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "array":
        return [example(schema.get("items", {}))] * max(schema.get("minItems", 1), 1)
    if kind == "object":
        needed = schema.get("required", ())
        return {name: example(schema["properties"][name]) for name in needed}
    return {"number": 1, "integer": 1, "boolean": True}.get(kind, "x")


def params_of(check_id: str) -> dict[str, Any]:
    schema = registry.find(check_id).schema
    found = {name: EXAMPLES.get(name, example(schema["properties"][name])) for name in schema["required"]}
    if "kind" in found:
        found["kind"] = schema["properties"]["kind"]["enum"][0]
    return found


@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_every_check_answers_a_strange_pipeline(name: str) -> None:
    case = case_of(PIPELINES[name])
    for check_id in registry.names():
        verdict = registry.run(check_id, case, params_of(check_id))
        assert isinstance(verdict, Verdict)
        assert verdict.status in ("met", "partial", "unmet", "cannot_tell")
        assert verdict.message


def clusters(jobs: int) -> str:
    """Jobs for eight versions each, all starting with the same long script of questions that no file answers."""
    script = "\n".join(f"          if kubectl get {word}-$NAME; then kubectl delete {word}; fi" for word in WORDS)
    return "name: x\non: [push, pull_request]\njobs:\n" + "".join(
        f"  job-{number}:\n    runs-on: ubuntu-24.04\n"
        "    strategy: {matrix: {version: ['1', '2', '3', '4', '5', '6', '7', '8']}}\n"
        "    env: {NAME: '${{ matrix.version }}'}\n"
        f"    steps:\n      - run: |\n{script}\n          pytest\n"
        for number in range(jobs)
    )


WORDS = tuple(f"kind{number}" for number in range(40))


def test_many_jobs_with_one_long_script_cost_no_more_than_the_bound() -> None:
    (facts,) = case_of(clusters(12)).pipelines
    simulator = facts.simulator
    for scenario in facts.pipeline.scenarios:
        facts.runs(scenario)
    below = next(work for work, worlds in reversed(SCRIPT_WORLDS_BY_WORK) if worlds > 1)
    once = 3 * len(WORDS) + 2  # the commands of one world of the script
    scripts = 12 * 8 * len(facts.pipeline.scenarios)
    assert SCRIPT_WORLDS_BY_WORK[0][0] < simulator.script_work < below + once * (48 + scripts) < once * 48 * scripts


def test_a_bound_on_scripts_gives_the_same_verdict_every_time() -> None:
    first, second = (registry.run("blocking", case_of(clusters(2)), {"tool": "test"}) for _ in range(2))
    assert first == second
