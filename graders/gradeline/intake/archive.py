"""An archive as a set of files in memory: members are looked at one by one and never written to disk.

Names, types and sizes in an archive are claims.  A member with an odd name or type is refused with a
diagnostic, the others are still read; an archive that lies about its structure is refused as a whole.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import BinaryIO, Literal

from gradeline.intake.folder import collision, too_large
from gradeline.intake.limits import MAX_ARCHIVE, MAX_ENTRIES, MAX_KEPT, SKIPPED, shown_size, size_limit
from gradeline.intake.names import collisions, matches, problem_with
from gradeline.intake.problems import IntakeError, Unreadable
from gradeline.records import record
from gradeline.source import Diagnostic

MemberKind = Literal["file", "folder", "link", "other"]
_BINARY_LOOK = 8192  # bytes in which a NUL shows that a file is not text


@record
class Member:
    """One entry of an archive.  ``size`` is what the archive claims.  ``read(limit)`` gives at most
    ``limit`` bytes; it raises ``Unreadable`` when the content does not match the claims."""

    name: str
    kind: MemberKind
    size: int
    read: Callable[[int], bytes]
    problem: tuple[str, str] | None = None  # code and sentence, when the member cannot be used


class ArchiveStore:
    """The files of an archive, with the interface of ``FolderStore``."""

    def __init__(self, members: Iterable[Member], submit: Sequence[str] = ()) -> None:
        self.files: dict[str, bytes | Unreadable] = {}
        self.refused: dict[str, Unreadable] = {}
        self.diagnostics: list[Diagnostic] = []
        self._kept = 0
        self._names: set[str] = set()
        for count, member in enumerate(members):
            if count == MAX_ENTRIES:
                raise IntakeError(f"The archive has more than {MAX_ENTRIES} members. Pack only the files asked for.")
            self._take(member)
        self._refuse_collisions()
        self._strip_top_folder(submit)
        for path, reason in self.refused.items():
            self.diagnostics.append(reason.diagnostic(path, "warning"))

    def fetch(self, path: str, limit: int) -> bytes:
        """The bytes of a listed file; raises ``Unreadable``."""
        content = self.files[path]
        if isinstance(content, Unreadable):
            raise content
        if len(content) > limit:
            raise too_large(len(content), limit)
        return content

    def _take(self, member: Member) -> None:
        path = member.name.removeprefix("./")
        if member.kind == "folder":
            path = path.removesuffix("/")
        if path in ("", ".") or not SKIPPED.isdisjoint(path.split("/")):
            return
        problem = _escapes(path) or problem_with(path)
        if problem:
            reason = Unreadable("odd-name", f"This name in the archive {problem}, so it was left out.")
            self.diagnostics.append(reason.diagnostic(member.name, "warning"))
        elif member.kind == "folder":
            return
        elif path in self._names:
            self.files.pop(path, None)
            message = "The archive holds this name more than once, so nobody can say which file is meant."
            self.refused[path] = Unreadable("archive-duplicate", message)
        else:
            self._names.add(path)
            if member.problem is not None:
                self.refused[path] = Unreadable(*member.problem)
            elif member.kind != "file":
                self.refused[path] = Unreadable(
                    "link" if member.kind == "link" else "not-a-file",
                    "This is a link or a special file in the archive. Only plain files are read.",
                )
            else:
                self.files[path] = self._content(path, member)

    def _content(self, path: str, member: Member) -> bytes | Unreadable:
        limit = size_limit(path)
        if member.size > limit:
            return too_large(member.size, limit)
        try:
            content = member.read(limit + 1)
        except Unreadable as reason:
            return reason
        if len(content) > limit or len(content) != member.size:
            return Unreadable("archive-lies", "The archive gives a wrong size for this file. Pack it again.")
        if b"\0" in content[:_BINARY_LOOK]:
            content = content[:_BINARY_LOOK]  # enough to say that it is not text
        if self._kept + len(content) > MAX_KEPT:
            return Unreadable("total-too-large", f"The archive holds more than {shown_size(MAX_KEPT)} of text.")
        self._kept += len(content)
        return content

    def _refuse_collisions(self) -> None:
        for path, other in collisions(self._names).items():
            self.files.pop(path, None)
            self.refused.setdefault(path, collision(other))

    def _strip_top_folder(self, submit: Sequence[str]) -> None:
        """Leave out the one folder that holds everything, as archives of a repository have it.

        A folder that starts with a dot, or that makes a file match what is to be handed in, stays.
        """
        paths = [*self.files, *self.refused]
        tops = {path.split("/", 1)[0] for path in paths}
        if len(tops) != 1 or any("/" not in path for path in paths) or any(matches(path, submit) for path in paths):
            return
        (top,) = tops
        if top.startswith("."):
            return
        self.files = {path.removeprefix(f"{top}/"): content for path, content in self.files.items()}
        self.refused = {path.removeprefix(f"{top}/"): reason for path, reason in self.refused.items()}


def _escapes(path: str) -> str:
    if path.startswith("/") or "\\" in path or path[1:2] == ":" or ".." in path.split("/"):
        return "leads out of the archive"
    return ""


def open_archive(path: str, shown: str) -> Generator[Member] | None:
    """The members of the archive at ``path``, or None when the file is no archive that is known.

    ``path`` has no links left in it.  Raises ``IntakeError``, also while the members are read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise IntakeError(f"{shown} cannot be opened. Check that it exists and that you may read it.") from error
    file = os.fdopen(descriptor, "rb")
    try:
        members = _members(file, shown)
    except BaseException:
        file.close()
        raise
    if members is None:
        file.close()
    return members


def _members(file: BinaryIO, shown: str) -> Generator[Member] | None:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise IntakeError(f"{shown} is neither a folder nor a file. Give a folder, a .zip or a .tar archive.")
    if found.st_size > MAX_ARCHIVE:
        raise IntakeError(
            f"{shown} has {shown_size(found.st_size)}; archives are read up to {shown_size(MAX_ARCHIVE)}. "
            "Pack only the files asked for."
        )
    start = file.read(512)
    file.seek(0)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from gradeline.intake.zip_archive import zip_members

        return zip_members(file, shown)
    from gradeline.intake.tar_archive import COMPRESSIONS, is_header, tar_members

    compression = next((name for magic, name in COMPRESSIONS if start.startswith(magic)), "")
    if compression or is_header(start):
        return tar_members(file, compression, shown)
    return None
