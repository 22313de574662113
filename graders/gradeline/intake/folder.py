"""A folder on disk, read without ever following a link out of it or opening anything but plain files.

On POSIX every component of a path is opened relative to the folder above it with ``O_NOFOLLOW``, so
nobody can swap a folder for a link between a check and its use; ``O_NONBLOCK`` keeps a FIFO from
blocking, and ``fstat`` on the open file decides whether it is a plain file.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from typing import Literal, Protocol

from gradeline.intake.limits import MAX_ENTRIES, MAX_FOLDER_DEPTH, SKIPPED, shown_size
from gradeline.intake.names import collisions, problem_with, safe_name
from gradeline.intake.problems import IntakeError, Unreadable
from gradeline.records import record
from gradeline.source import Diagnostic

Kind = Literal["file", "folder", "link", "other"]
Parts = tuple[str, ...]
HardLinks = Literal["note", "reject"]

_HAS_OPENAT = os.open in os.supports_dir_fd and os.scandir in os.supports_fd and hasattr(os, "O_NOFOLLOW")
# How folders and files are opened where there is ``openat``.
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_CLOEXEC if _HAS_OPENAT else 0
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC if _HAS_OPENAT else 0
_TRIES = 3  # for a file that is being written while it is read
_REFUSED: dict[Kind, tuple[str, str]] = {
    "link": ("link", "This is a link. Links are not followed; hand in the file itself."),
    "other": ("not-a-file", "This is a device, a pipe or a socket, not a file. It was not opened."),
}


@record
class Entry:
    """One name in a folder.  ``kind`` is that of the entry itself, not of what a link points to."""

    name: str
    kind: Kind
    inode: int


class Access(Protocol):
    """How a system reaches what is below one folder.  Errors are ``OSError``."""

    def entries(self, folder: Parts) -> Generator[Entry]: ...

    def open_file(self, path: Parts) -> int: ...


_HAS_JUNCTIONS = hasattr(os.DirEntry, "is_junction")  # Windows, Python 3.12 and later


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink() or (_HAS_JUNCTIONS and entry.is_junction()):  # type: ignore[attr-defined, unused-ignore]
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


class DescriptorAccess:
    """``openat`` from a folder whose identity was fixed when the submission was opened."""

    def __init__(self, root: str) -> None:
        self._root = root
        found = os.stat(root)  # noqa: PTH116
        self._identity = found.st_dev, found.st_ino

    def entries(self, folder: Parts) -> Generator[Entry]:
        descriptor = self._open_folder(folder)
        try:
            with os.scandir(descriptor) as found:
                for entry in found:
                    yield Entry(entry.name, _kind(entry), entry.inode())
        finally:
            os.close(descriptor)

    def open_file(self, path: Parts) -> int:
        descriptor = self._open_folder(path[:-1])
        try:
            return os.open(path[-1], _PLAIN, dir_fd=descriptor)
        finally:
            os.close(descriptor)

    def _open_folder(self, folder: Parts) -> int:
        """The descriptor of a folder, which the caller closes."""
        descriptor = os.open(self._root, _FOLDER)
        found = os.fstat(descriptor)
        if (found.st_dev, found.st_ino) != self._identity:
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, "the folder was replaced")
        for name in folder:
            above = descriptor
            try:
                descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
            finally:
                os.close(above)
        return descriptor


class PathAccess:
    """For systems without ``openat`` (Windows): every component is checked to be no link just before
    use, and what was opened is compared with what was checked."""

    def __init__(self, root: str) -> None:
        self._root = root

    def entries(self, folder: Parts) -> Generator[Entry]:
        path, found = self._checked(folder)
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder")
        with os.scandir(path) as entries:
            for entry in entries:
                yield Entry(entry.name, _kind(entry), entry.inode())

    def open_file(self, path: Parts) -> int:
        name, found = self._checked(path)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.ENXIO, "not a plain file")
        descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0))
        if not os.path.samestat(found, os.fstat(descriptor)):
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, "the file was replaced")
        return descriptor

    def _checked(self, parts: Parts) -> tuple[str, os.stat_result]:
        path, found = self._root, os.lstat(self._root)
        for name in parts:
            path = os.path.join(path, name)  # noqa: PTH118
            found = os.lstat(path)
            reparse = getattr(found, "st_file_attributes", 0) & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0)
            if stat.S_ISLNK(found.st_mode) or reparse:
                raise OSError(errno.ELOOP, "a link")
        return path, found


def system_access(root: str) -> Access:
    """The safest way this system offers."""
    return DescriptorAccess(root) if _HAS_OPENAT else PathAccess(root)


class FolderStore:
    """The plain files below a folder, listed once; each is read when asked for.

    ``refused`` are names that are there and are not read, with the reason; ``diagnostics`` what a
    person should know about the listing.
    """

    def __init__(self, root: str, hard_links: HardLinks = "note", access: Access | None = None) -> None:
        self.files: dict[str, int] = {}  # path -> inode
        self.refused: dict[str, Unreadable] = {}
        self.diagnostics: list[Diagnostic] = []
        self._hard_links = hard_links
        self._seen = 0
        try:
            self._access = access or system_access(root)
            self._list()
        except OSError as error:
            raise IntakeError(f"The folder {safe_name(root)} cannot be read: {_reason(error)}.") from error
        self._links_inside = Counter(self.files.values())
        for path, other in collisions((*self.files, *self.refused)).items():
            self.files.pop(path, None)
            reason = self.refused.setdefault(path, collision(other))
            self._tell(reason.code, reason.message, path)

    def _list(self) -> None:
        """Level by level, so that what lies deep in a huge folder never hides what lies on top."""
        level: list[Parts] = [()]
        for depth in range(MAX_FOLDER_DEPTH + 1):
            below: list[Parts] = []
            for folder in level:
                below += self._list_folder(folder, last=depth == MAX_FOLDER_DEPTH)
            level = below

    def _list_folder(self, folder: Parts, *, last: bool) -> list[Parts]:
        entries = self._entries(folder)
        if folder and any(entry.name == "pyvenv.cfg" for entry in entries):
            return []  # a virtual environment, whatever its name
        folders = []
        for entry in entries:
            path = "/".join((*folder, entry.name))
            problem = problem_with(path)
            if problem:
                self._tell("odd-name", f"This name {problem}, so it was left out.", path)
            elif entry.kind == "folder" and last:
                self._tell("too-deep", f"Folders are read {MAX_FOLDER_DEPTH} levels deep; this one was left out.", path)
            elif entry.kind == "folder":
                folders.append((*folder, entry.name))
            elif entry.kind == "file":
                self.files[path] = entry.inode
            else:
                self.refused[path] = Unreadable(*_REFUSED[entry.kind])
                self._tell(*_REFUSED[entry.kind], path)
        return folders

    def _entries(self, folder: Parts) -> list[Entry]:
        path = "/".join(folder)
        entries: list[Entry] = []
        try:
            with closing(self._access.entries(folder)) as found:
                for entry in found:
                    if entry.name in SKIPPED:
                        continue
                    entries.append(entry)
                    if self._seen + len(entries) > MAX_ENTRIES:
                        message = f"With this folder there would be more than {MAX_ENTRIES} names, so it was left out."
                        self._tell("too-many-entries", message, path)
                        return []
        except OSError as error:
            if not folder:
                raise
            self._tell("unreadable-folder", f"This folder cannot be read: {_reason(error)}.", path)
            return []
        self._seen += len(entries)
        return sorted(entries, key=lambda entry: entry.name)

    def _tell(self, code: str, message: str, path: str) -> None:
        self.diagnostics.append(Unreadable(code, message).diagnostic(path or ".", "warning"))

    def fetch(self, path: str, limit: int) -> bytes:
        """The bytes of a listed file, at one moment; raises ``Unreadable``."""
        try:
            for _ in range(_TRIES):
                content = self._read(tuple(path.split("/")), path, limit)
                if content is not None:
                    return content
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise Unreadable(*_REFUSED["link"]) from error
            if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):
                raise Unreadable(*_REFUSED["other"]) from error
            raise Unreadable("unreadable-file", f"This file cannot be read: {_reason(error)}.") from error
        raise Unreadable("changing-file", "This file kept changing while it was read. Save it and try again.")

    def _read(self, parts: Parts, path: str, limit: int) -> bytes | None:
        """The content, or None when the file changed meanwhile."""
        descriptor = self._access.open_file(parts)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Unreadable(*_REFUSED["other"])
            if before.st_nlink > 1 and before.st_nlink > self._links_inside[self.files[path]]:
                self._linked_outside(path)
            if before.st_size > limit:
                raise too_large(before.st_size, limit)
            content = _bounded_read(descriptor, limit + 1, before.st_size)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return content if same and len(content) == after.st_size else None

    def _linked_outside(self, path: str) -> None:
        message = "This file has another name outside the submission (a hard link)."
        if self._hard_links == "reject":
            raise Unreadable("hard-link", f"{message} It was not read; hand in a copy.")
        self.diagnostics.append(Unreadable("hard-link", message).diagnostic(path, "note"))


def too_large(size: int, limit: int) -> Unreadable:
    message = f"This file has {shown_size(size)}; files of this kind are read up to {shown_size(limit)}."
    return Unreadable("file-too-large", message)


def collision(other: str) -> Unreadable:
    """Why neither of two files is read whose names only some systems tell apart."""
    message = f"This name and `{safe_name(other)}` are one and the same on some systems. Keep one of them."
    return Unreadable("name-collision", message)


def _bounded_read(descriptor: int, limit: int, size: int) -> bytes:
    """At most ``limit`` bytes of a file that had ``size`` when it was opened, which is below the limit."""
    first = os.read(descriptor, size + 1)
    if len(first) == size:
        return first  # one more was asked for, so this is the end
    pieces = [first]
    limit = limit - len(first) if first else 0
    while limit > 0:
        piece = os.read(descriptor, min(limit, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


def _reason(error: OSError) -> str:
    """Why, in words that do not depend on the system's language."""
    reasons = {
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ENOENT: "it is no longer there",
        errno.ENOTDIR: "part of its path is not a folder",
        errno.EIO: "the disk reports an error",
        errno.EMFILE: "too many files are open",
    }
    return reasons.get(error.errno or 0, errno.errorcode.get(error.errno or 0, "the system reports an error"))
