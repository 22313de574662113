"""Terraform made to hurt the grader: no crash, no long work, and never a file outside of the submission."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradeline.checks import registry
from gradeline.facts.case import build_case
from gradeline.model.infrastructure import Mixed, Plain, Table, Unresolved
from gradeline.readers import load
from gradeline.readers.terraform import read_terraform
from gradeline.source import SourceFile
from gradeline.syntax.hcl import parse
from gradeline.syntax.hcl_json import parse_json

SECONDS = 30.0  # of work: a slow machine may be busy, and a reader without a bound takes minutes
CHECKS = {
    "remote-state": {},
    "protected-storage": {},
    "deletion-guard": {},
    "least-privilege": {"subject": "cloud"},
    "pinned": {"kind": "provider"},
    "params-external": {"subject": "infrastructure"},
    "named": {"subject": "infrastructure", "limited": ["environment"]},
    "secret-not-persisted": {"where": "infrastructure"},
    "immutable-ref": {"where": "registries"},
}
DOUBLING = 'variable "x" {}\nlocals {\n  a0 = ["x"]\n' + "".join(
    f"  a{n} = concat(local.a{n - 1}, local.a{n - 1})\n" for n in range(1, 60)
)
HURTFUL = {
    "empty": "",
    "nul": "a = \x00\n\x00 {\n}\n",
    "brackets": "a = " + "[" * 390,
    "more brackets": "a = " + "[" * 100_000,
    "nested lists": "locals {\n  a = " + "[" * 380 + "]" * 380 + "\n}\n",
    "nested objects": "locals {\n  a = " + "{ a = " * 380 + "1" + " }" * 380 + "\n}\n",
    "nested blocks": "a {\n" * 390 + "}\n" * 390,
    "sum": "locals {\n  a = " + "1 + " * 20_000 + "1\n}\n",
    "choices": "locals {\n  a = " + "true ? 1 : " * 5_000 + "1\n}\n",
    "not": "locals {\n  a = " + "!" * 20_000 + "true\n}\n",
    "parts": "locals {\n  a = x" + ".y" * 20_000 + "\n}\n",
    "indices": "locals {\n  a = x" + "[0]" * 20_000 + "\n}\n",
    "splats": "locals {\n  a = x" + "[*]" * 5_000 + "\n}\n",
    "nested templates": "locals {\n  a = " + '"${' * 180 + "1" + '}"' * 180 + "\n}\n",
    "open templates": 'a = "' + "${" * 390 + "\n",
    "open quotes": 'a = "\n' * 20_000,
    "open here-documents": "a = <<E\n" * 20_000,
    "long here-document mark": "a = <<" + "E" * 100_000 + "\nx\n" + "E" * 100_000 + "\n",
    "directives": 'a = "' + "%{ for x in y }" * 300 + '"\n',
    "settings": "locals {\n" + "".join(f"  a{n} = {n}\n" for n in range(20_000)) + "}\n",
    "blocks": "".join(f'variable "a{n}" {{}}\n' for n in range(6_000)),
    "resources": "".join(f'resource "aws_s3_bucket" "a{n}" {{\n}}\n' for n in range(4_000)),
    "buckets and helpers": "".join(
        f'resource "aws_s3_bucket" "a{n}" {{}}\nresource "aws_s3_bucket_versioning" "a{n}" {{ bucket = var.x }}\n'
        for n in range(290)
    ),
    "count": 'resource "aws_s3_bucket" "a" {\n  count = 1000000\n}\n',
    "range": 'resource "aws_s3_bucket" "a" {\n  for_each = toset([for n in range(1000000) : "x${n}"])\n}\n',
    "power": "locals {\n  a = pow(99999, 9999999)\n}\noutput \"a\" {\n  value = local.a\n}\n",
    "format": 'output "a" {\n  value = format("%099999999d", 1)\n}\n',
    "replace": 'locals {\n  a = "' + "x" * 9_000 + '"\n}\noutput "a" {\n  value = replace(local.a, "x", local.a)\n}\n',
    "pattern": 'output "a" {\n  value = regex("(a+)+$", "' + "a" * 9_000 + 'b")\n}\n',
    "product": "output \"a\" {\n  value = setproduct(range(900), range(900), range(900))\n}\n",
    "loops": "output \"a\" {\n  value = [for a in range(900) : [for b in range(900) : [for c in range(900) : a]]]\n}\n",
    "doubling": DOUBLING + "}\n" + "".join(f'output "o{n}" {{\n  value = local.a{n}\n}}\n' for n in range(60)),
    "doubling texts": "locals {\n  a0 = \"xxxxxxxx\"\n"
    + "".join(f'  a{n} = "${{local.a{n - 1}}}${{local.a{n - 1}}}"\n' for n in range(1, 60))
    + "}\noutput \"a\" {\n  value = local.a59\n}\n",
    "sharing": "locals {\n  a0 = 1\n"
    + "".join(f"  a{n} = {{ x = local.a{n - 1}, y = local.a{n - 1} }}\n" for n in range(1, 60))
    + "}\n" + "".join(f'output "o{n}" {{\n  value = local.a{n}\n}}\n' for n in range(60)),
    "growing depth": "locals {\n  a0 = 1\n"
    + "".join(f"  a{n} = [local.a{n - 1}]\n" for n in range(1, 3_000))
    + "}\n" + "".join(f'output "o{n}" {{\n  value = "x${{jsonencode(local.a{n})}}"\n}}\n' for n in range(3_000)),
    "itself": "locals {\n  a = local.b\n  b = local.a\n}\nvariable \"v\" {\n  default = var.v\n}\n"
    'resource "a_b" "c" {\n  for_each = a_b.c\n}\nmodule "m" {\n  source = "./"\n}\n',
    "long chain": "locals {\n  a0 = 1\n" + "".join(f"  a{n} = local.a{n - 1}\n" for n in range(1, 9_000)) + "}\n"
    'output "a" {\n  value = local.a8999\n}\n',
    "dynamic": 'resource "aws_security_group" "a" {\n'
    '  dynamic "ingress" {\n    for_each = range(900)\n    content {\n      cidr_blocks = ["::/1"]\n    }\n  }\n}\n',
    "policy": 'resource "aws_iam_policy" "a" {\n  policy = "' + "[" * 3_000 + '"\n}\n',
    "policies of each other": "".join(
        f'data "aws_iam_policy_document" "a{n}" {{\n  source_policy_documents = [data.aws_iam_policy_document.a'
        f"{(n + 1) % 40}.json, data.aws_iam_policy_document.a{(n + 2) % 40}.json]\n}}\n" for n in range(40)
    ) + 'resource "aws_iam_policy" "a" {\n  policy = data.aws_iam_policy_document.a0.json\n}\n',
    "versions": 'terraform {\n  required_version = "' + "~> 1," * 20_000 + '"\n}\n',
    "numbers": "locals {\n  a = " + "9" * 5_000 + "\n  b = 1e999\n  c = -1e999 * 1e999\n}\n",
    "surrogates": 'locals {\n  a = "\ud800 \\ud800 \\UFFFFFFFF"\n}\n',
    "type": 'variable "a" {\n  type = ' + "list(" * 180 + "string" + ")" * 180 + "\n  default = []\n}\n",
    "optional": 'variable "a" {\n  type = object({ a = optional(string, var.a) })\n  default = {}\n}\n',
}  # fmt: skip


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        self.asked.append(path)
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def judged(texts: Mapping[str, str]) -> dict[str, str]:
    case = build_case(*load(Files(texts)), {})
    return {name: registry.run(name, case, params).status for name, params in CHECKS.items()}


@pytest.mark.parametrize("name", HURTFUL)
def test_no_text_hurts_the_reader_or_a_check(name: str) -> None:
    started = time.process_time()
    assert set(judged({"infra/main.tf": HURTFUL[name]}).values()) <= {"met", "partial", "unmet", "cannot_tell"}
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "text", ["[", "{" * 2_000, '{"a": ' * 900, '{"resource": [[[{}]]]}', '{"variable": {"a": "${' * 9]
)
def test_no_json_hurts_the_reader(text: str) -> None:
    started = time.process_time()
    judged({"infra/main.tf.json": text})
    assert time.process_time() - started < SECONDS


def test_modules_that_call_each_other_twice_end() -> None:
    texts = {}
    for n in range(12):
        calls = "".join(f'module "{name}" {{\n  source = "../m{(n + 1) % 12}"\n}}\n' for name in "ab")
        texts[f"m{n}/main.tf"] = f'{calls}resource "aws_s3_bucket" "x" {{}}\n'
    started = time.process_time()
    judged(texts)
    assert time.process_time() - started < SECONDS


def test_a_template_that_asks_for_itself_ends() -> None:
    text = "${templatefile(\"a.tpl\", {})}" * 30
    texts = {"main.tf": 'output "a" {\n  value = templatefile("a.tpl", {})\n}\n', "a.tpl": text}
    started = time.process_time()
    judged(texts)
    assert time.process_time() - started < SECONDS


def test_many_files_of_values_are_not_all_tried() -> None:
    texts = {f"envs/e{n}.tfvars": f'environment = "e{n}"\n' for n in range(500)}
    infrastructure = read_terraform(*_given({**texts, "main.tf": 'variable "environment" {}\n'}))
    assert len(infrastructure.stacks) == 6
    assert not any(stack.complete for stack in infrastructure.stacks)


def test_a_wrong_bucket_behind_a_thousand_resources_earns_nothing() -> None:
    text = "".join(f'resource "null_resource" "a{n}" {{}}\n' for n in range(1_000))
    assert judged({"main.tf": f'{text}resource "aws_s3_bucket" "data" {{}}\n'})["protected-storage"] != "met"


def _given(texts: Mapping[str, str]) -> tuple[Sequence[str], object]:
    files = Files(texts)
    return files.paths, files.read  # type: ignore[return-value]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../../etc/passwd", "~/.aws/credentials", "${path.module}/../../secret", "..\\\\secret"]
)
def test_no_path_leads_out_of_the_submission(path: str) -> None:
    files = Files(
        {
            "infra/main.tf": f'locals {{\n  a = file("{path}")\n}}\noutput "a" {{\n  value = local.a\n}}\n'
            'module "m" {\n  source = "../../../../etc"\n}\nmodule "n" {\n  source = "/etc"\n}\n'
        }
    )
    stack = read_terraform(files.paths, files.read).stacks[0]
    assert isinstance(stack.locals["a"], Unresolved)
    assert set(files.asked) <= set(files.texts)


def test_what_is_too_large_is_said_and_not_guessed() -> None:
    values = 'a = pow(99999, 9999999)\n  b = format("%099999999d", 1)\n  c = range(1000000)'
    texts = {"main.tf": f"locals {{\n  {values}\n}}\n"}
    stack = read_terraform(*_given(texts)).stacks[0]  # type: ignore[arg-type]
    assert [type(stack.locals[name]) for name in "abc"] == [Unresolved, Mixed, Unresolved]


def test_a_million_copies_are_one_example() -> None:
    texts = {"main.tf": 'resource "aws_s3_bucket" "a" {\n  count  = 1000000\n  bucket = "x"\n}\n'}
    stack = read_terraform(*_given(texts)).stacks[0]  # type: ignore[arg-type]
    assert [(one.key, one.present) for one in stack.resources] == [(None, True)]
    assert isinstance(stack.resources[0].properties, Table)
    bucket = stack.resources[0].properties.entries["bucket"]
    assert isinstance(bucket, Plain)
    assert bucket.data == "x"


@given(st.text(alphabet='ab01={}[]()"$%.,:?!<>-\n #/*\\E"', max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_tree(text: str) -> None:
    parsed = parse(SourceFile("main.tf", text))
    assert parsed.complete or parsed.diagnostics
    parse_json(SourceFile("main.tf.json", text))
