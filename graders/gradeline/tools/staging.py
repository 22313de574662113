"""Copies of a learner's files for a tool: only the files in question, under names that the grader chooses.

A tool that reads settings, code or neighbours from a learner's folder finds none of them here, because nothing but
the files that are asked about is copied, and no name begins with a dot unless the grader gave it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gradeline.source import SourceFile

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}\Z")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,12}\Z")
_DEEPEST = 8


def staged_names(paths: Sequence[str], folder: str = "", name: str = "") -> dict[str, str]:
    """A name below the staging folder for each path.

    Folders and names of plain letters stay as they are, so that files which name each other still do; everything
    else gets a number.  With ``folder`` all files lie in it, numbered; ``name`` is their common file name.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, path in enumerate(sorted(paths)):
        pure = PurePosixPath(path)
        ending = "".join(_ENDING.findall(pure.name)).lower()
        if name:
            staged = f"f{number}/{name}"
        elif folder:
            staged = f"{folder}/f{number}{ending}"
        else:
            staged = path if _is_plain(pure) else f"f{number}{ending}"
        if staged.casefold() in taken:
            staged = f"f{number}/{PurePosixPath(staged).name}"
        taken.add(staged.casefold())
        found[path] = staged
    return found


def _is_plain(path: PurePosixPath) -> bool:
    parts = path.parts
    return len(parts) <= _DEEPEST and all(_PLAIN.match(part) and ".." not in part for part in parts)


@contextmanager
def staged(sources: Mapping[str, SourceFile], names: Mapping[str, str]) -> Iterator[Path]:
    """A fresh folder with the texts of ``sources`` under their ``names``; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gradeline-tool-") as made:
        root = Path(made).resolve()
        for path, source in sources.items():
            place = root / names[path]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(source.text.encode("utf-8", "replace"))
        yield root
