"""The operators: what somebody could do to a right answer, one thing at one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import (
    IMAGE,
    LOSES,
    ORDER,
    WORK,
    Change,
    Files,
    adds,
    changed,
    drops,
    in_steps,
    is_docker,
    is_github,
    is_gitlab,
    is_gitlab_job,
    is_jenkins,
    is_local_job,
    is_needy_job,
    is_plain_job,
    is_plain_run,
    is_ruleless,
    is_terraform,
    keys,
    line_of,
    lines,
    mutant,
    note,
    values,
)

# -- GitHub Actions -----------------------------------------------------------------------------------------------------

# A job whose condition asks another one never runs when it does not wait for that one, and then its work is not done.
drops(
    "job waits for nothing",
    ORDER | {"gitops", "cache-key", "decided", "search", "exclusive"},
    is_github,
    "needs",
    targets=frozenset({"env-order", "gates"}),
)
drops("no time limit", frozenset({"timeout"}), is_github, "timeout-minutes", targets=frozenset({"timeout"}))
drops(
    "no permissions",
    frozenset(
        {"least-privilege", "oidc", "provenance", "secret-source", "lineage", "notify", "runs", "scan", "approval"}
    ),
    is_github,
    "permissions",
    1,
    targets=frozenset({"least-privilege"}),
)
drops(
    "no concurrency",
    frozenset({"exclusive", "critical-path", "trigger"}),
    is_github,
    "concurrency",
    targets=frozenset({"exclusive"}),
)
drops(
    "no pull requests",
    frozenset(
        {
            "trigger",
            "dry",
            "runs",
            "gates",
            "scan",
            "blocking",
            "live",
            "critical-path",
            "exclusive",
            "trust-boundary",
            "named",
            "parallel",
            "cache-key",
            "cache-safe",
            "report",
            "notify",
            "handoff",
        }
    ),
    is_github,
    "pull_request",
    targets=frozenset({"trigger", "runs"}),
)
adds("step may fail", WORK, is_github, "continue-on-error: true", is_plain_run, targets=LOSES)
adds("job may fail", WORK, is_github, "continue-on-error: true", is_local_job, targets=LOSES)
adds("step never runs", WORK | {"cache-safe"}, is_github, "if: false", is_plain_run)
adds(
    "job never runs",
    WORK | ORDER | {"cache-key", "lock-install", "timeout"},
    is_github,
    "if: ${{ false }}",
    is_plain_job,
)
adds(
    "job runs whatever happened",
    ORDER,
    is_github,
    "if: always()",
    is_needy_job,
    targets=frozenset({"env-order", "gates"}),
)
values(
    "action by branch",
    frozenset({"pinned"}),
    is_github,
    "uses",
    lambda value: f"{value.partition('@')[0]}@main" if "@" in value and not value.startswith("./") else None,
    targets=frozenset({"pinned:action"}),
)
values(
    "action by short commit",
    frozenset({"pinned"}),
    is_github,
    "uses",
    lambda value: value[: value.index("@") + 8] if re.search("@[0-9a-f]{40}$", value) else None,
    targets=frozenset({"pinned:action"}),
)
values(
    "all rights",  # what is called gets no more than who calls it has, so the platform refuses the call
    frozenset({"least-privilege", "trust-boundary", "shared-step"}),
    is_github,
    "contents",
    lambda value: "write" if value == "read" else None,
    targets=frozenset({"least-privilege"}),
)
values(
    "cache that never changes",
    frozenset({"cache-key", "cache-safe", "build-cache", "data-versioned"}),
    is_github,
    "key",
    lambda value: "dependencies" if "hashFiles" in value else None,
    targets=frozenset({"cache-key"}),
)


@mutant(
    "every right",
    frozenset({"least-privilege", "oidc", "trust-boundary", "provenance", "shared-step", "report"}),
    frozenset({"least-privilege"}),
)
def every_right(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_github, files)):
        for entry in edit.entries(files[path], "permissions"):
            if isinstance(entry.value, yaml.MappingNode) and not entry.value.flow_style:
                start = entry.key.start_mark.index
                end = edit._end(files[path], entry.value)
                text = f"{files[path][:start]}permissions: write-all\n{files[path][end:]}"
                yield from changed(files, path, text, line_of(entry))


# -- GitLab CI ------------------------------------------------------------------------------------------------------------

drops(
    "no cache",
    frozenset({"cache-key", "cache-safe", "dry", "runs"}),
    is_gitlab,
    "cache",
    targets=frozenset({"cache-key"}),
)
drops(
    "no files handed on",
    frozenset({"handoff", "report", "one-artifact", "runs", "gates", "lineage", "scan", "health", "env-order"}),
    is_gitlab,
    "artifacts",
    targets=frozenset({"report", "handoff"}),
)
drops("no turns", frozenset({"exclusive", "env-order"}), is_gitlab, "resource_group", targets=frozenset({"exclusive"}))
drops(
    "nothing is stopped",
    frozenset({"exclusive", "timeout", "dry", "parallel"}),
    is_gitlab,
    "interruptible",
    targets=frozenset({"exclusive:cancel"}),
)
drops("no limit", frozenset({"timeout", "dry"}), is_gitlab, "timeout", targets=frozenset({"timeout"}))
adds("job may fail (GitLab)", WORK | ORDER, is_gitlab, "allow_failure: true", is_gitlab_job, targets=LOSES)
adds("job by hand", WORK | ORDER | {"cache-key", "lock-install"}, is_gitlab, "when: manual", is_ruleless)
adds(
    "job never (GitLab)",
    WORK | ORDER | {"cache-key", "lock-install"},
    is_gitlab,
    "rules:\n  - when: never",
    is_ruleless,
)
adds(
    "starts at once",
    ORDER,
    is_gitlab,
    "needs: []",
    lambda one: is_gitlab_job(one) and isinstance(one, edit.Entry) and "needs" not in keys(one.value),
    targets=frozenset({"env-order", "gates"}),
)


@mutant("script item only says so", WORK)
def gitlab_says(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_gitlab, files)):
        for item in edit.items(files[path], "script"):
            if isinstance(item.node, yaml.ScalarNode) and "\n" not in item.node.value and '"' not in item.node.value:
                value = "'echo \"" + item.node.value.replace("'", "''").replace("$", "") + "\"'"
                yield from changed(files, path, edit.with_value(files[path], item, value), line_of(item))


@mutant("script item swallows", WORK, targets=LOSES)
def gitlab_swallows(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_gitlab, files)):
        for item in edit.items(files[path], "script"):
            if isinstance(item.node, yaml.ScalarNode) and "\n" not in item.node.value:
                value = "'" + item.node.value.replace("'", "''") + " || true'"
                yield from changed(files, path, edit.with_value(files[path], item, value), line_of(item))


@mutant("script item is left out", WORK)
def gitlab_left_out(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_gitlab, files)):
        for item in edit.items(files[path], "script"):
            yield from changed(files, path, edit.without_item(files[path], item), line_of(item))


# -- commands of GitHub steps -----------------------------------------------------------------------------------------------


def runs(files: Files, new: Callable[[str], str | None], everything: Files | None = None) -> Iterator[Change]:
    """Changes of the commands of steps; ``everything``: the whole answer, when ``files`` are a part of it."""
    for path in sorted(filter(is_github, files)):
        for entry in edit.entries(files[path], "run"):
            if not in_steps(entry):
                continue
            if isinstance(entry.value, yaml.ScalarNode) and "\n" not in entry.value.value.strip():
                value = new(entry.value.value.strip())
                if value not in (None, entry.value.value.strip()):
                    quoted = "'" + value.replace("'", "''") + "'"
                    text = edit.with_value(files[path], entry, quoted)
                    yield from changed(everything or files, path, text, line_of(entry))


for _name, _attacks, _apply, *_targets in [
    ("command swallows", WORK, lambda files: runs(files, lambda run: f"{run} || true"), LOSES),
    ("command in the background", WORK, lambda files: runs(files, lambda run: f"{run} &"), LOSES),
    ("command only says so", WORK, lambda files: runs(files, lambda run: f'echo "{run}"' if '"' not in run else None)),
    ("command after the exit", WORK, lambda files: runs(files, lambda run: f"exit 0; {run}")),
    ("command is a comment", WORK, lambda files: runs(files, lambda run: f": # {run}")),
    ("command in a function", WORK, lambda files: runs(files, lambda run: f"work() {{ {run}; }}")),
    ("pipe loses the status", WORK, lambda files: runs({path: text for path, text in files.items() if "shell: bash" not in text}, lambda run: f"{run} | tee log.txt" if "|" not in run else None, files), LOSES),
    ("command after or", WORK, lambda files: runs(files, lambda run: f"true || {run}" if "&&" not in run else None)),
    ("tests are only listed", WORK, lambda files: runs(files, lambda run: re.sub(r"\bpytest\b", "pytest --collect-only", run) if re.search(r"\bpytest\b", run) else None)),
    ("linter reports only", WORK, lambda files: runs(files, lambda run: re.sub(r"\bruff check\b", "ruff check --exit-zero", run) if "ruff check" in run else None)),
    ("install without the lock", frozenset({"lock-install", "cache-key", "dry", "pinned"}), lambda files: runs(files, lambda run: run.replace("--require-hashes -r requirements.lock", "-r requirements.txt") if "--require-hashes" in run else None), frozenset({"lock-install"})),
]:  # fmt: skip
    note(_name, _attacks, _apply, *_targets)

# -- Jenkins ----------------------------------------------------------------------------------------------------------------

SH = r"^(\s*)sh '([^'\n]*)'\s*$"
lines("sh swallows", WORK, is_jenkins, SH, r"\1sh '\2 || true'" + "\n", targets=LOSES)
lines("sh only says so", WORK, is_jenkins, r"^(\s*)sh '([^'\"\n]*)'\s*$", r"""\1sh 'echo "\2"'""" + "\n")
lines(
    "sh gives its status to nobody",
    WORK,
    is_jenkins,
    SH,
    r"\1sh(script: '\2', returnStatus: true)" + "\n",
    targets=LOSES,
)
lines(
    "sh in a catchError",
    WORK,
    is_jenkins,
    SH,
    r"\1catchError(buildResult: 'SUCCESS') { sh '\2' }" + "\n",
    targets=LOSES,
)
lines("sh is a comment", WORK, is_jenkins, SH, r"\1// sh '\2'" + "\n")
lines("echo instead of sh", WORK, is_jenkins, SH, r"\1echo '\2'" + "\n")
lines("no limit (Jenkins)", frozenset({"timeout"}), is_jenkins, r"^\s*timeout\(.*\)\s*$", "")
lines("builds overlap", frozenset({"exclusive"}), is_jenkins, r"^\s*disableConcurrentBuilds\(.*\)\s*$", "")
lines(
    "everything is kept",
    frozenset({"handoff", "run-log"}),
    is_jenkins,
    r"^\s*buildDiscarder\(.*\)\s*$",
    "",
    targets=frozenset({"run-log", "handoff:retention"}),
)
lines("goes on after a branch failed", frozenset({"parallel"}), is_jenkins, r"^\s*failFast true\s*$", "")
lines(
    "results are not read",
    frozenset({"report", "runs"}),
    is_jenkins,
    r"^\s*always \{ junit .*\}\s*$",
    "",
    targets=frozenset({"report:junit"}),
)
lines(
    "on every branch",
    frozenset({"trigger", "gates", "approval", "trust-boundary", "runs", "env-order", "secret-scope"}),
    is_jenkins,
    r"^\s*branch 'main'\s*$",
    "                        expression { true }\n",
    targets=frozenset({"trigger"}),
)
lines(
    "image without a version",
    frozenset({"pinned"}),
    is_jenkins,
    r"image '([^':]+):[^']*'",
    r"image '\1'",
    targets=frozenset({"pinned:image"}),
)

# -- images -----------------------------------------------------------------------------------------------------------------

lines(
    "base by name only",
    IMAGE,
    is_docker,
    r"^FROM ([^\s:@]+)[:@]\S+",
    r"FROM \1:latest",
    targets=frozenset({"pinned:image"}),
)
lines(
    "base without its digest",
    IMAGE,
    is_docker,
    r"^(FROM \S+?)@sha256:[0-9a-f]+",
    r"\1",
    targets=frozenset({"pinned:image"}),
)
lines("no user", frozenset({"nonroot-minimal"}), is_docker, r"^USER .*$", "")
lines("user is root", frozenset({"nonroot-minimal"}), is_docker, r"^USER .*$", "USER 0")
lines("no labels", frozenset({"lineage"}), is_docker, r"^(LABEL org\.opencontainers\.image\.)revision", r"\1author")
lines(
    "no cache mount",
    frozenset({"build-cache"}),
    is_docker,
    r"--mount=type=cache,\S+ ?",
    " ",
    targets=frozenset({"build-cache:mount"}),
)
lines(
    "a secret in the image",
    frozenset({"no-literal-secret", "secret-not-persisted", "runs", "secret-source"}),
    is_docker,
    r"^(USER .*)$",
    r"ENV PIP_TOKEN=${PIP_TOKEN}" + "\n" + r"\1",
    targets=frozenset({"secret-not-persisted:images"}),
)
lines("build step swallows", WORK | IMAGE, is_docker, r"^(RUN python -m pytest.*)$", r"\1 || true")
lines(
    "everything is sent",
    frozenset({"ignore", "secret-not-persisted", "nonroot-minimal"}),
    lambda path: path.endswith(".dockerignore"),
    r"^(\.git|\.env.*|data/?)$",
    "",
    targets=frozenset({"ignore:image"}),
)


@mutant("no probe", frozenset({"health"}))
def no_probe(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_docker, files)):
        text = re.sub(r"^HEALTHCHECK (?:.*\\\n)*.*\n", "HEALTHCHECK NONE\n", files[path], flags=re.MULTILINE)
        yield from changed(files, path, text, "HEALTHCHECK")


# -- infrastructure and data --------------------------------------------------------------------------------------------------


lines("no encryption of the state", frozenset({"remote-state"}), is_terraform, r"^\s*encrypt\s*=.*$", "")
lines("no lock of the state", frozenset({"remote-state"}), is_terraform, r"^\s*use_lockfile\s*=.*$", "")
lines("may be destroyed", frozenset({"deletion-guard"}), is_terraform, r"(prevent_destroy\s*=\s*)true", r"\1false")
lines("public again", frozenset({"protected-storage"}), is_terraform, r"(block_public_policy\s*=\s*)true", r"\1false")
lines("no versions kept", frozenset({"protected-storage"}), is_terraform, r'(status\s*=\s*)"Enabled"', r'\1"Suspended"')
lines("tags may move", frozenset({"immutable-ref"}), is_terraform, r'"IMMUTABLE"', '"MUTABLE"')
drops(
    "no dependencies",
    frozenset({"step-cache", "gates", "data-versioned", "params-external", "seeded", "runs", "handoff"}),
    lambda path: path == "dvc.yaml",
    "deps",
    targets=frozenset({"step-cache"}),
)
drops(
    "no parameters",
    frozenset({"params-external", "seeded", "step-cache", "data-stages"}),
    lambda path: path == "dvc.yaml",
    "params",
    targets=frozenset({"params-external"}),
)
# A frozen stage never runs (DVC documentation, "dvc freeze"), so its parameters decide nothing, and its numbers are old.
adds(
    "frozen",
    frozenset({"step-cache", "gates", "runs", "params-external", "seeded", "report"}),
    lambda path: path == "dvc.yaml",
    "frozen: true",
    lambda one: (
        isinstance(one, edit.Entry) and len(one.path) == 2 and one.path[0] == "stages" and "cmd" in keys(one.value)
    ),
    targets=frozenset({"step-cache"}),
)
