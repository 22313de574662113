"""Scripts that a manifest names: package.json, and the tables of hatch, PDM, Poe, pixi, Rye and Pipenv."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from gradeline.model.project import Recipe, RecipeLine
from gradeline.model.text import Text
from gradeline.readers.project_json import members
from gradeline.readers.project_source import (
    MAX_RECIPES,
    UNKNOWN,
    Chunk,
    Context,
    Loaded,
    join,
    plain_line,
    quote,
    without_shell,
)
from gradeline.readers.project_toml import Toml, read_toml

Path = tuple[str | int, ...]


def load_npm(context: Context, directory: str, file: str) -> Loaded | None:
    """``scripts`` of package.json with their ``pre`` and ``post`` scripts (npm documentation, "scripts")."""
    found = context.file(join(directory, file or "package.json"))
    if found is None:
        return None
    texts: dict[str, Text] = {}
    for member in members(found):
        if member.key != "scripts":
            continue
        for script in members(found, member.start):
            if isinstance(script.value, str):
                exact = found.text[script.start + 1 : script.end - 1] == script.value
                chunk = Chunk(script.value, script.start + 1, exact)
                texts[script.key] = found.compose([chunk], script.start + 1, script.end - 1)
    recipes = [
        Recipe("npm", name, text.span, tuple(plain_line(texts[one]) for one in _around(name) if one in texts))
        for name, text in list(texts.items())[:MAX_RECIPES]
    ]
    return Loaded(found.source.path, tuple(recipes))


def _around(name: str) -> tuple[str, str, str]:
    return f"pre{name}", name, f"post{name}"


def load_toml_scripts(context: Context, runner: str, directory: str, file: str) -> Loaded | None:
    """The scripts of ``runner`` in the manifest of ``directory``, None when there are none."""
    for name, base in _MANIFESTS[runner]:
        found = context.file(join(directory, file or name))
        if found is None:
            continue
        toml = read_toml(found)
        recipes = tuple(islice(_READERS[runner](toml, base), MAX_RECIPES))
        if recipes or toml.diagnostics:
            return Loaded(found.source.path, recipes, toml.diagnostics)
    return None


_MANIFESTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "hatch": (("hatch.toml", ()), ("pyproject.toml", ("tool", "hatch"))),
    "pdm": (("pyproject.toml", ("tool", "pdm")),),
    "poe": (
        ("pyproject.toml", ("tool", "poe")),
        ("poe_tasks.toml", ("tool", "poe")),
        ("poe_tasks.toml", ()),
    ),
    "pixi": (("pixi.toml", ()), ("pyproject.toml", ("tool", "pixi"))),
    "rye": (("pyproject.toml", ("tool", "rye")),),
    "pipenv": (("Pipfile", ()),),
}
TOML_RUNNERS = frozenset(_MANIFESTS)


# -- hatch -----------------------------------------------------------------------------------------


def _hatch(toml: Toml, base: tuple[str, ...]) -> Iterator[Recipe]:
    """Hatch documentation, "Environment configuration", scripts: ``env:name``, plain names for ``default``;
    ``- `` before a command ignores its exit code; a command may begin with the name of another script."""
    environments = toml.table(*base, "envs")
    for environment in environments:
        table = environments[environment] if isinstance(environments[environment], dict) else {}
        chain = [environment]
        while len(chain) < 10 and not table.get("detached"):
            template = table.get("template", "default")
            if not isinstance(template, str) or template in chain:
                break
            chain.append(template)
            table = environments.get(template) if isinstance(environments.get(template), dict) else {}
        scripts: dict[str, Path] = {}
        for one in reversed(chain):
            table_at = (*base, "envs", one, "scripts")
            scripts |= {name: (*table_at, name) for name in toml.table(*table_at)}
        for name, place in scripts.items():
            lines = tuple(_hatch_lines(toml, place, environment, frozenset(scripts)))
            span = toml.span(*place)
            yield Recipe("hatch", f"{environment}:{name}", span, lines)
            if environment == "default":
                yield Recipe("hatch", name, span, lines)


def _hatch_lines(toml: Toml, place: Path, environment: str, names: frozenset[str]) -> Iterator[RecipeLine]:
    for item in _items(toml, place):
        text = toml.text(*item)
        ignores = text.raw.startswith("- ")
        raw = _arguments(text.raw.removeprefix("- ").strip())
        first = raw.split(None, 1)[0] if raw.strip() else ""
        if first in names and first != place[-1]:
            raw = f"hatch run {environment}:{raw}"
        yield plain_line(_changed(text, raw), ignores_errors=ignores)


# -- PDM and Rye -----------------------------------------------------------------------------------


def _pdm(toml: Toml, base: tuple[str, ...]) -> Iterator[Recipe]:
    """PDM documentation, "PDM Scripts": cmd, shell, call, composite; ``pre_`` and ``post_`` scripts."""
    table = toml.table(*base, "scripts")
    for name in table:
        if name == "_":
            continue
        lines: list[RecipeLine] = []
        opaque = ""
        for one in (f"pre_{name}", name, f"post_{name}"):
            if one in table:
                found, why = _pdm_script(toml, (*base, "scripts", one), table)
                lines.extend(found)
                opaque = opaque or why
        entry = table[name]
        env = entry.get("env") if isinstance(entry, dict) else None
        shared = toml.table(*base, "scripts", "_", "env")
        yield Recipe("pdm", name, toml.span(*base, "scripts", name), tuple(lines), env=_env(shared, env), opaque=opaque)


def _pdm_script(toml: Toml, place: Path, table: dict[str, Any]) -> tuple[list[RecipeLine], str]:
    value = toml.value(*place)
    if not isinstance(value, dict):
        return [plain_line(_direct(text)) for text in _command(toml, place)], ""
    if "cmd" in value:
        return [plain_line(_direct(text)) for text in _command(toml, (*place, "cmd"))], ""
    if "shell" in value:
        return [plain_line(_changed(text, _arguments(text.raw))) for text in _command(toml, (*place, "shell"))], ""
    if "composite" in value:
        keeps_going = value.get("keep_going") is True
        lines = []
        for item in _items(toml, (*place, "composite")):
            text = toml.text(*item)
            first = text.raw.split(None, 1)[0] if text.raw.strip() else ""
            raw = without_shell(_arguments(text.raw))
            changed = _changed(text, f"pdm run {raw}" if first in table else raw)
            lines.append(plain_line(changed, ignores_errors=keeps_going))
        return lines, ""
    return [], "it calls a Python function"


def _rye(toml: Toml, base: tuple[str, ...]) -> Iterator[Recipe]:
    """Rye documentation, "pyproject.toml", ``tool.rye.scripts``: cmd, chain, call."""
    table = toml.table(*base, "scripts")
    for name, value in table.items():
        place: Path = (*base, "scripts", name)
        opaque = ""
        lines: list[RecipeLine] = []
        if isinstance(value, dict) and "chain" in value:
            for item in _items(toml, (*place, "chain")):
                text = toml.text(*item)
                first = text.raw.split(None, 1)[0] if text.raw.strip() else ""
                raw = without_shell(text.raw)
                lines.append(plain_line(_changed(text, f"rye run {raw}" if first in table else raw)))
        elif isinstance(value, dict) and "cmd" not in value:
            opaque = "it calls a Python function"
        else:
            where = (*place, "cmd") if isinstance(value, dict) else place
            lines = [plain_line(_direct(text)) for text in _command(toml, where)]
        env = value.get("env") if isinstance(value, dict) else None
        yield Recipe("rye", name, toml.span(*place), tuple(lines), env=_env(env), opaque=opaque)


# -- Poe -------------------------------------------------------------------------------------------


def _poe(toml: Toml, base: tuple[str, ...]) -> Iterator[Recipe]:
    """Poe the Poet documentation, "Task types": cmd, shell, script, sequence, ref; ``deps``; ``ignore_fail``."""
    shared = toml.table(*base, "env")
    for name, value in toml.table(*base, "tasks").items():
        place: Path = (*base, "tasks", name)
        lines, opaque = _poe_task(toml, place, 0)
        needs = tuple(word.split(None, 1)[0] for word in toml.strings(*place, "deps") if word.strip())
        env = value.get("env") if isinstance(value, dict) else None
        folder = toml.string(*place, "cwd") or ""
        yield Recipe(
            "poe",
            name,
            toml.span(*place),
            tuple(lines),
            needs,
            "" if "$" in folder else folder,
            _env(shared, env),
            opaque,
        )


def _poe_task(toml: Toml, place: Path, depth: int) -> tuple[list[RecipeLine], str]:
    value = toml.value(*place)
    if depth > 5:
        return [], "its sequences are nested too deeply"
    if isinstance(value, str):
        kind = toml.string(*place[:2], "default_task_type") or "cmd"
        return _poe_command(toml, place, kind if depth == 0 else "ref")
    if isinstance(value, list):
        return _poe_sequence(toml, place, depth, "ref", False)
    if not isinstance(value, dict):
        return [], "it is no task"
    for kind in ("cmd", "shell", "ref"):
        if kind in value:
            return _poe_command(toml, (*place, kind), kind)
    if "sequence" in value:
        ignores = value.get("ignore_fail") in (True, "return_zero")
        return _poe_sequence(toml, (*place, "sequence"), depth, str(value.get("default_item_type", "ref")), ignores)
    return [], "it calls a Python function or decides what runs while it runs"


def _poe_command(toml: Toml, place: Path, kind: str) -> tuple[list[RecipeLine], str]:
    text = toml.text(*place)
    if kind == "ref":
        return [plain_line(_changed(text, f"poe {text.raw}"))], ""
    if kind == "shell":
        return [plain_line(text)], ""
    if kind == "cmd":
        raw = " ".join(line for line in (part.strip() for part in text.raw.split("\n")) if line and line[0] != "#")
        return [plain_line(_changed(text, without_shell(raw)))], ""
    return [], "it calls a Python function"


def _poe_sequence(toml: Toml, place: Path, depth: int, kind: str, ignores: bool) -> tuple[list[RecipeLine], str]:
    lines: list[RecipeLine] = []
    opaque = ""
    for item in _items(toml, place):
        if isinstance(toml.value(*item), str):
            found, why = _poe_command(toml, item, kind)
        else:
            found, why = _poe_task(toml, item, depth + 1)
        lines.extend(RecipeLine(line.text, line.shell, ignores or line.ignores_errors) for line in found)
        opaque = opaque or why
    return lines, opaque


# -- pixi and Pipenv -------------------------------------------------------------------------------


def _pixi(toml: Toml, base: tuple[str, ...]) -> Iterator[Recipe]:
    """Pixi documentation, "Advanced tasks": ``depends-on``, ``cwd``, ``env``; features add tasks."""
    python = _exact_python(toml.value(*base, "dependencies", "python"))
    places: list[Path] = [(*base, "tasks")]
    places += [(*base, "target", target, "tasks") for target in ("linux", "linux-64", "unix")]
    places += [(*base, "feature", feature, "tasks") for feature in toml.table(*base, "feature")]
    for where in places:
        for name, value in toml.table(*where).items():
            place = (*where, name)
            table = value if isinstance(value, dict) else {}
            command = (*place, "cmd") if table else place
            lines = [] if isinstance(value, list) else [plain_line(text) for text in _command(toml, command)]
            given = value if isinstance(value, list) else table.get("depends-on", table.get("depends_on", []))
            needs = [_pixi_name(item) for item in (given if isinstance(given, list) else [given])]
            folder = table.get("cwd")
            yield Recipe(
                "pixi",
                name,
                toml.span(*place),
                tuple(lines),
                tuple(need for need in needs if need),
                folder if isinstance(folder, str) and "{" not in folder else "",
                _env(table.get("env")),
                python=python,
            )


def _exact_python(value: object) -> str:
    """The minor version that a dependency on Python names; empty for a range (conda documentation, match specs)."""
    value = value.get("version") if isinstance(value, dict) else value
    version = value.strip().lstrip("=").removesuffix(".*") if isinstance(value, str) else ""
    return version if version[:1].isdigit() and version.replace(".", "").isdigit() and "." in version else ""


def _pixi_name(item: object) -> str:
    found = item.get("task", "") if isinstance(item, dict) else item
    return found if isinstance(found, str) else ""


def _pipenv(toml: Toml, base: tuple[str, ...]) -> Iterator[Recipe]:
    """Pipenv documentation, "Custom Script Shortcuts"."""
    for name, value in toml.table(*base, "scripts").items():
        place: Path = (*base, "scripts", name)
        where = (*place, "cmd") if isinstance(value, dict) else place
        opaque = "it calls a Python function" if isinstance(value, dict) and "cmd" not in value else ""
        lines = [] if opaque else [plain_line(_direct(text)) for text in _command(toml, where)]
        yield Recipe("pipenv", name, toml.span(*place), tuple(lines), opaque=opaque)


_READERS = {"hatch": _hatch, "pdm": _pdm, "poe": _poe, "pixi": _pixi, "rye": _rye, "pipenv": _pipenv}


# -- shared ----------------------------------------------------------------------------------------


def _items(toml: Toml, place: Path) -> list[Path]:
    """The places of the elements of a list; a single string counts as its only element."""
    value = toml.value(*place)
    if isinstance(value, list):
        return [(*place, number) for number, item in enumerate(value) if isinstance(item, str | dict | list)]
    return [place] if isinstance(value, str) else []


def _command(toml: Toml, place: Path) -> list[Text]:
    """A command given as text or as a list of words."""
    value = toml.value(*place)
    if isinstance(value, str):
        return [toml.text(*place)]
    if not isinstance(value, list):
        return []
    words = [word if isinstance(word, str) else UNKNOWN for word in value]
    start, end = toml.places.get(place, (0, 0))
    return [toml.file.compose([Chunk(" ".join(quote(word) for word in words), start, False)], start, end)]


def _arguments(raw: str) -> str:
    """``{args}`` and ``{args:default}`` without arguments."""
    pieces: list[str] = []
    position = 0
    start = raw.find("{args")
    while start >= 0:
        end = raw.find("}", start)
        if end < 0 or raw[start + 5 : start + 6] not in (":", "}"):
            break
        pieces += (raw[position:start], raw[start + 6 : end])
        position = end + 1
        start = raw.find("{args", position)
    return "".join((*pieces, raw[position:])).strip() if pieces else raw


def _direct(text: Text) -> Text:
    """A command that is run without a shell and without arguments."""
    return _changed(text, without_shell(_arguments(text.raw)))


def _changed(text: Text, raw: str) -> Text:
    """The text with another spelling, which only keeps the place of the whole."""
    if raw == text.raw:
        return text
    return Text(raw, text.span, (), text.lines if "\n" in raw and raw.count("\n") == text.raw.count("\n") else ())


def _env(*tables: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in tables:
        pairs: Iterable[tuple[object, object]] = table.items() if isinstance(table, dict) else ()
        found |= {
            key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str) and "$" not in value
        }
    return found
