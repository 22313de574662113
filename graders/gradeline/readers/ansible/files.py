"""Files of a submission as Ansible finds them: which may be playbooks, where a name leads, what is encrypted."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from gradeline.model.pipeline import Opaque
from gradeline.model.playbook import Setting
from gradeline.readers.texts import display
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.yaml import Mapping, Parsed, Resolved, Scalar, Sequence, parse, walk

if TYPE_CHECKING:
    from gradeline.readers.ansible.inventory import Told

Read = Callable[[str], SourceFile | None]
MAX_PLAYS = 200
MAX_TASKS = 4000
MAX_DEPTH = 24
MAX_WORDS = 400  # of one value that is looked through
SEALED = "$ANSIBLE_VAULT;"  # Ansible documentation, "Ansible Vault", format of files encrypted with it
_ENDINGS = (".yml", ".yaml")
# Folders in which playbooks do not lie, by what Ansible keeps there (Ansible documentation, "Sample Ansible setup").
_NOT_PLAYS = frozenset(
    {"roles", "tasks", "handlers", "defaults", "vars", "meta", "templates", "files", "group_vars", "host_vars",
     "inventory", "inventories", "molecule", ".github", ".gitlab", ".circleci", "node_modules", "collections"}
)  # fmt: skip


def may_be_playbook(path: str) -> bool:
    """Whether a YAML file lies where playbooks lie; only its content tells whether it is one."""
    folder = path.split("/")[:-1]
    return path.endswith(_ENDINGS) and not _NOT_PLAYS & set(folder)


def is_requirements(path: str) -> bool:
    """Whether it lists collections and roles (Ansible Galaxy documentation, "Installing collections")."""
    return path.rpartition("/")[2] in ("requirements.yml", "requirements.yaml")


class Ansible:
    """One reading of a submission: files parsed once, findings, and how much work is left."""

    def __init__(self, paths: tuple[str, ...], read: Read) -> None:
        self.paths = paths
        self._known = frozenset(paths)
        self._read = read
        self._parsed: dict[str, Parsed | None] = {}
        self.files: set[str] = set()
        self.diagnostics: list[Diagnostic] = []
        self.opaque: list[Opaque] = []
        self.tasks = 0
        self.told: tuple[Told, ...] = ()  # what inventories set
        self.elsewhere: frozenset[str] = frozenset()  # names that a file of requirements lists

    def say(self, code: str, message: str, span: Span) -> None:
        self.diagnostics.append(Diagnostic("error", code, message, span.path, span))

    def hide(self, span: Span, reason: str) -> None:
        self.opaque.append(Opaque(span, reason))

    def is_sealed(self, path: str) -> bool:
        """Whether a file of variables is encrypted as a whole."""
        if not {"group_vars", "host_vars", "vars", "vault"} & set(path.split("/")) and "vault" not in path:
            return False
        source = self._read(path)
        return source is not None and source.text.startswith(SEALED)

    def root(self, path: str, quiet: bool = False) -> Resolved | None:
        """The first document of a file; None when it is not there, encrypted or empty."""
        if path not in self._parsed:
            source = self._read(path) if path in self._known else None
            sealed = source is not None and source.text.startswith(SEALED)
            self._parsed[path] = None if source is None or sealed else parse(source)
        parsed = self._parsed[path]
        if parsed is None:
            return None
        if not quiet and path not in self.files:
            self.files.add(path)
            self.diagnostics += parsed.diagnostics
            if not parsed.complete:
                self.hide(Span(path, 1), "a part of the file could not be read")
        return parsed.root

    def text(self, path: str) -> str:
        """What a file holds; empty when it is not there, or encrypted."""
        source = self._read(path) if path in self._known else None
        return "" if source is None or source.text.startswith(SEALED) else source.text

    def items(self, path: str, quiet: bool = False) -> tuple[Resolved, ...] | None:
        """The entries of a file that is a list; None when it is none."""
        root = self.root(path, quiet)
        return tuple(root.values()) if isinstance(root, Sequence) else None

    def first(self, *paths: str) -> str | None:
        """The first of these files that is there."""
        return next((path for path in map(clean, paths) if path in self._known), None)

    def group_files(self, folder: str, hosts: str) -> list[str]:
        """The files of variables for the groups of a play, beside the playbook or the inventory; those of production
        before others, and those of a group before those of all (Ansible documentation, "Organizing host and group
        variables")."""
        groups = {one.strip(" !&") for one in hosts.replace(":", ",").split(",")}
        whole = bool(groups & {"all", "*"})  # then a value may come from any group
        found = []
        for path in self.paths:
            before, marker, rest = f"/{path}".rpartition("/group_vars/")
            name = rest.rpartition("/")[2]
            group = rest.partition("/")[0] if "/" in rest else name.partition(".")[0]
            beside = before.strip("/") == folder or "inventor" in before
            readable = name.endswith(_ENDINGS) or "." not in name
            if marker and beside and readable and (whole or group == "all" or group in groups):
                found.append((group == "all", "prod" not in before, path))
        return [path for _, _, path in sorted(found)]

    def is_listed(self, role: str) -> bool:
        """Whether a role that is not here is one that the requirements name, or part of such a collection."""
        return role in self.elsewhere or role.rpartition(".")[0] in self.elsewhere

    def has_folder(self, folder: str) -> bool:
        start = f"{clean(folder)}/"
        return any(path.startswith(start) for path in self.paths)


def clean(path: str) -> str:
    """A path without ``.`` and ``..``; one that leaves the submission is none of its files."""
    return posixpath.normpath(path) if path else ""


def setting(name: str, node: Resolved | None, span: Span) -> Setting:
    """A value as it is written, with what is known of it."""
    if isinstance(node, Scalar):
        if node.tag is not None and node.tag.endswith("vault"):
            return Setting(name, node.span, sealed=True)
        text = display(node) if node.value else ""
        return Setting(name, node.span, text, computed="{{" in text or "{%" in text)
    if isinstance(node, Sequence):
        parts = tuple(display(one) for one in node.values() if isinstance(one, Scalar))
        return Setting(name, node.span, "", parts, any("{{" in part for part in parts), words=_words(node))
    return Setting(name, node.span if node is not None else span, words=_words(node))


def _words(node: Resolved | None) -> tuple[str, ...]:
    """All texts inside a list or mapping, keys left out."""
    return tuple(one.value for one in islice(walk(node), MAX_WORDS) if isinstance(one, Scalar))


def settings(node: Resolved | None) -> dict[str, Setting]:
    """The values of a mapping by their names; empty for anything else."""
    if not isinstance(node, Mapping):
        return {}
    return {key.value: setting(key.value, value, key.span) for key, value in node.items()}
