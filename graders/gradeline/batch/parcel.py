"""A submission on its way to another machine: names, modes and bytes, nothing that acts when it is opened.

Only plain files and folders travel.  What else a learner may hand in (links, pipes, files with two names) has to be
judged where it lies, because a copy of it would not be the same.
"""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gradeline.batch.downloads import ARCHIVES
from gradeline.intake.limits import SKIPPED

MOST = 32 * 1024 * 1024  # bytes of all files together
MOST_ENTRIES = 5_000
_FILE = "work"  # what an archive is called on the way, before its own end


def pack(place: str) -> dict[str, Any] | None:
    """The folder or archive at ``place`` as plain data; None when it must stay where it is.  Raises ``OSError``."""
    root = Path(place)
    if not root.is_dir():
        state = root.lstat()
        if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1 or state.st_size > MOST:
            return None
        return {"archive": root.name, "files": [["", 0o644, _text(root.read_bytes())]], "folders": []}
    files: list[list[Any]] = []
    folders: list[str] = []
    waiting, total = [root], 0
    while waiting:
        at = waiting.pop()
        with os.scandir(at) as entries:
            found = sorted(entries, key=lambda one: one.name)
        for one in found:
            if one.name in SKIPPED:  # nobody would read it there
                continue
            state = one.stat(follow_symlinks=False)
            path = Path(one.path).relative_to(root).as_posix()
            if stat.S_ISDIR(state.st_mode):
                folders.append(path)
                waiting.append(Path(one.path))
            elif stat.S_ISREG(state.st_mode) and state.st_nlink == 1:
                total += state.st_size
                if total > MOST:
                    return None
                files.append([path, stat.S_IMODE(state.st_mode) & 0o755, _text(Path(one.path).read_bytes())])
            else:
                return None
            if len(files) + len(folders) > MOST_ENTRIES:
                return None
    return {"archive": "", "files": files, "folders": sorted(folders)}


def unpack(data: Mapping[str, Any], root: Path) -> str:
    """Write what ``pack`` has made into the empty folder ``root``; the place of the work.  Raises ``ValueError``."""
    if data["archive"]:
        name = str(data["archive"]).lower()
        place = root / f"{_FILE}{next((end for end in ARCHIVES if name.endswith(end)), '')}"
        place.write_bytes(_bytes(data["files"][0][2]))
        return str(place)
    work = root / _FILE
    work.mkdir()
    for path in data["folders"]:
        _inside(work, str(path)).mkdir(parents=True, exist_ok=True)
    for path, mode, content in data["files"]:
        target = _inside(work, str(path))
        target.write_bytes(_bytes(content))
        target.chmod(int(mode) & 0o755 | 0o600)
    return str(work)


def dumps(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=True).encode("ascii")


def _inside(root: Path, path: str) -> Path:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError(f"{path!r} leaves its folder")
    return root.joinpath(*parts)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
