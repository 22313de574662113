"""Commands of Terraform with their options, and where a saved plan goes."""

from __future__ import annotations

import pytest

from gradeline.facts.case import PipelineFacts, build_case
from gradeline.facts.saved_plans import copies, held
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.terraform_commands import TerraformCommand, terraform_commands
from gradeline.readers import load
from gradeline.source import SourceFile

PATH = ".github/workflows/ci.yml"


class Files:
    paths = (PATH,)

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.text) if path == PATH else None


def facts(*commands: str, env: str = "{}") -> PipelineFacts:
    lines = "".join(f"          {line}\n" for command in commands for line in command.split("\n"))
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    env: {env}\n    steps:\n      - run: |\n{lines}"
    project, pipelines = load(Files(text))
    return build_case(project, pipelines, {}).pipelines[0]


def only(command: str, env: str = "{}") -> TerraformCommand:
    (found,) = terraform_commands(facts(command, env=env))
    return found


@pytest.mark.parametrize(
    ("command", "name", "options", "operands", "folder"),
    [
        ("terraform plan -out=a -lock=false", "plan", {"out": "a", "lock": "false"}, (), ""),
        ("terraform plan -out a b", "plan", {"out": "a"}, ("b",), ""),
        ("terraform -chdir=infra apply -lock-timeout=5m a", "apply", {"lock-timeout": "5m"}, ("a",), "infra"),
        ("tofu init -input=false", "init", {"input": "false"}, (), ""),
        ("terragrunt run --all -- plan -out=a", "plan", {"out": "a"}, (), ""),
        ("terragrunt run-all apply", "apply", {}, (), ""),
        ("terragrunt --working-dir live run -- apply a", "apply", {}, ("a",), "live"),
    ],
)
def test_a_command_is_read_in_every_spelling(
    command: str, name: str, options: dict[str, str], operands: tuple[str, ...], folder: str
) -> None:
    found = only(command)
    assert (found.name, found.options, found.operands, found.folder) == (name, options, operands, folder)


def test_options_of_variables_come_first_so_that_the_command_wins() -> None:
    env = '{TF_CLI_ARGS: "-no-color", TF_CLI_ARGS_apply: "-lock=false -lock-timeout=1m"}'
    found = only("terraform apply -lock-timeout=9m a", env)
    assert found.options == {"no-color": "", "lock": "false", "lock-timeout": "9m"}
    assert found.off("lock")


def test_a_variable_that_is_not_known_leaves_the_options_open() -> None:
    assert only("terraform apply a", '{TF_CLI_ARGS_apply: "${{ vars.OPTIONS }}"}').open


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gpg --batch --symmetric -o p.gpg p", ("p.gpg", "sealed")),
        ("gpg -e -r team p", ("p.gpg", "sealed")),
        ("age -r key -o p.age p", ("p.age", "sealed")),
        ("age -r key < p > s.age", ("s.age", "sealed")),
        ("openssl enc -aes-256-cbc -in p -out p.enc", ("p.enc", "sealed")),
        ("terraform show -json p > p.json", ("p.json", "open")),
        ("cp p q", ("q", "open")),
        ("tar -czf p.tgz p", ("p.tgz", "open")),
        ("gzip p", ("p.gz", "open")),
    ],
)
def test_a_file_made_of_a_plan_holds_it_encrypted_or_as_it_is(command: str, expected: tuple[str, str]) -> None:
    known = facts("terraform plan -out=p", command)
    assert (held(known, known.pipeline.units[0], "p")[1].name, held(known, known.pipeline.units[0], "p")[1].state) == (
        expected
    )


@pytest.mark.parametrize("command", ["terraform show -no-color p > plan.txt", "gpg --decrypt -o q p", "ls p", "jq . p"])
def test_what_hides_secrets_or_makes_no_file_holds_no_plan(command: str) -> None:
    known = facts("terraform plan -out=p", command)
    assert [one.name for one in held(known, known.pipeline.units[0], "p")] == ["p"]


@pytest.mark.parametrize(
    ("command", "name", "address", "up"),
    [
        ("aws s3 cp p s3://b/k/p", "p", "s3://b/k/p", True),
        ("aws s3 cp p s3://b/k/", "p", "s3://b/k/p", True),
        ("aws s3 cp s3://b/k/p infra/p", "p", "s3://b/k/p", False),
        ("aws s3 cp s3://b/k/p .", "p", "s3://b/k/p", False),
        ("gcloud storage cp p gs://b/p", "p", "gs://b/p", True),
        ("az storage blob upload --container-name c --file p --name n", "p", "c/n", True),
        ("az storage blob download -c c -n n -f p", "p", "c/n", False),
    ],
)
def test_a_copy_has_a_file_an_address_and_a_direction(command: str, name: str, address: str, up: bool) -> None:
    known = facts(command)
    (found,) = copies(known, known.pipeline.units[0])
    assert (found.name, found.address, found.up) == (name, address, up)


def test_a_part_of_an_address_that_is_not_known_stays_open() -> None:
    known = facts('aws s3 cp p "s3://b/$GITHUB_SHA"')
    (found,) = copies(known, known.pipeline.units[0])
    assert found.address == f"s3://b/{HIDDEN}"
