"""Members of a tar archive, read as a stream.

The headers are read here and not by ``tarfile``: it holds all members and extended headers in
memory, and its parser had endless loops and regular expressions of quadratic cost (CVE-2024-6232,
CVE-2025-8194).  Formats: POSIX.1-1988 ustar, POSIX.1-2001 pax and GNU long names.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from gradeline.intake.archive import Member, MemberKind
from gradeline.intake.limits import KIB, MAX_RATIO, MAX_UNPACKED, MIB, RATIO_FLOOR, shown_size
from gradeline.intake.problems import IntakeError

COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))

_BLOCK = 512
_MAX_EXTENDED = 64 * KIB  # bytes of one extended header: it holds a name and a few numbers
_MAX_DICTIONARY = 128 * MIB  # what xz may ask for
_PIECE = 64 * KIB
_MAX_DIGITS = 20
_DIGITS = {8: frozenset(b"01234567"), 10: frozenset(b"0123456789")}
_FILES = (b"0", b"\0", b"7")
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")  # links, devices, folders, FIFOs
_IGNORED = (b"g", b"K")  # settings for all members (`git archive` writes one), long link targets


class _Corrupt(Exception):
    """The bytes are not those of a tar archive; never leaves this module."""


class _Decompressor(Protocol):
    """What ``bz2`` and ``lzma`` offer, so that no call unpacks more than it is asked for."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Gzip:
    """``zlib`` with that interface."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


def _lzma() -> _Decompressor:
    return lzma.LZMADecompressor(memlimit=_MAX_DICTIONARY)


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": _Gzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": _lzma,
}


class _Stream:
    """The unpacked bytes, as far as they are asked for and within the limits."""

    def __init__(self, file: BinaryIO, compression: str, shown: str) -> None:
        self._file = file
        self._new = _DECOMPRESSORS.get(compression)
        self._unpack = self._new() if self._new is not None else None
        self.shown = shown
        self._waiting = b""  # packed
        self._ready = b""  # unpacked
        self._packed = 0
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        """``size`` bytes, or fewer at the end of the archive."""
        pieces = [self._ready[:size]]
        self._ready = self._ready[size:]
        missing = size - len(pieces[0])
        while missing > 0 and (piece := self._more()):
            pieces.append(piece[:missing])
            self._ready = piece[missing:]
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def exactly(self, size: int) -> bytes:
        content = self.read(size)
        if len(content) != size:
            raise _Corrupt
        return content

    def skip(self, size: int) -> None:
        while size > 0:
            size -= len(self.exactly(min(size, _PIECE)))

    def _more(self) -> bytes:
        if self._new is None or self._unpack is None:
            return self._counted(self._file.read(_PIECE))
        while True:
            if self._unpack.eof:  # an archive may be compressed in several parts, with zeros after them
                self._waiting = self._unpack.unused_data.lstrip(b"\0") or self._file.read(_PIECE).lstrip(b"\0")
                if not self._waiting:
                    return b""
                self._unpack = self._new()
            data = b""
            if self._unpack.needs_input:
                data, self._waiting = self._waiting or self._file.read(_PIECE), b""
                self._packed += len(data)
            piece = self._unpack.decompress(data, _PIECE)
            if piece:
                return self._counted(piece)
            if not data and not self._unpack.eof:
                raise _Corrupt

    def _counted(self, piece: bytes) -> bytes:
        self._unpacked += len(piece)
        too_much = self._unpacked > MAX_UNPACKED
        bomb = self._new is not None and self._unpacked > max(RATIO_FLOOR, MAX_RATIO * self._packed)
        if too_much or bomb:
            limit = shown_size(MAX_UNPACKED) if too_much else f"{MAX_RATIO} times its size"
            raise IntakeError(f"{self.shown} unpacks to more than {limit}. Pack only the files asked for.")
        return piece


def is_header(block: bytes) -> bool:
    """Whether 512 bytes are the header of a member: its checksum is right."""
    if len(block) != _BLOCK or not any(block):
        return False
    try:
        claimed = _number(block[148:156])
    except _Corrupt:
        return False
    return claimed == sum(block[:148]) + sum(block[156:]) + 8 * 0x20


def tar_members(file: BinaryIO, compression: str, shown: str) -> Generator[Member]:
    """The members in file order; each has to be read before the next is asked for.

    Raises ``IntakeError`` when the archive is damaged or too large.
    """
    try:
        with _damage_reported(shown):
            for name, kind, content in _each(_Stream(file, compression, shown)):
                yield Member(name, kind, content.size, content.read)
    finally:
        file.close()


@contextmanager
def _damage_reported(shown: str) -> Iterator[None]:
    try:
        yield
    except (_Corrupt, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise IntakeError(f"{shown} is a damaged or incomplete archive. Pack it again.") from error


def _each(stream: _Stream) -> Iterator[tuple[str, MemberKind, _Content]]:
    path, size = b"", -1  # from an extended header, for the next member
    while any(block := stream.read(_BLOCK)):
        if not is_header(block):
            raise _Corrupt
        kind, claimed = block[156:157], _number(block[124:136])
        if kind == b"x":
            path, size = _pax(_extended(stream, claimed), path, size)
        elif kind == b"L":
            path = _extended(stream, claimed).split(b"\0", 1)[0]
        elif kind in _IGNORED:
            stream.skip(_padded(claimed))
        else:
            content = _Content(stream, 0 if kind in _WITHOUT_DATA else claimed if size < 0 else size)
            name = (path or _name(block)).decode("utf-8", "surrogateescape")
            yield name, _kind(kind, name), content
            content.skip()
            path, size = b"", -1


class _Content:
    """The data of one member, as long as the stream stands on it."""

    def __init__(self, stream: _Stream, size: int) -> None:
        self._stream = stream
        self._left = _padded(size)
        self.size = size

    def read(self, limit: int) -> bytes:
        with _damage_reported(self._stream.shown):
            content = self._stream.exactly(min(limit, self.size))
        self._left -= len(content)
        return content

    def skip(self) -> None:
        self._stream.skip(self._left)


def _extended(stream: _Stream, size: int) -> bytes:
    """The data of an extended header, which is small in every honest archive."""
    if size > _MAX_EXTENDED:
        raise _Corrupt
    return stream.exactly(_padded(size))[:size]


def _pax(data: bytes, path: bytes, size: int) -> tuple[bytes, int]:
    """The ``path`` and ``size`` records of a pax header; each is ``LENGTH KEY=VALUE\\n``."""
    position = 0
    while position < len(data):
        blank = data.find(b" ", position, position + 8)
        length = _digits(data[position:blank], 10) if blank > 0 else 0
        record = data[blank + 1 : position + length]
        if length <= 0 or position + length > len(data) or not record.endswith(b"\n"):
            raise _Corrupt
        key, _, value = record[:-1].partition(b"=")
        if key == b"path":
            path = value
        elif key == b"size":
            size = _digits(value, 10)
        position += length
    return path, size


def _name(block: bytes) -> bytes:
    name = block[:100].split(b"\0", 1)[0]
    prefix = block[345:500].split(b"\0", 1)[0]
    # GNU tar keeps other things where POSIX has the prefix.
    return prefix + b"/" + name if prefix and block[257:263] == b"ustar\0" else name


def _kind(kind: bytes, name: str) -> MemberKind:
    if kind == b"5" or (kind in _FILES and name.endswith("/")):
        return "folder"
    if kind in _FILES:
        return "file"
    return "link" if kind in (b"1", b"2") else "other"


def _padded(size: int) -> int:
    return size + -size % _BLOCK


def _number(field: bytes) -> int:
    """A number in octal digits, or in GNU's base 256."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    return _digits(field.strip(b" \0") or b"0", 8)


def _digits(text: bytes, base: int) -> int:
    if not text or len(text) > _MAX_DIGITS or not _DIGITS[base].issuperset(text):
        raise _Corrupt
    return int(text, base)
