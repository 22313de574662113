"""Whether a folder is the one that was read before, told without reading it: names, sizes, times and numbers of files.

The time of the last change of a file's state cannot be set by a program, so equal fingerprints mean equal content, but
for one case: a file that is written again within one tick of the file system's clock, just after it was read.  So a
fingerprint is only worth something when everything in it is older than that (git calls the others "racily clean").
"""

from __future__ import annotations

import os
from hashlib import sha256

_TICK = 50_000_000  # nanoseconds: more than a tick of the clock of any file system that counts parts of a second
_COARSE = 2_100_000_000  # of one that does not: FAT, on sticks, counts every other second
_SECOND = 1_000_000_000
_MOST = 20_000  # entries; who has more is read


def fingerprint(folder: str, before: int, passed_over: frozenset[str] = frozenset()) -> str:
    """A digest of what the file system says about ``folder``; empty when it is worth nothing.

    ``before`` is the time, in nanoseconds since 1970, at which the reading began.  ``passed_over`` are names of folders
    that do not count.
    """
    digest, count, newest = sha256(), 0, 0
    waiting = [folder]
    try:
        while waiting:
            at = waiting.pop()
            with os.scandir(at) as entries:
                found = sorted(entries, key=lambda one: one.name)
            for one in found:
                count += 1
                if count > _MOST:
                    return ""
                if one.name in passed_over:
                    continue
                state = one.stat(follow_symlinks=False)
                newest = max(newest, state.st_ctime_ns)
                said = (
                    f"{one.path}\0{state.st_mode}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_ctime_ns}\0"
                    f"{state.st_ino}\n"
                )
                digest.update(said.encode("utf-8", "surrogatepass"))
                if one.is_dir(follow_symlinks=False):
                    waiting.append(one.path)
    except OSError:
        return ""
    return digest.hexdigest() if is_old(newest, before) else ""


def is_old(changed: int, before: int) -> bool:
    """Whether a change at ``changed`` is so long before ``before`` that a later one has another time."""
    return changed < before - (_TICK if changed % _SECOND else _COARSE)
