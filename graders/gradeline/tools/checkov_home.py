"""Where checkov's own environment is: beside a checkout, or in the user's data folder (``grade tools install``).

It cannot share ours: it brings bc-python-hcl2, whose files overwrite those of python-hcl2.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gradeline.source import sha256_hex

if TYPE_CHECKING:
    from gradeline.tools.child import ToolMissing

_CHECKOUT = Path(__file__).resolve().parents[3]
_SHIPPED = Path(__file__).with_name("checkov-requirements.txt")


@cache
def requirements() -> Path:
    """The hash-pinned list: in a checkout, or as the wheel ships it."""
    for path in (_SHIPPED, _CHECKOUT / "requirements" / "checkov.txt"):
        if path.is_file():
            return path
    raise _fail("tool.checkov_list")


@cache
def wanted_version() -> str:
    """The version that the list pins."""
    found = re.search(r"(?m)^checkov==(\S+)", requirements().read_text(encoding="utf-8"))
    if found is None:
        raise _fail("tool.checkov_unnamed")
    return found.group(1)


@cache
def lock_digest() -> str:
    return sha256_hex(requirements().read_bytes())


def user_place() -> Path:
    """The folder that ``grade tools install`` makes; another list of packages is another folder."""
    from platformdirs import user_data_path

    return user_data_path("gradeline", appauthor=False) / f"checkov-{lock_digest()[:12]}"


def places() -> tuple[Path, ...]:
    """Where an environment may be, the first that is there counts."""
    checkout = (_CHECKOUT / ".venv-checkov",) if (_CHECKOUT / "requirements" / "checkov.txt").is_file() else ()
    return (*checkout, user_place())


def python_in(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / "Scripts" / "python.exe" if os.name == "nt" else environment / "bin" / "python"


def installed_version(environment: Path) -> str:
    """The version of checkov in an environment, without starting it; empty when there is none."""
    libraries = [environment / "Lib", *sorted((environment / "lib").glob("python3*"))]
    for library in libraries:
        for found in sorted((library / "site-packages").glob("checkov-*.dist-info")):
            return found.name.removeprefix("checkov-").removesuffix(".dist-info")
    return ""


def python() -> Path:
    """The interpreter of the environment with the wanted version.  ToolFailure, with what to do, when there is none."""
    others = []
    for place in places():
        if python_in(place).is_file():
            version = installed_version(place)
            if version == wanted_version():
                return python_in(place)
            others.append(version or "unknown")
    if others:
        raise _fail("tool.checkov_other", wanted=wanted_version(), found=others[0])
    raise _fail("tool.checkov_missing")


def _fail(key: str, **values: object) -> ToolMissing:
    from gradeline.tools.child import ToolMissing  # only then: `grade batch` asks for the list at each start

    return ToolMissing(key, **values)
