"""Where the secrets of plays come from: values that are encrypted, stores, the environment of whoever starts them.

Ansible documentation, "Protecting sensitive data with Ansible vault", "Lookup plugins".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.facts.credential_values import credential_name
from gradeline.facts.playbooks import Found, is_store, live, looked_up, title
from gradeline.model.playbook import Play, Playbooks

# A variable of a template: neither an attribute (`.token`), nor a filter or a test, nor what is called.
_NAME = re.compile(r"(?<![\w.|])(?<!\| )[A-Za-z_]\w*(?!\w|\s*\()")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_HOLE = re.compile(r"\{\{([^{}]{1,400})\}\}")
_FETCHED = re.compile(r"\b(?:lookup|query|q)\s*\(")
MAX_STEPS = 5


def sources(playbooks: Playbooks, plays: tuple[Play, ...]) -> Iterator[Found]:
    """One finding for each secret that a task is given: ``certain`` with an empty sentence when its source is fine."""
    seen: set[tuple[str, str]] = set()
    for play in plays:
        for task, _ in live(play):
            texts = [text for one in task.arguments.values() for text in (one.text, *one.parts, *one.words)]
            own = [task.keywords[name] for name in ("environment", "vars") if name in task.keywords]
            texts += [text for one in own for text in (one.text, *one.parts, *one.words)]
            texts += [task.free.text] if task.free is not None else []
            asked = [name for text in texts for hole in _HOLE.findall(text) for name in looked_up(hole)]
            if asked and (play.path, asked[0]) not in seen:
                seen.add((play.path, asked[0]))
                yield Found(task.module_span, title(task), "")
            for name in dict.fromkeys(name for text in texts for name in _secrets(text, play)):
                if (play.path, name) not in seen:
                    seen.add((play.path, name))
                    yield _source(playbooks, play, name, Found(task.module_span, title(task), ""))


def _secrets(text: str, play: Play) -> Iterator[str]:
    for inner in _HOLE.findall(text):
        for name in _NAME.findall(_STRING.sub("", inner)):
            value = play.values.get(name)
            if (value is not None and value.sealed) or credential_name(name.removeprefix("vault_")) is not None:
                yield name


def _fetched(play: Play) -> frozenset[str]:
    """The names of results that tasks asked a store or a service for."""
    return frozenset(
        task.keywords["register"].text
        for task, _ in live(play)
        if "register" in task.keywords and (task.module == "ansible.builtin.uri" or is_store(task.module))
    )


def _source(playbooks: Playbooks, play: Play, name: str, asked: Found) -> Found:
    """Follow a name to what is behind it."""
    for _ in range(MAX_STEPS):
        value = play.values.get(name)
        if value is None:
            if playbooks.sealed or name in _fetched(play):
                return asked  # one of the files that are encrypted as a whole has it, or a task asked for it
            return Found(asked.span, asked.name, f"where `{name}` comes from is not in the files", False)
        if value.sealed or _FETCHED.search(value.text):
            return Found(value.span, asked.name, "")
        if not value.computed:
            if not value.text and not value.words:
                return Found(value.span, asked.name, f"`{name}` has no value here", False)
            return Found(value.span, asked.name, f"the value of `{name}` stands in {value.span.path}")
        inner = [one for hole in _HOLE.findall(value.text) for one in _NAME.findall(_STRING.sub("", hole))]
        if not inner or inner[0] == name:
            break
        name = inner[0]
    return Found(asked.span, asked.name, f"where `{name}` comes from is not in the files", False)
