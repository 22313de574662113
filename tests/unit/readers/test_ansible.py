"""Playbooks as the model holds them: plays, roles, blocks, handlers, what is taken in, sealed, or broken."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from gradeline.model.playbook import Block, Play, Playbooks, Task
from gradeline.readers.ansible import read_playbooks
from gradeline.source import SourceFile

PLAY = "- name: Runners\n  hosts: runners\n  become: true\n  tasks:\n"
VAULT = "$ANSIBLE_VAULT" + ";1.1;AES256\n33363965326261303234626534643732\n"


def playbooks(texts: Mapping[str, str] | str) -> Playbooks:
    files = {"site.yml": texts} if isinstance(texts, str) else texts
    return read_playbooks(
        tuple(sorted(files)), lambda path: SourceFile(path, files[path]) if path in files else None
    )


def play(texts: Mapping[str, str] | str) -> Play:
    [found] = playbooks(texts).plays
    return found


def tasks(texts: Mapping[str, str] | str) -> list[Task]:
    return [task for one in playbooks(texts).plays for task, _ in one.walk()]


def codes(found: Playbooks) -> list[tuple[str, str, int]]:
    return [(one.code, one.path, one.span.line if one.span else 0) for one in found.diagnostics]


def test_a_play_has_its_name_its_hosts_and_its_place() -> None:
    one = play("# runners\n" + PLAY + "    - ansible.builtin.ping:\n")
    assert (one.name, one.hosts, one.span.line, one.keywords["become"].truth) == ("Runners", "runners", 2, True)


@pytest.mark.parametrize(
    ("written", "module", "arguments", "free"),
    [
        ("ansible.builtin.apt: {name: nginx, state: present}", "ansible.builtin.apt",
         {"name": "nginx", "state": "present"}, ""),
        ("apt: name=nginx state='latest'", "ansible.builtin.apt", {"name": "nginx", "state": "latest"}, ""),
        ("yum: name={{ item }} state=present", "ansible.builtin.yum", {"name": "{{ item }}", "state": "present"}, ""),
        ("command: make all creates=/opt/x", "ansible.builtin.command", {"creates": "/opt/x"}, "make all"),
        ("shell: VAR=1 make", "ansible.builtin.shell", {}, "VAR=1 make"),
        ("ansible.builtin.command: {cmd: make, chdir: /opt}", "ansible.builtin.command",
         {"cmd": "make", "chdir": "/opt"}, "make"),
        ("action: copy src=a dest=b", "ansible.builtin.copy", {"src": "a", "dest": "b"}, ""),
        ("local_action: command make", "ansible.builtin.command", {}, "make"),
        ("action: {module: ansible.builtin.copy, src: a}", "ansible.builtin.copy", {"module": "ansible.builtin.copy",
         "src": "a"}, ""),
        ("docker_container: {name: a}", "community.docker.docker_container", {"name": "a"}, ""),
        ("ec2: {count: 1}", "ec2", {"count": "1"}, ""),
        ("my.own.module: {x: 1}", "my.own.module", {"x": "1"}, ""),
    ],
)  # fmt: skip
def test_a_task_has_its_module_by_full_name_and_its_arguments(
    written: str, module: str, arguments: dict[str, str], free: str
) -> None:
    [task] = tasks(PLAY + f"    - {written}\n")
    assert (task.module, {name: one.text for name, one in task.arguments.items()}) == (module, arguments)
    assert (task.free.text if task.free else "") == free
    assert task.module_span.line == 5


def test_arguments_beside_the_module_belong_to_it() -> None:
    [task] = tasks(PLAY + "    - shell: make\n      args:\n        creates: /opt/x\n")
    assert task.arguments["creates"].text == "/opt/x"


def test_blocks_hand_their_keywords_down_and_know_their_rescue() -> None:
    text = PLAY + (
        "    - name: Change\n      no_log: true\n      block:\n        - ping:\n"
        "        - debug: {msg: a}\n          no_log: false\n"
        "      rescue:\n        - fail: {msg: b}\n      always:\n        - meta: flush_handlers\n"
    )
    [block] = play(text).tasks
    assert isinstance(block, Block)
    first, second = block.tasks
    assert isinstance(first, Task)
    assert isinstance(second, Task)
    assert (first.keywords["no_log"].truth, "no_log" in first.own) == (True, False)
    assert second.keywords["no_log"].truth is False
    assert [(task.module, [one.name for one in blocks]) for task, blocks in play(text).walk()] == [
        ("ansible.builtin.ping", ["Change"]), ("ansible.builtin.debug", ["Change"]), ("ansible.builtin.fail", []),
        ("ansible.builtin.meta", []),
    ]  # fmt: skip


ROLE = {
    "site.yml": "- hosts: all\n  pre_tasks: [{ping: }]\n  roles: [{role: web, become: true}]\n"
                "  tasks: [{debug: {msg: x}}]\n  vars: {port: 81}\n",
    "roles/web/tasks/main.yml": "- include_tasks: install.yml\n- template: {src: a, dest: b}\n  notify: Restart\n",
    "roles/web/tasks/install.yml": "- apt: {name: 'nginx={{ version }}'}\n",
    "roles/web/handlers/main.yml": "- name: Restart\n  service: {name: nginx, state: restarted}\n",
    "roles/web/defaults/main.yml": "version: 1.24.0\nport: 80\n",
    "roles/web/meta/main.yml": "dependencies: [common]\n",
    "roles/common/tasks/main.yml": "- group: {name: runners}\n",
}  # fmt: skip


def test_roles_and_included_files_are_in_place_as_they_run() -> None:
    found = [(task.module.rpartition(".")[2], task.span.path, task.role) for task in tasks(ROLE)]
    assert found == [
        ("ping", "site.yml", ""), ("group", "roles/common/tasks/main.yml", "common"),
        ("apt", "roles/web/tasks/install.yml", "web"), ("template", "roles/web/tasks/main.yml", "web"),
        ("debug", "site.yml", ""), ("service", "roles/web/handlers/main.yml", "web"),
    ]  # fmt: skip
    assert {name: one.text for name, one in play(ROLE).values.items()} == {"version": "1.24.0", "port": "81"}
    assert tasks(ROLE)[2].keywords["become"].truth is True


def test_a_playbook_that_another_imports_stands_there() -> None:
    texts = {"site.yml": "- import_playbook: db.yml\n- hosts: web\n", "db.yml": "- hosts: db\n"}
    assert [(one.hosts, one.path) for one in playbooks(texts).plays] == [("db", "db.yml"), ("web", "site.yml")]


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"site.yml": "- hosts: all\n  roles: [elsewhere]\n"}, "the role `elsewhere` is not in the submission"),
        ({"site.yml": PLAY + "    - include_tasks: '{{ os }}.yml'\n"},
         "the tasks of `{{ os }}.yml` are not in the submission"),
        ({"site.yml": PLAY + "    - import_tasks: gone.yml\n"}, "the tasks of `gone.yml` are not in the submission"),
        ({"site.yml": PLAY + "    - import_tasks: ../../outside.yml\n"},
         "the tasks of `../../outside.yml` are not in the submission"),
        ({"site.yml": "- import_playbook: gone.yml\n- hosts: a\n"}, "the playbook `gone.yml` is not in the submission"),
        ({"site.yml": "- hosts: a\n  vars_files: [secret.yml]\n"},
         "the variables of `secret.yml` are not in the submission"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_submission_is_opaque(texts: dict[str, str], reason: str) -> None:
    assert [one.reason for one in playbooks(texts).opaque] == [reason]


def test_a_role_that_the_requirements_name_is_somebody_elses() -> None:
    texts = {"site.yml": "- hosts: all\n  roles: [geerlingguy.docker, ns.col.role]\n",
             "requirements.yml": "roles: [{name: geerlingguy.docker}]\ncollections: [ns.col]\n"}  # fmt: skip
    assert playbooks(texts).opaque == ()


def test_requirements_have_their_versions_in_both_forms() -> None:
    found = playbooks({
        "requirements.yml": "collections:\n  - name: a.b\n    version: 1.2.3\n  - c.d:1.0\n  - e.f\n"
                            "roles:\n  - {src: https://x/y.git, version: main}\n",
        "roles/requirements.yml": "- src: g.h\n  version: 2.0.0\n- i.j,v1\n",
    })  # fmt: skip
    assert [(one.kind, one.name, one.version) for one in found.requirements] == [
        ("collection", "a.b", "1.2.3"), ("collection", "c.d", "1.0"), ("collection", "e.f", None),
        ("role", "https://x/y.git", "main"), ("role", "g.h", "2.0.0"), ("role", "i.j", "v1"),
    ]  # fmt: skip


def test_values_and_files_that_are_encrypted_are_sealed() -> None:
    sealed = "!vault |\n      " + VAULT.replace("\n", "\n      ").rstrip()
    texts = {
        "site.yml": f"- hosts: all\n  vars:\n    token: {sealed}\n    open: x\n",
        "group_vars/all/vault.yml": VAULT,
        "group_vars/all/plain.yml": "a: b\n",
    }
    found = playbooks(texts)
    assert {name: one.sealed for name, one in found.plays[0].values.items()} == {
        "token": True, "open": False, "a": False
    }  # fmt: skip
    assert found.sealed == ("group_vars/all/vault.yml",)


@pytest.mark.parametrize(
    "text", ["a: 1\n", "- a\n- b\n", "- name: x\n  uses: y\n", "on: push\njobs: {}\n", "", "- hosts"]
)
def test_a_file_that_is_no_playbook_is_none_and_says_nothing(text: str) -> None:
    found = playbooks(text)
    assert (found.plays, found.diagnostics, found.opaque) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (PLAY + "    - name: nothing\n", "no-module", 5),
        (PLAY + "    - apt: {name: a}\n      yum: {name: b}\n", "no-module", 6),
        (PLAY + "    - just words\n", "not-a-task", 5),
        ("- hosts:\n  tasks: []\n", "no-hosts", 1),
        (PLAY + "    - ping:\n    - [\n", "yaml-syntax", 6),
    ],
)
def test_what_is_broken_says_where_and_the_rest_is_read(text: str, code: str, line: int) -> None:
    found = playbooks(text)
    assert codes(found)[0] == (code, "site.yml", line)
    assert len(found.plays) == 1


@pytest.mark.parametrize(
    "texts",
    [
        {"site.yml": PLAY + "    - include_tasks: a.yml\n", "a.yml": "- include_tasks: a.yml\n"},
        {"site.yml": "- import_playbook: site.yml\n- hosts: a\n"},
        {"site.yml": "- hosts: a\n  roles: [a]\n", "roles/a/meta/main.yml": "dependencies: [b]\n",
         "roles/b/meta/main.yml": "dependencies: [a]\n"},
    ],
)  # fmt: skip
def test_what_takes_in_itself_ends(texts: dict[str, str]) -> None:
    assert "include-cycle" in [one.code for one in playbooks(texts).diagnostics]


@pytest.mark.parametrize(
    "text",
    [
        "- hosts: a\n  tasks:\n" + "".join(f"{'  ' * depth}  - block:\n" for depth in range(1, 400)),
        PLAY + "    - apt: name=" + "a=b " * 20_000 + "\n",
        PLAY + "    - ping:\n" * 20_000,
        PLAY + "    - apt: " + "a=\"{{ b='" * 30_000 + "\n",
        PLAY + "    - shell: " + "{{ a }}" * 5_000 + "\n",
        "- hosts: a\n  vars: &v {a: *v}\n  tasks: *v\n",
        "- hosts: [a, {b: c}]\n  roles: {a: b}\n  tasks: {a: b}\n  handlers: x\n  vars: [1]\n  vars_files: {a: b}\n",
        PLAY + "    - block: x\n      rescue: 1\n    - action: [1]\n    - action: \n    - include_role: \n"
        "    - args: x\n",
    ],
)
def test_nothing_a_file_holds_crashes_the_reader(text: str) -> None:
    playbooks(text)
    playbooks({"site.yml": PLAY + "    - include_tasks: t.yml\n", "t.yml": text, "requirements.yml": text,
               "roles/a/tasks/main.yml": text, "roles/a/defaults/main.yml": text})  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["{{" + " " * 300_000, "{{ a | " * 50_000, "1" * 300_000, '{{ "' * 50_000, "{{ a is " + " " * 300_000, "=" * 9_999,
     "a, " * 100_000, "{{ lookup('" * 30_000],
)  # fmt: skip
def test_no_text_keeps_a_question_busy(words: str) -> None:
    """The fastest of these takes milliseconds; a pattern that backtracks takes minutes."""
    from gradeline.facts import playbooks as facts

    quoted = "'" + words.replace("'", "''") + "'"
    looked_at = 0
    start = time.process_time()
    for module, name in (("apt", "name"), ("apt", "state"), ("get_url", "checksum"), ("git", "version"),
                         ("shell", "cmd"), ("pip", "version"), ("debug", "msg")):  # fmt: skip
        for one in playbooks(PLAY + f"    - {module}: {{{name}: {quoted}}}\n      no_log: {quoted}\n").plays:
            looked_at += len(one.tasks)
            for question in (facts.tolerated, facts.loose_packages, facts.shown_secrets):
                list(question(one))
    assert looked_at == 7
    assert time.process_time() - start < 10


def test_many_includes_of_many_includes_end() -> None:
    texts = {f"t{number}.yml": f"- include_tasks: t{number + 1}.yml\n" * 9 for number in range(20)}
    texts |= {"t20.yml": "- ping:\n", "site.yml": PLAY + "    - include_tasks: t0.yml\n"}
    assert "too-many-tasks" in [one.code for one in playbooks(texts).diagnostics]


def test_values_of_groups_are_stronger_than_defaults_and_weaker_than_the_play() -> None:
    texts = {
        "site.yml": "- hosts: gpu\n  vars: {c: play}\n  roles: [r]\n",
        "roles/r/tasks/main.yml": "- name: A\n  ansible.builtin.debug: {}\n",
        "roles/r/defaults/main.yml": "a: default\nb: default\nc: default\nd: default\n",
        "group_vars/gpu": "a: group\n",
        "group_vars/all/main.yml": "a: all\nb: all\nc: all\n",
        "group_vars/web.yml": "d: other\n",
    }
    values = playbooks(texts).plays[0].values
    assert {name: one.text for name, one in values.items()} == {"a": "group", "b": "all", "c": "play", "d": "default"}


@pytest.mark.parametrize(
    ("staging", "production"), [("inventory/staging", "inventory/production"), ("a/inv", "z/prod")]
)
def test_values_of_production_come_before_those_of_other_inventories(staging: str, production: str) -> None:
    folder = "" if staging.startswith("inventory") else "inventories/"
    texts = {
        "site.yml": "- hosts: gpu\n  tasks: []\n",
        f"{folder}{staging}/group_vars/gpu.yml": "a: few\n",
        f"{folder}{production}/group_vars/gpu.yml": "a: many\n",
    }
    assert playbooks(texts).plays[0].values["a"].text == "many"
