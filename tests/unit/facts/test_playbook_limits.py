"""Long texts in plays take no long time."""

from __future__ import annotations

import time

import pytest

from gradeline.facts.playbook_hosts import risky_accounts
from gradeline.facts.playbook_reruns import changing_again
from gradeline.facts.playbook_secrets import sources
from gradeline.readers.ansible import read_playbooks
from gradeline.source import SourceFile


@pytest.mark.parametrize(
    "words",
    ["apt a " * 20_000, "nvidia-smi " * 20_000, "curl x " * 20_000, "{{ a " * 20_000, "find -" * 30_000, "> " * 50_000],
    ids=["apt", "nvidia", "curl", "holes", "find", "arrows"],
)
def test_a_long_command_takes_no_long_time(words: str) -> None:
    text = f"- name: A\n  hosts: all\n  tasks:\n    - name: B\n      ansible.builtin.shell: >-\n        {words}\n"
    text += "      changed_when: false\n"
    found = read_playbooks(("site.yml",), lambda path: SourceFile(path, text, ""))
    start = time.process_time()
    for play in found.plays:
        list(changing_again(play))
    list(risky_accounts(found.plays, {}))
    list(sources(found, found.plays))
    assert found.plays
    assert time.process_time() - start < 10
