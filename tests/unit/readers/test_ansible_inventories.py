"""Variables of inventories: which plays they are for, and which one is stronger."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from gradeline.model.playbook import Playbooks
from gradeline.readers.ansible import read_playbooks
from gradeline.source import SourceFile

PLAY = "- name: Runners\n  hosts: {}\n  roles: [ml_runner]\n"
ROLE = {
    "ansible/roles/ml_runner/tasks/main.yml": "- name: A\n  ansible.builtin.debug: {msg: a}\n",
    "ansible/roles/ml_runner/defaults/main.yml": "workers: 1\n",
}
NESTED = """
all:
  vars: {workers: 2, region: eu}
  children:
    runners:
      vars: {workers: 3}
      hosts:
        gpu-1: {workers: 4}
        gpu-2:
    web:
      vars: {port: 80}
"""
LINES = """
# the machines
[runners]
gpu-1 ansible_host=10.0.0.4 workers=4
gpu-2
[runners:vars]
workers = 3
note="two words" ; not this
[all:children]
runners
"""


def playbooks(files: Mapping[str, str]) -> Playbooks:
    return read_playbooks(tuple(sorted(files)), lambda path: SourceFile(path, files[path]) if path in files else None)


def values(hosts: str, path: str, text: str) -> dict[str, str]:
    found = playbooks({**ROLE, "ansible/site.yml": PLAY.format(hosts), path: text})
    return {name: setting.text for name, setting in found.plays[0].values.items()}


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("runners", {"workers": "3", "region": "eu"}),
        ("all", {"workers": "3", "region": "eu", "port": "80"}),
        ("gpu-1", {"workers": "4", "region": "eu"}),
        ("web", {"workers": "2", "region": "eu", "port": "80"}),
        ("databases", {"workers": "2", "region": "eu"}),
    ],
)
def test_a_play_gets_what_its_groups_and_hosts_are_told(hosts: str, expected: dict[str, str]) -> None:
    found = values(hosts, "ansible/inventory/production.yml", NESTED)
    assert {name: found[name] for name in ("workers", "region", "port") if name in found} == expected


def test_lines_of_an_inventory_are_read_like_its_yaml() -> None:
    found = values("runners", "ansible/inventory/hosts", LINES)
    assert (found["workers"], found["note"]) == ("3", "two words")


def test_production_comes_before_other_environments() -> None:
    texts = {
        **ROLE,
        "ansible/site.yml": PLAY.format("runners"),
        "ansible/inventories/a-staging/hosts.yml": "runners: {vars: {workers: 8}}\n",
        "ansible/inventories/production/hosts.yml": "runners: {vars: {workers: 9}}\n",
    }
    assert playbooks(texts).plays[0].values["workers"].text == "9"


def test_groups_that_multiply_by_anchors_have_an_end() -> None:
    lines = ["g0: &g0 {vars: {a: 1}}"]
    lines += [f"g{n}: &g{n} {{children: {{x{n}: *g{n - 1}, y{n}: *g{n - 1}}}}}" for n in range(1, 40)]
    start = time.process_time()
    values("runners", "ansible/inventory/production.yml", "\n".join(lines))
    assert time.process_time() - start < 10
