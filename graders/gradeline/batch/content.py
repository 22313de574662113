"""What decides a result in the work itself: a digest of everything that intake would read or refuse."""

from __future__ import annotations

from hashlib import file_digest, sha256
from pathlib import Path

from gradeline.batch.layout import Place
from gradeline.intake.folder import FolderStore
from gradeline.intake.limits import MAX_ARCHIVE, MAX_BYTES_READ, size_limit
from gradeline.intake.problems import IntakeError, Unreadable


def content(place: Place) -> str:
    """A digest of all files of a submission, read now; empty when not all of them can be read within the limits."""
    digest, total = sha256(), 0
    try:
        if not Path(place.folder).is_dir():
            return _archive(Path(place.folder))
        store = FolderStore(str(Path(place.folder).resolve()), "reject")
        for path in sorted({*store.files, *store.refused}):
            try:
                found = store.fetch(path, size_limit(path))
                said = sha256(found).hexdigest()
                total += len(found)
            except Unreadable as error:
                said = f"unreadable {error.code} {error.message}"  # which tells a size
            if total > MAX_BYTES_READ:
                return ""
            digest.update(f"{path}\0{said}\n".encode("utf-8", "surrogatepass"))
        for one in store.diagnostics:
            digest.update(f"{one.code}\0{one.path}\n".encode("utf-8", "surrogatepass"))
    except (OSError, IntakeError):
        return ""
    return digest.hexdigest()


def _archive(path: Path) -> str:
    """A digest of an archive's own bytes; the same work in another archive is graded once more."""
    if path.stat().st_size > MAX_ARCHIVE:
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
