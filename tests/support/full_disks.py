"""A PostgreSQL server of its own on a disk that is soon full.

The disk is a small file system in memory where we may mount one (root); otherwise a limit on the size of the server's
files stands for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 56  # megabytes; an empty server takes some 30
_BALLAST = 8  # megabytes, which somebody takes away when nothing goes any more
_LONGEST_FILE = 3 * 1024  # kilobytes: more than any file of an empty server with small segments of its log
_TRIES = 300  # one each tenth of a second, until the server answers
_SETTINGS = {
    "listen_addresses": "''", "max_wal_size": "4MB", "min_wal_size": "2MB", "shared_buffers": "8MB",
    "dynamic_shared_memory_type": "mmap", "autovacuum": "off", "max_connections": "8",
}  # fmt: skip


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    named = shutil.which("pg_ctl")
    return found[-1].parent if found else Path(named).resolve().parent if named else None


class Server:
    """``url`` is where a gradebook may be made."""

    def __init__(self, place: Path, mounted: bool) -> None:
        self._place, self._mounted = place, mounted
        self.url = f"postgresql://gradeline@/postgres?host={place}"
        self._ballast = place / "ballast"

    def make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._place, "postgres")
        self._run(
            "initdb", "-D", str(self._place / "data"), "--username=gradeline", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--wal-segsize=1", "--no-sync",
        )  # fmt: skip

    def fill(self) -> None:
        """Leave little room; the server runs after that."""
        if not self._mounted:
            self._halt()
        else:
            with self._ballast.open("wb") as file:
                left = _BALLAST
                while left and shutil.disk_usage(self._place).free > 1 << 20:
                    file.write(bytes(1 << 20))
                    file.flush()
                    left -= 1
        self._start(limited=not self._mounted)

    def relieve(self) -> None:
        """There is room again, and the server runs again if it had to stop."""
        self._ballast.unlink(missing_ok=True)
        if not self._mounted:
            self._halt()
        self._start(limited=False)

    def _halt(self) -> None:
        self._run("pg_ctl", "-D", str(self._place / "data"), "-w", "-m", "fast", "stop", check=False)

    def _start(self, limited: bool) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": f"'{self._place}'"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        limit = f"ulimit -f {_LONGEST_FILE};" if limited else ""
        words = f'{limit} exec "$0" -D "$1" -w -l "$2" -o "$3" start'
        for _ in range(_TRIES):
            if not self._run("pg_isready", "-h", str(self._place), "-d", "postgres", "-U", "gradeline", check=False):
                return
            # A server that broke off repairs itself first: it runs then, and answers nobody.
            if self._run("pg_ctl", "-D", str(self._place / "data"), "status", check=False):
                program = str(self._folder / "pg_ctl")
                self._as_postgres("bash", "-c", words, program, str(self._place / "data"), "/dev/null", options)
            time.sleep(0.1)
        raise RuntimeError(f"the server in {self._place} runs, and does not answer")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._place / "data"), "-m", "immediate", "stop", check=False)

    @property
    def _folder(self) -> Path:
        folder = programs()
        assert folder is not None
        return folder

    def _run(self, name: str, *words: str, check: bool = True) -> int:
        return self._as_postgres(str(self._folder / name), *words, check=check)

    def _as_postgres(self, *words: str, check: bool = True) -> int:
        if os.geteuid() == 0:
            words = ("/usr/sbin/runuser", "-u", "postgres", "--", *words)
        done = subprocess.run(
            words, cwd=self._place, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if check else subprocess.DEVNULL, text=True,
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"{words}: {done.stderr}")
        return done.returncode


@contextmanager
def server_on_a_small_disk(folder: Path) -> Iterator[Server]:
    """``folder`` must have a short name: the socket is below it."""
    place = folder / "disk"
    place.mkdir()
    folder.chmod(0o711)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}m", "none", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    server = Server(place, mounted)
    try:
        server.make()
        server.fill()
        yield server
    finally:
        server.stop()
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
