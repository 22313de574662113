"""A submission as everything later sees it: names listed once, each file read once, all within limits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from gradeline.intake.decode import decode
from gradeline.intake.folder import FolderStore, HardLinks
from gradeline.intake.hidden import find_hidden
from gradeline.intake.limits import MAX_BYTES_READ, MAX_FILES_READ, shown_size, size_limit
from gradeline.intake.names import matches, safe_name
from gradeline.intake.problems import IntakeError, Unreadable, capped
from gradeline.source import Diagnostic, SourceFile, sha256_hex

if TYPE_CHECKING:
    from pathlib import Path

    from gradeline.intake.kit_texts import KitTexts


class Store(Protocol):
    """Where files come from.  ``fetch`` raises ``Unreadable``."""

    @property
    def files(self) -> Mapping[str, object]: ...

    @property
    def refused(self) -> Mapping[str, Unreadable]: ...

    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...

    def fetch(self, path: str, limit: int) -> bytes: ...


class Snapshot:
    """The files of a submission over those of its kit.

    A file of the kit stands in for one that was not handed in, except where a ``submit`` pattern says
    that the learner writes it.  What was handed in but cannot be read is never replaced.
    """

    def __init__(
        self,
        submission: Store,
        kit: Store | None = None,
        submit: Sequence[str] = (),
        texts: KitTexts | None = None,
    ) -> None:
        self._submission = submission
        self._kit = kit
        self._texts = texts  # what other submissions have read of the same kit
        self._submit = tuple(submit)
        handed_in = {*submission.files, *submission.refused}
        self._kit_paths = frozenset(
            path
            for path in (kit.files if kit is not None else ())
            if not (matches(path, self._submit) or _taken(path, handed_in))
        )
        self.paths: tuple[str, ...] = tuple(sorted({*submission.files, *self._kit_paths}))
        self._read: dict[str, SourceFile | None] = {}
        self._digests: dict[str, str] = {}
        self._diagnostics: list[Diagnostic] = []
        self._unreadable = {path: reason.diagnostic(path) for path, reason in submission.refused.items()}
        self._files_read = 0
        self._bytes_read = 0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was wrong with the names, and with the files read so far; sorted by place."""
        return capped((*self._submission.diagnostics, *self._diagnostics))

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        """Files that are there and cannot be read, as far as that is known, with the reason."""
        return MappingProxyType(self._unreadable)

    def changed(self, path: str) -> bool:
        """Whether the submission brings its own version of a file of the kit that learners do not write."""
        if self._kit is None or path not in self._kit.files or matches(path, self._submit) or self.from_kit(path):
            return False
        try:
            return self._submission.fetch(path, size_limit(path)) != self._kit.fetch(path, size_limit(path))
        except Unreadable:
            return True

    def from_kit(self, path: str) -> bool:
        """Whether ``path`` is a file of the kit that the learner did not hand in."""
        return path in self._kit_paths

    def read(self, path: str) -> SourceFile | None:
        """The text of a file as it was when it was first asked for.

        None when there is no such file or when it cannot be read; the reason is then in
        ``diagnostics`` and ``unreadable``.
        """
        if path not in self._read:
            self._read[path] = self._load(path)
        return self._read[path]

    def digest(self) -> str:
        """SHA-256 over path and content digest of the submission's files that were read or have to be
        handed in.  What cannot be read counts with the reason, the kit not at all."""
        for path in sorted({*self._submission.files, *self._submission.refused}):
            if matches(path, self._submit):
                self.read(path)
        known = {path: f"unreadable {one.code}" for path, one in self._unreadable.items() if self._counts(path)}
        lines = [f"{path}\0{digest}\n" for path, digest in sorted({**known, **self._digests}.items())]
        return sha256_hex("".join(lines).encode("utf-8", "surrogatepass"))

    def _counts(self, path: str) -> bool:
        return path in self._read and path not in self._kit_paths

    def _load(self, path: str) -> SourceFile | None:
        kit = path in self._kit_paths
        store = self._kit if kit else self._submission
        if store is None or path not in store.files:
            return None
        try:
            content = store.fetch(path, size_limit(path)) if kit else self._fetch_counted(path)
            source, notes = self._decode(path, content, kit)
        except Unreadable as reason:
            self._unreadable[path] = reason.diagnostic(path)
            self._diagnostics.append(self._unreadable[path])
            return None
        self._diagnostics += notes
        if not kit:
            self._digests[path] = source.digest
            self._diagnostics += source.once("find_hidden", find_hidden)
        return source

    def _decode(self, path: str, content: bytes, from_kit: bool) -> tuple[SourceFile, tuple[Diagnostic, ...]]:
        kit, texts = self._kit, self._texts
        if texts is None or kit is None or path not in kit.files:
            return decode(path, content)
        if from_kit:
            return texts.own(path, content)
        return texts.handed_in(path, content, lambda: kit.fetch(path, size_limit(path)))

    def _fetch_counted(self, path: str) -> bytes:
        if self._files_read == MAX_FILES_READ:
            raise Unreadable("too-many-files", f"Only {MAX_FILES_READ} files of a submission are read.")
        self._files_read += 1
        content = self._submission.fetch(path, size_limit(path))
        if self._bytes_read + len(content) > MAX_BYTES_READ:
            raise Unreadable("total-too-large", f"Only {shown_size(MAX_BYTES_READ)} of a submission are read.")
        self._bytes_read += len(content)
        return content


def open_submission(
    path: Path,
    *,
    kit: Path | None = None,
    submit: Sequence[str] = (),
    hard_links: HardLinks = "note",
    base: Path | None = None,
) -> Snapshot:
    """A folder, or a zip or tar archive (plain, gzip, bzip2, xz), over the folder ``kit``.

    ``path`` itself may be a link, because a person named it; below it no link is followed.
    ``hard_links="reject"`` refuses files that also have a name outside the submission: for people who
    grade what others put on their disk.  ``base`` is a folder whose files stand in for those that ``path`` does
    not have, as if they had been handed in.  Raises ``IntakeError``.
    """
    kit_store, texts = None, None
    if kit is not None:
        from gradeline.intake.kit_texts import texts_of

        root = _resolved(kit)
        kit_store, texts = FolderStore(root), texts_of(root)
    store = _open(path, submit, hard_links)
    if base is not None:
        from gradeline.intake.overlay import Overlay

        store = Overlay(store, FolderStore(_resolved(base)))
    return Snapshot(store, kit_store, submit, texts)


def _open(path: Path, submit: Sequence[str], hard_links: HardLinks) -> Store:
    shown = safe_name(str(path))
    root = _resolved(path)
    if os.path.isdir(root):  # noqa: PTH112
        return FolderStore(root, hard_links)
    from gradeline.intake.archive import ArchiveStore, open_archive

    members = open_archive(root, shown)
    if members is None:
        named_so = shown.lower().endswith((".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz"))
        what = "has the name of an archive and is none" if named_so else "is a single file"
        raise IntakeError(f"{shown} {what}. Give the folder that holds the work, or a .zip or .tar archive of it.")
    with closing(members):
        return ArchiveStore(members, submit)


def _resolved(path: Path) -> str:
    """The path without links, as it is now; raises ``IntakeError`` when nothing is there."""
    try:
        return os.path.realpath(path, strict=True)
    except (OSError, ValueError) as error:
        raise IntakeError(
            f"There is nothing to read at {safe_name(str(path))}. Check the spelling and the folder you are in."
        ) from error


def _taken(path: str, handed_in: set[str]) -> bool:
    """Whether the submission has this path, or a file where the path needs a folder."""
    end = path.find("/")
    while end >= 0:
        if path[:end] in handed_in:
            return True
        end = path.find("/", end + 1)
    return path in handed_in
