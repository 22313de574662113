"""Whether an installing command takes exactly what a lock file says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.cache_keys import is_lock, is_requirements
from gradeline.facts.case import PipelineFacts
from gradeline.facts.install import ARCHIVES, is_local
from gradeline.facts.readings import InstallReading, is_exact
from gradeline.model.project import Project
from gradeline.records import record

# Tools that only carry the installation out, or that are not part of the project's environment.
_INSTALLERS = frozenset(
    {
        "pip",
        "uv",
        "poetry",
        "pipenv",
        "pdm",
        "hatch",
        "build",
        "setuptools",
        "wheel",
        "tox",
        "nox",
        "pipx",
        "virtualenv",
        "pip-tools",
        "conda-lock",
    }
)


@record
class Installed:
    status: Literal["met", "partial", "unmet", "cannot_tell"]
    sentence: str
    from_lock: bool = False


# Lock files that their own tool rewrites when they no longer fit, unless it is told not to.
_REWRITTEN = frozenset({"uv.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "package-lock.json"})


def judge(facts: PipelineFacts, jobs: Collection[str] | None = None) -> Iterator[tuple[Activity, Installed]]:
    """One answer for each installation of project packages in each of the jobs (None: in all)."""
    found: dict[str, list[tuple[Activity, InstallReading]]] = {}
    for item in facts.activities:
        if jobs is None or item.unit.id in jobs:
            for reading in facts.toolbox.installs(item):
                if reading.scope == "project" and not reading.pretends:
                    found.setdefault(item.unit.id, []).append((item, reading))
    for installed in found.values():
        yield from _job(facts.project, installed)


def _job(project: Project, installed: list[tuple[Activity, InstallReading]]) -> Iterator[tuple[Activity, Installed]]:
    """The answers for one job.  What a command before has checked or installed firmly does not change any more."""
    firm: set[str | None] = set()
    locked = False
    ranges: list[Activity] = []
    for item, reading in installed:
        if reading.checks_lock:
            firm.update(reading.lock_files)
            continue
        answer = judge_reading(project, reading, firm)
        if answer is not None:
            locked = locked or answer.from_lock
            yield item, answer
        elif not reading.alone and any(_is_source(path, reading.editable) for path in reading.local):
            ranges.append(item)
        if reading.frozen:
            firm.update(reading.lock_files)
    if not locked:
        for item in ranges:
            yield item, Installed("unmet", "takes whatever the ranges of the project allow today")


def _is_source(path: str | None, editable: bool) -> bool:
    """Whether a local requirement is the project itself and not an archive that was built from it."""
    name = (path or "").partition("[")[0]
    return bool(path) and not name.endswith(ARCHIVES) and (editable or is_local(path or ""))


def judge_reading(project: Project, reading: InstallReading, firm: Collection[str | None] = ()) -> Installed | None:
    """The answer for one installation; None when it installs nothing of the project's dependencies.
    ``firm`` are lock files that a command before has checked."""
    if reading.upgrade and project_packages(reading):
        return Installed("unmet", "asks for the newest versions")
    if reading.lock_files:
        return _from_files(project, reading, firm)
    if reading.frozen:
        return Installed("met", "installs what the lock file says", True)
    loose = [name for name in project_packages(reading) if name is None or not is_exact(name)]
    if loose and not reading.constraints:
        shown = ", ".join(str(name) for name in loose[:3] if name) or "packages"
        return Installed("unmet", f"installs {shown} without an exact version")
    if project_packages(reading):
        return Installed("partial", "fixes versions on the command line, but has no hashes")
    return None


def project_packages(reading: InstallReading) -> list[str | None]:
    """The packages it names that are part of the project's environment; None for one that is computed."""
    return [
        name
        for name in reading.packages
        if name is None or name.lower().split("[")[0].split("=")[0].split("<")[0].split(">")[0] not in _INSTALLERS
    ]


def _from_files(project: Project, reading: InstallReading, firm: Collection[str | None]) -> Installed:
    for path in reading.lock_files:
        if path is None:
            return Installed("cannot_tell", "installs from a file whose name is computed")
        if not project.has(path):
            return Installed("unmet", f"installs from {path}, which does not exist")
    rewritten = [path for path in reading.lock_files if path in _REWRITTEN and path not in firm]
    if rewritten and not reading.frozen:
        if reading.frozen is None:
            return Installed("cannot_tell", f"may change {rewritten[0]}, depending on a value that is computed")
        return Installed("unmet", f"may change {rewritten[0]} while it installs")
    firmness = [_firmness(project, str(path)) for path in reading.lock_files]
    if reading.verifies and (all(level == "hashes" for level in firmness) or reading.requires_hashes):
        return Installed("met", "installs what the lock file says", True)
    if all(level in ("hashes", "exact") for level in firmness):
        return Installed("partial", "installs exact versions, but without hashes", True)
    if "unread" in firmness:
        return Installed("cannot_tell", "installs from a file that could not be read")
    return Installed("unmet", "installs from a file whose versions are not exact")


def _firmness(project: Project, path: str) -> Literal["hashes", "exact", "loose", "unread"]:
    """How firmly a requirements file fixes versions; other lock formats always carry hashes."""
    if is_lock(path) and not is_requirements(path):
        return "hashes"
    source = project.files.get(path.removeprefix("./"))
    if source is None:
        return "unread"
    joined = source.text.replace("\\\n", " ").replace("\\\r\n", " ")
    lines = [line.split(" #")[0].strip() for line in joined.split("\n")]
    wanted = [line for line in lines if line and not line.startswith(("#", "-", "."))]
    if wanted and all("--hash=" in line for line in wanted):
        return "hashes"
    exact = all(is_exact(line.split(";")[0].split()[0].split("[")[0] + _tail(line)) for line in wanted)
    return "exact" if wanted and exact else "loose"


def _tail(line: str) -> str:
    requirement = line.split(";")[0].split("--hash")[0].strip().replace(" ", "")
    return requirement[requirement.index("]") + 1 :] if "[" in requirement and "]" in requirement else ""
