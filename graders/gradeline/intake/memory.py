"""A folder as an editor sees it: its files, with the texts that are not saved yet in their place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gradeline.intake.folder import FolderStore, too_large
from gradeline.intake.overlay import Overlay
from gradeline.intake.problems import Unreadable
from gradeline.intake.snapshot import Snapshot
from gradeline.source import Diagnostic


class MemoryStore:
    """Satisfies ``gradeline.intake.snapshot.Store``."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self.files: Mapping[str, object] = contents
        self.refused: Mapping[str, Unreadable] = {}
        self.diagnostics: Sequence[Diagnostic] = ()

    def fetch(self, path: str, limit: int) -> bytes:
        content = self._contents[path]
        if len(content) > limit:
            raise too_large(len(content), limit)
        return content


def open_edited(folder: Path, unsaved: Mapping[str, str], *, kit: Path, submit: Sequence[str]) -> Snapshot:
    """The files of ``folder`` with the texts ``unsaved`` (relative path to text) in place of what is on the disk."""
    texts = {path: text.encode("utf-8", "surrogatepass") for path, text in unsaved.items()}
    store = Overlay(MemoryStore(texts), FolderStore(os.path.realpath(folder)))
    return Snapshot(store, FolderStore(os.path.realpath(kit)), submit)
