"""Whether a build can reuse its layers: what is copied before dependencies are installed, and cache mounts.

Docker documentation, "Optimize cache usage in builds" (Order your layers, Use cache mounts) and "Cache
storage backends"; pip documentation, "Caching"; uv documentation, "Using uv in Docker" (Caching).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.cache_keys import is_lock
from gradeline.facts.image_files import lineage
from gradeline.facts.images import ImageFacts
from gradeline.facts.installs import project_packages
from gradeline.facts.readings import InstallReading
from gradeline.model.image import Copy, Mount, Run, Stage
from gradeline.records import record
from gradeline.source import Span

# Where each manager keeps what it has downloaded, below the home folder, and the variable that moves it.
_CACHES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "pip": ((".cache/pip",), ("PIP_CACHE_DIR",), ("--no-cache-dir",), ("PIP_NO_CACHE_DIR",)),
    "pip-tools": ((".cache/pip",), ("PIP_CACHE_DIR",), ("--no-cache-dir",), ("PIP_NO_CACHE_DIR",)),
    "uv": ((".cache/uv",), ("UV_CACHE_DIR",), ("--no-cache", "-n", "--no-cache-dir"), ("UV_NO_CACHE",)),
    "poetry": ((".cache/pypoetry",), ("POETRY_CACHE_DIR",), ("--no-cache",), ()),
    "pipenv": ((".cache/pipenv", ".cache/pip"), ("PIPENV_CACHE_DIR", "PIP_CACHE_DIR"), (), ("PIP_NO_CACHE_DIR",)),
    "pdm": ((".cache/pdm",), ("PDM_CACHE_DIR",), (), ()),
    "npm": ((".npm",), ("NPM_CONFIG_CACHE", "npm_config_cache"), (), ()),
    "conda": (("pkgs",), ("CONDA_PKGS_DIRS",), (), ()),
    "pixi": ((".cache/rattler",), ("RATTLER_CACHE_DIR", "PIXI_CACHE_DIR"), (), ()),
}
_MANIFESTS = frozenset(
    {
        "pyproject.toml", "setup.py", "setup.cfg", "pipfile", "package.json", "environment.yml", "environment.yaml",
        ".python-version", "readme.md", "readme.rst", "readme", "license", "licence", ".npmrc", ".netrc", "pip.conf",
        "uv.toml", "poetry.toml", "pixi.toml", "go.mod", "go.sum", "cargo.toml", "gemfile", "makefile",
    }
)  # fmt: skip
_OFF = frozenset({"", "0", "false", "no", "off", "n", "f"})


@record
class Install:
    """An installation of the project's dependencies in a build."""

    stage: Stage
    number: int
    run: Run
    item: Activity
    reading: InstallReading


def installs(facts: ImageFacts) -> Iterator[Install]:
    """Every installation of dependencies in the stages that are built, in the order of the file."""
    for stage, number, run in facts.runs():
        for item in facts.commands(stage, number):
            for reading in facts.toolbox.installs(item):
                works = reading.scope == "project" and not reading.pretends and not reading.checks_lock
                if works and takes_dependencies(item, reading):
                    yield Install(stage, number, run, item, reading)


def takes_dependencies(item: Activity, reading: InstallReading) -> bool:
    """Whether more than the project itself or the package manager is installed."""
    words = item.invocation.words if item.invocation is not None else ()
    if "--no-deps" in words and not reading.lock_files:
        return False
    if reading.lock_files or (reading.frozen is not None and not reading.packages and not reading.local):
        return True
    return bool(project_packages(reading) or reading.local)


# -- layers ------------------------------------------------------------------------------------------------


@record
class Early:
    """Source code that is there before dependencies are installed: any change of it installs them again."""

    install: Install
    span: Span
    shown: str


def early_sources(facts: ImageFacts) -> Iterator[Early | Install]:
    """For each chain of stages its first installation: itself when its layer can be reused, else what
    spoils it."""
    seen: set[str] = set()
    first: dict[str, Install] = {}
    for one in installs(facts):
        first.setdefault(one.stage.id, one)
    for stage_id, one in first.items():
        parents = [stage.id for stage in lineage(facts.image, one.stage)][1:]
        if seen.intersection(parents):
            continue  # an earlier stage of the chain has installed them
        seen.add(stage_id)
        spoiled = _spoiled(facts, one)
        yield one if spoiled is None else Early(one, *spoiled)


def _spoiled(facts: ImageFacts, one: Install) -> tuple[Span, str] | None:
    for mount in one.run.mounts:
        if mount.kind == "bind" and mount.origin == "context":
            files = facts.project.paths if not mount.source.strip("./") else _under(facts, mount.source)
            if _has_source(facts, files):
                return mount.span, mount.source or "."
    before = one.number
    for stage in lineage(facts.image, one.stage):
        for item in stage.instructions[:before]:
            if isinstance(item, Copy) and item.origin == "context":
                for source in item.sources:
                    if source.text is not None and _is_source(facts, source.text, facts.files.taken(source)):
                        return item.span, source.text
        before = MAX_INSTRUCTIONS
    return None


MAX_INSTRUCTIONS = 100_000


def _under(facts: ImageFacts, source: str) -> tuple[str, ...]:
    wanted = facts.files.in_repository(source)
    return tuple(path for path in facts.project.paths if path == wanted or path.startswith(f"{wanted}/"))


def _is_source(facts: ImageFacts, text: str, files: tuple[str, ...]) -> bool:
    if not text.strip("./"):
        return True  # the whole context
    if files:
        return _has_source(facts, files)
    return not is_manifest(text.rstrip("/")) and "." not in text.rstrip("/").rsplit("/", 1)[-1][1:]


def _has_source(facts: ImageFacts, files: tuple[str, ...]) -> bool:
    return any(not is_manifest(path) for path in files)


def is_manifest(path: str) -> bool:
    """Whether a file says which dependencies there are, rather than being code."""
    name = path.rsplit("/", 1)[-1].lower()
    return (
        name in _MANIFESTS
        or is_lock(path)
        or (name.endswith((".txt", ".in", ".lock", ".whl")) or name.startswith(("requirements", "constraints")))
    )


# -- cache mounts --------------------------------------------------------------------------------------------

Caching = Literal["mount", "off", "contradiction", "kept", "unknown"]


def caching(one: Install) -> tuple[Caching, Span]:
    """What becomes of the packages an installation downloads.

    ``mount``: a cache mount keeps them out of the image; ``off``: they are not kept at all; ``kept``: they stay
    in the layer; ``contradiction``: a cache is mounted and switched off.
    """
    folders, variables, options, switches = _CACHES.get(one.reading.manager, ((), (), (), ()))
    if not folders:
        return "unknown", one.run.span
    environment = dict(one.item.invocation.environment) if one.item.invocation is not None else {}
    moved = [value for name in variables if (value := environment.get(name))]
    mount = next((item for item in one.run.mounts if item.kind == "cache" and _covers(item, folders, moved)), None)
    words = one.item.invocation.words if one.item.invocation is not None else ()
    off = any(word in options for word in words) or any(
        name in environment and (environment[name] or "").lower() not in _OFF for name in switches
    )
    if mount is not None:
        return ("contradiction" if off else "mount"), mount.span
    return ("off" if off else "kept"), one.item.span


def _covers(mount: Mount, folders: tuple[str, ...], moved: list[str]) -> bool:
    target = (mount.target or "").rstrip("/")
    if moved:
        return any(path.rstrip("/") == target or path.startswith(f"{target}/") for path in moved if target)
    if target in ("/root", "/root/.cache") or target.endswith("/.cache"):
        return True
    return any(target.endswith(f"/{folder}") or f"/{folder}/" in target for folder in folders)
