"""Environments are pinned by hash, and two packages that destroy each other never share one."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("dev", "checkov", "bench", "run", "package")
CHECKOV = ROOT / ".venv-checkov" / "bin" / "python"


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, set[str]]:
    """Package to pinned versions; one package may have two for different Pythons."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"(?m)^([a-z0-9][a-z0-9.-]*)==([^\s;\\]+)", lock(name)):
        found.setdefault(package, set()).add(version)
    return found


def normal(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name.group()).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_one_version_with_hashes(name: str) -> None:
    entries = [entry for entry in re.split(r"(?m)^(?=[a-z0-9])", lock(name)) if not entry.startswith("#")]

    assert entries
    assert [
        entry.split()[0] for entry in entries if "==" not in entry.split()[0] or "--hash=sha256:" not in entry
    ] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_server_and_no_path_of_a_machine(name: str) -> None:
    lines = lock(name).splitlines()

    assert [line for line in lines if "://" in line or "--index" in line or "--find-links" in line] == []
    assert [line for line in lines if re.search(r"(?:^|[\s=@])/", line)] == []


def test_the_packages_that_overwrite_each_other_are_never_in_one_lock() -> None:
    rivals = {"python-hcl2", "bc-python-hcl2", "checkov"}

    assert pins("dev").keys() & rivals == {"python-hcl2"}
    assert pins("checkov").keys() & rivals == {"bc-python-hcl2", "checkov"}


def test_the_lock_has_everything_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = chain(
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        project["dependency-groups"]["dev"],
        project["build-system"]["requires"],
    )

    assert {normal(requirement) for requirement in wanted} - pins("dev").keys() == set()


def test_the_pinned_checkov_is_the_one_that_was_asked_for() -> None:
    asked = re.findall(r"(?m)^checkov==(\S+)$", (ROOT / "requirements" / "checkov.in").read_text(encoding="utf-8"))

    assert pins("checkov")["checkov"] == set(asked)


def test_this_environment_runs_the_locked_versions() -> None:
    versions = pins("dev")
    installed = {normal(found.name): found.version for found in metadata.distributions()}

    assert {"click", "pyyaml", "jsonschema", "pytest"} <= installed.keys()
    assert {
        name: installed[name] for name in versions.keys() & installed.keys() if installed[name] not in versions[name]
    } == {}


def test_checkov_cannot_be_imported_here() -> None:
    assert importlib.util.find_spec("checkov") is None


def test_checkov_can_be_imported_in_its_own_environment_with_its_own_parser() -> None:
    if not CHECKOV.exists():
        pytest.skip(".venv-checkov does not exist; `make test` makes it")
    code = "import importlib.metadata as m, hcl2; from hcl2 import START_LINE; print(m.version('checkov'))"

    result = subprocess.run([CHECKOV, "-I", "-c", code], capture_output=True, text=True, timeout=120, check=False)

    assert {result.stdout.strip()} == pins("checkov")["checkov"], result.stderr
