"""Damage to orchestrations that are written in Python, and other spellings of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mutation.operators import ORDER, Change, Files, changed, lines, mutant
from mutation.rewrites import rewrite

DOCUMENT = frozenset({"decision-doc"})  # a document that states what the files hold is wrong when they change


def is_dag(path: str) -> bool:
    return path.startswith("dags/") and path.endswith(".py")


def is_flow(path: str) -> bool:
    return path.startswith("flows/") and path.endswith(".py")


def is_python(path: str) -> bool:
    return is_dag(path) or is_flow(path)


def is_deployment(path: str) -> bool:
    return path.rpartition("/")[2] == "prefect.yaml"


lines("runs of a DAG overlap", frozenset({"exclusive"}), is_dag, r"^\s*max_active_runs=1,\n", "")
lines("missed days are left open", frozenset({"trigger"}), is_dag, r"^\s*catchup=(True|False),\n", "")
lines("DAG of the clock", frozenset({"trigger"}), is_dag, r"start_date=[\w.]+\(.*\),", "start_date=datetime.now(),")
lines("every minute", frozenset({"trigger"}) | DOCUMENT, is_python, r'"\d+ 6 \* \* \*"', '"* * * * *"',
      targets=frozenset({"trigger"}))  # fmt: skip
lines("every minute of a deployment", frozenset({"trigger"}) | DOCUMENT, is_deployment, r'"\d+ 6 \* \* \*"', '"* * * * *"',
      targets=frozenset({"trigger"}))  # fmt: skip
lines("no zone", frozenset({"trigger"}), is_python, r', timezone="[\w/]+"', " ")
lines("no zone of a deployment", frozenset({"trigger"}), is_deployment, r"^\s*timezone: .*\n", "")
lines("flows overlap", frozenset({"exclusive"}), is_deployment, r"^\s*concurrency_limit: 1\n", "")
lines("a word that is gone", frozenset({"api-current"}), is_dag, r"^(\s*)schedule=", r"\1schedule_interval=")
lines("no pause", frozenset({"retry"}), is_flow, r"retry_delay_seconds=(?:\d+|\[[^\]]*\])(?:, )?", " ")
lines("a failure of the program is not heard", ORDER | {"registry", "alias-promote", "decision-doc"}, is_flow,
      r"check=True", "check=False", targets=frozenset({"gates"}))  # fmt: skip
lines("token in the file", frozenset({"secret-source", "no-literal-secret"}), is_python,
      r'(?:Connection|BaseHook)\.get\w*\("\w+"\)\.password', '"Kq7vX2mB9tLr4WzP8dNc"')  # fmt: skip
lines("token in the flow", frozenset({"secret-source", "no-literal-secret"}), is_flow,
      r'Secret\.load\("[\w-]+"\)\.get\(\)', '"Kq7vX2mB9tLr4WzP8dNc"')  # fmt: skip
lines("nobody is told", frozenset({"notify"}), is_flow, r"on_failure=\[tell\](?:, on_crashed=\[tell\])?", " ")
lines("another version is stated", DOCUMENT, lambda path: path.endswith("orchestrator-comparison.md"),
      r"^(\|\s*[Vv]ersion[^|]*\|) [^|]*\|", r"\1 1.10.2 |")  # fmt: skip


@mutant("a flow without an end", frozenset({"timeout"}))
def endless(files: Files) -> Iterator[Change]:
    """The limit of a flow holds for its tasks as well, so all of them go."""
    for path in sorted(filter(is_flow, files)):
        yield from changed(files, path, re.sub(r"timeout_seconds=\d+(?:, )?", "", files[path]), "1")


@mutant("a task starts whatever happened", ORDER | {"notify", "registry"}, frozenset({"gates"}))
def any_end(files: Files) -> Iterator[Change]:
    """Each task that is made by a call or a decorator gets the rule that takes any end of those before it."""
    for path in sorted(filter(is_dag, files)):
        text = files[path]
        for name in ("train", "evaluate", "register"):
            for pattern, new in (
                (rf"@task\(([^\n]*)\)\n(\s*)def {name}\(", rf'@task(\1, trigger_rule="all_done")\n\2def {name}('),
                (rf"@task\n(\s*)def {name}\(", rf'@task(trigger_rule="all_done")\n\1def {name}('),
                (rf'task_id="{name}",', rf'task_id="{name}", trigger_rule="all_done",'),
            ):
                found = re.search(pattern, text)
                if found is not None:
                    line = text.count("\n", 0, found.start()) + 1
                    yield from changed(files, path, re.sub(pattern, new, text, count=1), str(line))


def _each(files: Files, new: object) -> Iterator[Change]:
    for path in sorted(filter(is_python, files)):
        assert callable(new)
        yield from changed(files, path, new(files[path]), "1")


@rewrite("a Python file in another layout")
def layout(files: Files) -> Iterator[Change]:
    """Without comments, in other quotes and with other line breaks."""
    yield from _each(files, lambda text: ast.unparse(ast.parse(text)) + "\n")


@rewrite("a Python file with comments between its lines")
def remarks(files: Files) -> Iterator[Change]:
    def remarked(text: str) -> str:
        return re.sub(r"^(?=@|def |with |class )", "# what follows is ours; retries=9, check=False\n", text,
                      flags=re.MULTILINE)  # fmt: skip

    yield from _each(files, remarked)


@rewrite("tasks have other names")
def renamed(files: Files) -> Iterator[Change]:
    def other(text: str) -> str:
        for name in ("gate", "evaluate", "train"):
            text = re.sub(rf"(?<![\w.]){name}\((?!\w+: )(?=\w)", f"do_{name}(", text)
            text = re.sub(rf"^(\s*)def {name}\(", rf"\1def do_{name}(", text, flags=re.MULTILINE)
        return text

    for path in sorted(filter(is_python, files)):
        if re.search(r"^from churn\.\w+ import \w+ as \w+$", files[path], flags=re.MULTILINE):
            yield from changed(files, path, other(files[path]), "1")
