"""Other ways to write what sets up machines: another layout, and other words for the same thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, changed, is_playbook, keys, line_of
from mutation.playbooks import COMMANDS, is_defaults, is_role_file, module_of, tasks
from mutation.rewrites import REWRITES, rewrite


def whole(name: str, where: Callable[[str], bool], new: Callable[[str], str]) -> None:
    """A rewrite of each whole file."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            yield from changed(files, path, new(files[path]), "file")

    REWRITES.append((name, apply))


def lines(name: str, where: Callable[[str], bool], pattern: str, new: str | Callable[[re.Match[str]], str]) -> None:
    """A rewrite of every place that matches, all at once."""
    whole(name, where, lambda text: re.sub(pattern, new, text, flags=re.MULTILINE))


def dumped(text: str, sort_keys: bool = False) -> str:
    if "!vault" in text or text.startswith("$ANSIBLE_VAULT"):
        return text
    return str(yaml.safe_dump(yaml.safe_load(text), sort_keys=sort_keys, width=1000))


def is_any(path: str) -> bool:
    return is_playbook(path) or path.endswith(".j2")


whole("plays written by a program", is_playbook, dumped)
whole("plays with their keys by the alphabet", is_playbook, lambda text: dumped(text, sort_keys=True))
lines("templates without spaces", is_any, r"\{\{ ([\w.]+) \}\}", r"{{\1}}")
lines("yes instead of true", is_role_file, r"^(\s+[\w.]+: )true$", r"\1yes")
lines("True with a capital letter", is_role_file, r"^(\s+[\w.]+: )true$", r"\1True")
lines("rights in letters", is_role_file, r'mode: "0644"', "mode: u=rw,g=r,o=r")
lines("rights in other quotes", is_role_file, r'mode: "(\d+)"', r"mode: '\1'")
lines("the condition as a list", is_role_file, r"^(\s*)when: (.+)$", r"\1when:\n\1  - \2")
lines("whom to tell as a list", is_role_file, r"^(\s*)notify: (\w.*)$", r"\1notify:\n\1  - \2")
lines("one host at a time as a list", is_role_file, r"^(\s+serial: )1$", r"\1[1]")
lines("one host at a time as a text", is_role_file, r"^(\s+serial: )1$", r'\1"1"')
lines("a question by its result", is_role_file, r"^(\s*)changed_when: false$", r'\1changed_when: "false"')
lines("names with another word", is_role_file, r"^(\s*- name: )(Install|Fetch|Write|Keep|Make) ", r"\1Take care to \2 ")


@rewrite("a command as a list of words")
def as_words(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_role_file, files)):
        for one in tasks(files[path]):
            found = module_of(one.node)
            if found is None or found.key.value != COMMANDS[0]:
                continue
            if isinstance(found.value, yaml.ScalarNode) and not re.search(r"['\"{]", found.value.value):
                indent = " " * (found.column + 2)
                words = f"\n{indent}argv: [{', '.join(found.value.value.split())}]"
                text = files[path][: found.value.start_mark.index - 1] + words + files[path][found.value.end_mark.index :]
                yield from changed(files, path, text, line_of(one))


@rewrite("a command by its argument")
def by_argument(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_role_file, files)):
        for one in tasks(files[path]):
            found = module_of(one.node)
            if found is not None and found.key.value == COMMANDS[0] and isinstance(found.value, yaml.ScalarNode):
                start, end = found.value.start_mark.index, found.value.end_mark.index
                indent = " " * (found.column + 2)
                text = f"{files[path][: start - 1]}\n{indent}cmd: {files[path][start:end]}{files[path][end:]}"
                yield from changed(files, path, text, line_of(one))


@rewrite("all tasks of a role in a block")
def in_a_block(files: Files) -> Iterator[Change]:
    for path in sorted(files):
        if path.endswith("/tasks/main.yml"):
            tasks = files[path].removeprefix("---\n")
            body = "".join(f"    {line}" if line.strip() else line for line in tasks.splitlines(keepends=True))
            yield from changed(files, path, f"- name: Make it a runner\n  block:\n{body}", "file")


@rewrite("the tasks of a role in a file of their own")
def in_another_file(files: Files) -> Iterator[Change]:
    for path in sorted(files):
        if path.endswith("/tasks/main.yml"):
            for word in ("import_tasks", "include_tasks"):
                head = f"- name: Make it a runner\n  ansible.builtin.{word}: all.yml\n"
                yield f"{path}:{word}", {**files, path: head, path.replace("main.yml", "all.yml"): files[path]}


@rewrite("the role as a task")
def role_as_task(files: Files) -> Iterator[Change]:
    for path in sorted(files):
        if path.endswith("/site.yml"):
            for word in ("import_role", "include_role"):
                new = f"  tasks:\n    - name: Make it a runner\n      ansible.builtin.{word}:\n        name: ml_runner\n"
                yield from changed(files, path, re.sub(r"  roles:\n    - role: ml_runner\n", new, files[path]), word)


@rewrite("the role by its name alone")
def role_by_name(files: Files) -> Iterator[Change]:
    for path in sorted(files):
        if path.endswith("/site.yml"):
            yield from changed(files, path, files[path].replace("- role: ml_runner", "- ml_runner"), "file")


@rewrite("files with the longer ending")
def longer_ending(files: Files) -> Iterator[Change]:
    new = {re.sub(r"(/(?:tasks|handlers|defaults)/main)\.yml$", r"\1.yaml", path): text for path, text in files.items()}
    if new != files:
        yield "all", new


@rewrite("values of a role in vars")
def in_vars(files: Files) -> Iterator[Change]:
    """What nobody changes from outside may stand in ``vars`` as well; the number of workers is changed."""
    for path in sorted(filter(is_defaults, files)):
        kept = [line for line in files[path].splitlines(keepends=True) if "workers" in line or "repository" in line]
        moved = [line for line in files[path].splitlines(keepends=True) if line not in kept]
        if "/defaults/" in path and moved:
            yield f"{path}:file", {**files, path: "".join(kept), path.replace("/defaults/", "/vars/"): "".join(moved)}


@rewrite("variables have other names")
def other_variables(files: Files) -> Iterator[Change]:
    names = {key for path in filter(is_defaults, files) for key in re.findall(r"^(\w+):", files[path], flags=re.MULTILINE)}
    if names:
        pattern = rf"\b({'|'.join(sorted(names))})\b"
        yield "all", {path: re.sub(pattern, lambda found: found[1].replace("ml_runner_", "ml_runner_of_"), text)
                      for path, text in files.items()}  # fmt: skip


@rewrite("handlers by what they listen to")
def listening(files: Files) -> Iterator[Change]:
    for path in sorted(files):
        if path.endswith("/handlers/main.yml"):
            new = {**files, path: re.sub(r"^(- name: Restart the runner)$", r"\1\n  listen: settings", files[path], flags=re.MULTILINE)}
            for other in filter(is_role_file, files):
                if other != path:
                    new[other] = re.sub(r"notify: Restart the runner", "notify: settings", files[other])
            yield f"{path}:file", new


@rewrite("tags and remarks on each task")
def tagged(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_role_file, files)):
        text = files[path]
        for one in sorted(tasks(text), key=lambda one: -one.node.start_mark.index):
            if "tags" not in keys(one.node):
                added = edit.with_entry(text, one.node, "tags: [runner]  # ignore_errors: true")
                text = added if added is not None else text
        yield from changed(files, path, text, "file")
