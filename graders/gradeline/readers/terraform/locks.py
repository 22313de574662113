"""The lock file of providers (Terraform documentation, "Dependency Lock File")."""

from __future__ import annotations

from gradeline.model.infrastructure import Locked
from gradeline.readers.terraform.sources import Sources
from gradeline.syntax.hcl_nodes import Literal, TupleOf


def read_locks(sources: Sources, path: str) -> tuple[Locked, ...]:
    parsed = sources.parsed(path) if path in sources.known else None
    found = []
    for block in parsed.body.inside("provider") if parsed is not None else ():
        version, hashes = block.body.get("version"), block.body.get("hashes")
        known = version.value.value if version is not None and isinstance(version.value, Literal) else None
        count = len(hashes.value.items) if hashes is not None and isinstance(hashes.value, TupleOf) else 0
        if block.labels and isinstance(known, str):
            found.append(Locked(block.head, block.labels[0].text, known, count))
    return tuple(found)
