"""How much of a submission is looked at.  Files of real pipelines stay far below every number here."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB

MAX_FILE = 1 * MIB
MAX_PIPELINE_FILE = 256 * KIB  # YAML, Dockerfiles, shell scripts
MAX_LINE = 32 * KIB  # bytes
MAX_FILES_READ = 500
MAX_BYTES_READ = 20 * MIB
MAX_PATH = 240  # bytes of a relative path: what fits below a folder on Windows without long paths
MAX_FOLDER_DEPTH = 64
MAX_ENTRIES = 20_000  # names listed in a folder and all below it, or members of an archive

MAX_ARCHIVE = 100 * MIB  # bytes of the archive itself
MAX_UNPACKED = 200 * MIB  # bytes that a compressed archive may unpack to
MAX_KEPT = 64 * MIB  # bytes of text of an archive that are kept in memory
MAX_RATIO = 100  # unpacked bytes for one packed byte
RATIO_FLOOR = 1 * MIB  # below this, a high ratio costs nothing

MAX_REPORTED = 20  # diagnostics of one kind

# Made by tools, large, and never part of an answer.  They are not even listed.
SKIPPED = frozenset({
    ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "site-packages", "__pycache__", ".tox", ".nox", ".eggs",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints", ".terraform", ".gradle",
    "__MACOSX", ".DS_Store",
})  # fmt: skip

_SMALL_SUFFIXES = (".yml", ".yaml", ".sh", ".bash", ".dockerfile")
_SMALL_NAMES = ("dockerfile", "containerfile")


def size_limit(path: str) -> int:
    """How many bytes a file of this name may have."""
    name = path.rpartition("/")[2].lower()
    small = name.endswith(_SMALL_SUFFIXES) or name.split(".", 1)[0] in _SMALL_NAMES
    return MAX_PIPELINE_FILE if small else MAX_FILE


def shown_size(size: int) -> str:
    """A number of bytes in the unit people use for it."""
    if size < KIB:
        return f"{size} bytes"
    return f"{size / KIB:.0f} KiB" if size < MIB else f"{size / MIB:.1f} MiB"
