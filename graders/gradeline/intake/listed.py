"""Files that somebody else has listed, such as those of a commit: the same rules for names as everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from gradeline.intake.folder import FolderStore, collision, too_large
from gradeline.intake.limits import MAX_ENTRIES, MAX_FOLDER_DEPTH, SKIPPED
from gradeline.intake.names import collisions, problem_with
from gradeline.intake.problems import Unreadable
from gradeline.intake.snapshot import Snapshot
from gradeline.records import record
from gradeline.source import Diagnostic

_REFUSED = {
    "link": ("link", "This is a link. Links are not followed; hand in the file itself."),
    "other": ("not-a-file", "This is another repository (a submodule), not a file. It was not opened."),
}


@record
class Entry:
    """A file as its keeper knows it: ``key`` is what ``read`` asks for."""

    path: str
    kind: Literal["file", "link", "other"]
    key: str


class ListedStore:
    """Satisfies ``gradeline.intake.snapshot.Store``.

    ``read(key, limit)`` gives the bytes of a file, or its size when that is above ``limit``.
    """

    def __init__(self, entries: Iterable[Entry], read: Callable[[str, int], bytes | int]) -> None:
        self._read = read
        self.files: dict[str, str] = {}
        self.refused: dict[str, Unreadable] = {}
        self.diagnostics: list[Diagnostic] = []
        listed = sorted(entries, key=lambda entry: entry.path)
        environments = tuple(
            f"{entry.path.rpartition('/')[0]}/" for entry in listed if entry.path.endswith("/pyvenv.cfg")
        )
        for entry in listed:
            if SKIPPED.isdisjoint(entry.path.split("/")) and not entry.path.startswith(environments or ("/",)):
                self._take(entry)
        for path, other in collisions((*self.files, *self.refused)).items():
            self.files.pop(path, None)
            reason = self.refused.setdefault(path, collision(other))
            self._tell(reason.code, reason.message, path)

    def _take(self, entry: Entry) -> None:
        problem = problem_with(entry.path)
        if problem:
            self._tell("odd-name", f"This name {problem}, so it was left out.", entry.path)
        elif entry.path.count("/") > MAX_FOLDER_DEPTH:
            self._tell("too-deep", f"Folders are read {MAX_FOLDER_DEPTH} levels deep; this was left out.", entry.path)
        elif len(self.files) + len(self.refused) >= MAX_ENTRIES:
            self._tell("too-many-entries", f"There are more than {MAX_ENTRIES} names, so it was left out.", entry.path)
        elif entry.kind == "file":
            self.files[entry.path] = entry.key
        else:
            self.refused[entry.path] = Unreadable(*_REFUSED[entry.kind])
            self._tell(*_REFUSED[entry.kind], entry.path)

    def _tell(self, code: str, message: str, path: str) -> None:
        self.diagnostics.append(Unreadable(code, message).diagnostic(path, "warning"))

    def fetch(self, path: str, limit: int) -> bytes:
        """The bytes of a listed file; raises ``Unreadable``."""
        found = self._read(self.files[path], limit)
        if isinstance(found, int):
            raise too_large(found, limit)
        return found


def open_listed(
    entries: Iterable[Entry], read: Callable[[str, int], bytes | int], *, kit: Path, submit: Sequence[str]
) -> Snapshot:
    """The listed files over the folder ``kit``, as ``open_submission`` does it for a folder."""
    lower: FolderStore | None = FolderStore(str(kit.resolve())) if kit.is_dir() else None
    return Snapshot(ListedStore(entries, read), lower, submit)

