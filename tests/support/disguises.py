"""What people do to a copy so that it looks like their own: names, order, layout and comments change, nothing else.

For labelled pairs: a copy and its disguise belong together, two right answers that were written apart do not.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import yaml

from gradeline.similarity.words import defined

REMARKS = (
    "# Hier werden die Tests ausgeführt, bevor etwas gebaut wird", "# first we check everything", "# TODO: aufräumen",
    "# on vérifie la qualité des données", "# important, do not remove", "# wie in der Vorlesung besprochen",
)  # fmt: skip
TITLES = ("Vorbereiten", "Prüfen", "do the thing", "Etape suivante", "my step", "Ausliefern", "Start", "Bauen")


def texts(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                found[path.relative_to(folder).as_posix()] = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError:
                continue
    return found


def write(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    return folder


def disguised(files: dict[str, str], chance: random.Random) -> dict[str, str]:
    """Every disguise at once: other names, other order, other layout, other comments."""
    return {name: _file(name, text, chance) for name, text in files.items()}


def _file(name: str, text: str, chance: random.Random) -> str:
    low = name.lower()
    if low.endswith((".yml", ".yaml")):
        return _yaml(text, chance)
    if low.endswith((".json", ".md", ".txt", ".csv", ".lock")):
        return text
    slash = low.endswith((".groovy", ".js")) or "jenkinsfile" in low
    return _code(name, text, "//" if slash else "#", chance)


# --- YAML -----------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # anchors become copies
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _yaml(text: str, chance: random.Random) -> str:
    if "!reference" in text or "<<:" in text:  # what these mean would be lost
        return _code("x.yml", text, "#", chance)
    try:
        documents = list(yaml.load_all(text, yaml.BaseLoader))
    except yaml.YAMLError:  # a tag of its own: only the comments change
        return _code("x.yml", text, "#", chance)
    jobs: set[str] = set()
    for one in documents:
        if isinstance(one, dict):
            jobs |= set(one.get("jobs") or ()) if isinstance(one.get("jobs"), dict) else {
                key for key, value in one.items() if isinstance(value, dict) and "script" in value
            }  # fmt: skip
    names = {one: f"{chance.choice(['mein', 'our', 'x'])}-{one[::-1]}" for one in sorted(jobs)}
    out = []
    for one in documents:
        changed = _changed(one, names, chance, ())
        out.append(yaml.dump(changed, Dumper=_Dumper, sort_keys=False, allow_unicode=True, indent=chance.choice([2, 4]),
                             width=chance.choice([60, 110, 400]), default_flow_style=False))  # fmt: skip
    return "---\n".join(_remarks(part, "#", chance) for part in out)


def _changed(node: Any, names: dict[str, str], chance: random.Random, keys: tuple[str, ...]) -> Any:
    if isinstance(node, dict):
        items = list(node.items())
        chance.shuffle(items)
        return {names.get(key, key) if len(keys) in (0, 1) else key: _changed(value, names, chance, (*keys, key))
                for key, value in items}  # fmt: skip
    if isinstance(node, list):
        return [_changed(one, names, chance, keys) for one in node]
    if isinstance(node, str):
        if keys and keys[-1] == "name" and "steps" in keys and "with" not in keys:
            return chance.choice(TITLES)
        if keys and keys[-1] in ("needs", "dependencies", "job", "extends") and node in names:
            return names[node]
        for old, new in names.items():
            node = node.replace(f"needs.{old}.", f"needs.{new}.")
        return "\n".join(line for line in node.split("\n") if not line.strip().startswith("#"))
    return node


def _remarks(text: str, mark: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(3):
        place = chance.randrange(len(lines))
        if re.match(r"[A-Za-z]", lines[place]):  # never inside a script
            lines.insert(place, chance.choice(REMARKS).replace("#", mark))
    return "\n".join(lines)


# --- programs -------------------------------------------------------------------------------------


def _code(name: str, text: str, mark: str, chance: random.Random) -> str:
    names = {one for one in defined(name, text) if len(one) > 2 and one.isidentifier()}
    for one in sorted(names):
        text = re.sub(rf"(?<![\w-]){re.escape(one)}(?![\w-])", f"{one}_x", text, flags=re.IGNORECASE)
    lines = []
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith(mark) and not bare.startswith(("#!", "# syntax")):
            continue
        if bare and not line.startswith((" ", "\t", ")", "}", "]")) and chance.random() < 0.1 and '"""' not in text:
            lines.append(chance.choice(REMARKS).replace("#", mark))
        lines.append(line)
    return "\n".join(lines)
