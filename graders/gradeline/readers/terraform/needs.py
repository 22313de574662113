"""What a module takes from outside: the program, providers, modules, each with its version constraint."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.infrastructure import Needed, Plain, Table
from gradeline.readers.terraform.module import Module, local_source
from gradeline.source import Span
from gradeline.syntax.hcl_nodes import Block, Literal

BUILT_IN = frozenset({"terraform"})


def needed(module: Module) -> Iterator[Needed]:
    for block in module.folder.of("terraform"):
        version = block.body.get("required_version")
        if version is not None:
            constraint = version.value.value if isinstance(version.value, Literal) else None
            yield Needed(version.span, "program", "terraform", "", _known(constraint), module=module.address)
        for inner in block.body.inside("required_providers"):
            for setting in inner.body.settings:
                value = module.value(setting.value)
                if isinstance(value, Table):
                    source, wanted = (_data(value, key) for key in ("source", "version"))
                    yield Needed(setting.span, "provider", setting.name, source or "", wanted, module=module.address)
                elif isinstance(value, Plain):
                    yield Needed(setting.span, "provider", setting.name, "", _known(value.data), module=module.address)
    for name, block in module.calls.items():
        yield _module(module, name, block)


def _module(module: Module, name: str, block: Block) -> Needed:
    source, version = block.body.get("source"), block.body.get("version")
    written = source.value.value if source is not None and isinstance(source.value, Literal) else None
    constraint = version.value.value if version is not None and isinstance(version.value, Literal) else None
    local = local_source(block, module.folder.path) is not None
    span: Span = source.span if source is not None else block.head
    return Needed(span, "module", name, _known(written) or "", _known(constraint), local, module.address)


def _known(data: object) -> str | None:
    return data if isinstance(data, str) else None


def _data(value: Table, key: str) -> str | None:
    found = value.entries.get(key)
    return found.data if isinstance(found, Plain) and isinstance(found.data, str) else None
