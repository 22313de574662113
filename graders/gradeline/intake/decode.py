"""Bytes to text, the same for every reader: UTF-8, or a reason why not."""

from __future__ import annotations

import codecs

from gradeline.intake.limits import MAX_LINE, shown_size
from gradeline.intake.problems import Unreadable
from gradeline.source import Diagnostic, SourceFile, Span, sha256_hex

_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SAVE = "Save it as UTF-8 without a byte order mark."


def decode(path: str, content: bytes) -> tuple[SourceFile, tuple[Diagnostic, ...]]:
    """The text of a file and what is to be noted about it; raises ``Unreadable``.

    The digest of the result is that of the bytes.  CRLF line ends are kept.
    """
    found: tuple[Diagnostic, ...] = ()
    digest = sha256_hex(content)
    for mark, name in _WIDE:
        if content.startswith(mark):
            raise Unreadable("not-text", f"This file is {name}, not UTF-8. {_SAVE}", 1)
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
        message = "The file begins with a byte order mark. It was ignored here, but some tools stumble over it."
        found = (Diagnostic("note", "byte-order-mark", message, path, Span(path, 1)),)
    _check_lines(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if b"\0" in content:
            raise _binary(content) from None
        raise Unreadable(
            "not-text",
            f"Line {line} holds the byte 0x{content[error.start]:02X} where UTF-8 does not allow it. The file may be "
            f"Latin-1 or Windows-1252, or no text at all. {_SAVE}",
            line,
        ) from None
    if "\0" in text:
        raise _binary(content)
    return SourceFile(path, text, digest), found


def _binary(content: bytes) -> Unreadable:
    line = content.count(b"\n", 0, content.index(b"\0")) + 1
    half = len(content) // 2
    if half and max(content[0::2].count(0), content[1::2].count(0)) > 0.9 * half:
        return Unreadable("not-text", f"This file looks like UTF-16, not UTF-8. {_SAVE}", 1)
    return Unreadable("not-text", f"This file is not text: line {line} holds a NUL byte.", line)


def _check_lines(content: bytes) -> None:
    if len(content) <= MAX_LINE:
        return
    lines = content.split(b"\n")
    if max(map(len, lines)) <= MAX_LINE:
        return
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            message = (
                f"Line {number} is {shown_size(len(line))} long, more than the {shown_size(MAX_LINE)} that are read."
            )
            raise Unreadable("line-too-long", message, number)
