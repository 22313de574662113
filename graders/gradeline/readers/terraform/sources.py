"""The files of Terraform in a submission: which there are, and what each of them says.

Terraform documentation, "Files and Configuration Structure", "Override Files", "Variable Definitions Files".
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable

from gradeline.readers.places import is_terraform
from gradeline.records import record, replace
from gradeline.source import Diagnostic, SourceFile, Span
from gradeline.syntax.hcl_nodes import Block, Body, Parsed, Setting

Read = Callable[[str], SourceFile | None]
MAX_FILES = 400
MAX_WORK = 240_000
MAX_RESOURCES = 3_000
LOCK = ".terraform.lock.hcl"


@record
class Folder:
    """The configuration of one folder, all its files together.  ``complete`` false: some of it is not seen;
    ``damage`` are then the kinds of blocks with something unseen in them, an empty text for what is in no block."""

    path: str
    files: tuple[str, ...]
    blocks: tuple[Block, ...]
    complete: bool
    damage: tuple[str, ...] = ()
    damaged: tuple[Span, ...] = ()

    def of(self, kind: str) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == kind)


class Sources:
    """Reads files once and keeps what was wrong with them.  Only paths of the submission are ever read."""

    def __init__(self, paths: Iterable[str], read: Read) -> None:
        self.paths = tuple(paths)
        self.known = frozenset(self.paths)
        self.diagnostics: list[Diagnostic] = []
        self.work = MAX_WORK  # left for the stacks that are still to be read
        self.resources = MAX_RESOURCES  # likewise
        self._read = read
        self._parsed: dict[str, Parsed | None] = {}
        self._folders: dict[str, Folder] = {}
        self._in_folder: dict[str, list[str]] = {}
        mine = [path for path in self.paths if is_terraform(path) and path.endswith((".tf", ".tf.json", ".tofu"))]
        self.cut = len(mine) > MAX_FILES  # whether something was left out
        for path in mine[:MAX_FILES]:
            self._in_folder.setdefault(posixpath.dirname(path), []).append(path)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that hold configuration."""
        return tuple(sorted(self._in_folder))

    def text(self, path: str) -> SourceFile | None:
        return self._read(path) if path in self.known else None

    def parsed(self, path: str, values: bool = False) -> Parsed | None:
        if path not in self._parsed:
            source = self.text(path)
            self._parsed[path] = None if source is None else self._parse(source, values)
        return self._parsed[path]

    def _parse(self, source: SourceFile, values: bool) -> Parsed:
        if source.path.endswith(".json"):
            from gradeline.syntax.hcl_json import parse_json

            found = parse_json(source, values)
        else:
            from gradeline.syntax.hcl import parse

            found = parse(source)
        self.diagnostics.extend(found.diagnostics)
        return found

    def folder(self, path: str) -> Folder:
        """What the files of a folder say together."""
        if path not in self._folders:
            self._folders[path] = self._merged(path)
        return self._folders[path]

    def _merged(self, path: str) -> Folder:
        files = self._in_folder.get(path, [])
        tofu = {file.removesuffix(".tofu") + ".tf" for file in files if file.endswith(".tofu")}
        files = [file for file in files if file not in tofu]
        overrides = [file for file in files if _overrides(file)]
        blocks: list[Block] = []
        complete = True
        damage: dict[str, None] = {}
        damaged: dict[Span, None] = {}
        for file in (*(one for one in files if one not in overrides), *overrides):
            parsed = self.parsed(file)
            if parsed is None:
                complete = False
                damage[""] = None
                continue
            complete = complete and parsed.complete
            for hurt in _damaged(parsed):
                damage["" if hurt is None else _kind(hurt)] = None
                damaged |= {} if hurt is None else {hurt.span: None}
            for block in parsed.body.blocks:
                if file in overrides:
                    _override(blocks, block)
                else:
                    blocks.append(block)
        return Folder(path, tuple(files), tuple(blocks), complete, tuple(damage), tuple(damaged))


def _damaged(parsed: Parsed) -> list[Block | None]:
    """The blocks that hold what was not understood in a file; None for what is in no block."""
    if parsed.complete:
        return []
    if not parsed.damage:
        return [None]
    found: list[Block | None] = []
    for first, last in parsed.damage:
        around = [one for one in parsed.body.blocks if one.span.line <= first and last <= one.span.end_line]
        found.append(around[0] if len(around) == 1 else None)
    return found


def _kind(block: Block) -> str:
    named = block.kind in ("resource", "data", "ephemeral") and block.labels
    return block.labels[0].text if named else block.kind


def _overrides(path: str) -> bool:
    name = posixpath.basename(path)
    stem = name.removesuffix(".json").removesuffix(".tf").removesuffix(".tofu")
    return stem == "override" or stem.endswith("_override")


def _override(blocks: list[Block], later: Block) -> None:
    """A block of an override file changes the settings of the one it repeats."""
    mark = (later.kind, tuple(label.text for label in later.labels))
    for number, block in enumerate(blocks):
        if (block.kind, tuple(label.text for label in block.labels)) == mark and later.kind != "locals":
            settings: dict[str, Setting] = {one.name: one for one in block.body.settings}
            settings |= {one.name: one for one in later.body.settings}
            kinds = {one.kind for one in later.body.blocks}
            kept = (*(one for one in block.body.blocks if one.kind not in kinds), *later.body.blocks)
            blocks[number] = replace(block, body=Body(block.body.span, tuple(settings.values()), kept))
            return
    blocks.append(later)
