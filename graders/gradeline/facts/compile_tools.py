"""Compiles ``tools/*.yaml`` to ``tools.compiled``, which loads in a few milliseconds.

Run ``python -m gradeline.facts.compile_tools`` after a change; a test fails when the two differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gradeline.facts.tool_rules import CONDITIONS, RESULTS

FOLDER = Path(__file__).with_name("tools")
COMPILED = Path(__file__).with_name("tools.compiled")
_FORM_KEYS = frozenset(
    {
        "classes", "values", "flags", "greedy", "numeric", "many", "pairs", "style", "abbreviations", "complete",
        "unlisted_takes_value", "info", "targets", "excluded", "operands", "rules", "fails", "scopes", "source", "same",
    }
)
_TOOL_KEYS = _FORM_KEYS | {"commands", "modules", "sub", "bare", "env_words", "env_options", "env_prefix", "images",
                            "between"}
_ACTION_KEYS = frozenset(
    {"classes", "rules", "fails", "scopes", "source", "targets", "defaults", "command", "text", "same"}
)


class CatalogueError(Exception):
    """The catalogue's own YAML is wrong; raised only while compiling."""


class _Loader(yaml.SafeLoader):
    """Refuses duplicate keys: the last one would win without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            raise CatalogueError(f"{node.start_mark}: duplicate keys {doubled}")
        return super().construct_mapping(node, deep)


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a SafeLoader)


def build(folder: Path = FOLDER) -> dict[str, Any]:
    """The compiled catalogue of the YAML files in ``folder``."""
    documents = {path.name: _load(path) for path in sorted(folder.glob("*.yaml"))}
    classes: dict[str, str] = documents["classes.yaml"]["classes"]
    result: dict[str, Any] = {
        "tools": {}, "commands": {}, "modules": {}, "images": {}, "actions": {}, "wrappers": {}, "runners": [],
        "homes": documents["homes.yaml"]["homes"],
    }
    for file, document in documents.items():
        for name, entry in (document.get("tools") or {}).items():
            _tool(result, file, name, entry, classes)
        for name, entry in (document.get("actions") or {}).items():
            _check(entry, _ACTION_KEYS, f"{file}: {name}", classes)
            _once(result["actions"], name.lower(), _clean(entry), file)
        for entry in document.get("wrappers") or ():
            for command in entry["commands"]:
                result["wrappers"].setdefault(command, []).append(_clean(entry))
        result["runners"].extend(_clean(entry) for entry in document.get("runners") or ())
        for image, command in (document.get("images") or {}).items():
            _once(result["images"], image, command, file)
    for name in result["homes"]:
        if name not in result["commands"] and name not in result["wrappers"]:
            raise CatalogueError(f"homes.yaml: unknown program {name}")
    for name, entry in result["actions"].items():
        if "same" in entry and entry["same"].lower() not in result["actions"]:
            raise CatalogueError(f"{name}: same as unknown {entry['same']}")
    return result


def _once(table: dict[str, Any], key: str, value: object, where: str) -> None:
    if key in table:
        raise CatalogueError(f"{where}: {key} is defined twice")
    table[key] = value


def _tool(result: dict[str, Any], file: str, name: str, entry: dict[str, Any], classes: Mapping[str, str]) -> None:
    where = f"{file}: {name}"
    _check(entry, _TOOL_KEYS, where, classes)
    forms = {form: value or {} for form, value in entry.get("sub", {}).items()}
    for form, value in list(forms.items()):
        _check(value, _FORM_KEYS, f"{where} {form}", classes)
        if "same" in value and value["same"] not in forms:
            raise CatalogueError(f"{where} {form}: same as unknown {value['same']}")
        names = form.split("|")
        for alias in names[1:]:
            forms[alias] = {"same": names[0]}
        if len(names) > 1:
            forms[names[0]] = forms.pop(form)
    if "source" not in entry:
        raise CatalogueError(f"{where}: no source")
    _once(result["tools"], name, _clean({**entry, **({"sub": forms} if forms else {})}), file)
    for command in entry.get("commands", [name]):
        _once(result["commands"], command, name, file)
    for module in entry.get("modules", ()):
        _once(result["modules"], module, entry.get("commands", [name])[0], file)
    for image in entry.get("images", ()):
        _once(result["images"], image, [entry.get("commands", [name])[0]], file)


def _check(entry: Mapping[str, Any], keys: frozenset[str], where: str, classes: Mapping[str, str]) -> None:
    unknown = set(entry) - keys
    if unknown:
        raise CatalogueError(f"{where}: unknown keys {sorted(unknown)}")
    used = set(entry.get("classes", ()))
    for rule in entry.get("rules", ()):
        wrong = set(rule) - RESULTS
        if wrong:
            raise CatalogueError(f"{where}: unknown results {sorted(wrong)}")
        used |= {*rule.get("add", ()), *rule.get("drop", ()), *rule.get("also", {}).get("classes", ())}
        for key in _conditions(rule.get("if", {})):
            if key not in CONDITIONS:
                raise CatalogueError(f"{where}: unknown condition {key}")
    missing = used - set(classes)
    if missing:
        raise CatalogueError(f"{where}: unknown classes {sorted(missing)}")


def _conditions(condition: Mapping[str, Any]) -> Iterator[str]:
    for key, value in condition.items():
        yield key
        for inner in [value] if key == "not" else value if key in ("all", "any") else ():
            yield from _conditions(inner)


def _clean(entry: Any) -> Any:
    """Without ``source``, which is for people, and without the names a tool was indexed by."""
    if isinstance(entry, dict):
        return {str(key): _clean(value) for key, value in entry.items() if key not in ("source", "images", "modules")}
    if isinstance(entry, list):
        return [_clean(value) for value in entry]
    return entry


def text(folder: Path = FOLDER) -> str:
    """The compiled catalogue as the text of ``tools.compiled``."""
    built = build(folder)
    lines = [f"index\t{name}\t{_json(built[name])}" for name in ("commands", "homes", "images", "modules")]
    lines.append(f"runners\tall\t{_json(built['runners'])}")
    for kind, table in (("tool", "tools"), ("action", "actions"), ("wrapper", "wrappers")):
        lines.extend(f"{kind}\t{name}\t{_json(value)}" for name, value in sorted(built[table].items()))
    return "\n".join(lines) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    COMPILED.write_text(text(), encoding="utf-8")
