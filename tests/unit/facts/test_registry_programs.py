"""Programs that change a registry, with inputs that nobody wrote in good faith."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from gradeline.checks import registry
from gradeline.facts.case import Case, build_case
from gradeline.facts.gate_values import Const, Data, Expr, Value
from gradeline.facts.registry_acts import text_of
from gradeline.facts.registry_scripts import registrars
from gradeline.readers import load
from gradeline.source import SourceFile, Span

AT = Span("scripts/register_model.py", 1)
ASKED = (
    ("model-version", {"model": "churn"}),
    ("lineage", {"of": "version"}),
    ("alias-promote", {"of": "scripts", "to": "champion"}),
    ("rollback", {"of": "alias"}),
    ("fail-closed", {}),
    ("immutable-ref", {"where": "models", "files": ["scripts/register_model.py"]}),
    ("threshold", {"metric": "recall", "against": "champion", "stops": "promote", "closed": True}),
)


@dataclass(frozen=True)
class Files:
    texts: Mapping[str, str]

    @property
    def paths(self) -> Sequence[str]:
        return tuple(self.texts)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def case_of(script: str) -> Case:
    project, pipelines = load(Files({AT.path: script}))
    return build_case(project, pipelines, {"python": "3.12"})


@pytest.mark.parametrize(
    "script",
    [
        "import mlflow\n" + "mlflow.set_tag('commit', 'x')\n" * 4000 + "mlflow.register_model('runs:/1/m', 'churn')\n",
        "import mlflow\nname = 'x'\n" + "name = name + str(mlflow.x())\n" * 300 + "mlflow.register_model('m', name)\n",
        "import mlflow\ntags = {}\n" + "tags = {'a': tags}\n" * 150 + "mlflow.register_model('m', 'x', tags=tags)\n",
        "import wandb\na = wandb.Api().artifact('churn:challenger')\na.aliases = [a.aliases, a]\na.link(a, a)\n",
        "import subprocess\nsubprocess.run('gto register \"churn')\nsubprocess.run(['gto', 'assign', None, 3, b'x'])\n",
        "import requests\nrequests.post({}, json=[1], data=requests)\nrequests.post(json={'name': {}})\n",
        "from mlflow import MlflowClient\nMlflowClient().set_registered_model_alias()\n",
        "import mlflow\nmlflow.pyfunc.load_model(" + "f'{" * 40 + "1" + "}'" * 40 + ")\n",
        "import boto3\nboto3.client('sagemaker').create_model_package(**boto3.x)\n",
    ],
    ids=["many-tags", "long-name", "deep-tags", "odd-artifact", "odd-words", "odd-request", "no-arguments", "deep-text",
         "unknown-arguments"],
)  # fmt: skip
def test_whatever_a_program_does_each_question_has_an_answer(script: str) -> None:
    case = case_of(script)
    for check, given in ASKED:
        assert registry.run(check, case, given).status in ("met", "partial", "unmet", "cannot_tell")


def test_acts_come_in_the_order_in_which_the_program_does_them() -> None:
    script = (
        "from mlflow import MlflowClient\n"
        "client = MlflowClient()\n"
        "made = client.create_model_version('churn', 's3://models/1')\n"
        "client.set_registered_model_alias('churn', 'challenger', made.version)\n"
        "client.transition_model_version_stage('churn', made.version, 'Staging')\n"
        "client.delete_model_version('churn', '1')\n"
    )
    (one,) = registrars(case_of(script))
    assert [(act.kind, act.name, act.span.line) for act in one.acts] == [
        ("register", "", 3), ("alias", "challenger", 4), ("stage", "Staging", 5), ("delete", "", 6),
    ]  # fmt: skip


def test_a_text_is_told_as_far_as_it_is_known() -> None:
    outside: Value = Data(("os.environ", "X"), AT, call="environment")
    joined = Data(("text", "line 3"), AT, call="text", given=(Const("models:/churn@"), outside))
    assert text_of(joined) == "models:/churn@{…}"
    assert text_of(Expr("+", (outside, outside))) == ""
    assert (text_of(Const(None)), text_of(None), text_of(Const(7))) == ("", "", "7")
