"""Roots, modules, files of values, repeated and dead resources, overrides, stores, locks: what becomes a stack."""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.model.infrastructure import Infrastructure, Items, Plain, Reference, Table, Value
from gradeline.readers import places
from gradeline.readers.terraform import read_terraform
from gradeline.source import SourceFile


def read(texts: Mapping[str, str]) -> Infrastructure:
    return read_terraform(sorted(texts), lambda path: SourceFile(path, texts[path]) if path in texts else None)


def data(value: Value | None) -> object:
    assert isinstance(value, Plain), value
    return value.data


BUCKET = 'variable "name" {}\nresource "aws_s3_bucket" "this" {\n  bucket = var.name\n}\noutput "id" {\n  value = aws_s3_bucket.this.id\n}\n'  # noqa: E501


def test_a_module_of_the_submission_is_part_of_its_caller_and_no_root() -> None:
    call = 'module "data" {\n  source = "../modules/bucket"\n  name = "churn-data"\n}\nlocals {\n  id = module.data.id\n}\n'  # noqa: E501
    found = read({"live/main.tf": call, "modules/bucket/main.tf": BUCKET})
    assert [stack.path for stack in found.stacks] == ["live"]
    (bucket,) = found.stacks[0].resources
    assert (bucket.address, bucket.module, bucket.span.path) == (
        "module.data.aws_s3_bucket.this", "module.data", "modules/bucket/main.tf",
    )  # fmt: skip
    assert data(bucket.properties.entries["bucket"]) == "churn-data"
    reference = found.stacks[0].locals["id"]
    assert isinstance(reference, Reference)
    assert (reference.target, reference.path) == (bucket.address, ("id",))


def test_a_repeated_module_has_one_address_for_each_key() -> None:
    call = 'module "b" {\n  for_each = toset(["x", "y"])\n  source = "./m"\n  name = each.key\n}\n'
    stack = read({"main.tf": call, "m/main.tf": BUCKET}).stacks[0]
    assert [(one.address, data(one.properties.entries["bucket"])) for one in stack.resources] == [
        ('module.b["x"].aws_s3_bucket.this', "x"),
        ('module.b["y"].aws_s3_bucket.this', "y"),
    ]


def test_a_module_from_elsewhere_is_closed_and_keeps_its_inputs() -> None:
    call = 'module "b" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n  bucket = "x"\n}\n'
    stack = read({"main.tf": call}).stacks[0]
    assert [(one.kind, one.address, data(one.properties.entries["bucket"])) for one in stack.resources] == [
        ("module:terraform-aws-modules/s3-bucket/aws", "module.b", "x")
    ]
    assert [one.reason for one in stack.opaque] == ["what is in the module `b` is not in the submission"]


def test_a_folder_of_modules_that_nobody_calls_is_unused() -> None:
    found = read({"main.tf": 'resource "a_b" "c" {}\n', "modules/old/main.tf": BUCKET})
    assert ([stack.path for stack in found.stacks], found.unused) == ([""], ("modules/old",))


def test_each_file_of_values_that_somebody_may_choose_gives_a_stack() -> None:
    found = read(
        {
            "main.tf": 'variable "env" {}\nvariable "size" {\n  default = 1\n}\nlocals {\n  x = "${var.env}-${var.size}"\n}\n',  # noqa: E501
            "terraform.tfvars": "size = 2\n",
            "envs/a.tfvars": 'env = "a"\n',
            "envs/b.tfvars": 'env = "b"\nsize = 3\n',
            "other.tfvars": 'nothing = "to do with it"\n',
        }
    )
    assert [(stack.values, data(stack.locals["x"])) for stack in found.stacks] == [
        ("envs/a.tfvars", "a-2"),
        ("envs/b.tfvars", "b-3"),
    ]


def test_what_is_repeated_no_times_is_not_there_and_what_is_unknown_may_be() -> None:
    text = """
variable "n" {}
resource "a_b" "none" { count = 0 }
resource "a_b" "empty" { for_each = {} }
resource "a_b" "two" { count = 2 }
resource "a_b" "some" { count = var.n }
resource "a_b" "each" { for_each = { k = "v" } }
"""
    stack = read({"main.tf": text}).stacks[0]
    assert [(one.name, one.key, one.present) for one in stack.resources] == [
        ("two", 0, True), ("two", 1, True), ("some", None, None), ("each", "k", True),
    ]  # fmt: skip


def test_nested_blocks_become_lists_and_dynamic_ones_are_written_out() -> None:
    text = """
resource "a_b" "c" {
  rule { port = 1 }
  dynamic "rule" {
    for_each = [2, 3]
    iterator = it
    content { port = it.value }
  }
}
"""
    rules = read({"main.tf": text}).stacks[0].resources[0].properties.entries["rule"]
    assert isinstance(rules, Items)
    assert [data(one.entries["port"]) for one in rules.items if isinstance(one, Table)] == [1, 2, 3]


def test_an_override_file_changes_what_it_names_and_leaves_the_rest() -> None:
    texts = {
        "main.tf": 'resource "a_b" "c" {\n  x = 1\n  y = 1\n}\n',
        "main_override.tf": 'resource "a_b" "c" {\n  x = 2\n}\n',
    }
    entries = read(texts).stacks[0].resources[0].properties.entries
    assert (data(entries["x"]), data(entries["y"])) == (2, 1)


def test_guards_of_a_resource_are_apart_from_its_properties() -> None:
    resource = read({"main.tf": 'resource "a_b" "c" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'}).stacks[0].resources[0]  # noqa: E501
    assert resource.properties.entries == {}
    assert resource.guards is not None
    assert data(resource.guards.entries["prevent_destroy"]) is True


def test_a_policy_as_text_has_its_parts_where_they_stand() -> None:
    text = 'resource "a_b" "c" {\n  policy = <<EOF\n{\n  "Statement": [\n    {"Action": "s3:*"}\n  ]\n}\nEOF\n}\n'
    policy = read({"main.tf": text}).stacks[0].resources[0].properties.entries["policy"]
    assert isinstance(policy, Table)
    statements = policy.entries["Statement"]
    assert isinstance(statements, Items)
    first = statements.items[0]
    assert isinstance(first, Table)
    assert (data(first.entries["Action"]), first.entries["Action"].span.line) == ("s3:*", 5)


def test_a_policy_in_a_file_of_its_own_has_the_lines_of_that_file() -> None:
    texts = {"main.tf": 'resource "a_b" "c" {\n  policy = file("${path.module}/p.json")\n}\n', "p.json": '{\n  "Action": "x"\n}\n'}  # noqa: E501
    policy = read(texts).stacks[0].resources[0].properties.entries["policy"]
    assert isinstance(policy, Table)
    assert (policy.entries["Action"].span.path, policy.entries["Action"].span.line) == ("p.json", 2)


def test_a_store_is_completed_by_each_file_that_is_for_it() -> None:
    texts = {
        "main.tf": 'terraform {\n  backend "s3" {\n    encrypt = true\n  }\n}\n',
        "envs/a.s3.tfbackend": 'key = "a"\n',
        "envs/b.s3.tfbackend": 'key = "b"\n',
    }
    stores = read(texts).stacks[0].stores
    assert [(one.kind, one.completed, data(one.settings.entries["key"]), data(one.settings.entries["encrypt"])) for one in stores] == [  # noqa: E501
        ("s3", "envs/a.s3.tfbackend", "a", True),
        ("s3", "envs/b.s3.tfbackend", "b", True),
    ]


def test_locks_and_what_is_needed_are_read_with_their_lines() -> None:
    texts = {
        "main.tf": 'terraform {\n  required_version = "~> 1.12"\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n      version = "~> 6.0"\n    }\n  }\n}\n',  # noqa: E501
        ".terraform.lock.hcl": 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "6.14.1"\n  hashes = ["h1:x", "zh:y"]\n}\n',  # noqa: E501
    }
    stack = read(texts).stacks[0]
    assert [(one.kind, one.name, one.source, one.version, one.span.line) for one in stack.needed] == [
        ("program", "terraform", "", "~> 1.12", 2),
        ("provider", "aws", "hashicorp/aws", "~> 6.0", 4),
    ]
    assert [(one.source, one.version, one.hashes) for one in stack.locks] == [
        ("registry.terraform.io/hashicorp/aws", "6.14.1", 2)
    ]


def test_an_output_names_what_it_is_made_of_also_through_locals_and_modules() -> None:
    texts = {
        "main.tf": 'module "m" {\n  source = "./m"\n}\nlocals {\n  a = module.m.secret\n}\noutput "o" {\n  value = "${local.a}-${var.v}"\n}\nvariable "v" {}\n',  # noqa: E501
        "m/main.tf": 'resource "random_password" "p" {}\noutput "secret" {\n  value = random_password.p.result\n}\n',
    }
    (output,) = (one for one in read(texts).stacks[0].outputs if not one.module)
    assert set(output.names) == {"module.m.random_password.p.result", "var.v"}


def test_a_rule_that_refuses_nothing_is_no_limit() -> None:
    def limits(condition: str) -> int:
        text = f'variable "env" {{\n  validation {{\n    condition = {condition}\n    error_message = "x"\n  }}\n}}\n'
        return len(read({"main.tf": text}).stacks[0].parameters[0].limits)

    assert limits('contains(["a", "b"], var.env)') == 1
    assert limits('can(regex("^(a|b)$", var.env))') == 1
    assert limits("length(var.env) > 0") == 0
    assert limits("true") == 0


def test_a_broken_file_leaves_the_readable_part_and_says_that_it_is_not_all() -> None:
    found = read({"main.tf": 'resource "a_b" "c" {}\nresource "a_b" "d" {\n  x = [\n}\n', "ok.tf": 'resource "a_b" "e" {}\n'})  # noqa: E501
    assert [one.name for one in found.stacks[0].resources] == ["c", "d", "e"]
    assert (found.stacks[0].complete, [one.code for one in found.diagnostics]) == (False, ["hcl-syntax"])


def test_what_is_damaged_is_known_by_its_kind_and_its_block() -> None:
    broken = 'resource "a_b" "c" {\n  x = "y\n}\nvariable "d" {\n  type = string\n}\n'
    (stack,) = read({"main.tf": broken}).stacks
    assert (stack.complete, stack.damage, [(one.line, one.end_line) for one in stack.damaged]) == (False, ("a_b",), [(1, 3)])  # noqa: E501
    (stack,) = read({"main.tf": 'resource "a_b" "c" {}\n}}} x\n'}).stacks
    assert (stack.complete, stack.damage, stack.damaged) == (False, ("",), ())


def test_what_terraform_downloaded_is_not_the_learners() -> None:
    assert not places.is_terraform("infra/.terraform/modules/x/main.tf")
    assert places.is_terraform("infra/main.tf")
