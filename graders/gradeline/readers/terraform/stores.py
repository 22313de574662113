"""Where a root module keeps its state: the backend with the settings it is completed with.

Terraform documentation, "backend block", Partial configuration: settings may come from files that are named when
the folder is initialised.
"""

from __future__ import annotations

import posixpath

from gradeline.model.infrastructure import StateStore, Table
from gradeline.readers.terraform.blocks import properties
from gradeline.readers.terraform.module import Module
from gradeline.readers.terraform.sources import Sources
from gradeline.readers.terraform.value_files import NOTHING
from gradeline.syntax.hcl_nodes import Block

MAX_FILES = 8


def stores(sources: Sources, root: Module) -> tuple[StateStore, ...]:
    """The store of the root module, once with each file that completes it; none when the state stays local."""
    found: list[StateStore] = []
    for block in root.folder.of("terraform"):
        for backend in block.body.inside("backend"):
            kind = backend.labels[0].text if backend.labels else ""
            found.extend(_completed(sources, root, backend, kind))
        found.extend(
            StateStore(cloud.head, "cloud", properties(cloud.body, root, {})) for cloud in block.body.inside("cloud")
        )
        inline = block.body.get("backend")  # JSON may hold it as an object
        value = root.value(inline.value) if inline is not None else None
        if inline is not None and isinstance(value, Table):
            found.extend(
                StateStore(inline.span, kind, inner)
                for kind, inner in value.entries.items()
                if isinstance(inner, Table)
            )
    return tuple(found)


def _completed(sources: Sources, root: Module, backend: Block, kind: str) -> list[StateStore]:
    settings = properties(backend.body, root, {})
    files = [path for path in sources.paths if _completes(path, root.folder.path)][:MAX_FILES]
    found = []
    for path in files:
        parsed = sources.parsed(path, values=True)
        if parsed is None:
            continue
        entries, places = dict(settings.entries), dict(settings.places)
        for setting in parsed.body.settings:
            entries[setting.name] = root.shared.evaluator.value(setting.value, NOTHING)
            places[setting.name] = setting.span
        given = Table(backend.head, entries, settings.weight, places, settings.depth)
        found.append(StateStore(backend.head, kind, given, path))
    return found or [StateStore(backend.head, kind, settings)]


def _completes(path: str, root: str) -> bool:
    """Whether a file gives settings to the backend of a root: its name says so, and it lies there or below."""
    name = posixpath.basename(path)
    if not name.endswith(".tfbackend") and not (name.endswith((".hcl", ".conf", ".config")) and "backend" in name):
        return False
    return not root or path.startswith(f"{root}/")
