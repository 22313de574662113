"""Packs the autograder: the same exercise, version and wheel always give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from gradeline.source import GradelineError

_HERE = Path(__file__).parent
_SHIPPED = _HERE / "requirements.txt"
_CHECKOUT = Path(__file__).resolve().parents[3] / "requirements" / "run.txt"
_WHEEL = re.compile(r"gradeline-[0-9][0-9A-Za-z.+!]*-py3-none-any\.whl")
_TIME = (1980, 1, 1, 0, 0, 0)


class WheelError(GradelineError):
    """The file that was named is no wheel of Gradeline."""


def autograder(exercise: str, version: str, wheel: Path | None) -> bytes:
    """The zip for ``exercise``, with ``wheel`` in it, or with the version to install from an index."""
    files: dict[str, bytes] = {
        "setup.sh": (_HERE / "setup.sh").read_bytes(),
        "run_autograder": (_HERE / "run_autograder").read_bytes(),
        "exercise.txt": f"{exercise}\n".encode("ascii"),
        "requirements.txt": (_SHIPPED if _SHIPPED.is_file() else _CHECKOUT).read_bytes(),
    }
    if wheel is None:
        files["grader.txt"] = f"gradeline=={version}\n".encode("ascii")
    else:
        files["grader.txt"] = f"{wheel.name}\n".encode("ascii", "replace")
        files[wheel.name] = _content(wheel)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix, so that the rights below are read
            runs = name in ("setup.sh", "run_autograder")
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _content(wheel: Path) -> bytes:
    if not _WHEEL.fullmatch(wheel.name) or not zipfile.is_zipfile(wheel):
        raise WheelError(f"{wheel} is no wheel of Gradeline. `python -m build` makes one; or leave --wheel out.")
    with zipfile.ZipFile(wheel) as archive:
        if "gradeline_cli/gradescope/run_autograder" not in archive.namelist():
            raise WheelError(f"{wheel} is a wheel of another version, without what Gradescope needs.")
    return wheel.read_bytes()
