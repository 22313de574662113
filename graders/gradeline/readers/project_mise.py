"""mise: the tasks of a ``mise.toml`` (mise documentation, "TOML-based Tasks" and "Task Configuration").

A task is text, a list of texts, or a table.  Its texts are handed to ``sh -c -o errexit`` one after the other; what it
depends on runs first.  Tools that the file lists are on the path of a task.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradeline.model.pipeline import Shell
from gradeline.model.project import Recipe, RecipeLine
from gradeline.readers.project_source import MAX_RECIPES, Context, Loaded, join, plain_line
from gradeline.readers.project_toml import Toml, read_toml

FILES = ("mise.toml", ".mise.toml", "mise/config.toml", ".mise/config.toml", ".config/mise.toml")
_STOPS = Shell("sh", True, False)
_OTHER = "it names its own interpreter"


def load_mise(context: Context, directory: str, file: str) -> Loaded | None:
    """The tasks of the configuration in ``directory``, None when there is none."""
    for name in (file,) if file else FILES:
        found = context.file(join(directory, name))
        if found is None:
            continue
        toml = read_toml(found)
        recipes = tuple(_tasks(toml))[:MAX_RECIPES]
        if recipes or toml.diagnostics:
            return Loaded(found.source.path, recipes, toml.diagnostics)
    return None


def _tasks(toml: Toml) -> Iterator[Recipe]:
    everywhere = _env(toml.value("env"))
    python = toml.value("tools", "python")
    for name, value in toml.table("tasks").items():
        place = ("tasks", name)
        table: dict[str, Any] = value if isinstance(value, dict) else {"run": value}
        inner = (*place, "run") if isinstance(value, dict) else place
        lines: list[RecipeLine] = []
        needs = [_need(one) for one in _listed(table.get("depends"))]
        opaque = "" if "file" not in table else f"it is the file {table['file']}"
        steps = _listed(table.get("run"))
        for number, step in enumerate(steps):
            at = (*inner, number) if isinstance(table.get("run"), list) else inner
            if isinstance(step, str):
                text = toml.text(*at)
                opaque = opaque or (_OTHER if text.raw.lstrip().startswith("#!") else "")
                lines.append(plain_line(text, _STOPS))
            elif isinstance(step, dict) and not lines:
                needs += [_need(one) for one in (*_listed(step.get("tasks")), *_listed(step.get("task")))]
            else:
                opaque = opaque or "other tasks run between its commands"
        folder = table.get("dir")
        folder = folder if isinstance(folder, str) and "{" not in folder else ""
        own = toml.value(*place, "tools", "python") if isinstance(value, dict) else None
        recipe = Recipe(
            "mise", name, toml.span(*place), () if opaque else tuple(lines), tuple(need for need in needs if need),
            folder, everywhere | _env(table.get("env")), opaque, version_of(own) or version_of(python),
        )  # fmt: skip
        yield recipe
        for alias in _listed(table.get("alias")):
            if isinstance(alias, str):
                yield Recipe("mise", alias, recipe.span, needs=(name,))


def version_of(value: object) -> str:
    """The version that an entry of ``[tools]`` asks for; empty when it asks for several or for none."""
    if isinstance(value, dict):
        value = value.get("version")
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return value if isinstance(value, str) and value[:1].isdigit() else ""


def _need(value: object) -> str:
    """The name of a task; words behind it are its arguments."""
    if isinstance(value, dict):
        value = value.get("task")
    if isinstance(value, list):
        value = value[0] if value else None
    return value.split()[0] if isinstance(value, str) and value.split() else ""


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _env(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: str(one) for name, one in value.items() if isinstance(one, str | int) and "{{" not in str(one)}
