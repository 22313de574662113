"""Collections and roles from elsewhere: ``requirements.yml`` in both of its forms.

Ansible Galaxy documentation, "Installing multiple collections with a requirements file" and "Installing multiple
roles from a file": a mapping with ``collections`` and ``roles``, or a plain list of roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.model.playbook import Requirement
from gradeline.readers.ansible.files import Ansible
from gradeline.readers.texts import display
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence


def read_requirements(ansible: Ansible, paths: tuple[str, ...]) -> tuple[Requirement, ...]:
    """Every entry of all files, in the order of the files."""
    found: list[Requirement] = []
    for path in paths:
        root = ansible.root(path)
        if isinstance(root, Mapping):
            found += _entries(root.get("collections"), "collection")
            found += _entries(root.get("roles"), "role")
        else:
            found += _entries(root, "role")
    return tuple(found)


def _entries(node: Resolved | None, kind: Literal["collection", "role"]) -> Iterator[Requirement]:
    for item in node.values() if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            name, _, version = item.value.partition(":" if kind == "collection" else ",")
            yield Requirement(kind, name.strip(), item.span, version.strip() or None)
        elif isinstance(item, Mapping):
            texts = {key.value: display(value) for key, value in item.items() if isinstance(value, Scalar)}
            name = texts.get("name") or texts.get("src") or texts.get("source") or ""
            yield Requirement(kind, name, item.span, texts.get("version") or None, texts.get("src", ""))
