"""Other ways to write the same: each rewrite keeps what a right answer means, so no verdict may change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import (
    Change,
    Files,
    changed,
    in_steps,
    is_docker,
    is_github,
    is_gitlab,
    is_jenkins,
    is_manifest,
    is_playbook,
    is_terraform,
    keys,
    line_of,
)

Rewrite = Callable[[Files], Iterator[Change]]
REWRITES: list[tuple[str, Rewrite]] = []


def rewrite(name: str) -> Callable[[Rewrite], Rewrite]:
    def note(apply: Rewrite) -> Rewrite:
        REWRITES.append((name, apply))
        return apply

    return note


def is_yaml(path: str) -> bool:
    """Files whose text may get more lines; one that is encrypted as a whole has to begin with its mark."""
    if path.endswith("/vault.yml"):
        return False
    known = (is_github, is_gitlab, is_manifest, is_playbook)
    return path in ("dvc.yaml", "compose.yaml") or any(one(path) for one in known)


def whole(name: str, where: Callable[[str], bool], new: Callable[[str], str]) -> None:
    """A rewrite of each whole file."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            yield from changed(files, path, new(files[path]), "file")

    REWRITES.append((name, apply))


def scalars(name: str, where: Callable[[str], bool], key: str, new: Callable[[str], str | None]) -> None:
    """A rewrite of each value of a key that stands on one line."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            for entry in edit.entries(files[path], key):
                if key == "run" and not in_steps(entry):
                    continue
                if isinstance(entry.value, yaml.ScalarNode) and "\n" not in entry.value.value.strip():
                    value = new(entry.value.value.strip())
                    if value is not None:
                        yield from changed(files, path, edit.with_value(files[path], entry, value), line_of(entry))

    REWRITES.append((name, apply))


def lines(name: str, where: Callable[[str], bool], pattern: str, new: str) -> None:
    """A rewrite of every line that matches, all at once."""
    whole(name, where, lambda text: re.sub(pattern, new, text, flags=re.MULTILINE))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# -- the text of YAML ---------------------------------------------------------------------------------------------------

whole("a comment on top", is_yaml, lambda text: f"# Kestrel Mobile, churn\n{text}")
whole("a document start", is_yaml, lambda text: text if text.startswith("---") else f"---\n{text}")
whole("lines end as on Windows", is_yaml, lambda text: text.replace("\n", "\r\n"))
whole("a byte order mark", is_yaml, lambda text: f"\ufeff{text}")
whole("no end of the last line", is_yaml, lambda text: text.rstrip("\n"))
whole("blank lines", is_yaml, lambda text: text.replace("\n\n", "\n\n\n"))
whole(
    "comments behind lines",
    is_github,
    lambda text: re.sub(r"^( +runs-on: \S+)$", r"\1  # a hosted machine", text, flags=re.MULTILINE),
)


@rewrite("keys of a job the other way round")
def reversed_keys(files: Files) -> Iterator[Change]:
    for path in sorted(filter(lambda path: is_github(path) or is_gitlab(path), files)):
        text = files[path]
        if "&" in text and "*" in text:
            continue  # an anchor must stay before its aliases
        for entry in edit.entries(text):
            job = len(entry.path) == 2 and entry.path[0] == "jobs" if is_github(path) else len(entry.path) == 1
            known = keys(entry.value)
            if job and known & {"steps", "script"} and isinstance(entry.value, yaml.MappingNode):
                parts = [text[text.rfind("\n", 0, key.start_mark.index) + 1 : edit._end(text, value)]
                         for key, value in entry.value.value]  # fmt: skip
                start = text.rfind("\n", 0, entry.value.start_mark.index) + 1
                end = edit._end(text, entry.value)
                if "".join(parts) == text[start:end]:
                    yield from changed(
                        files, path, text[:start] + "".join(reversed(parts)) + text[end:], line_of(entry)
                    )


@rewrite("lists in brackets become lists with dashes")
def dashes(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_yaml, files)):
        for entry in edit.entries(files[path]):
            node = entry.value
            if isinstance(node, yaml.SequenceNode) and node.flow_style and node.value \
                    and files[path][node.start_mark.index] == "[" \
                    and all(isinstance(item, yaml.ScalarNode) for item in node.value):  # fmt: skip
                text = files[path]
                indent = " " * (entry.column + 2)
                parts = [text[item.start_mark.index : item.end_mark.index] for item in node.value]
                block = "".join(f"\n{indent}- {part}" for part in parts)
                start, end = node.start_mark.index, node.end_mark.index
                yield from changed(files, path, text[:start].rstrip(" ") + block + text[end:], line_of(entry))


# -- GitHub Actions -----------------------------------------------------------------------------------------------------

scalars(
    "a command in double quotes",
    is_github,
    "run",
    lambda run: f'"{run}"' if '"' not in run and "\\" not in run and "\t" not in run else None,
)
scalars(
    "a command in a block", is_github, "run", lambda run: None if run.startswith("#") else f"|-\n              {run}"
)
scalars("a command folded", is_github, "run", lambda run: f">-\n              {run}")
scalars(
    "a command with a time",
    is_github,
    "run",
    lambda run: quoted(f"time {run}") if re.match(r"(python|pytest|ruff|pip) ?", run) and "|" not in run else None,
)
scalars(
    "a command with a variable before it",
    is_github,
    "run",
    lambda run: quoted(f"PYTHONUNBUFFERED=1 {run}") if re.match(r"(python|pytest|ruff) ", run) else None,
)
scalars(
    "a command in bash -c",
    is_github,
    "run",
    lambda run: (
        quoted(f'bash -euo pipefail -c "{run}"')
        if re.match(r"(pytest|ruff|python -m pytest) ", run) and not re.search(r"[\"$\\`|]", run)
        else None
    ),
)
scalars(
    "a command in braces",
    is_github,
    "run",
    lambda run: quoted(f"{{ {run}; }}") if "#" not in run and not run.endswith(";") else None,
)
scalars(
    "a command in parentheses",
    is_github,
    "run",
    lambda run: quoted(f"( {run} )") if re.match(r"(pytest|ruff|python -m pytest) ", run) else None,
)
scalars(
    "a condition in double quotes",
    is_github,
    "if",
    lambda value: f'"{value}"' if '"' not in value and "\\" not in value else None,
)
scalars(
    "a limit as text", is_github, "timeout-minutes", lambda value: f"${{{{ {value} }}}}" if value.isdigit() else None
)
scalars("one need as a list", is_github, "needs", lambda value: f"[{value}]")
scalars("a machine as a list", is_github, "runs-on", lambda value: f"[{value}]" if "$" not in value else None)
lines("expressions without spaces", is_github, r"\$\{\{ ([a-z_.\-]+) \}\}", r"${{\1}}")
lines("pytest as a module", is_github, r"^(\s+(?:- )?run: )pytest\b", r"\1python -m pytest")
lines("ruff as a module", is_github, r"^(\s+(?:- )?run: )ruff check\b", r"\1python -m ruff check")


@rewrite("one command becomes a script of the repository")
def to_script(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_github, files)):
        for entry in edit.entries(files[path], "run"):
            if isinstance(entry.value, yaml.ScalarNode) and re.match(
                r"(pytest|ruff|python -m pytest) [^$|\n]*$", entry.value.value
            ):
                text = edit.with_value(files[path], entry, "bash scripts/check-it.sh")
                script = f"#!/usr/bin/env bash\nset -euo pipefail\n{entry.value.value}\n"
                yield f"{path}:{line_of(entry)}", {**files, path: text, "scripts/check-it.sh": script}


@rewrite("one command becomes a target of a Makefile")
def to_make(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_github, files)):
        if any(name.rpartition("/")[2] in ("Makefile", "makefile", "GNUmakefile") for name in files):
            return
        for entry in edit.entries(files[path], "run"):
            if isinstance(entry.value, yaml.ScalarNode) and re.match(
                r"(pytest|ruff|python -m pytest) [^$|\n]*$", entry.value.value
            ):
                text = edit.with_value(files[path], entry, "make check-it")
                make = f".PHONY: check-it\ncheck-it:\n\t{entry.value.value}\n"
                yield f"{path}:{line_of(entry)}", {**files, path: text, "Makefile": make}


@rewrite("jobs have other ids")
def other_ids(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_github, files)):
        text = files[path]
        ids = [entry.key.value for entry in edit.entries(text) if len(entry.path) == 2 and entry.path[0] == "jobs"]
        rules = "".join(other for name, other in sorted(files.items()) if name.endswith(".json"))
        wordy = [
            one
            for one in ids
            if f'"{one}"' in rules  # the rules of the branch wait for a result under this name
            or re.search(rf"(needs|jobs)\.{one}\.|'{one}'|(allowed-skips|allowed-failures): .*\b{one}\b", text)
        ]
        for one in ids:
            if one in wordy or len(re.findall(rf"\b{re.escape(one)}\b", text)) > 40:
                continue
            renamed = []
            for entry in edit.walk(edit.tree(text)):
                if isinstance(entry, edit.Entry) and entry.path == ("jobs", one):
                    renamed.append((entry.key.start_mark.index, entry.key.end_mark.index))
                if isinstance(entry, edit.Entry) and entry.key.value == "needs" and entry.path[0] == "jobs":
                    nodes = entry.value.value if isinstance(entry.value, yaml.SequenceNode) else [entry.value]
                    renamed += [(node.start_mark.index, node.end_mark.index) for node in nodes if node.value == one]
            new = text
            for start, end in sorted(set(renamed), reverse=True):
                new = f"{new[:start]}{one}-of-churn{new[end:]}"
            yield from changed(files, path, new, one)


# -- GitLab CI ------------------------------------------------------------------------------------------------------------


def script_items(name: str, new: Callable[[str], str | None]) -> None:
    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_gitlab, files)):
            for item in edit.items(files[path], "script"):
                if isinstance(item.node, yaml.ScalarNode) and "\n" not in item.node.value.strip():
                    value = new(item.node.value)
                    if value is not None:
                        yield from changed(files, path, edit.with_value(files[path], item, value), line_of(item))

    REWRITES.append((name, apply))


script_items("a script item in quotes", quoted)
script_items("a script item in braces", lambda run: quoted(f"{{ {run}; }}"))
script_items(
    "a script item with a time", lambda run: quoted(f"time {run}") if re.match(r"(python|pytest|ruff) ", run) else None
)
lines("needs as objects", is_gitlab, r"^(\s+needs: )\[([a-z0-9\-]+)\]$", r"\1[{job: \2}]")
lines("conditions in quotes", is_gitlab, r"^(\s+- if: )(\$[^'\n]*)$", r"\1'\2'")


@rewrite("jobs have other names")
def other_names(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_gitlab, files)):
        text = files[path]
        for entry in edit.entries(text):
            one = entry.key.value
            if len(entry.path) == 1 and "script" in keys(entry.value) and not one.startswith("."):
                everywhere = "\n".join(files[name] for name in files if is_gitlab(name))
                if len(re.findall(rf"(?<![\w-]){re.escape(one)}(?![\w-])", everywhere)) == 1:
                    start, end = entry.key.start_mark.index, entry.key.end_mark.index
                    yield from changed(files, path, f"{text[:start]}{one}-of-churn{text[end:]}", one)


# -- Jenkins ----------------------------------------------------------------------------------------------------------------

lines("sh with parentheses", is_jenkins, r"^(\s*)sh '([^'\n]*)'\s*$", r"\1sh('\2')")
lines("sh with a name", is_jenkins, r"^(\s*)sh '([^'\n]*)'\s*$", r"\1sh(script: '\2')")
lines("sh with a label", is_jenkins, r"^(\s*)sh '([^'\n]*)'\s*$", r"\1sh(label: 'work', script: '\2')")
lines("sh in three quotes", is_jenkins, r"^(\s*)sh '([^'\n\\]*)'\s*$", r"\1sh '''\2'''")
lines("sh in double quotes", is_jenkins, r"^(\s*)sh '([^'\"$\n\\]*)'\s*$", r'\1sh "\2"')
lines("sh in a script block", is_jenkins, r"^(\s*)sh '([^'\n]*)'\s*$", r"\1script { sh '\2' }")
lines(
    "sh in a time limit",
    is_jenkins,
    r"^(\s*)sh '(\S*pytest[^'\n]*)'\s*$",
    r"\1timeout(time: 20, unit: 'MINUTES') { sh '\2' }",
)
lines("semicolons", is_jenkins, r"^(\s*)sh '([^'\n]*)'\s*$", r"\1sh '\2';")
whole("a comment in the Jenkinsfile", is_jenkins, lambda text: f"/* Kestrel Mobile */\n{text}")
whole("a Jenkinsfile from Windows", is_jenkins, lambda text: text.replace("\n", "\r\n"))

# -- images -----------------------------------------------------------------------------------------------------------------

lines(
    "instructions in small letters",
    is_docker,
    r"^(FROM|RUN|COPY|WORKDIR|USER|ENV|ARG|LABEL|EXPOSE|CMD|ENTRYPOINT)\b(?=.*[^\\]$)",
    r"\1",
)
whole(
    "small letters",
    is_docker,
    lambda text: re.sub(
        r"^(RUN|COPY|WORKDIR|USER|EXPOSE|CMD) ", lambda found: found[0].lower(), text, flags=re.MULTILINE
    ),
)
whole(
    "comments between instructions",
    is_docker,
    lambda text: re.sub(r"^(USER .*)$", r"# the account of the service\n\1", text, flags=re.MULTILINE),
)
whole("base by a variable", is_docker, lambda text: _base_by_variable(text))
whole("a Dockerfile from Windows", is_docker, lambda text: text.replace("\n", "\r\n"))
lines("user with a group", is_docker, r"^USER (\d+)$", r"USER \1:\1")

# -- infrastructure -----------------------------------------------------------------------------------------------------------

whole("a comment in every file", is_terraform, lambda text: f"/* Kestrel Mobile */\n{text}")
whole("Terraform from Windows", is_terraform, lambda text: text.replace("\n", "\r\n"))
lines("comments behind arguments", is_terraform, r"^(  \w+ += (?:true|false))$", r"\1 # on purpose")
lines("text through a template", is_terraform, r'^(  \w+ += )"([a-z][a-z0-9-]+)"$', r'\1"${"\2"}"')


def _base_by_variable(text: str) -> str:
    found = re.search(r"^FROM (\S+)", text, flags=re.MULTILINE)
    if (
        found is None
        or "$" in found[1]
        or text.count(f"FROM {found[1]}") == 0
        or "@" not in found[1]
        or re.match(r"ARG", text)
    ):
        return text
    head = text.index("FROM ")
    return f"{text[:head]}ARG BASE={found[1]}\n" + text[head:].replace(f"FROM {found[1]}", "FROM ${BASE}")
