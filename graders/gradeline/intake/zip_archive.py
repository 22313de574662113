"""Members of a zip archive.  ``zipfile`` finds and unpacks them; nothing it would do on disk is used."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator
from typing import BinaryIO

from gradeline.intake.archive import Member, MemberKind
from gradeline.intake.limits import MAX_ENTRIES, MAX_RATIO, MIB, RATIO_FLOOR
from gradeline.intake.problems import IntakeError, Unreadable

# One read of ``zipfile`` is the whole list of members or a piece of one member.
_MAX_READ = 4 * MIB
_ENCRYPTED = 0x1
_HEADER = 30  # bytes of a member's own header without its name

# What zipfile and zlib raise for archives that were made to confuse them.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError, struct.error,
    KeyError, IndexError, OverflowError,
)  # fmt: skip


class _BoundedFile(io.RawIOBase):
    """A file that refuses reads no honest archive needs, such as a list of a million members."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int | None = -1) -> bytes:
        wanted = _MAX_READ + 1 if size is None or size < 0 else size
        content = self._file.read(min(wanted, _MAX_READ + 1))
        if wanted > _MAX_READ and len(content) > _MAX_READ:
            raise zipfile.BadZipFile("the list of members is too long")
        return content

    def close(self) -> None:
        self._file.close()
        super().close()


def zip_members(file: BinaryIO, shown: str) -> Generator[Member]:
    """The members in the order of the archive's list; raises ``IntakeError``."""
    corrupt = IntakeError(f"{shown} is a damaged zip archive. Pack it again.")
    bounded = _BoundedFile(file)
    try:
        archive = zipfile.ZipFile(bounded)
    except _BROKEN as error:
        file.close()
        raise corrupt from error
    members = archive.infolist()
    if any(one.flag_bits & _ENCRYPTED for one in members):
        bounded.close()
        raise IntakeError(f"{shown} is encrypted. Pack it again without a password.")
    if len(members) > MAX_ENTRIES:
        bounded.close()
        raise IntakeError(f"{shown} has more than {MAX_ENTRIES} members. Pack only the files asked for.")
    if _overlap(members):
        bounded.close()
        raise IntakeError(f"{shown} uses the same bytes for several members, as no packer does. Pack it again.")
    return _each(archive, bounded, members)


def _each(archive: zipfile.ZipFile, file: _BoundedFile, members: list[zipfile.ZipInfo]) -> Generator[Member]:
    try:
        for one in members:
            yield Member(one.orig_filename, _kind(one), one.file_size, _reader(archive, one), _problem(one))
    finally:
        file.close()


def _kind(one: zipfile.ZipInfo) -> MemberKind:
    mode = stat.S_IFMT(one.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return "link"
    if one.orig_filename.endswith("/") or mode == stat.S_IFDIR:
        return "folder"
    return "file" if mode in (0, stat.S_IFREG) else "other"


def _problem(one: zipfile.ZipInfo) -> tuple[str, str] | None:
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "archive-method", "This file is packed in a way that is not read. Pack it as an ordinary zip."
    if one.file_size > RATIO_FLOOR and one.file_size > MAX_RATIO * max(one.compress_size, 1):
        return "archive-ratio", f"This file would unpack to more than {MAX_RATIO} times its size."
    return None


def _reader(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            with archive.open(one) as member:
                return member.read(limit)
        except _BROKEN as error:
            raise Unreadable("archive-damaged", "This file is damaged in the archive. Pack it again.") from error

    return read


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Whether members share bytes: how small archives are made to unpack to endless ones."""
    end = -1
    for one in sorted(members, key=lambda one: one.header_offset):
        if one.header_offset < end:
            return True
        end = one.header_offset + _HEADER + one.compress_size
    return False
