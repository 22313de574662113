"""The texts of kits, decoded once for all submissions that have them unchanged.

Most files of a submission are those that everybody was given.  They are known by their content: a file is taken
from here when it has the same bytes as the kit's.  Nothing that a learner wrote is ever kept.
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.intake.decode import decode
from gradeline.intake.limits import MIB
from gradeline.intake.problems import Unreadable
from gradeline.source import Diagnostic, SourceFile

MAX_KITS = 64
MAX_SIZE = 4 * MIB  # of the kept files of one kit

Decoded = tuple[SourceFile, tuple[Diagnostic, ...]]


class KitTexts:
    """The files of one kit, each from when it is first asked for."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Decoded]] = {}
        self._size = 0

    def own(self, path: str, content: bytes) -> Decoded:
        """What ``decode`` makes of a file that comes from the kit; raises ``Unreadable``."""
        known = self._known.get(path)
        if known is not None and known[0] == content:
            return known[1]
        decoded = decode(path, content)
        if known is not None:
            self._size -= len(known[0])
        if self._size + len(content) <= MAX_SIZE:
            decoded[0].share()
            self._known[path] = content, decoded
            self._size += len(content)
        return decoded

    def handed_in(self, path: str, content: bytes, original: Callable[[], bytes]) -> Decoded:
        """The same for a file that was handed in where the kit has one, too; ``original`` reads that one."""
        if path not in self._known:
            try:
                self.own(path, original())
            except Unreadable:
                return decode(path, content)
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == content else decode(path, content)


_KITS: dict[str, KitTexts] = {}


def texts_of(root: str) -> KitTexts:
    """The texts of the kit in the folder ``root``, for as long as the process lives."""
    if root not in _KITS:
        if len(_KITS) == MAX_KITS:
            del _KITS[next(iter(_KITS))]
        _KITS[root] = KitTexts()
    return _KITS[root]
