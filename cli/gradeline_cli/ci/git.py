"""Git as a reader of one repository's objects: nothing the repository configures is ever run.

Only plumbing that reads objects, refs and the index is called, with hooks, file-system monitors, external diffs,
text conversions, lazy fetching and every protocol switched off, no configuration of the user or the system, and a
``git`` that does not come from the checkout.  Content is read from objects as bytes: no filter, no attribute and no
checkout stands between a commit and its grade.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from gradeline.intake.names import safe_name
from gradeline.records import record
from gradeline.source import ToolError
from gradeline.words import Told

_SECONDS = 120
_MAX_FILES = 400_000
_STEP = 1 << 20

_CONFIG = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false", "core.attributesFile=/dev/null",
    "core.pager=cat", "core.editor=false", "diff.renames=true", "diff.renameLimit=400",
    "protocol.allow=never", "safe.bareRepository=explicit", "submodule.recurse=false", "gc.auto=0",
    "maintenance.auto=false", "log.showSignature=false", "credential.helper=",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C",
}  # fmt: skip
# What a hook of the user's own Git says about the commit that is being made; never a setting of a pull request.
_PASSED_ON = ("GIT_INDEX_FILE", "SYSTEMROOT", "TMPDIR", "TEMP")

Kind = Literal["file", "link", "other"]


class RepositoryError(Told):
    """The repository does not hold what is needed; the message says what to fetch or name."""


class GitError(Told, ToolError):
    """Git itself is missing or does not answer."""


@record
class Blob:
    """A file in a tree or in the index.  ``id`` is its object."""

    path: str
    kind: Kind
    id: str


@record
class Change:
    """One entry of a comparison of two trees.  ``status`` is Git's letter; the path and the object of a side that does
    not exist are ""."""

    status: str
    old: str
    new: str
    old_id: str
    new_id: str


class Repository:
    """The repository around a folder.  ``top`` is its work tree; raises ``RepositoryError`` when there is none."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        here = folder.resolve()
        top = next((one for one in (here, *here.parents) if os.path.lexists(one / ".git")), None)
        if top is None:
            raise RepositoryError("ci.no_repository", folder=safe_name(str(folder)))
        self.top = top
        self._program = _git(environment.get("PATH", os.defpath), top)
        self._environment = {**_ENVIRONMENT, "PATH": environment.get("PATH", os.defpath)}
        self._environment |= {name: environment[name] for name in _PASSED_ON if name in environment}
        self._options = ["--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"]
        # Git refuses a checkout that belongs to another user, as in containers, because its settings could run
        # programs.  Those are switched off above, and this one folder is all that is allowed.
        for setting in (*_CONFIG, f"safe.directory={top}"):
            self._options += ["-c", setting]
        self._reader: subprocess.Popen[bytes] | None = None

    # --- commits -------------------------------------------------------------------------------

    def commits(self, *names: str) -> tuple[str, ...] | None:
        """The ids of the commits that ``names`` mean, or None when one of them is not there."""
        if any(not name or name.startswith("-") or not name.isprintable() for name in names):
            return None
        done = self._run("rev-parse", "--quiet", *(f"{name}^{{commit}}" for name in names))
        found = tuple(done.stdout.decode("ascii", "replace").split())
        return found if done.returncode == 0 and len(found) == len(names) else None

    def is_shallow(self) -> bool:
        return self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, or None when the repository shows none."""
        done = self._run("merge-base", one, other)
        return done.stdout.decode("ascii").strip() if done.returncode == 0 else None

    # --- trees ---------------------------------------------------------------------------------

    def files(self, commit: str, below: Sequence[str] = ()) -> Iterator[Blob]:
        """All files of a commit, or those in the folders ``below``."""
        words = ["ls-tree", "-r", "-z", "--full-tree", commit, *(["--", *below] if below else [])]
        for row in self._rows(words):
            about, _, path = row.partition(b"\t")
            mode, _, rest = about.decode("ascii").partition(" ")
            yield Blob(os.fsdecode(path), _kind(mode), rest.split(" ")[-1])

    def staged(self) -> Iterator[Blob]:
        """All files of the index; where a merge is not resolved, our side."""
        for row in self._rows(["ls-files", "-s", "-z", "--full-name"]):
            about, _, path = row.partition(b"\t")
            mode, blob, stage = about.decode("ascii").split(" ")
            if stage in ("0", "2"):
                yield Blob(os.fsdecode(path), _kind(mode), blob)

    def changes(self, old: str, new: str | None) -> tuple[Change, ...]:
        """How the commit ``new``, or the index, differs from the commit ``old``; a move is one change."""
        about = ["-r", "-z", "--raw", "--no-abbrev", "-M", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"]
        words = ["diff-tree", *about, old, new] if new is not None else ["diff-index", "--cached", *about, old]
        rows = self._rows(words)
        found = []
        for row in rows:
            _, _, old_id, new_id, status = row.decode("ascii").removeprefix(":").split(" ")
            first = os.fsdecode(next(rows))
            second = os.fsdecode(next(rows)) if status[0] in "RC" else first
            letter = status[0]
            found.append(
                Change(
                    letter,
                    "" if letter == "A" else first,
                    "" if letter == "D" else second,
                    "" if letter == "A" else old_id,
                    "" if letter == "D" else new_id,
                )
            )
        return tuple(found)

    def changed_lines(self, old: str, new: str | None) -> dict[tuple[str, str], tuple[range, ...]]:
        """The new lines of all files that are there before and after, by the ids of both objects; see ``changes``."""
        about = ["-r", "-p", "-U0", "-M", "--diff-filter=MRT", "--full-index", "--no-color", "--no-ext-diff",
                 "--no-textconv", "--text", "--ignore-submodules=all"]  # fmt: skip
        words = ["diff-tree", *about, old, new] if new is not None else ["diff-index", "--cached", *about, old]
        done = self._run(*words)
        if done.returncode != 0:
            raise _failed(done.stderr)
        found: dict[tuple[str, str], list[range]] = {}
        ranges: list[range] = []
        left = 0
        for line in done.stdout.split(b"\n"):
            if left > 0:  # a line of content, whatever it looks like
                left -= not line.startswith(b"\\")
            elif line.startswith(b"index "):  # no name begins a line, and those of files are quoted
                one, _, other = line.split(b" ")[1].decode("ascii").partition("..")
                ranges = found.setdefault((one, other), [])
                ranges.clear()
            elif line.startswith(b"@@ -"):
                before, after = (_counted(part) for part in line.split(b" ")[1:3])
                left = len(before) + len(after)
                ranges.append(after)
        return {ids: tuple(one for one in lines if one) for ids, lines in found.items()}

    # --- content -------------------------------------------------------------------------------

    def read(self, blob: str, limit: int) -> bytes | int:
        """The content of an object, or only its size when that is above ``limit`` bytes."""
        reader = self._reader
        if reader is None:
            reader = self._reader = subprocess.Popen(  # noqa: S603  # words of ours and ids of objects
                [self._program, *self._options, "cat-file", "--batch"], cwd=self.top, env=self._environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        assert reader.stdin is not None
        assert reader.stdout is not None
        try:
            reader.stdin.write(blob.encode("ascii") + b"\n")
            reader.stdin.flush()
            header = reader.stdout.readline(200).split()
            if len(header) != 3 or header[1] != b"blob":
                raise RepositoryError("ci.no_object", object=blob[:12])
            size = int(header[2])
            if size > limit:
                self.close()  # the content would have to be read to get at the next object
                return size
            content = reader.stdout.read(size + 1)
        except (OSError, ValueError) as error:
            raise GitError("ci.git_stopped") from error
        if len(content) != size + 1:
            raise GitError("ci.git_stopped")
        return content[:-1]

    def close(self) -> None:
        """End the reader of objects, if there is one."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.kill()
            for stream in (reader.stdin, reader.stdout):
                if stream is not None:
                    with suppress(BrokenPipeError):
                        stream.close()
            reader.wait()

    # --- running it ----------------------------------------------------------------------------

    def _run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603  # words of ours and names that were looked at
                [self._program, *self._options, *words], cwd=self.top, env=self._environment, check=False,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise GitError("ci.git_slow", command=words[0], seconds=_SECONDS) from error
        except OSError as error:
            raise GitError("ci.git_not_started", why=error.strerror) from error

    def _rows(self, words: Sequence[str]) -> Iterator[bytes]:
        done = self._run(*words)
        if done.returncode != 0:
            raise _failed(done.stderr)
        rows = done.stdout.split(b"\0")
        if len(rows) > _MAX_FILES:
            raise RepositoryError("ci.many_files", most=_MAX_FILES)
        return (row for row in rows if row)


def _counted(part: bytes) -> range:
    """``-3``, ``+3,2`` or ``+3,0`` of a hunk's header as the lines it means."""
    start, _, count = part[1:].partition(b",")
    return range(int(start), int(start) + (int(count) if count else 1))


def _kind(mode: str) -> Kind:
    return "link" if mode == "120000" else "file" if mode.startswith("100") else "other"


def _failed(said: bytes) -> RepositoryError:
    lines = safe_name(said.strip().split(b"\n")[0])
    return RepositoryError("ci.git_failed", said=lines)


def _git(path: str, top: Path) -> str:
    """The program, from folders that are named in full and do not lie in the checkout."""
    names = ("git.exe",) if os.name == "nt" else ("git",)
    for folder in path.split(os.pathsep):
        if not os.path.isabs(folder) or Path(folder).resolve().is_relative_to(top):  # noqa: PTH117
            continue
        for name in names:
            program = f"{folder}{os.sep}{name}"
            if os.access(program, os.X_OK) and not os.path.isdir(program):  # noqa: PTH112
                return program
    raise GitError("ci.no_git")
